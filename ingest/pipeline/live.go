package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// ErrRefused is wrapped by a [Store]'s error when it will not take a cut now
// and trying again soon is of no use (the journal's volume is at its limit):
// the cut is given up and counted.
var ErrRefused = errors.New("refused by the store")

// ErrStopped is returned for what comes after the end of [Live.Run].
var ErrStopped = errors.New("listener stopped")

// Batch gathers facts until a cut takes it. It belongs to one shard. What is
// appended is not referred to afterwards.
type Batch interface {
	// Append adds a row of media_reports.
	Append(f *Fact)
	// AppendCall adds a row of sip_calls.
	AppendCall(f *CallFact)
	// AppendVoIP adds a row of voip_reports.
	AppendVoIP(f *VoIPFact)
	// AppendQuarantined adds a row of quarantine.
	AppendQuarantined(f *QuarantineFact)
	// Len is how many rows there are.
	Len() int
}

// Cut is everything that a listener's datagrams up to Mark have made since the
// cut before.
type Cut struct {
	Source *Source
	// Mark is the listener's sequence number of the last datagram in it.
	Mark uint64
	// Number counts the listener's cuts; it goes to the ledger (LedgerEntry.Cut)
	// with the mark.
	Number  uint64
	Counts  Counts
	Batches []Batch
}

// Store makes cuts durable.
type Store interface {
	NewBatch() Batch
	// Commit returns when the cut would survive a crash. Its error is retried,
	// unless it wraps ErrRefused.
	Commit(ctx context.Context, cut Cut) error
}

// LiveOptions configure a [Live].
type LiveOptions struct {
	Source  *Source
	Stripes *Stripes
	Store   Store
	// Release tells the listener what it may forget.
	Release func(mark uint64)
	// Form of the datagrams. FormRTCP.
	Form Form
	// Attributor says whose they are. Needed for HEP and quality reports, and
	// for RTCP where the source has no tenant.
	Attributor *Attributor
	// Mark and Cut are those of the ledger: counting goes on from there.
	Mark, Cut uint64
	// AuthKey that HEP packets must carry; "" takes all.
	AuthKey string
	// Shards is how many goroutines decode. 1.
	Shards int
	// CommitInterval between cuts. 500 ms.
	CommitInterval time.Duration
	// MaxUnreleased makes a cut at once when so many datagrams were fed and not
	// released, so that a ring does not fill between two ticks. 0 never does.
	MaxUnreleased int
	// StreamIdle after which a stream is forgotten. 2 min.
	StreamIdle time.Duration
	// Now is the writer's clock. time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

func (o *LiveOptions) setDefaults() {
	if o.Shards == 0 {
		o.Shards = 1
	}
	if o.CommitInterval == 0 {
		o.CommitInterval = 500 * time.Millisecond
	}
	if o.StreamIdle == 0 {
		o.StreamIdle = 2 * time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Release == nil {
		o.Release = func(uint64) {}
	}
}

// Live turns a listener's datagrams into committed facts.
type Live struct {
	o      LiveOptions
	shards []*shard

	// mu orders Feed against the barrier of a cut, so that a mark never covers
	// half of a batch.
	mu     sync.Mutex
	mark   uint64
	turn   int // of shards, for what belongs to none
	closed bool
	// accepted are the bytes of packets of streams so far, durable those of
	// them that a finished cut had; room is signalled when that rises.
	accepted, durable int64
	room              sync.Cond
	ended             chan struct{}
	// soon asks for a cut before the next tick, full for one at once.
	soon, full chan struct{}
	// released is the mark of the last cut that was committed.
	released atomic.Uint64

	// cutting lets one cut at a time be collected and committed, so that marks
	// reach the ledger in order.
	cutting sync.Mutex
	number  uint64
	// undone is a collected cut whose commit was given up when its context
	// ended; the next cut commits it first.
	undone *collected

	stats struct {
		sync.Mutex
		counts Counts
		lost   uint64
		agents map[agentKey]AgentStats
	}
	waiting atomic.Bool
}

// queued is how many batches of datagrams may wait for a shard; beyond it the
// listener stops reading, its ring fills, and the kernel counts what it drops.
const queued = 64

// gather is how long a cut that somebody waits for is put off for others to
// join in.
const gather = 20 * time.Millisecond

// ErrNoTenant is returned for a listener without tenant or attributor.
var ErrNoTenant = errors.New("no tenant, and nobody to ask for it")

// NewLive returns a Live; Run makes it work.
func NewLive(o LiveOptions) (*Live, error) {
	o.setDefaults()
	if o.Attributor == nil && o.Source.Tenant == "" {
		return nil, fmt.Errorf("listener %s: %w", o.Source.Name, ErrNoTenant)
	}
	if o.Form == FormRTCP && o.Source.Tenant != "" {
		o.Attributor = nil // the listener's rule is the first, and there is no SIP to learn from
	}
	l := &Live{o: o, mark: o.Mark, number: o.Cut, ended: make(chan struct{}), soon: make(chan struct{}, 1), full: make(chan struct{}, 1)}
	l.released.Store(o.Mark)
	l.stats.agents = map[agentKey]AgentStats{}
	l.room.L = &l.mu
	for range o.Shards {
		worker, err := NewWorker(o.Stripes)
		if err != nil {
			return nil, fmt.Errorf("listener %s: %w", o.Source.Name, err)
		}
		s := &shard{
			live: l, worker: worker, in: make(chan task, queued), batch: o.Store.NewBatch(),
			agents: map[agentKey]*AgentStats{}, answers: map[answerKey]*answer{},
		}
		s.inbox.source = o.Source
		s.decoder.Policy.AuthKey = o.AuthKey
		s.own.attributed = attributed{tenant: o.Source.Tenant, media: o.Source.Media}
		l.shards = append(l.shards, s)
	}
	if o.Attributor != nil {
		o.Attributor.join(l)
	}
	return l, nil
}

// Seed gives back facts of streams that were alive when an earlier process
// ended; it may be called at any time while Run works.
func (l *Live) Seed(facts []Fact) {
	done := make(chan struct{})
	l.shards[0].in <- task{do: func(s *shard) {
		defer close(done)
		s.facts = l.o.Stripes.Seed(l.o.Source, facts, l.o.Now(), s.facts[:0])
		for i := range s.facts {
			s.batch.Append(&s.facts[i])
		}
	}}
	<-done
}

// Run works until ctx ends, then makes a last cut of all that was fed. Nobody
// may call Seed, Restore or Flush after ctx has ended. The error is that of a
// last cut that could not be committed within grace.
func (l *Live) Run(ctx context.Context, grace time.Duration) error {
	var wg sync.WaitGroup
	for _, s := range l.shards {
		wg.Go(s.work)
	}
	ticker := time.NewTicker(l.o.CommitInterval)
	defer ticker.Stop()
	gathered := time.NewTimer(time.Hour)
	defer gathered.Stop()
	expired := l.o.Now()
	soon := l.soon
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-soon:
			soon = nil
			gathered.Reset(gather)
		case <-gathered.C:
			soon = l.soon
			l.cut(ctx)
		case <-l.full:
			l.cut(ctx)
		case <-ticker.C:
			l.cut(ctx)
			if now := l.o.Now(); now.Sub(expired) >= l.o.StreamIdle/2 {
				expired = now
				l.expire(now)
			}
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	l.mu.Lock()
	l.closed = true
	l.room.Broadcast()
	l.mu.Unlock()
	err := l.cut(last)
	for _, s := range l.shards {
		close(s.in)
	}
	wg.Wait()
	close(l.ended)
	return err
}

// Flush makes a cut of all that was fed before it was called. Run must be
// working.
func (l *Live) Flush(ctx context.Context) error { return l.cut(ctx) }

// expire forgets what has been silent for long.
func (l *Live) expire(now time.Time) {
	l.o.Stripes.Expire(now, l.o.StreamIdle)
	for _, s := range l.shards {
		s.in <- task{do: func(s *shard) {
			s.worker.Expire(now, l.o.StreamIdle)
			clear(s.answers)
		}}
	}
}

// LiveStats is a snapshot of what has been committed.
type LiveStats struct {
	Counts
	// RefusedFacts were made and not taken by the store.
	RefusedFacts uint64
	// CommitWaiting says that the newest cut cannot be made durable right now.
	CommitWaiting bool
	// Agents that sent HEP, in order of their ids.
	Agents []AgentStats
}

// Stats returns the counters since the start.
func (l *Live) Stats() LiveStats {
	l.stats.Lock()
	defer l.stats.Unlock()
	return LiveStats{
		Counts: l.stats.counts, RefusedFacts: l.stats.lost, CommitWaiting: l.waiting.Load(), Agents: listAgents(l.stats.agents),
	}
}
