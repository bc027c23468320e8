package mediaqos

import (
	"fmt"
	"math"
)

// model is what the E-model of one scale has of its own.
type model struct {
	// ro is the fixed basic signal-to-noise ratio; 0 where it is computed.
	ro float64
	// stretch is how much longer the scale is than the narrowband one: Idd is
	// multiplied and R divided by it before it becomes a MOS.
	stretch float64
	// ceiling is the impairment to which random loss brings any codec in the
	// limit. It is not the length of the scale: on the wideband scale of 129
	// it stays 95.
	ceiling float64
}

// models are indexed by Scale. Sources: ITU-T G.107 (06/2015) equations 7-2,
// 7-29 and Annex B; G.107.1 (06/2019, Cor.1 01/2020) equations 7-2, 7-13, 7-14
// and Annex A; G.107.2 (06/2019) clauses 7.2, 7.4, 7.5 and Annex A. The
// constants of the fullband scale are those that implementations agree on; the
// recommendation itself was not read for them.
var models = [...]model{
	ScaleNB: {stretch: 1, ceiling: 95},
	ScaleWB: {ro: 129, stretch: 1.29, ceiling: 95},
	ScaleFB: {ro: 148, stretch: 1.48, ceiling: 132},
}

// modelOf returns the model of a scale, nil for one that has none.
func modelOf(s Scale) *model {
	if s == ScaleUnknown || int(s) >= len(models) {
		return nil
	}
	return &models[s]
}

// MOSFromR is the mean opinion score of an R on this scale: [MOSFromR] of R,
// R/1.29 (ITU-T G.107.1 Annex A) or R/1.48 (ITU-T G.107.2 Annex A); unknown
// for ScaleUnknown. Scores of different scales are answers to different
// questions although they have the same range.
func (s Scale) MOSFromR(r float64) Opt[float64] {
	m := modelOf(s)
	if m == nil {
		return Opt[float64]{}
	}
	return Some(MOSFromR(r / m.stretch))
}

// RFromMOS is the inverse of MOSFromR, see [RFromMOS]. The error wraps
// ErrParams: a MOS outside 1..4.5, or a scale that has none.
func (s Scale) RFromMOS(mos float64) (float64, error) {
	m := modelOf(s)
	if m == nil {
		return 0, fmt.Errorf("scale %q: %w, want NB, WB or FB", s, ErrParams)
	}
	r, err := RFromMOS(mos)
	return r * m.stretch, err
}

// GradeOf is the user satisfaction band of an R on this scale. Bands are
// published for the narrowband scale (ITU-T G.107 Annex B). For the wideband
// and fullband scales we know of none, and none are made up: the answer is
// GradeNone.
func (s Scale) GradeOf(r float64) Grade {
	if s != ScaleNB {
		return GradeNone
	}
	return GradeOf(r)
}

// ComputeOn evaluates the E-model of a scale.
//
// On ScaleNB it is [Compute]. On ScaleWB (ITU-T G.107.1) and ScaleFB (ITU-T
// G.107.2) R = Ro - Id - Ie,eff + A with a fixed Ro and no simultaneous
// impairment. Of the parameters only TaMillis, SensT, MinDelay, Ie, Bpl, Ppl,
// BurstR and A count; Id is absolute delay alone, as of a connection whose
// echo is cancelled: listener echo is for further study in those
// recommendations, and talker echo is left out here on purpose, since the
// phones of a wideband call are not those of the model's default echo loss.
//
// The error wraps ErrParams.
func ComputeOn(s Scale, p Params) (Result, error) {
	m := modelOf(s)
	if m == nil {
		return Result{}, fmt.Errorf("e-model: scale %q: %w, want NB, WB or FB", s, ErrParams)
	}
	if err := p.validate(m.ceiling); err != nil {
		return Result{}, fmt.Errorf("e-model: %w", err)
	}
	ie := m.ieEff(p.Ie, p.Bpl, p.Ppl, p.BurstR)
	if s != ScaleNB {
		return m.rate(s, p.TaMillis, p.MinDelay, p.SensT, ie, p.A), nil
	}
	c := newConnection(&p)
	res := c.rate(p.TMillis, p.TrMillis, p.TaMillis, ie, p.A)
	if math.IsNaN(res.R) || math.IsInf(res.R, 0) {
		return Result{}, fmt.Errorf("e-model: R %v: %w, want a finite result of these levels together", res.R, ErrParams)
	}
	return res, nil
}

// rate puts the terms of a scale with a fixed Ro together.
func (m *model) rate(s Scale, ta, minDelay, sens, ieEff, a float64) Result {
	res := Result{Scale: s, Ro: m.ro, Idd: m.stretch * idd(ta, minDelay, sens), IeEff: ieEff, A: a}
	res.Id = res.Idd
	res.R = res.Ro - res.Id - res.IeEff + res.A
	res.RLQ = res.Ro - res.IeEff + res.A
	res.MOS, res.MOSLQ = MOSFromR(res.R/m.stretch), MOSFromR(res.RLQ/m.stretch)
	res.Grade = s.GradeOf(res.R)
	return res
}

// ieEff is the impairment by the codec and by packet loss of ppl percent (ITU-T
// G.107 equation 7-29 and its like on the other scales).
func (m *model) ieEff(ie, bpl, ppl, burstR float64) float64 {
	if ppl <= 0 {
		return ie
	}
	return ie + (m.ceiling-ie)*ppl/(ppl/burstR+bpl)
}
