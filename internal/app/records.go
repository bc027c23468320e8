package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// RecordFile is a file of call records, direct-routing rows or PSTN rows.
type RecordFile struct {
	// Path names it for people and, with Size and Modified, for an import that
	// goes on after an interruption. Size is -1 where it is not known: such a
	// file cannot be gone on with.
	Path     string
	Size     int64
	Modified time.Time
	// Open opens the file; nil opens Path.
	Open func() (io.ReadCloser, error)
}

// RecordsOptions are those of an import of call records.
type RecordsOptions struct {
	// Origin is what every row carries.
	Origin callrecords.Origin
	// Workers decode at the same time. As many as there are cores.
	Workers int
	// CutRows is how many rows become durable together. 60,000.
	CutRows int
	// Progress is the file that remembers how far an import came that did not
	// end. None.
	Progress string
	// Restart begins anew although an import was interrupted.
	Restart bool
}

// maxExamples bounds how many errors about documents are kept.
const maxExamples = 20

// RecordsStats is what became of an import's documents.
type RecordsStats struct {
	// Files read, of which so many were done before an interruption.
	Files, FilesDone int
	// Documents read, and those that were stored before an interruption.
	Documents, DocumentsDone uint64
	// Rows by table.
	Rows map[string]uint64
	// Ignored documents by what they are, Refused ones by reason.
	Ignored, Refused map[string]uint64
	// Incomplete records say that they have more sessions or participants on
	// pages that are not in the file.
	Incomplete uint64
	// Expired documents are of calls so old that the store drops their rows at
	// once: a longer retention keeps them.
	Expired uint64
	// Examples are errors about the first refused documents, each with its
	// file; FileErrors are about files that could not be read to their end.
	Examples, FileErrors []error
	// More are files whose last page says that there is a next one.
	More []string
	// Notes count what documents had that Graph's schema does not.
	Notes []callrecords.Note
}

// ImportRecords brings files of call records into the journal, in the order
// given. They have been acknowledged when it returns without error; [App.Drain]
// waits until they are stored. A file that is damaged, or a document, holds up
// no other: stats says which. The same files give the same rows and the same
// batches, however often and with whatever interruptions they are imported.
func (a *App) ImportRecords(ctx context.Context, files []RecordFile, o RecordsOptions) (RecordsStats, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.CutRows <= 0 {
		o.CutRows = 60_000
	}
	progress, err := openProgress(o.Progress, o.Origin.Tenant, o.Restart)
	if err != nil {
		return RecordsStats{}, fmt.Errorf("progress of an interrupted import: %w", err)
	}
	im := &recordsImport{app: a, o: o, progress: progress, rows: newRecordRows(), stats: RecordsStats{
		Rows: map[string]uint64{}, Ignored: map[string]uint64{}, Refused: map[string]uint64{},
	}}
	err = im.run(ctx, files)
	if err == nil {
		err = progress.finish()
	}
	return im.stats, errors.Join(err, progress.close())
}

// recordsImport is one import in progress: it takes chunks in the order of the
// files and makes cuts of their rows.
type recordsImport struct {
	app      *App
	o        RecordsOptions
	progress *progress
	rows     *recordRows
	stats    RecordsStats
	// done are files that ended since the last cut.
	done []RecordFile
}

// run reads all files and commits what they hold.
func (im *recordsImport) run(ctx context.Context, files []RecordFile) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	src := newRecordSource(ctx, files, im.o.Workers, im.progress)
	for c := range src.ordered {
		<-c.decoded
		if err := im.take(ctx, c); err != nil {
			cancel()
			src.wait()
			return err
		}
	}
	im.stats.Notes = src.wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return im.commit(ctx, nil, 0)
}

// take brings a chunk's documents into rows, and cuts where enough have come
// together. Where a cut is made depends on the documents alone.
func (im *recordsImport) take(ctx context.Context, c *recordChunk) error {
	im.stats.DocumentsDone += c.skipped
	for i := range c.docs {
		d := &c.docs[i]
		im.stats.Documents++
		if d.err != nil {
			im.refuse(c.file, d.err)
			continue
		}
		d.doc.Rows(&im.o.Origin, im.rows)
		d.doc = callrecords.Document{}
		if im.rows.len() >= im.o.CutRows {
			if err := im.commit(ctx, c.file, d.index+1); err != nil {
				return err
			}
		}
	}
	if !c.last {
		return nil
	}
	im.stats.Files++
	if c.err != nil {
		im.stats.FileErrors = append(im.stats.FileErrors, fmt.Errorf("%s: %w", c.file.Path, c.err))
	}
	if c.more {
		im.stats.More = append(im.stats.More, c.file.Path)
	}
	if c.wasDone {
		im.stats.FilesDone++
		return nil
	}
	im.done = append(im.done, *c.file)
	return nil
}

// refuse counts a document that has no rows.
func (im *recordsImport) refuse(file *RecordFile, err error) {
	var d *callrecords.DocumentError
	if errors.As(err, &d) && d.Reason == callrecords.ReasonKind {
		im.stats.Ignored[d.Got]++
		return
	}
	reason := "other"
	if d != nil {
		reason = d.Reason
	}
	im.stats.Refused[reason]++
	if len(im.stats.Examples) < maxExamples {
		im.stats.Examples = append(im.stats.Examples, fmt.Errorf("%s: %w", file.Path, err))
	}
}

// commit makes the rows durable, and then notes how far the import has come:
// documents is how many of current are in.
func (im *recordsImport) commit(ctx context.Context, current *RecordFile, documents int) error {
	if im.rows.len() > 0 {
		rows := im.rows.byTable() // before the commit empties the sets
		if err := im.app.commitWaiting(ctx, journal.Cut{Rows: im.rows.sets(), ContentIDs: true}); err != nil {
			return err
		}
		for table, n := range rows {
			im.stats.Rows[table] += n
		}
		im.stats.Incomplete += im.rows.incomplete
		im.stats.Expired += im.rows.expired
		im.rows = newRecordRows()
	}
	err := im.progress.save(im.done, current, documents)
	im.done = im.done[:0]
	return err
}

// recordRows gathers rows by table.
type recordRows struct {
	records    *journal.Rows[schema.CallRecord]
	sessions   *journal.Rows[schema.CallSession]
	segments   *journal.Rows[schema.CallSegment]
	streams    *journal.Rows[schema.CallMediaStream]
	direct     *journal.Rows[schema.DirectRoutingCall]
	pstn       *journal.Rows[schema.PSTNCall]
	incomplete uint64
	expired    uint64
	now        time.Time
}

func newRecordRows() *recordRows {
	return &recordRows{
		now:     time.Now(),
		records: journal.NewRows(clickhouse.CallRecords), sessions: journal.NewRows(clickhouse.CallSessions),
		segments: journal.NewRows(clickhouse.CallSegments), streams: journal.NewRows(clickhouse.CallMediaStreams),
		direct: journal.NewRows(clickhouse.DirectRoutingCalls), pstn: journal.NewRows(clickhouse.PSTNCalls),
	}
}

// Record implements callrecords.Rows.
func (r *recordRows) Record(row *schema.CallRecord) {
	r.records.Append(row)
	r.age(row.Time, &row.Fact)
	if !row.IsComplete {
		r.incomplete++
	}
}

// age counts a document that is past its retention.
func (r *recordRows) age(at time.Time, f *schema.Fact) {
	if f.RetentionDays > 0 && at.AddDate(0, 0, int(f.RetentionDays)).Before(r.now) {
		r.expired++
	}
}

// Session implements callrecords.Rows.
func (r *recordRows) Session(row *schema.CallSession) { r.sessions.Append(row) }

// Segment implements callrecords.Rows.
func (r *recordRows) Segment(row *schema.CallSegment) { r.segments.Append(row) }

// MediaStream implements callrecords.Rows.
func (r *recordRows) MediaStream(row *schema.CallMediaStream) { r.streams.Append(row) }

// DirectRouting implements callrecords.Rows.
func (r *recordRows) DirectRouting(row *schema.DirectRoutingCall) {
	r.direct.Append(row)
	r.age(row.Time, &row.Fact)
}

// PSTN implements callrecords.Rows.
func (r *recordRows) PSTN(row *schema.PSTNCall) {
	r.pstn.Append(row)
	r.age(row.Time, &row.Fact)
}

// sets are the rows as a cut takes them, children before their records: a
// record that is stored has its children in the journal at least.
func (r *recordRows) sets() []journal.RowSet {
	return []journal.RowSet{r.streams, r.segments, r.sessions, r.records, r.direct, r.pstn}
}

func (r *recordRows) len() int {
	n := 0
	for _, set := range r.sets() {
		n += set.Len()
	}
	return n
}

// byTable counts the rows.
func (r *recordRows) byTable() map[string]uint64 {
	return map[string]uint64{
		schema.TableCallRecords: uint64(r.records.Len()), schema.TableCallSessions: uint64(r.sessions.Len()),
		schema.TableCallSegments: uint64(r.segments.Len()), schema.TableCallMediaStreams: uint64(r.streams.Len()),
		schema.TableDirectRoutingCalls: uint64(r.direct.Len()), schema.TablePSTNCalls: uint64(r.pstn.Len()),
	}
}
