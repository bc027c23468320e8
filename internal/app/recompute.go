package app

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// RecomputeWindow is how much capture time is derived at once.
const RecomputeWindow = 10 * time.Minute

// RecomputeOptions say what to derive anew.
type RecomputeOptions struct {
	// From and To bound the capture times of reports, To excluded.
	From, To time.Time
	// Tenant whose reports; empty means everybody's.
	Tenant schema.TenantID
	// DryRun counts and writes nothing.
	DryRun bool
	// Progress is told how far the work has come; may be nil.
	Progress func(done time.Time)
}

// RecomputeStats counts what was looked at.
type RecomputeStats struct {
	// Reports looked at, and Changed those of them whose figures are others now.
	Reports, Changed int
}

// Recompute applies the formulas of this release to stored reports and writes
// those whose figures come out different, with a higher version; rollups
// follow. The stretch may begin in the middle of streams: reports from up to
// ingest.stream_idle before it give the first ones their predecessors. It can
// be repeated, and broken off at any time.
func (a *App) Recompute(ctx context.Context, o RecomputeOptions) (RecomputeStats, error) {
	var stats RecomputeStats
	for from := o.From; from.Before(o.To); from = from.Add(RecomputeWindow) {
		to := from.Add(RecomputeWindow)
		if to.After(o.To) {
			to = o.To
		}
		w := &recompute{app: a, o: &o, from: from, to: to, stats: &stats, changed: journal.NewRows(clickhouse.MediaReports)}
		if err := w.run(ctx); err != nil {
			return stats, fmt.Errorf("recompute from %s: %w", from.UTC().Format(time.RFC3339), err)
		}
		if o.Progress != nil {
			o.Progress(to)
		}
	}
	return stats, nil
}

// recompute is one window at work.
type recompute struct {
	app      *App
	o        *RecomputeOptions
	from, to time.Time
	stats    *RecomputeStats
	// stream is the rows of the stream that is being read.
	stream  []schema.MediaReport
	changed *journal.Rows[schema.MediaReport]
}

// run reads a window stream by stream.
func (w *recompute) run(ctx context.Context) error {
	where, params := `
WHERE time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')`,
		clickhouse.Params{
			"from": clickhouse.Int(w.from.Add(-time.Duration(w.app.cfg.Ingest.StreamIdle)).UnixMicro()),
			"to":   clickhouse.Int(w.to.UnixMicro()),
		}
	if w.o.Tenant != "" {
		where += " AND tenant_id = {tenant:String}"
		params["tenant"] = clickhouse.Text(w.o.Tenant)
	}
	err := clickhouse.Read(ctx, w.app.store, clickhouse.MediaReports, where+" ORDER BY tenant_id, stream_id, time", params,
		func(row *schema.MediaReport) error {
			if n := len(w.stream); n > 0 && (w.stream[n-1].Tenant != row.Tenant || w.stream[n-1].StreamID != row.StreamID) {
				if err := w.finishStream(ctx); err != nil {
					return err
				}
			}
			kept := *row
			kept.Taps = append([]string(nil), row.Taps...)
			w.stream = append(w.stream, kept)
			return nil
		})
	if err != nil {
		return err
	}
	if err := w.finishStream(ctx); err != nil {
		return err
	}
	return w.commit(ctx)
}

// finishStream derives the rows that were read.
func (w *recompute) finishStream(ctx context.Context) error {
	before := func(row *schema.MediaReport) bool { return row.Time.Before(w.from) }
	changed, err := pipeline.Rederive(w.stream, before)
	if err != nil {
		return err
	}
	for i := range w.stream {
		if !before(&w.stream[i]) {
			w.stats.Reports++
		}
	}
	w.stats.Changed += len(changed)
	if !w.o.DryRun {
		now := uint64(time.Now().UnixMicro())
		for _, i := range changed {
			row := &w.stream[i]
			row.Version = max(now, row.Version+1)
			w.changed.Append(row)
		}
	}
	w.stream = w.stream[:0]
	if w.changed.Len() < importCutRows {
		return nil
	}
	return w.commit(ctx)
}

// commit makes the changed rows durable.
func (w *recompute) commit(ctx context.Context) error {
	if w.changed.Len() == 0 {
		return nil
	}
	return w.app.commitWaiting(ctx, journal.Cut{Rows: []journal.RowSet{w.changed}})
}
