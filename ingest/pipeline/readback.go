package pipeline

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// ErrRow is wrapped by errors about a stored row that does not read back.
var ErrRow = errors.New("stored media report")

// FactOf is the inverse of Row, for rows read back from the store. Its error
// wraps ErrRow and names the column; src gives what rows do not hold.
func FactOf(row *schema.MediaReport, src *Source) (Fact, error) {
	f := Fact{Source: &Source{
		Name: row.Source, Kind: src.Kind, Tenant: row.Tenant, Trunk: row.Trunk, Media: src.Media,
		Synthetic: row.IsSynthetic, RetentionDays: row.RetentionDays,
	}, CNAME: row.ReporterCNAME, Version: row.Version}
	f.Tenant, f.ReportID, f.StreamID, f.Time, f.Deleted = row.Tenant, row.ReportID, row.StreamID, row.Time, row.IsDeleted
	if row.AttributionRule != RuleListener || row.CallID != "" {
		f.Origin = &Origin{Tenant: row.Tenant, Trunk: row.Trunk, Rule: row.AttributionRule, CallID: row.CallID}
	}
	var errs []error
	taps := make([]mediaqos.Tap, 0, len(row.Taps))
	for _, text := range row.Taps {
		tap, err := parseTap(text)
		errs = append(errs, err)
		taps = append(taps, tap)
	}
	f.Taps = mediaqos.MakeTapList(taps...)
	f.Wire = mediaqos.Wire{
		ReporterSSRC: row.ReporterSSRC, SourceSSRC: row.SourceSSRC, PacketType: row.PacketType,
		FractionLost: row.FractionLost, CumulativeLost: row.CumulativeLost, ExtendedSeq: row.ExtendedSeq,
		JitterTicks: row.JitterTicks, LSR: row.LSR, DLSR: row.DLSR, HasSR: row.SRNTP.OK,
		SRNTP: row.SRNTP.V, SRRTPTime: row.SRRTPTime.V, SenderPackets: row.SenderPackets.V, SenderOctets: row.SenderOctets.V,
	}
	f.Media = mediaqos.Media{Codec: row.Codec, ClockHz: row.ClockHz.V, PtimeMillis: row.PtimeMillis.V}
	f.Derived = mediaqos.Derived{
		IntervalMillis: row.IntervalMillis, Expected: row.Expected, Lost: row.Lost, LossRatio: row.LossRatio,
		JitterMillis: row.JitterMillis, RTTMillis: row.RTTMillis, BurstRatio: row.BurstRatio, DelayMillis: row.DelayMillis,
	}
	errs = append(errs,
		word(&f.Media.Source, "clock_source", row.ClockSource), word(&f.Media.PLC, "plc", row.PLC),
		word(&f.Derived.Baseline, "baseline", row.Baseline), word(&f.Derived.RTTMethod, "rtt_method", row.RTTMethod),
		word(&f.Derived.BurstSource, "burst_ratio_source", row.BurstRatioSource), word(&f.Derived.DelayBasis, "delay_basis", row.DelayBasis))
	f.Derived.JitterClockAssumed = f.Derived.JitterMillis.OK && f.Media.ClockAssumed()
	if row.R.OK {
		score := mediaqos.Score{
			R: row.R.V, Ro: row.Ro.V, Is: row.Is.V, Id: row.Id.V, IeEff: row.IeEff.V, MOS: row.MOS.V,
			RLQ: row.RLQ.V, MOSLQ: row.MOSLQ.V, Conversational: row.DelayMillis.OK,
		}
		errs = append(errs, word(&score.Grade, "grade", row.Grade), word(&score.Scale, "mos_scale", row.MOSScale), word(&score.Grounding, "score_basis", row.ScoreBasis))
		f.Derived.Score = mediaqos.Some(score)
	}
	return f, errors.Join(errs...)
}

// word reads an enumeration's stored word.
func word(into interface{ UnmarshalText([]byte) error }, column, text string) error {
	if err := into.UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("%w: column %s: %w", ErrRow, column, err)
	}
	return nil
}

// parseTap reads "src>dst".
func parseTap(text string) (mediaqos.Tap, error) {
	from, to, ok := strings.Cut(text, ">")
	src, err1 := netip.ParseAddrPort(from)
	dst, err2 := netip.ParseAddrPort(to)
	if err := errors.Join(err1, err2); err != nil || !ok {
		return mediaqos.Tap{}, fmt.Errorf("%w: column taps: want src>dst, got %q", ErrRow, text)
	}
	return mediaqos.Tap{Src: src, Dst: dst}, nil
}
