package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
	"github.com/trunkline-cc/trunkline/ingest/callrecords/callrecordstest"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

var recordsOrigin = callrecords.Origin{Tenant: "contoso", Source: "test"}

// recordTables are those that an import of call records writes.
var recordTables = []string{
	schema.TableCallRecords, schema.TableCallSessions, schema.TableCallSegments, schema.TableCallMediaStreams,
	schema.TableDirectRoutingCalls, schema.TablePSTNCalls,
}

// recordFiles writes files of all forms into a folder: 120 records, 30
// direct-routing rows, 20 PSTN rows, and one document that is damaged.
func recordFiles(t *testing.T) []app.RecordFile {
	t.Helper()
	dir := t.TempDir()
	g := callrecordstest.New(7)
	var lines []byte
	for range 40 {
		lines = append(g.Record(lines), '\n')
	}
	lines = append(lines, `{"id":"broken","version":"x"}`+"\n"...)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(callrecordstest.Page(nil, callrecordstest.ContextRecords, 60, "https://graph.example/next", g.Record))
	_ = z.Close()
	var files []app.RecordFile
	for name, data := range map[string][]byte{
		"a.jsonl": lines, "b.json.gz": packed.Bytes(), "c.json": callrecordstest.Page(nil, callrecordstest.ContextRecords, 20, "", g.Record),
		"d.json": callrecordstest.Page(nil, callrecordstest.ContextDirectRouting, 30, "", g.DirectRouting),
		"e.json": callrecordstest.Page(nil, callrecordstest.ContextPSTN, 20, "", g.PSTN), "f.json": []byte(`{"value":[{"resourceData":{}}]}`),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a.jsonl", "b.json.gz", "c.json", "d.json", "e.json", "f.json"} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, app.RecordFile{Path: path, Size: info.Size(), Modified: info.ModTime()})
	}
	return files
}

// drain waits until everything is stored.
func drain(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// recordCounts counts the rows of each table as they lie there, with a hash of
// all that they say but when and in which batch they came.
func recordCounts(t *testing.T, store *clickhouse.Conn) map[string]string {
	t.Helper()
	counts := map[string]string{}
	for _, table := range recordTables {
		err := store.Query(t.Context(), "SELECT concat(toString(count()), ' rows, hash ', toString(sum(cityHash64(toString(tuple(* EXCEPT (ingested_at, batch_id))))))) FROM "+table, nil,
			func(scan func(...any) error) error {
				var text string
				err := scan(&text)
				counts[table] = text
				return err
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	return counts
}

func TestImportRecordsTwiceChangesNothing(t *testing.T) {
	a, store := startImporter(t)
	files := recordFiles(t)
	stats, err := a.ImportRecords(t.Context(), files, app.RecordsOptions{Origin: recordsOrigin, CutRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	drain(t, a)
	if stats.Files != 6 || stats.Documents != 120+1+30+20+1 || stats.Rows[schema.TableCallRecords] != 120 || stats.Rows[schema.TableDirectRoutingCalls] != 30 ||
		stats.Rows[schema.TablePSTNCalls] != 20 || stats.Refused[callrecords.ReasonValue] != 1 || stats.Ignored["a change notification"] != 1 || len(stats.More) != 1 || len(stats.Notes) != 0 {
		t.Errorf("stats %+v", stats)
	}
	if len(stats.Examples) != 1 || !strings.Contains(stats.Examples[0].Error(), "a.jsonl: document 41 at byte") || !strings.Contains(stats.Examples[0].Error(), "version: want a version") {
		t.Errorf("examples %v", stats.Examples)
	}
	once := recordCounts(t, store)
	for _, table := range recordTables {
		want := fmt.Sprint(stats.Rows[table], " rows")
		if !strings.HasPrefix(once[table], want) || stats.Rows[table] == 0 {
			t.Errorf("%s: %s, want %s", table, once[table], want)
		}
	}
	if n := count(t, store, "SELECT count() FROM call_quality WHERE cqd != 'unclassified' AND is_complete"); n < 100 {
		t.Errorf("%d calls with a class, want most of 120", n)
	}
	if _, err := a.ImportRecords(t.Context(), files, app.RecordsOptions{Origin: recordsOrigin, CutRows: 100, Workers: 1}); err != nil {
		t.Fatal(err)
	}
	drain(t, a)
	if diff := cmp.Diff(once, recordCounts(t, store)); diff != "" {
		t.Errorf("the second import changed the tables:\n%s", diff)
	}
}

// TestInterruptedImportGoesOn ends an import in the middle of a file, goes on,
// and compares with an import in one piece.
func TestInterruptedImportGoesOn(t *testing.T) {
	g, dir := callrecordstest.New(9), t.TempDir()
	files := make([]app.RecordFile, 12)
	for i := range files {
		var lines []byte
		for range 10 {
			lines = append(g.Record(lines), '\n')
		}
		path := filepath.Join(dir, fmt.Sprintf("%02d.jsonl", i))
		if err := os.WriteFile(path, lines, 0o600); err != nil {
			t.Fatal(err)
		}
		files[i] = app.RecordFile{Path: path, Size: int64(len(lines)), Modified: time.Unix(1_795_000_000, 0)}
	}
	whole, store := startImporter(t)
	o := app.RecordsOptions{Origin: recordsOrigin, CutRows: 100, Workers: 1, Progress: filepath.Join(t.TempDir(), "progress")}
	if _, err := whole.ImportRecords(t.Context(), files, o); err != nil {
		t.Fatal(err)
	}
	drain(t, whole)
	want := recordCounts(t, store)

	a, store := startImporter(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// When the tenth file is read the first ones are committed: with one worker
	// no more than a few files are between the reader and the journal.
	cutting := append([]app.RecordFile(nil), files...)
	cutting[9].Open = func() (io.ReadCloser, error) {
		f, err := os.Open(files[9].Path)
		return &stopping{ReadCloser: f, at: files[9].Size / 2, stop: cancel}, err
	}
	interrupted, err := a.ImportRecords(ctx, cutting, o)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the interruption", err)
	}
	stats, err := a.ImportRecords(t.Context(), files, o)
	if err != nil {
		t.Fatal(err)
	}
	drain(t, a)
	if stats.FilesDone == 0 || stats.DocumentsDone == 0 || stats.Documents+stats.DocumentsDone+10*uint64(stats.FilesDone) != 120 {
		t.Errorf("it began anew, or lost its place: %+v", stats)
	}
	if done := 10*uint64(stats.FilesDone) + stats.DocumentsDone; interrupted.Rows[schema.TableCallRecords] != done {
		t.Errorf("%d records were in the journal, it passed over %d", interrupted.Rows[schema.TableCallRecords], done)
	}
	if diff := cmp.Diff(want, recordCounts(t, store)); diff != "" {
		t.Errorf("the tables differ from those of one piece:\n%s", diff)
	}
	if n := count(t, store, "SELECT count() FROM (SELECT batch_id FROM call_media_streams GROUP BY batch_id)"); n < 3 {
		t.Errorf("%d batches: nothing was cut", n)
	}
	if _, err := os.Stat(o.Progress); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("progress is left behind: %v", err)
	}
}

// stopping is a file whose reading is interrupted.
type stopping struct {
	io.ReadCloser
	read, at int64
	stop     func()
}

// Read implements io.Reader.
func (s *stopping) Read(b []byte) (int, error) {
	if s.read >= s.at && s.stop != nil {
		s.stop()
		s.stop = nil
	}
	n, err := s.ReadCloser.Read(b[:min(len(b), 4096)])
	s.read += int64(n)
	return n, err
}

func TestExpiredDocumentsAreCounted(t *testing.T) {
	a, _ := startImporter(t)
	path := filepath.Join(t.TempDir(), "old.json")
	old := `{"id":"a","version":1,"startDateTime":"2020-02-25T18:52:21Z"}{"id":"b","correlationId":"c","startDateTime":"2020-02-25T18:52:21Z"}`
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	for days, want := range map[uint16]uint64{0: 0, 30: 2, 60_000: 0} {
		origin := recordsOrigin
		origin.RetentionDays = days
		stats, err := a.ImportRecords(t.Context(), []app.RecordFile{{Path: path}}, app.RecordsOptions{Origin: origin})
		if err != nil || stats.Expired != want {
			t.Errorf("%d days: %d expired, %v, want %d", days, stats.Expired, err, want)
		}
	}
}

func TestDamagedFilesHoldUpNoOthers(t *testing.T) {
	a, store := startImporter(t)
	files := recordFiles(t)
	data, err := os.ReadFile(files[2].Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[2].Path, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	missing := app.RecordFile{Path: filepath.Join(t.TempDir(), "missing.json")}
	stats, err := a.ImportRecords(t.Context(), append([]app.RecordFile{missing}, files...), app.RecordsOptions{Origin: recordsOrigin})
	if err != nil {
		t.Fatal(err)
	}
	drain(t, a)
	if len(stats.FileErrors) != 2 || !errors.Is(stats.FileErrors[0], os.ErrNotExist) || !strings.Contains(stats.FileErrors[1].Error(), "c.json: at byte") {
		t.Errorf("errors %v", stats.FileErrors)
	}
	if n := count(t, store, "SELECT count() FROM call_records FINAL"); n <= 100 || n >= 120 || n != stats.Rows[schema.TableCallRecords] {
		t.Errorf("%d records, %d by the stats, want those before the damage", n, stats.Rows[schema.TableCallRecords])
	}
	if n := count(t, store, "SELECT count() FROM pstn_calls FINAL"); n != 20 {
		t.Errorf("%d PSTN rows, want those behind the damage", n)
	}
}
