package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// committer is the pipeline's store: it makes cuts durable in the journal.
type committer struct {
	journal *journal.Journal
}

// rows gathers facts as rows of media_reports.
type rows struct {
	set *journal.Rows[schema.MediaReport]
	row schema.MediaReport
}

// NewBatch implements pipeline.Store.
func (c committer) NewBatch() pipeline.Batch { return newRows() }

func newRows() *rows { return &rows{set: journal.NewRows(clickhouse.MediaReports)} }

// Append implements pipeline.Batch.
func (r *rows) Append(f *pipeline.Fact) {
	f.Row(&r.row)
	r.set.Append(&r.row)
}

// Len implements pipeline.Batch.
func (r *rows) Len() int { return r.set.Len() }

// Commit implements pipeline.Store.
func (c committer) Commit(ctx context.Context, cut pipeline.Cut) error {
	j := journal.Cut{Ledger: []journal.LedgerEntry{{
		Listener: cut.Source.Name, Mark: cut.Mark,
		Datagrams: cut.Counts.Datagrams, Reports: cut.Counts.Reports,
		Rows: cut.Counts.Facts(), Duplicates: cut.Counts.Duplicates, Refused: cut.Counts.RefusedByReason(),
	}}}
	for _, b := range cut.Batches {
		j.Rows = append(j.Rows, b.(*rows).set)
	}
	_, err := c.journal.Commit(ctx, j)
	if errors.Is(err, journal.ErrFull) {
		return fmt.Errorf("%w: %w", pipeline.ErrRefused, err)
	}
	return err
}
