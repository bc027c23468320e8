package mediaqos

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// vector is a known result; Id and the others are compared to tol.
type vector struct {
	name              string
	params            func(*Params)
	id, ieEff, r, mos float64
}

// vectors are published or independently computed results of ITU-T G.107.
var vectors = []vector{
	{"defaults", func(*Params) {}, .149046, 0, 93.206208, 4.409406},
	{"delay 50", delay(50), 1.599092, 0, 91.756161, 4.379613},
	{"delay 100", delay(100), 2.691523, 0, 90.663730, 4.354920},
	{"delay 150", delay(150), 3.816122, 0, 89.539132, 4.327546},
	{"delay 250", delay(250), 14.178153, 0, 79.177101, 3.992519},
	{"Ta 150", func(p *Params) { p.TaMillis = 150 }, .312577, 0, 93.042677, 4.406220},
	{"Ta 250", func(p *Params) { p.TaMillis = 250 }, 9.065756, 0, 84.289498, 4.175287},
	{"Ta 400", func(p *Params) { p.TaMillis = 400 }, 24.219135, 0, 69.136119, 3.556227},
	{"G.711 PLC 1 %", loss(0, 25.1, 1), .149046, 3.639847, 89.566361, 4.328232},
	{"G.711 PLC 2 %", loss(0, 25.1, 2), .149046, 7.011070, 86.195138, 4.235019},
	{"G.711 PLC 5 %", loss(0, 25.1, 5), .149046, 15.780731, 77.425477, 3.923091},
	{"G.711 PLC 10 %", loss(0, 25.1, 10), .149046, 27.065527, 66.140681, 3.411187},
	{"G.711 1 %", loss(0, 4.3, 1), .149046, 17.924528, 75.281679, 3.833916},
	{"G.711 2 %", loss(0, 4.3, 2), .149046, 30.158730, 63.047478, 3.256361},
	{"G.711 5 %", loss(0, 4.3, 5), .149046, 51.075269, 42.130939, 2.169620},
	{"G.729A+VAD 0 %", loss(11, 19, 0), .149046, 11, 82.206208, 4.104594},
	{"G.729A+VAD 2 %", loss(11, 19, 2), .149046, 19, 74.206208, 3.787558},
	{"G.729A+VAD 5 %", loss(11, 19, 5), .149046, 28.5, 64.706208, 3.339951},
}

func delay(millis float64) func(*Params) {
	return func(p *Params) { *p = p.WithDelay(millis) }
}

func loss(ie, bpl, ppl float64) func(*Params) {
	return func(p *Params) { p.Ie, p.Bpl, p.Ppl = ie, bpl, ppl }
}

// near compares with a value that is given to six digits.
func near(got, want float64) bool { return math.Abs(got-want) <= 1e-6 }

func TestComputeVectors(t *testing.T) {
	for _, v := range vectors {
		p := DefaultParams()
		v.params(&p)
		got, err := Compute(p)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		if !near(got.Id, v.id) || !near(got.IeEff, v.ieEff) || !near(got.R, v.r) || !near(got.MOS, v.mos) {
			t.Errorf("%s: Id %.6f Ie,eff %.6f R %.6f MOS %.6f, want %.6f %.6f %.6f %.6f",
				v.name, got.Id, got.IeEff, got.R, got.MOS, v.id, v.ieEff, v.r, v.mos)
		}
	}
}

func TestComputeComponents(t *testing.T) {
	got, err := Compute(DefaultParams())
	if err != nil {
		t.Fatal(err)
	}
	if !near(got.Ro, 94.768822) || !near(got.Is, 1.413568) || !near(got.No, -61.179214) {
		t.Errorf("Ro %.6f Is %.6f No %.6f, want 94.768822 1.413568 -61.179214", got.Ro, got.Is, got.No)
	}
	if sum := got.Iolr + got.Ist + got.Iq; sum != got.Is {
		t.Errorf("Is %v is not Iolr + Ist + Iq = %v", got.Is, sum)
	}
	if sum := got.Idte + got.Idle + got.Idd; sum != got.Id {
		t.Errorf("Id %v is not Idte + Idle + Idd = %v", got.Id, sum)
	}
	if math.Signbit(got.Idte) || got.Grade != GradeVerySatisfied {
		t.Errorf("Idte %v, grade %v", got.Idte, got.Grade)
	}
}

// TestSidetoneAndEcho holds the branches of Idte that depend on STMR.
func TestSidetoneAndEcho(t *testing.T) {
	for _, stmr := range []float64{5, 15, 25} {
		p := DefaultParams().WithDelay(100)
		p.STMR = stmr
		got, err := Compute(p)
		if err != nil {
			t.Fatal(err)
		}
		q := p
		q.TELR += map[bool]float64{true: got.Ist / 2}[stmr < 9] // what the standard adds to TERV
		c := newConnection(&q)
		c.stmr = 15
		want := c.idte(100, got.Ist)
		if stmr > 20 {
			want = math.Sqrt(want*want + got.Ist*got.Ist)
		}
		if math.Abs(got.Idte-want) > 1e-9 {
			t.Errorf("STMR %v: Idte %v, want %v", stmr, got.Idte, want)
		}
	}
}

func TestMOSFromR(t *testing.T) {
	for _, c := range []struct{ r, mos float64 }{
		{-5, 1}, {0, 1}, {3.2, 1}, {6, 1}, {50, 2.575}, {60, 3.1}, {70, 3.597}, {80, 4.024}, {90, 4.339}, {100, 4.5}, {120, 4.5},
	} {
		if got := MOSFromR(c.r); math.Abs(got-c.mos) > 1e-9 {
			t.Errorf("MOSFromR(%v) = %v, want %v", c.r, got, c.mos)
		}
	}
	for _, c := range []struct{ r, mos float64 }{{93.2, 4.409286}, {94.3, 4.429556}} {
		if got := MOSFromR(c.r); !near(got, c.mos) {
			t.Errorf("MOSFromR(%v) = %v, want %v", c.r, got, c.mos)
		}
	}
	if got := MOSFromR(math.NaN()); !math.IsNaN(got) {
		t.Errorf("MOSFromR(NaN) = %v", got)
	}
}

func TestRFromMOSInverts(t *testing.T) {
	for _, r := range []float64{50, 70, 93.2} {
		if got, err := RFromMOS(MOSFromR(r)); err != nil || math.Abs(got-r) > 1e-9 {
			t.Errorf("RFromMOS(MOSFromR(%v)) = %v, %v", r, got, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.Float64Range(6.6, 99.99).Draw(t, "R")
		got, err := RFromMOS(MOSFromR(r))
		if err != nil || math.Abs(got-r) > 1e-4 { // near 100 the cubic is flat
			t.Fatalf("RFromMOS(MOSFromR(%v)) = %v, %v", r, got, err)
		}
	})
	for _, mos := range []float64{0.99, 4.51, math.NaN(), math.Inf(1)} {
		if _, err := RFromMOS(mos); !errors.Is(err, ErrParams) {
			t.Errorf("RFromMOS(%v): %v, want ErrParams", mos, err)
		}
	}
}

func TestGrades(t *testing.T) {
	for _, c := range []struct {
		r    float64
		want string
	}{
		{94, "very_satisfied"},
		{90, "very_satisfied"},
		{89.999, "satisfied"},
		{80, "satisfied"},
		{79.999, "some_dissatisfied"},
		{70, "some_dissatisfied"},
		{60, "many_dissatisfied"},
		{50, "nearly_all_dissatisfied"},
		{49.999, "not_recommended"},
		{-10, "not_recommended"},
		{math.NaN(), ""},
	} {
		if got := GradeOf(c.r).String(); got != c.want {
			t.Errorf("GradeOf(%v) = %q, want %q", c.r, got, c.want)
		}
	}
}

func TestValidateNamesTheParameter(t *testing.T) {
	for name, spoil := range map[string]func(*Params){
		"Ppl NaN":     func(p *Params) { p.Ppl = math.NaN() },
		"Ppl 101":     func(p *Params) { p.Ppl = 101 },
		"Ta -1":       func(p *Params) { p.TaMillis = -1 },
		"Bpl 0":       func(p *Params) { p.Bpl = 0 },
		"BurstR 0":    func(p *Params) { p.BurstR = 0 },
		"SLR +Inf":    func(p *Params) { p.SLR = math.Inf(1) },
		"qdu 0":       func(p *Params) { p.QDU = 0 },
		"mT 0":        func(p *Params) { p.MinDelay = 0 },
		"A -1000":     func(p *Params) { p.A = -1000 },
		"T 1e+09":     func(p *Params) { p.TMillis = 1e9 },
		"Ie 96":       func(p *Params) { p.Ie = 96 },
		"sT 0":        func(p *Params) { p.SensT = 0 },
		"WEPL NaN":    func(p *Params) { p.WEPL = math.NaN() },
		"Nfor -1e+06": func(p *Params) { p.Nfor = -1e6 },
	} {
		p := DefaultParams()
		spoil(&p)
		_, err := Compute(p)
		if !errors.Is(err, ErrParams) || !contains(err, "e-model: "+name+": ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Compute(Params{}); !errors.Is(err, ErrParams) {
		t.Errorf("the zero Params: %v, want ErrParams", err)
	}
}

// TestComputeIsFinite draws from everything that Validate lets pass.
func TestComputeIsFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.Float64Range(-200, 200)
		p := Params{
			SLR: level.Draw(t, "SLR"), RLR: level.Draw(t, "RLR"), STMR: level.Draw(t, "STMR"), LSTR: level.Draw(t, "LSTR"),
			Ds: level.Draw(t, "Ds"), Dr: level.Draw(t, "Dr"), TELR: level.Draw(t, "TELR"), WEPL: level.Draw(t, "WEPL"),
			TMillis: rapid.Float64Range(0, 1e6).Draw(t, "T"), TrMillis: rapid.Float64Range(0, 2e6).Draw(t, "Tr"), TaMillis: rapid.Float64Range(0, 1e6).Draw(t, "Ta"),
			QDU: rapid.Float64Range(1, 1000).Draw(t, "qdu"), Ie: rapid.Float64Range(0, 95).Draw(t, "Ie"), Bpl: rapid.Float64Range(.1, 1000).Draw(t, "Bpl"),
			Ppl: rapid.Float64Range(0, 100).Draw(t, "Ppl"), BurstR: rapid.Float64Range(.01, 1e6).Draw(t, "BurstR"),
			Nc: level.Draw(t, "Nc"), Nfor: level.Draw(t, "Nfor"), Ps: level.Draw(t, "Ps"), Pr: level.Draw(t, "Pr"),
			A: rapid.Float64Range(-100, 100).Draw(t, "A"), SensT: rapid.Float64Range(.1, 10).Draw(t, "sT"), MinDelay: rapid.Float64Range(1, 1000).Draw(t, "mT"),
		}
		res, err := Compute(p)
		if err != nil {
			if !errors.Is(err, ErrParams) {
				t.Fatal(err)
			}
			return
		}
		for _, v := range []float64{res.Ro, res.Is, res.Id, res.IeEff, res.R, res.MOS} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%+v from %+v", res, p)
			}
		}
		if res.MOS < MinMOS || res.MOS > MaxMOS {
			t.Fatalf("MOS %v", res.MOS)
		}
	})
}

// TestMoreImpairmentIsNeverBetter holds the model's direction.
func TestMoreImpairmentIsNeverBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Below a few ms the term of talker echo is slightly negative.
		p := DefaultParams().WithDelay(rapid.Float64Range(20, 500).Draw(t, "delay"))
		p.Ppl = rapid.Float64Range(0, 50).Draw(t, "loss")
		p.BurstR = rapid.Float64Range(1, 4).Draw(t, "burst")
		what := rapid.SampledFrom([]string{"loss", "burst", "delay", "codec"}).Draw(t, "what")
		if what == "codec" {
			p.BurstR = 1 // bursts can take loss beyond 95, where a better codec loses more
		}
		better, _ := Compute(p)
		worse := p
		switch more := rapid.Float64Range(0, 50).Draw(t, "more"); what {
		case "loss":
			worse.Ppl += more
		case "burst":
			worse.BurstR += more
		case "delay":
			worse = p.WithDelay(p.TaMillis + more)
		default:
			worse.Ie += more
		}
		if got, _ := Compute(worse); got.R > better.R+1e-6 {
			t.Fatalf("R %v rises to %v with more %s", better.R, got.R, what)
		}
	})
}

func BenchmarkCompute(b *testing.B) {
	p := DefaultParams().WithDelay(150)
	p.Bpl, p.Ppl = 25.1, 2
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compute(p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScore(b *testing.B) {
	f := Figures{LossRatio: .02, BurstRatio: 1, DelayMillis: Some(150.)}
	b.ReportAllocs()
	for b.Loop() {
		if !defaultScorer.Score(worldMedia, f).OK {
			b.Fatal("no score")
		}
	}
}
