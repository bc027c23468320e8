package erlang

import (
	"fmt"
	"math"
	"sort"
)

// Goal is what [Agents] must reach. Fields that are nil do not count; one that
// the model does not define is an error.
type Goal struct {
	// ServiceLevel is the least share of contacts to be answered within
	// TargetSeconds, 0 to below 1 (C, A).
	ServiceLevel  *float64
	TargetSeconds float64
	// ASASeconds is the greatest mean wait of answered contacts (C, A).
	ASASeconds *float64
	// AbandonProbability is the greatest share of contacts that may give up (A).
	AbandonProbability *float64
	// Blocking is the greatest share of contacts that may be turned away (B).
	Blocking *float64
	// Occupancy is the greatest share of their time that agents may be at work.
	Occupancy *float64
}

// Agents returns the least number of agents that reaches the goal, and their
// figures. Its error is an [ErrInput]: an input out of range, a goal that the
// model does not define, or one that [MaxAgents] do not reach.
func Agents(m Model, d Demand, goal Goal) (int, Figures, error) {
	if err := goal.check(m); err != nil {
		return 0, Figures{}, err
	}
	var failed error
	reached := func(agents int) bool {
		f, err := Evaluate(m, d, agents, goal.TargetSeconds)
		if err != nil {
			failed = err
			return true
		}
		return goal.reached(f)
	}
	// Every figure improves with each agent more, so the range can be doubled
	// and then halved.
	low, high := 0, 1
	for !reached(high) {
		if high == MaxAgents {
			return 0, Figures{}, fmt.Errorf("%w: %d agents do not reach the goal", ErrInput, MaxAgents)
		}
		low, high = high, min(2*high, MaxAgents)
	}
	agents := low + 1 + sort.Search(high-low-1, func(i int) bool { return reached(low + 1 + i) })
	if failed != nil {
		return 0, Figures{}, failed
	}
	f, err := Evaluate(m, d, agents, goal.TargetSeconds)
	return agents, f, err
}

// check refuses goals that are out of range or not the model's.
func (g Goal) check(m Model) error {
	set := 0
	for _, field := range []struct {
		name   string
		value  *float64
		models string
		limit  float64
	}{
		{"service level", g.ServiceLevel, "ca", 1},
		{"mean wait in seconds", g.ASASeconds, "ca", math.Inf(1)},
		{"abandonment", g.AbandonProbability, "a", 1},
		{"blocking", g.Blocking, "b", 1},
		{"occupancy", g.Occupancy, "bca", 1},
	} {
		if field.value == nil {
			continue
		}
		set++
		defined := false
		for _, one := range field.models {
			defined = defined || Model(one) == m
		}
		if !defined {
			return fmt.Errorf("%w: model %q has no %s", ErrInput, m, field.name)
		}
		if !(*field.value >= 0 && *field.value < field.limit) {
			return fmt.Errorf("%w: goal for %s is %v: expected 0 or above, and below %v", ErrInput, field.name, *field.value, field.limit)
		}
	}
	if set == 0 {
		return fmt.Errorf("%w: no goal is set", ErrInput)
	}
	return nil
}

// reached compares; a figure that does not exist reaches nothing.
func (g Goal) reached(f Figures) bool {
	atMost := func(limit, figure *float64) bool { return limit == nil || figure != nil && *figure <= *limit }
	atLeast := g.ServiceLevel == nil || f.ServiceLevel != nil && *f.ServiceLevel >= *g.ServiceLevel
	return atLeast && atMost(g.ASASeconds, f.ASASeconds) && atMost(g.AbandonProbability, f.AbandonProbability) &&
		atMost(g.Blocking, f.Blocking) && atMost(g.Occupancy, f.Occupancy)
}
