package sipcalls

import (
	"container/heap"
	"container/list"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/internal/pile"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

// Options set a tracker's times and bounds. The zero value of a field means the
// default stated at it.
type Options struct {
	// Settle is how long an ended call waits for messages that are late,
	// before it is handed out. Default 5 s.
	Settle time.Duration
	// Remember is how long a call that was handed out can still change.
	// Default 2 min.
	Remember time.Duration
	// RingTimeout ends a call that was not answered, counted from its last
	// message. Default 5 min, above the proxies' 3 (RFC 3261 section 16.6).
	RingTimeout time.Duration
	// TalkTimeout ends a call that was answered, counted from its last
	// message. Default 4 h.
	TalkTimeout time.Duration
	// MaxPerGroup bounds the calls followed for one group. Default 20,000.
	MaxPerGroup int
	// MaxCalls bounds the calls followed. Default 100,000.
	MaxCalls int
}

func (o Options) withDefaults() Options {
	setDefault(&o.Settle, 5*time.Second)
	setDefault(&o.Remember, 2*time.Minute)
	setDefault(&o.RingTimeout, 5*time.Minute)
	setDefault(&o.TalkTimeout, 4*time.Hour)
	setDefault(&o.MaxPerGroup, 20_000)
	setDefault(&o.MaxCalls, 100_000)
	return o
}

func setDefault[T int | time.Duration](at *T, value T) {
	if *at <= 0 {
		*at = value
	}
}

// Stats are a tracker's counters and gauges.
type Stats struct {
	Calls     int    // followed now
	Emitted   uint64 // versions handed out
	Evicted   uint64 // calls that a bound ended
	Fragments uint64 // messages of calls whose beginning was never seen, by call
}

// Tracker follows calls. It is not safe for concurrent use.
type Tracker struct {
	opts   Options
	seq    uint64
	calls  map[schema.CallID]*tracked
	groups map[string]*group
	sizes  pile.Pile[*group]
	due    pile.Pile[*tracked]
	out    []Call
	stats  Stats
}

type tracked struct {
	id      schema.CallID
	seq     uint64
	facts   facts
	version uint32
	// last is what was handed out, without version and state.
	last    Call
	changed bool
	dueAt   time.Time
	place   int
	group   *group
	element *list.Element
}

type group struct {
	name  string
	calls *list.List // from the longest followed
	place int
}

// NewTracker makes a tracker.
func NewTracker(o Options) *Tracker {
	return &Tracker{
		opts: o.withDefaults(), calls: make(map[schema.CallID]*tracked), groups: make(map[string]*group),
		sizes: pile.Pile[*group]{
			Before: func(a, b *group) bool {
				return a.calls.Len() > b.calls.Len() || a.calls.Len() == b.calls.Len() && a.name < b.name
			},
			Moved: func(g *group, i int) { g.place = i },
		},
		due: pile.Pile[*tracked]{
			Before: func(a, b *tracked) bool {
				c := a.dueAt.Compare(b.dueAt)
				return c < 0 || c == 0 && a.seq < b.seq
			},
			Moved: func(t *tracked, i int) { t.place = i },
		},
	}
}

// Observe takes note of a message that was captured at a moment (the zero Time
// means now). Group says for whom the call's memory counts: the trunk if known,
// or else the source; it matters at the first message of a call.
func (t *Tracker) Observe(now, at time.Time, group string, m *sipmsg.Message) {
	if m.CallID == "" || len(m.CallID) > 256 || len(m.FromTag) > 256 || len(m.ToTag) > 256 {
		return
	}
	if at.IsZero() {
		at = now
	}
	c := t.calls[schema.CallID(m.CallID)]
	f, ok := factOf(at.UTC(), m)
	if !ok {
		if c != nil && c.version == 0 {
			t.schedule(now, c) // it lives
		}
		return
	}
	if c == nil {
		c = t.follow(schema.CallID(strings.Clone(m.CallID)), group)
	}
	all, changed := c.facts.add(f)
	c.facts, c.changed = all, c.changed || changed
	if changed || c.version == 0 {
		t.schedule(now, c)
	}
	t.bound()
}

// follow begins a call.
func (t *Tracker) follow(id schema.CallID, name string) *tracked {
	g := t.groups[name]
	if g == nil {
		g = &group{name: strings.Clone(name), calls: list.New()}
		t.groups[g.name] = g
		heap.Push(&t.sizes, g)
	}
	t.seq++
	c := &tracked{id: id, seq: t.seq, group: g, place: -1}
	t.calls[id] = c
	c.element = g.calls.PushBack(c)
	heap.Fix(&t.sizes, g.place)
	return c
}

// schedule sets when the call is next looked at.
func (t *Tracker) schedule(now time.Time, c *tracked) {
	call, ended, _ := c.facts.call(c.id)
	wait := t.opts.RingTimeout
	switch {
	case ended:
		wait = t.opts.Settle
	case call.Outcome == Answered:
		wait = t.opts.TalkTimeout
	}
	t.at(c, now.Add(wait))
}

func (t *Tracker) at(c *tracked, due time.Time) {
	c.dueAt = due
	if c.place < 0 {
		heap.Push(&t.due, c)
	} else {
		heap.Fix(&t.due, c.place)
	}
}

// bound drops the longest followed calls of whoever has too many.
func (t *Tracker) bound() {
	for {
		g := t.sizes.Top()
		if g.calls.Len() <= t.opts.MaxPerGroup && len(t.calls) <= t.opts.MaxCalls {
			return
		}
		c := g.calls.Front().Value.(*tracked)
		t.stats.Evicted++
		t.emit(c, Evicted)
		t.forget(c)
	}
}

// emit hands the call out if it has changed since the last time.
func (t *Tracker) emit(c *tracked, unfinished State) {
	if !c.changed {
		return
	}
	c.changed = false
	call, ended, ok := c.facts.call(c.id)
	if !ok {
		t.stats.Fragments++
		return
	}
	if c.version > 0 && call == c.last {
		return
	}
	c.last = call
	if c.version++; !call.AttemptAt.IsZero() {
		c.version = max(c.version, WholeVersion)
	}
	t.stats.Emitted++
	call.Version, call.State = c.version, Ended
	if !ended {
		call.State = unfinished
	}
	t.out = append(t.out, call)
}

func (t *Tracker) forget(c *tracked) {
	if c.place >= 0 {
		heap.Remove(&t.due, c.place)
	}
	delete(t.calls, c.id)
	c.group.calls.Remove(c.element)
	if c.group.calls.Len() > 0 {
		heap.Fix(&t.sizes, c.group.place)
		return
	}
	heap.Remove(&t.sizes, c.group.place)
	delete(t.groups, c.group.name)
}

// Due returns the calls that are to be handed out by now, in the order in
// which they became due. The slice is the caller's.
func (t *Tracker) Due(now time.Time) []Call {
	for t.due.Len() > 0 && !t.due.Top().dueAt.After(now) {
		c := t.due.Top()
		if !c.changed {
			t.forget(c)
			continue
		}
		t.emit(c, TimedOut)
		t.at(c, now.Add(t.opts.Remember))
	}
	out := t.out
	t.out = nil
	return out
}

// Flush returns all calls that have not been handed out as they stand, and
// forgets everything: for the end of a file, or of the process.
func (t *Tracker) Flush() []Call {
	for t.due.Len() > 0 {
		c := t.due.Top()
		t.emit(c, TimedOut)
		t.forget(c)
	}
	out := t.out
	t.out = nil
	return out
}

// Stats returns the counters so far.
func (t *Tracker) Stats() Stats {
	s := t.stats
	s.Calls = len(t.calls)
	return s
}

// Has says whether a call is followed.
func (t *Tracker) Has(id schema.CallID) bool { return t.calls[id] != nil }
