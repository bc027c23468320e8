package mediaqos

import (
	"errors"
	"fmt"
)

// ErrParams is wrapped by every error about an E-model input that is not a
// number or lies where the model has no meaning.
var ErrParams = errors.New("value out of range")

// Params are the inputs of the narrowband E-model (ITU-T G.107 section 7,
// table 2). Start from [DefaultParams]: the zero Params is not a telephone
// connection. The range after each default is the one that the recommendation
// covers; [Params.Validate] refuses only what has no meaning.
type Params struct {
	SLR  float64 // send loudness rating, dB; default 8 (0..18)
	RLR  float64 // receive loudness rating, dB; default 2 (-5..14)
	STMR float64 // sidetone masking rating, dB; default 15 (10..20)
	LSTR float64 // listener sidetone rating, dB; default 18 (13..23)
	Ds   float64 // D-value of the telephone at the send side, dB; default 3 (-3..3)
	Dr   float64 // D-value at the receive side, dB; default 3 (-3..3); LSTR = STMR + Dr
	TELR float64 // talker echo loudness rating, dB; default 65 (5..65)
	WEPL float64 // weighted echo path loss, dB; default 110 (5..110)

	TMillis  float64 // T: mean one-way delay of the echo path, ms; default 0 (0..500)
	TrMillis float64 // Tr: round-trip delay of the 4-wire loop, ms; default 0 (0..1000)
	TaMillis float64 // Ta: absolute one-way delay, ms; default 0 (0..500)

	QDU    float64 // quantization distortion units; default 1 (1..14)
	Ie     float64 // equipment impairment of the codec; default 0 (0..40)
	Bpl    float64 // packet-loss robustness of the codec; default 4.3 (4.3..40)
	Ppl    float64 // random packet loss, percent; default 0 (0..20)
	BurstR float64 // burst ratio of the losses; default 1 = random (1..8)

	Nc   float64 // circuit noise at the 0 dBr point, dBm0p; default -70 (-80..-40)
	Nfor float64 // noise floor at the receive side, dBmp; default -64
	Ps   float64 // room noise at the send side, dB(A); default 35 (35..85)
	Pr   float64 // room noise at the receive side, dB(A); default 35 (35..85)

	A float64 // advantage factor; default 0 (0..20)

	SensT    float64 // sT, sensitivity to delay; default 1 (0.4..1)
	MinDelay float64 // mT, least perceivable delay, ms; default 100 (20..120)
}

// DefaultParams returns the default connection of ITU-T G.107 table 2; its R
// is 93.2.
func DefaultParams() Params {
	return Params{
		SLR: 8, RLR: 2, STMR: 15, LSTR: 18, Ds: 3, Dr: 3, TELR: 65, WEPL: 110,
		QDU: 1, Bpl: 4.3, BurstR: 1,
		Nc: -70, Nfor: -64, Ps: 35, Pr: 35,
		SensT: 1, MinDelay: 100,
	}
}

// WithDelay sets all three delays from one: T = Ta = delay and Tr = 2T, the
// connection whose echo comes back over the whole path. This is what "delay"
// means wherever this package scores a report. Setting TaMillis alone instead
// (T = Tr = 0) is the connection with perfect echo control.
func (p Params) WithDelay(millis float64) Params {
	p.TMillis, p.TaMillis, p.TrMillis = millis, millis, 2*millis
	return p
}

// Validate refuses inputs that are not finite or lie where the formulas mean
// nothing, on the narrowband scale. The error names the parameter and wraps
// ErrParams.
func (p *Params) Validate() error { return p.validate(models[ScaleNB].ceiling) }

// validate knows the largest Ie of the scale.
func (p *Params) validate(ieMax float64) error {
	const decibels = 200 // beyond any level of any telephone
	for _, in := range []struct {
		name      string
		v, lo, hi float64
	}{
		{"SLR", p.SLR, -decibels, decibels},
		{"RLR", p.RLR, -decibels, decibels},
		{"STMR", p.STMR, -decibels, decibels},
		{"LSTR", p.LSTR, -decibels, decibels},
		{"Ds", p.Ds, -decibels, decibels},
		{"Dr", p.Dr, -decibels, decibels},
		{"TELR", p.TELR, -decibels, decibels},
		{"WEPL", p.WEPL, -decibels, decibels},
		{"T", p.TMillis, 0, maxDelayMillis},
		{"Tr", p.TrMillis, 0, 2 * maxDelayMillis},
		{"Ta", p.TaMillis, 0, maxDelayMillis},
		{"qdu", p.QDU, 1, 1000},
		{"Ie", p.Ie, 0, ieMax},
		{"Bpl", p.Bpl, 0.1, 1000},
		{"Ppl", p.Ppl, 0, 100},
		{"BurstR", p.BurstR, 0.01, 1e6},
		{"Nc", p.Nc, -decibels, decibels},
		{"Nfor", p.Nfor, -decibels, decibels},
		{"Ps", p.Ps, -decibels, decibels},
		{"Pr", p.Pr, -decibels, decibels},
		{"A", p.A, -100, 100},
		{"sT", p.SensT, 0.1, 10},
		{"mT", p.MinDelay, 1, 1000},
	} {
		if !(in.v >= in.lo && in.v <= in.hi) { // also refuses NaN
			return fmt.Errorf("%s %v: %w, want %v..%v", in.name, in.v, ErrParams, in.lo, in.hi)
		}
	}
	return nil
}

// maxDelayMillis bounds the delays: beyond it every term has long levelled off.
const maxDelayMillis = 1e6

// Result is R with every component (ITU-T G.107 equation 7-1). Iolr, Ist, Iq,
// Idte, Idle and No are of the narrowband scale and 0 on the others.
type Result struct {
	Scale Scale // on which all of it is measured

	Ro float64 // basic signal-to-noise ratio

	Is   float64 // simultaneous impairment: Iolr + Ist + Iq
	Iolr float64 // too low overall loudness
	Ist  float64 // sidetone that is not optimal
	Iq   float64 // quantization distortion

	Id   float64 // delayed impairment: Idte + Idle + Idd
	Idte float64 // talker echo
	Idle float64 // listener echo
	Idd  float64 // too long absolute delay

	IeEff float64 // effective equipment impairment: codec and packet loss
	A     float64 // advantage factor

	No float64 // sum of all noise at the 0 dBr point, dBm0p

	R     float64 // Ro - Is - Id - IeEff + A: conversational; may be negative or above 100
	MOS   float64 // Scale.MOSFromR(R): MOS-CQ
	Grade Grade   // Scale.GradeOf(R)

	// RLQ is R of the same connection without any delay (T = Tr = Ta = 0): what
	// a listener hears who does not answer. MOSLQ is its MOS.
	RLQ, MOSLQ float64
}

// Compute evaluates the narrowband E-model: [ComputeOn] of ScaleNB. The error
// wraps ErrParams.
func Compute(p Params) (Result, error) { return ComputeOn(ScaleNB, p) }
