package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// office is a centre with everything in it: two queues, skills, wrap-up,
// shifts over noon, breaks, agents who miss and decline, customers who give up.
func office() (*routing.Config, *Workload) {
	cfg := &routing.Config{
		Skills: []routing.SkillID{"french"},
		Queues: []routing.Queue{
			{ID: "sales", WrapUp: routing.WrapUpTimed, WrapUpLimitMillis: 60_000, MaxWaitMillis: 600_000, Overflow: routing.Overflow{Wait: routing.Target{Kind: routing.TargetVoicemail, To: "sales"}}},
			{
				ID: "service", Plan: routing.Plan{Steps: []routing.Step{{Require: routing.Need("french", 3), UntilMillis: 30_000}}},
				WrapUp: routing.WrapUpForced, MaxLength: 1, Overflow: routing.Overflow{Full: routing.Target{Kind: routing.TargetQueue, To: "sales"}},
			},
		},
		Profiles: []routing.Profile{
			{ID: "both", Queues: []routing.ProfileQueue{{Queue: "sales"}, {Queue: "service", Priority: 2}}},
			{ID: "service", Queues: []routing.ProfileQueue{{Queue: "service"}}},
		},
	}
	for _, id := range []routing.AgentID{"a1", "a2", "a3", "a4", "a5"} {
		cfg.Agents = append(cfg.Agents, routing.Agent{ID: id, Profile: "both"})
	}
	for _, id := range []routing.AgentID{"s1", "s2"} {
		cfg.Agents = append(cfg.Agents, routing.Agent{ID: id, Profile: "service", Skills: []routing.SkillLevel{{Skill: "french", Level: 4}}})
	}
	w := &Workload{
		TimeZone: "Europe/Berlin", IntervalMinutes: 60,
		Types: []Type{
			{
				Queue: "sales", Rates: Rates{From: "08:00", Weekdays: []float64{20, 40, 50, 40, 30, 40, 40, 30, 20, 5}},
				Handle: Distribution{Shape: Lognormal, MeanSeconds: 200, SDSeconds: 150}, WrapUp: &Distribution{Shape: Exponential, MeanSeconds: 30},
				Patience: &Distribution{Shape: Exponential, MeanSeconds: 150},
			},
			{
				Queue: "service", Rates: Rates{From: "08:00", Weekdays: []float64{5, 10, 15, 15, 15, 10, 5}, Saturday: []float64{0, 4, 4}},
				Handle: Distribution{Shape: Exponential, MeanSeconds: 300}, WrapUp: &Distribution{Shape: Constant, MeanSeconds: 20},
				Patience: &Distribution{Shape: Weibull, MeanSeconds: 240, K: 1.5},
			},
		},
		Crews: []Crew{
			{
				Profile: "both", Answer: &Distribution{Shape: Uniform, MinSeconds: 1, MaxSeconds: 6}, DeclineShare: 0.02, MissShare: 0.02,
				Shifts: []Shift{{Days: []string{"weekdays"}, From: "08:00", To: "18:00", Breaks: []Pause{{At: "12:00", Minutes: 30}}}},
			},
			{Agents: []routing.AgentID{"s1", "s2"}, Shifts: []Shift{{From: "08:00", To: "16:00"}}},
		},
		Outages: []Outage{{FromHours: 34, Hours: 0.5, Profile: "both", Share: 0.5}},
	}
	return cfg, w
}

func mustRun(t testing.TB, cfg *routing.Config, w *Workload, o Options) *Report {
	t.Helper()
	rep, err := Run(t.Context(), cfg, w, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

const week = 7 * 24 * time.Hour

// TestOfficeAddsUp: every contact is accounted for, nothing is refused, and
// figures are where the workload puts them.
func TestOfficeAddsUp(t *testing.T) {
	cfg, w := office()
	rep := mustRun(t, cfg, w, Options{Seed: 3, Duration: 20 * week, Batches: 20, Bounds: true})
	if rep.Refused > 0 {
		t.Errorf("%d events refused: %s", rep.Refused, rep.FirstRefusal)
	}
	expected := 20 * (5*(315+75) + 8.0)
	if arrived := float64(rep.Total.Offered + rep.Total.TurnedAway); math.Abs(arrived-expected) > 5*math.Sqrt(expected) {
		t.Errorf("%v contacts, expected about %v", arrived, expected)
	}
	for _, l := range append(rep.Types, rep.Total) {
		if l.Unfinished != 0 || l.Answered == 0 || l.Abandoned == 0 {
			t.Errorf("%s: %+v", l.Name, l)
		}
	}
	if l := rep.Types[0]; l.Overflowed == 0 {
		t.Error("nobody reached sales' voicemail")
	}
	if l := rep.Types[1]; l.Moved == 0 {
		t.Error("nobody overflowed from service to sales")
	}
	if aht := *rep.Types[0].AHTSeconds.Value; aht < 215 || aht > 232 {
		t.Errorf("sales: AHT %v s, want 200 and after-work of 26 (30 cut at 60)", aht)
	}
	noon, night, morning := rep.Days[0].Intervals[12], rep.Days[0].Intervals[3], rep.Days[0].Intervals[9]
	if noon.From != "12:00" || *noon.Present.Value() >= *morning.Present.Value() {
		t.Errorf("at noon %v agents are present, at nine %v", *noon.Present.Value(), *morning.Present.Value())
	}
	if night.Offered != 0 || *night.Present.Value() != 0 || night.ServiceLevel.Value() != nil {
		t.Errorf("at night: %+v", night)
	}
	if at := morning.Offered; math.Abs(at-50) > 5*math.Sqrt(50.0/100) {
		t.Errorf("%v contacts on a weekday from nine to ten, want 40 sales and 10 service", at)
	}
	if len(rep.Days) != 3 || rep.Days[1].Name != "saturday" || math.Abs(rep.Days[1].Contacts()-8) > 5*math.Sqrt(8.0/20) || rep.Days[2].Contacts() != 0 {
		t.Errorf("mean days: %d, saturday %v contacts, sunday %v", len(rep.Days), rep.Days[1].Contacts(), rep.Days[2].Contacts())
	}
	if rep.Bounds.Kind != BoundReference {
		t.Errorf("bounds of a centre with abandonment are called %q", rep.Bounds.Kind)
	}
	if len(rep.Groups) != 2 || rep.Groups[0].Agents != 5 || rep.Groups[1].Name != "service french:4" {
		t.Errorf("groups: %+v", rep.Groups)
	}
	if v := rep.Groups[0].Occupancy.Variation; v == nil || *v > 0.1 {
		t.Errorf("equal agents work unequally: %+v", rep.Groups[0].Occupancy)
	}
}

// TestSameSeedSameReport: the report is a pure function of its input.
func TestSameSeedSameReport(t *testing.T) {
	cfg, w := office()
	one, two, other := mustRun(t, cfg, w, Options{Seed: 3, Duration: week}), mustRun(t, cfg, w, Options{Seed: 3, Duration: week}), mustRun(t, cfg, w, Options{Seed: 4, Duration: week})
	text := func(rep *Report) string {
		data, err := json.Marshal(rep)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if text(one) != text(two) {
		t.Error("two runs of one seed differ")
	}
	if text(one) == text(other) {
		t.Error("two seeds give the same report")
	}
}

// TestSameCustomers: another configuration meets the same customers, contact by
// contact, whatever it does with them.
func TestSameCustomers(t *testing.T) {
	cfg, w := office()
	changed, _ := office()
	changed.Queues[0].Order, changed.Agents = routing.OrderStrict, changed.Agents[1:]
	a, b := drawTrace(t, cfg, w, 2*week), drawTrace(t, changed, w, 2*week)
	if len(a) != len(b) || len(a) < 500 {
		t.Fatalf("%d and %d contacts", len(a), len(b))
	}
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("contact %d: %+v and %+v", i, a[i], b[i])
		}
	}
}

// TestTraceOfDrawnArrivals: a run from a trace of the drawn arrivals is the
// run that draws them.
func TestTraceOfDrawnArrivals(t *testing.T) {
	cfg, w := office()
	trace := drawTrace(t, cfg, w, week)
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.FixedZone("CET", 3600))
	drawn, traced := mustRun(t, cfg, w, Options{Seed: 11, Start: start, Duration: week}), mustRun(t, cfg, w, Options{Seed: 11, Start: start, Duration: week, Trace: trace})
	if *drawn.Total.ASASeconds.Value != *traced.Total.ASASeconds.Value || drawn.Total.Answered != traced.Total.Answered {
		t.Errorf("drawn %v s, %d; traced %v s, %d", *drawn.Total.ASASeconds.Value, drawn.Total.Answered, *traced.Total.ASASeconds.Value, traced.Total.Answered)
	}
}

// TestOutage: agents whose site is down get nothing, and come back.
func TestOutage(t *testing.T) {
	cfg := team(4, "a")
	w := &Workload{Types: []Type{loadType("a", 2)}, IntervalMinutes: 60, Outages: []Outage{{FromHours: 5, Hours: 2}}}
	rep := mustRun(t, cfg, w, Options{Seed: 1, Duration: 24 * time.Hour})
	for hour, want := range map[int]float64{4: 4, 5: 0, 6: 0, 7: 4} {
		if got := *rep.Days[0].Intervals[hour].Present.Value(); math.Abs(got-want) > 0.2 { // talks that go on count
			t.Errorf("hour %d: %v agents present, want %v", hour, got, want)
		}
	}
	if rep.Refused > 0 || rep.Total.Unfinished > 0 {
		t.Errorf("%d refused (%s), %d unfinished", rep.Refused, rep.FirstRefusal, rep.Total.Unfinished)
	}
	if longest := *rep.Total.Tail.Max; longest < 7000 {
		t.Errorf("the longest wait is %v s, less than the outage", longest)
	}
}

// TestMissedOffers: an agent who lets it ring is put aside and comes back after
// his time; the offer goes to another after the queue's.
func TestMissedOffers(t *testing.T) {
	cfg := team(1, "a")
	cfg.Queues[0].OfferTimeoutMillis = 15_000
	cfg.Queues[0].DeclineMemoryMillis = 1_000
	w := &Workload{
		Types: []Type{{Queue: "a", PerHour: 0.2, Handle: Distribution{Shape: Constant, MeanSeconds: 60}}},
		Crews: []Crew{{Profile: "all", MissShare: 0.5, ReturnSeconds: 45}},
	}
	rep := mustRun(t, cfg, w, Options{Seed: 1, Duration: 50_000 * time.Hour})
	// Misses before an answer are geometric with mean 1, and cost 15 + 45 s each.
	if got := *rep.Total.ASASeconds.Value; math.Abs(got-60) > 4 {
		t.Errorf("mean wait %v s, want about 60", got)
	}
	if rep.Refused > 0 {
		t.Errorf("%d refused: %s", rep.Refused, rep.FirstRefusal)
	}
}

// TestRoundTheClockRates: a rate for each interval arrives in that interval,
// also on the days when clocks change.
func TestRoundTheClockRates(t *testing.T) {
	rates := make([]float64, 24)
	for hour := range rates {
		rates[hour] = float64(10 * hour)
	}
	w := &Workload{TimeZone: "Europe/Berlin", IntervalMinutes: 60, Types: []Type{{
		Queue: "a", Rates: Rates{Weekdays: rates, Weekend: rates}, Handle: Distribution{Shape: Constant, MeanSeconds: 1},
	}}}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	counts := map[int]int{}
	for _, start := range []time.Time{time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)} {
		for seed := range uint64(40) {
			sc, err := compile(team(1, "a"), w, Options{Seed: seed, Start: start, Duration: 24 * time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			end := start.AddDate(0, 0, 1).UnixMilli()
			for src := sc.source(); ; {
				a, _ := src.next()
				if int64(a.At) >= end {
					break
				}
				counts[time.UnixMilli(int64(a.At)).In(berlin).Hour()]++
			}
		}
	}
	for hour, count := range counts {
		// Hour 2 is once left out and once twice as long, at the same rate.
		if want := rates[hour] * 80; math.Abs(float64(count)-want) > 5*math.Sqrt(want)+1 {
			t.Errorf("hour %d: %d contacts, want about %v", hour, count, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cfg, w := office()
	done := 0.0
	_, err := Run(ctx, cfg, w, Options{Duration: 50 * week, Progress: func(share float64) {
		if done = share; share > 0.1 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || done > 0.9 {
		t.Errorf("at %v: %v", done, err)
	}
}

// TestFaults expects every fault of a workload, by its path, in one error.
func TestFaults(t *testing.T) {
	cfg, _ := office()
	bad := Distribution{Shape: "gauss"}
	w := &Workload{
		TimeZone: "Moon", IntervalMinutes: 7,
		Types: []Type{
			{Queue: "sales", PerHour: -1, Handle: bad},
			{Queue: "sales", PerHour: 1, Rates: Rates{Weekdays: []float64{1}}, Handle: Distribution{Shape: Lognormal}, Priority: 2000},
			{Queue: "nowhere", Rates: Rates{From: "08:10", Weekdays: []float64{1}}, Handle: Distribution{Shape: Weibull, MeanSeconds: 1}, WrapUp: &bad, Patience: &Distribution{Shape: Empirical}},
			{Name: "n", Queue: "sales", Rates: Rates{From: "23:00", Monday: []float64{1, math.NaN(), 3}}, Handle: Distribution{Shape: Uniform, MinSeconds: 2, MaxSeconds: 1}},
			{Name: "m", Queue: "sales", Handle: Distribution{Shape: Constant, MeanSeconds: 1e9}},
		},
		Crews: []Crew{
			{Profile: "none", Speed: 100, DeclineShare: 0.7, MissShare: 0.7, ReturnSeconds: -1, Answer: &bad},
			{Agents: []routing.AgentID{"a1", "a1", "ghost"}, Shifts: []Shift{{From: "9", To: "17:00"}, {Days: []string{"caturday"}, From: "09:00", To: "17:00", Breaks: []Pause{{At: "08:00", Minutes: 0}}}}},
			{},
		},
	}
	_, err := Run(t.Context(), cfg, w, Options{Duration: -1, Batches: 1})
	if !errors.Is(err, ErrInvalid) {
		t.Fatalf("not an ErrInvalid: %v", err)
	}
	for _, want := range []string{
		"time_zone", "interval_minutes", "types[0].per_hour", "types[0].handle.shape", "types[1]: has both", "types[1].name", "types[1].priority",
		"types[1].handle.mean_s", "types[2].queue", "types[2].rates.from", "types[2].handle.k", "types[2].wrap_up.shape", "types[2].patience.values_s",
		"types[3].rates: monday has 3", "types[3].rates: monday interval 1", "types[3].handle.max_s", "types[4]: has neither", "types[4].handle.mean_s",
		"crews[0].profile", "crews[0].speed", "crews[0]: decline_share", "crews[0].return_s", "crews[0].answer.shape", `crews[1].agents[1]: "a1" has a crew`,
		"crews[1].agents[2]", "crews[1].shifts[0]", "crews[1].shifts[1].days", "crews[1].shifts[1].breaks[0].at", "crews[1].shifts[1].breaks[0].minutes",
		"crews[2]: names neither", "batches", "duration",
	} {
		if !strings.Contains(strings.ToLower(err.Error()), "simulation: "+strings.ToLower(want)) {
			t.Errorf("not reported: %s", want)
		}
	}
	_, err = Run(t.Context(), cfg, &Workload{}, Options{Duration: time.Hour})
	if err == nil || !strings.Contains(err.Error(), "types: empty") {
		t.Errorf("no types: %v", err)
	}
	_, good := office()
	good.Outages = []Outage{{FromHours: -1, Hours: 1}, {Hours: 1, Share: 2}, {Hours: 1, Profile: "ghosts"}}
	_, err = Run(t.Context(), cfg, good, Options{Duration: time.Hour})
	for _, want := range []string{"outages[0]", "outages[1].share", "outages[2].profile"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s in %v", want, err)
		}
	}
}

// TestRatesTooLow: a rate that brings nobody within the run ends it all the
// same.
func TestRatesTooLow(t *testing.T) {
	for _, kind := range []Type{
		{Queue: "a", PerHour: 1e-300, Handle: Distribution{Shape: Constant, MeanSeconds: 1}},
		{Queue: "a", Rates: Rates{Monday: []float64{1e-300}}, Handle: Distribution{Shape: Constant, MeanSeconds: 1}},
		{Queue: "a", Rates: Rates{Monday: []float64{0}}, Handle: Distribution{Shape: Constant, MeanSeconds: 1}},
	} {
		rep := mustRun(t, team(1, "a"), &Workload{Types: []Type{kind}}, Options{Duration: week, Bounds: true})
		if rep.Total.Offered != 0 || rep.Total.ASASeconds.Value != nil || rep.Total.ServiceLevel.Handled.Value != nil {
			t.Errorf("%+v", rep.Total)
		}
	}
}

// TestManyTypes: without bounds, but run.
func TestManyTypes(t *testing.T) {
	w := &Workload{}
	var queues []string
	for i := range maxBoundTypes + 1 {
		queues = append(queues, fmt.Sprintf("q%d", i))
		w.Types = append(w.Types, loadType(queues[i], 0.1))
	}
	if rep := mustRun(t, team(20, queues...), w, Options{Duration: 10 * time.Hour, Bounds: true}); rep.Bounds != nil || rep.Total.Answered == 0 {
		t.Errorf("bounds %v, %d answered", rep.Bounds, rep.Total.Answered)
	}
}

// TestRosterIsLimited: a run that would not fit in memory is refused.
func TestRosterIsLimited(t *testing.T) {
	_, err := Run(t.Context(), team(2000, "a"), &Workload{
		Types: []Type{loadType("a", 1)}, Crews: []Crew{{Profile: "all", Shifts: []Shift{{From: "09:00", To: "17:00"}}}},
	}, Options{Duration: 9 * 365 * 24 * time.Hour})
	if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "simulate fewer days") {
		t.Errorf("got %v", err)
	}
}
