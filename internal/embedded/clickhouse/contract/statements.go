package contract

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
)

// testParameters binds values in the driver's three ways.
func testParameters(t *testing.T, s *suite) {
	conn, ctx := s.open(t), context.Background()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if got := value[string](t, conn, "SELECT concat(?, '|', toString(?), '|', toString(?))", "it's", 42, at); got != "it's|42|2026-01-02 03:04:05" {
		t.Errorf("positional: %q", got)
	}
	if got := value[string](t, conn, "SELECT concat(@word, '|', toString(@n))", clickhouse.Named("word", "it's"), clickhouse.Named("n", 42)); got != "it's|42" {
		t.Errorf("named: %q", got)
	}
	if got := value[string](t, conn, "SELECT concat({word:String}, '|', toString({n:Int64}), '|', toString(length({list:Array(String)})), '|', toString({nothing:Nullable(String)} IS NULL))",
		clickhouse.Named("word", "tab\tquote'back\\"), clickhouse.Named("n", -42), clickhouse.Named("list", []string{"a", "b'c"}), clickhouse.Named("nothing", nil)); got != "tab\tquote'back\\|-42|2|1" {
		t.Errorf("server side: %q", got)
	}
	with := clickhouse.Context(ctx, clickhouse.WithParameters(clickhouse.Parameters{"table": "one", "n": "3"}))
	var n uint8
	if err := conn.QueryRow(with, "SELECT toUInt8(dummy + {n:UInt8}) FROM system.{table:Identifier}").Scan(&n); err != nil || n != 3 {
		t.Errorf("WithParameters: %d, %v", n, err)
	}
}

func testParameterIsNotSQL(t *testing.T, s *suite) {
	conn := s.open(t)
	for _, evil := range []string{"'; DROP TABLE x; --", "x' OR 1 = 1", "{n:UInt8}", "$$ FORMAT JSON", "\\'", "/* "} {
		if got := value[string](t, conn, "SELECT {v:String}", clickhouse.Named("v", evil)); got != evil {
			t.Errorf("sent %q, got %q", evil, got)
		}
	}
}

func testSettings(t *testing.T, s *suite) {
	conn := s.open(t, func(o *clickhouse.Options) { o.Settings = clickhouse.Settings{"max_threads": 3} })
	if got := value[uint64](t, conn, "SELECT toUInt64(getSetting('max_threads'))"); got != 3 {
		t.Errorf("max_threads of the connection is %d, want 3", got)
	}
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_threads": 7, "log_comment": "it's"}))
	var threads uint64
	var comment string
	if err := conn.QueryRow(ctx, "SELECT toUInt64(getSetting('max_threads')), getSetting('log_comment')").Scan(&threads, &comment); err != nil || threads != 7 || comment != "it's" {
		t.Errorf("settings of the query: %d, %q, %v", threads, comment, err)
	}
	if got := value[uint64](t, conn, "SELECT toUInt64(getSetting('max_threads'))"); got != 3 {
		t.Errorf("max_threads is %d after a query that set it for itself, want 3", got)
	}
}

func testDeduplicationToken(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn, "CREATE TABLE tokens (n UInt64) ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100")
	for _, token := range []string{"one", "one", "two", "one", "two"} {
		ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token, "insert_deduplicate": 1}))
		if err := conn.InsertFormat(ctx, "TSV", "INSERT INTO tokens (n)", strings.NewReader("1\n2\n")); err != nil {
			t.Fatal(err)
		}
	}
	if n := value[uint64](t, conn, "SELECT count() FROM tokens"); n != 4 {
		t.Errorf("%d rows of two tokens with two rows each", n)
	}
}

// testInsertFormat sends a Native block of revision 0, as journal files hold
// them, in one piece and in many.
func testInsertFormat(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn, "CREATE TABLE native (n UInt64, text LowCardinality(String), at Nullable(DateTime64(6, 'UTC'))) ENGINE = MergeTree ORDER BY n")
	file := nativeBlock(t, 5000)
	if err := conn.InsertFormat(context.Background(), "Native", "INSERT INTO native (n, text, at)", bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	if err := conn.InsertFormat(context.Background(), "Native", "INSERT INTO native (n, text, at)", bytes.NewReader(append(bytes.Clone(file), file...))); err != nil {
		t.Fatal(err)
	}
	got := value[string](t, conn, "SELECT concat(toString(count()), ' ', toString(sum(n)), ' ', toString(uniqExact(text)), ' ', toString(countIf(at IS NULL))) FROM native")
	if got != "15000 37492500 10 7500" {
		t.Errorf("stored %s", got)
	}
}

// nativeBlock encodes rows at revision 0: no block info, no serialization byte.
func nativeBlock(t testing.TB, rows int) []byte {
	t.Helper()
	n, text, at := new(proto.ColUInt64), new(proto.ColStr).LowCardinality(), new(proto.ColDateTime64).WithPrecision(proto.PrecisionMicro).Nullable()
	for i := range rows {
		n.Append(uint64(i))
		text.Append("word " + string(rune('a'+i%10)))
		if i%2 == 0 {
			at.Append(proto.NewNullable(time.Unix(int64(i), 0).UTC()))
		} else {
			at.Append(proto.Null[time.Time]())
		}
	}
	var buf proto.Buffer
	block := proto.Block{Rows: rows, Columns: 3}
	if err := block.EncodeRawBlock(&buf, 0, []proto.InputColumn{{Name: "n", Data: n}, {Name: "text", Data: text}, {Name: "at", Data: at}}); err != nil {
		t.Fatal(err)
	}
	return buf.Buf
}

func testAsyncInsert(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn, "CREATE TABLE async (n UInt64) ENGINE = MergeTree ORDER BY n")
	ctx := clickhouse.Context(context.Background(), clickhouse.WithAsync(true))
	if err := conn.Exec(ctx, "INSERT INTO async VALUES (1), (2)"); err != nil {
		t.Fatal(err)
	}
	if n := value[uint64](t, conn, "SELECT count() FROM async"); n != 2 {
		t.Errorf("%d rows after a waited-for async insert, want 2", n)
	}
}

// testMergeTree uses what the schema builds on.
func testMergeTree(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn,
		`CREATE TABLE facts (
			tenant LowCardinality(String), at DateTime64(6, 'UTC') CODEC(DoubleDelta, ZSTD), id UUID,
			r Nullable(Float32), peer IPv6, version UInt64, is_deleted UInt8, retention_days UInt16,
			INDEX by_id id TYPE bloom_filter GRANULARITY 1
		) ENGINE = ReplacingMergeTree(version, is_deleted)
		PARTITION BY toYYYYMM(at) ORDER BY (tenant, at, id)
		TTL toDateTime(at) + toIntervalDay(retention_days) DELETE WHERE retention_days > 0
		SETTINGS non_replicated_deduplication_window = 1000`,
		`INSERT INTO facts SELECT 'a', toDateTime64('2026-01-01 00:00:00', 6, 'UTC') + number, toUUID('00000000-0000-0000-0000-00000000000' || toString(number % 10)), number, toIPv6('::1'), 1, 0, 0 FROM numbers(10)`,
		`INSERT INTO facts SELECT tenant, at, id, r + 100, peer, 2, 0, 0 FROM facts WHERE r < 5`,
		`INSERT INTO facts SELECT tenant, at, id, r, peer, 3, 1, 0 FROM facts FINAL WHERE r = 100`,
	)
	if got := value[string](t, conn, "SELECT concat(toString(count()), ' ', toString(sum(r)), ' ', toString(max(version))) FROM facts FINAL"); got != "9 445 2" {
		t.Errorf("FINAL gives %q, want %q", got, "9 445 2")
	}
	if got := value[float32](t, conn, "SELECT quantilesTDigestMerge(0.5)(s)[1] FROM (SELECT quantilesTDigestState(0.5)(toFloat64(number)) AS s FROM numbers(101))"); got != 50 {
		t.Errorf("median %v, want 50", got)
	}
}
