package mediaqos

import "time"

// collisionIdleMicros is how long a stream must have been silent for a new one of
// its SSRC pair not to be called a collision: devices that never change their
// SSRC make calls one after the other.
const collisionIdleMicros = 30_000_000

// keepable says that a time fits the tables: 1970 to 2261.
func keepable(t time.Time) bool { return t.Unix() >= 0 && t.Unix() < endOf2261 }

// endOf2261 is 2262-01-01 in Unix seconds.
const endOf2261 = 9_214_646_400

// Add takes one report block seen at one tap, appends to out every fact that
// it makes or changes, and says what became of it. Facts of one key replace
// each other in the order of out, over all calls. In the common case (the
// next report of a known stream) that is one fact, without allocating if out
// has room.
func (s *Streams) Add(o *Observation, out []Emission) ([]Emission, Outcome) {
	from := len(out)
	out, outcome := s.add(o, out)
	switch outcome {
	case OutcomeNew:
		s.stats.New++
	case OutcomeDuplicate:
		s.stats.Duplicate++
	case OutcomeLate:
		s.stats.Late++
	case OutcomeRefusedLimit:
		s.stats.RefusedLimit++
	case OutcomeRefusedTime:
		s.stats.RefusedTime++
	}
	return s.emitted(from, out), outcome
}

func (s *Streams) add(o *Observation, out []Emission) ([]Emission, Outcome) {
	if !keepable(o.At) {
		return out, OutcomeRefusedTime
	}
	key := groupKey{s.tenant(o.Tenant), o.Wire.ReporterSSRC, o.Wire.SourceSSRC}
	r := newRecord(o.At.UnixMicro(), &o.Wire)
	g := s.group(key)
	if g != nil {
		if out, outcome, ok := s.addToEnd(g, o, &r, out); ok {
			return out, outcome
		}
	} else {
		if s.count >= s.options.MaxStreams {
			return out, OutcomeRefusedLimit
		}
		g = s.addGroup(key)
	}
	s.stats.Rebuilds++
	info := s.fallback
	if o.Media.Source != MediaUnknown {
		info = s.infoOf(o.Media)
	}
	w := s.begin(g)
	out, outcome := w.observe(&r, o, info, out)
	if g.streams == nil {
		s.dropGroup(g)
	}
	return out, outcome
}

// addToEnd is the short way for what nearly always happens: the next report of
// an open stream at a tap of its own, or one more sighting of a report at such
// a tap. It reports false, having changed nothing, for all else.
func (s *Streams) addToEnd(g *group, o *Observation, r *record, out []Emission) ([]Emission, Outcome, bool) {
	var home, known *stream
	homeTap, knownAt := 0, 0
	for st := g.streams; st != nil; st = st.next {
		if at := st.taps.index(&o.Tap); at >= 0 && st.closed == never {
			home, homeTap = st, at
		}
		for i := range st.recs[:st.n] {
			if st.recs[i].sameWire(r) && st.recs[i].near(r) {
				if known != nil {
					return out, 0, false // r joins two runs of sightings
				}
				known, knownAt = st, i
			}
		}
	}
	if home == nil || o.Media.Source > home.media.Source || o.Label != 0 && home.label == 0 {
		return out, 0, false
	}
	if known != nil {
		k := &known.recs[knownAt]
		if known != home || r.micros() < k.micros() || r.micros() == k.micros() && homeTap != k.sights.earliest() {
			return out, 0, false
		}
		return s.seenAgain(home, knownAt, homeTap, o, r, out), OutcomeDuplicate, true
	}
	last := home.last()
	if home.n == 0 || r.micros() <= last || g.count > 1 && r.micros() > last+collisionIdleMicros {
		return out, 0, false
	}
	r.sights = r.sights.with(homeTap).withEarliest(homeTap)
	home.push(*r)
	home.setRTT(int(home.n)-1, homeTap, packRTT(o.RTT))
	out = append(out, Emission{})
	home.fill(&out[len(out)-1], s.scorer, o.Tenant, int(home.n)-1)
	return out, OutcomeNew, true
}

// seenAgain notes a later sighting of a report; its row changes if the tap or
// the round trip is news.
func (s *Streams) seenAgain(st *stream, i, tap int, o *Observation, r *record, out []Emission) []Emission {
	known := &st.recs[i]
	rtt, list := st.rtt(i), known.sights
	known.extend(r.micros())
	known.sights = known.sights.with(tap)
	if packed := packRTT(o.RTT); packed != 0 {
		st.setRTT(i, tap, packed)
	}
	if known.sights == list && st.rtt(i) == rtt {
		return out
	}
	out = append(out, Emission{})
	st.fill(&out[len(out)-1], s.scorer, o.Tenant, i)
	return out
}
