package mediaqos

import (
	"maps"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// ReceiverLegs finds round trips where [Legs] cannot, because an end sends no
// media and thus no SR (on hold, announcements, receive only): that end's
// reference times are echoed in DLRR blocks as SRs are in report blocks (RFC
// 3611 sections 4.4 and 4.5). It stands beside a Legs and owns the same address
// pairs, but remembers only those on which a reference time or an echo was seen.
//
// Give it every [ReferenceTime] and [DLRR], and the SRs and report blocks that
// Legs gets: the half leg to the end that sends nothing comes from that end's
// ordinary report blocks. They count from the pair's first reference time or
// echo on; before that they are passed over. Answers are found by the methods
// of Legs, with reference times standing in for SRs, and like those they depend
// on what was captured and not on the order in which it is told: a later
// answer comes as an [Amendment] whose ReportID is [DLRR.ID]. No answer is
// given for report blocks.
//
// ReceiverLegs is not safe for concurrent use.
type ReceiverLegs struct {
	legs    *Legs
	pairs   map[pairKey]*echoes
	scratch []Amendment
	stats   ReceiverLegsStats
}

// ReceiverLegsStats is a snapshot of counters since the start.
type ReceiverLegsStats struct {
	// Pairs is how many address pairs are remembered now.
	Pairs int
	// ReferenceTimes and DLRRs count what came in.
	ReferenceTimes, DLRRs uint64
	// Answered are the DLRRs whose round trip was known at once, Unanswered the others.
	Answered, Unanswered uint64
	// Amendments counts answers that changed later.
	Amendments uint64
	// RefusedPairs counts packets of pairs beyond MaxPairs.
	RefusedPairs uint64
	// Expired counts pairs that were forgotten.
	Expired uint64
}

// echoes are the last DLRRs of a pair: those that Legs may still amend, and as
// many again, since directions share the place.
type echoes struct {
	last int64 // latest capture
	next int
	ids  [4 * legWindow]schema.ReportID
}

func (e *echoes) add(id schema.ReportID) {
	if !e.has(id) {
		e.ids[e.next] = id
		e.next = (e.next + 1) % len(e.ids)
	}
}

func (e *echoes) has(id schema.ReportID) bool {
	for i := range e.ids {
		if e.ids[i] == id {
			return true
		}
	}
	return false
}

// NewReceiverLegs returns an empty memory. The error wraps ErrOptions.
func NewReceiverLegs(o LegsOptions) (*ReceiverLegs, error) {
	legs, err := NewLegs(o)
	if err != nil {
		return nil, err
	}
	return &ReceiverLegs{legs: legs, pairs: make(map[pairKey]*echoes)}, nil
}

// Stats returns a snapshot of the counters.
func (l *ReceiverLegs) Stats() ReceiverLegsStats {
	stats := l.stats
	stats.Pairs = len(l.pairs)
	stats.RefusedPairs = l.legs.stats.RefusedPairs
	return stats
}

// AddReferenceTime notes a reference time; echoes that were waiting for it are
// appended to out.
func (l *ReceiverLegs) AddReferenceTime(sg Sighting, r ReferenceTime, out []Amendment) []Amendment {
	l.stats.ReferenceTimes++
	e := l.open(&sg)
	l.scratch = l.legs.AddSR(sg, r.ReporterSSRC, r.NTP, l.scratch[:0])
	return l.pass(e, out)
}

// AddDLRR notes an echo and returns the round trip between the two ends as far
// as it is known now; the same DLRR may be told again. Echoes whose answer
// changes by it are appended to out.
func (l *ReceiverLegs) AddDLRR(sg Sighting, d *DLRR, out []Amendment) (RTT, []Amendment) {
	l.stats.DLRRs++
	e := l.open(&sg)
	w := d.wire()
	if e != nil {
		e.add(w.Hash(sg.Tenant))
	}
	var rtt RTT
	rtt, l.scratch = l.legs.AddReport(sg, &w, l.scratch[:0])
	if rtt.Method == RTTNone {
		l.stats.Unanswered++
	} else {
		l.stats.Answered++
	}
	return rtt, l.pass(e, out)
}

// AddSR notes the SR of an end that sends, as [Legs.AddSR] does.
func (l *ReceiverLegs) AddSR(sg Sighting, ssrc uint32, ntp uint64, out []Amendment) []Amendment {
	e := l.find(&sg)
	if e == nil {
		return out
	}
	l.scratch = l.legs.AddSR(sg, ssrc, ntp, l.scratch[:0])
	return l.pass(e, out)
}

// AddReport notes a report block, for the half leg that it shows.
func (l *ReceiverLegs) AddReport(sg Sighting, w *Wire, out []Amendment) []Amendment {
	e := l.find(&sg)
	if e == nil {
		return out
	}
	_, l.scratch = l.legs.AddReport(sg, w, l.scratch[:0])
	return l.pass(e, out)
}

// Expire forgets address pairs at which nothing was captured for idle before
// now, and returns how many.
func (l *ReceiverLegs) Expire(now time.Time, idle time.Duration) int {
	l.legs.Expire(now, idle)
	cutoff, before := now.Add(-idle).UnixMicro(), len(l.pairs)
	// Nothing depends on the order of this walk: each entry stands alone.
	maps.DeleteFunc(l.pairs, func(_ pairKey, e *echoes) bool { return e.last < cutoff })
	forgotten := before - len(l.pairs)
	l.stats.Expired += uint64(forgotten)
	return forgotten
}

// open returns the memory of a sighting's addresses and makes it if there is
// none; nil beyond the limit, where Legs remembers nothing either.
func (l *ReceiverLegs) open(sg *Sighting) *echoes {
	if e := l.find(sg); e != nil {
		return e
	}
	if len(l.pairs) >= l.legs.options.MaxPairs {
		return nil
	}
	e := &echoes{last: sg.At.UnixMicro()}
	l.pairs[pairKey{sg.Tenant, sg.Tap.Pair()}] = e
	return e
}

func (l *ReceiverLegs) find(sg *Sighting) *echoes {
	e := l.pairs[pairKey{sg.Tenant, sg.Tap.Pair()}]
	if e != nil {
		e.last = max(e.last, sg.At.UnixMicro())
	}
	return e
}

// pass hands on the amendments of echoes; those of report blocks are for Legs.
func (l *ReceiverLegs) pass(e *echoes, out []Amendment) []Amendment {
	if e == nil {
		return out
	}
	for i := range l.scratch {
		if e.has(l.scratch[i].ReportID) {
			out = append(out, l.scratch[i])
			l.stats.Amendments++
		}
	}
	return out
}
