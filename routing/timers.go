package routing

import (
	"slices"
	"time"
)

// timerKind says whose deadline it is. At one instant queues come before
// agents and these before contacts: a closing queue lets nobody in any more,
// and room that comes free is there for the contacts whose steps change.
type timerKind uint8

const (
	timerAgent timerKind = iota
	timerContact
	numTimerKinds = 2
)

// setTimer sets or moves the one deadline of an agent or contact; tie is its
// seniority among equal deadlines.
func (s *State) setTimer(kind timerKind, id int32, at Time, tie uint64) {
	s.clearTimer(kind, id)
	s.index.steps += s.index.timers[kind].push(s.index.timerPos[kind], node{key: int64(at), tie: tie, id: id})
}

func (s *State) clearTimer(kind timerKind, id int32) {
	if pos := s.index.timerPos[kind]; pos[id] != none {
		s.index.steps += s.index.timers[kind].remove(pos, id)
	}
}

// nextDue returns the earliest deadline; false if there is none.
func (s *State) nextDue() (Time, bool) {
	const never = Time(1<<63 - 1)
	next := never
	if s.index.hoursDue != 0 {
		next = s.index.hoursDue
	}
	for kind := range s.index.timers {
		if h := s.index.timers[kind]; len(h) > 0 {
			next = min(next, Time(h[0].key))
		}
	}
	return next, next != never
}

// fire performs all that is due, one after the other, each with its
// consequences before the next.
func (s *State) fire() {
	for {
		at, ok := s.nextDue()
		if !ok || at > s.now {
			return
		}
		if s.index.hoursDue == at {
			s.turnHours()
			continue
		}
		for kind := range s.index.timers {
			h := &s.index.timers[kind]
			if len(*h) == 0 || Time((*h)[0].key) != at {
				continue
			}
			id := (*h)[0].id
			s.index.steps += h.remove(s.index.timerPos[kind], id)
			if timerKind(kind) == timerAgent {
				s.wrapUpDue(id)
			} else {
				s.contactDue(id)
			}
			break
		}
	}
}

// contactDue handles a deadline of a contact that waits or is offered.
func (s *State) contactDue(slot int32) {
	if s.contacts[slot].phase == phaseOffered {
		s.closeOffer(slot, ReasonTimedOut)
		return
	}
	s.unline(slot)
	s.settle(slot, TriggerDeadline, seekIfWider)
}

// wake asks for a tick unless one that is early enough is outstanding.
func (s *State) wake() {
	if s.wakeAt <= s.now {
		s.wakeAt = 0
	}
	if at, ok := s.nextDue(); ok && (s.wakeAt == 0 || at < s.wakeAt) {
		s.wakeAt = at
		s.effect(EffectWakeAt).At = at
	}
}

// showAgents reports the agents whose state is another than before the event,
// in order of configuration.
func (s *State) showAgents() {
	slices.SortFunc(s.touched, func(a, b int32) int {
		if s.agents[a].ord < s.agents[b].ord {
			return -1
		}
		return 1
	})
	for _, slot := range s.touched {
		a := &s.agents[slot]
		state, reason := a.shows(), int32(none)
		if state == StateBreak {
			reason = a.reason
		}
		if state != a.shown || reason != a.shownReason {
			e := s.effect(EffectAgentState)
			e.Agent, e.From, e.To = a.id, a.shown, state
			if reason != none {
				e.BreakReason = s.cfg.BreakReasons[reason]
			}
			a.shown, a.shownReason = state, reason
		}
	}
	for _, slot := range s.touched {
		s.buryGhost(slot)
	}
	s.touched = s.touched[:0]
}

// openNow tells whether a queue is within its hours. The answer is kept until
// the schedule changes next.
func (s *State) openNow(q *queue) bool {
	if q.schedule == nil {
		return true
	}
	if s.now >= q.openUntil || s.now < q.openFrom {
		at := time.UnixMilli(int64(s.now))
		q.open, q.openFrom = q.schedule.Open(at), s.now
		q.openUntil = Time(1<<63 - 1)
		if next, ok := q.schedule.NextChange(at); ok {
			q.openUntil = Time(next.UnixMilli())
		}
	}
	return q.open
}

// turnHours handles the queues whose hours change at the instant that is due.
func (s *State) turnHours() {
	due := s.index.hoursDue
	s.index.hoursDue = 0
	for i := range s.queues {
		q := &s.queues[i]
		if !q.turns {
			continue
		}
		if q.turnsAt == due {
			open := s.openNow(q)
			q.turnsAt = s.nextTurn(q)
			if !open {
				s.overflowWaiting(int32(i), ReasonClosed)
			}
		}
	}
	s.setHoursDue()
}

func (s *State) nextTurn(q *queue) Time {
	s.openNow(q)
	if q.openUntil == 1<<63-1 {
		return 0
	}
	return q.openUntil
}

func (s *State) setHoursDue() {
	s.index.hoursDue = 0
	for i := range s.queues {
		if q := &s.queues[i]; q.turns && q.turnsAt != 0 && (s.index.hoursDue == 0 || q.turnsAt < s.index.hoursDue) {
			s.index.hoursDue = q.turnsAt
		}
	}
}
