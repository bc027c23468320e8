package sim

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/erlang"
)

// TestPooledIsALowerBoundOfEveryPath: with handling times by start no rule has
// a smaller total wait than the pooled team, on any arrivals.
func TestPooledIsALowerBoundOfEveryPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queues := []string{"a", "b", "c"}
		w := &Workload{}
		shape := rapid.SampledFrom([]Shape{Exponential, Constant}).Draw(t, "shape")
		for _, q := range queues {
			w.Types = append(w.Types, Type{Queue: routing.QueueID(q), PerHour: 1, Handle: Distribution{Shape: shape, MeanSeconds: unit}})
		}
		var serve [][]string
		covered := map[string]bool{}
		for range rapid.IntRange(1, 5).Draw(t, "agents") {
			own := rapid.SliceOfNDistinct(rapid.SampledFrom(queues), 1, 3, rapid.ID[string]).Draw(t, "serves")
			for _, q := range own {
				covered[q] = true
			}
			serve = append(serve, own)
		}
		cfg := servers(queues, serve...)
		for i := range cfg.Queues {
			cfg.Queues[i].Order = rapid.SampledFrom([]routing.ContactOrder{routing.OrderAging, routing.OrderStrict, routing.OrderFIFO}).Draw(t, "order")
			cfg.Queues[i].Agents = rapid.SampledFrom([]routing.AgentOrder{routing.LongestIdle, routing.RoundRobin, routing.LeastOccupied}).Draw(t, "agents")
		}
		var trace []Arrival
		at := routing.Time(1_767_600_000_000)
		for range rapid.IntRange(1, 60).Draw(t, "contacts") {
			at += routing.Time(rapid.IntRange(0, 60_000).Draw(t, "gap"))
			kind := rapid.IntRange(0, 2).Draw(t, "type")
			if covered[queues[kind]] {
				trace = append(trace, Arrival{At: at, Type: int32(kind), PatienceMillis: Forever})
			}
		}
		if len(trace) == 0 {
			return
		}
		rep, err := Run(t.Context(), cfg, w, Options{Seed: rapid.Uint64().Draw(t, "seed"), Trace: trace, Durations: ByStart, Bounds: true})
		if err != nil {
			t.Fatal(err)
		}
		if rep.Refused > 0 || rep.Total.Answered != int64(len(trace)) {
			t.Fatalf("%d of %d answered, %d refused: %s", rep.Total.Answered, len(trace), rep.Refused, rep.FirstRefusal)
		}
		if rep.Bounds.Kind != BoundPath {
			t.Fatalf("the bound is called %q", rep.Bounds.Kind)
		}
		if got, bound := *rep.Total.ASASeconds.Value, *rep.Bounds.PooledASASeconds; got < bound-1e-9 {
			t.Fatalf("mean wait %v s is below the bound, %v s", got, bound)
		}
	})
}

// TestBoundsOfN: on the N of four servers the pooled bound is near M/M/4, the
// cut of type b alone near M/M/2, and both below what is measured.
func TestBoundsOfN(t *testing.T) {
	two, onlyA := []string{"a", "b"}, []string{"a"}
	w := &Workload{Types: []Type{loadType("a", 2), loadType("b", 1.4)}}
	rep := mustRun(t, servers(two, onlyA, onlyA, two, two), w, Options{Seed: 5, Duration: 1500 * time.Hour, WarmUp: 10 * time.Hour, Bounds: true})
	b := rep.Bounds
	exact := func(load float64, n int) float64 {
		f, err := erlang.Evaluate(erlang.ModelC, erlang.Demand{ArrivalsPerSecond: load / unit, HandleSeconds: unit}, n, 0)
		if err != nil {
			t.Fatal(err)
		}
		return *f.ASASeconds
	}
	for _, tt := range []struct {
		name string
		got  *float64
		want float64
	}{
		{"pooled", b.PooledASASeconds, exact(3.4, 4)},
		{"pooled by formula", b.ErlangASASeconds, exact(3.4, 4)},
		{"a alone", b.Types[0].ASASeconds, exact(2, 4)},
		{"b alone", b.Types[1].ASASeconds, exact(1.4, 2)},
	} {
		if tt.got == nil || math.Abs(*tt.got-tt.want) > 0.1*tt.want {
			t.Errorf("%s: %v s, want about %v s", tt.name, *tt.got, tt.want)
		}
	}
	if b.Kind != BoundMean || *b.PooledGap <= 0 || *b.CutGap <= 0 || *b.CutGap > *b.PooledGap || *b.Types[1].Gap <= 0 {
		t.Errorf("kind %s, gaps %v %v, b %v", b.Kind, *b.PooledGap, *b.CutGap, *b.Types[1].Gap)
	}
}

// TestOneTeamMeetsItsBound: where all agents can do all, nothing is left.
func TestOneTeamMeetsItsBound(t *testing.T) {
	w := &Workload{Types: []Type{loadType("a", 2), loadType("b", 1)}}
	rep := mustRun(t, team(4, "a", "b"), w, Options{Seed: 5, Duration: 200 * time.Hour, Bounds: true})
	if g := *rep.Bounds.PooledGap; math.Abs(g) > 1e-9 {
		t.Errorf("gap %v", g)
	}
}

// TestFairness: longest idle is even among equals; an explicit order is not.
func TestFairness(t *testing.T) {
	w := &Workload{Types: []Type{loadType("a", 4)}}
	even := mustRun(t, team(8, "a"), w, Options{Seed: 1, Duration: 500 * time.Hour})
	cfg := team(8, "a")
	cfg.Queues[0].Agents = routing.ExplicitOrder
	for i := range cfg.Agents {
		cfg.Agents[i].Rank = uint16(i)
	}
	uneven := mustRun(t, cfg, w, Options{Seed: 1, Duration: 500 * time.Hour})
	if g := even.Groups; len(g) != 1 || g[0].Agents != 8 || *g[0].Occupancy.Variation > 0.02 || *g[0].IdleHours.Variation > 0.03 {
		t.Errorf("longest idle: %+v", g)
	}
	if len(uneven.Groups) != 8 {
		t.Errorf("agents of different rank count as equal: %d groups", len(uneven.Groups))
	}
	if first, last := uneven.Groups[0].Occupancy.Mean, uneven.Groups[7].Occupancy.Mean; first < 2*last {
		t.Errorf("explicit order: the first works %v of his time, the last %v", first, last)
	}
}
