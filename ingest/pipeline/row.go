package pipeline

import (
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Row writes a fact as a row of media_reports. row is overwritten; its Taps
// slice is reused.
func (f *Fact) Row(row *schema.MediaReport) {
	taps := row.Taps[:0]
	for tap := range f.Taps.All() {
		taps = append(taps, tap.String())
	}
	first := f.Taps.At(0)
	*row = schema.MediaReport{
		Tenant: f.Tenant, Time: f.Time, ReportID: f.ReportID, StreamID: f.StreamID,
		Trunk: f.Source.Trunk, AttributionRule: RuleListener,
		ReporterSSRC: f.Wire.ReporterSSRC, SourceSSRC: f.Wire.SourceSSRC,
		Reporter: first.Src, Peer: first.Dst, ReporterCNAME: f.CNAME, Taps: taps,
		Fact: schema.Fact{
			Source: f.Source.Name, IsSynthetic: f.Source.Synthetic,
			RetentionDays: f.Source.RetentionDays, Version: f.Version, IsDeleted: f.Deleted,
		},
	}
	if o := f.Origin; o != nil {
		row.Trunk, row.AttributionRule, row.CallID = o.Trunk, o.Rule, o.CallID
	}
	f.wireHalf(row)
	f.derivedHalf(row)
}

// wireHalf copies what was on the wire.
func (f *Fact) wireHalf(row *schema.MediaReport) {
	w := &f.Wire
	row.PacketType, row.FractionLost, row.CumulativeLost = w.PacketType, w.FractionLost, w.CumulativeLost
	row.ExtendedSeq, row.JitterTicks, row.LSR, row.DLSR = w.ExtendedSeq, w.JitterTicks, w.LSR, w.DLSR
	if w.HasSR {
		row.SRNTP, row.SRRTPTime = schema.Some(w.SRNTP), schema.Some(w.SRRTPTime)
		row.SenderPackets, row.SenderOctets = schema.Some(w.SenderPackets), schema.Some(w.SenderOctets)
	}
}

// derivedHalf copies what was made of it.
func (f *Fact) derivedHalf(row *schema.MediaReport) {
	m, d := &f.Media, &f.Derived
	row.Codec, row.ClockSource, row.PLC = m.Codec, m.Source.String(), m.PLC.String()
	if m.ClockHz != 0 {
		row.ClockHz = schema.Some(m.ClockHz)
	}
	if m.PtimeMillis != 0 {
		row.PtimeMillis = schema.Some(m.PtimeMillis)
	}
	row.FormulaVersion = mediaqos.FormulaVersion
	row.Baseline = d.Baseline.String()
	row.IntervalMillis, row.Expected, row.Lost = d.IntervalMillis, d.Expected, d.Lost
	row.LossRatio, row.JitterMillis = d.LossRatio, d.JitterMillis
	row.RTTMillis, row.RTTMethod = d.RTTMillis, d.RTTMethod.String()
	row.BurstRatio, row.BurstRatioSource = d.BurstRatio, d.BurstSource.String()
	row.DelayMillis, row.DelayBasis = d.DelayMillis, d.DelayBasis.String()
	if s, ok := d.Score.Get(); ok {
		row.Ro, row.Is, row.Id, row.IeEff = schema.Some(s.Ro), schema.Some(s.Is), schema.Some(s.Id), schema.Some(s.IeEff)
		row.R, row.MOS = schema.Some(s.R), schema.Some(s.MOS)
		row.RLQ, row.MOSLQ, row.RCQ, row.MOSCQ = schema.Some(s.RLQ), schema.Some(s.MOSLQ), s.RCQ(), s.MOSCQ()
		row.MOSScale, row.Grade, row.ScoreBasis = s.Scale.String(), s.Grade.String(), s.Grounding.String()
	}
}
