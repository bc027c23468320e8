package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

var testTime = time.Date(2026, 11, 30, 23, 59, 30, 0, time.UTC)

// reports returns n rows of a tenant, second apart from a moment on.
func reports(tenant schema.TenantID, from time.Time, n int) *Rows[schema.MediaReport] {
	rows := NewRows(clickhouse.MediaReports)
	for i := range n {
		rows.Append(&schema.MediaReport{
			Tenant: tenant, Time: from.Add(time.Duration(i) * time.Second), ReportID: schema.ReportID{byte(i), byte(i >> 8), 1},
			Fact: schema.Fact{Version: uint64(i + 1)},
		})
	}
	return rows
}

func trunks(n int) *Rows[schema.Trunk] {
	rows := NewRows(clickhouse.Trunks)
	for i := range n {
		rows.Append(&schema.Trunk{Tenant: "acme", Trunk: schema.TrunkID(fmt.Sprint("sbc", i)), Version: 1})
	}
	return rows
}

// cutOf is a cut of one listener.
func cutOf(mark uint64, sets ...RowSet) Cut {
	e := LedgerEntry{Listener: "udp", Mark: mark, Datagrams: 10, Reports: 12, Duplicates: 1, Refused: map[string]uint64{"malformed": 1}}
	for _, set := range sets {
		e.Rows += uint64(set.Len())
	}
	return Cut{Rows: sets, Ledger: []LedgerEntry{e}}
}

func open(t testing.TB, o Options) *Journal {
	t.Helper()
	j, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// abandon leaves the journal as the death of its process would.
func (j *Journal) abandon() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.wal.file.Close()
	j.lock.Close()
}

func commit(t testing.TB, j *Journal, cut Cut) Receipt {
	t.Helper()
	receipt, err := j.Commit(context.Background(), cut)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func TestCommitSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	now := testTime
	j := open(t, Options{Dir: dir, Now: func() time.Time { return now }})
	// 40 seconds cross from November into December, trunks are another table.
	receipt := commit(t, j, cutOf(7, reports("acme", testTime, 40), trunks(3)))
	if len(receipt.Batches) != 3 || receipt.Rows != 43 {
		t.Fatalf("got %+v, want 3 batches with 43 rows", receipt)
	}
	now = now.Add(time.Second)
	commit(t, j, cutOf(9, reports("acme", testTime, 1)))
	want := j.Pending(10, nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}

	j = open(t, Options{Dir: dir, Now: func() time.Time { return now }})
	if got := j.Pending(10, nil); !slices.Equal(got, want) || len(got) != 4 {
		t.Errorf("pending after reopening:\n%+v\nwant\n%+v", got, want)
	}
	months := []schema.Month{}
	for _, e := range want {
		months = append(months, e.Month)
	}
	slices.Sort(months)
	if !slices.Equal(months, []schema.Month{0, 202611, 202611, 202612}) {
		t.Errorf("partitions %v", months)
	}
	ledger := j.Ledger()
	if len(ledger) != 1 || ledger[0].Mark != 9 || ledger[0].Rows != 44 || ledger[0].Datagrams != 20 || ledger[0].Refused["malformed"] != 2 {
		t.Errorf("ledger %+v", ledger)
	}
	if j.Mark("udp") != 9 || j.Mark("other") != 0 {
		t.Errorf("marks %d, %d", j.Mark("udp"), j.Mark("other"))
	}
}

func TestBatchHoldsWhatTheBlockEncodes(t *testing.T) {
	j := open(t, Options{Dir: t.TempDir(), Now: func() time.Time { return testTime }})
	rows := reports("acme", testTime, 5)
	receipt := commit(t, j, cutOf(1, rows))
	if rows.Len() != 0 {
		t.Errorf("%d rows are left in a committed set", rows.Len())
	}
	b, err := j.OpenBatch(receipt.Batches[0])
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	body, err := io.ReadAll(b.Body())
	if err != nil {
		t.Fatal(err)
	}
	want, err := reports("acme", testTime, 5).months[0].blocks[0].AppendNative(nil, clickhouse.Stamp{Batch: b.ID, IngestedAt: testTime})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(body, want) {
		t.Error("the body is not the block")
	}
	if b.Table != "media_reports" || b.Rows != 5 || b.Month != 202611 || !slices.Equal(b.Columns, clickhouse.MediaReports.Columns()) {
		t.Errorf("got %+v", b)
	}
}

// TestCrashAtEveryStep ends a commit of several files at each step, and checks
// that rows and ledger agree afterwards.
func TestCrashAtEveryStep(t *testing.T) {
	for step, committed := range map[string]bool{"written": false, "logged": true, "named": true} {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			crash := ""
			o := Options{Dir: dir, crash: func(at string) error {
				if at == crash {
					return errors.New("dead")
				}
				return nil
			}}
			j := open(t, o)
			commit(t, j, cutOf(1, reports("acme", testTime, 2)))
			crash = step
			if _, err := j.Commit(context.Background(), cutOf(2, reports("acme", testTime, 40), trunks(1))); err == nil {
				t.Fatal("the commit did not crash")
			}
			j.abandon()
			crash = ""
			j = open(t, o)
			wantMark, wantFiles, wantRows := uint64(1), 1, 2
			if committed {
				wantMark, wantFiles, wantRows = 2, 4, 43
			}
			if s := j.Stats(); s.Files != wantFiles || s.Rows != wantRows {
				t.Errorf("%d files with %d rows, want %d, %d", s.Files, s.Rows, wantFiles, wantRows)
			}
			if l := j.Ledger()[0]; l.Mark != wantMark || l.Rows != uint64(wantRows) {
				t.Errorf("ledger %+v, want mark %d and %d rows", l, wantMark, wantRows)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, batchesDir, "*"+tmpSuffix)); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestFullJournalRefusesAndCounts(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir, MaxBytes: 20_000})
	first := commit(t, j, cutOf(1, reports("acme", testTime, 20)))
	_, err := j.Commit(context.Background(), cutOf(2, reports("acme", testTime, 100)))
	if !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	if s := j.Stats(); s.RefusedRows != 100 || s.RefusedCuts != 1 || s.Files != 1 {
		t.Errorf("stats %+v", s)
	}
	j.Close()
	j = open(t, Options{Dir: dir, MaxBytes: 20_000})
	l := j.Ledger()[0]
	if l.Mark != 2 || l.Rows != 20 || l.Refused[RefusedFull] != 100 || l.Datagrams != 20 {
		t.Errorf("ledger %+v, want mark 2, 20 rows and 100 refused", l)
	}
	if err := j.Done(first.Batches[0]); err != nil {
		t.Fatal(err)
	}
	commit(t, j, cutOf(3, reports("acme", testTime, 20)))
}

func TestSecondOwnerIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir})
	_, err := Open(Options{Dir: dir})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrInUse with the directory and the owner", err)
	}
	j.Close()
	open(t, Options{Dir: dir})
}

func TestSentMarkIsDurableAndKept(t *testing.T) {
	dir := t.TempDir()
	now := testTime.Add(123456 * time.Nanosecond)
	o := Options{Dir: dir, Now: func() time.Time { return now }}
	j := open(t, o)
	id := commit(t, j, cutOf(1, reports("acme", testTime, 2))).Batches[0]
	if at, err := j.MarkSent(id); err != nil || !at.Equal(testTime) {
		t.Fatalf("got %v, %v", at, err)
	}
	j.abandon()
	now = now.Add(time.Hour)
	j = open(t, o)
	if at, err := j.MarkSent(id); err != nil || !at.Equal(testTime) {
		t.Errorf("after reopening: got %v, %v, want the first time %v", at, err, testTime)
	}
	b, err := j.OpenBatch(id)
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	if _, err := j.MarkSent(schema.BatchID{1}); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
}

func TestDoneNotesBucketsFirst(t *testing.T) {
	dir := t.TempDir()
	crash := ""
	o := Options{Dir: dir, crash: func(at string) error {
		if at == crash {
			return errors.New("dead")
		}
		return nil
	}}
	j := open(t, o)
	rows := reports("acme", testTime, 40)
	rows.Append(&schema.MediaReport{Tenant: "bolt", Time: testTime})
	receipt := commit(t, j, cutOf(1, rows, trunks(1)))
	crash = "noted"
	for _, id := range receipt.Batches {
		if err := j.Done(id); err == nil {
			t.Fatal("did not crash")
		}
	}
	j.abandon()
	crash = ""
	j = open(t, o)
	want := []schema.Bucket{
		{Table: "media_reports", Tenant: "acme", Minute: schema.MinuteOf(testTime)},
		{Table: "media_reports", Tenant: "bolt", Minute: schema.MinuteOf(testTime)},
		{Table: "media_reports", Tenant: "acme", Minute: schema.MinuteOf(testTime) + 1},
	}
	if got := bucketsOf(j.Dirty()); !slices.Equal(got, want) {
		t.Errorf("dirty %+v, want %+v", got, want)
	}
	if s := j.Stats(); s.Files != 3 || !s.OldestDirty.Equal(testTime.Truncate(time.Minute)) {
		t.Errorf("stats %+v", s)
	}
	for _, id := range receipt.Batches {
		if err := j.Done(id); err != nil {
			t.Fatal(err)
		}
	}
	if s := j.Stats(); s.Files != 0 || s.Bytes != 0 {
		t.Errorf("stats %+v", s)
	}
}

func bucketsOf(dirty []DirtyBucket) []schema.Bucket {
	buckets := make([]schema.Bucket, len(dirty))
	for i := range dirty {
		buckets[i] = dirty[i].Bucket
	}
	return buckets
}

func TestCleanKeepsWhatWasTouchedAgain(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir})
	a := schema.Bucket{Table: "media_reports", Tenant: "acme", Minute: 1}
	b := schema.Bucket{Table: "media_reports", Tenant: "acme", Minute: 2}
	if err := j.Touch([]schema.Bucket{a, b}); err != nil {
		t.Fatal(err)
	}
	seen := j.Dirty()
	if err := j.Touch([]schema.Bucket{b}); err != nil {
		t.Fatal(err)
	}
	if err := j.Clean(seen); err != nil {
		t.Fatal(err)
	}
	if got := bucketsOf(j.Dirty()); !slices.Equal(got, []schema.Bucket{b}) {
		t.Errorf("dirty %+v, want only the one touched again", got)
	}
	j.Close()
	j = open(t, Options{Dir: dir})
	if got := bucketsOf(j.Dirty()); !slices.Equal(got, []schema.Bucket{b}) {
		t.Errorf("dirty after reopening %+v", got)
	}
	if err := j.Clean(j.Dirty()); err != nil || len(j.Dirty()) != 0 {
		t.Errorf("dirty %+v, %v", j.Dirty(), err)
	}
}

func TestContentIDs(t *testing.T) {
	j := open(t, Options{Dir: t.TempDir()})
	imported := func(version uint64, jitter uint32) Cut {
		rows := NewRows(clickhouse.MediaReports)
		rows.Append(&schema.MediaReport{Tenant: "acme", Time: testTime, JitterTicks: jitter, Fact: schema.Fact{Version: version}})
		return Cut{Rows: []RowSet{rows}, ContentIDs: true}
	}
	first := commit(t, j, imported(1, 7))
	again := commit(t, j, imported(2, 7))
	other := commit(t, j, imported(1, 8))
	if first.Batches[0] != again.Batches[0] || first.Batches[0] == other.Batches[0] {
		t.Errorf("ids %v, %v, %v: want the same for the same content", first.Batches, again.Batches, other.Batches)
	}
	pending := j.Pending(10, nil)
	if len(pending) != 2 || !pending[0].ContentID {
		t.Errorf("pending %+v, want two batches with content ids", pending)
	}
}

func TestRowsSplitAndMerge(t *testing.T) {
	big := NewRows(clickhouse.Trunks)
	row := schema.Trunk{Tenant: "acme"}
	for range MaxBatchRows + 1 {
		big.Append(&row)
	}
	if got := big.batches(); len(got) != 2 || got[0].Rows() != MaxBatchRows || got[1].Rows() != 1 {
		t.Errorf("got %d batches", len(got))
	}
	a, b := reports("acme", testTime, 40), reports("bolt", testTime, 40)
	merged := mergeByTable([]RowSet{a, trunks(1), NewRows(clickhouse.MediaReports), b})
	if len(merged) != 2 || merged[0].Len() != 80 || len(merged[0].batches()) != 2 {
		t.Fatalf("got %+v", merged)
	}
	if a.Len() != 40 || a.batches()[0].Rows() != 30 {
		t.Error("merging changed the set, and a failed commit could not be repeated")
	}
	if got := merged[0].batches()[0].Touched(); len(got) != 2 {
		t.Errorf("touched %v, want both tenants", got)
	}
}
