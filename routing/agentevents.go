package routing

import "slices"

// knownAgent finds the configured agent that an event names.
func (s *State) knownAgent(ev *Event) (int32, bool) {
	slot, ok := s.agentIDs[ev.Agent]
	if !ok || !s.agents[slot].configured {
		s.refuse(ev, "agent %q is unknown", ev.Agent)
		return 0, false
	}
	return slot, true
}

// breakID returns the number of a break reason, none for no reason.
func (s *State) breakID(reason string) int32 {
	if id, ok := s.breakIDs[reason]; ok {
		return id
	}
	return none
}

// validStatus checks an event's status against those allowed, and its reason.
func (s *State) validStatus(ev *Event, allowed ...Status) bool {
	if !slices.Contains(allowed, ev.Status) {
		s.refuse(ev, "status %s, want one of %s", ev.Status, allowed)
		return false
	}
	if _, known := s.breakIDs[ev.BreakReason]; (ev.Status == StatusBreak) != known {
		s.refuse(ev, "break reason %q with status %s", ev.BreakReason, ev.Status)
		return false
	}
	return true
}

// signIn handles EventAgentSignedIn.
func (s *State) signIn(ev *Event) {
	slot, ok := s.knownAgent(ev)
	if !ok || !s.validStatus(ev, StatusAvailable, StatusBreak) {
		return
	}
	a := &s.agents[slot]
	if a.status != StatusOffline {
		s.refuse(ev, "agent is signed in already")
		return
	}
	a.status, a.reason = ev.Status, s.breakID(ev.BreakReason)
	s.countStaff(a, 1)
	s.resetIdle(a)
	s.touch(slot)
	s.refile(slot)
	s.seekContacts(slot, TriggerAgentFree)
}

// signOut handles EventAgentSignedOut.
func (s *State) signOut(ev *Event) {
	slot, ok := s.knownAgent(ev)
	if !ok {
		return
	}
	if s.agents[slot].status == StatusOffline {
		s.refuse(ev, "agent is signed out already")
		return
	}
	s.leave(slot, ReasonSignedOut)
}

// leave takes an agent out of service: his offers go back, his wrap-ups end,
// and the contacts that wait for somebody like him may overflow.
func (s *State) leave(slot int32, reason Reason) {
	a := &s.agents[slot]
	s.countStaff(a, -1)
	a.status, a.reason, a.pending, a.pendReason = StatusOffline, none, false, none
	s.touch(slot)
	s.refile(slot)
	for i := 0; i < len(a.work); i++ {
		switch a.work[i].phase {
		case workWrapUp:
			s.endWrapUp(slot, i)
			i--
		case workReserved, workRinging:
			c, _ := s.table.find(s.contacts, a.work[i].contact)
			s.withdrawn(&s.contacts[c], reason)
			s.clearTimer(timerContact, c)
			s.putDown(slot, i)
			i--
			s.settle(c, TriggerReturned, seekAlways)
		}
	}
	s.armAgent(slot)
	for _, q := range s.profiles[a.profile].served {
		s.checkStaff(q)
	}
	if direct := &s.queues[directQueue]; direct.Overflow.WaitingToo && direct.Overflow.NoAgents.Kind != TargetNone {
		s.redirectDirect(a.id, ReasonNoAgents)
	}
}

// checkStaff sends a queue's waiting contacts away if nobody is left and the
// queue says so.
func (s *State) checkStaff(queue int32) {
	q := &s.queues[queue]
	if q.staffed == 0 && q.waiting > 0 && q.Overflow.WaitingToo && q.Overflow.NoAgents.Kind != TargetNone {
		s.overflowWaiting(queue, ReasonNoAgents)
	}
}

// redirectDirect sends the contacts away that wait for one person.
func (s *State) redirectDirect(person AgentID, reason Reason) {
	s.recall(func(c *contact) bool {
		return c.queue == directQueue && s.extras[c.extra].people[0] == person
	}, func(slot int32) {
		if s.redirect(slot, reason, 0) {
			s.enter(slot, TriggerEnqueued)
		}
	})
}

// requestStatus handles EventAgentStatusRequested.
func (s *State) requestStatus(ev *Event) {
	slot, ok := s.knownAgent(ev)
	if !ok || !s.validStatus(ev, StatusAvailable, StatusBreak, StatusOffline) {
		return
	}
	a := &s.agents[slot]
	if a.status == StatusOffline {
		s.refuse(ev, "agent is signed out")
		return
	}
	s.touch(slot)
	if ev.Status == StatusAvailable {
		if a.status != StatusAvailable && s.cfg.Idle.Break {
			s.resetIdle(a)
		}
		a.status, a.reason, a.pending, a.pendReason = StatusAvailable, none, false, none
		s.refile(slot)
		s.seekContacts(slot, TriggerAgentFree)
		return
	}
	a.pending, a.pendStatus, a.pendReason = true, ev.Status, s.breakID(ev.BreakReason)
	s.grantWish(slot)
	s.refile(slot)
}

// grantWish gives an agent the status he asked for once nothing holds him.
func (s *State) grantWish(slot int32) {
	a := &s.agents[slot]
	if !a.pending || a.held() {
		return
	}
	status, reason := a.pendStatus, a.pendReason
	a.pending, a.pendReason = false, none
	s.touch(slot)
	if status == StatusOffline {
		s.leave(slot, ReasonSignedOut)
		return
	}
	a.status, a.reason = status, reason
}

// changePresence handles EventAgentPresenceChanged.
func (s *State) changePresence(ev *Event) {
	slot, ok := s.knownAgent(ev)
	if !ok {
		return
	}
	if int(ev.Presence) >= len(s.offerable) {
		s.refuse(ev, "presence %d is unknown", ev.Presence)
		return
	}
	a := &s.agents[slot]
	if s.offerable[ev.Presence] && !s.offerable[a.presence] && s.cfg.Idle.Presence {
		s.resetIdle(a)
	}
	a.presence = ev.Presence
	s.refile(slot)
	s.seekContacts(slot, TriggerAgentFree)
}

// changeCapacity handles EventAgentCapacityChanged.
func (s *State) changeCapacity(ev *Event) {
	slot, ok := s.knownAgent(ev)
	if !ok {
		return
	}
	if int(ev.Channel) >= numChannels || ev.Capacity < CapacityOfProfile || ev.Capacity > MaxCapacity {
		s.refuse(ev, "capacity %d of channel %s, want %d..%d of a known channel", ev.Capacity, ev.Channel, CapacityOfProfile, MaxCapacity)
		return
	}
	s.agents[slot].setOwn(ev.Channel, int8(ev.Capacity))
	s.refile(slot)
	s.seekContacts(slot, TriggerAgentFree)
}
