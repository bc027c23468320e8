package mediaqos

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawFact is a stored fact with interval figures of any codec.
func drawFact(t *rapid.T) Emission {
	codecs := Codecs()
	f := Emission{
		Tenant: oracleTenant, Time: worldStart, Wire: wireAt(100, 50),
		Media: Media{
			Codec: codecs[rapid.IntRange(0, len(codecs)-1).Draw(t, "codec")].Name, Source: MediaSDP,
			PLC: PLC(rapid.IntRange(0, 2).Draw(t, "plc")), ClockHz: 8000, PtimeMillis: 20,
		},
	}
	f.Derived.IntervalMillis = Some(5000.)
	f.Derived.Expected, f.Derived.Lost = Some(int32(250)), Some(int32(rapid.IntRange(-5, 250).Draw(t, "lost")))
	if rapid.Bool().Draw(t, "rtt") {
		f.Derived.RTTMillis, f.Derived.RTTMethod = Some(float64(rapid.IntRange(0, 2000).Draw(t, "millis"))), RTTFromHalfLegs
	}
	if rapid.Bool().Draw(t, "measured") {
		f.Derived.BurstRatio, f.Derived.BurstSource = Some(rapid.Float64Range(1, 8).Draw(t, "burst")), BurstMeasured
	}
	return f
}

// TestScorerIsTheWholeModel holds the fast way to the slow one, on every scale.
func TestScorerIsTheWholeModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFact(t)
		slow, err := Recompute(DefaultParams(), []Emission{f})
		if err != nil {
			t.Fatal(err)
		}
		d := &slow[0]
		fast := defaultScorer.Score(f.Media, Figures{LossRatio: d.LossRatio.V, BurstRatio: d.BurstRatio.V, DelayMillis: d.DelayMillis})
		if fast != d.Score {
			t.Fatalf("%s: fast %+v\nslow %+v", f.Media.Codec, fast, d.Score)
		}
		codec, _ := LookupCodec(f.Media.Codec)
		if want := codec.Grounding != GroundingNone && codec.Bpl(f.Media.PLC).OK; fast.OK != want {
			t.Fatalf("%s: a score %v, want %v", f.Media.Codec, fast.OK, want)
		}
		if s := fast.V; fast.OK && (s.Scale != codec.Scale || s.RCQ().OK != d.DelayMillis.OK || s.MOSCQ().OK != d.DelayMillis.OK ||
			!d.DelayMillis.OK && (s.R != s.RLQ || s.MOS != s.MOSLQ)) {
			t.Fatalf("%s: %+v with delay %v", f.Media.Codec, s, d.DelayMillis)
		}
	})
}

// TestVersion2KeepsVersion1: where the first version of the formulas had a
// narrowband score, the second has the same R and MOS; what it takes back is
// the score of a codec without a published loss robustness.
func TestVersion2KeepsVersion1(t *testing.T) {
	first := func(f *Emission, d *Derived) Opt[[2]float64] {
		codec, _ := LookupCodec(f.Media.Codec)
		bpl := codec.Bpl(f.Media.PLC)
		if codec.Scale != ScaleNB || codec.Grounding == GroundingNone || !bpl.OK && d.LossRatio.V > 0 {
			return Opt[[2]float64]{}
		}
		c := newConnection(&vector1)
		ppl, delay := 100*d.LossRatio.V, d.DelayMillis.Or(0)
		impairment := codec.Ie.V
		if ppl > 0 {
			impairment += (95 - codec.Ie.V) * ppl / (ppl/d.BurstRatio.V + bpl.V)
		}
		ist := c.ist(delay)
		r := c.ro - (c.iolr + ist + c.iq) - (c.idte(delay, ist) + c.idle(2*delay) + idd(delay, 100, 1)) - impairment
		return Some([2]float64{r, MOSFromR(r)})
	}
	rapid.Check(t, func(t *rapid.T) {
		f := drawFact(t)
		if f.Derived.Lost.V < 0 || f.Media.Codec == "opus-nb-9" {
			return // a codec that the first version did not know
		}
		now, err := Recompute(DefaultParams(), []Emission{f})
		if err != nil {
			t.Fatal(err)
		}
		d := &now[0]
		old := first(&f, d)
		codec, _ := LookupCodec(f.Media.Codec)
		switch {
		case codec.Scale != ScaleNB:
		case old.OK && !codec.Bpl(f.Media.PLC).OK:
			if d.Score.OK {
				t.Fatalf("%s is rated without a robustness", codec.Name)
			}
		case old.OK != d.Score.OK || old.OK && (math.Abs(old.V[0]-d.Score.V.R) > 1e-9 || math.Abs(old.V[1]-d.Score.V.MOS) > 1e-9):
			t.Fatalf("%s: version 1 has %v, version 2 %+v", codec.Name, old, d.Score)
		}
	})
}

var vector1 = DefaultParams()
