package mediaqos

import (
	"cmp"
	"slices"
)

// lay is one stream as laid anew.
type lay struct {
	st       *stream
	from, to int   // its reports in work.items
	lastSeen int64 // its latest report
}

// layAll lays every path: its reports in order, cut where BYEs end streams.
// Items of one path become neighbours, so that a lay is a range of them.
func (w *work) layAll() {
	slices.SortFunc(w.items, func(a, b workItem) int {
		return cmp.Or(cmp.Compare(w.pathOf(a.sights[0].tap), w.pathOf(b.sights[0].tap)), a.rec.compare(&b.rec))
	})
	for path := range w.taps {
		if w.pathOf(path) == path {
			w.layPath(path)
		}
	}
}

// layPath lays one path.
func (w *work) layPath(path int) {
	w.members = w.members[:0]
	var taps [MaxTaps]Tap
	for i := range w.taps {
		if w.pathOf(i) == path && len(w.members) < MaxTaps {
			w.members = append(w.members, i)
		}
	}
	slices.SortFunc(w.members, func(a, b int) int { return w.taps[a].Compare(w.taps[b]) })
	for i, m := range w.members {
		taps[i] = w.taps[m]
	}
	w.bounds = w.s.boundaries(w.g.key, taps[:len(w.members)], w.bounds)

	// The streams of the path are the stretches between boundaries in which
	// there is a report, or the memory of one.
	from := slices.IndexFunc(w.items, func(it workItem) bool { return w.pathOf(it.sights[0].tap) == path })
	to := max(from, 0)
	w.ends = w.ends[:0]
	for from >= 0 && to < len(w.items) && w.pathOf(w.items[to].sights[0].tap) == path {
		w.ends = append(w.ends, w.stretch(w.items[to].rec.micros()))
		to++
	}
	for i := range w.bases {
		if b := &w.bases[i]; w.pathOf(b.tap) == path {
			w.ends = append(w.ends, w.stretch(b.micros))
		}
	}
	slices.Sort(w.ends)
	at := max(from, 0)
	for _, n := range slices.Compact(w.ends) {
		l := lay{st: w.s.newStream(), from: at, to: at}
		for l.to < to && w.stretch(w.items[l.to].rec.micros()) == n {
			l.to++
		}
		at = l.to
		l.st.group = w.g
		l.st.taps = makeTapSet(taps[:len(w.members)])
		if n < len(w.bounds) {
			l.st.closed = w.bounds[n]
		}
		w.begun(&l, path, n)
		w.lays = append(w.lays, l)
	}
}

// stretch counts the boundaries before an instant.
func (w *work) stretch(micros int64) int {
	n, _ := slices.BinarySearch(w.bounds, micros)
	return n
}

// begun says how a stream began: with its first report here, or before the
// window, and then what the first report here subtracts.
//
// Several memories of what was before come together when paths join late, and
// when stored rows are read back. The latest counts, since it is the nearest
// to what is to come; reports before it keep the rows they have. A memory of
// a report that is here itself says nothing.
func (w *work) begun(l *lay, path, n int) {
	var oldest, base *workBase
	for i := range w.bases {
		b := &w.bases[i]
		if w.pathOf(b.tap) != path || w.stretch(b.micros) != n {
			continue
		}
		l.strongest(b.info)
		l.labelled(b.label)
		l.lastSeen = max(l.lastSeen, b.micros)
		if slices.ContainsFunc(w.items[l.from:l.to], func(it workItem) bool { return b.of(&it.rec) }) {
			continue
		}
		if oldest == nil || b.start < oldest.start {
			oldest = b
		}
		if base == nil || b.micros > base.micros {
			base = b
		}
	}
	// What came in says something new about the medium only if it knows better.
	for _, incoming := range [2]bool{false, true} {
		for i := l.from; i < l.to; i++ {
			if it := &w.items[i]; it.incoming == incoming {
				l.strongest(it.info)
				l.labelled(it.label)
				l.lastSeen = max(l.lastSeen, it.rec.micros())
			}
		}
	}
	if base != nil {
		l.st.slid, l.st.base = true, base.predecessor
		l.st.id, l.st.start = oldest.id, oldest.start
		return
	}
	first := &w.items[l.from]
	l.st.start, l.st.stored = first.rec.micros(), first.stored
	l.st.id = streamID(w.s.tenants[w.g.key.tenant], w.g.key, w.taps[first.sights[first.first].tap], first.rec.micros())
}

// strongest keeps the media fact of the strongest source, of equal ones the first.
func (l *lay) strongest(info *mediaInfo) {
	if l.st.media == nil || info.Source > l.st.media.Source {
		l.st.media = info
	}
}

// labelled keeps the first label that is one.
func (l *lay) labelled(label uint32) {
	if l.st.label == 0 {
		l.st.label = label
	}
}

// of says that a predecessor is this report, or one of its sightings: a row
// that was stored before an earlier sighting came has the later time.
func (p *predecessor) of(r *record) bool {
	return p.micros >= r.micros() && p.micros <= r.end() && !p.noInterval &&
		(p.reason != BaselineNone || p.extendedSeq == r.extendedSeq && p.cumulativeLost == r.cumulativeLost)
}

// before says that a predecessor stands before a report in their order.
func (p *predecessor) before(r *record) bool {
	if p.micros != r.micros() {
		return p.micros < r.micros()
	}
	return p.extendedSeq < r.extendedSeq
}

// overLimit says that the lays begin more streams than there may be. The new
// streams are counted already, those that they replace not yet taken off.
func (w *work) overLimit() bool {
	grown := len(w.lays) - len(w.parts)
	return grown > 0 && (w.s.count-len(w.parts) > w.s.options.MaxStreams || int(w.g.count)+grown > MaxPerPair)
}

// abandon gives the lays up and leaves everything as it was.
func (w *work) abandon() {
	for _, l := range w.lays {
		w.s.freeStream(l.st)
	}
}

// write puts the lays in the place of the streams that were taken and makes
// their facts. It reports whether the incoming report was late.
func (w *work) write() (late bool) {
	w.replace()
	w.markFirsts()
	tenant := w.s.tenants[w.g.key.tenant]
	for _, l := range w.lays {
		for i := l.from; i < l.to; i++ {
			it := &w.items[i]
			w.after = append(w.after, Emission{})
			e := &w.after[len(w.after)-1]
			r, rtts := w.localize(l.st, it)
			if l.st.slid && l.st.n == 0 && !l.st.base.before(&r) {
				w.fillLate(e, l.st, &r, &rtts, it.incoming)
				late = late || it.incoming
				continue
			}
			l.st.push(r)
			l.st.setRTTs(int(l.st.n)-1, &rtts)
			l.st.fill(e, w.s.scorer, tenant, int(l.st.n)-1)
		}
	}
	return late
}

// localize turns indexes of the work's taps into those of the stream's; it
// returns a report and its round trips by tap.
func (w *work) localize(st *stream, it *workItem) (_ record, rtts [MaxTaps]rttSlot) {
	r := it.rec
	r.sights &= sightHasSR
	for k, s := range it.sights[:it.n] {
		tap := st.taps.index(&w.taps[s.tap])
		rtts[tap] = s.rtt
		r.sights = r.sights.with(tap)
		if k == it.first {
			r.sights = r.sights.withEarliest(tap)
		}
	}
	return r, rtts
}

// fillLate writes the fact of a report whose predecessor is forgotten, and
// which is therefore forgotten too. Figures that it has already are kept,
// unless it was taken for the first of a stream.
func (w *work) fillLate(e *Emission, st *stream, r *record, rtts *[MaxTaps]rttSlot, incoming bool) {
	base := st.base
	st.recs[0], st.n = *r, 1 // nothing is there yet
	st.setRTTs(0, rtts)
	st.base = predecessor{reason: BaselineLate, noInterval: true}
	st.fill(e, w.s.scorer, w.s.tenants[w.g.key.tenant], 0)
	st.n, st.base = 0, base
	e.Late = incoming
	if at := slices.IndexFunc(w.before, e.sameKey); at >= 0 {
		old := &w.before[at]
		first := old.Derived.Baseline == BaselineFirst || old.Derived.Baseline == BaselineSSRCCollision
		if !first || old.StreamID == e.StreamID {
			e.Derived, e.Media = old.Derived, old.Media
		}
	}
}

// replace swaps the streams that were taken for the lays, in the group's list.
func (w *work) replace() {
	tail := &w.g.streams
	for *tail != nil {
		if st := *tail; w.taken(st) {
			*tail = st.next
			w.s.freeStream(st)
			w.g.count--
		} else {
			tail = &st.next
		}
	}
	for _, l := range w.lays {
		*tail = l.st
		tail = &l.st.next
		w.g.count++
	}
}

// markFirsts says of every first report in the pair whether its SSRCs were in
// use elsewhere. That may change for streams which take no other part.
func (w *work) markFirsts() {
	tenant := w.s.tenants[w.g.key.tenant]
	for st := w.g.streams; st != nil; st = st.next {
		if st.slid {
			continue
		}
		base := predecessor{reason: BaselineFirst, noInterval: true}
		if w.collides(st) || st.stored == BaselineSSRCCollision {
			base.reason = BaselineSSRCCollision
		}
		if st.n == 0 { // a lay, whose reports are still to be written
			st.base = base
			continue
		}
		if st.base.reason != base.reason {
			w.before, w.after = append(w.before, Emission{}), append(w.after, Emission{})
			st.fill(&w.before[len(w.before)-1], w.s.scorer, tenant, 0)
			st.base = base
			st.fill(&w.after[len(w.after)-1], w.s.scorer, tenant, 0)
		}
	}
}

// collides says that another stream of the same SSRCs was alive between other
// addresses when st began.
func (w *work) collides(st *stream) bool {
	var room [MaxTaps]Tap
	for other := w.g.streams; other != nil; other = other.next {
		if other == st || other.start > st.start || other.closed < st.start ||
			w.lastOf(other)+collisionIdleMicros < st.start ||
			slices.ContainsFunc(other.taps.list(&room), func(t Tap) bool { return st.taps.index(&t) >= 0 }) {
			continue
		}
		// Of two that began at the same instant, the lower address came first.
		if other.start < st.start || other.taps.at(0).Compare(st.taps.at(0)) < 0 {
			return true
		}
	}
	return false
}

// lastOf is the latest report of a stream, written yet or not.
func (w *work) lastOf(st *stream) int64 {
	for _, l := range w.lays {
		if l.st == st {
			return l.lastSeen
		}
	}
	return st.last()
}

// differences appends what changed: first what is no more, then what is new
// or other than before, in the order of the streams and their reports.
func (w *work) differences(out []Emission) []Emission {
	for i := range w.before {
		if e := &w.before[i]; !slices.ContainsFunc(w.after, e.sameKey) {
			out = append(out, *e)
			out[len(out)-1].Deleted = true
		}
	}
	for i := range w.after {
		e := &w.after[i]
		if at := slices.IndexFunc(w.before, e.sameKey); at < 0 || w.before[at] != *e {
			out = append(out, *e)
		}
	}
	return out
}
