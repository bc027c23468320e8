package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// importCutRows is how many rows go into one cut of an import. The cuts of a
// capture are the same each time, and so are their batch ids.
const importCutRows = 100_000

// Import brings one capture into the journal: its reports, and the calls whose
// SIP is in it. It has been acknowledged when Import returns without error;
// [App.Drain] waits until it is stored.
//
// A capture may be one of a row of rotated files, imported in any order: the
// reports that the store has from just before it give its first reports their
// predecessors, and those from just after it are derived anew.
func (a *App) Import(ctx context.Context, source *pipeline.Source, reader *pcap.Reader) (pipeline.ImportStats, error) {
	stripes, err := pipeline.NewStripes(pipeline.StripesOptions{MaxStreams: a.cfg.Ingest.MaxStreams})
	if err != nil {
		return pipeline.ImportStats{}, err
	}
	importer, err := pipeline.NewImporter(source, stripes)
	if err != nil {
		return pipeline.ImportStats{}, err
	}
	im := &capture{app: a, ctx: ctx, source: source, stripes: stripes, rows: newRows()}
	if err := importer.SetTrunks(a.cfg.Table(), trunkMedia(a.cfg.Trunks)); err != nil {
		return pipeline.ImportStats{}, err
	}
	importer.OnVoIP(im.takeVoIP)
	importer.OnCalls(im.takeCalls)
	err = importer.Read(reader, time.Now, im.take)
	// What could be read is good, also of a damaged file.
	stats := importer.Stats()
	return stats, errors.Join(err, im.finish(stats.Last))
}

// capture is one import in progress.
type capture struct {
	app     *App
	ctx     context.Context
	source  *pipeline.Source
	stripes *pipeline.Stripes
	rows    *rows
	started bool
}

// take gathers facts and commits them in cuts.
func (c *capture) take(facts []pipeline.Fact) error {
	if !c.started {
		c.started = true
		if err := c.neighbours(facts[0].Time, true); err != nil {
			return err
		}
	}
	for i := range facts {
		c.rows.Append(&facts[i])
	}
	if c.rows.Len() < importCutRows {
		return nil
	}
	return c.commit()
}

// takeVoIP gathers what the ends say themselves.
func (c *capture) takeVoIP(facts []pipeline.VoIPFact) error {
	for i := range facts {
		c.rows.AppendVoIP(&facts[i])
	}
	return nil
}

// takeCalls gathers what SIP tells of calls.
func (c *capture) takeCalls(facts []pipeline.CallFact) error {
	for i := range facts {
		c.rows.AppendCall(&facts[i])
	}
	return nil
}

// finish takes in what comes after the capture and makes the last cut.
func (c *capture) finish(last time.Time) error {
	if c.started {
		if err := c.neighbours(last, false); err != nil {
			return err
		}
	}
	return c.commit()
}

// commit makes a cut durable.
func (c *capture) commit() error {
	if c.rows.Len() == 0 {
		return nil
	}
	err := c.app.commitWaiting(c.ctx, journal.Cut{Rows: c.rows.sets(), ContentIDs: true})
	if err == nil {
		c.rows = newRows()
	}
	return err
}

// neighbours reads the reports that the store has from just before (or after)
// a moment, and puts them where they belong.
func (c *capture) neighbours(moment time.Time, before bool) error {
	from, to, order := moment.Add(-time.Duration(c.app.cfg.Ingest.StreamIdle)), moment, "DESC"
	if !before {
		from, to, order = moment.Add(time.Microsecond), moment.Add(time.Duration(c.app.cfg.Ingest.StreamIdle)), "ASC"
	}
	var stored []pipeline.Fact
	err := clickhouse.Read(c.ctx, c.app.store, clickhouse.MediaReports, `
WHERE tenant_id = {tenant:String}
  AND time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
ORDER BY time `+order+`, report_id LIMIT {window:UInt32} BY stream_id`,
		clickhouse.Params{
			"tenant": clickhouse.Text(c.source.Tenant), "from": clickhouse.Int(from.UnixMicro()),
			"to": clickhouse.Int(to.UnixMicro()), "window": clickhouse.Int(mediaqos.Window),
		},
		func(row *schema.MediaReport) error {
			fact, err := pipeline.FactOf(row, c.source)
			stored = append(stored, fact)
			return err
		})
	if err != nil {
		return fmt.Errorf("neighbouring reports: %w", err)
	}
	if before {
		slices.Reverse(stored)
	}
	for _, f := range c.stripes.Seed(c.source, stored, time.Now(), nil) {
		c.rows.Append(&f)
	}
	return nil
}
