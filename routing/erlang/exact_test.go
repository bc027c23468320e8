package erlang

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

const digits = 400 // bits

func bigf(v float64) *big.Float { return new(big.Float).SetPrec(digits).SetFloat64(v) }

// exact solves the birth-death chain of M/M/n+M state by state in long
// arithmetic, without any formula: patience 0 means none (M/M/n).
func exact(d Demand, agents int) (wait, queue float64) {
	lambda, mu := bigf(d.ArrivalsPerSecond), new(big.Float).Quo(bigf(1), bigf(d.HandleSeconds))
	theta := bigf(0)
	if d.PatienceSeconds > 0 {
		theta.Quo(bigf(1), bigf(d.PatienceSeconds))
	}
	p, total, busy, length := bigf(1), bigf(0), bigf(0), bigf(0)
	for k := 0; ; k++ {
		total.Add(total, p)
		if k >= agents {
			busy.Add(busy, p)
			length.Add(length, new(big.Float).Mul(p, bigf(float64(k-agents))))
			if share, _ := new(big.Float).Quo(p, busy).Float64(); share < 1e-30 {
				break
			}
		}
		rate := new(big.Float).Mul(mu, bigf(float64(min(k+1, agents))))
		rate.Add(rate, new(big.Float).Mul(theta, bigf(float64(max(0, k+1-agents)))))
		p = new(big.Float).Mul(p, new(big.Float).Quo(lambda, rate))
	}
	wait, _ = busy.Quo(busy, total).Float64()
	queue, _ = length.Quo(length, total).Float64()
	return wait, queue
}

func relative(t testing.TB, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-10*want) {
		t.Errorf("%s = %.15g, exactly %.15g", name, got, want)
	}
}

// TestExactChain compares models C and A with the chain, far into both tails:
// the tolerance is relative.
func TestExactChain(t *testing.T) {
	for _, tt := range []struct {
		d      Demand
		agents int
	}{
		{Demand{0.1, 100, 0}, 11},
		{Demand{0.1, 100, 0}, 60}, // one in 10^27 waits
		{Demand{9.99, 100, 0}, 1000},
		{Demand{0.1, 100, 100}, 1},
		{Demand{0.1, 100, 1e6}, 11},
		{Demand{0.1, 100, 1e6}, 10},
		{Demand{0.1, 100, 1e5}, 9}, // a queue of a thousand
		{Demand{0.1, 100, 0.01}, 9},
		{Demand{5, 100, 50}, 700},
		{Demand{50, 100, 600}, 4800},
	} {
		m := ModelA
		if tt.d.PatienceSeconds == 0 {
			m = ModelC
		}
		f := evaluate(t, m, tt.d, tt.agents, 20)
		wait, queue := exact(tt.d, tt.agents)
		relative(t, "P(wait)", *f.WaitProbability, wait)
		relative(t, "E[W]", *f.MeanWaitSeconds, queue/tt.d.ArrivalsPerSecond)
	}
}

// TestLargeGroups: a hundred thousand agents against long arithmetic.
func TestLargeGroups(t *testing.T) {
	const agents = 100_000
	for _, load := range []float64{90_000, 99_900, 100_000, 110_000} {
		b := bigf(1)
		a := bigf(load)
		for k := 1; k <= agents; k++ {
			ab := new(big.Float).SetPrec(128).Mul(a, b)
			b.SetPrec(128).Quo(ab, new(big.Float).SetPrec(128).Add(bigf(float64(k)), ab))
		}
		want, _ := b.Float64()
		relative(t, "B", Blocking(load, agents), want)
	}
	f := evaluate(t, ModelA, Demand{500, 200, 100}, agents, 20)
	if p := *f.WaitProbability; !(p > 0.4 && p < 0.6) {
		t.Errorf("100,000 agents for 100,000 Erlangs: P(wait) = %v", p)
	}
}

// TestLaws holds identities of model A over its whole range.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Demand{
			ArrivalsPerSecond: math.Exp(rapid.Float64Range(-7, 5).Draw(t, "ln rate")),
			HandleSeconds:     math.Exp(rapid.Float64Range(0, 7).Draw(t, "ln AHT")),
			PatienceSeconds:   math.Exp(rapid.Float64Range(-1, 9).Draw(t, "ln patience")),
		}
		agents := rapid.IntRange(1, 400).Draw(t, "agents")
		target := rapid.Float64Range(0, 300).Draw(t, "target")
		f, err := Evaluate(ModelA, d, agents, target)
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range map[string]float64{
			"P(wait)": *f.WaitProbability, "P(abandon)": *f.AbandonProbability, "service level": *f.ServiceLevel,
			"abandoned within": *f.AbandonedWithin, "occupancy": *f.Occupancy,
		} {
			if !(v >= -1e-12 && v <= 1+1e-12) {
				t.Fatalf("%s = %v is no share", name, v)
			}
		}
		if *f.ServiceLevel+*f.AbandonProbability > 1+1e-9 || *f.AbandonedWithin > *f.AbandonProbability+1e-9 {
			t.Fatalf("answered in time %v, abandoned %v, in time %v", *f.ServiceLevel, *f.AbandonProbability, *f.AbandonedWithin)
		}
		// At once: nobody has given up, and who does not wait is answered.
		if now, _ := Evaluate(ModelA, d, agents, 0); math.Abs(*now.ServiceLevel-(1-*now.WaitProbability)) > 1e-10 || *now.AbandonedWithin > 1e-10 {
			t.Fatalf("at 0 s: level %v, P(wait) %v, abandoned %v", *now.ServiceLevel, *now.WaitProbability, *now.AbandonedWithin)
		}
		// In the end: answered or abandoned.
		if end, _ := Evaluate(ModelA, d, agents, 1e9); math.Abs(*end.ServiceLevel+*end.AbandonProbability-1) > 1e-9 || math.Abs(*end.AbandonedWithin-*end.AbandonProbability) > 1e-9 {
			t.Fatalf("at last: level %v, abandoned %v of %v", *end.ServiceLevel, *end.AbandonedWithin, *end.AbandonProbability)
		}
		// The wait of those who are answered is the area over their distribution.
		if asa, area := *f.ASASeconds*(1-*f.AbandonProbability), answeredArea(d, agents); math.Abs(asa-area) > 2e-3*(area+1e-6) {
			t.Fatalf("mean wait of the answered: %v by states, %v by area", asa, area)
		}
	})
}

// answeredArea integrates P(answered later than T) over T, as a check of the
// closed sum that shares no step with it.
func answeredArea(d Demand, agents int) float64 {
	at := func(target float64) float64 {
		f, err := Evaluate(ModelA, d, agents, target)
		if err != nil {
			panic(err)
		}
		return 1 - *f.AbandonProbability - *f.ServiceLevel
	}
	first := at(0)
	if first < 1e-9 {
		f, _ := Evaluate(ModelA, d, agents, 0)
		return *f.ASASeconds * (1 - *f.AbandonProbability)
	}
	// Until where it has all but vanished, or is lost in the rounding of the
	// difference; then Simpson's rule.
	end := d.PatienceSeconds * 1e-6
	for at(end) > max(1e-9*first, 1e-13) {
		end *= 1.5
	}
	const steps = 300
	sum := first + at(end)
	for i := 1; i < steps; i++ {
		sum += at(end*float64(i)/steps) * float64(2+2*(i%2))
	}
	return sum * end / steps / 3
}

// TestPatienceWithoutEnd: model A approaches model C.
func TestPatienceWithoutEnd(t *testing.T) {
	d := Demand{200.0 / 3600, 180, 1e9}
	a, c := evaluate(t, ModelA, d, 12, 20), evaluate(t, ModelC, d, 12, 20)
	for name, pair := range map[string][2]*float64{
		"P(wait)":       {a.WaitProbability, c.WaitProbability},
		"ASA":           {a.ASASeconds, c.ASASeconds},
		"service level": {a.ServiceLevel, c.ServiceLevel},
		"occupancy":     {a.Occupancy, c.Occupancy},
	} {
		if math.Abs(*pair[0]-*pair[1]) > 1e-5**pair[1] {
			t.Errorf("%s: A %v, C %v", name, *pair[0], *pair[1])
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, bb := range []struct {
		name   string
		m      Model
		agents int
	}{{"C/14", ModelC, 14}, {"A/14", ModelA, 14}, {"C/100k", ModelC, 100_000}, {"A/100k", ModelA, 100_000}} {
		b.Run(bb.name, func(b *testing.B) {
			d := Demand{float64(bb.agents) * 0.95 / 180, 180, 120}
			for b.Loop() {
				if _, err := Evaluate(bb.m, d, bb.agents, 20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
