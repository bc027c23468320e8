package roller

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Notes are the buckets that facts have touched; a *journal.Journal keeps them.
type Notes interface {
	// Dirty lists the buckets, the oldest minute first.
	Dirty() []journal.DirtyBucket
	// Clean forgets listed ones that have not been touched again since.
	Clean([]journal.DirtyBucket) error
}

// Options configure a roller.
type Options struct {
	// Journal has the notes; no other roller may take them.
	Journal Notes
	Store   *clickhouse.Conn
	// Grace after the end of a minute before it is recomputed. 10 s.
	Grace time.Duration
	// Interval between looks at the notes. 5 s.
	Interval time.Duration
	// MaxBuckets recomputed by one statement. 500.
	MaxBuckets int
	// Timeout bounds one statement. 2 min.
	Timeout time.Duration
	// Now is the clock that tells which minutes have ended. time.Now.
	Now func() time.Time
	// Logger is told of failures. None.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	setDefault(&o.Grace, 10*time.Second)
	setDefault(&o.Interval, 5*time.Second)
	setDefault(&o.MaxBuckets, 500)
	setDefault(&o.Timeout, 2*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
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

// Roller keeps rollups equal to their facts.
type Roller struct {
	o Options

	// rolling lets one pass run at a time.
	rolling sync.Mutex
	// limit is how many buckets a statement takes: halved when one fails, so
	// that a backlog that is too much at once gets through in parts.
	limit int

	mu    sync.Mutex
	stats Stats
}

// New returns a roller; Run makes it work.
func New(o Options) *Roller {
	o.setDefaults()
	return &Roller{o: o, limit: o.MaxBuckets}
}

// Run recomputes what has ended, again and again until ctx ends, and then
// returns nil. It returns an error only when the notes can be kept no more.
func (r *Roller) Run(ctx context.Context) error {
	ticker := time.NewTicker(r.o.Interval)
	defer ticker.Stop()
	for {
		err := r.Roll(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, journal.ErrBroken) || errors.Is(err, journal.ErrClosed) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Roll makes one pass: it recomputes every touched minute that has ended. What
// fails stays noted; the error joins all failures.
func (r *Roller) Roll(ctx context.Context) error {
	r.rolling.Lock()
	defer r.rolling.Unlock()
	ended := r.ended()
	var errs []error
	for len(ended) > 0 && ctx.Err() == nil {
		chunk := ended[:chunkSize(ended, r.limit)]
		ended = ended[len(chunk):]
		if err := r.recompute(ctx, chunk); err != nil {
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.stats.LastError = ""
	case ctx.Err() == nil:
		r.stats.LastError = err.Error()
	}
	return err
}

// ended lists the touched buckets whose minute is over.
func (r *Roller) ended() []journal.DirtyBucket {
	dirty := r.o.Journal.Dirty()
	// The last minute that is over: the one before that of now less the grace.
	over := schema.MinuteOf(r.o.Now().Add(-r.o.Grace)) - 1
	ended := dirty[:0]
	for _, b := range dirty {
		if b.Minute <= over && b.Table == schema.TableMediaReports {
			ended = append(ended, b)
		}
	}
	return ended
}

// maxSpanMinutes bounds the range of time that one statement reads.
const maxSpanMinutes = 60

// chunkSize is how many of the first buckets, which are in order of time, one
// statement takes: those of one partition, not too far apart, up to a limit.
func chunkSize(buckets []journal.DirtyBucket, limit int) int {
	n := 1
	first := buckets[0]
	for n < len(buckets) && n < limit {
		if b := buckets[n]; b.Minute-first.Minute >= maxSpanMinutes || schema.MonthOf(b.Time()) != schema.MonthOf(first.Time()) {
			break
		}
		n++
	}
	return n
}

// recompute brings the rollups of a chunk of buckets up to date and forgets
// their notes.
func (r *Roller) recompute(ctx context.Context, chunk []journal.DirtyBucket) error {
	started := r.o.Now()
	err := r.write(ctx, chunk)
	if err == nil {
		err = r.o.Journal.Clean(chunk)
	}
	if err != nil {
		r.limit = max(1, r.limit/2)
		if ctx.Err() == nil {
			r.o.Logger.Warn("rollup not recomputed", "buckets", len(chunk), "first", chunk[0].Time(), "error", err)
		}
		return err
	}
	r.limit = min(r.o.MaxBuckets, 2*r.limit)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Buckets += uint64(len(chunk))
	r.stats.Statements++
	r.stats.Last, r.stats.LastTook = started, r.o.Now().Sub(started)
	return nil
}

// Stats is a snapshot of a roller.
type Stats struct {
	// Buckets recomputed since the start, by so many Statements for each
	// rollup.
	Buckets    uint64
	Statements uint64
	// Last is when a chunk of buckets was recomputed last, LastTook how long
	// that took; zero if none was.
	Last     time.Time
	LastTook time.Duration
	// LastError is what failed in the last pass, "" after one without failures.
	LastError string
}

// Stats returns a snapshot.
func (r *Roller) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}
