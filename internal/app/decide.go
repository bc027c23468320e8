package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
)

// decidePage is how many reports are decided on in one cut.
const decidePage = 2000

// DropQuarantined says of the open reports that a filter means that they are
// nobody's: their payloads go, the rows stay until they expire. It returns how
// many there were. The filter's state is not looked at. [App.Drain] waits until
// it is stored; called again it goes on where it was.
func (a *App) DropQuarantined(ctx context.Context, f QuarantineFilter) (dropped int, err error) {
	err = a.decide(ctx, f, func(page []schema.Quarantined) error {
		batch := newRows()
		for i := range page {
			row := &page[i]
			row.State, row.Payload = schema.QuarantineDropped, nil
			batch.quarantined.Append(row)
		}
		dropped += len(page)
		return a.commitWaiting(ctx, journal.Cut{Rows: batch.sets()})
	})
	return dropped, err
}

// decide calls do with pages of open reports, oldest first, whose next version
// and moment of decision are filled in. What an earlier run has decided is
// stored before the first page is read.
func (a *App) decide(ctx context.Context, f QuarantineFilter, do func(page []schema.Quarantined) error) error {
	if err := a.Drain(ctx); err != nil {
		return err
	}
	f.State = schema.QuarantineOpen
	for {
		var page []schema.Quarantined
		now := time.Now().UTC().Truncate(time.Microsecond)
		err := ReadQuarantine(ctx, a.store, f, decidePage, func(r *schema.Quarantined) error {
			row := *r
			row.Hosts, row.Answers, row.Payload = slices.Clone(r.Hosts), slices.Clone(r.Answers), slices.Clone(r.Payload)
			row.DecidedAt = schema.Some(now)
			row.Version = max(r.Version+1, uint64(now.UnixMicro()))
			page = append(page, row)
			return nil
		})
		if err != nil || len(page) == 0 {
			return err
		}
		last := page[len(page)-1]
		f.after = &last
		if err := do(page); err != nil {
			return err
		}
	}
}

// commitWaiting makes a cut durable. It waits while the journal is full: nobody
// is harmed by a command that takes longer.
func (a *App) commitWaiting(ctx context.Context, cut journal.Cut) error {
	for {
		_, err := a.journal.Commit(ctx, cut)
		if err == nil {
			return nil
		}
		if !errors.Is(err, journal.ErrFull) {
			return fmt.Errorf("journal: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("journal: %w: %w", err, ctx.Err())
		case <-time.After(time.Second):
		}
	}
}
