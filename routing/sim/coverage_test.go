package sim

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/erlang"
)

// TestIntervalCoverage measures what 20 seeds cannot: how often the 95 %
// intervals of a report hold the exact value. Of 200 runs, seeds 1001..1200,
// between 181 and 198 of each figure's intervals must: with a true coverage of
// 95 % a figure falls out of that 4 times in 1,000. Too few would mean that the
// batches depend on each other or that the ratio is biased, too many that the
// intervals are wider than they say.
func TestIntervalCoverage(t *testing.T) {
	if !*long {
		t.Skip("200 runs: with -long only")
	}
	const perHour, seeds, least, most = 200.0, 200, 181, 198
	cfg, w, want, get := erlangACentre(t)
	held, errs := map[string]int{}, map[string]float64{}
	const hours = 60_000 / perHour
	for seed := uint64(1001); seed < 1001+seeds; seed++ {
		rep, err := Run(t.Context(), cfg, w, Options{
			Seed: seed, Duration: time.Duration(hours * float64(time.Hour)), WarmUp: time.Duration(hours / 20 * float64(time.Hour)), Batches: 25,
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, exact := range want {
			e := get(rep, name)
			if e.Value == nil || e.HalfWidth == nil {
				t.Fatalf("seed %d: no interval for %s", seed, name)
			}
			if e.Holds(exact) {
				held[name]++
			}
			errs[name] += (*e.Value - exact) / *e.HalfWidth / seeds
		}
	}
	total := 0
	for name, exact := range want {
		total += held[name]
		t.Logf("%-17s %.6g: %d of %d intervals hold it, mean error %+.3f half widths", name, exact, held[name], seeds, errs[name])
		if held[name] < least || held[name] > most {
			t.Errorf("%s: %d of %d intervals hold %v, want %d..%d", name, held[name], seeds, exact, least, most)
		}
		// The mean of 200 errors of a half width's 1/2.06 each, four times over.
		if e := errs[name]; e > 0.14 || e < -0.14 {
			t.Errorf("%s: off by %+.3f half widths on average: the estimate is biased", name, e)
		}
	}
	t.Logf("coverage over all figures: %.1f %%", 100*float64(total)/float64(seeds*len(want)))
}

// erlangACentre is a centre whose customers give up, with the exact values of
// its figures and how to read them from a report.
func erlangACentre(t *testing.T) (cfg *routing.Config, w *Workload, want map[string]float64, get func(*Report, string) Estimate) {
	t.Helper()
	const perHour, aht, patience, agents = 200.0, 180.0, 120.0, 12
	f, err := erlang.Evaluate(erlang.ModelA, erlang.Demand{ArrivalsPerSecond: perHour / 3600, HandleSeconds: aht, PatienceSeconds: patience}, agents, 20)
	if err != nil {
		t.Fatal(err)
	}
	w = &Workload{Types: []Type{{
		Queue: "q", PerHour: perHour, Handle: Distribution{Shape: Exponential, MeanSeconds: aht},
		Patience: &Distribution{Shape: Exponential, MeanSeconds: patience},
	}}}
	in, gone, goneIn := *f.ServiceLevel, *f.AbandonProbability, *f.AbandonedWithin
	want = map[string]float64{
		"negative_abandon": in, "positive_abandon": in + goneIn, "no_abandon": in / (1 - goneIn), "handled": in / (1 - gone),
		"occupancy": *f.Occupancy, "aht": aht, "asa": *f.ASASeconds, "wait": *f.MeanWaitSeconds, "abandoned": gone,
	}
	return team(agents, "q"), w, want, func(rep *Report, name string) Estimate {
		l := rep.Total.ServiceLevel
		return map[string]Estimate{
			"negative_abandon": l.NegativeAbandon, "positive_abandon": l.PositiveAbandon, "no_abandon": l.NoAbandon, "handled": l.Handled,
			"occupancy": rep.Occupancy, "aht": rep.Total.AHTSeconds,
			"asa": rep.Total.ASASeconds, "wait": rep.Total.WaitSeconds, "abandoned": rep.Total.AbandonRate,
		}[name]
	}
}
