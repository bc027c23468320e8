package cli

import (
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Bounds of a poor stream: R below 70 leaves many users dissatisfied, and an
// interval below 50 nearly all (ITU-T G.107 annex B). They are of the narrowband
// scale; for the others no bands are published, and no stream is called poor.
const (
	poorR         = 70
	poorIntervalR = 50
)

// newStreamReport says what is known of one stream.
func newStreamReport(file string, s *mediaqos.Summary) streamReport {
	r := streamReport{
		File: file, ReporterSSRC: s.ReporterSSRC, SourceSSRC: s.SourceSSRC,
		Src: s.Tap.Src.String(), Dst: s.Tap.Dst.String(),
		First: s.First, Last: s.Last, Reports: s.Reports, Intervals: s.Intervals,
		CodecSource: s.Media.Source.String(), LossRatio: s.LossRatio, WorstLossRatio: s.WorstLossRatio,
		JitterMean: s.JitterMeanMillis, JitterMax: s.JitterMaxMillis,
		RTTMean: s.RTTMeanMillis, RTTMax: s.RTTMaxMillis, RTTMethod: s.RTTMethod.String(),
		DelayMillis: s.DelayMeanMillis, DelayBasis: s.DelayBasis.String(),
	}
	for tap := range s.Taps.All() {
		r.Taps = append(r.Taps, tap.String())
	}
	if s.Media.Codec != "" {
		r.Codec = &s.Media.Codec
	}
	if s.Media.ClockHz != 0 {
		r.ClockHz = schema.Some(s.Media.ClockHz)
	}
	if s.Intervals > 0 {
		r.Expected, r.Lost = schema.Some(s.Expected), schema.Some(s.Lost)
	}
	for _, p := range s.Points {
		r.IntervalR = append(r.IntervalR, p.R)
	}
	r.score(s)
	return r
}

// score takes the rating over, or says why there is none.
func (r *streamReport) score(s *mediaqos.Summary) {
	if worst, ok := s.Worst.Get(); ok {
		r.WorstR = schema.Some(worst.R)
	}
	whole, ok := s.Whole.Get()
	if !ok {
		r.Basis = whyNoScore(s)
		return
	}
	r.R, r.Ro, r.Is, r.Id, r.IeEff = schema.Some(whole.R), schema.Some(whole.Ro), schema.Some(whole.Is), schema.Some(whole.Id), schema.Some(whole.IeEff)
	r.MOS = schema.Some(whole.MOS)
	r.RLQ, r.MOSLQ, r.RCQ, r.MOSCQ = schema.Some(whole.RLQ), schema.Some(whole.MOSLQ), whole.RCQ(), whole.MOSCQ()
	scale := whole.Scale.String()
	r.Scale, r.Basis = &scale, whole.Grounding.String()
	if whole.Grade == mediaqos.GradeNone {
		return // no bands are published for this scale, so that nothing says what is poor
	}
	grade := whole.Grade.String()
	r.Grade = &grade
	r.Poor = schema.Some(whole.R < poorR || r.WorstR.OK && r.WorstR.V < poorIntervalR)
}

// whyNoScore says what is missing for a rating.
func whyNoScore(s *mediaqos.Summary) string {
	switch {
	case s.Intervals == 0:
		return "no interval with valid figures"
	case s.Media.Codec == "":
		return "the codec is not known"
	case s.MediaChanged:
		return "the codec changed on the way"
	}
	codec, ok := mediaqos.LookupCodec(s.Media.Codec)
	if !ok {
		return "nothing is known of codec " + s.Media.Codec
	}
	return codec.Name + ": " + codec.Source
}
