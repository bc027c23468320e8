package mediaqos

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// MaxEvidence is how many pieces of evidence are remembered of one SSRC pair at
// most: of two collided streams, seen at several taps each. What a stream by
// itself needs is a few, see evidencePrune.
const MaxEvidence = 80

// BurstEvidence is what somebody saw of how the losses of a stream cluster: an
// RTCP XR block that came with or between report blocks, or a SIP quality
// report.
type BurstEvidence struct {
	Tenant schema.TenantID
	// ReporterSSRC is who saw it, SourceSSRC the stream.
	ReporterSSRC, SourceSSRC uint32
	// At is the capture time of the packet it came in, in whole microseconds
	// as in Observation: the end of what it covers.
	At time.Time
	// Tap is where that was captured. It tells streams of equal SSRCs apart.
	Tap Tap
	// Covers is how far back from At it reaches; 0 = to the stream's beginning.
	Covers time.Duration
	// Shape is what was seen.
	Shape BurstShape
}

// evidence is one remembered piece.
type evidence struct {
	from, to int64 // it is about reports captured after from, up to to
	tap      uint64
	shape    BurstShape
}

// evidenceList are the pieces of one SSRC pair in order.
type evidenceList struct {
	items []evidence
	last  int64 // the greatest to that ever was
}

// compare is the order of preference among those that cover a report: the one
// that ends soonest after it, then the one that covers least, then the stronger
// kind. The rest makes the order total.
func (e *evidence) compare(o *evidence) int {
	return cmp.Or(
		cmp.Compare(e.to, o.to),
		cmp.Compare(o.from, e.from),
		cmp.Compare(o.shape.kind, e.shape.kind),
		cmp.Compare(e.shape.bits, o.shape.bits),
		cmp.Compare(e.shape.bursts, o.shape.bursts),
		cmp.Compare(e.tap, o.tap),
	)
}

// tapHash stands for a tap (FNV-1a). It is the same on every machine.
func tapHash(t *Tap) uint64 {
	h := uint64(0xcbf29ce484222325)
	for _, a := range [2]netip.AddrPort{t.Src, t.Dst} {
		ip, port := a.Addr().As16(), a.Port()
		for _, b := range ip {
			h = (h ^ uint64(b)) * 0x100000001b3
		}
		h = (h ^ uint64(port)) * 0x100000001b3
	}
	return h
}

// Evidence takes one piece and appends to out the facts that it changes: those
// of remembered reports captured within what it covers, on a path that the tap
// is part of and not after a BYE. Of several pieces about a report the one
// counts that ends soonest after it, of equal ones the one that covers least.
// A piece may come before, with or after the reports it is about, in any order
// and as often as one likes, as long as its reports have not left the window
// and no more than MaxEvidence later ones were taken.
func (s *Streams) Evidence(b *BurstEvidence, out []Emission) []Emission {
	if !b.Shape.Known() || b.Covers < 0 || !keepable(b.At) {
		return out
	}
	to := b.At.UnixMicro()
	e := evidence{from: math.MinInt64, to: to, tap: tapHash(&b.Tap), shape: b.Shape}
	if b.Covers > 0 {
		e.from = to - b.Covers.Microseconds()
	}
	key := groupKey{s.tenant(b.Tenant), b.ReporterSSRC, b.SourceSSRC}
	list := s.evidence[key]
	if list != nil && slices.Contains(list.items, e) {
		return out
	}
	if list == nil && len(s.evidence) >= s.options.MaxStreams {
		s.stats.EvidenceRefused++
		return out
	}
	s.stats.Evidence++
	from := len(out)
	g := s.group(key)
	if g == nil {
		s.noteEvidence(key, nil, e)
		return out
	}
	var shapes [Window]BurstShape
	w := s.begin(g)
	for st := g.streams; st != nil; st = st.next {
		if st.sees(e.tap) {
			w.parts = append(w.parts, st)
		}
	}
	old := evidenceList{items: s.evidenceWas[:0]}
	if list != nil {
		old.items = append(old.items, list.items...)
	}
	s.evidenceWas = old.items
	s.noteEvidence(key, g, e)
	for _, st := range w.parts {
		for i := range int(st.n) {
			shapes[i] = st.shapeAmong(&old, st.recs[i].micros())
		}
		for i := range int(st.n) {
			now := st.shape(st.recs[i].micros())
			if now == shapes[i] {
				continue
			}
			var before Emission
			st.fillWith(&before, s.scorer, b.Tenant, i, shapes[i])
			out = append(out, Emission{})
			e := &out[len(out)-1]
			if st.fillWith(e, s.scorer, b.Tenant, i, now); *e == before {
				out = out[:len(out)-1]
			}
		}
	}
	return s.emitted(from, out)
}

// noteEvidence enters a piece. What cannot be about any remembered report any
// more is forgotten, and at last what is oldest.
func (s *Streams) noteEvidence(key groupKey, g *group, e evidence) {
	list := s.evidence[key]
	if list == nil {
		list = &evidenceList{}
		s.evidence[key] = list
	}
	if g != nil {
		g.evidence = list
	}
	list.last = max(list.last, e.to)
	at, found := slices.BinarySearchFunc(list.items, &e, func(a evidence, b *evidence) int { return a.compare(b) })
	if found {
		return
	}
	list.items = slices.Insert(list.items, at, e)
	if len(list.items) > evidencePrune && g != nil && g.streams != nil {
		list.prune(g)
	}
	if len(list.items) > MaxEvidence {
		list.items = slices.Delete(list.items, 0, 1)
	}
}

// evidencePrune is the length from which on a list is looked through.
const evidencePrune = Window + Window/2

// prune drops what ended before the oldest report that the streams of its tap
// remember. Of a tap that no stream has (yet) nothing is dropped.
func (l *evidenceList) prune(g *group) {
	l.items = slices.DeleteFunc(l.items, func(e evidence) bool {
		past := false
		for st := g.streams; st != nil; st = st.next {
			if !st.sees(e.tap) {
				continue
			}
			if !st.slid || st.n == 0 || e.to >= st.recs[0].micros() {
				return false
			}
			past = true
		}
		return past
	})
}

// sees says that a tap is one of the stream's.
func (st *stream) sees(tap uint64) bool {
	var room [MaxTaps]Tap
	return slices.ContainsFunc(st.taps.list(&room), func(t Tap) bool { return tapHash(&t) == tap })
}

// shape is what is known of the losses before an instant.
func (st *stream) shape(micros int64) BurstShape {
	if st.group.evidence == nil {
		return BurstShape{}
	}
	return st.shapeAmong(st.group.evidence, micros)
}

// shapeAmong picks from a list; see [evidence.compare].
func (st *stream) shapeAmong(l *evidenceList, micros int64) BurstShape {
	at, _ := slices.BinarySearchFunc(l.items, micros, func(e evidence, t int64) int { return cmp.Compare(e.to, t) })
	for i := at; i < len(l.items); i++ {
		if e := &l.items[i]; e.from < micros && e.to <= st.closed && st.sees(e.tap) {
			return e.shape
		}
	}
	return BurstShape{}
}
