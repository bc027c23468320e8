package routing

import "slices"

// removedLabel is the flow label for contacts whose queue is gone where the
// configuration names no place for them.
const removedLabel = "queue_removed"

// overflowTarget returns where a queue sends contacts for a reason.
func (q *queue) overflowTarget(reason Reason) Target {
	switch reason {
	case ReasonClosed:
		return q.Overflow.Closed
	case ReasonNoAgents:
		return q.Overflow.NoAgents
	case ReasonFull:
		return q.Overflow.Full
	case ReasonLongEstimate:
		return q.Overflow.Estimate
	default:
		return q.Overflow.Wait
	}
}

// redirect sends a contact that is out of line to where its queue says. It
// returns false if the contact has left the state; else the contact is to enter
// its new queue.
//
// Validation refuses cycles, but agents can be removed one by one, so the
// number of moves at one instant is limited all the same.
func (s *State) redirect(slot int32, reason Reason, hops int) bool {
	c := &s.contacts[slot]
	from := &s.queues[max(c.queue, directQueue)]
	target := s.cfg.RemovedQueue
	if reason != ReasonRemoved {
		target = from.overflowTarget(reason)
	}
	queue, inside := s.resolve(target)
	if !inside && (target.Kind == TargetQueue || target.Kind == TargetPerson) {
		target = s.cfg.RemovedQueue
		queue, inside = s.resolve(target)
	}
	if hops > len(s.queues) || !inside && (target.Kind == TargetQueue || target.Kind == TargetPerson) {
		target, inside = Target{Kind: TargetFlow, To: removedLabel}, false
	}
	e := s.effect(EffectOverflow)
	e.Contact, e.Queue, e.Channel, e.Reason, e.Target = c.id, from.ID, c.channel, reason, target
	if !inside {
		s.dropContact(slot, ReasonOverflowed)
		return false
	}
	base := c.enqueued - Time(c.credit)
	c.enqueued, c.credit, c.announce = s.now, s.now.Sub(base), s.now
	s.release(c.plan)
	if c.extra != none {
		x := &s.extras[c.extra]
		x.people, x.grace = x.people[:0], 0
	}
	c.queue = queue
	if queue == directQueue {
		c.plan = s.internPlan(nil)
		x := s.extraOf(c)
		x.people = append(x.people, AgentID(target.To))
	} else {
		s.setPlan(c, nil, none)
	}
	return true
}

// resolve finds a target that is inside the pool.
func (s *State) resolve(t Target) (queue int32, inside bool) {
	switch t.Kind {
	case TargetQueue:
		queue, inside = s.queueIDs[QueueID(t.To)]
	case TargetPerson:
		a, known := s.agentIDs[AgentID(t.To)]
		queue, inside = directQueue, known && s.agents[a].configured
	}
	return queue, inside
}

// overflowWaiting sends all contacts that wait in a queue away, the first in
// line first.
func (s *State) overflowWaiting(queue int32, reason Reason) {
	s.recall(func(c *contact) bool { return c.queue == queue }, func(slot int32) {
		if s.redirect(slot, reason, 0) {
			s.enter(slot, TriggerEnqueued)
		}
	})
}

// recall takes the chosen waiting contacts out of line, in order of
// their places, and hands each to do before it takes the next.
func (s *State) recall(choose func(*contact) bool, do func(slot int32)) {
	var chosen []int32
	for slot := range s.contacts {
		if c := &s.contacts[slot]; c.phase == phaseWaiting && choose(c) {
			chosen = append(chosen, int32(slot))
		}
	}
	slices.SortFunc(chosen, func(a, b int32) int {
		if s.ahead(&s.contacts[a], &s.contacts[b]) {
			return -1
		}
		return 1
	})
	for _, slot := range chosen {
		s.unline(slot)
		do(slot)
	}
}
