package routing

import "fmt"

// contacts reads plans and contacts.
func (r *reader) contacts(s *State, live map[int]liveWork) {
	plans := make([]int32, 0, 64)
	for range r.count("plans") {
		steps := r.steps(s.cfg.Skills)
		if r.fault != nil {
			return
		}
		plans = append(plans, s.internPlan(steps))
	}
	for i := range s.queues {
		s.queues[i].plan = s.internPlan(s.queues[i].Plan.Steps)
	}
	n := r.count("contacts")
	s.contacts = make([]contact, 0, n)
	before := &contact{queue: directQueue, enqueued: s.now}
	for i := range n {
		if r.contact(s, plans, before); r.fault != nil {
			return
		}
		c := &s.contacts[i]
		before = c // the list was made with room for all
		w, inHands := live[i]
		if inHands != (c.phase != phaseWaiting) {
			r.fail("contact %q: %s, in hands: %v", c.id, phaseNames[c.phase], inHands)
			return
		}
		if !inHands {
			continue
		}
		c.agent = w.agent
		k := &s.agents[w.agent].work[w.index]
		k.contact = c.id
		if (k.phase == workConnected) != (c.phase == phaseConnected) || (k.phase == workRinging) != c.rung && c.phase == phaseOffered || k.channel != c.channel {
			r.fail("contact %q: its agent has it in another way", c.id)
			return
		}
		delete(live, i)
	}
	if len(live) > 0 {
		r.fail("work: %d contacts in hands that are not there", len(live))
	}
	if before.seq >= s.nextSeq {
		r.fail("contact order: %d, next is %d", before.seq, s.nextSeq)
	}
}

// contact reads one contact that was written after another, and appends it.
func (r *reader) contact(s *State, plans []int32, before *contact) {
	flags := r.uint("contact")
	c := contact{
		id:    ContactID(r.id(flags&contactUUID != 0, "contact id")),
		phase: phase(flags & 3), guarded: flags&contactGuarded != 0, rung: flags&contactRung != 0,
		seq: before.seq + 1, queue: before.queue, class: none, agent: none, extra: none,
	}
	if flags&contactJump != 0 {
		c.seq = before.seq + r.within(1, s.nextSeq, "contact order")
	}
	if flags&contactOtherQueue != 0 {
		c.queue = int32(r.below(len(s.queues)-goneQueue, "contact queue")) + goneQueue
	}
	c.enqueued = before.enqueued + Time(r.from(-int64(before.enqueued), int64(s.now-before.enqueued), "contact entry"))
	if flags&contactHasChannel != 0 {
		c.channel = Channel(r.below(numChannels, "contact channel"))
	}
	if flags&contactHasCredit != 0 {
		c.credit = Millis(r.from(0, maxTime, "contact credit"))
	}
	if flags&contactHasPriority != 0 {
		c.priority = int16(r.from(MinPriority, MaxPriority, "contact priority"))
	}
	switch {
	case flags&contactHasPlan != 0:
		if at := r.below(len(plans), "contact plan"); r.fault == nil {
			c.plan = plans[at]
		}
	case c.queue >= 0:
		c.plan = s.queues[c.queue].plan
	default:
		r.fail("contact plan: missing")
	}
	if r.fault != nil {
		return
	}
	if flags&contactHasStep != 0 {
		c.step = int8(r.from(-1, MaxSteps, "contact step")) // its plan may have changed since it was offered
	}
	if flags&contactHasStage != 0 {
		c.stage = r.byte("contact stage")
	}
	c.announce = c.enqueued
	if flags&contactHasAnnounce != 0 {
		c.announce += Time(r.from(0, maxTime, "contact announcement"))
	}
	if c.phase == phaseOffered {
		c.offer = s.nextOffer - OfferID(r.within(1, uint64(s.nextOffer)-1, "contact offer"))
		c.expires = s.now + Time(r.from(1, MaxMillis, "contact offer"))
	}
	if _, twice := s.table.find(s.contacts, c.id); twice || c.id == "" || c.phase == phaseFree || c.queue == none || flags > contactFlags {
		r.fail("contact %q: there twice, or in no phase or queue", c.id)
		return
	}
	slot := int32(len(s.contacts))
	if flags&contactHasExtra != 0 {
		c.extra = int32(len(s.extras))
		s.extras = append(s.extras, r.extra(s, slot))
	}
	c.key = s.queues[max(c.queue, directQueue)].place(&c)
	s.contacts = append(s.contacts, c)
	s.table.insert(s.contacts, slot)
	if (c.queue == directQueue || c.step < 0 && c.phase == phaseWaiting) && (c.extra == none || len(s.extras[c.extra].people) == 0) {
		r.fail("contact %q: for a person, and names none", c.id)
	}
}

func (r *reader) extra(s *State, slot int32) extra {
	var x extra
	for range r.below(MaxPeople+1, "contact people") {
		switch place := r.below(len(s.agents)+1, "contact person"); place {
		case 0:
			x.people = append(x.people, AgentID(r.text("contact person")))
		default:
			x.people = append(x.people, s.agents[place-1].id)
		}
	}
	x.grace = Millis(r.below(MaxMillis+1, "contact grace"))
	for range r.below(65, "contact memory") {
		at := int32(r.below(len(s.agents), "contact memory"))
		until := s.now + Time(r.from(-maxTime, MaxMillis, "contact memory"))
		if r.fault != nil {
			return x
		}
		if !s.agents[at].configured || remembers(x.decline, at) {
			r.fail("contact memory: of an agent who is gone, or twice")
			return x
		}
		x.decline = append(x.decline, decline{agent: at, until: until})
		s.agents[at].memory = append(s.agents[at].memory, slot)
	}
	return x
}

// checkRestored refuses contacts and agents as [State.Step] could not have left
// them behind, before an index is made of them.
func (s *State) checkRestored() error {
	for i := range s.contacts {
		c := &s.contacts[i]
		switch {
		case c.phase == phaseWaiting && c.queue < 0:
			return fmt.Errorf("contact %q: waits in no queue", c.id)
		case c.phase == phaseWaiting && int(c.stage) > len(s.queues[c.queue].delays):
			return fmt.Errorf("contact %q: stage %d", c.id, c.stage)
		case c.phase == phaseOffered && c.expires <= s.now:
			return fmt.Errorf("contact %q: its offer has expired", c.id)
		case c.phase == phaseWaiting && (c.step != s.stepAt(c, s.now) || c.guarded != s.queues[c.queue].guards(s.now.Sub(c.enqueued))):
			return fmt.Errorf("contact %q: step %d is not of now", c.id, c.step)
		}
	}
	for i := range s.agents {
		a := &s.agents[i]
		if a.status == StatusOffline && a.pending || a.pending && !a.held() || !a.configured && (len(a.work) == 0 || a.status != StatusOffline) {
			return fmt.Errorf("agent %q: a status that cannot be", a.id)
		}
		for _, w := range a.work {
			if w.phase != workConnected && a.status == StatusOffline {
				return fmt.Errorf("agent %q: signed out with an offer or wrap-up", a.id)
			}
		}
	}
	return nil
}

// checkDue: nothing is due, and the host was asked to wake in time. A state
// without contacts may never have been stepped, and then nobody was asked.
func (s *State) checkDue() error {
	at, ok := s.nextDue()
	if asked := s.wakeAt != 0 && s.wakeAt <= at; ok && (at <= s.now || !asked && s.table.used > 0) {
		return fmt.Errorf("timers: next is due at %d, now is %d, host wakes at %d", at, s.now, s.wakeAt)
	}
	return nil
}

// checkFree: no agent with room could take a waiting contact, as far as the
// heads of the lines tell.
func (s *State) checkFree() error {
	x := &s.index
	for _, slot := range s.roster {
		a := &s.agents[slot]
		if a.free == 0 {
			continue
		}
		for w, word := range x.groupRows.row(a.group)[:len(x.filled)] {
			for word &= x.filled[w]; word != 0; word &= word - 1 {
				k := &x.classes[int32(w)<<6+lowest(word)]
				if a.free&(1<<k.channel) == 0 {
					continue
				}
				if n, ok := k.line.first(&x.slab, func(c int32) bool { return !holds(a.memory, c) }); ok {
					return fmt.Errorf("agent %q and contact %q are left side by side", a.id, s.contacts[n.id].id)
				}
			}
		}
		for _, c := range a.personal {
			if s.testPerson(a, &s.contacts[c]) == TestPassed {
				return fmt.Errorf("agent %q and contact %q are left side by side", a.id, s.contacts[c].id)
			}
		}
	}
	return nil
}
