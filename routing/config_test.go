package routing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/config"
)

// TestReview: what is doubtful is said before a configuration is applied.
func TestReview(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nobody serves", "queues: [{id: q}]", `queues[0]: nobody serves queue "q"`},
		{"unsatisfiable", "skills: [a]\nqueues: [{id: q, require: a>=4}]\nprofiles: [{id: p, queues: [{queue: q}]}]\nagents: [{id: x, profile: p, skills: {a: 3}}]", "queues[0].require: no agent"},
		{"ring that nobody meets", "skills: [a]\nqueues: [{id: q, steps: [{require: a, until: 5s}]}]\nprofiles: [{id: p, queues: [{queue: q}]}]\nagents: [{id: x, profile: p}]", "queues[0].plan.steps[0].require: no agent"},
		{"ring that adds nobody", "skills: [a]\nqueues: [{id: q, steps: [{require: a, until: 5s}, {require: a>=3, until: 9s}]}]\nprofiles: [{id: p, queues: [{queue: q}]}]\nagents: [{id: x, profile: p, skills: {a: 5}}]", "queues[0].plan.steps[1]: reaches no agent"},
		{"ring after the end", "skills: [a]\nqueues: [{id: q, max_wait: 5s, overflow: {wait: callback}, steps: [{require: a, until: 5s}, {until: 9s}]}]\nprofiles: [{id: p, queues: [{queue: q}]}]\nagents: [{id: x, profile: p, skills: {a: 5}}]", "queues[0].plan.steps[1]: is never active"},
		{"profile without agents", "queues: [{id: q}]\nprofiles: [{id: p, queues: [{queue: q}]}]", "profiles[0]: no agent has profile"},
		{"nothing", "skills: [a]\nqueues: [{id: q, steps: [{require: a>=3, until: 5s}, {require: a, until: 9s}]}]\nprofiles: [{id: p, queues: [{queue: q}]}]\nagents: [{id: x, profile: p, skills: {a: 5}}, {id: y, profile: p, skills: {a: 1}}]", ""},
	} {
		cfg, err := config.Parse([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := cfg.Review()
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, c.want) }) {
			t.Errorf("%s: review %q, want %q", c.name, got, c.want)
		}
	}
}

// TestEventsThatCannotBe: nothing an event holds makes Step panic, and what
// does not fit leaves the state as it was.
func TestEventsThatCannotBe(t *testing.T) {
	s := sample(t, 9, 40)
	before := snapshot(t, s)
	for kind := range routing.EventKind(40) {
		if kind == routing.EventTick {
			continue
		}
		for _, ev := range []routing.Event{
			{Kind: kind},
			{Kind: kind, Contact: "new", Agent: "a0", Queue: "q0", Channel: 99, Status: 99, Presence: 99, Capacity: 9999, Update: 99, Priority: 32767, CreditMillis: -1},
			{Kind: kind, Contact: routing.ContactID(strings.Repeat("x", 999)), Queue: "q0", AgentConfig: &routing.Agent{ID: "z", Profile: "none"}, Config: &routing.Config{DirectPriority: 200}},
			{Kind: kind, Contact: "other", Queue: "q0", Plan: &routing.Plan{Steps: make([]routing.Step, 99)}, Agent: "nobody", AgentConfig: &routing.Agent{}, Config: &routing.Config{Queues: make([]routing.Queue, 2)}},
			{Kind: kind, Contact: "other", Queue: "q0", Plan: &routing.Plan{Steps: []routing.Step{{Require: routing.Requirement{Op: 77}}}}, Agent: "nobody"},
		} {
			effects := s.Step(s.Now(), ev)
			if len(effects) == 1 && effects[0].Kind == routing.EffectRefused && effects[0].Detail == "" {
				t.Errorf("%s: refused without a word", kind)
			}
			if len(effects) == 1 && effects[0].Kind == routing.EffectRefused {
				continue
			}
			if kind != routing.EventConfigured { // an empty configuration is valid, and so some of these are
				s, _ = routing.Restore(before)
			}
		}
		if err := s.Check(); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
}
