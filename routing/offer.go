package routing

// offer reserves an agent for a contact that is out of line.
func (s *State) offer(slot, agent int32) {
	c, a := &s.contacts[slot], &s.agents[agent]
	q := &s.queues[c.queue]
	c.phase, c.agent, c.offer, c.rung = phaseOffered, agent, s.nextOffer, false
	c.expires = s.now.Add(q.OfferTimeoutMillis)
	s.nextOffer++
	a.roundSeq = s.nextRound
	s.nextRound++
	s.take(agent, work{contact: c.id, channel: c.channel, phase: workReserved})
	s.refile(agent)
	s.setTimer(timerContact, slot, c.expires, c.seq)
	e := s.effect(EffectOffer)
	e.Contact, e.Agent, e.Queue, e.Channel, e.Offer, e.At = c.id, a.id, q.ID, c.channel, c.offer, c.expires
}

// offered finds the contact of an answer to an offer that is still open.
func (s *State) offered(ev *Event) (int32, bool) {
	slot, ok := s.known(ev)
	if !ok {
		return 0, false
	}
	if c := &s.contacts[slot]; c.phase != phaseOffered || c.offer != ev.Offer {
		s.refuse(ev, "offer %d is not open", ev.Offer)
		return 0, false
	}
	return slot, true
}

// known finds the contact that an event names.
func (s *State) known(ev *Event) (int32, bool) {
	slot, ok := s.table.find(s.contacts, ev.Contact)
	if !ok {
		s.refuse(ev, "contact is unknown")
	}
	return slot, ok
}

// ringing handles EventOfferRinging.
func (s *State) ringing(ev *Event) {
	slot, ok := s.offered(ev)
	if !ok {
		return
	}
	c := &s.contacts[slot]
	if c.rung {
		s.refuse(ev, "offer %d rings already", ev.Offer)
		return
	}
	a := &s.agents[c.agent]
	a.work[a.workOn(c.id, false)].phase = workRinging
	c.rung, c.expires = true, s.now.Add(s.rules(c).OfferTimeoutMillis)
	s.setTimer(timerContact, slot, c.expires, c.seq)
	s.touch(c.agent)
}

// rules returns the queue whose rules hold for a contact in an agent's hands:
// its own, or those for direct contacts if its queue is gone.
func (s *State) rules(c *contact) *queue { return &s.queues[max(c.queue, directQueue)] }

// accept handles EventOfferAccepted.
func (s *State) accept(ev *Event) {
	slot, ok := s.offered(ev)
	if !ok {
		return
	}
	c := &s.contacts[slot]
	a := &s.agents[c.agent]
	s.clearTimer(timerContact, slot)
	c.phase = phaseConnected
	a.work[a.workOn(c.id, false)].phase = workConnected
	s.resetIdle(a)
	e := s.effect(EffectConnected)
	e.Contact, e.Agent, e.Queue, e.Channel, e.Offer = c.id, a.id, s.rules(c).ID, c.channel, c.offer
	c.offer, c.expires, c.rung = 0, 0, false // a snapshot does not have them either
	s.forgetDeclines(slot)
	s.touch(c.agent)
	s.refile(c.agent)
}

// endOffer handles the events that say an offer came to nothing.
func (s *State) endOffer(ev *Event, reason Reason) {
	if slot, ok := s.offered(ev); ok {
		s.closeOffer(slot, reason)
	}
}

// closeOffer ends an offer that the agent did not take: the contact goes back
// to its place and the agent gets the status that the queue's rules say.
func (s *State) closeOffer(slot int32, reason Reason) {
	c := &s.contacts[slot]
	agent := c.agent
	a, q := &s.agents[agent], s.rules(c)
	if reason == ReasonTimedOut {
		s.withdrawn(c, reason)
	}
	s.clearTimer(timerContact, slot)
	s.putDown(agent, a.workOn(c.id, false))
	s.remember(slot, agent, s.now.Add(q.DeclineMemoryMillis), int(q.DeclineMemoryCap))
	if c.queue > directQueue && !q.KeepGrace {
		s.unprefer(c, a.id)
	}
	after, reset := q.OnDecline, s.cfg.Idle.Declined
	switch reason {
	case ReasonTimedOut:
		after, reset = q.OnTimeout, s.cfg.Idle.TimedOut
	case ReasonFailed:
		after, reset = q.OnFailure, false
	}
	if reset {
		s.resetIdle(a)
	}
	if after.Status != StatusAvailable {
		a.status, a.reason = after.Status, s.breakID(after.BreakReason)
	}
	s.grantWish(agent)
	s.refile(agent)
	s.settle(slot, TriggerReturned, seekAlways)
	s.seekContacts(agent, TriggerAgentFree)
}

// unprefer takes an agent off a queued contact's preferred ones; with the last
// of them the grace ends.
func (s *State) unprefer(c *contact, id AgentID) {
	x := &s.extras[c.extra] // remember has seen to it that there is one
	for i, p := range x.people {
		if p == id {
			copy(x.people[i:], x.people[i+1:])
			x.people[len(x.people)-1] = ""
			x.people = x.people[:len(x.people)-1]
			break
		}
	}
	if len(x.people) == 0 {
		x.grace = 0
	}
}

// withdrawn tells the agent's side that an open offer is void.
func (s *State) withdrawn(c *contact, reason Reason) {
	e := s.effect(EffectWithdraw)
	e.Contact, e.Agent, e.Queue, e.Channel = c.id, s.agents[c.agent].id, s.rules(c).ID, c.channel
	e.Offer, e.Reason = c.offer, reason
}

// remember notes that an agent did not take a contact. The oldest memory makes
// room for the newest.
func (s *State) remember(slot, agent int32, until Time, limit int) {
	c := &s.contacts[slot]
	x := s.extraOf(c)
	for i := range x.decline {
		if x.decline[i].agent == agent {
			s.forget(slot, i)
			break
		}
	}
	for len(x.decline) >= limit {
		s.forget(slot, 0)
	}
	x.decline = append(x.decline, decline{agent: agent, until: until})
	s.agents[agent].memory = append(s.agents[agent].memory, slot)
}

// forget drops one memory of a contact.
func (s *State) forget(slot int32, i int) {
	x := &s.extras[s.contacts[slot].extra]
	a := &s.agents[x.decline[i].agent]
	for j, other := range a.memory {
		if other == slot {
			a.memory = append(a.memory[:j], a.memory[j+1:]...)
			break
		}
	}
	x.decline = append(x.decline[:i], x.decline[i+1:]...)
}

// purgeDeclines drops the memories that have run out, and tells whether there
// were any.
func (s *State) purgeDeclines(slot int32) bool {
	c := &s.contacts[slot]
	if c.extra == none {
		return false
	}
	purged := false
	for i := len(s.extras[c.extra].decline) - 1; i >= 0; i-- {
		if s.extras[c.extra].decline[i].until <= s.now {
			s.forget(slot, i)
			purged = true
		}
	}
	return purged
}

// forgetDeclines drops all memories of a contact.
func (s *State) forgetDeclines(slot int32) {
	if c := &s.contacts[slot]; c.extra != none {
		for i := len(s.extras[c.extra].decline) - 1; i >= 0; i-- {
			s.forget(slot, i)
		}
	}
}
