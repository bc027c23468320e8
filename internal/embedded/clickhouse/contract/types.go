package contract

import (
	"context"
	"fmt"
	"math"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// testTypes stores each type's values, null among them, and reads them back as
// what they were.
func testTypes(t *testing.T, s *suite) {
	id := uuid.MustParse("6f3b1c1e-9d6d-4f0a-8a59-2b1f6c5d7e80")
	text, number, at := "Grüße\x00\n'\\", int64(math.MinInt64), time.Date(2026, 2, 28, 23, 59, 59, 123456000, time.UTC)
	for i, c := range []struct {
		sql   string
		value any
	}{
		{"Bool", true},
		{"Int8", int8(math.MinInt8)},
		{"Int16", int16(math.MinInt16)},
		{"Int32", int32(math.MinInt32)},
		{"Int64", number},
		{"UInt8", uint8(math.MaxUint8)},
		{"UInt16", uint16(math.MaxUint16)},
		{"UInt32", uint32(math.MaxUint32)},
		{"UInt64", uint64(math.MaxUint64)},
		{"Float32", float32(1.5)},
		{"Float64", math.Pi},
		{"Decimal(18, 6)", decimal.RequireFromString("-12345.678901")},
		{"String", text},
		{"FixedString(3)", "abc"},
		{"LowCardinality(String)", text},
		{"Enum8('idle' = 1, 'talking' = 2)", "talking"},
		{"Date", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)},
		{"DateTime('UTC')", at.Truncate(time.Second)},
		{"DateTime64(6, 'UTC')", at},
		{"UUID", id},
		{"IPv4", net.ParseIP("192.0.2.7").To4()},
		{"IPv6", net.ParseIP("2001:db8::7")},
		{"Nullable(String)", &text},
		{"Nullable(Int64)", (*int64)(nil)},
		{"Nullable(Int64)", &number},
		{"Nullable(DateTime64(6, 'UTC'))", &at},
		{"LowCardinality(Nullable(String))", (*string)(nil)},
		{"Array(String)", []string{"a", text}},
		{"Array(UInt64)", []uint64{}},
		{"Array(Nullable(Int64))", []*int64{nil, &number}},
		{"Array(Array(UInt8))", [][]uint8{{1}, {}, {2, 3}}},
		{"Map(String, UInt64)", map[string]uint64{"a": 1, "b": 2}},
		{"Tuple(String, UInt64)", []any{"a", uint64(1)}},
	} {
		t.Run(strings.NewReplacer("/", "_", " ", "").Replace(c.sql), func(t *testing.T) {
			conn, ctx := s.open(t), context.Background()
			table := fmt.Sprintf("type_%d", i)
			exec(t, conn, "CREATE TABLE "+table+" (v "+c.sql+") ENGINE = MergeTree ORDER BY tuple()")
			batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table)
			if err != nil {
				t.Fatal(err)
			}
			if err := batch.Append(c.value); err != nil {
				t.Fatal(err)
			}
			if err := batch.Send(); err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(c.value))
			if err := conn.QueryRow(ctx, "SELECT v FROM "+table).Scan(got.Interface()); err != nil {
				t.Fatal(err)
			}
			if read := got.Elem().Interface(); !equal(c.value, read) {
				t.Errorf("stored %#v, read %#v", c.value, read)
			}
		})
	}
}

// testSemistructured reads types whose columns hold several of their own.
func testSemistructured(t *testing.T, s *suite) {
	conn := s.open(t)
	exec(t, conn,
		"CREATE TABLE semistructured (id UInt8, j JSON, d Dynamic, v Variant(String, UInt64)) ENGINE = MergeTree ORDER BY id",
		`INSERT INTO semistructured SELECT 1, '{"a":{"b":42},"list":[1,2]}'::JSON, 'text'::Dynamic, 7::UInt64`,
		`INSERT INTO semistructured SELECT 2, '{"a":{"b":43}}'::JSON, 9::Int64::Dynamic, 'seven'`,
	)
	if got := value[string](t, conn, "SELECT arrayStringConcat(groupArray(x), ' ') FROM (SELECT toString(j.a.b) || ',' || toString(d) || ',' || toString(v) AS x FROM semistructured ORDER BY id)"); got != "42,text,7 43,9,seven" {
		t.Errorf("read %q", got)
	}
	rows, err := conn.Query(context.Background(), "SELECT d, v FROM semistructured ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
	}
	if rows.Err() != nil || n != 2 {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
}

// equal compares instants, whatever their location.
func equal(a, b any) bool {
	switch a := a.(type) {
	case time.Time:
		return a.Equal(b.(time.Time))
	case *time.Time:
		other := b.(*time.Time)
		return a == nil && other == nil || a != nil && other != nil && a.Equal(*other)
	}
	return reflect.DeepEqual(a, b)
}
