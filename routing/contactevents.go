package routing

// update handles EventContactUpdated.
func (s *State) update(ev *Event) {
	slot, ok := s.known(ev)
	if !ok {
		return
	}
	c := &s.contacts[slot]
	switch {
	case c.phase == phaseConnected:
		s.refuse(ev, "contact is connected")
		return
	case ev.Update == 0 || ev.Update&^(UpdatePriority|UpdatePlan) != 0:
		s.refuse(ev, "update %d, want priority, plan or both", ev.Update)
		return
	case ev.Update&UpdatePriority != 0 && (ev.Priority < MinPriority || ev.Priority > MaxPriority):
		s.refuse(ev, "priority %d, want %d..%d", ev.Priority, MinPriority, MaxPriority)
		return
	case ev.Update&UpdatePlan != 0 && c.queue == directQueue:
		s.refuse(ev, "a contact for a person has no plan")
		return
	case ev.Update&UpdatePlan != 0 && c.queue < 0:
		s.refuse(ev, "the contact's queue was removed")
		return
	}
	plan := int32(none)
	if ev.Update&UpdatePlan != 0 {
		if plan, ok = s.planOf(ev); !ok {
			return
		}
	}
	waits := c.phase == phaseWaiting
	if waits {
		s.unline(slot)
	}
	if ev.Update&UpdatePriority != 0 {
		c.priority = ev.Priority
	}
	if ev.Update&UpdatePlan != 0 {
		old := c.plan
		if c.extra != none {
			x := &s.extras[c.extra]
			clear(x.people)
			x.people, x.grace = x.people[:0], 0
		}
		s.setPlan(c, ev.Plan, plan)
		s.release(old)
	}
	if !waits {
		return
	}
	mode := seekIfWider
	if ev.Update&UpdatePlan != 0 {
		mode = seekAlways
	}
	s.settle(slot, TriggerUpdated, mode)
}

// abandon handles the events that end a contact from the customer's side.
func (s *State) abandon(ev *Event, reason Reason) {
	slot, ok := s.known(ev)
	if !ok {
		return
	}
	c := &s.contacts[slot]
	agent := c.agent
	switch c.phase {
	case phaseWaiting:
		s.unline(slot)
		s.dropContact(slot, reason)
	case phaseOffered:
		s.withdrawn(c, reason)
		s.clearTimer(timerContact, slot)
		a := &s.agents[agent]
		s.putDown(agent, a.workOn(c.id, false))
		s.dropContact(slot, reason)
		s.freed(agent)
	default:
		s.finish(ev)
	}
}

// freed handles an agent who has put something down.
func (s *State) freed(agent int32) {
	s.grantWish(agent)
	s.refile(agent)
	s.seekContacts(agent, TriggerAgentFree)
}

// start handles EventContactStarted.
func (s *State) start(ev *Event) {
	if !s.validContact(ev) {
		return
	}
	agent, ok := s.knownAgent(ev)
	if !ok {
		return
	}
	a := &s.agents[agent]
	if a.status == StatusOffline {
		s.refuse(ev, "agent is signed out")
		return
	}
	if a.load[ev.Channel] == maxLoad {
		s.refuse(ev, "agent has %d contacts of the channel in hand", maxLoad)
		return
	}
	slot := s.addContact(ev.Contact)
	c := &s.contacts[slot]
	c.seq, s.nextSeq = s.nextSeq, s.nextSeq+1
	c.queue, c.channel, c.enqueued, c.announce = directQueue, ev.Channel, s.now, s.now
	c.plan, c.phase, c.agent = s.internPlan(nil), phaseConnected, agent
	x := s.extraOf(c)
	x.people = append(x.people, a.id)
	s.take(agent, work{contact: c.id, channel: c.channel, phase: workConnected, outbound: ev.Outbound})
	s.refile(agent)
}

// maxLoad is how many contacts of a channel an agent can have in hand at all.
const maxLoad = 200

// finish handles EventContactFinished.
func (s *State) finish(ev *Event) {
	slot, ok := s.known(ev)
	if !ok {
		return
	}
	c := &s.contacts[slot]
	if c.phase != phaseConnected {
		s.refuse(ev, "contact is not connected")
		return
	}
	agent, q := c.agent, s.rules(c)
	a := &s.agents[agent]
	id, channel := c.id, c.channel
	i := a.workOn(id, false)
	mode, limit := q.WrapUp, q.WrapUpLimitMillis
	s.dropContact(slot, ReasonFinished)
	if a.status == StatusOffline {
		mode = WrapUpNone // nobody is there to wrap up
	}
	if mode == WrapUpNone {
		s.idleAfter(a, &a.work[i])
		s.putDown(agent, i)
		s.freed(agent)
		return
	}
	w := &a.work[i]
	w.phase, w.forced, w.limit = workWrapUp, mode == WrapUpForced, 0
	if limit > 0 {
		w.limit = s.now.Add(limit)
	}
	e := s.effect(EffectWrapUpStarted)
	e.Contact, e.Agent, e.Channel, e.At = id, a.id, channel, w.limit
	s.armAgent(agent)
	s.touch(agent)
	if mode == WrapUpOptional {
		s.idleAfter(a, w)
		s.freeRoom(a, i)
		s.freed(agent)
		return
	}
	s.refile(agent)
}

// idleAfter puts the agent at the end of the idle order if that piece of work
// counts.
func (s *State) idleAfter(a *agent, w *work) {
	if !w.outbound || s.cfg.Idle.Outbound {
		s.resetIdle(a)
	}
}

// armAgent sets the agent's timer to his earliest wrap-up limit.
func (s *State) armAgent(slot int32) {
	a := &s.agents[slot]
	s.clearTimer(timerAgent, slot)
	var next Time
	for i := range a.work {
		if w := &a.work[i]; w.phase == workWrapUp && w.limit != 0 && (next == 0 || w.limit < next) {
			next = w.limit
		}
	}
	if next != 0 {
		s.setTimer(timerAgent, slot, next, a.ord)
	}
}

// wrapUpEnded handles EventWrapUpEnded.
func (s *State) wrapUpEnded(ev *Event) {
	agent, ok := s.knownAgent(ev)
	if !ok {
		return
	}
	i := s.agents[agent].workOn(ev.Contact, true)
	if i < 0 {
		s.refuse(ev, "agent does not wrap this contact up")
		return
	}
	s.endWrapUp(agent, i)
	s.armAgent(agent)
	s.freed(agent)
}

// endWrapUp ends work i of an agent. If it held him his idleness begins now;
// if not it has begun already.
func (s *State) endWrapUp(agent int32, i int) {
	a := &s.agents[agent]
	w := &a.work[i]
	if w.holds {
		s.idleAfter(a, w)
	}
	e := s.effect(EffectWrapUpEnded)
	e.Contact, e.Agent, e.Channel = w.contact, a.id, w.channel
	s.putDown(agent, i)
}

// wrapUpDue handles the limits that have passed, in the order in which the
// wrap-ups began.
func (s *State) wrapUpDue(agent int32) {
	a := &s.agents[agent]
	for i := 0; i < len(a.work); i++ {
		w := &a.work[i]
		switch {
		case w.phase != workWrapUp || w.limit == 0 || w.limit > s.now:
		case w.forced:
			w.limit = 0
			e := s.effect(EffectWrapUpOverdue)
			e.Contact, e.Agent, e.Channel = w.contact, a.id, w.channel
		default:
			s.endWrapUp(agent, i)
			i--
		}
	}
	s.armAgent(agent)
	s.freed(agent)
}
