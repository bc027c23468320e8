package mediaqos

import (
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
)

// Digest folds facts into summaries as they come, in memory that grows with
// the number of streams and not with their length. It gives what [Facts] and
// [Summarize] give, as long as no emission changes a fact that is more than
// digestKeep reports old, which [Streams] does not do, but for late facts:
// those that lie behind what was folded are left out and counted.
type Digest struct {
	streams map[digestKey]*digestStream
	// recent says in which stream a fact is that can still change.
	recent map[factKey]digestKey
	late   int
}

// digestKeep is how many facts of a stream can still change. Two windows: the
// report that leaves a window is handed out once more with it.
const digestKeep = 2 * Window

// digestPoints is how many points a summary has at most.
const digestPoints = 128

type digestKey struct {
	tenant schema.TenantID
	stream schema.StreamID
}

// digestStream is one stream: facts that can still change, in order, and the
// sum of those before them.
type digestStream struct {
	tail   []Emission
	folded tally
	// edge is the last fact that was folded.
	edge record
}

// NewDigest returns a digest of nothing.
func NewDigest() *Digest {
	return &Digest{streams: map[digestKey]*digestStream{}, recent: map[factKey]digestKey{}}
}

// Apply takes emissions in the order in which they were handed out.
func (d *Digest) Apply(emissions ...Emission) {
	for i := range emissions {
		d.apply(&emissions[i])
	}
}

// Late is how many late facts were left out.
func (d *Digest) Late() int { return d.late }

func (d *Digest) apply(e *Emission) {
	key := factKey{e.Tenant, e.Time.UnixMicro(), e.ReportID}
	to := digestKey{e.Tenant, e.StreamID}
	if in, known := d.recent[key]; known {
		s := d.streams[in]
		at := slices.IndexFunc(s.tail, func(f Emission) bool { return f.sameKey(*e) })
		switch {
		case e.Late && !s.tail[at].Deleted:
			return
		case in == to:
			s.tail[at] = *e
			return
		}
		s.tail = slices.Delete(s.tail, at, at+1)
	}
	s := d.streams[to]
	if s == nil {
		s = &digestStream{folded: tally{maxPoints: digestPoints}}
		d.streams[to] = s
	}
	if !s.insert(e) {
		d.late++
		delete(d.recent, key)
		return
	}
	d.recent[key] = to
	if len(s.tail) >= digestKeep+Window {
		d.fold(s, len(s.tail)-digestKeep)
	}
}

// insert puts a fact where it belongs, unless that has been folded.
func (s *digestStream) insert(e *Emission) bool {
	if s.folded.sum.Reports > 0 {
		if r := newRecord(e.Time.UnixMicro(), &e.Wire); r.compare(&s.edge) < 0 {
			return false
		}
	}
	at := len(s.tail)
	for at > 0 && CompareReports(&s.tail[at-1], e) > 0 {
		at--
	}
	s.tail = slices.Insert(s.tail, at, *e)
	return true
}

// fold adds the first n facts of the tail up.
func (d *Digest) fold(s *digestStream, n int) {
	for i := range s.tail[:n] {
		f := &s.tail[i]
		delete(d.recent, factKey{f.Tenant, f.Time.UnixMicro(), f.ReportID})
		if !f.Deleted {
			s.folded.add(f)
			s.edge = newRecord(f.Time.UnixMicro(), &f.Wire)
		}
	}
	s.tail = slices.Delete(s.tail, 0, n)
}

// Summaries ends the digest: it returns the streams in order of their first
// report. A nil scorer rates the default connection.
func (d *Digest) Summaries(scorer *Scorer) []Summary {
	var all []Summary
	for _, key := range d.order() {
		s := d.streams[key]
		d.fold(s, len(s.tail))
		if s.folded.sum.Reports > 0 {
			all = append(all, s.folded.summary(scorer))
		}
	}
	slices.SortStableFunc(all, func(a, b Summary) int { return a.First.Compare(b.First) })
	return all
}

// order is the streams by tenant and id, so that equal times stay in an order.
func (d *Digest) order() []digestKey {
	keys := make([]digestKey, 0, len(d.streams))
	// Map order: the keys are sorted below.
	for key := range d.streams {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b digestKey) int {
		if a.tenant != b.tenant {
			if a.tenant < b.tenant {
				return -1
			}
			return 1
		}
		return slices.Compare(a.stream[:], b.stream[:])
	})
	return keys
}
