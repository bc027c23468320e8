package sink

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	engine "github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

func TestMain(m *testing.M) { chtest.Main(m) }

// openStore returns a connection to a database with the schema.
func openStore(t *testing.T, dsn string) *clickhouse.Conn {
	t.Helper()
	c, err := clickhouse.Open(clickhouse.Options{DSN: dsn, DialTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clickhouse.Migrate(context.Background(), c, migrations, false); err != nil {
		t.Fatal(err)
	}
	return c
}

func count(t *testing.T, c *clickhouse.Conn, sql string) (n uint64) {
	t.Helper()
	if err := c.Query(context.Background(), sql, nil, func(scan func(...any) error) error { return scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// start runs a sink until the test ends.
func start(t *testing.T, o Options) *Sink {
	t.Helper()
	s := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return s
}

// await polls for what another process or goroutine will do.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		case <-tick.C:
		}
	}
}

// commitReports commits n reports as one batch; no two calls make equal ones.
func commitReports(t *testing.T, j *journal.Journal, call byte, n int) {
	t.Helper()
	rows := journal.NewRows(clickhouse.MediaReports)
	for i := range n {
		rows.Append(&schema.MediaReport{
			Tenant: "acme", Time: time.Date(2026, 11, 22, 12, 0, i%60, 0, time.UTC),
			ReportID: schema.ReportID{call, byte(i), byte(i >> 8)}, Fact: schema.Fact{Source: "udp", Version: 1},
		})
	}
	if _, err := j.Commit(t.Context(), journal.Cut{Rows: []journal.RowSet{rows}}); err != nil {
		t.Fatal(err)
	}
}

func TestStoresInTheEngine(t *testing.T) {
	c := openStore(t, chtest.Database(t))
	j, err := journal.Open(journal.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	commitReports(t, j, 1, 100)
	commit(t, j, true, false)
	again := commit(t, j, false, true)
	s := start(t, Options{Journal: j, Store: c})
	await(t, "an empty journal", func() bool { return j.Stats().Files == 0 })
	commitReports(t, j, 2, 100)
	if id := commit(t, j, false, true); id != again {
		t.Fatalf("the import's id is %v, then %v", again, id)
	}
	await(t, "an empty journal", func() bool { return j.Stats().Files == 0 })
	if n := count(t, c, "SELECT count() FROM media_reports"); n != 201 {
		t.Errorf("%d reports, want 201", n)
	}
	if n := count(t, c, "SELECT count() FROM trunks"); n != 1 {
		t.Errorf("%d trunks, want 1", n)
	}
	if got := s.Stats(); got.Known != 1 || got.Batches != 5 {
		t.Errorf("stats %+v, want the second import known", got)
	}
}

// TestEngineKilledUnderLoad kills the engine while the sink drains a journal:
// in the end every row is there once.
func TestEngineKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("restarts an engine twice")
	}
	e, err := engine.Start(t.Context(), chtest.Options(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	c := openStore(t, e.DSN())
	j, err := journal.Open(journal.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	const batches, rows = 45, 400
	for i := range batches {
		commitReports(t, j, byte(i), rows)
	}
	s := start(t, Options{Journal: j, Store: c, MinBackoff: 20 * time.Millisecond, MaxBackoff: 200 * time.Millisecond})
	for kill := range 2 {
		await(t, "progress", func() bool { return j.Stats().Files < batches-10*(kill+1) })
		process, err := os.FindProcess(e.PID())
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "an empty journal", func() bool { return j.Stats().Files == 0 })
	if n := count(t, c, "SELECT count() FROM media_reports FINAL"); n != batches*rows {
		t.Errorf("%d reports, want %d", n, batches*rows)
	}
	if n := count(t, c, "SELECT count() FROM media_reports"); n != batches*rows {
		t.Errorf("%d rows before merging, want none twice: %d", n, batches*rows)
	}
	if got := s.Stats(); got.Buried != 0 {
		t.Errorf("stats %+v", got)
	}
	t.Logf("retries: %d", s.Stats().Retries)
}
