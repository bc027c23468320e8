package routingtest

import (
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

func (t *Twin) offer(c *contact, a *agent) {
	t.lastOffer++
	t.lastRound++
	a.round = t.lastRound
	c.phase, c.agent, c.offer, c.rung = offered, a, t.lastOffer, false
	c.expires = t.now.Add(c.queue.OfferTimeoutMillis)
	a.work = append(a.work, &work{contact: c.id, channel: c.channel, state: routing.StateReserved, holds: true})
	t.emit(routing.Effect{Kind: routing.EffectOffer, Contact: c.id, Agent: a.cfg.ID, Queue: c.queue.ID, Channel: c.channel, Offer: c.offer, At: c.expires})
}

// answered finds the contact of an answer to an open offer.
func (t *Twin) answered(ev *routing.Event) *contact {
	if c := t.contact(ev.Contact); c != nil && c.phase == offered && c.offer == ev.Offer {
		return c
	}
	return nil
}

func (t *Twin) ringing(ev *routing.Event) bool {
	c := t.answered(ev)
	if c == nil || c.rung {
		return false
	}
	c.rung, c.expires = true, t.now.Add(t.rules(c).OfferTimeoutMillis)
	c.agent.takes(c.id, false).state = routing.StateRinging
	return true
}

func (t *Twin) accept(ev *routing.Event) bool {
	c := t.answered(ev)
	if c == nil {
		return false
	}
	c.phase, c.memory = connected, nil
	c.agent.takes(c.id, false).state = routing.StateOnContact
	t.resetIdle(c.agent)
	t.emit(routing.Effect{Kind: routing.EffectConnected, Contact: c.id, Agent: c.agent.cfg.ID, Queue: t.rules(c).ID, Channel: c.channel, Offer: c.offer})
	return true
}

func (t *Twin) endOffer(ev *routing.Event, reason routing.Reason) bool {
	c := t.answered(ev)
	if c != nil {
		t.closeOffer(c, reason)
	}
	return c != nil
}

func (t *Twin) withdraw(c *contact, reason routing.Reason) {
	t.emit(routing.Effect{Kind: routing.EffectWithdraw, Contact: c.id, Agent: c.agent.cfg.ID, Queue: t.rules(c).ID, Channel: c.channel, Offer: c.offer, Reason: reason})
}

// closeOffer ends an offer that the agent did not take.
func (t *Twin) closeOffer(c *contact, reason routing.Reason) {
	a, q := c.agent, t.rules(c)
	after, reset := q.OnDecline, t.cfg.Idle.Declined
	switch reason {
	case routing.ReasonTimedOut:
		t.withdraw(c, reason)
		after, reset = q.OnTimeout, t.cfg.Idle.TimedOut
	case routing.ReasonFailed:
		after, reset = q.OnFailure, false
	}
	a.put(a.takes(c.id, false))
	c.memory = slices.DeleteFunc(c.memory, func(m memory) bool { return m.agent == a })
	if over := len(c.memory) + 1 - int(q.DeclineMemoryCap); over > 0 {
		c.memory = c.memory[over:]
	}
	c.memory = append(c.memory, memory{agent: a, until: t.now.Add(q.DeclineMemoryMillis)})
	if c.queue != nil && !t.direct(c) && !q.KeepGrace {
		c.preferred = slices.DeleteFunc(slices.Clone(c.preferred), func(id routing.AgentID) bool { return id == a.cfg.ID })
		if len(c.preferred) == 0 {
			c.grace = 0
		}
	}
	if reset {
		t.resetIdle(a)
	}
	if after.Status != routing.StatusAvailable {
		a.status, a.reason = after.Status, after.BreakReason
	}
	t.grant(a)
	t.settle(c, routing.TriggerReturned, true, true)
	t.seekContacts(a, routing.TriggerAgentFree)
}

// freed handles an agent who has put something down.
func (t *Twin) freed(a *agent) {
	t.grant(a)
	t.seekContacts(a, routing.TriggerAgentFree)
}

// grant gives an agent the status he asked for once nothing holds him.
func (t *Twin) grant(a *agent) {
	if a.wish == nil || a.held() {
		return
	}
	w := *a.wish
	a.wish = nil
	if w.status == routing.StatusOffline {
		t.leave(a, routing.ReasonSignedOut)
		return
	}
	a.status, a.reason = w.status, w.reason
}

func (t *Twin) idleAfter(a *agent, w *work) {
	if !w.outbound || t.cfg.Idle.Outbound {
		t.resetIdle(a)
	}
}

func (t *Twin) endWrapUp(a *agent, w *work) {
	if w.holds {
		t.idleAfter(a, w)
	}
	t.emit(routing.Effect{Kind: routing.EffectWrapUpEnded, Contact: w.contact, Agent: a.cfg.ID, Channel: w.channel})
	a.put(w)
}

func (t *Twin) wrapUpEnded(ev *routing.Event) bool {
	a := t.agent(ev.Agent)
	if a == nil || a.takes(ev.Contact, true) == nil {
		return false
	}
	t.endWrapUp(a, a.takes(ev.Contact, true))
	t.freed(a)
	return true
}

// endWrapUps handles the limits that have passed.
func (t *Twin) endWrapUps(a *agent) {
	for _, w := range slices.Clone(a.work) {
		if w.state != routing.StateAfterContact || w.limit == 0 || w.limit > t.now {
			continue
		}
		if w.forced {
			w.limit = 0
			t.emit(routing.Effect{Kind: routing.EffectWrapUpOverdue, Contact: w.contact, Agent: a.cfg.ID, Channel: w.channel})
			continue
		}
		t.endWrapUp(a, w)
	}
	t.freed(a)
}

// applyAgent performs the events about agents and configuration.
func (t *Twin) applyAgent(ev *routing.Event) bool {
	switch ev.Kind {
	case routing.EventAgentConfigured:
		return t.configureAgent(ev)
	case routing.EventConfigured:
		return t.configure(ev)
	}
	a := t.agent(ev.Agent)
	if a == nil {
		return false
	}
	known := slices.Contains(t.cfg.BreakReasons, ev.BreakReason)
	fits := (ev.Status == routing.StatusBreak) == known
	switch ev.Kind {
	case routing.EventAgentSignedIn:
		if a.status != routing.StatusOffline || !fits || ev.Status != routing.StatusAvailable && ev.Status != routing.StatusBreak {
			return false
		}
		a.status, a.reason = ev.Status, ev.BreakReason
		t.resetIdle(a)
		t.seekContacts(a, routing.TriggerAgentFree)
	case routing.EventAgentSignedOut:
		if a.status == routing.StatusOffline {
			return false
		}
		t.leave(a, routing.ReasonSignedOut)
	case routing.EventAgentStatusRequested:
		if a.status == routing.StatusOffline || !fits || ev.Status > routing.StatusBreak {
			return false
		}
		if ev.Status != routing.StatusAvailable {
			a.wish = &wish{ev.Status, ev.BreakReason}
			t.grant(a)
			return true
		}
		if a.status != routing.StatusAvailable && t.cfg.Idle.Break {
			t.resetIdle(a)
		}
		a.status, a.reason, a.wish = routing.StatusAvailable, "", nil
		t.seekContacts(a, routing.TriggerAgentFree)
	case routing.EventAgentPresenceChanged:
		if ev.Presence > routing.PresenceOffline {
			return false
		}
		if t.offerable(ev.Presence) && !t.offerable(a.presence) && t.cfg.Idle.Presence {
			t.resetIdle(a)
		}
		a.presence = ev.Presence
		t.seekContacts(a, routing.TriggerAgentFree)
	case routing.EventAgentCapacityChanged:
		if ev.Channel > routing.ChannelOther || ev.Capacity < routing.CapacityOfProfile || ev.Capacity > routing.MaxCapacity {
			return false
		}
		if a.own[ev.Channel] = ev.Capacity; ev.Capacity == routing.CapacityOfProfile {
			delete(a.own, ev.Channel)
		}
		t.seekContacts(a, routing.TriggerAgentFree)
	case routing.EventAgentRemoved:
		t.removeAgent(a)
	default:
		return false
	}
	return true
}

func (t *Twin) offerable(p routing.Presence) bool {
	if len(t.cfg.Presence) == 0 {
		return p == routing.PresenceUnknown || p == routing.PresenceAvailable
	}
	return slices.Contains(t.cfg.Presence, p)
}

// leave takes an agent out of service.
func (t *Twin) leave(a *agent, reason routing.Reason) {
	a.status, a.reason, a.wish = routing.StatusOffline, "", nil
	for _, w := range slices.Clone(a.work) {
		switch w.state {
		case routing.StateAfterContact:
			t.endWrapUp(a, w)
		case routing.StateReserved, routing.StateRinging:
			c := t.contact(w.contact)
			t.withdraw(c, reason)
			a.put(w)
			t.settle(c, routing.TriggerReturned, true, true)
		}
	}
	for _, pq := range a.profile.Queues {
		t.checkStaff(t.queue(pq.Queue))
	}
	if o := t.queues[0].Overflow; o.WaitingToo && o.NoAgents.Kind != routing.TargetNone {
		t.redirectDirect(a, routing.ReasonNoAgents)
	}
}

func (t *Twin) checkStaff(q *queue) {
	if !q.Overflow.WaitingToo || q.Overflow.NoAgents.Kind == routing.TargetNone {
		return
	}
	for _, a := range t.agents {
		if a.configured && a.status != routing.StatusOffline && t.profileQueue(a, q) != nil {
			return
		}
	}
	t.recall(func(c *contact) bool { return c.queue == q }, func(c *contact) {
		if t.redirect(c, routing.ReasonNoAgents, 0) {
			t.enter(c, routing.TriggerEnqueued)
		}
	})
}

func (t *Twin) redirectDirect(a *agent, reason routing.Reason) {
	t.recall(func(c *contact) bool { return t.direct(c) && c.person == a.cfg.ID }, func(c *contact) {
		if t.redirect(c, reason, 0) {
			t.enter(c, routing.TriggerEnqueued)
		}
	})
}

// forget makes every contact forget an agent.
func (t *Twin) forget(a *agent) {
	for _, c := range t.contacts {
		c.memory = slices.DeleteFunc(c.memory, func(m memory) bool { return m.agent == a })
	}
}

func (t *Twin) removeAgent(a *agent) {
	if a.status != routing.StatusOffline {
		t.leave(a, routing.ReasonRemoved)
	}
	t.forget(a)
	a.configured = false
	t.redirectDirect(a, routing.ReasonRemoved)
}
