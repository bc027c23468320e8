package contract

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func testPing(t *testing.T, s *suite) {
	if err := s.open(t).Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func testServerVersion(t *testing.T, s *suite) {
	v, err := s.open(t).ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if v.Version.Major < 25 {
		t.Errorf("version %v, want 25 or later", v.Version)
	}
}

func testDDL(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn,
		"CREATE TABLE ddl (a UInt32, b String DEFAULT 'x' COMMENT 'unit=none') ENGINE = MergeTree ORDER BY a",
		"ALTER TABLE ddl ADD COLUMN c Nullable(Float64) CODEC(Gorilla, ZSTD(1)) AFTER a",
		"CREATE VIEW ddl_view AS SELECT a FROM ddl WHERE a > 1",
		"INSERT INTO ddl (a) VALUES (1), (2)",
	)
	if n := value[uint64](t, conn, "SELECT count() FROM ddl_view"); n != 1 {
		t.Errorf("%d rows through the view, want 1", n)
	}
	if names := value[[]string](t, conn, "SELECT groupArray(name) FROM (SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'ddl' ORDER BY position)"); fmt.Sprint(names) != "[a c b]" {
		t.Errorf("columns %v, want [a c b]", names)
	}
	exec(t, conn, "DROP TABLE ddl_view", "DROP TABLE ddl")
}

// compressions are all that clickhouse-go knows over HTTP, and the settings
// that it needs for them.
var compressions = []struct {
	name   string
	method clickhouse.CompressionMethod
	http   bool // a content coding, to be switched on in the settings
}{
	{"none", clickhouse.CompressionNone, false},
	{"lz4", clickhouse.CompressionLZ4, false},
	{"zstd", clickhouse.CompressionZSTD, false},
	{"gzip", clickhouse.CompressionGZIP, true},
	{"deflate", clickhouse.CompressionDeflate, true},
	{"br", clickhouse.CompressionBrotli, true},
}

func withCompression(method clickhouse.CompressionMethod, http bool) func(*clickhouse.Options) {
	return func(o *clickhouse.Options) {
		o.Compression = &clickhouse.Compression{Method: method, Level: 3}
		if http {
			o.Settings = clickhouse.Settings{"enable_http_compression": 1}
		}
	}
}

func testBatches(t *testing.T, s *suite) {
	const rows = 5_000
	exec(t, s.open(t), "CREATE TABLE batches (method LowCardinality(String), n UInt64, text String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY (method, n)")
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range compressions {
		t.Run(c.name, func(t *testing.T) {
			conn := s.open(t, withCompression(c.method, c.http))
			ctx := context.Background()
			batch, err := conn.PrepareBatch(ctx, "INSERT INTO batches")
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				if err := batch.Append(c.name, uint64(i), fmt.Sprintf("row %d of %s", i, c.name), begin.Add(time.Duration(i)*time.Millisecond)); err != nil {
					t.Fatal(err)
				}
			}
			if err := batch.Send(); err != nil {
				t.Fatal(err)
			}
			got, err := conn.Query(ctx, "SELECT n, text, at FROM batches WHERE method = ? ORDER BY n", c.name)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Close()
			i := 0
			for ; got.Next(); i++ {
				var n uint64
				var text string
				var at time.Time
				if err := got.Scan(&n, &text, &at); err != nil {
					t.Fatal(err)
				}
				if n != uint64(i) || text != fmt.Sprintf("row %d of %s", i, c.name) || !at.Equal(begin.Add(time.Duration(i)*time.Millisecond)) {
					t.Fatalf("row %d is %d, %q, %v", i, n, text, at)
				}
			}
			if err := got.Err(); err != nil {
				t.Fatal(err)
			}
			if i != rows {
				t.Errorf("%d rows, want %d", i, rows)
			}
		})
	}
}

func testEmptyResult(t *testing.T, s *suite) {
	rows, err := s.open(t).Query(context.Background(), "SELECT number FROM numbers(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if rows.Next() || rows.Err() != nil {
		t.Errorf("a row of an empty result, or %v", rows.Err())
	}
}

func testManyBlocks(t *testing.T, s *suite) {
	const want = 300_000
	rows, err := s.open(t, withCompression(clickhouse.CompressionLZ4, false)).Query(context.Background(), "SELECT number, toString(number) FROM numbers(300000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var n, sum uint64
	for rows.Next() {
		var v uint64
		var text string
		if err := rows.Scan(&v, &text); err != nil {
			t.Fatal(err)
		}
		if n++; text != fmt.Sprint(v) {
			t.Fatalf("%d beside %q", v, text)
		}
		sum += v
	}
	if err := rows.Err(); err != nil || n != want || sum != want*(want-1)/2 {
		t.Errorf("%d rows with sum %d, error %v", n, sum, err)
	}
}

func testConcurrent(t *testing.T, s *suite) {
	const workers, each = 32, 10
	conn := s.open(t)
	exec(t, conn, "CREATE TABLE concurrent (worker UInt32, n UInt32) ENGINE = MergeTree ORDER BY (worker, n)")
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			ctx := context.Background()
			for i := range each {
				if err := conn.Exec(ctx, "INSERT INTO concurrent VALUES (?, ?)", uint32(w), uint32(i)); err != nil {
					t.Errorf("insert %d of %d: %v", i, w, err)
				}
				var got uint64
				if err := conn.QueryRow(ctx, "SELECT number FROM numbers(?) ORDER BY number DESC LIMIT 1", uint64(w*each+i+1)).Scan(&got); err != nil || got != uint64(w*each+i) {
					t.Errorf("worker %d got %d, %v; want %d", w, got, err, w*each+i)
				}
			}
		})
	}
	wg.Wait()
	if n := value[uint64](t, conn, "SELECT uniqExact(worker, n) FROM concurrent"); n != workers*each {
		t.Errorf("%d rows, want %d", n, workers*each)
	}
}
