package sink

import (
	"context"
	"errors"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// send stores one batch, or finds that it is stored, and lets the journal
// forget it. An error that wraps journal.ErrCorrupt or clickhouse.ErrRefused
// means that the batch has become a dead letter.
func (s *Sink) send(ctx context.Context, e *journal.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, s.o.AttemptTimeout)
	defer cancel()
	b, err := s.o.Journal.OpenBatch(e.ID)
	if err != nil {
		return err
	}
	defer b.Close()
	sent, err := s.o.Journal.MarkSent(e.ID)
	if err != nil {
		return err
	}
	if b.ContentID || !e.Sent.IsZero() && s.o.Now().Sub(sent) > s.o.LookupAfter {
		known, err := s.o.Store.BatchRows(ctx, b.Table, b.Month, b.ID)
		if err != nil {
			return err
		}
		if known > 0 {
			s.known()
			return s.o.Journal.Done(e.ID)
		}
	}
	insert := clickhouse.Insert{Table: b.Table, Columns: b.Columns, Token: b.ID.String()}
	err = s.o.Store.Insert(ctx, insert, b.Body())
	if err == nil && !e.Sent.IsZero() {
		err = s.verify(ctx, b, insert)
	}
	if errors.Is(err, clickhouse.ErrRefused) {
		if failed := s.o.Journal.Bury(e.ID, err.Error()); failed != nil {
			return failed
		}
	}
	if err != nil {
		return err
	}
	return s.o.Journal.Done(e.ID)
}

// swallowedSuffix makes another token of a batch's, for the one case in which
// its own has been spent on nothing.
const swallowedSuffix = "/again"

// verify makes sure of a batch that had been sent before and was taken just
// now. A server that was killed between noting the token and putting the part
// in place takes a repetition for a duplicate: it answers well and stores
// nothing. The batch is then sent once more under another token; that its rows
// might all have been replaced meanwhile makes no difference.
func (s *Sink) verify(ctx context.Context, b *journal.Batch, insert clickhouse.Insert) error {
	rows, err := s.o.Store.BatchRows(ctx, b.Table, b.Month, b.ID)
	if err != nil || rows > 0 {
		return err
	}
	s.o.Logger.Warn("a batch was taken for a duplicate and is not there: sent again", "batch", b.ID.String(), "table", b.Table)
	insert.Token += swallowedSuffix
	return s.o.Store.Insert(ctx, insert, b.Body())
}

func (s *Sink) known() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Known++
}
