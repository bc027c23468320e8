package routing

// enqueue handles EventContactEnqueued.
func (s *State) enqueue(ev *Event) {
	queue, plan, ok := s.admissible(ev)
	if !ok {
		return
	}
	slot := s.addContact(ev.Contact)
	c := &s.contacts[slot]
	c.seq, s.nextSeq = s.nextSeq, s.nextSeq+1
	c.queue, c.channel, c.priority, c.credit = queue, ev.Channel, ev.Priority, ev.CreditMillis
	c.enqueued, c.announce = s.now, s.now
	if ev.EnqueuedAt != 0 {
		c.enqueued = min(s.now, ev.EnqueuedAt)
	}
	if queue == directQueue {
		c.plan = s.internPlan(nil)
		x := s.extraOf(c)
		x.people = append(x.people, ev.Person)
	} else {
		s.setPlan(c, ev.Plan, plan)
	}
	s.enter(slot, TriggerEnqueued)
}

// admissible checks an enqueue event and finds its queue and plan.
func (s *State) admissible(ev *Event) (queue, plan int32, ok bool) {
	if !s.validContact(ev) {
		return 0, none, false
	}
	if ev.Priority < MinPriority || ev.Priority > MaxPriority {
		s.refuse(ev, "priority %d, want %d..%d", ev.Priority, MinPriority, MaxPriority)
		return 0, none, false
	}
	if ev.CreditMillis < 0 || ev.CreditMillis > MaxCreditMillis || ev.EnqueuedAt < 0 {
		s.refuse(ev, "credit %d ms, enqueued at %d: want 0..%d and an instant since 1970", ev.CreditMillis, ev.EnqueuedAt, int64(MaxCreditMillis))
		return 0, none, false
	}
	if (ev.Queue == "") == (ev.Person == "") {
		s.refuse(ev, "want either a queue or a person")
		return 0, none, false
	}
	if ev.Person != "" {
		if a, known := s.agentIDs[ev.Person]; !known || !s.agents[a].configured {
			s.refuse(ev, "person %q is unknown", ev.Person)
			return 0, none, false
		}
		if ev.Plan != nil {
			s.refuse(ev, "a contact for a person has no plan")
			return 0, none, false
		}
		return directQueue, none, true
	}
	queue, known := s.queueIDs[ev.Queue]
	if !known {
		s.refuse(ev, "queue %q is unknown", ev.Queue)
		return 0, none, false
	}
	plan, ok = s.planOf(ev)
	return queue, plan, ok
}

// validContact checks what every event that brings a contact must have.
func (s *State) validContact(ev *Event) bool {
	if ev.Contact == "" || len(ev.Contact) > MaxIDBytes {
		s.refuse(ev, "contact id of %d bytes, want 1..%d", len(ev.Contact), MaxIDBytes)
		return false
	}
	if _, exists := s.table.find(s.contacts, ev.Contact); exists {
		s.refuse(ev, "contact is there already")
		return false
	}
	if int(ev.Channel) >= numChannels {
		s.refuse(ev, "channel %d is unknown", ev.Channel)
		return false
	}
	return true
}

// planOf checks an event's plan and interns its steps; none if the contact is
// to have its queue's.
func (s *State) planOf(ev *Event) (id int32, ok bool) {
	p := ev.Plan
	if p == nil {
		return none, true
	}
	known := false
	if len(p.Steps) > 0 {
		id, known = s.findPlan(p.Steps)
	}
	if !known || !s.pool.plans[id].sound || len(p.Preferred) > 0 || p.GraceMillis != 0 {
		if problem := s.checkPlan(p); problem != "" {
			s.refuse(ev, "%s", problem)
			return none, false
		}
	}
	if len(p.Steps) == 0 {
		return none, true
	}
	if !known {
		// Checking does not touch the encoding that findPlan left.
		id = s.addPlan(p.Steps)
	}
	s.pool.plans[id].sound = !namesPeople(p.Steps)
	return id, true
}

func namesPeople(steps []Step) bool {
	for i := range steps {
		if len(steps[i].People) > 0 {
			return true
		}
	}
	return false
}

// setPlan gives a contact without plan the steps interned as id, or those of
// its queue, and the preferred agents of p.
func (s *State) setPlan(c *contact, p *Plan, id int32) {
	if id == none {
		id = s.queues[c.queue].plan
	}
	c.plan = id
	s.retain(id)
	if p == nil || len(p.Preferred) == 0 {
		return
	}
	here := false
	for _, id := range p.Preferred {
		if a, ok := s.agentIDs[id]; ok && s.agents[a].configured && s.agents[a].status != StatusOffline {
			here = true
		}
	}
	if !here {
		return
	}
	x := s.extraOf(c)
	x.grace = p.GraceMillis
	for _, id := range p.Preferred {
		if a, ok := s.agentIDs[id]; ok && s.agents[a].configured && !namedBefore(x.people, id) {
			x.people = append(x.people, s.agents[a].id)
		}
	}
}

// enter brings a contact into its queue, or on to where it overflows.
func (s *State) enter(slot int32, trigger Trigger) {
	for hops := 0; ; hops++ {
		reason := s.tryEnter(slot, trigger)
		if reason == ReasonNone || !s.redirect(slot, reason, hops) {
			return
		}
	}
}

// tryEnter offers the contact or puts it in line; else it says why the contact
// may not enter.
func (s *State) tryEnter(slot int32, trigger Trigger) Reason {
	c := &s.contacts[slot]
	q := &s.queues[c.queue]
	if reason := s.barred(c, false); reason != ReasonNone {
		return reason
	}
	s.advance(slot)
	if s.seekAgent(slot, trigger) {
		return ReasonNone
	}
	if q.MaxLength > 0 && s.length(c) >= q.MaxLength {
		return ReasonFull
	}
	if q.MaxEstimateMillis > 0 {
		if wait, known := q.estimate(q.ranks.before(c.key, c.seq) + 1); known && wait > q.MaxEstimateMillis {
			return ReasonLongEstimate
		}
	}
	s.join(slot)
	return ReasonNone
}

// length is what MaxLength limits: the contacts that wait in the contact's
// queue, or for its person.
func (s *State) length(c *contact) int {
	if c.queue != directQueue {
		return s.queues[c.queue].waiting
	}
	n := 0
	for _, other := range s.agents[s.agentIDs[s.extras[c.extra].people[0]]].personal {
		if s.contacts[other].queue == directQueue {
			n++
		}
	}
	return n
}

// barred says why a contact may not be in its queue. Being closed and having
// no agents bars those who wait only where the queue says so.
func (s *State) barred(c *contact, waits bool) Reason {
	if c.queue < 0 {
		return ReasonRemoved
	}
	q := &s.queues[c.queue]
	staffed := q.staffed > 0
	if c.queue == directQueue {
		a, ok := s.agentIDs[s.extras[c.extra].people[0]]
		if !ok || !s.agents[a].configured {
			return ReasonRemoved
		}
		staffed = s.agents[a].status != StatusOffline
	}
	if !waits || q.Overflow.WaitingToo {
		if q.Overflow.Closed.Kind != TargetNone && !s.openNow(q) {
			return ReasonClosed
		}
		if q.Overflow.NoAgents.Kind != TargetNone && !staffed {
			return ReasonNoAgents
		}
	}
	if q.MaxWaitMillis > 0 && s.now.Sub(c.enqueued) >= q.MaxWaitMillis {
		return ReasonMaxWait
	}
	return ReasonNone
}

// advance sets a contact's step, stage, guard, key and class as of now, and
// tells whether it may have become eligible for more agents.
func (s *State) advance(slot int32) bool {
	c := &s.contacts[slot]
	q := &s.queues[c.queue]
	wider := s.purgeDeclines(slot)
	age := s.now.Sub(c.enqueued)
	if step := s.stepAt(c, s.now); step != c.step {
		c.step, wider = step, true
	}
	stage := uint8(0)
	for int(stage) < len(q.delays) && q.delays[stage] <= age {
		stage++
	}
	if stage != c.stage {
		c.stage, wider = stage, true
	}
	c.guarded = q.guards(age)
	c.key = q.place(c)
	c.class = none
	if s.people(c) == nil {
		c.class = s.classOf(c)
	}
	return wider
}

// join puts a contact in line, tells it its position if that is due and sets
// its timer.
func (s *State) join(slot int32) {
	s.line(slot)
	s.announce(slot)
	s.arm(slot)
}

// seekMode says when settle looks for an agent.
type seekMode uint8

const (
	seekIfWider seekMode = iota // if the contact may suit more agents than before
	seekAlways
	seekNever
)

// settle puts a contact that is out of line where it belongs now: out of its
// queue, with an agent, or in line.
func (s *State) settle(slot int32, trigger Trigger, mode seekMode) {
	c := &s.contacts[slot]
	c.phase, c.agent = phaseWaiting, none
	if reason := s.barred(c, true); reason != ReasonNone {
		if s.redirect(slot, reason, 0) {
			s.enter(slot, trigger)
		}
		return
	}
	wider := s.advance(slot)
	if (mode == seekAlways || mode == seekIfWider && wider) && s.seekAgent(slot, trigger) {
		return
	}
	s.join(slot)
}
