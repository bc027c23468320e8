package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// fakeStore is a store in memory; its zero value takes everything.
type fakeStore struct {
	mu      sync.Mutex
	inserts []string // tokens, in the order of successful inserts
	tables  []string
	tried   map[string][]time.Time
	lookups []schema.BatchID
	// refuse answers an INSERT by its token; nil takes it.
	refuse func(token string) error
	// stored batches, for lookups.
	stored map[schema.BatchID]uint64
	// swallow drops what comes under a batch's own token, as a server does that
	// died between noting the token and storing the rows.
	swallow bool
	// hold keeps an INSERT under way until it is closed or the context ends.
	hold chan struct{}
}

func (f *fakeStore) Insert(ctx context.Context, insert clickhouse.Insert, body io.Reader) error {
	if _, err := io.Copy(io.Discard, body); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tried == nil {
		f.tried = map[string][]time.Time{}
	}
	f.tried[insert.Token] = append(f.tried[insert.Token], time.Now())
	if f.hold != nil {
		f.mu.Unlock()
		select {
		case <-f.hold:
		case <-ctx.Done():
		}
		f.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if f.refuse != nil {
		if err := f.refuse(insert.Token); err != nil {
			return err
		}
	}
	id, own := strings.CutSuffix(insert.Token, swallowedSuffix)
	if parsed, err := schema.ParseBatchID(id); err == nil && (own || !f.swallow) {
		if f.stored == nil {
			f.stored = map[schema.BatchID]uint64{}
		}
		f.stored[parsed]++
	}
	f.inserts = append(f.inserts, insert.Token)
	f.tables = append(f.tables, insert.Table)
	return nil
}

func (f *fakeStore) BatchRows(_ context.Context, _ string, _ schema.Month, batch schema.BatchID) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lookups = append(f.lookups, batch)
	return f.stored[batch], nil
}

// fixture is a journal with batches of trunks and reports, a second apart.
func fixture(t *testing.T, batches int) (*journal.Journal, []schema.BatchID) {
	t.Helper()
	now := time.Now()
	j, err := journal.Open(journal.Options{Dir: t.TempDir(), Now: func() time.Time { now = now.Add(time.Millisecond); return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	var ids []schema.BatchID
	for i := range batches {
		ids = append(ids, commit(t, j, i%2 == 1, false))
	}
	return j, ids
}

func commit(t *testing.T, j *journal.Journal, trunk, contentID bool) schema.BatchID {
	t.Helper()
	var set journal.RowSet
	if trunk {
		rows := journal.NewRows(clickhouse.Trunks)
		rows.Append(&schema.Trunk{Tenant: "acme"})
		set = rows
	} else {
		rows := journal.NewRows(clickhouse.MediaReports)
		rows.Append(&schema.MediaReport{Tenant: "acme", Time: time.Unix(60, 0)})
		set = rows
	}
	receipt, err := j.Commit(t.Context(), journal.Cut{Rows: []journal.RowSet{set}, ContentIDs: contentID})
	if err != nil {
		t.Fatal(err)
	}
	return receipt.Batches[0]
}

// run runs a sink until the journal is as wanted, in the bubble's time.
func run(t *testing.T, o Options, until func(journal.Stats) bool) *Sink {
	t.Helper()
	o.Rand = func() float64 { return 0 }
	s := New(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	for deadline := time.Now().Add(time.Hour); !until(o.Journal.Stats()); {
		if time.Now().After(deadline) {
			t.Fatalf("journal %+v, sink %+v", o.Journal.Stats(), s.Stats())
		}
		time.Sleep(10 * time.Millisecond) // the bubble's time, not ours
	}
	synctest.Wait()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	return s
}

func empty(s journal.Stats) bool { return s.Files == 0 }

func tokens(ids []schema.BatchID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}

func TestDrainsOldestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, ids := fixture(t, 5)
		store := &fakeStore{}
		s := run(t, Options{Journal: j, Store: store, Workers: 1}, empty)
		if !slices.Equal(store.inserts, tokens(ids)) {
			t.Errorf("inserted %v, want %v", store.inserts, tokens(ids))
		}
		if !slices.Equal(store.tables, []string{"media_reports", "trunks", "media_reports", "trunks", "media_reports"}) {
			t.Errorf("tables %v", store.tables)
		}
		if got := s.Stats(); got.Batches != 5 || got.Rows != 5 || got.Retries != 0 || got.InFlight != 0 {
			t.Errorf("stats %+v", got)
		}
		if dirty := j.Dirty(); len(dirty) != 1 || dirty[0].Bucket != (schema.Bucket{Table: "media_reports", Tenant: "acme", Minute: 1}) {
			t.Errorf("dirty %+v", dirty)
		}
		if len(store.lookups) != 0 {
			t.Errorf("looked up %v", store.lookups)
		}
	})
}

func TestTakesWhatComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := fixture(t, 0)
		store := &fakeStore{}
		go func() {
			time.Sleep(time.Minute)
			commit(t, j, false, false)
		}()
		run(t, Options{Journal: j, Store: store}, func(journal.Stats) bool {
			store.mu.Lock()
			defer store.mu.Unlock()
			return len(store.inserts) == 1
		})
	})
}

func TestBacksOffWhileNothingSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := fixture(t, 6)
		start := time.Now()
		store := &fakeStore{refuse: func(string) error {
			if time.Since(start) < 10*time.Minute {
				return fmt.Errorf("insert: %w", clickhouse.ErrUpstream)
			}
			return nil
		}}
		s := run(t, Options{Journal: j, Store: store, MinBackoff: time.Second, MaxBackoff: time.Minute}, empty)
		attempts := 0
		for _, tried := range store.tried {
			attempts += len(tried)
		}
		// 1+2+4+8+16+32 s, then one a minute for each worker at most.
		if failed := attempts - 6; failed < 8 || failed > 40 {
			t.Errorf("%d attempts failed within ten minutes", failed)
		}
		if got := s.Stats(); got.Batches != 6 || got.LastError != "" || got.Retries != uint64(attempts-6) {
			t.Errorf("stats %+v after %d attempts", got, attempts)
		}
	})
}

func TestFailingBatchHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, ids := fixture(t, 4)
		store := &fakeStore{refuse: func(token string) error {
			if token == ids[0].String() {
				return fmt.Errorf("insert: %w: no such table", clickhouse.ErrSetup)
			}
			return nil
		}}
		start := time.Now()
		var others time.Duration
		s := run(t, Options{Journal: j, Store: store, MinBackoff: time.Second, Workers: 1}, func(stats journal.Stats) bool {
			if stats.Files == 1 && others == 0 {
				others = time.Since(start)
			}
			store.mu.Lock()
			defer store.mu.Unlock()
			return len(store.tried[ids[0].String()]) == 3
		})
		if others > time.Second {
			t.Errorf("the others waited for %v", others)
		}
		if got := s.Stats(); !strings.Contains(got.LastError, "no such table") {
			t.Errorf("stats %+v", got)
		}
		tried := store.tried[ids[0].String()]
		if first, second := tried[1].Sub(tried[0]), tried[2].Sub(tried[1]); first != time.Second || second != 2*time.Second {
			t.Errorf("waited %v, then %v, want 1s, 2s", first, second)
		}
	})
}

func TestRefusedBatchIsADeadLetter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, ids := fixture(t, 3)
		store := &fakeStore{refuse: func(token string) error {
			if token == ids[1].String() {
				return fmt.Errorf("insert: %w: code 27, cannot parse", clickhouse.ErrRefused)
			}
			return nil
		}}
		s := run(t, Options{Journal: j, Store: store}, empty)
		if got := s.Stats(); got.Batches != 2 || got.Buried != 1 || len(store.tried[ids[1].String()]) != 1 {
			t.Errorf("stats %+v", got)
		}
		items, err := journal.List(j.Dir())
		if err != nil || len(items) != 1 || !strings.Contains(items[0].Reason, "code 27, cannot parse") {
			t.Errorf("items %+v, %v", items, err)
		}
	})
}

// TestLooksUpWhatWasSentLongAgo has a batch that an earlier process sent: only
// when that was long ago, the store is asked for it first.
func TestLooksUpWhatWasSentLongAgo(t *testing.T) {
	for _, c := range []struct {
		name      string
		ago       time.Duration
		stored    uint64
		looked    int
		inserted  int
		contentID bool
		swallow   bool
	}{
		{"just now", time.Second, 1, 1, 1, false, false},
		{"just now, the token noted and the rows lost", time.Second, 0, 1, 2, false, true},
		{"long ago and stored", time.Hour, 1, 1, 0, false, false},
		{"long ago and not stored", time.Hour, 0, 2, 1, false, false},
		{"never, but an import that is known", -1, 1, 1, 0, true, false},
		{"never, and an import that is new", -1, 0, 1, 1, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j, _ := fixture(t, 0)
				id := commit(t, j, false, c.contentID)
				if c.ago >= 0 {
					if _, err := j.MarkSent(id); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(max(c.ago, 0))
				store := &fakeStore{stored: map[schema.BatchID]uint64{id: c.stored}, swallow: c.swallow}
				s := run(t, Options{Journal: j, Store: store}, empty)
				if len(store.lookups) != c.looked || len(store.inserts) != c.inserted {
					t.Errorf("%d lookups, %d inserts, want %d, %d", len(store.lookups), len(store.inserts), c.looked, c.inserted)
				}
				if got := s.Stats(); (got.Known == 1) != (c.inserted == 0) {
					t.Errorf("stats %+v", got)
				}
				if store.stored[id] == 0 {
					t.Error("the rows are lost")
				}
				if len(j.Dirty()) != 1 {
					t.Error("the buckets are not noted")
				}
			})
		})
	}
}

func TestStopsInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, ids := fixture(t, 1)
		store := &fakeStore{hold: make(chan struct{})}
		s := New(Options{Journal: j, Store: store})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		if got := s.Stats(); got.InFlight != 1 {
			t.Errorf("stats %+v, want one under way", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if left := j.Pending(10, nil); len(left) != 1 || left[0].ID != ids[0] || left[0].Sent.IsZero() {
			t.Errorf("left %+v, want the batch marked sent", left)
		}
		if got := s.Stats(); got.Retries != 0 || got.InFlight != 0 {
			t.Errorf("stats %+v", got)
		}
	})
}

func TestEndsWithItsJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, _ := fixture(t, 1)
		j.Close()
		if err := New(Options{Journal: j, Store: &fakeStore{}}).Run(t.Context()); !errors.Is(err, journal.ErrClosed) {
			t.Errorf("run: %v, want ErrClosed", err)
		}
	})
}
