package sim

import (
	"context"
	"fmt"
	"math"

	"github.com/trunkline-cc/trunkline/routing"
)

// run is one pass of a scenario through a routing state. It is the host that
// the state's contract speaks of: it brings events in order of time and does
// what the effects ask.
type run struct {
	sc    *scenario
	state *routing.State
	*collector

	now      routing.Time
	wakeAt   routing.Time
	calendar calendar
	roster   []rosterEvent
	arrivals source
	upcoming Arrival
	more     bool

	contacts []contact
	free     []int32
	leavers  []int32 // slots of contacts that the state has just forgotten
	agents   []agent
	agentOf  map[routing.AgentID]int32
	answers  []int32 // slots whose offers are answered at once
	wraps    []int32 // slots whose wrap-ups end at once
	back     []int32 // agents who were put into a status they do not want
	serial   uint64  // of contacts
	starts   Stream
	steps    uint64
}

// contact is one contact's place in the run. Slots, and with them contact ids,
// are used again when the state has forgotten the contact.
type contact struct {
	id       routing.ContactID
	turn     uint32
	phase    contactPhase
	wraps    bool // an agent's wrap-up is open
	measured bool
	agent    int32
	batch    int32
	slot     int32 // of the day
	offers   uint32
	serial   uint64
	offer    routing.OfferID // 0: none is open
	answerAt routing.Time
	began    routing.Time // connected, or never
	Arrival
}

type contactPhase uint8

const (
	contactGone contactPhase = iota
	contactWaits
	contactTalks
	contactDone // with the customer gone; the state may still hold it
)

// agent is what the run knows of an agent.
type agent struct {
	duty     duty
	signedIn bool
	asked    routing.Status // what he asked for last
	shown    routing.AgentState
	since    routing.Time
	leaving  bool // a return is planned
	busy     routing.Millis
	idle     routing.Millis
	answered int64
}

// newRun prepares a pass.
func newRun(sc *scenario) (*run, error) {
	state, err := routing.New(sc.cfg, sc.start)
	if err != nil {
		return nil, err
	}
	r := &run{
		sc: sc, state: state, collector: newCollector(sc),
		now: sc.start, wakeAt: math.MaxInt64, roster: sc.roster, arrivals: sc.source(),
		agents: make([]agent, len(sc.agents)), agentOf: make(map[routing.AgentID]int32, len(sc.agents)),
		starts: NewStream(sc.options.Seed, keyStarts),
	}
	for i := range sc.agents {
		r.agentOf[sc.agents[i].id] = int32(i)
		r.agents[i].since = sc.start
	}
	r.upcoming, r.more = r.arrivals.next()
	return r, nil
}

// checkEvery is how many turns pass between looks at the context.
const checkEvery = 1 << 14

// all runs to the end of the measured span, and on until every contact
// measured has been served or has given up, for a day at most.
func (r *run) all(ctx context.Context) error {
	limit := r.sc.until.Add(dayMillis)
	for turn := uint64(0); ; turn++ {
		if turn%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("simulation: %w", err)
			}
			if r.sc.options.Progress != nil {
				r.sc.options.Progress(math.Min(1, float64(r.now-r.sc.start)/float64(r.sc.until-r.sc.start)))
			}
		}
		if r.now >= r.sc.until && r.open == 0 || !r.turn(limit) {
			break
		}
	}
	r.pass(r.sc.until)
	for i := range r.agents {
		r.account(&r.agents[i], max(r.now, r.sc.until))
	}
	return nil
}

// turn does the first thing that is due; false if nothing is left before the
// limit.
//
// Of one instant the order is: what ends in the centre, the state's own
// timers, the roster, and last the customers who arrive, so that one who comes
// when an agent comes free finds him.
func (r *run) turn(limit routing.Time) bool {
	const (
		ofCalendar = iota
		ofState
		ofRoster
		ofWorld
	)
	at, kind := routing.Time(math.MaxInt64), ofCalendar
	if len(r.calendar.heap) > 0 {
		at = r.calendar.heap[0].at
	}
	if r.wakeAt < at {
		at, kind = r.wakeAt, ofState
	}
	if len(r.roster) > 0 && r.roster[0].at < at {
		at, kind = r.roster[0].at, ofRoster
	}
	if r.more && r.upcoming.At < at {
		at, kind = r.upcoming.At, ofWorld
	}
	if at >= limit {
		r.now = max(r.now, min(at, limit))
		return false
	}
	r.pass(at)
	r.now = at
	switch kind {
	case ofCalendar:
		r.happen(r.calendar.pop())
	case ofState:
		r.wakeAt = math.MaxInt64
		r.step(routing.Event{Kind: routing.EventTick})
	case ofRoster:
		e := r.roster[0]
		r.roster = r.roster[1:]
		r.onDuty(e)
	case ofWorld:
		a := r.upcoming
		r.upcoming, r.more = r.arrivals.next()
		r.arrive(a)
	}
	r.settle()
	return true
}

// settle does what follows at the same instant.
func (r *run) settle() {
	for len(r.answers)+len(r.wraps)+len(r.back) > 0 {
		switch {
		case len(r.answers) > 0:
			slot := r.answers[0]
			r.answers = r.answers[:copy(r.answers, r.answers[1:])]
			if c := &r.contacts[slot]; c.offer != 0 {
				r.step(routing.Event{Kind: routing.EventOfferAccepted, Contact: c.id, Offer: c.offer})
			}
		case len(r.wraps) > 0:
			slot := r.wraps[0]
			r.wraps = r.wraps[:copy(r.wraps, r.wraps[1:])]
			r.endWrapUp(slot)
		default:
			a := r.back[0]
			r.back = r.back[:copy(r.back, r.back[1:])]
			r.plan(happening{at: r.now.Add(r.sc.crews[r.sc.agents[a].crew].returnMillis), kind: agentReturns, what: a})
		}
	}
}

func (r *run) plan(h happening) { r.calendar.add(h) }

// arrive brings a new customer.
func (r *run) arrive(a Arrival) {
	slot := r.newContact()
	c := &r.contacts[slot]
	c.Arrival, c.phase, c.serial = a, contactWaits, r.serial
	c.offers, c.offer, c.answerAt, c.wraps, c.began = 0, 0, 0, false, never
	r.serial++
	r.offered(c)
	if a.PatienceMillis != Forever {
		r.plan(happening{at: a.At.Add(min(a.PatienceMillis, routing.MaxMillis)), kind: patienceEnds, what: slot, turn: c.turn})
	}
	t := &r.sc.types[a.Type]
	r.step(routing.Event{
		Kind: routing.EventContactEnqueued, Contact: c.id, Queue: t.Queue, Channel: t.Channel, Priority: t.Priority,
	})
}

// newContact finds a slot. Its id says which: see slotOf.
func (r *run) newContact() int32 {
	if n := len(r.free); n > 0 {
		slot := r.free[n-1]
		r.free = r.free[:n-1]
		r.contacts[slot].turn++
		return slot
	}
	slot := int32(len(r.contacts))
	r.contacts = append(r.contacts, contact{id: contactID(slot)})
	return slot
}

// contactID writes a slot as a UUID, the form that a state stores best.
func contactID(slot int32) routing.ContactID {
	return routing.ContactID(fmt.Sprintf("00000000-0000-4000-8000-%012x", slot))
}

// slotOf reads the slot back from an id.
func slotOf(id routing.ContactID) int32 {
	slot := int32(0)
	for i := len("00000000-0000-4000-8000-0000"); i < len(id); i++ {
		digit := int32(id[i] - '0')
		if digit > 9 {
			digit = int32(id[i]-'a') + 10
		}
		slot = slot<<4 | digit
	}
	return slot
}

// happen does what was planned, unless it has become void.
func (r *run) happen(h happening) {
	if h.kind == agentReturns {
		r.returns(h.what)
		return
	}
	c := &r.contacts[h.what]
	if c.turn != h.turn {
		return
	}
	switch h.kind {
	case patienceEnds:
		if c.phase == contactWaits {
			r.abandoned(c, r.now)
			c.phase = contactDone
			r.step(routing.Event{Kind: routing.EventContactAbandoned, Contact: c.id})
		}
	case answers:
		if c.offer != 0 && c.answerAt == h.at {
			r.answer(c)
		}
	case contactEnds:
		c.phase = contactDone
		r.step(routing.Event{Kind: routing.EventContactFinished, Contact: c.id})
	case wrapUpEnds:
		r.endWrapUp(h.what)
	}
}

func (r *run) endWrapUp(slot int32) {
	if c := &r.contacts[slot]; c.wraps {
		r.step(routing.Event{Kind: routing.EventWrapUpEnded, Agent: r.sc.agents[c.agent].id, Contact: c.id})
	}
}

// step hands an event to the state and does what comes of it.
func (r *run) step(ev routing.Event) {
	r.steps++
	effects := r.state.Step(r.now, ev)
	for i := range effects {
		r.perform(&effects[i])
	}
	r.release()
}
