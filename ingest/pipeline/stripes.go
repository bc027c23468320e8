package pipeline

import (
	"fmt"
	"net/netip"
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
	// MaxStreamsPerSource followed at once of what one address has sent (the
	// phone or SBC, or the agent that captured it), so that a flood of made-up
	// streams does not push out those of others. Half of MaxStreams.
	MaxStreamsPerSource int
	// Media is assumed of streams of which nothing is known; none.
	Media mediaqos.Media
}

// Stripes follows the streams of all listeners. It is safe for concurrent use:
// a report takes the lock of its SSRC pair only.
type Stripes struct {
	stripes []stripe
	version atomic.Uint64
	limit   int
	senders senders
}

type stripe struct {
	mu      sync.Mutex
	streams *mediaqos.Streams
	notes   notes
	origins origins
	voip    map[voipKey]sightings
	scratch []mediaqos.Emission
}

// NewStripes returns empty stripes; its error wraps mediaqos.ErrOptions.
func NewStripes(o StripesOptions) (*Stripes, error) {
	if o.Stripes == 0 {
		o.Stripes = 16
	}
	if o.MaxStreams == 0 {
		o.MaxStreams = 200_000
	}
	if o.MaxStreamsPerSource == 0 {
		o.MaxStreamsPerSource = max(1, o.MaxStreams/2)
	}
	s := &Stripes{stripes: make([]stripe, o.Stripes), limit: o.MaxStreams}
	s.senders.limit = int64(o.MaxStreamsPerSource)
	for i := range s.stripes {
		// Rounded up, so that the stripes together hold at least the limit.
		streams, err := mediaqos.NewStreams(mediaqos.StreamsOptions{
			MaxStreams: (o.MaxStreams + o.Stripes - 1) / o.Stripes, Media: o.Media,
		})
		if err != nil {
			return nil, fmt.Errorf("stripes: %w", err)
		}
		s.stripes[i] = stripe{streams: streams, notes: makeNotes(), voip: map[voipKey]sightings{}}
		s.stripes[i].origins.init()
	}
	return s, nil
}

// Limit is how many streams are followed at most.
func (s *Stripes) Limit() int { return s.limit }

// report is one report block with where it comes from.
type report struct {
	source *Source
	// origin is nil where tenant and trunk are those of the source.
	origin *Origin
	// sender is whose streams it counts for; invalid counts for nobody.
	sender netip.Addr
	cname  []byte
	mediaqos.Observation
}

// add takes one report block and appends the facts it makes. now is the
// writer's clock, from which versions are made.
func (s *Stripes) add(r *report, now time.Time, out []Fact) ([]Fact, mediaqos.Outcome) {
	st := s.stripe(r.Tenant, r.Wire.ReporterSSRC, r.Wire.SourceSSRC)
	st.mu.Lock()
	defer st.mu.Unlock()
	fresh, ok := st.note(r, now, &s.senders)
	if !ok {
		return out, outcomeRefusedSource
	}
	emissions, outcome := st.streams.Add(&r.Observation, st.scratch[:0])
	st.scratch = emissions
	if fresh && (outcome == mediaqos.OutcomeRefusedLimit || outcome == mediaqos.OutcomeRefusedTime) {
		st.forget(st.notes.key(r.Tenant, r.Wire.ReporterSSRC, r.Wire.SourceSSRC), &s.senders)
	}
	return s.facts(st, r.source, now, out), outcome
}

// Amend gives a report the round trip that became known after it.
func (s *Stripes) Amend(src *Source, a *mediaqos.Amendment, now time.Time, out []Fact) []Fact {
	st := s.stripe(a.Tenant, a.ReporterSSRC, a.SourceSSRC)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.scratch = st.streams.AmendRTT(*a, st.scratch[:0])
	return s.facts(st, src, now, out)
}

// evidence tells the streams of a pair how their losses cluster.
func (s *Stripes) evidence(src *Source, b *mediaqos.BurstEvidence, now time.Time, out []Fact) []Fact {
	st := s.stripe(b.Tenant, b.ReporterSSRC, b.SourceSSRC)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.scratch = st.streams.Evidence(b, st.scratch[:0])
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
		key := st.notes.key(f.Tenant, f.Wire.ReporterSSRC, f.Wire.SourceSSRC)
		if st.notes.get(key) == nil {
			from := f.Source
			if from == nil {
				from = src
			}
			*st.notes.add(key) = note{source: from, cname: f.CNAME, seen: seconds(f.Time)}
		}
		if f.Origin != nil {
			l := st.origins.label(f.Origin)
			l.seen = max(l.seen, f.Time.Unix(), now.Unix())
			f.Label = l.label
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
		st.notes.forget(func(n *note) bool {
			if int64(n.seen) >= oldest {
				return false
			}
			s.senders.give(n.sender)
			return true
		})
		st.origins.expire(oldest)
		st.expireVoIP(oldest)
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

// note remembers where a stream came from first, and the reporter's name, and
// labels the observation with its origin. fresh says that the streams of this
// reporter and source were not known; ok is false where their sender may have no
// more.
func (st *stripe) note(r *report, now time.Time, senders *senders) (fresh, ok bool) {
	key := st.notes.key(r.Tenant, r.Wire.ReporterSSRC, r.Wire.SourceSSRC)
	n := st.notes.get(key)
	known := n != nil
	if !known {
		sender, ok := senders.take(r.sender)
		if !ok {
			return true, false
		}
		n = st.notes.add(key)
		*n = note{source: r.source, sender: sender}
	}
	n.seen = max(n.seen, seconds(r.At))
	if n.cname == "" && len(r.cname) > 0 {
		n.cname = string(r.cname)
	}
	if o := r.origin; o != nil {
		if l := n.origin; l == nil || l.forgotten || l.origin != o && *l.origin != *o {
			n.origin = st.origins.label(o)
		}
		n.origin.seen = max(n.origin.seen, int64(n.seen), now.Unix())
		r.Label = n.origin.label
	}
	return !known, true
}

// forget drops a note.
func (st *stripe) forget(key noteKey, senders *senders) {
	senders.give(st.notes.get(key).sender)
	st.notes.drop(key)
}

// facts turns what the stripe has just emitted into facts.
func (s *Stripes) facts(st *stripe, src *Source, now time.Time, out []Fact) []Fact {
	for i := range st.scratch {
		e := &st.scratch[i]
		f := Fact{Emission: *e, Source: src, Version: lateVersion}
		if n := st.notes.get(st.notes.key(e.Tenant, e.Wire.ReporterSSRC, e.Wire.SourceSSRC)); n != nil {
			f.Source, f.CNAME = n.source, n.cname
			if n.origin != nil && n.origin.label == e.Label {
				f.Origin = n.origin.origin
			}
		}
		if f.Origin == nil && e.Label != 0 {
			f.Origin = st.origins.of(e.Label)
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
