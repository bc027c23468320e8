package app

import (
	"context"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// readBack gives the tracker the last reports of the streams that were alive
// when an earlier process ended, as soon as the store has them all: until then
// the journal may hold newer ones.
func (a *App) readBack(ctx context.Context, l *listener) error {
	until := time.Now()
	for {
		err := a.tryReadBack(ctx, l, until)
		if err == nil {
			<-ctx.Done() // nothing more to do, and no reason to count as ended
			return nil
		}
		a.log.Warn("reports of an earlier run cannot be read back yet", "listener", l.cfg.Name, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}

func (a *App) tryReadBack(ctx context.Context, l *listener, until time.Time) error {
	if err := a.drainBefore(ctx, until); err != nil {
		return err
	}
	var facts []pipeline.Fact
	read := 0
	since := until.Add(-time.Duration(a.cfg.Ingest.StreamIdle))
	err := a.store.RecentReports(ctx, l.cfg.Name, since, historyReports, func(row *schema.MediaReport) error {
		if !row.Time.Before(until) {
			return nil // this process's own
		}
		fact, err := pipeline.FactOf(row, l.source)
		if err != nil {
			return err
		}
		if facts = append(facts, fact); len(facts) == historyChunk {
			l.live.Seed(facts)
			read, facts = read+len(facts), facts[:0]
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.live.Seed(facts)
	if read += len(facts); read > 0 {
		a.log.Info("read back", "listener", l.cfg.Name, "reports", read)
	}
	// What waits for its SIP comes after the streams that it may belong to.
	l.live.Restore()
	l.history.Store(true)
	return nil
}

const (
	// historyReports of each stream are read back: more than a stream
	// remembers, so that several short runs one after the other, none of which
	// came to read back what the one before it had, are joined again.
	historyReports = 10 * mediaqos.Window
	// historyChunk bounds the memory that reading back takes.
	historyChunk = 4096
)
