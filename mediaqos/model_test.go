package mediaqos

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestComputeOnVectors holds the wideband and fullband scales to published or
// independently computed results.
func TestComputeOnVectors(t *testing.T) {
	for _, c := range []struct {
		name          string
		scale         Scale
		ie, bpl, ppl  float64
		ieEff, r, mos float64
	}{
		{"AMR-WB 12.65, one ear", ScaleWB, 13, 1, 0, 13, 116, 4.337096},
		{"AMR-WB 23.85, one ear", ScaleWB, 8, 1, 0, 8, 121, 4.420569},
		{"AMR-WB 6.6, one ear", ScaleWB, 41, 1, 0, 41, 88, 3.512307},
		{"AMR-WB 12.65, both ears, 2 %", ScaleWB, 20, 4.3, 2, 43.809524, 85.190476, 3.406179},
		{"EVS-SWB 24.4", ScaleFB, 7.2, 11.4, 0, 7.2, 140.8, 4.443558},
		{"EVS-SWB 24.4, 2 %", ScaleFB, 7.2, 11.4, 2, 25.826866, 122.173134, 4.116612},
		{"nothing in the way, WB", ScaleWB, 0, 4.3, 0, 0, 129, 4.5},
		{"nothing in the way, FB", ScaleFB, 0, 4.3, 0, 0, 148, 4.5},
	} {
		p := DefaultParams()
		p.Ie, p.Bpl, p.Ppl = c.ie, c.bpl, c.ppl
		got, err := ComputeOn(c.scale, p)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !near(got.IeEff, c.ieEff) || !near(got.R, c.r) || !near(got.MOS, c.mos) || got.RLQ != got.R || got.MOSLQ != got.MOS || got.Scale != c.scale || got.Is != 0 || got.Grade != GradeNone {
			t.Errorf("%s: %+v, want Ie,eff %v R %v MOS %v", c.name, got, c.ieEff, c.r, c.mos)
		}
	}
}

// TestWidebandCeilingIs95 guards against the error of writing the length of
// the scale where the ceiling of Ie,eff belongs: with 129 this would be 56.5.
func TestWidebandCeilingIs95(t *testing.T) {
	p := DefaultParams()
	p.Ie, p.Bpl, p.Ppl = 20, 4.3, 2
	got, err := ComputeOn(ScaleWB, p)
	if err != nil || !near(got.IeEff, 20+(95-20)*2/6.3) {
		t.Errorf("Ie,eff %v, %v, want 43.809524", got.IeEff, err)
	}
	p.Ppl, p.Bpl = 100, .1 // all is lost
	if got, err = ComputeOn(ScaleWB, p); err != nil || got.IeEff > 95 || got.IeEff < 94 {
		t.Errorf("Ie,eff of all lost at random is %v, %v, want nearly 95", got.IeEff, err)
	}
}

// TestDelayOnScales: the curve of absolute delay is that of the narrowband
// scale, stretched, and no echo is added.
func TestDelayOnScales(t *testing.T) {
	for scale, stretch := range map[Scale]float64{ScaleWB: 1.29, ScaleFB: 1.48} {
		for ta, nb := range map[float64]float64{0: 0, 100: 0, 150: .312577 - .149046, 250: 9.065756 - .149046, 400: 24.219135 - .149046} {
			got, err := ComputeOn(scale, DefaultParams().WithDelay(ta))
			if err != nil || math.Abs(got.Id-stretch*nb) > 3e-6 || got.Id != got.Idd || got.R != got.Ro-got.Id || got.RLQ != got.Ro {
				t.Errorf("%v at %v ms: %+v, %v, want Id %v", scale, ta, got, err, stretch*nb)
			}
		}
	}
}

// TestListeningQuality is R of the same call without delay, bit by bit.
func TestListeningQuality(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultParams().WithDelay(rapid.Float64Range(0, 900).Draw(t, "delay"))
		p.Ie, p.Bpl = rapid.Float64Range(0, 94).Draw(t, "Ie"), rapid.Float64Range(1, 40).Draw(t, "Bpl")
		p.Ppl, p.BurstR = rapid.Float64Range(0, 60).Draw(t, "loss"), rapid.Float64Range(1, 4).Draw(t, "burst")
		p.STMR, p.A = rapid.Float64Range(5, 25).Draw(t, "STMR"), rapid.Float64Range(0, 20).Draw(t, "A")
		scale := rapid.SampledFrom([]Scale{ScaleNB, ScaleWB, ScaleFB}).Draw(t, "scale")
		got, err := ComputeOn(scale, p)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ComputeOn(scale, p.WithDelay(0))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.RLQ-want.R) > 1e-9 || math.Abs(got.MOSLQ-want.MOS) > 1e-9 || got.R > got.RLQ+1e-9 && scale != ScaleNB {
			t.Fatalf("%v: RLQ %v, R without delay %v, R %v", scale, got.RLQ, want.R, got.R)
		}
	})
}

// TestScaleMOS goes there and back on every scale.
func TestScaleMOS(t *testing.T) {
	for scale, top := range map[Scale]float64{ScaleNB: 100, ScaleWB: 129, ScaleFB: 148} {
		if got := scale.MOSFromR(top); got != Some(4.5) {
			t.Errorf("%v: MOS of R %v is %v", scale, top, got)
		}
		for r := .07 * top; r < top; r += top / 97 {
			back, err := scale.RFromMOS(scale.MOSFromR(r).V)
			if err != nil || math.Abs(back-r) > 1e-6*top {
				t.Errorf("%v: R %v comes back as %v, %v", scale, r, back, err)
			}
		}
	}
	if _, err := ScaleUnknown.RFromMOS(3); !errors.Is(err, ErrParams) || ScaleUnknown.MOSFromR(50).OK {
		t.Errorf("a scale that is none: %v", err)
	}
	if _, err := ScaleFB.RFromMOS(5); !errors.Is(err, ErrParams) {
		t.Errorf("MOS 5: %v", err)
	}
	if _, err := ComputeOn(ScaleUnknown, DefaultParams()); !errors.Is(err, ErrParams) {
		t.Errorf("compute on no scale: %v", err)
	}
	p := DefaultParams()
	p.Ie = 100
	if _, err := ComputeOn(ScaleWB, p); !errors.Is(err, ErrParams) {
		t.Errorf("Ie 100 on the wideband scale: %v", err)
	}
	if _, err := ComputeOn(ScaleFB, p); err != nil {
		t.Errorf("Ie 100 on the fullband scale: %v", err)
	}
}
