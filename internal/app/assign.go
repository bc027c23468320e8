package app

import (
	"context"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Assignment says whose reports in quarantine are.
type Assignment struct {
	Tenant schema.TenantID
	// Trunk may be empty.
	Trunk schema.TrunkID
	// DryRun makes facts and stores nothing.
	DryRun bool
}

// AssignStats is what became of reports that were assigned.
type AssignStats struct {
	// Reports taken out of quarantine; of what was in them, Facts are new,
	// Duplicates the tenant had already, Calls became facts of calls.
	Reports    int    `json:"reports"`
	Facts      uint64 `json:"facts"`
	Duplicates uint64 `json:"duplicates"`
	Calls      uint64 `json:"calls"`
	// Failed stay in quarantine; FirstError says why the first of them did.
	Failed     int   `json:"failed"`
	FirstError error `json:"-"`
}

// AssignQuarantined makes facts, with rule "assigned", of the open reports that
// a filter means, and marks them in the same cut of the journal. Called again
// it goes on where it was, and what is done twice changes nothing. The filter's
// state is not looked at. [App.Drain] waits until the last of it is stored.
func (a *App) AssignQuarantined(ctx context.Context, f QuarantineFilter, to Assignment) (stats AssignStats, err error) {
	media := mediaqos.Media{}
	if m, ok := trunkMedia(a.cfg.Trunks)[to.Trunk]; ok {
		media = m
	}
	err = a.decide(ctx, f, func(page []schema.Quarantined) error {
		// Each page finds what the pages before have made in the store.
		if err := a.drainBefore(ctx, time.Now()); err != nil {
			return err
		}
		p := &assignment{app: a, to: to, media: media, rows: newRows(), origins: map[schema.ReportID]*pipeline.Origin{}}
		if err := p.replay(ctx, page); err != nil {
			return err
		}
		p.stats.addTo(&stats)
		if to.DryRun {
			return nil
		}
		return a.commitWaiting(ctx, journal.Cut{Rows: p.rows.sets()})
	})
	return stats, err
}

// addTo sums what one page has made.
func (s *AssignStats) addTo(all *AssignStats) {
	all.Reports += s.Reports
	all.Facts += s.Facts
	all.Duplicates += s.Duplicates
	all.Calls += s.Calls
	all.Failed += s.Failed
	if all.FirstError == nil {
		all.FirstError = s.FirstError
	}
}

// assignment is one page in progress. It is the batch that the pipeline writes
// to, and notes which streams it has touched.
type assignment struct {
	app   *App
	to    Assignment
	media mediaqos.Media
	*rows
	stats AssignStats

	reporters, sources []int64
	from, until        time.Time
	// origins are those of each fact by itself: facts of one stream share one
	// when they are derived together, and here a person found some and a rule
	// the others.
	origins map[schema.ReportID]*pipeline.Origin
}

// Append implements pipeline.Batch.
func (p *assignment) Append(f *pipeline.Fact) {
	p.reporters = append(p.reporters, int64(f.Wire.ReporterSSRC))
	p.sources = append(p.sources, int64(f.Wire.SourceSSRC))
	if p.from.IsZero() || f.Time.Before(p.from) {
		p.from = f.Time
	}
	if f.Time.After(p.until) {
		p.until = f.Time
	}
	p.origins[f.ReportID] = f.Origin
	p.rows.Append(f)
}

// replay makes facts of a page, and joins them with what the store has of their
// streams: a report that lay in quarantine may be the predecessor of one that
// did not.
func (p *assignment) replay(ctx context.Context, page []schema.Quarantined) error {
	stripes, err := pipeline.NewStripes(pipeline.StripesOptions{MaxStreams: max(p.app.cfg.Ingest.MaxStreams, 64*len(page))})
	if err != nil {
		return err
	}
	replayer, err := pipeline.NewReplayer(stripes, p.media, p.app.cfg.Ingest.RetentionDays)
	if err != nil {
		return err
	}
	counts, errs := replayer.Replay(page, p.to.Tenant, p.to.Trunk, time.Now(), p)
	p.stats.Facts, p.stats.Duplicates, p.stats.Calls = counts.Facts(), counts.Duplicates, counts.Calls
	for i, err := range errs {
		if err != nil {
			p.stats.Failed++
			if p.stats.FirstError == nil {
				p.stats.FirstError = err
			}
			continue
		}
		p.stats.Reports++
		row := &page[i]
		row.State, row.AssignedTenant, row.AssignedTrunk = schema.QuarantineAssigned, p.to.Tenant, p.to.Trunk
		p.quarantined.Append(row)
	}
	return p.join(ctx, stripes)
}

// joinChunk is how many streams are asked for at once.
const joinChunk = 500

// join reads the stored reports of the streams that were touched, from shortly
// before the first to shortly after the last, and adds what they change.
func (p *assignment) join(ctx context.Context, stripes *pipeline.Stripes) error {
	idle := time.Duration(p.app.cfg.Ingest.StreamIdle)
	source := &pipeline.Source{Kind: pipeline.KindHEP, Tenant: p.to.Tenant, Trunk: p.to.Trunk, Media: p.media, RetentionDays: p.app.cfg.Ingest.RetentionDays}
	for at := 0; at < len(p.reporters); at += joinChunk {
		end := min(at+joinChunk, len(p.reporters))
		var stored []pipeline.Fact
		err := clickhouse.Read(ctx, p.app.store, clickhouse.MediaReports, `
WHERE tenant_id = {tenant:String}
  AND time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND time <= fromUnixTimestamp64Micro({until:Int64}, 'UTC')
  AND (reporter_ssrc, source_ssrc) IN (SELECT arrayJoin(arrayZip({reporters:Array(UInt32)}, {sources:Array(UInt32)})))
ORDER BY time, extended_seq, report_id`,
			clickhouse.Params{
				"tenant": clickhouse.Text(p.to.Tenant), "from": clickhouse.Int(p.from.Add(-idle).UnixMicro()), "until": clickhouse.Int(p.until.Add(idle).UnixMicro()),
				"reporters": clickhouse.Ints(p.reporters[at:end]), "sources": clickhouse.Ints(p.sources[at:end]),
			},
			func(row *schema.MediaReport) error {
				fact, err := pipeline.FactOf(row, source)
				stored = append(stored, fact)
				if _, ours := p.origins[fact.ReportID]; !ours {
					p.origins[fact.ReportID] = fact.Origin
				}
				return err
			})
		if err != nil {
			return err
		}
		for _, f := range stripes.Seed(source, stored, time.Now(), nil) {
			if origin, ok := p.origins[f.ReportID]; ok {
				f.Origin = origin
			}
			p.rows.Append(&f)
		}
	}
	return nil
}
