package mediaqos

import (
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Bye is one SSRC of an RTCP BYE packet (RFC 3550 section 6.6).
type Bye struct {
	Tenant schema.TenantID
	// SSRC is who leaves: it ends the streams that it reported on and those
	// that others reported of it.
	SSRC uint32
	// At is the capture time.
	At time.Time
	// Tap is where the packet was seen. Streams between other addresses are
	// not ended: an equal SSRC there is somebody else. Direction is ignored.
	Tap Tap
}

// bye is a remembered one.
type bye struct {
	micros int64
	pair   Tap
}

// End takes a BYE. Reports captured after it (for reports about the leaving
// source: more than ByeGrace after it) belong to a new stream of the same
// SSRCs, whichever comes first here, the BYE or the reports; rows that were
// already given to the stream which has thus ended are emitted anew. Each
// instance that may hold streams of the SSRC must be told.
func (s *Streams) End(b Bye, out []Emission) []Emission {
	if !keepable(b.At) {
		return out
	}
	k := partyKey{s.tenant(b.Tenant), b.SSRC}
	heard := bye{micros: b.At.UnixMicro(), pair: b.Tap.Pair()}
	if slices.Contains(s.byes[k], heard) {
		return out
	}
	if s.byeN >= s.options.MaxStreams {
		s.stats.EndsRefused++
		return out
	}
	s.stats.Ends++
	s.byeN++
	s.byes[k] = append(s.byes[k], heard)

	from := len(out)
	p := s.parties[k]
	for role := range p {
		for g := s.groupAt(p[role]); g != nil; g = s.groupAt(g.links[role].next) {
			if w := s.begin(g); w.takePair(heard.pair) {
				out = w.settle(out)
			}
		}
	}
	return s.emitted(from, out)
}

// boundaries returns when streams between the given taps ended, in order. A
// report after n of them belongs to the n-th stream, counting from 0.
func (s *Streams) boundaries(key groupKey, taps []Tap, into []int64) []int64 {
	into = into[:0]
	if len(s.byes) == 0 {
		return into
	}
	for role, grace := range [2]int64{asReporter: 0, asSource: int64(ByeGrace / time.Microsecond)} {
		for _, b := range s.byes[key.party(role)] {
			if slices.ContainsFunc(taps, func(t Tap) bool { return t.Pair() == b.pair }) {
				into = append(into, b.micros+grace)
			}
		}
	}
	slices.Sort(into)
	return into
}
