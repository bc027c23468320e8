package sink

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Store takes batches; a *clickhouse.Conn is one. Its errors wrap
// clickhouse.ErrUpstream, ErrRefused or ErrSetup.
type Store interface {
	// Insert returns nil when the rows are stored, or were before under the
	// same token.
	Insert(ctx context.Context, insert clickhouse.Insert, body io.Reader) error
	// BatchRows counts stored rows of a batch.
	BatchRows(ctx context.Context, table string, month schema.Month, batch schema.BatchID) (uint64, error)
}

// Options configure a sink.
type Options struct {
	// Journal is drained; no other sink may drain it.
	Journal *journal.Journal
	Store   Store
	// Workers is how many INSERTs are under way at once. 2.
	Workers int
	// LookupAfter is how long after it was first sent a batch is looked up
	// before it is sent again. 1 min: the window of 10,000 INSERTs of one
	// table is twice that as long as fewer than 80 a second reach it.
	LookupAfter time.Duration
	// AttemptTimeout bounds one INSERT. 2 min.
	AttemptTimeout time.Duration
	// MinBackoff is waited after a first failure; it doubles up to MaxBackoff
	// and is spread by up to half. 200 ms; 30 s.
	MinBackoff time.Duration
	MaxBackoff time.Duration
	// RescanInterval between looks for what others put into the journal. 10 s.
	RescanInterval time.Duration
	// Now is the clock that LookupAfter is measured with. time.Now.
	Now func() time.Time
	// Rand spreads waiting times: 0..1. math/rand/v2.
	Rand func() float64
	// Logger is told of failures. None.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	setDefault(&o.Workers, 2)
	setDefault(&o.LookupAfter, time.Minute)
	setDefault(&o.AttemptTimeout, 2*time.Minute)
	setDefault(&o.MinBackoff, 200*time.Millisecond)
	setDefault(&o.MaxBackoff, 30*time.Second)
	setDefault(&o.RescanInterval, 10*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Sink drains a journal.
type Sink struct {
	o Options
	// wake has room for a signal to every worker.
	wake chan struct{}

	mu       sync.Mutex
	schedule schedule
	stats    Stats
}

// New returns a sink; Run makes it work.
func New(o Options) *Sink {
	o.setDefaults()
	return &Sink{o: o, wake: make(chan struct{}, o.Workers), schedule: newSchedule(o)}
}

// Run drains the journal until ctx ends, and then returns nil: what was under
// way stays in the journal. It returns an error only when the journal itself
// can do no more.
func (s *Sink) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for range s.o.Workers {
		wg.Go(func() {
			if err := s.work(ctx); err != nil {
				cancel(err)
			}
		})
	}
	err := s.watch(ctx)
	cancel(err)
	wg.Wait()
	return ended(ctx)
}

// ended is what a context was cancelled for, nil for its ordinary end.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// watch wakes the workers when there is something new.
func (s *Sink) watch(ctx context.Context) error {
	ticker := time.NewTicker(s.o.RescanInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.o.Journal.Ready():
		case <-ticker.C:
			if err := s.o.Journal.Rescan(); fatal(err) {
				return err
			} else if err != nil {
				s.o.Logger.Error("journal rescan", "error", err)
			}
		}
		s.wakeAll()
	}
}

func (s *Sink) wakeAll() {
	for range s.o.Workers {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// fatal errors are those of a journal that can do no more.
func fatal(err error) bool {
	return errors.Is(err, journal.ErrBroken) || errors.Is(err, journal.ErrClosed)
}

// work takes one batch after the other.
func (s *Sink) work(ctx context.Context) error {
	for ctx.Err() == nil {
		entry, wait := s.take()
		if entry == nil {
			if !s.pause(ctx, wait) {
				return nil
			}
			continue
		}
		err := s.send(ctx, entry)
		if fatal(err) {
			return err
		}
		s.finished(ctx, entry, err)
	}
	return nil
}

// pause waits for a wake-up or until a batch is due; false when ctx ended.
func (s *Sink) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-s.wake:
	case <-timer.C:
	}
	return true
}

// take picks the oldest batch that is due and nobody's; without one it says
// how long to wait.
func (s *Sink) take() (*journal.Entry, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if wait := s.schedule.paused(now); wait > 0 {
		return nil, wait
	}
	due := s.o.Journal.Pending(1, func(e *journal.Entry) bool { return !s.schedule.due(e.ID, now) })
	if len(due) == 0 {
		return nil, s.schedule.wait(now, s.o.RescanInterval)
	}
	s.schedule.begin(due[0].ID)
	return &due[0], 0
}

// finished counts an attempt and decides when there is another.
func (s *Sink) finished(ctx context.Context, e *journal.Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case err == nil:
		s.schedule.succeeded(e.ID)
		s.stats.Batches++
		s.stats.Rows += uint64(e.Rows)
		s.stats.LastStored, s.stats.LastError = now, ""
		return
	case ctx.Err() != nil:
		s.schedule.forget(e.ID)
		return
	case errors.Is(err, journal.ErrUnknown), errors.Is(err, journal.ErrCorrupt), errors.Is(err, clickhouse.ErrRefused):
		// It is gone from the journal, or a dead letter by now.
		s.schedule.forget(e.ID)
		s.stats.Buried++
		return
	}
	wait := s.schedule.failed(e.ID, now)
	s.stats.Retries++
	s.stats.LastError = err.Error()
	s.o.Logger.Warn("batch not stored", "batch", e.ID.String(), "table", e.Table, "rows", e.Rows, "error", err, "again_in", wait)
}

// Stats is a snapshot of a sink.
type Stats struct {
	// Batches and Rows stored since the start; of the batches, Known were in
	// the store before they were sent from here.
	Batches, Rows, Known uint64
	// Retries are attempts that failed and are made again.
	Retries uint64
	// Buried batches became dead letters.
	Buried uint64
	// InFlight INSERTs are under way.
	InFlight int
	// LastStored is when a batch was stored last; zero if none was.
	LastStored time.Time
	// LastError is why the last attempt failed, "" after one that succeeded.
	LastError string
}

// Stats returns a snapshot.
func (s *Sink) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.InFlight = s.schedule.inFlight()
	return stats
}
