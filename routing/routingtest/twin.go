package routingtest

import (
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/hours"
)

// Twin is the naive router. It wants memory and time in proportion to all
// there is for every event.
type Twin struct {
	cfg       routing.Config
	now       routing.Time
	wakeAt    routing.Time
	lastSeq   uint64
	lastIdle  uint64
	lastRound uint64
	lastOffer routing.OfferID
	contacts  []*contact // in order of entry
	agents    []*agent   // in order of configuration; ghosts among them
	queues    []*queue   // the first is that for direct contacts
	effects   []routing.Effect
}

type phase int

const (
	waiting phase = iota
	offered
	connected
	unsettled // taken out of line while others are moved
)

type contact struct {
	id        routing.ContactID
	seq       uint64
	queue     *queue // nil: it was removed
	person    routing.AgentID
	channel   routing.Channel
	priority  int16
	enqueued  routing.Time
	credit    routing.Millis
	steps     []routing.Step
	preferred []routing.AgentID
	grace     routing.Millis
	step      int
	stage     int
	phase     phase
	agent     *agent
	offer     routing.OfferID
	rung      bool
	expires   routing.Time
	announce  routing.Time
	settled   routing.Time // when its deadlines were looked at last
	memory    []memory
}

type memory struct {
	agent *agent
	until routing.Time
}

type agent struct {
	cfg        routing.Agent
	configured bool
	profile    *routing.Profile
	status     routing.Status
	reason     string
	wish       *wish
	presence   routing.Presence
	own        map[routing.Channel]int
	work       []*work
	idle       uint64
	round      uint64
	shown      shown
}

type wish struct {
	status routing.Status
	reason string
}

type shown struct {
	state  routing.AgentState
	reason string
}

type work struct {
	contact  routing.ContactID
	channel  routing.Channel
	state    routing.AgentState
	holds    bool
	outbound bool
	forced   bool
	limit    routing.Time
}

type queue struct {
	routing.Queue
	schedule *hours.Schedule
	turnsAt  routing.Time
	moves    int
	mean     int64
	last     routing.Time
}

// NewTwin returns a twin without contacts whose agents are signed out; the
// configuration must be valid.
func NewTwin(cfg *routing.Config, now routing.Time) (*Twin, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	t := &Twin{now: now}
	t.adopt(cfg)
	t.showAgents()
	t.effects = nil
	return t, nil
}

// Step does what [routing.State.Step] does. The effects are new each time.
func (t *Twin) Step(now routing.Time, ev routing.Event) []routing.Effect {
	t.effects = nil
	t.now = max(t.now, now)
	t.fire()
	if !t.apply(&ev) {
		t.emit(routing.Effect{Kind: routing.EffectRefused, Contact: ev.Contact, Agent: ev.Agent, Queue: ev.Queue, Offer: ev.Offer})
	}
	t.showAgents()
	if t.wakeAt <= t.now {
		t.wakeAt = 0
	}
	if due, _ := t.nextDue(); due != never && (t.wakeAt == 0 || due < t.wakeAt) {
		t.wakeAt = due
		t.emit(routing.Effect{Kind: routing.EffectWakeAt, At: due})
	}
	return t.effects
}

// Waiting counts the contacts that wait.
func (t *Twin) Waiting() int {
	n := 0
	for _, c := range t.contacts {
		if c.phase == waiting {
			n++
		}
	}
	return n
}

func (t *Twin) emit(e routing.Effect) { t.effects = append(t.effects, e) }

// apply performs an event; false if it does not fit.
func (t *Twin) apply(ev *routing.Event) bool {
	switch ev.Kind {
	case routing.EventTick:
		return true
	case routing.EventContactEnqueued:
		return t.enqueue(ev)
	case routing.EventContactUpdated:
		return t.update(ev)
	case routing.EventContactAbandoned:
		return t.abandon(ev, routing.ReasonAbandoned)
	case routing.EventContactCancelled:
		return t.abandon(ev, routing.ReasonCancelled)
	case routing.EventContactStarted:
		return t.start(ev)
	case routing.EventContactFinished:
		return t.finish(ev)
	case routing.EventOfferRinging:
		return t.ringing(ev)
	case routing.EventOfferAccepted:
		return t.accept(ev)
	case routing.EventOfferDeclined:
		return t.endOffer(ev, routing.ReasonDeclined)
	case routing.EventOfferTimedOut:
		return t.endOffer(ev, routing.ReasonTimedOut)
	case routing.EventOfferFailed:
		return t.endOffer(ev, routing.ReasonFailed)
	case routing.EventWrapUpEnded:
		return t.wrapUpEnded(ev)
	}
	return t.applyAgent(ev)
}

func (t *Twin) contact(id routing.ContactID) *contact {
	for _, c := range t.contacts {
		if c.id == id {
			return c
		}
	}
	return nil
}

// agent finds a configured agent.
func (t *Twin) agent(id routing.AgentID) *agent {
	for _, a := range t.agents {
		if a.cfg.ID == id && a.configured {
			return a
		}
	}
	return nil
}

func (t *Twin) queue(id routing.QueueID) *queue {
	for _, q := range t.queues[1:] {
		if q.ID == id {
			return q
		}
	}
	return nil
}

// rules are those of the contact's queue, or the direct ones if that is gone.
func (t *Twin) rules(c *contact) *queue {
	if c.queue == nil {
		return t.queues[0]
	}
	return c.queue
}

func (t *Twin) direct(c *contact) bool { return c.queue == t.queues[0] }

// people are those the contact is for at its step; nil: for everybody.
func (t *Twin) people(c *contact) []routing.AgentID {
	switch {
	case t.direct(c):
		return []routing.AgentID{c.person}
	case c.step < 0:
		return c.preferred
	case c.step < len(c.steps):
		return c.steps[c.step].People
	}
	return nil
}

func (t *Twin) requirement(c *contact) *routing.Requirement {
	if c.step >= 0 && c.step < len(c.steps) {
		return &c.steps[c.step].Require
	}
	return &routing.Requirement{}
}

// drop forgets a contact.
func (t *Twin) drop(c *contact, reason routing.Reason) {
	t.emit(routing.Effect{Kind: routing.EffectContactLeft, Contact: c.id, Queue: t.rules(c).ID, Channel: c.channel, Reason: reason})
	t.contacts = slices.DeleteFunc(t.contacts, func(o *contact) bool { return o == c })
}

// showAgents reports agents whose state has changed and buries ghosts.
func (t *Twin) showAgents() {
	for _, a := range t.agents {
		now := shown{state: a.state()}
		if now.state == routing.StateBreak {
			now.reason = a.reason
		}
		if now != a.shown {
			t.emit(routing.Effect{Kind: routing.EffectAgentState, Agent: a.cfg.ID, From: a.shown.state, To: now.state, BreakReason: now.reason})
			a.shown = now
		}
	}
	t.agents = slices.DeleteFunc(t.agents, func(a *agent) bool { return !a.configured && len(a.work) == 0 })
}

// state is the weightiest thing the agent does, else his status.
func (a *agent) state() routing.AgentState {
	for _, state := range []routing.AgentState{routing.StateOnContact, routing.StateRinging, routing.StateReserved, routing.StateAfterContact} {
		for _, w := range a.work {
			if w.state == state {
				return state
			}
		}
	}
	switch a.status {
	case routing.StatusAvailable:
		return routing.StateAvailable
	case routing.StatusBreak:
		return routing.StateBreak
	case routing.StatusNotResponding:
		return routing.StateNotResponding
	}
	return routing.StateOffline
}

// takes finds the agent's live work on a contact, or its wrap-up.
func (a *agent) takes(id routing.ContactID, wrapUp bool) *work {
	for _, w := range a.work {
		if w.contact == id && (w.state == routing.StateAfterContact) == wrapUp {
			return w
		}
	}
	return nil
}

func (a *agent) put(w *work) {
	a.work = slices.DeleteFunc(a.work, func(o *work) bool { return o == w })
}

func (a *agent) held() bool {
	return slices.ContainsFunc(a.work, func(w *work) bool { return w.holds })
}

func (t *Twin) resetIdle(a *agent) {
	t.lastIdle++
	a.idle = t.lastIdle
}

// Wait puts a contact in line as an enqueue event would if nobody were free,
// without looking: so that a twin can be brought to a long queue in bearable
// time. The event must be valid.
func (t *Twin) Wait(ev routing.Event) {
	c := &contact{id: ev.Contact, queue: t.queue(ev.Queue), channel: ev.Channel, priority: ev.Priority, enqueued: t.now, credit: ev.CreditMillis, announce: t.now}
	t.setPlan(c, ev.Plan)
	t.add(c)
	t.advance(c)
	t.join(c)
}

// Busy signs an agent in and puts a new contact into his hands, as two events
// would while nothing waits, for the same purpose as [Twin.Wait].
func (t *Twin) Busy(a routing.AgentID, id routing.ContactID) {
	ag := t.agent(a)
	ag.status = routing.StatusAvailable
	t.resetIdle(ag)
	c := &contact{id: id, queue: t.queues[0], person: a, enqueued: t.now, announce: t.now, agent: ag}
	t.add(c)
	c.phase = connected
	ag.work = append(ag.work, &work{contact: id, state: routing.StateOnContact, holds: true})
	ag.shown = shown{state: routing.StateOnContact}
}
