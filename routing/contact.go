package routing

// phase is where a contact of the state stands.
type phase uint8

const (
	phaseFree      phase = iota // the slot holds no contact
	phaseWaiting                // in line
	phaseOffered                // reserved for an agent
	phaseConnected              // in an agent's hands
)

// Special numbers where an index is expected.
const (
	none        = -1
	directQueue = 0
	goneQueue   = -2 // the contact's queue was removed while it was offered or connected
)

// contact is one contact. Slots are used again. It fills two cache lines; what
// every event asks comes in the first.
type contact struct {
	id       ContactID
	seq      uint64
	key      int64
	enqueued Time
	queue    int32
	plan     int32
	class    int32 // while waiting by class, else none
	agent    int32 // while offered or connected, else none
	extra    int32 // into State.extras, else none
	step     int8
	stage    uint8 // delays of the queue that have passed
	phase    phase
	channel  Channel

	offer    OfferID
	expires  Time // of the open offer
	credit   Millis
	announce Time // when the contact is to be told its position next
	priority int16
	guarded  bool
	rung     bool
	_        [28]byte
}

// extra is what few contacts have.
type extra struct {
	people  []AgentID // preferred agents, or the one person a direct contact is for
	grace   Millis    // of the preferred agents
	decline []decline // oldest first; at most one of an agent
}

// decline is the memory of an agent who did not take the contact.
type decline struct {
	agent int32
	until Time
}

// tierMillis is the waiting time that one point of strict priority is worth:
// more than anything can wait, so that strict priority is aging with a slope
// that time cannot outgrow, and one number holds both.
const tierMillis = 1 << 45

// guardMillis puts a guarded contact before every strict priority.
const guardMillis = 1 << 56

// place returns a contact's key in its queue's order.
func (q *queue) place(c *contact) int64 {
	base := int64(c.enqueued) - int64(c.credit)
	switch {
	case q.Order == OrderFIFO:
		return base
	case q.Order == OrderAging:
		return base - int64(c.priority)*int64(q.AgingMillis)
	case c.guarded:
		return base - guardMillis
	default:
		return base - int64(c.priority)*tierMillis
	}
}

// guards tells whether the starvation guard holds for a contact of an age.
func (q *queue) guards(age Millis) bool {
	return q.Order == OrderStrict && q.StarvationGuardMillis > 0 && age >= q.StarvationGuardMillis
}

func (s *State) addContact(id ContactID) int32 {
	var slot int32
	if n := len(s.freeContacts); n > 0 {
		slot = s.freeContacts[n-1]
		s.freeContacts = s.freeContacts[:n-1]
	} else {
		slot = int32(len(s.contacts))
		s.contacts = append(s.contacts, contact{})
		s.index.contactAdded(len(s.contacts))
	}
	s.contacts[slot] = contact{id: id, class: none, agent: none, extra: none}
	s.table.insert(s.contacts, slot)
	return slot
}

// dropContact forgets a contact that is in no index any more.
func (s *State) dropContact(slot int32, reason Reason) {
	c := &s.contacts[slot]
	e := s.effect(EffectContactLeft)
	e.Contact, e.Queue, e.Channel, e.Reason = c.id, s.queues[max(c.queue, directQueue)].ID, c.channel, reason
	s.release(c.plan)
	if c.extra != none {
		s.forgetDeclines(slot)
		s.dropExtra(c)
	}
	s.table.remove(s.contacts, slot)
	*c = contact{class: none, agent: none, extra: none}
	s.freeContacts = append(s.freeContacts, slot)
}

// extraOf returns the contact's extra, making one if it has none. It stays
// valid until the next call.
func (s *State) extraOf(c *contact) *extra {
	if c.extra == none {
		if n := len(s.freeExtras); n > 0 {
			c.extra = s.freeExtras[n-1]
			s.freeExtras = s.freeExtras[:n-1]
		} else {
			c.extra = int32(len(s.extras))
			s.extras = append(s.extras, extra{})
		}
	}
	return &s.extras[c.extra]
}

func (s *State) dropExtra(c *contact) {
	x := &s.extras[c.extra]
	clear(x.people)
	x.people, x.decline, x.grace = x.people[:0], x.decline[:0], 0
	s.freeExtras = append(s.freeExtras, c.extra)
	c.extra = none
}

// people returns the agents that the contact is for at its step, nil if it is
// for everybody in its queue.
func (s *State) people(c *contact) []AgentID {
	switch {
	case c.queue == directQueue || c.step < 0:
		return s.extras[c.extra].people
	case int(c.step) < len(s.pool.plans[c.plan].steps):
		return s.pool.plans[c.plan].steps[c.step].people
	}
	return nil
}

// need returns the requirement of the contact's step.
func (s *State) need(c *contact) int32 {
	if steps := s.pool.plans[c.plan].steps; c.step >= 0 && int(c.step) < len(steps) {
		return steps[c.step].need
	}
	return 0
}

// stepAt returns the step that is active at an instant.
func (s *State) stepAt(c *contact, at Time) int8 {
	age := at.Sub(c.enqueued)
	if c.queue != directQueue && c.extra != none && s.extras[c.extra].grace > age {
		return -1
	}
	steps := s.pool.plans[c.plan].steps
	for i := range steps {
		if steps[i].until == 0 || steps[i].until > age {
			return int8(i)
		}
	}
	return int8(len(steps))
}

// nextDeadline returns when something of a waiting contact changes by time
// alone; false if never.
func (s *State) nextDeadline(c *contact) (Time, bool) {
	const never = Time(1<<63 - 1)
	next, age := never, s.now.Sub(c.enqueued)
	consider := func(after Millis) {
		if after > age {
			next = min(next, c.enqueued.Add(after))
		}
	}
	q := &s.queues[c.queue]
	steps := s.pool.plans[c.plan].steps
	switch {
	case c.step < 0:
		consider(s.extras[c.extra].grace)
	case int(c.step) < len(steps) && steps[c.step].until > 0:
		consider(steps[c.step].until)
	}
	if int(c.stage) < len(q.delays) {
		consider(q.delays[c.stage])
	}
	if q.Order == OrderStrict && !c.guarded && q.StarvationGuardMillis > 0 {
		consider(q.StarvationGuardMillis)
	}
	if q.MaxWaitMillis > 0 {
		consider(q.MaxWaitMillis)
	}
	if q.AnnounceEveryMillis > 0 {
		next = min(next, c.announce)
	}
	if c.extra != none {
		for _, d := range s.extras[c.extra].decline {
			next = min(next, d.until)
		}
	}
	return next, next != never
}
