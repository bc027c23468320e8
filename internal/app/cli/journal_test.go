package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// journalWith makes a journal with a waiting batch and a dead letter, which its
// process has left.
func journalWith(t *testing.T) (dir, waiting, dead string) {
	t.Helper()
	dir = t.TempDir()
	j, err := journal.Open(journal.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var ids []schema.BatchID
	for range 2 {
		rows := journal.NewRows(clickhouse.MediaReports)
		rows.Append(&schema.MediaReport{Tenant: "acme", Time: time.Unix(0, 0)})
		receipt, err := j.Commit(t.Context(), journal.Cut{Rows: []journal.RowSet{rows}, Ledger: []journal.LedgerEntry{{Listener: "udp", Rows: 1}}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, receipt.Batches...)
	}
	if err := errors.Join(j.Bury(ids[1], "code 117: incorrect data"), j.Close()); err != nil {
		t.Fatal(err)
	}
	return dir, ids[0].String(), ids[1].String()
}

func TestJournalList(t *testing.T) {
	dir, waiting, dead := journalWith(t)
	out, err := runCommand(t, newJournalCommand(), "ls", "--dir", dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[1], waiting+"  ") || !strings.Contains(lines[2], dead) || !strings.Contains(lines[2], "code 117: incorrect data") {
		t.Errorf("got\n%s", out)
	}
	out, err = runCommand(t, newJournalCommand(), "ls", "--dir", dir, "--json")
	var items []journal.Item
	if err != nil || json.Unmarshal([]byte(out), &items) != nil || len(items) != 2 || items[0].State != journal.StateWaiting || items[1].State != journal.StateDead {
		t.Errorf("got %v\n%s", err, out)
	}
	if out, err := runCommand(t, newJournalCommand(), "ls", "--dir", t.TempDir()); err == nil {
		t.Errorf("a directory that is no journal: %s", out)
	}
}

func TestJournalRetryAndDrop(t *testing.T) {
	dir, _, dead := journalWith(t)
	if out, err := runCommand(t, newJournalCommand(), "retry", "--dir", dir, dead); err != nil || !strings.Contains(out, dead) {
		t.Errorf("retry: %v, %s", err, out)
	}
	if items, err := journal.List(dir); err != nil || len(items) != 2 || items[1].State != journal.StateWaiting {
		t.Errorf("after the retry: %+v, %v", items, err)
	}
	if _, err := runCommand(t, newJournalCommand(), "drop", "--dir", dir, dead); !errors.Is(err, journal.ErrUnknown) {
		t.Errorf("drop of a batch that waits: %v, want ErrUnknown", err)
	}
	dir, waiting, _ := journalWith(t)
	if out, err := runCommand(t, newJournalCommand(), "drop", "--dir", dir, "--json"); err != nil || !strings.HasPrefix(out, "[") {
		t.Errorf("drop: %v, %s", err, out)
	}
	if items, err := journal.List(dir); err != nil || len(items) != 1 || items[0].Name != waiting {
		t.Errorf("after the drop: %+v, %v", items, err)
	}
}

func TestJournalAdopt(t *testing.T) {
	lost, _, _ := journalWith(t)
	own := t.TempDir()
	out, err := runCommand(t, newJournalCommand(), "adopt", lost, "--dir", own)
	if err != nil || !strings.Contains(out, "1 batches with 1 rows, 1 dead letters") {
		t.Fatalf("adopt: %v, %s", err, out)
	}
	j, err := journal.Open(journal.Options{Dir: own})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if s := j.Stats(); s.Files != 1 || s.DeadLetters != 1 || j.Ledger()[0].Rows != 2 {
		t.Errorf("stats %+v, ledger %+v", s, j.Ledger())
	}
	if _, err := runCommand(t, newJournalCommand(), "adopt", own, "--dir", t.TempDir()); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("adopt of a journal in use: %v, want ErrInUse", err)
	}
}
