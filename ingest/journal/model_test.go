package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// model is what a journal must hold, by the simplest means.
type model struct {
	rows    map[schema.BatchID]int
	dead    map[schema.BatchID]bool
	ledger  LedgerEntry
	dirty   map[schema.Bucket]bool
	crashAt string
}

// TestJournalAgainstModel runs random sequences of everything a journal can
// do, crashes and reopenings among them, and compares with the model after
// each step.
func TestJournalAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "journal")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		m := &model{rows: map[schema.BatchID]int{}, dead: map[schema.BatchID]bool{}, dirty: map[schema.Bucket]bool{}}
		o := Options{Dir: dir, MaxBytes: 60_000, crash: func(step string) error {
			if step == m.crashAt {
				return errors.New("dead")
			}
			return nil
		}}
		j, err := Open(o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { j.Close() }()
		reopen := func() {
			j.abandon()
			m.crashAt = ""
			if j, err = Open(o); err != nil {
				t.Fatal(err)
			}
		}
		pick := func(t *rapid.T) (schema.BatchID, bool) {
			pending := j.Pending(100, nil)
			if len(pending) == 0 {
				return schema.BatchID{}, false
			}
			return pending[rapid.IntRange(0, len(pending)-1).Draw(t, "which")].ID, true
		}
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				m.crashAt = rapid.SampledFrom([]string{"", "", "", "written", "logged", "named"}).Draw(t, "crash")
				m.commit(t, j)
				if m.crashAt != "" {
					reopen()
					m.learn(j)
				}
			},
			"reopen": func(*rapid.T) { reopen() },
			"sent": func(t *rapid.T) {
				if id, ok := pick(t); ok {
					if _, err := j.MarkSent(id); err != nil {
						t.Fatal(err)
					}
				}
			},
			"done": func(t *rapid.T) {
				id, ok := pick(t)
				if !ok {
					return
				}
				b, err := j.OpenBatch(id)
				if err != nil {
					t.Fatal(err)
				}
				b.Close()
				if err := j.Done(id); err != nil {
					t.Fatal(err)
				}
				delete(m.rows, id)
				if b.Table == schema.TableMediaReports {
					m.dirty[schema.Bucket{Table: b.Table, Tenant: "acme", Minute: schema.MinuteOf(testTime)}] = true
				}
			},
			"bury": func(t *rapid.T) {
				if id, ok := pick(t); ok {
					if err := j.Bury(id, "why not"); err != nil {
						t.Fatal(err)
					}
					delete(m.rows, id)
					m.dead[id] = true
				}
			},
			"drop": func(t *rapid.T) {
				if _, err := Drop(dir); err != nil {
					t.Fatal(err)
				}
				m.dead = map[schema.BatchID]bool{}
				if err := j.Rescan(); err != nil {
					t.Fatal(err)
				}
			},
			"clean": func(t *rapid.T) {
				if err := j.Clean(j.Dirty()); err != nil {
					t.Fatal(err)
				}
				m.dirty = map[schema.Bucket]bool{}
			},
			"": func(t *rapid.T) { m.check(t, j) },
		})
	})
}

// commit makes a cut of two tables; what became of a crashed one, or of one
// that found the journal full, is in the ledger.
func (m *model) commit(t *rapid.T, j *Journal) {
	sets := []RowSet{reports("acme", testTime, rapid.IntRange(0, 3).Draw(t, "reports")), trunks(rapid.IntRange(0, 2).Draw(t, "trunks"))}
	cut := cutOf(m.ledger.Mark+1, sets...)
	rows := sets[0].Len() + sets[1].Len()
	receipt, err := j.Commit(context.Background(), cut)
	switch {
	case err == nil:
		m.ledger.add(&cut.Ledger[0])
		if receipt.Rows != rows {
			t.Fatalf("%d rows committed, want %d", receipt.Rows, rows)
		}
		for _, e := range j.Pending(100, nil) {
			m.rows[e.ID] = e.Rows
		}
		m.crashAt = ""
	case errors.Is(err, ErrFull):
		refused := cut.Ledger[0].refused()
		m.ledger.add(&refused)
		m.crashAt = ""
	case m.crashAt == "":
		t.Fatal(err)
	}
}

// learn takes over the outcome of a crashed commit after checking that it is
// one of the two that may be.
func (m *model) learn(j *Journal) {
	if entries := j.Ledger(); len(entries) > 0 && entries[0].Mark > m.ledger.Mark {
		m.ledger = entries[0]
		for _, e := range j.Pending(100, nil) {
			m.rows[e.ID] = e.Rows
		}
	}
}

func (m *model) check(t *rapid.T, j *Journal) {
	rows := map[schema.BatchID]int{}
	for _, e := range j.Pending(100, nil) {
		rows[e.ID] = e.Rows
	}
	if fmt.Sprint(rows) != fmt.Sprint(m.rows) {
		t.Fatalf("pending %v, want %v", rows, m.rows)
	}
	if got := j.Stats(); got.DeadLetters != len(m.dead) {
		t.Fatalf("%d dead letters, want %d", got.DeadLetters, len(m.dead))
	}
	var got LedgerEntry
	if entries := j.Ledger(); len(entries) > 0 {
		got = entries[0]
	}
	got.Listener = m.ledger.Listener
	if fmt.Sprint(got) != fmt.Sprint(m.ledger) {
		t.Fatalf("ledger %+v, want %+v", got, m.ledger)
	}
	dirty := map[schema.Bucket]bool{}
	for _, b := range j.Dirty() {
		dirty[b.Bucket] = true
	}
	if fmt.Sprint(dirty) != fmt.Sprint(m.dirty) {
		t.Fatalf("dirty %v, want %v", dirty, m.dirty)
	}
}
