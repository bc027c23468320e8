package clickhouse

import (
	"bytes"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// stamped is a table whose rows hold the stamp too, to decode encoded blocks.
func stamped[R any](t *Table[R], stamps *[]Stamp) *Table[R] {
	all := Table[R]{name: t.name}
	ingested := column[R]{name: "ingested_at", make: func() cells[R] {
		data := newDateTime64(proto.PrecisionMilli)
		return cells[R]{data: data, load: func(i int, _ *R) { *stamps = append(*stamps, Stamp{IngestedAt: data.Row(i)}) }}
	}}
	batch := column[R]{name: "batch_id", make: func() cells[R] {
		data := new(proto.ColUUID)
		return cells[R]{data: data, load: func(i int, _ *R) { (*stamps)[len(*stamps)-1].Batch = schema.BatchID(data.Row(i)) }}
	}}
	all.columns = append(slices.Clone(t.columns), ingested, batch)
	return &all
}

func TestNativeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(reportRows, 1, 5).Draw(t, "rows")
		a, b := MediaReports.NewBlock(), MediaReports.NewBlock()
		split := rapid.IntRange(0, len(rows)).Draw(t, "split")
		for i := range rows {
			if i < split {
				a.Append(&rows[i])
			} else {
				b.Append(&rows[i])
			}
		}
		a.Extend(b)
		if a.Rows() != len(rows) {
			t.Fatalf("%d rows, want %d", a.Rows(), len(rows))
		}
		stamp := Stamp{Batch: schema.BatchID(ids().Draw(t, "batch")), IngestedAt: time.UnixMilli(1_795_000_000_123).UTC()}
		encoded, err := a.AppendNative([]byte("before"), stamp)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(encoded, []byte("before")) {
			t.Fatal("AppendNative did not append")
		}
		var stamps []Stamp
		var got []schema.MediaReport
		err = decodeNative(stamped(MediaReports, &stamps), bytes.NewReader(encoded[6:]), 0, func(row *schema.MediaReport) error {
			got = append(got, *row)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, rows) {
			t.Fatalf("got  %+v\nwant %+v", got, rows)
		}
		for _, s := range stamps {
			if s.Batch != stamp.Batch || !s.IngestedAt.Equal(stamp.IngestedAt) {
				t.Fatalf("stamp %+v, want %+v", s, stamp)
			}
		}
		if len(stamps) != len(rows) {
			t.Fatalf("%d stamps for %d rows", len(stamps), len(rows))
		}
	})
}

func TestTouchedBuckets(t *testing.T) {
	b := MediaReports.NewBlock()
	at := time.Date(2026, 11, 22, 18, 30, 59, 999_999_000, time.UTC)
	for _, row := range []schema.MediaReport{
		{Tenant: "bolt", Time: at},
		{Tenant: "acme", Time: at.Add(time.Microsecond)},
		{Tenant: "acme", Time: at},
		{Tenant: "acme", Time: at.Add(time.Microsecond), Fact: schema.Fact{IsDeleted: true}},
	} {
		b.Append(&row)
	}
	minute := schema.MinuteOf(at)
	want := []schema.Bucket{
		{Table: "media_reports", Tenant: "acme", Minute: minute},
		{Table: "media_reports", Tenant: "bolt", Minute: minute},
		{Table: "media_reports", Tenant: "acme", Minute: minute + 1},
	}
	if got := b.Touched(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	trunk := Trunks.NewBlock()
	trunk.Append(&schema.Trunk{Tenant: "acme"})
	if got := trunk.Touched(); len(got) != 0 {
		t.Errorf("a dimension touched %v", got)
	}
}

func TestContentID(t *testing.T) {
	id := func(rows ...schema.MediaReport) schema.BatchID {
		b := MediaReports.NewBlock()
		for i := range rows {
			b.Append(&rows[i])
		}
		id, err := b.ContentID()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	a, b := schema.MediaReport{Tenant: "acme", JitterTicks: 1}, schema.MediaReport{Tenant: "acme", JitterTicks: 2}
	later := a
	later.Version = 99
	if id(a, b) != id(later, b) {
		t.Error("another version of the same content has another id")
	}
	for name, other := range map[string]schema.BatchID{"another value": id(a, a), "another order": id(b, a), "fewer rows": id(a)} {
		if other == id(a, b) {
			t.Errorf("%s has the same id", name)
		}
	}
}

func TestNetworkBounds(t *testing.T) {
	for _, c := range []struct{ prefix, first, last string }{
		{"10.1.2.3/8", "::ffff:10.0.0.0", "::ffff:10.255.255.255"},
		{"192.0.2.128/25", "::ffff:192.0.2.128", "::ffff:192.0.2.255"},
		{"192.0.2.7/32", "::ffff:192.0.2.7", "::ffff:192.0.2.7"},
		{"0.0.0.0/0", "::ffff:0.0.0.0", "::ffff:255.255.255.255"},
		{"2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"},
	} {
		prefix := netip.MustParsePrefix(c.prefix)
		first, last := netip.AddrFrom16(bound(prefix, 0)), netip.AddrFrom16(bound(prefix, 0xff))
		if first.String() != c.first || last.String() != c.last {
			t.Errorf("%s: %s to %s, want %s to %s", c.prefix, first, last, c.first, c.last)
		}
	}
}
