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

// rows gathers facts as rows of their tables.
type rows struct {
	media       *journal.Rows[schema.MediaReport]
	calls       *journal.Rows[schema.SIPCall]
	voip        *journal.Rows[schema.VoIPReport]
	quarantined *journal.Rows[schema.Quarantined]
	// One row of each, filled again and again.
	report     schema.MediaReport
	call       schema.SIPCall
	voipReport schema.VoIPReport
	held       schema.Quarantined
}

// NewBatch implements pipeline.Store.
func (c committer) NewBatch() pipeline.Batch { return newRows() }

func newRows() *rows {
	return &rows{
		media: journal.NewRows(clickhouse.MediaReports), calls: journal.NewRows(clickhouse.SIPCalls),
		voip: journal.NewRows(clickhouse.VoIPReports), quarantined: journal.NewRows(clickhouse.Quarantine),
	}
}

// Append implements pipeline.Batch.
func (r *rows) Append(f *pipeline.Fact) {
	f.Row(&r.report)
	r.media.Append(&r.report)
}

// AppendCall implements pipeline.Batch.
func (r *rows) AppendCall(f *pipeline.CallFact) {
	f.Row(&r.call)
	r.calls.Append(&r.call)
}

// AppendVoIP implements pipeline.Batch.
func (r *rows) AppendVoIP(f *pipeline.VoIPFact) {
	f.Row(&r.voipReport)
	r.voip.Append(&r.voipReport)
}

// AppendQuarantined implements pipeline.Batch.
func (r *rows) AppendQuarantined(f *pipeline.QuarantineFact) {
	f.Row(&r.held)
	r.quarantined.Append(&r.held)
}

// Len implements pipeline.Batch.
func (r *rows) Len() int { return r.media.Len() + r.calls.Len() + r.voip.Len() + r.quarantined.Len() }

// sets are the rows by table, as a cut takes them.
func (r *rows) sets() []journal.RowSet {
	return []journal.RowSet{r.media, r.calls, r.voip, r.quarantined}
}

// Commit implements pipeline.Store.
func (c committer) Commit(ctx context.Context, cut pipeline.Cut) error {
	j := journal.Cut{Ledger: []journal.LedgerEntry{{
		Listener: cut.Source.Name, Mark: cut.Mark, Cut: cut.Number,
		Datagrams: cut.Counts.Datagrams, Reports: cut.Counts.Reports,
		Rows: cut.Counts.Facts(), Duplicates: cut.Counts.Duplicates, Quarantined: cut.Counts.Quarantined,
		Held: cut.Counts.Held, Released: cut.Counts.Released, Refused: cut.Counts.RefusedByReason(),
	}}}
	for _, b := range cut.Batches {
		j.Rows = append(j.Rows, b.(*rows).sets()...)
	}
	_, err := c.journal.Commit(ctx, j)
	if errors.Is(err, journal.ErrFull) {
		return fmt.Errorf("%w: %w", pipeline.ErrRefused, err)
	}
	return err
}
