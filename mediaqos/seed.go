package mediaqos

import (
	"math"
	"slices"
)

// Seed takes facts read back from the store (after a restart: the last report
// of each live stream, or its last few) as facts that were emitted already.
// The next report of the stream then has its predecessor and its StreamID.
//
// It may come after reports were added: what was emitted as the first report
// of a new stream is emitted again as what it is. Tombstones among rows and
// rows beyond MaxStreams are left out. Rows of one stream should come with
// the oldest first; any order gives the same if none of them is missing in
// between.
func (s *Streams) Seed(rows []Emission, out []Emission) []Emission {
	from := len(out)
	for i := range rows {
		out = s.seed(&rows[i], out)
	}
	return s.emitted(from, out)
}

func (s *Streams) seed(row *Emission, out []Emission) []Emission {
	if row.Deleted || row.Taps.Len() == 0 || !keepable(row.Time) {
		return out
	}
	key := groupKey{s.tenant(row.Tenant), row.Wire.ReporterSSRC, row.Wire.SourceSSRC}
	g := s.group(key)
	if g == nil {
		g = s.addGroup(key)
	}
	if shape := ShapeOf(row.Derived.BurstRatio, row.Derived.BurstSource); shape.Known() && (g.evidence != nil || len(s.evidence) < s.options.MaxStreams) {
		// Of what it came from no more is known than that it was about this report.
		tap, at := row.Taps.At(0), row.Time.UnixMicro()
		s.noteEvidence(key, g, evidence{from: at - 1, to: at, tap: tapHash(&tap), shape: shape})
	}
	w := s.begin(g)
	r := newRecord(row.Time.UnixMicro(), &row.Wire)
	info := s.infoOf(row.Media)
	if row.Media.Source == MediaUnknown {
		info = s.fallback
	}
	it := workItem{rec: r, info: info, label: row.Label}
	if row.Derived.Baseline == BaselineFirst || row.Derived.Baseline == BaselineSSRCCollision {
		it.stored = row.Derived.Baseline
	}
	if _, placed := w.bring(it, w.fitting(row.Taps), packRTT(row.rtt())); placed {
		w.remember(row, info)
		if w.layAll(); w.overLimit() {
			w.abandon()
			s.stats.RefusedLimit++
		} else {
			w.write()
			out = w.differences(out)
		}
	}
	if g.streams == nil {
		s.dropGroup(g)
	}
	return out
}

// fitting leaves out taps of a row that would make the path of its earliest
// tap longer than a path can be.
func (w *work) fitting(l TapList) []Tap {
	taps := l.taps[:1]
	w.takeWhere(func(st *stream) bool { return st.taps.index(&taps[0]) >= 0 })
	n := max(1, len(w.taps))
	for _, t := range l.taps[1:l.n] {
		switch {
		case slices.Contains(w.taps, t):
			taps = append(taps, t)
		case n+w.reachOf(t) <= MaxTaps:
			taps = append(taps, t)
			n += w.reachOf(t)
		default:
			w.s.stats.TapsRefused++
		}
	}
	return taps
}

// reachOf counts the taps of a tap's path that take no part yet, itself included.
func (w *work) reachOf(t Tap) int {
	for st := w.g.streams; st != nil; st = st.next {
		if st.taps.index(&t) >= 0 {
			return w.reach(st)
		}
	}
	return 1
}

// remember notes a stored row as handed out, and what its figures tell of the
// report before it and of its stream.
func (w *work) remember(row *Emission, info *mediaInfo) {
	if !slices.ContainsFunc(w.before, row.sameKey) {
		e := *row
		e.Time = microTime(row.Time.UnixMicro())
		w.before = append(w.before, e)
	}
	d := &row.Derived
	if d.Baseline == BaselineFirst || d.Baseline == BaselineSSRCCollision {
		return // its stream begins with it
	}
	base := predecessor{reason: d.Baseline, noInterval: !d.IntervalMillis.OK, micros: row.Time.UnixMicro() - 1}
	if d.IntervalMillis.OK {
		base.micros = row.Time.UnixMicro() - int64(math.Round(d.IntervalMillis.V*1000))
	}
	if d.Baseline == BaselineNone {
		base.extendedSeq = row.Wire.ExtendedSeq - uint32(d.Expected.V)
		base.cumulativeLost = row.Wire.CumulativeLost - d.Lost.V
	}
	w.bases = append(w.bases, workBase{
		predecessor: base, tap: w.tapAt(row.Taps.At(0)),
		id: row.StreamID, start: base.micros, info: info, label: row.Label,
	})
}

// rtt is the round trip of a stored row.
func (e *Emission) rtt() RTT {
	d := &e.Derived
	if !d.RTTMillis.OK || d.RTTMethod == RTTNone || !(d.RTTMillis.V >= 0 && d.RTTMillis.V <= float64(maxRTTMicros)/1000) {
		return RTT{}
	}
	return RTT{Method: d.RTTMethod, Micros: uint32(math.Round(d.RTTMillis.V * 1000))}
}
