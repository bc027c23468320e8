package erlang

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// near fails unless got and want agree to 1e-9 of want (absolutely below 1).
func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Max(1, math.Abs(want))) {
		t.Errorf("%s = %.13g, want %.13g", name, got, want)
	}
}

func evaluate(t testing.TB, m Model, d Demand, agents int, target float64) Figures {
	t.Helper()
	f, err := Evaluate(m, d, agents, target)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestErlangBC holds values from exact rational arithmetic. The first row was
// printed by two published programs too, to all the digits they give.
func TestErlangBC(t *testing.T) {
	for _, tt := range []struct {
		calls, interval, aht float64
		agents               int
		target               float64
		b, c, asa, level     float64
	}{
		{100, 1800, 180, 14, 20, 0.056819143387, 0.174131933595, 7.835937012, 0.888350019179},
		{360, 1800, 240, 55, 15, 0.038374280688, 0.238700936378, 8.184032104, 0.845883092171},
		{200, 3600, 180, 12, 20, 0.119739188445, 0.449388224298, 40.444940187, 0.640158040374},
		{200, 3600, 180, 13, 20, 0.084338862672, 0.285270453036, 17.116227182, 0.795594788418},
		{600, 3600, 300, 55, 20, 0.053748812126, 0.384547317933, 23.072839076, 0.724459806304},
		{1000, 3600, 240, 75, 20, 0.032449223298, 0.231854914530, 6.677421538, 0.884222833734},
		{20, 3600, 600, 5, 60, 0.139205969152, 0.326669280021, 117.600940808, 0.723480424379},
	} {
		d := Demand{ArrivalsPerSecond: tt.calls / tt.interval, HandleSeconds: tt.aht}
		f := evaluate(t, ModelC, d, tt.agents, tt.target)
		near(t, "B", *evaluate(t, ModelB, d, tt.agents, 0).Blocking, tt.b)
		near(t, "C", *f.WaitProbability, tt.c)
		near(t, "ASA", *f.ASASeconds, tt.asa)
		near(t, "service level", *f.ServiceLevel, tt.level)
		near(t, "occupancy", *f.Occupancy, d.Erlangs()/float64(tt.agents))
	}
}

// TestErlangA holds values from the birth-death chain in 120 digits.
func TestErlangA(t *testing.T) {
	for _, tt := range []struct {
		callsPerHour, aht, patience           float64
		agents                                int
		wait, abandon, mean, level, occupancy float64
	}{
		{200, 180, 120, 10, 0.496852747630, 0.137463826276, 16.495659153, 0.639941307036, 0.862536173724},
		{200, 180, 120, 12, 0.279807018645, 0.061597377004, 7.391685240, 0.825582644362, 0.782002185830},
		{100, 240, 60, 7, 0.371992266369, 0.176123843982, 10.567430639, 0.716507393377, 0.784643958112},
		{1000, 240, 90, 65, 0.464381067415, 0.074358428842, 6.692258596, 0.815903412147, 0.949375970418},
		{3000, 300, 300, 250, 0.508410626969, 0.025222916185, 7.566874855, 0.835871802949, 0.974777083815},
	} {
		f := evaluate(t, ModelA, Demand{tt.callsPerHour / 3600, tt.aht, tt.patience}, tt.agents, 20)
		near(t, "P(wait)", *f.WaitProbability, tt.wait)
		near(t, "P(abandon)", *f.AbandonProbability, tt.abandon)
		near(t, "E[W]", *f.MeanWaitSeconds, tt.mean)
		near(t, "service level", *f.ServiceLevel, tt.level)
		near(t, "occupancy", *f.Occupancy, tt.occupancy)
	}
}

// TestOfferedLoad holds what the classical tables of Erlang B print.
func TestOfferedLoad(t *testing.T) {
	for _, tt := range []struct {
		agents         int
		blocking, load float64
	}{
		{1, 0.01, 0.010101},
		{5, 0.01, 1.360787},
		{10, 0.01, 4.461177},
		{20, 0.01, 12.030615},
		{50, 0.01, 37.901398},
		{100, 0.01, 84.064159},
		{10, 0.05, 6.215707},
		{30, 0.001, 16.683856},
	} {
		load, err := OfferedLoad(tt.agents, tt.blocking)
		if err != nil || math.Abs(load-tt.load) > 5.1e-7 {
			t.Errorf("OfferedLoad(%d, %v) = %v, %v, want %v", tt.agents, tt.blocking, load, err, tt.load)
		}
		near(t, "blocking", Blocking(load, tt.agents), tt.blocking)
	}
	for _, bad := range []float64{0, 1, -1, math.NaN()} {
		if _, err := OfferedLoad(10, bad); !errors.Is(err, ErrInput) {
			t.Errorf("blocking %v: %v", bad, err)
		}
	}
	if _, err := OfferedLoad(0, 0.1); !errors.Is(err, ErrInput) {
		t.Errorf("no agents: %v", err)
	}
}

func TestPriorityWaits(t *testing.T) {
	for _, tt := range []struct {
		perHour []float64
		aht     float64
		agents  int
		want    []float64
	}{
		{[]float64{40, 160}, 180, 14, []float64{2.611979004, 9.141926514}},
		{[]float64{20, 60, 120}, 180, 12, []float64{7.353625489, 11.030438233, 60.667410280}},
		{[]float64{120, 480}, 300, 55, []float64{2.563648786, 28.200136648}},
	} {
		rates := make([]float64, len(tt.perHour))
		total, mean := 0.0, 0.0
		for i, r := range tt.perHour {
			rates[i] = r / 3600
			total += rates[i]
		}
		waits, err := PriorityWaits(rates, tt.aht, tt.agents)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range tt.want {
			near(t, "wait", waits[i], w)
			mean += rates[i] / total * waits[i]
		}
		// Kleinrock's conservation law.
		near(t, "mean over the classes", mean, *evaluate(t, ModelC, Demand{ArrivalsPerSecond: total, HandleSeconds: tt.aht}, tt.agents, 0).ASASeconds)
	}
	for _, bad := range [][]float64{{-1, 2}, {math.NaN()}, {}, {1}} {
		if _, err := PriorityWaits(bad, 10, 5); !errors.Is(err, ErrInput) {
			t.Errorf("rates %v: %v", bad, err)
		}
	}
}

// TestUndefined: a figure that a model does not define is nil, never zero.
func TestUndefined(t *testing.T) {
	d := Demand{1, 10, 30}
	b, c, a := evaluate(t, ModelB, d, 12, 20), evaluate(t, ModelC, d, 12, 20), evaluate(t, ModelA, d, 12, 20)
	over := evaluate(t, ModelC, d, 10, 20)
	for name, nilled := range map[string]bool{
		"B waits":        b.WaitProbability == nil && b.ASASeconds == nil && b.MeanWaitSeconds == nil && b.ServiceLevel == nil,
		"B abandons":     b.AbandonProbability == nil && b.AbandonedWithin == nil,
		"C blocks":       c.Blocking == nil,
		"C abandons":     c.AbandonProbability == nil && c.AbandonedWithin == nil,
		"A blocks":       a.Blocking == nil,
		"a wait for all": over.ASASeconds == nil && over.MeanWaitSeconds == nil,
	} {
		if !nilled {
			t.Errorf("%s is given where it is not defined", name)
		}
	}
	if *over.WaitProbability != 1 || *over.Occupancy != 1 || *over.ServiceLevel != 0 {
		t.Errorf("a queue without end: %v %v %v", *over.WaitProbability, *over.Occupancy, *over.ServiceLevel)
	}
}

func TestInputIsChecked(t *testing.T) {
	good := Demand{1, 10, 30}
	for _, tt := range []struct {
		m      Model
		d      Demand
		agents int
		target float64
		says   string
	}{
		{"x", good, 12, 20, "model"},
		{ModelC, Demand{0, 10, 0}, 12, 20, "arrivals"},
		{ModelC, Demand{math.NaN(), 10, 0}, 12, 20, "arrivals"},
		{ModelC, Demand{1, math.Inf(1), 0}, 12, 20, "handling"},
		{ModelB, Demand{1e200, 1e200, 0}, 12, 20, "Erlangs"},
		{ModelB, Demand{1e-200, 1e-200, 0}, 12, 20, "Erlangs"},
		{ModelB, Demand{1e9, 1e9, 0}, 12, 20, "Erlangs"},
		{ModelA, Demand{1, 10, 0}, 12, 20, "patience"},
		{ModelC, good, 0, 20, "agents"},
		{ModelC, good, MaxAgents + 1, 20, "agents"},
		{ModelC, good, 12, -1, "target"},
		{ModelC, good, 12, math.NaN(), "target"},
	} {
		if _, err := Evaluate(tt.m, tt.d, tt.agents, tt.target); !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v, want %q in it", tt, err, tt.says)
		}
	}
}

func TestAgents(t *testing.T) {
	share := func(v float64) *float64 { return &v }
	for _, tt := range []struct {
		name string
		m    Model
		d    Demand
		goal Goal
		want int
	}{
		{"C: 80 % in 20 s", ModelC, Demand{100.0 / 1800, 180, 0}, Goal{ServiceLevel: share(0.8), TargetSeconds: 20}, 14},
		{"C: the load alone", ModelC, Demand{100.0 / 1800, 180, 0}, Goal{ServiceLevel: share(0)}, 1},
		{"C: mean wait", ModelC, Demand{200.0 / 3600, 180, 0}, Goal{ASASeconds: share(41)}, 12},
		{"C: occupancy", ModelC, Demand{200.0 / 3600, 180, 0}, Goal{ASASeconds: share(41), Occupancy: share(0.7)}, 15},
		{"A: abandonment", ModelA, Demand{200.0 / 3600, 180, 120}, Goal{AbandonProbability: share(0.0616)}, 12},
		{"B: one in a hundred", ModelB, Demand{4.46, 1, 0}, Goal{Blocking: share(0.01)}, 10},
		{"B: a little more", ModelB, Demand{4.47, 1, 0}, Goal{Blocking: share(0.01)}, 11},
	} {
		agents, f, err := Agents(tt.m, tt.d, tt.goal)
		if err != nil || agents != tt.want {
			t.Errorf("%s: %d agents, %v; want %d", tt.name, agents, err, tt.want)
		}
		if !tt.goal.reached(f) {
			t.Errorf("%s: the figures returned do not reach the goal", tt.name)
		}
	}
	for _, bad := range []struct {
		m    Model
		goal Goal
	}{
		{ModelC, Goal{}},
		{ModelC, Goal{Blocking: share(0.1)}},
		{ModelB, Goal{ServiceLevel: share(0.8)}},
		{ModelC, Goal{ServiceLevel: share(1)}},
		{ModelC, Goal{ServiceLevel: share(0.8), TargetSeconds: -1}},
		{ModelA, Goal{Occupancy: share(0)}},
	} {
		if _, _, err := Agents(bad.m, Demand{1, 10, 30}, bad.goal); !errors.Is(err, ErrInput) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestLessAgentsDoNotDo: the number returned is the least one.
func TestLessAgentsDoNotDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]Model{ModelC, ModelA}).Draw(t, "model")
		d := Demand{
			ArrivalsPerSecond: rapid.Float64Range(0.001, 20).Draw(t, "rate"),
			HandleSeconds:     rapid.Float64Range(10, 900).Draw(t, "AHT"),
			PatienceSeconds:   rapid.Float64Range(5, 3600).Draw(t, "patience"),
		}
		level := rapid.Float64Range(0, 0.999).Draw(t, "level")
		goal := Goal{ServiceLevel: &level, TargetSeconds: rapid.Float64Range(0, 120).Draw(t, "target")}
		agents, f, err := Agents(m, d, goal)
		if err != nil {
			t.Fatal(err)
		}
		if *f.ServiceLevel < level {
			t.Fatalf("%d agents give %v", agents, *f.ServiceLevel)
		}
		if agents > 1 {
			less, err := Evaluate(m, d, agents-1, goal.TargetSeconds)
			if err != nil || *less.ServiceLevel >= level {
				t.Fatalf("%d agents give %v too (%v)", agents-1, *less.ServiceLevel, err)
			}
		}
	})
}
