package routingtest

import (
	"cmp"
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

// adopt takes a valid configuration over.
func (t *Twin) adopt(cfg *routing.Config) {
	old := t.queues
	t.cfg, t.queues = *cfg, nil
	t.cfg.DirectPriority = cmp.Or(cfg.DirectPriority, 1)
	if cfg.RemovedQueue.Kind == routing.TargetNone {
		t.cfg.RemovedQueue = routing.Target{Kind: routing.TargetFlow, To: "queue_removed"}
	}
	t.cfg.Profiles = nil
	for _, p := range cfg.Profiles {
		t.cfg.Profiles = append(t.cfg.Profiles, p.WithDefaults())
	}
	for _, src := range append([]routing.Queue{cfg.Direct}, cfg.Queues...) {
		q := &queue{Queue: src.WithDefaults()}
		for _, h := range cfg.Hours {
			if h.Name == src.Hours {
				q.schedule, _ = h.Compile() // validated
			}
		}
		for _, o := range old {
			if o.ID == q.ID {
				q.moves, q.mean, q.last = o.moves, o.mean, o.last
			}
		}
		t.setTurn(q)
		t.queues = append(t.queues, q)
	}
	for _, c := range t.contacts {
		switch {
		case c.queue == nil:
		case c.queue.ID == "":
			c.queue = t.queues[0]
		default:
			c.queue = t.queue(c.queue.ID)
		}
	}
	for _, a := range t.agents {
		if a.configured && !slices.ContainsFunc(cfg.Agents, func(b routing.Agent) bool { return b.ID == a.cfg.ID }) {
			t.dismiss(a)
		}
	}
	for _, a := range t.agents {
		if !slices.Contains(cfg.BreakReasons, a.reason) {
			a.reason = ""
		}
		if a.wish != nil && !slices.Contains(cfg.BreakReasons, a.wish.reason) {
			a.wish.reason = ""
		}
		if !slices.Contains(cfg.BreakReasons, a.shown.reason) {
			a.shown.reason = ""
		}
	}
	for _, a := range cfg.Agents {
		t.setAgent(a, false)
	}
}

// dismiss turns an agent into a ghost; the contacts offered to him are left to
// be settled.
func (t *Twin) dismiss(a *agent) {
	a.configured, a.status, a.reason, a.wish = false, routing.StatusOffline, "", nil
	for _, w := range slices.Clone(a.work) {
		switch w.state {
		case routing.StateAfterContact:
			t.emit(routing.Effect{Kind: routing.EffectWrapUpEnded, Contact: w.contact, Agent: a.cfg.ID, Channel: w.channel})
			a.put(w)
		case routing.StateReserved, routing.StateRinging:
			c := t.contact(w.contact)
			t.withdraw(c, routing.ReasonRemoved)
			a.put(w)
			c.phase, c.agent = waiting, nil
		}
	}
	t.forget(a)
}

// setAgent adds or changes an agent. One who is there keeps his place in the
// order of configuration if keepPlace is set.
func (t *Twin) setAgent(cfg routing.Agent, keepPlace bool) *agent {
	var a *agent
	for _, b := range t.agents {
		if b.cfg.ID == cfg.ID {
			a = b
		}
	}
	if a == nil {
		a = &agent{own: map[routing.Channel]int{}}
		t.agents = append(t.agents, a)
	}
	if !a.configured {
		t.resetIdle(a)
		t.lastRound++
		a.round = t.lastRound
	}
	if !a.configured || !keepPlace {
		t.agents = append(slices.DeleteFunc(t.agents, func(b *agent) bool { return b == a }), a)
	}
	cfg.Skills = slices.Clone(cfg.Skills)
	a.cfg, a.configured = cfg, true
	for i := range t.cfg.Profiles {
		if t.cfg.Profiles[i].ID == cfg.Profile {
			a.profile = &t.cfg.Profiles[i]
		}
	}
	return a
}

func (t *Twin) configure(ev *routing.Event) bool {
	if ev.Config == nil || ev.Config.Validate() != nil {
		return false
	}
	t.adopt(ev.Config)
	var settle []*contact
	for _, c := range t.contacts {
		if c.phase == waiting {
			c.phase, c.settled = unsettled, t.now
			settle = append(settle, c)
		}
	}
	slices.SortFunc(settle, t.inLine)
	for _, c := range settle {
		t.settle(c, routing.TriggerConfig, false, false)
	}
	idle := slices.Clone(t.agents)
	slices.SortFunc(idle, func(a, b *agent) int { return cmp.Compare(a.idle, b.idle) })
	for _, a := range idle {
		t.seekContacts(a, routing.TriggerConfig)
	}
	return true
}

func (t *Twin) configureAgent(ev *routing.Event) bool {
	if ev.AgentConfig == nil {
		return false
	}
	// One agent is valid if the configuration with him alone is.
	cfg := routing.Config{Skills: t.cfg.Skills, Agents: []routing.Agent{*ev.AgentConfig}}
	for _, p := range t.cfg.Profiles {
		cfg.Profiles = append(cfg.Profiles, routing.Profile{ID: p.ID})
	}
	if cfg.Validate() != nil {
		return false
	}
	var left []routing.ProfileQueue
	if a := t.agent(ev.AgentConfig.ID); a != nil {
		left = a.profile.Queues
	}
	a := t.setAgent(*ev.AgentConfig, true)
	for _, pq := range left {
		t.checkStaff(t.queue(pq.Queue))
	}
	t.seekContacts(a, routing.TriggerAgentFree)
	return true
}
