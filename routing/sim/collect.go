package sim

import (
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// cell holds the sums of contacts that arrived in one batch, or one interval
// of the day, by type.
type cell struct {
	offered, turnedAway, answered, answeredIn int64
	abandoned, abandonedIn, overflowed, moved int64
	handled                                   int64
	answeredWait, abandonedWait, otherWait    routing.Millis
	handleTime                                routing.Millis
}

// staffing holds integrals over time: agent-milliseconds.
type staffing struct{ busy, idle, present routing.Millis }

// collector measures a run.
type collector struct {
	sc          *scenario
	startHandle sampler // handling times by start

	batches  [][]cell // by batch, by type
	days     [][]cell // by interval of the kinds of day, by type
	waits    []histogram
	staff    []staffing // by batch
	dayStaff []staffing // by interval of the kinds of day
	daySpan  []routing.Millis

	open    int // measured contacts not yet handled, abandoned or sent away
	refused uint64
	refusal string

	busy, idle, present int
	passed              routing.Time // integrals are up to date until here
	batch, day          int          // of passed
	boundary            routing.Time // where batch or day changes next
	zoneUntil           routing.Time
	zoneOffset          routing.Millis
}

func newCollector(sc *scenario) *collector {
	c := &collector{
		sc: sc, startHandle: sc.types[0].Handle.sampler(),
		waits: make([]histogram, len(sc.types)), staff: make([]staffing, sc.options.Batches),
		passed: sc.start, boundary: sc.start,
	}
	intervals := dayKinds * c.intervals()
	c.dayStaff, c.daySpan = make([]staffing, intervals), make([]routing.Millis, intervals)
	for range sc.options.Batches {
		c.batches = append(c.batches, make([]cell, len(sc.types)))
	}
	for range intervals {
		c.days = append(c.days, make([]cell, len(sc.types)))
	}
	c.zoneUntil = sc.start
	return c
}

// The kinds of day that are averaged apart.
const (
	kindWeekday = iota // Monday to Friday
	kindSaturday
	kindSunday
	dayKinds
)

// dayInterval returns the interval of the local day that an instant lies in,
// counted through the kinds of day.
func (c *collector) dayInterval(at routing.Time) int {
	if at >= c.zoneUntil {
		local := time.UnixMilli(int64(at)).In(c.sc.loc)
		_, offset := local.Zone()
		c.zoneOffset, c.zoneUntil = routing.Millis(offset)*1000, at.Add(hourMillis)
		if _, end := local.ZoneBounds(); !end.IsZero() && routing.Time(end.UnixMilli()) > at {
			c.zoneUntil = min(c.zoneUntil, routing.Time(end.UnixMilli()))
		}
	}
	local := int64(at) + int64(c.zoneOffset)
	day, ofDay := local/dayMillis, local%dayMillis
	if ofDay < 0 {
		day, ofDay = day-1, ofDay+dayMillis
	}
	kind := kindWeekday
	switch (day%7 + 11) % 7 { // 1970-01-01 was a Thursday
	case int64(time.Saturday):
		kind = kindSaturday
	case int64(time.Sunday):
		kind = kindSunday
	}
	return kind*c.intervals() + int(ofDay)/(int(c.sc.interval)*60_000)
}

// intervals is the number of intervals of a day.
func (c *collector) intervals() int { return minutesPerDay / int(c.sc.interval) }

// pass integrates staffing on to an instant.
func (c *collector) pass(to routing.Time) {
	for c.passed < to {
		if c.passed >= c.boundary {
			c.turn()
		}
		until := min(to, c.boundary)
		if span := until.Sub(c.passed); c.batch >= 0 {
			add := staffing{routing.Millis(c.busy) * span, routing.Millis(c.idle) * span, routing.Millis(c.present) * span}
			c.staff[c.batch].plus(add)
			c.dayStaff[c.day].plus(add)
			c.daySpan[c.day] += span
		}
		c.passed = until
	}
}

func (s *staffing) plus(o staffing) {
	s.busy += o.busy
	s.idle += o.idle
	s.present += o.present
}

// turn finds batch and interval at passed, and where they end.
func (c *collector) turn() {
	c.batch = c.batchOf(c.passed)
	c.day = c.dayInterval(c.passed)
	length := int64(c.sc.interval) * 60_000
	into := (int64(c.passed) + int64(c.zoneOffset)) % length
	c.boundary = min(c.passed+routing.Time(length-into), c.zoneUntil)
	switch {
	case c.passed < c.sc.from:
		c.boundary = min(c.boundary, c.sc.from)
	case c.batch >= 0:
		c.boundary = min(c.boundary, c.sc.from.Add(routing.Millis(c.batch+1)*c.sc.batchMillis))
	}
}

// batchOf returns the batch of an instant; -1 outside the measured span.
func (c *collector) batchOf(at routing.Time) int {
	if at < c.sc.from || at >= c.sc.until {
		return -1
	}
	return int(at.Sub(c.sc.from) / c.sc.batchMillis)
}

// changeStaff counts agents by what they do.
func (c *collector) changeStaff(state routing.AgentState, by int) {
	switch state {
	case routing.StateOnContact, routing.StateAfterContact:
		c.busy += by
		c.present += by
	case routing.StateAvailable:
		c.idle += by
		c.present += by
	case routing.StateReserved, routing.StateRinging:
		c.present += by
	}
}

// offered counts an arrival, if it is measured.
func (c *collector) offered(k *contact) {
	batch := c.batchOf(k.At)
	k.measured = batch >= 0
	if !k.measured {
		return
	}
	k.batch, k.slot = int32(batch), int32(c.dayInterval(k.At))
	c.open++
	c.each(k, func(s *cell) { s.offered++ })
}

// each updates both places where a measured contact is counted.
func (c *collector) each(k *contact, do func(*cell)) {
	do(&c.batches[k.batch][k.Type])
	do(&c.days[k.slot][k.Type])
}

// connected counts an answer.
func (c *collector) connected(k *contact, now routing.Time) {
	if !k.measured {
		return
	}
	wait := now.Sub(k.At)
	in := wait <= c.sc.rules[k.Type].target
	c.waits[k.Type].add(wait)
	c.each(k, func(s *cell) {
		s.answered++
		s.answeredWait += wait
		if in {
			s.answeredIn++
		}
	})
}

// abandoned counts a customer who gave up.
func (c *collector) abandoned(k *contact, now routing.Time) {
	if !k.measured {
		return
	}
	c.open--
	wait := now.Sub(k.At)
	in := wait <= c.sc.rules[k.Type].target
	c.each(k, func(s *cell) {
		s.abandoned++
		s.abandonedWait += wait
		if in {
			s.abandonedIn++
		}
	})
}

// overflowed counts a contact sent out of the pool: turned away at the door,
// or after a wait.
func (c *collector) overflowed(k *contact, now routing.Time, atDoor bool) {
	if !k.measured {
		return
	}
	c.open--
	c.each(k, func(s *cell) {
		if atDoor {
			s.turnedAway++
			return
		}
		s.overflowed++
		s.otherWait += now.Sub(k.At)
	})
}

// moved counts an overflow within the pool.
func (c *collector) moved(k *contact) {
	if k.measured {
		c.each(k, func(s *cell) { s.moved++ })
	}
}

// handled counts the end of a contact's work.
func (c *collector) handled(k *contact, now routing.Time) {
	if k.measured {
		c.open--
		took := now.Sub(k.began)
		c.each(k, func(s *cell) {
			s.handled++
			s.handleTime += took
		})
	}
}
