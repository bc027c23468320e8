package clickhouse_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/ClickHouse/ch-go/proto"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
)

// BenchmarkInsertNative sends 10,000 rows in Native as the sink does.
func BenchmarkInsertNative(b *testing.B) {
	const rows = 10_000
	conn := benchConn(b)
	if err := conn.Exec(context.Background(), "CREATE TABLE bench (n UInt64, text LowCardinality(String), value Float64) ENGINE = MergeTree ORDER BY n"); err != nil {
		b.Fatal(err)
	}
	n, text, value := new(proto.ColUInt64), new(proto.ColStr).LowCardinality(), new(proto.ColFloat64)
	for i := range rows {
		n.Append(uint64(i))
		text.Append(fmt.Sprint("word ", i%100))
		value.Append(float64(i))
	}
	var block proto.Buffer
	if err := (proto.Block{Rows: rows, Columns: 3}).EncodeRawBlock(&block, 0, []proto.InputColumn{{Name: "n", Data: n}, {Name: "text", Data: text}, {Name: "value", Data: value}}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(block.Buf)))
	for b.Loop() {
		if err := conn.InsertFormat(context.Background(), "Native", "INSERT INTO bench (n, text, value)", bytes.NewReader(block.Buf)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkSelectOne is a whole round trip: connection of the engine, statement,
// answer.
func BenchmarkSelectOne(b *testing.B) {
	conn := benchConn(b)
	for b.Loop() {
		if err := conn.Ping(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScan reads a million rows in Native.
func BenchmarkScan(b *testing.B) {
	conn := benchConn(b)
	for b.Loop() {
		rows, err := conn.Query(context.Background(), "SELECT number FROM numbers(1000000)")
		if err != nil {
			b.Fatal(err)
		}
		var n uint64
		for rows.Next() {
			if err := rows.Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
		if err := rows.Err(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchConn(b *testing.B) driver.Conn {
	b.Helper()
	opt, err := driver.ParseDSN(chtest.Database(b))
	if err != nil {
		b.Fatal(err)
	}
	conn, err := driver.Open(opt)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}
