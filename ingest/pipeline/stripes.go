package pipeline

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// StripesOptions configure [NewStripes].
type StripesOptions struct {
	// Stripes is how many locks the streams are spread over. 16.
	Stripes int
	// MaxStreams followed at once, over all stripes. 200000.
	MaxStreams int
	// Media is assumed of streams of which nothing is known; none.
	Media mediaqos.Media
}

// Stripes follows the streams of all listeners. It is safe for concurrent use:
// a report takes the lock of its SSRC pair only.
type Stripes struct {
	stripes []stripe
	version atomic.Uint64
	limit   int
}

type stripe struct {
	mu      sync.Mutex
	streams *mediaqos.Streams
	notes   map[noteKey]note
	scratch []mediaqos.Emission
}

// noteKey names the streams that one reporter has of one source.
type noteKey struct {
	tenant           schema.TenantID
	reporter, source uint32
}

// note is what a fact needs and mediaqos has no use for.
type note struct {
	source *Source
	cname  string
	seen   int64 // unix seconds of the last report
}

// NewStripes returns empty stripes; its error wraps mediaqos.ErrOptions.
func NewStripes(o StripesOptions) (*Stripes, error) {
	if o.Stripes == 0 {
		o.Stripes = 16
	}
	if o.MaxStreams == 0 {
		o.MaxStreams = 200_000
	}
	s := &Stripes{stripes: make([]stripe, o.Stripes), limit: o.MaxStreams}
	for i := range s.stripes {
		// Rounded up, so that the stripes together hold at least the limit.
		streams, err := mediaqos.NewStreams(mediaqos.StreamsOptions{
			MaxStreams: (o.MaxStreams + o.Stripes - 1) / o.Stripes, Media: o.Media,
		})
		if err != nil {
			return nil, fmt.Errorf("stripes: %w", err)
		}
		s.stripes[i] = stripe{streams: streams, notes: map[noteKey]note{}}
	}
	return s, nil
}

// Limit is how many streams are followed at most.
func (s *Stripes) Limit() int { return s.limit }

// Add takes one report block from a source and appends the facts it makes.
// now is the writer's clock, from which versions are made.
func (s *Stripes) Add(src *Source, o *mediaqos.Observation, cname []byte, now time.Time, out []Fact) ([]Fact, mediaqos.Outcome) {
	st := s.stripe(o.Tenant, o.Wire.ReporterSSRC, o.Wire.SourceSSRC)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.note(src, o, cname)
	emissions, outcome := st.streams.Add(o, st.scratch[:0])
	st.scratch = emissions
	return s.facts(st, src, now, out), outcome
}

// Amend gives a report the round trip that became known after it.
func (s *Stripes) Amend(src *Source, a *mediaqos.Amendment, now time.Time, out []Fact) []Fact {
	st := s.stripe(a.Tenant, a.ReporterSSRC, a.SourceSSRC)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.scratch = st.streams.AmendRTT(*a, st.scratch[:0])
	return s.facts(st, src, now, out)
}

// End takes a BYE: the leaving SSRC may be part of streams in every stripe.
func (s *Stripes) End(src *Source, b mediaqos.Bye, now time.Time, out []Fact) []Fact {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		st.scratch = st.streams.End(b, st.scratch[:0])
		out = s.facts(st, src, now, out)
		st.mu.Unlock()
	}
	return out
}

// Seed puts facts read back from the store where they belong, so that the next
// report of each stream has its predecessor. A fact that changes more than once
// on the way is handed out once, as it is at the end.
func (s *Stripes) Seed(src *Source, facts []Fact, now time.Time, out []Fact) []Fact {
	start := len(out)
	for i := range facts {
		f := &facts[i]
		s.raise(f.Version)
		st := s.stripe(f.Tenant, f.Wire.ReporterSSRC, f.Wire.SourceSSRC)
		st.mu.Lock()
		key := noteKey{f.Tenant, f.Wire.ReporterSSRC, f.Wire.SourceSSRC}
		if _, known := st.notes[key]; !known {
			from := f.Source
			if from == nil {
				from = src
			}
			st.notes[key] = note{from, f.CNAME, f.Time.Unix()}
		}
		st.scratch = st.streams.Seed([]mediaqos.Emission{f.Emission}, st.scratch[:0])
		out = s.facts(st, src, now, out)
		st.mu.Unlock()
	}
	return out[:start+len(lastOfEach(out[start:]))]
}

// factKey is what makes two facts versions of one.
type factKey struct {
	tenant schema.TenantID
	micros int64
	report schema.ReportID
}

// lastOfEach keeps the last version of each fact, in place and in order.
func lastOfEach(facts []Fact) []Fact {
	last := make(map[factKey]int, len(facts))
	for i := range facts {
		last[facts[i].key()] = i
	}
	kept := facts[:0]
	for i := range facts {
		if last[facts[i].key()] == i {
			kept = append(kept, facts[i])
		}
	}
	return kept
}

func (f *Fact) key() factKey { return factKey{f.Tenant, f.Time.UnixMicro(), f.ReportID} }

// Expire forgets streams that have been silent for longer than idle.
func (s *Stripes) Expire(now time.Time, idle time.Duration) {
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		st.streams.Expire(now, idle)
		oldest := now.Add(-idle).Unix()
		for key, n := range st.notes {
			if n.seen < oldest {
				delete(st.notes, key)
			}
		}
		st.mu.Unlock()
	}
}

// Stats sums the counters of all stripes.
func (s *Stripes) Stats() mediaqos.StreamsStats {
	var sum mediaqos.StreamsStats
	for i := range s.stripes {
		st := &s.stripes[i]
		st.mu.Lock()
		sum.Add(st.streams.Stats())
		st.mu.Unlock()
	}
	return sum
}

// stripe is the one that an SSRC pair belongs to.
func (s *Stripes) stripe(tenant schema.TenantID, reporter, source uint32) *stripe {
	return &s.stripes[mediaqos.StripeOf(tenant, reporter, source, len(s.stripes))]
}

// note remembers where a stream came from first, and the reporter's name.
func (st *stripe) note(src *Source, o *mediaqos.Observation, cname []byte) {
	key := noteKey{o.Tenant, o.Wire.ReporterSSRC, o.Wire.SourceSSRC}
	n, known := st.notes[key]
	switch seen := o.At.Unix(); {
	case !known:
		n = note{source: src, cname: string(cname), seen: seen}
	case n.seen >= seen && (n.cname != "" || cname == nil):
		return
	default:
		n.seen = max(n.seen, seen)
		if n.cname == "" {
			n.cname = string(cname)
		}
	}
	st.notes[key] = n
}

// facts turns what the stripe has just emitted into facts.
func (s *Stripes) facts(st *stripe, src *Source, now time.Time, out []Fact) []Fact {
	for i := range st.scratch {
		e := &st.scratch[i]
		f := Fact{Emission: *e, Source: src, Version: lateVersion}
		if n, ok := st.notes[noteKey{e.Tenant, e.Wire.ReporterSSRC, e.Wire.SourceSSRC}]; ok {
			f.Source, f.CNAME = n.source, n.cname
		}
		if !e.Late {
			f.Version = s.nextVersion(now)
		}
		out = append(out, f)
	}
	return out
}

// nextVersion is the clock in microseconds, made to rise: a later emission of
// one key must win even when the clock stands still or goes back.
func (s *Stripes) nextVersion(now time.Time) uint64 {
	for {
		last := s.version.Load()
		next := max(last+1, uint64(max(now.UnixMicro(), 0)))
		if s.version.CompareAndSwap(last, next) {
			return next
		}
	}
}

// raise makes later versions beat one that the store has already.
func (s *Stripes) raise(version uint64) {
	for {
		last := s.version.Load()
		if last >= version || s.version.CompareAndSwap(last, version) {
			return
		}
	}
}
