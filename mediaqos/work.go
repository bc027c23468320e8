package mediaqos

import (
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
)

// work lays the streams of one SSRC pair anew. It takes the remembered reports
// of every stream that an event may touch, forgets how they were laid before,
// and lays them as if all had been known from the start: sightings into
// reports, taps into paths, paths cut by BYEs into streams, reports in order
// within them. What then differs from the facts handed out before is handed
// out. This is the only place where these rules stand; the short way in
// addToEnd is for the case in which they change nothing but the end.
type work struct {
	s *Streams
	g *group

	taps    []Tap     // of everything that takes part
	path    []int     // union-find over taps: those that carried a common report
	parts   []*stream // taken in
	items   []workItem
	bases   []workBase
	lays    []lay
	bounds  []int64
	ends    []int
	members []int

	before, after []Emission // facts of what takes part
}

// workItem is one report with its sightings.
type workItem struct {
	rec      record // its taps and round trips are in sights
	sights   [MaxTaps]sight
	n        int // of sights
	first    int // the earliest of sights
	info     *mediaInfo
	label    uint32   // Observation.Label
	incoming bool     // it is why we are here, and no row of it is known
	stored   Baseline // stream.stored, if it is the first of its stream
}

// sight is one tap at which a report was seen.
type sight struct {
	tap int // in work.taps
	rtt rttSlot
}

// workBase is what a stream whose beginning has left the window still knows.
type workBase struct {
	predecessor
	tap   int // any of its taps
	id    schema.StreamID
	start int64
	info  *mediaInfo
	label uint32
}

// begin prepares for a pair; buffers are reused.
func (s *Streams) begin(g *group) *work {
	w := &s.work
	w.s, w.g = s, g
	w.taps, w.path, w.parts = w.taps[:0], w.path[:0], w.parts[:0]
	w.items, w.bases, w.lays = w.items[:0], w.bases[:0], w.lays[:0]
	w.before, w.after = w.before[:0], w.after[:0]
	return w
}

// tapAt returns the index of a tap, a new one where it takes no part yet.
func (w *work) tapAt(t Tap) int {
	if i := slices.Index(w.taps, t); i >= 0 {
		return i
	}
	w.taps = append(w.taps, t)
	w.path = append(w.path, len(w.taps)-1)
	return len(w.taps) - 1
}

// pathOf returns the representative of a tap's path: its lowest index.
func (w *work) pathOf(tap int) int {
	for w.path[tap] != tap {
		tap = w.path[tap]
	}
	return tap
}

// join makes two taps points of one path.
func (w *work) join(a, b int) {
	a, b = w.pathOf(a), w.pathOf(b)
	w.path[max(a, b)] = min(a, b)
}

// take takes a stream in: its taps, its reports and the facts made of them.
func (w *work) take(st *stream) {
	w.parts = append(w.parts, st)
	tenant := w.s.tenants[w.g.key.tenant]
	var local [MaxTaps]int
	var room [MaxTaps]Tap
	for i, t := range st.taps.list(&room) {
		local[i] = w.tapAt(t)
		w.join(local[0], local[i])
	}
	if st.slid {
		w.bases = append(w.bases, workBase{predecessor: st.base, tap: local[0], id: st.id, start: st.start, info: st.media, label: st.label})
	}
	for i := range st.recs[:st.n] {
		r := &st.recs[i]
		it := workItem{rec: *r, info: st.media, label: st.label}
		if i == 0 && !st.slid {
			it.stored = st.stored
		}
		for tap := range int(st.taps.n) {
			if r.sights.seenAt(tap) {
				if tap == r.sights.earliest() {
					it.first = it.n
				}
				it.sights[it.n] = sight{tap: local[tap], rtt: st.rttAt(i, tap)}
				it.n++
			}
		}
		w.items = append(w.items, it)
		w.before = append(w.before, Emission{})
		st.fill(&w.before[len(w.before)-1], w.s.scorer, tenant, i)
	}
}

func (w *work) taken(st *stream) bool { return slices.Contains(w.parts, st) }

// takeWhere takes every stream that the test names, and then every other
// stream with a tap of those: the whole path, whatever BYEs cut from it.
func (w *work) takeWhere(test func(*stream) bool) {
	var room [MaxTaps]Tap
	for st := w.g.streams; st != nil; st = st.next {
		if !w.taken(st) && test(st) {
			w.take(st)
		}
	}
	for grown := true; grown; {
		grown = false
		for st := w.g.streams; st != nil; st = st.next {
			if !w.taken(st) && slices.ContainsFunc(st.taps.list(&room), func(t Tap) bool { return slices.Contains(w.taps, t) }) {
				w.take(st)
				grown = true
			}
		}
	}
}

// takePair takes the streams between a pair of addresses, and reports whether
// there are any.
func (w *work) takePair(pair Tap) bool {
	w.takeWhere(func(st *stream) bool {
		var room [MaxTaps]Tap
		return slices.ContainsFunc(st.taps.list(&room), func(t Tap) bool { return t.Pair() == pair })
	})
	return len(w.parts) > 0
}

// linked returns a stream that takes no part yet and holds the same report.
func (w *work) linked(r *record, skip []*stream) *stream {
	for st := w.g.streams; st != nil; st = st.next {
		if w.taken(st) || slices.Contains(skip, st) {
			continue
		}
		for i := range st.recs[:st.n] {
			if st.recs[i].sameWire(r) && st.recs[i].near(r) {
				return st
			}
		}
	}
	return nil
}

// reach counts the taps of a stream's path that take no part yet.
func (w *work) reach(st *stream) int {
	var room [MaxTaps]Tap
	found := append([]Tap(nil), st.taps.list(&room)...)
	for grown := true; grown; {
		grown = false
		for other := w.g.streams; other != nil; other = other.next {
			if !slices.ContainsFunc(other.taps.list(&room), func(t Tap) bool { return slices.Contains(found, t) }) {
				continue
			}
			for _, t := range other.taps.list(&room) {
				if !slices.Contains(found, t) {
					found = append(found, t)
					grown = true
				}
			}
		}
	}
	found = slices.DeleteFunc(found, func(t Tap) bool { return slices.Contains(w.taps, t) })
	return len(found)
}

// bring adds a report seen at the given taps, the earliest first, with all
// streams that it touches. It reports whether the report was known, and
// whether there is a place for it: a report known only between other taps
// than a path can note has none.
func (w *work) bring(it workItem, taps []Tap, rtt rttSlot) (known, placed bool) {
	for i, t := range taps {
		at := w.tapAt(t)
		it.sights[i] = sight{tap: at}
		w.join(it.sights[0].tap, at)
	}
	it.n, it.first = len(taps), 0
	it.sights[0].rtt = rtt
	w.takeWhere(func(st *stream) bool {
		return slices.ContainsFunc(taps, func(t Tap) bool { return st.taps.index(&t) >= 0 })
	})
	var apart []*stream
	for st := w.linked(&it.rec, apart); st != nil; st = w.linked(&it.rec, apart) {
		if len(w.taps)+w.reach(st) > MaxTaps {
			w.s.stats.TapsRefused++
			apart = append(apart, st)
			continue
		}
		w.takeWhere(func(other *stream) bool { return other == st })
	}
	if len(apart) > 0 {
		return true, false // nor can it be a row of its own: it may have the same key
	}
	return w.merge(it), true
}

// merge enters a report; sightings of the same one, and runs of sightings
// that it connects, become one item. It reports whether there were any.
func (w *work) merge(it workItem) bool {
	into := -1
	for i := 0; i < len(w.items); {
		x := &w.items[i]
		if !x.rec.sameWire(&it.rec) || !x.rec.near(&it.rec) {
			i++
			continue
		}
		if into < 0 {
			w.absorb(x, &it)
			into = i
			// What x has grown to may reach further items: look again at all.
			it = *x
			i = 0
			continue
		}
		if i == into {
			i++
			continue
		}
		w.absorb(&w.items[into], x)
		it = w.items[into]
		w.items = slices.Delete(w.items, i, i+1)
		if i < into {
			into--
		}
		i = 0
	}
	if into < 0 {
		w.items = append(w.items, it)
	}
	return into >= 0
}

// absorb makes sightings b part of a.
func (w *work) absorb(a, b *workItem) {
	end := max(a.rec.end(), b.rec.end())
	aFirst, bFirst := w.taps[a.sights[a.first].tap], w.taps[b.sights[b.first].tap]
	earlier := b.rec.micros() < a.rec.micros() || b.rec.micros() == a.rec.micros() && bFirst.Compare(aFirst) < 0
	for k, from := range b.sights[:b.n] {
		at := slices.IndexFunc(a.sights[:a.n], func(s sight) bool { return s.tap == from.tap })
		switch {
		case at < 0 && a.n == MaxTaps:
			w.s.stats.TapsRefused++
			continue
		case at < 0:
			at = a.n
			a.sights[at] = from
			a.n++
			w.join(a.sights[0].tap, from.tap)
		case from.rtt != 0:
			a.sights[at].rtt = from.rtt
		}
		if earlier && k == b.first {
			a.first = at
		}
	}
	if earlier {
		a.rec.captured, a.rec.span = b.rec.captured, 0
	}
	a.rec.extend(end)
	if b.info.Source > a.info.Source {
		a.info = b.info
	}
	if a.label == 0 {
		a.label = b.label
	}
}

// observe lays the pair with one more sighting.
func (w *work) observe(r *record, o *Observation, info *mediaInfo, out []Emission) ([]Emission, Outcome) {
	known, placed := w.bring(workItem{rec: *r, info: info, label: o.Label, incoming: true}, []Tap{o.Tap}, packRTT(o.RTT))
	if !placed {
		return out, OutcomeDuplicate
	}
	w.layAll()
	if w.overLimit() {
		w.abandon()
		return out, OutcomeRefusedLimit
	}
	late := w.write()
	out = w.differences(out)
	switch {
	case known:
		return out, OutcomeDuplicate
	case late:
		return out, OutcomeLate
	default:
		return out, OutcomeNew
	}
}

// settle lays the pair as it is, under what is known of BYEs by now.
func (w *work) settle(out []Emission) []Emission {
	w.layAll()
	w.write()
	return w.differences(out)
}
