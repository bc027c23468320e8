package app

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/roller"
	"github.com/trunkline-cc/trunkline/ingest/sink"
)

// drainPoll is how often the journal is looked at while something waits for it.
const drainPoll = 50 * time.Millisecond

// Drain waits until all that was taken in so far is stored and every rollup of
// a closed minute is recomputed. ctx bounds the wait.
func (a *App) Drain(ctx context.Context) error {
	for _, l := range a.listeners {
		if err := l.live.Flush(ctx); err != nil {
			return fmt.Errorf("drain: %w", err)
		}
	}
	if err := a.drainBefore(ctx, time.Now()); err != nil {
		return err
	}
	if err := a.roller.Roll(ctx); err != nil {
		return fmt.Errorf("rollups: %w", err)
	}
	return nil
}

// drainBefore waits until every batch that was committed before a moment is
// stored.
func (a *App) drainBefore(ctx context.Context, moment time.Time) error {
	ticker := time.NewTicker(drainPoll)
	defer ticker.Stop()
	for {
		stats := a.journal.Stats()
		if stats.Files == 0 || stats.Oldest.After(moment) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("journal: %d batches wait for the store: %w", stats.Files, ctx.Err())
		case <-ticker.C:
		}
	}
}

// shards is how many goroutines decode for one listener: one leaves a core for
// the rest on small machines.
func shards() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// startSink sets the way from the journal to the store to work.
func (a *App) startSink(context.Context) error {
	a.sink = sink.New(sink.Options{Journal: a.journal, Store: a.store, Logger: a.log})
	a.goRun("sink", a.sink.Run)
	return nil
}

// startRoller sets the recomputation of rollups to work.
func (a *App) startRoller(context.Context) error {
	a.roller = roller.New(roller.Options{
		Journal: a.journal, Store: a.store, Grace: time.Duration(a.cfg.Rollups.Grace),
		Interval: time.Duration(a.cfg.Rollups.Interval), Logger: a.log,
	})
	a.goRun("rollups", a.roller.Run)
	return nil
}
