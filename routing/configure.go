package routing

import (
	"cmp"
	"slices"
)

// configure handles EventConfigured.
func (s *State) configure(ev *Event) {
	if ev.Config == nil {
		s.refuse(ev, "no configuration")
		return
	}
	if err := ev.Config.Validate(); err != nil {
		s.refuse(ev, "%v", err)
		return
	}
	queues, breaks := s.queues, s.cfg.BreakReasons
	cfg := ev.Config.clone()
	if err := s.adopt(cfg); err != nil {
		s.refuse(ev, "%v", err)
		return
	}
	for i := range s.contacts {
		c := &s.contacts[i]
		if c.phase == phaseFree || c.queue <= directQueue {
			continue
		}
		queue, ok := s.queueIDs[queues[c.queue].ID]
		if !ok {
			queue = goneQueue
		}
		c.queue = queue
	}
	s.replaceAgents(breaks)
	s.rebuild()
	s.settleAll()
	s.offerToIdle()
}

// replaceAgents makes the agents those of the configuration in force. Removed
// ones go, or stay as ghosts while they have contacts in their hands.
func (s *State) replaceAgents(breaks []string) {
	listed := make(map[AgentID]int32, len(s.cfg.Agents))
	for i := range s.cfg.Agents {
		listed[s.cfg.Agents[i].ID] = int32(i)
	}
	renumber := func(reason int32) int32 {
		if reason == none {
			return none
		}
		return s.breakID(breaks[reason])
	}
	for _, slot := range s.roster {
		a := &s.agents[slot]
		a.reason, a.pendReason, a.shownReason = renumber(a.reason), renumber(a.pendReason), renumber(a.shownReason)
		if _, stays := listed[a.id]; !stays && a.configured {
			s.dismiss(slot)
		}
	}
	for i := range s.cfg.Agents {
		s.setAgent(&s.cfg.Agents[i])
	}
	s.cfg.Agents = nil // from here on State.agents have it
}

// dismiss turns an agent into a ghost while the index is not in force: his
// offers are withdrawn and their contacts left to be settled.
func (s *State) dismiss(slot int32) {
	a := &s.agents[slot]
	a.configured, a.status, a.reason, a.pending, a.pendReason = false, StatusOffline, none, false, none
	a.profile, a.skills = 0, nil
	s.touch(slot)
	for i := 0; i < len(a.work); i++ {
		w := &a.work[i]
		switch w.phase {
		case workWrapUp:
			e := s.effect(EffectWrapUpEnded)
			e.Contact, e.Agent, e.Channel = w.contact, a.id, w.channel
		case workReserved, workRinging:
			c, _ := s.table.find(s.contacts, w.contact)
			s.withdrawn(&s.contacts[c], ReasonRemoved)
			s.contacts[c].phase, s.contacts[c].agent = phaseWaiting, none
		default:
			continue
		}
		s.putDown(slot, i)
		i--
	}
	for len(a.memory) > 0 {
		s.forgetAgent(a.memory[0], slot)
	}
}

// forgetAgent drops a contact's memory of an agent.
func (s *State) forgetAgent(contact, agent int32) {
	x := &s.extras[s.contacts[contact].extra]
	for i := range x.decline {
		if x.decline[i].agent == agent {
			s.forget(contact, i)
			return
		}
	}
}

// setAgent writes an agent's configuration into his record, making one if
// there is none. The index is the caller's.
func (s *State) setAgent(cfg *Agent) int32 {
	slot, ok := s.agentIDs[cfg.ID]
	if !ok {
		if n := len(s.freeAgents); n > 0 {
			slot = s.freeAgents[n-1]
			s.freeAgents = s.freeAgents[:n-1]
		} else {
			slot = int32(len(s.agents))
			s.agents = append(s.agents, agent{})
			s.index.agentAdded(len(s.agents))
		}
		s.agentIDs[cfg.ID] = slot
		s.agents[slot] = agent{id: cfg.ID, used: true, reason: none, pendReason: none, shownReason: none}
		for ch := range s.agents[slot].own {
			s.agents[slot].own[ch] = none
		}
	}
	a := &s.agents[slot]
	if !a.configured {
		s.resetIdle(a)
		a.roundSeq = s.nextRound
		s.nextRound++
	}
	a.configured, a.profile, a.rank = true, s.profileIDs[cfg.Profile], cfg.Rank
	a.skills = slices.Clone(cfg.Skills)
	a.ord = s.nextOrd
	s.nextOrd++
	return slot
}

// settleAll settles every waiting contact after the index was made anew,
// the first in line first, without looking for agents.
func (s *State) settleAll() {
	var waiting []int32
	for i := range s.contacts {
		c := &s.contacts[i]
		if c.phase != phaseWaiting {
			continue
		}
		if c.queue >= 0 {
			q := &s.queues[c.queue]
			c.guarded = q.guards(s.now.Sub(c.enqueued))
			c.key = q.place(c)
		} else {
			c.key = int64(c.enqueued) - int64(c.credit)
		}
		waiting = append(waiting, int32(i))
	}
	slices.SortFunc(waiting, func(a, b int32) int {
		if s.ahead(&s.contacts[a], &s.contacts[b]) {
			return -1
		}
		return 1
	})
	for _, slot := range waiting {
		s.settle(slot, TriggerConfig, seekNever)
	}
}

// offerToIdle lets every agent look for contacts, the longest idle first.
func (s *State) offerToIdle() {
	var idle []int32
	for _, slot := range s.roster {
		if s.agents[slot].free != 0 {
			idle = append(idle, slot)
		}
	}
	slices.SortFunc(idle, func(a, b int32) int { return cmp.Compare(s.agents[a].idleSeq, s.agents[b].idleSeq) })
	for _, slot := range idle {
		s.seekContacts(slot, TriggerConfig)
	}
}

// configureAgent handles EventAgentConfigured.
func (s *State) configureAgent(ev *Event) {
	if ev.AgentConfig == nil {
		s.refuse(ev, "no agent configuration")
		return
	}
	if problem := s.checkAgent(ev.AgentConfig); problem != "" {
		s.refuse(ev, "%s", problem)
		return
	}
	slot, known := s.agentIDs[ev.AgentConfig.ID]
	known = known && s.agents[slot].configured
	ord := uint64(0)
	var left []int32
	if known {
		ord, left = s.agents[slot].ord, s.profiles[s.agents[slot].profile].served
		s.strike(slot)
	}
	slot = s.setAgent(ev.AgentConfig)
	a := &s.agents[slot]
	if known {
		a.ord = ord
	} else {
		s.roster = slices.DeleteFunc(s.roster, func(other int32) bool { return other == slot })
		s.roster = append(s.roster, slot)
		s.linePeople(slot)
	}
	a.group = s.groupOf(a)
	s.enroll(slot)
	s.refile(slot)
	for _, q := range left {
		s.checkStaff(q)
	}
	s.seekContacts(slot, TriggerAgentFree)
}

// linePeople gives a new agent his own line: the waiting contacts that name
// him.
func (s *State) linePeople(slot int32) {
	a := &s.agents[slot]
	for i := range s.contacts {
		if c := &s.contacts[i]; c.phase == phaseWaiting && c.class == none && namedBefore(s.people(c), a.id) {
			s.linePersonal(slot, int32(i))
		}
	}
}

// removeAgent handles EventAgentRemoved.
func (s *State) removeAgent(ev *Event) {
	slot, ok := s.knownAgent(ev)
	if !ok {
		return
	}
	a := &s.agents[slot]
	s.touch(slot)
	if a.status != StatusOffline {
		s.leave(slot, ReasonRemoved)
	}
	s.strike(slot)
	for len(a.memory) > 0 {
		contact := a.memory[0]
		s.forgetAgent(contact, slot)
		if s.contacts[contact].phase == phaseWaiting {
			s.clearTimer(timerContact, contact)
			s.arm(contact)
		}
	}
	a.configured, a.personal, a.skills, a.profile = false, a.personal[:0], nil, 0
	s.redirectDirect(a.id, ReasonRemoved)
}

// buryGhost forgets a removed agent who has nothing in hand any more.
func (s *State) buryGhost(slot int32) {
	a := &s.agents[slot]
	if !a.used || a.configured || len(a.work) > 0 {
		return
	}
	delete(s.agentIDs, a.id)
	s.roster = slices.DeleteFunc(s.roster, func(other int32) bool { return other == slot })
	s.agents[slot] = agent{}
	s.freeAgents = append(s.freeAgents, slot)
}
