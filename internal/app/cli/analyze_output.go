package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// streamReport is what `analyze` says of one stream; --json prints one object
// a stream. Unknown is null, never zero.
type streamReport struct {
	File           string                `json:"file"`
	ReporterSSRC   uint32                `json:"reporter_ssrc"`
	SourceSSRC     uint32                `json:"source_ssrc"`
	Src            string                `json:"src"`
	Dst            string                `json:"dst"`
	Taps           []string              `json:"taps"`
	CNAME          string                `json:"reporter_cname,omitempty"`
	CallID         *string               `json:"call_id"`
	First          time.Time             `json:"first"`
	Last           time.Time             `json:"last"`
	Reports        int                   `json:"reports"`
	Intervals      int                   `json:"intervals"`
	Codec          *string               `json:"codec"`
	CodecSource    string                `json:"codec_source"`
	ClockHz        schema.Opt[uint32]    `json:"clock_hz"`
	Expected       schema.Opt[int64]     `json:"expected"`
	Lost           schema.Opt[int64]     `json:"lost"`
	LossRatio      schema.Opt[float64]   `json:"loss_ratio"`
	WorstLossRatio schema.Opt[float64]   `json:"worst_loss_ratio"`
	JitterMean     schema.Opt[float64]   `json:"jitter_ms_mean"`
	JitterMax      schema.Opt[float64]   `json:"jitter_ms_max"`
	RTTMean        schema.Opt[float64]   `json:"rtt_ms_mean"`
	RTTMax         schema.Opt[float64]   `json:"rtt_ms_max"`
	RTTMethod      string                `json:"rtt_method"`
	DelayMillis    schema.Opt[float64]   `json:"delay_ms"`
	DelayBasis     string                `json:"delay_basis"`
	R              schema.Opt[float64]   `json:"r"`
	Ro             schema.Opt[float64]   `json:"ro"`
	Is             schema.Opt[float64]   `json:"is"`
	Id             schema.Opt[float64]   `json:"id"`
	IeEff          schema.Opt[float64]   `json:"ie_eff"`
	MOS            schema.Opt[float64]   `json:"mos"`
	RLQ            schema.Opt[float64]   `json:"r_lq"`
	MOSLQ          schema.Opt[float64]   `json:"mos_lq"`
	RCQ            schema.Opt[float64]   `json:"r_cq"`
	MOSCQ          schema.Opt[float64]   `json:"mos_cq"`
	Scale          *string               `json:"mos_scale"`
	Grade          *string               `json:"grade"`
	Basis          string                `json:"score_basis"`
	WorstR         schema.Opt[float64]   `json:"worst_interval_r"`
	Poor           schema.Opt[bool]      `json:"poor"`
	IntervalR      []schema.Opt[float64] `json:"interval_r"`
}

// writeJSON prints one object a line.
func writeReportsJSON(w io.Writer, reports []streamReport) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for i := range reports {
		if err := encoder.Encode(&reports[i]); err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	return nil
}

// writeReportsCSV prints a table with one row a stream; an unknown value is an
// empty cell.
func writeReportsCSV(w io.Writer, reports []streamReport) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{
		"file", "reporter_ssrc", "source_ssrc", "src", "dst", "first", "last", "reports", "codec", "clock_hz",
		"expected", "lost", "loss_ratio", "jitter_ms_max", "rtt_ms_max", "r", "mos", "grade", "mos_scale", "mos_lq", "mos_cq", "call_id",
	})
	for i := range reports {
		r := &reports[i]
		_ = out.Write([]string{
			r.File, fmt.Sprint(r.ReporterSSRC), fmt.Sprint(r.SourceSSRC), r.Src, r.Dst,
			r.First.Format(time.RFC3339Nano), r.Last.Format(time.RFC3339Nano), strconv.Itoa(r.Reports), text(r.Codec),
			cell(r.ClockHz), cell(r.Expected), cell(r.Lost), cell(r.LossRatio), cell(r.JitterMax), cell(r.RTTMax),
			cell(r.R), cell(r.MOS), text(r.Grade), text(r.Scale), cell(r.MOSLQ), cell(r.MOSCQ), text(r.CallID),
		})
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// writeReportsText prints what a person reads.
func writeReportsText(w io.Writer, reports []streamReport) error {
	for i := range reports {
		if err := reports[i].write(w); err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	return nil
}

// write prints one stream as a small paragraph.
func (r *streamReport) write(w io.Writer) error {
	name := ""
	if r.CNAME != "" {
		name = " (" + r.CNAME + ")"
	}
	codec := "codec unknown (give --codec)"
	if r.Codec != nil {
		codec = *r.Codec + " (" + r.CodecSource + ")"
	}
	_, err := fmt.Fprintf(w, "%s%s heard %08x at %s\n  %08x reports on %08x, %s, %s, %d reports from %s\n",
		r.Src, name, r.SourceSSRC, r.Dst, r.ReporterSSRC, r.SourceSSRC, codec, r.Last.Sub(r.First).Round(100*time.Millisecond), r.Reports, r.First.Format("2006-01-02 15:04:05"))
	if err != nil {
		return err
	}
	if r.CallID != nil {
		fmt.Fprintf(w, "  call %s\n", *r.CallID)
	}
	if len(r.Taps) > 1 {
		fmt.Fprintf(w, "  seen at %d taps: %v\n", len(r.Taps), r.Taps)
	}
	loss := "unknown"
	if r.LossRatio.OK {
		loss = fmt.Sprintf("%.2f %% (%d of %d)", 100*r.LossRatio.V, r.Lost.V, r.Expected.V)
	}
	fmt.Fprintf(w, "  loss %s, jitter %s ms mean %s max, round trip %s ms mean %s max%s\n", loss,
		decimals(r.JitterMean, 1), decimals(r.JitterMax, 1), decimals(r.RTTMean, 1), decimals(r.RTTMax, 1), method(r.RTTMethod))
	if !r.R.OK {
		_, err = fmt.Fprintf(w, "  no score: %s\n\n", r.Basis)
		return err
	}
	grade := "no satisfaction bands on this scale"
	if r.Grade != nil {
		grade = *r.Grade
	}
	kind := "MOS-LQ" // delay unknown: what a listener hears
	if r.MOSCQ.OK {
		kind = "MOS-CQ"
	}
	fmt.Fprintf(w, "  R %.1f = Ro %.1f - Is %.1f - Id %.1f - Ie,eff %.1f   %s %.2f %s, %s, %s", // the rest of the line follows
		r.R.V, r.Ro.V, r.Is.V, r.Id.V, r.IeEff.V, kind, r.MOS.V, text(r.Scale), grade, r.Basis)
	if r.MOSCQ.OK {
		fmt.Fprintf(w, ", MOS-LQ %.2f", r.MOSLQ.V)
	}
	fmt.Fprintln(w)
	line := make([]float64, len(r.IntervalR))
	for i, v := range r.IntervalR {
		line[i] = v.Or(math.NaN())
	}
	_, err = fmt.Fprintf(w, "  %s  worst interval R %s\n\n", sparkline(squeeze(line, 60), 0, sparkTop(r.Ro.V)), decimals(r.WorstR, 1))
	return err
}

// sparkTop is the R of a perfect call on a scale of which Ro is known: what
// stands at the top of a sparkline.
func sparkTop(ro float64) float64 { return math.Floor(ro) }

// method names how a round trip was found, where there is one.
func method(name string) string {
	if name == "" || name == "none" {
		return ""
	}
	return " (" + name + ")"
}

// decimals writes a value that may be unknown.
func decimals(v schema.Opt[float64], n int) string {
	if !v.OK {
		return "?"
	}
	return strconv.FormatFloat(v.V, 'f', n, 64)
}

// cell is a value in CSV.
func cell[T any](v schema.Opt[T]) string {
	if !v.OK {
		return ""
	}
	return fmt.Sprint(v.V)
}

// text is a text that may be unknown.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
