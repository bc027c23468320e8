package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/udp"
)

// ErrRefused is wrapped by a [Store]'s error when it will not take a cut now
// and trying again soon is of no use (the journal's volume is at its limit):
// the cut is given up and counted.
var ErrRefused = errors.New("refused by the store")

// Batch gathers facts until a cut takes it. It belongs to one shard.
type Batch interface {
	// Append adds a fact; it keeps no reference to it.
	Append(f *Fact)
	// Len is how many facts there are.
	Len() int
}

// Cut is everything that a listener's datagrams up to Mark have made since the
// cut before.
type Cut struct {
	Source *Source
	// Mark is the listener's sequence number of the last datagram in it.
	Mark    uint64
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
	// Shards is how many goroutines decode. 1.
	Shards int
	// CommitInterval between cuts. 500 ms.
	CommitInterval time.Duration
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
	mu   sync.Mutex
	mark uint64

	// cutting lets one cut at a time be collected and committed, so that marks
	// reach the ledger in order.
	cutting sync.Mutex
	// held is a collected cut whose commit was given up when its context ended;
	// the next cut commits it first.
	held *Cut

	stats struct {
		sync.Mutex
		counts Counts
		lost   uint64
	}
	waiting atomic.Bool
}

// shard is one goroutine with its worker and what it has made since the last cut.
type shard struct {
	worker *Worker
	in     chan task
	facts  []Fact
	batch  Batch
}

// task is work for a shard: datagrams, or something to do between them.
type task struct {
	datagrams []Datagram
	do        func(*shard)
}

// queued is how many batches of datagrams may wait for a shard; beyond it the
// listener stops reading, its ring fills, and the kernel counts what it drops.
const queued = 64

// NewLive returns a Live; Run makes it work.
func NewLive(o LiveOptions) (*Live, error) {
	o.setDefaults()
	l := &Live{o: o}
	for range o.Shards {
		worker, err := NewWorker(o.Stripes)
		if err != nil {
			return nil, fmt.Errorf("listener %s: %w", o.Source.Name, err)
		}
		l.shards = append(l.shards, &shard{worker: worker, in: make(chan task, queued), batch: o.Store.NewBatch()})
	}
	return l, nil
}

// Feed hands over datagrams whose last one has the sequence number mark. The
// slice and the payloads must stay as they are until Release(mark). It blocks
// while the shards are behind.
func (l *Live) Feed(datagrams []Datagram, mark uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mark = mark
	if len(l.shards) == 1 {
		l.shards[0].in <- task{datagrams: datagrams}
		return
	}
	parts := make([][]Datagram, len(l.shards))
	for i := range datagrams {
		n := udp.Shard(datagrams[i].Src, datagrams[i].Dst, len(parts))
		parts[n] = append(parts[n], datagrams[i])
	}
	for n, part := range parts {
		if len(part) > 0 {
			l.shards[n].in <- task{datagrams: part}
		}
	}
}

// Seed gives back facts of streams that were alive when an earlier process
// ended; it may be called at any time while Run works.
func (l *Live) Seed(facts []Fact) {
	done := make(chan struct{})
	l.shards[0].in <- task{do: func(s *shard) {
		defer close(done)
		s.take(l.o.Stripes.Seed(l.o.Source, facts, l.o.Now(), s.facts[:0]))
	}}
	<-done
}

// Run works until ctx ends, then makes a last cut of all that was fed. Nobody
// may call Feed or Seed after ctx has ended. The error is that of a last cut
// that could not be committed within grace.
func (l *Live) Run(ctx context.Context, grace time.Duration) error {
	var wg sync.WaitGroup
	for _, s := range l.shards {
		wg.Go(func() { l.work(s) })
	}
	ticker := time.NewTicker(l.o.CommitInterval)
	defer ticker.Stop()
	expired := l.o.Now()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
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
	err := l.cut(last)
	for _, s := range l.shards {
		close(s.in)
	}
	wg.Wait()
	return err
}

// Flush makes a cut of all that was fed before it was called. Run must be
// working.
func (l *Live) Flush(ctx context.Context) error { return l.cut(ctx) }

// work is a shard's goroutine.
func (l *Live) work(s *shard) {
	for t := range s.in {
		if t.do != nil {
			t.do(s)
			continue
		}
		now := l.o.Now()
		for i := range t.datagrams {
			s.facts = s.worker.Process(l.o.Source, &t.datagrams[i], now, s.facts[:0])
			s.take(s.facts)
		}
	}
}

// take puts facts into the shard's batch.
func (s *shard) take(facts []Fact) {
	s.facts = facts
	for i := range facts {
		s.batch.Append(&facts[i])
	}
}

// cut collects from every shard what the datagrams up to one mark have made,
// and commits it. It returns an error only if ctx ended before that.
func (l *Live) cut(ctx context.Context) error {
	l.cutting.Lock()
	defer l.cutting.Unlock()
	if l.held != nil {
		if err := l.commit(ctx, *l.held); err != nil {
			return err
		}
		l.held = nil
	}
	cut := Cut{Source: l.o.Source}
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Add(len(l.shards))
	l.mu.Lock()
	cut.Mark = l.mark
	for _, s := range l.shards {
		s.in <- task{do: func(s *shard) {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			counts := s.worker.TakeCounts()
			cut.Counts.Add(&counts)
			if s.batch.Len() > 0 {
				cut.Batches = append(cut.Batches, s.batch)
				s.batch = l.o.Store.NewBatch()
			}
		}}
	}
	l.mu.Unlock()
	wg.Wait()
	if cut.Counts == (Counts{}) && len(cut.Batches) == 0 {
		return nil
	}
	err := l.commit(ctx, cut)
	if err != nil {
		l.held = &cut
	}
	return err
}

// commit tries until the cut is durable, is refused for good, or ctx ends.
func (l *Live) commit(ctx context.Context, cut Cut) error {
	wait := 100 * time.Millisecond
	for {
		err := l.o.Store.Commit(ctx, cut)
		if err == nil || errors.Is(err, ErrRefused) {
			l.waiting.Store(false)
			l.committed(cut, err)
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("listener %s: cut: %w", l.o.Source.Name, err)
		}
		l.waiting.Store(true)
		l.o.Logger.Error("commit", "listener", l.o.Source.Name, "error", err, "retry_in", wait)
		select {
		case <-ctx.Done():
			return fmt.Errorf("listener %s: cut: %w", l.o.Source.Name, err)
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		}
	}
}

// committed counts a finished cut and lets the ring go on.
func (l *Live) committed(cut Cut, refused error) {
	l.stats.Lock()
	l.stats.counts.Add(&cut.Counts)
	if refused != nil {
		for _, b := range cut.Batches {
			l.stats.lost += uint64(b.Len())
		}
	}
	l.stats.Unlock()
	if refused != nil {
		l.o.Logger.Warn("facts refused", "listener", l.o.Source.Name, "error", refused)
	}
	l.o.Release(cut.Mark)
}

// expire forgets what has been silent for long.
func (l *Live) expire(now time.Time) {
	l.o.Stripes.Expire(now, l.o.StreamIdle)
	for _, s := range l.shards {
		s.in <- task{do: func(s *shard) { s.worker.Expire(now, l.o.StreamIdle) }}
	}
}

// LiveStats is a snapshot of what has been committed.
type LiveStats struct {
	Counts
	// RefusedFacts were made and not taken by the store.
	RefusedFacts uint64
	// CommitWaiting says that the newest cut cannot be made durable right now.
	CommitWaiting bool
}

// Stats returns the counters since the start.
func (l *Live) Stats() LiveStats {
	l.stats.Lock()
	defer l.stats.Unlock()
	return LiveStats{Counts: l.stats.counts, RefusedFacts: l.stats.lost, CommitWaiting: l.waiting.Load()}
}
