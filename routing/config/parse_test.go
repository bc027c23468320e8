package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/routing"
)

const full = `
version: 7
skills: [spanish, billing]
break_reasons: [lunch]
hours:
  - name: office
    time_zone: Europe/Berlin
    week: {monday: ["09:00-17:00"]}
    holidays: [{name: New Year, date: "01-01"}]
queues:
  - id: support
    require: billing>=2
    steps:
      - {require: spanish>=4, until: 20s}
      - {people: [kim], until: 1m}
    order: strict
    starvation_guard: 5m
    agents: most_proficient
    offer_timeout: 15s
    on_timeout: break:lunch
    on_decline: not_responding
    decline_memory: 2m
    decline_memory_cap: 4
    keep_grace: true
    wrap_up: timed
    wrap_up_limit: 30s
    hours: office
    max_length: 50
    max_wait: 10m
    max_estimate: 20m
    overflow: {closed: "voicemail:support", full: callback, wait: "queue:other", estimate: "person:kim", waiting_too: true}
    service_level: 30s
    announce_every: 45s
  - id: other
    aging: 30s
direct: {max_wait: 1m, overflow: {wait: disconnect}}
direct_priority: 2
profiles:
  - id: front
    queues: [{queue: support}, {queue: other, priority: 2, delay: 30s}]
    capacity: [{channel: voice, max: 1, beside: [chat]}, {channel: chat, max: 3}]
    max_total: 3
agents:
  - {id: kim, profile: front, skills: {spanish: 5, billing: 3}, rank: 1}
presence: [available, busy]
idle: {outbound: true}
removed_queue: queue:other
`

func TestParse(t *testing.T) {
	cfg, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	q := cfg.Queues[0]
	for what, ok := range map[string]bool{
		"version":     cfg.Version == 7,
		"require":     q.Require.String() == "billing>=2",
		"steps":       len(q.Plan.Steps) == 2 && q.Plan.Steps[0].UntilMillis == 20_000 && q.Plan.Steps[1].People[0] == "kim",
		"order":       q.Order == routing.OrderStrict && q.StarvationGuardMillis == 300_000 && q.Agents == routing.MostProficient,
		"after offer": q.OnTimeout == routing.AfterOffer{Status: routing.StatusBreak, BreakReason: "lunch"} && q.OnDecline.Status == routing.StatusNotResponding,
		"memory":      q.DeclineMemoryMillis == 120_000 && q.DeclineMemoryCap == 4 && q.KeepGrace,
		"wrap-up":     q.WrapUp == routing.WrapUpTimed && q.WrapUpLimitMillis == 30_000,
		"overflow":    q.Overflow.Full.Kind == routing.TargetCallback && q.Overflow.Wait == routing.Target{Kind: routing.TargetQueue, To: "other"} && q.Overflow.WaitingToo,
		"limits":      q.MaxLength == 50 && q.MaxWaitMillis == 600_000 && q.MaxEstimateMillis == 1_200_000 && q.ServiceLevelMillis == 30_000 && q.AnnounceEveryMillis == 45_000,
		"hours":       q.Hours == "office" && cfg.Hours[0].TimeZone == "Europe/Berlin" && len(cfg.Hours[0].Holidays) == 1,
		"aging":       cfg.Queues[1].AgingMillis == 30_000,
		"direct":      cfg.Direct.MaxWaitMillis == 60_000 && cfg.DirectPriority == 2,
		"profile":     cfg.Profiles[0].Queues[1] == routing.ProfileQueue{Queue: "other", Priority: 2, DelayMillis: 30_000} && cfg.Profiles[0].Capacity[0].Beside[0] == routing.ChannelChat && cfg.Profiles[0].MaxTotal == 3,
		"agent":       cfg.Agents[0].Rank == 1 && cfg.Agents[0].Skills[1] == routing.SkillLevel{Skill: "billing", Level: 3},
		"rest":        len(cfg.Presence) == 2 && cfg.Idle.Outbound && cfg.RemovedQueue.To == "other",
	} {
		if !ok {
			t.Errorf("%s is not as written: %+v", what, cfg)
		}
	}
	if _, err := routing.New(cfg, 0); err != nil {
		t.Error(err)
	}
}

func TestParseListsEveryFault(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"the text", "queues:\n  - id: q\n    offer_timeot: 20s\n    max_wait: 20\n    order: lifo\n    require: a >> b\n", []string{"line 3: unknown key offer_timeot", `line 4: "20", want a length of time`, `line 5: contact order "lifo"`, "line 6: requirement syntax"}},
		{"the meaning", "queues: [{id: q, require: x, hours: h, overflow: {wait: 'queue:r'}}, {id: q}]\nagents: [{id: a, profile: p}]\n", []string{`queues[1]: "q" is there twice`, `queues[0].require: unknown skill "x"`, `queues[0].hours: unknown hours "h"`, `queues[0].overflow.wait: unknown queue "r"`, `agents[0].profile: unknown profile "p"`}},
		{"circles", "queues:\n  - {id: a, max_wait: 1s, overflow: {wait: 'queue:b'}}\n  - {id: b, max_wait: 1s, overflow: {wait: 'queue:a'}}\n", []string{"overflow goes round in a circle"}},
		{"missing targets", "queues: [{id: q, max_wait: 1s, max_length: 2, wrap_up: timed}]", []string{"overflow.wait: missing", "overflow.full: missing", "wrap_up_limit_ms: missing"}},
		{"two keys", "skills: [a]\nskills: [b]\n", []string{"already defined"}},
		{"two documents", "skills: [a]\n---\nskills: [b]\n", []string{"more than one document"}},
		{"not yaml", "queues: [", []string{"line 1"}},
		{"hours", "hours: [{name: h, time_zone: Mars/Olympus, week: {monday: [nine]}}]", []string{"hours[0].time_zone:", "hours[0].week.monday[0]:"}},
	} {
		_, err := Parse([]byte(c.text))
		if !errors.Is(err, routing.ErrInvalid) {
			t.Errorf("%s: error %v, want ErrInvalid", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not among the faults:\n%v", c.name, want, err)
			}
		}
	}
}

// FuzzParse: any text is refused, or is a configuration that routes.
func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("queues: [{id: q, steps: [{require: (a or b) and not c, until: 1s}]}]\nskills: [a, b, c]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		cfg, err := Parse(data)
		if err != nil {
			if !errors.Is(err, routing.ErrInvalid) {
				t.Fatalf("error is no ErrInvalid: %v", err)
			}
			return
		}
		_ = cfg.Review()
		s, err := routing.New(cfg, 1_790_589_600_000)
		if err != nil {
			t.Fatalf("a valid configuration does not route: %v", err)
		}
		for i := range cfg.Queues {
			s.Step(s.Now()+1000, routing.Event{Kind: routing.EventContactEnqueued, Contact: routing.ContactID('a' + rune(i%26)), Queue: cfg.Queues[i].ID})
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	})
}
