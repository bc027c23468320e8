package routingtest

import (
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

const never = routing.Time(1<<63 - 1)

func wall(at routing.Time) time.Time { return time.UnixMilli(int64(at)) }

// deadline is when a contact changes by time alone.
func (t *Twin) deadline(c *contact) routing.Time {
	if c.phase == offered {
		return c.expires
	}
	if c.phase != waiting {
		return never
	}
	next := never
	consider := func(at routing.Time) {
		if at > c.settled {
			next = min(next, at)
		}
	}
	q := c.queue
	if c.step < 0 {
		consider(c.enqueued.Add(c.grace))
	} else {
		for _, st := range c.steps {
			if st.UntilMillis > 0 {
				consider(c.enqueued.Add(st.UntilMillis))
			}
		}
	}
	for _, d := range t.delays(q) {
		consider(c.enqueued.Add(d))
	}
	if q.Order == routing.OrderStrict && q.StarvationGuardMillis > 0 {
		consider(c.enqueued.Add(q.StarvationGuardMillis))
	}
	if q.MaxWaitMillis > 0 {
		consider(c.enqueued.Add(q.MaxWaitMillis))
	}
	if q.AnnounceEveryMillis > 0 {
		consider(c.announce)
	}
	for _, m := range c.memory {
		consider(m.until)
	}
	return next
}

// wrapUpDue is the earliest limit of an agent's wrap-ups.
func (a *agent) wrapUpDue() routing.Time {
	next := never
	for _, w := range a.work {
		if w.state == routing.StateAfterContact && w.limit != 0 {
			next = min(next, w.limit)
		}
	}
	return next
}

// nextDue asks everybody, in the order that settles ties, and returns what to
// do about the earliest.
func (t *Twin) nextDue() (routing.Time, func()) {
	next, do := never, func() {}
	for _, q := range t.queues {
		if q.turnsAt != 0 && q.turnsAt < next {
			next, do = q.turnsAt, func() { t.turn(q) }
		}
	}
	for _, a := range t.agents {
		if due := a.wrapUpDue(); due < next {
			next, do = due, func() { t.endWrapUps(a) }
		}
	}
	for _, c := range t.contacts { // in order of entry
		if due := t.deadline(c); due < next {
			next, do = due, func() { t.contactDue(c) }
		}
	}
	return next, do
}

func (t *Twin) fire() {
	for {
		due, do := t.nextDue()
		if due > t.now {
			return
		}
		do()
	}
}

func (t *Twin) contactDue(c *contact) {
	if c.phase == offered {
		t.closeOffer(c, routing.ReasonTimedOut)
		return
	}
	t.settle(c, routing.TriggerDeadline, false, true)
}

// open tells whether a queue is within its hours.
func (t *Twin) open(q *queue) bool { return q.schedule == nil || q.schedule.Open(wall(t.now)) }

// turns tells whether closing sends the queue's waiting contacts away.
func (q *queue) turns() bool {
	return q.schedule != nil && q.Overflow.WaitingToo && q.Overflow.Closed.Kind != routing.TargetNone
}

func (t *Twin) setTurn(q *queue) {
	q.turnsAt = 0
	if !q.turns() {
		return
	}
	if next, ok := q.schedule.NextChange(wall(t.now)); ok {
		q.turnsAt = routing.Time(next.UnixMilli())
	}
}

func (t *Twin) turn(q *queue) {
	t.setTurn(q)
	if !t.open(q) {
		t.recall(func(c *contact) bool { return c.queue == q }, func(c *contact) {
			if t.redirect(c, routing.ReasonClosed, 0) {
				t.enter(c, routing.TriggerEnqueued)
			}
		})
	}
}
