package sim

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing/erlang"
)

// TestCompare: one agent more, against the exact difference; luck that both
// share narrows the interval.
func TestCompare(t *testing.T) {
	w := &Workload{Types: []Type{loadType("a", 9)}}
	asa := func(agents int) float64 {
		f, err := erlang.Evaluate(erlang.ModelC, erlang.Demand{ArrivalsPerSecond: 9 / unit, HandleSeconds: unit}, agents, 20)
		if err != nil {
			t.Fatal(err)
		}
		return *f.ASASeconds
	}
	held := 0
	for seed := uint64(1); seed <= 20; seed++ {
		c, err := Compare(t.Context(), team(12, "a"), team(13, "a"), w, Options{Seed: seed, Duration: 50 * time.Hour, WarmUp: 2 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		d := c.Total[1]
		if d.Figure != FigureASA || len(c.Types) != 1 || c.Types[0].Name != "a" {
			t.Fatalf("%+v", c.Total)
		}
		if *d.BMinusA.Value != *c.B.Total.ASASeconds.Value-*c.A.Total.ASASeconds.Value {
			t.Errorf("the difference is not that of the reports")
		}
		if d.BMinusA.Holds(asa(13) - asa(12)) {
			held++
		}
		if *d.BMinusA.HalfWidth > 0.8**d.UnpairedHalfWidth {
			t.Errorf("seed %d: paired +-%v, apart +-%v", seed, *d.BMinusA.HalfWidth, *d.UnpairedHalfWidth)
		}
	}
	if held < 17 {
		t.Errorf("%d of 20 intervals hold the exact difference", held)
	}
}

// TestCompareWithItself: no difference at all.
func TestCompareWithItself(t *testing.T) {
	cfg, w := office()
	c, err := Compare(t.Context(), cfg, cfg, w, Options{Seed: 2, Duration: week})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range c.Total {
		if *d.BMinusA.Value != 0 || *d.BMinusA.HalfWidth != 0 {
			t.Errorf("%s: %v +-%v", d.Figure, *d.BMinusA.Value, *d.BMinusA.HalfWidth)
		}
	}
	bad := *cfg
	bad.Profiles = nil
	if _, err := Compare(t.Context(), cfg, &bad, w, Options{Duration: week}); err == nil || !strings.Contains(err.Error(), "second configuration") {
		t.Errorf("got %v", err)
	}
}

func TestStaff(t *testing.T) {
	cfg, w := office()
	plan, err := Staff(cfg, w, StaffGoal{ServiceLevel: 0.8, TargetSeconds: 20, Shrinkage: 0.3})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan) != 7*24 {
		t.Fatalf("%d rows", len(plan))
	}
	at := func(day, from string) StaffInterval {
		for _, row := range plan {
			if row.Day == day && row.From == from {
				return row
			}
		}
		t.Fatalf("no row for %s %s", day, from)
		return StaffInterval{}
	}
	row := at("monday", "10:00")
	// 50 sales of 230 s and 15 service of 320 s.
	if row.Contacts != 65 || math.Abs(row.Erlangs-(50*230+15*320)/3600.0) > 1e-9 {
		t.Errorf("monday 10:00: %+v", row)
	}
	demand := erlang.Demand{ArrivalsPerSecond: 65.0 / 3600, HandleSeconds: (50*230.0 + 15*320) / 65, PatienceSeconds: (50*150.0 + 15*240) / 65}
	for agents, reaches := range map[int]bool{row.Pooled: true, row.Pooled - 1: false} {
		f, err := erlang.Evaluate(erlang.ModelA, demand, agents, 20)
		if err != nil || (*f.ServiceLevel >= 0.8) != reaches {
			t.Errorf("%d agents reach %v (%v)", agents, *f.ServiceLevel, err)
		}
	}
	if row.Separate <= row.Pooled || row.Scheduled != int(math.Ceil(float64(row.Pooled)/0.7)) {
		t.Errorf("pooled %d, separate %d, scheduled %d", row.Pooled, row.Separate, row.Scheduled)
	}
	if night := at("monday", "03:00"); night.Pooled != 0 || night.ServiceLevel != nil {
		t.Errorf("at night: %+v", night)
	}
	if saturday := at("saturday", "09:00"); saturday.Contacts != 4 || at("sunday", "09:00").Contacts != 0 {
		t.Errorf("saturday: %+v", saturday)
	}
	for _, bad := range []StaffGoal{{ServiceLevel: 1}, {TargetSeconds: -1}, {MaxOccupancy: 2}, {Shrinkage: 1}, {ServiceLevel: math.NaN()}} {
		if _, err := Staff(cfg, w, bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
