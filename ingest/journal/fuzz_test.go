package journal

import (
	"bytes"
	"errors"
	"testing"

	"github.com/trunkline-cc/trunkline/schema"
)

func FuzzReadHeader(f *testing.F) {
	h := &header{Batch: schema.BatchID{1}.String(), Table: "media_reports", Columns: []string{"time"}, Rows: 1, Touched: map[schema.TenantID][]int64{"acme": {1}}}
	head, err := encodeHead(h, []byte("body"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append(head, "body"...))
	f.Add(head[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		h, start, err := readHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("got %v, want ErrCorrupt", err)
			}
			return
		}
		if start+h.BodyBytes != int64(len(data)) || h.Rows <= 0 || h.Table == "" {
			t.Fatalf("accepted %+v", h)
		}
		h.buckets()
	})
}

func FuzzReadLog(f *testing.F) {
	log, err := appendFrame(nil, &record{Commit: &commitRecord{Batches: []string{"x"}, Ledger: []LedgerEntry{{Listener: "udp", Mark: 1}}}})
	if err != nil {
		f.Fatal(err)
	}
	log, err = appendFrame(log, &record{Dirty: bucketSet{"media_reports": {"acme": {1, 2}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(log)
	f.Add(log[:len(log)-3])
	f.Add(append(bytes.Clone(log), make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		records := 0
		whole, _, err := readLog(bytes.NewReader(data), func(*record) error { records++; return nil })
		if err != nil || whole > int64(len(data)) {
			t.Fatalf("%d whole bytes of %d, %v", whole, len(data), err)
		}
		again := 0
		if n, damaged, err := readLog(bytes.NewReader(data[:whole]), func(*record) error { again++; return nil }); err != nil || damaged || n != whole || again != records {
			t.Fatalf("the whole part reads as %d bytes, %d records of %d, damaged %v, %v", n, again, records, damaged, err)
		}
	})
}

func FuzzParseFileName(f *testing.F) {
	f.Add(schema.BatchID{1}.String() + batchSuffix)
	f.Add(schema.BatchID{1}.String() + ".1795000000000" + sentSuffix)
	f.Add("x.tmp")
	f.Fuzz(func(t *testing.T, name string) {
		if parsed, ok := parseFileName(name); ok && parsed.String() != name {
			t.Fatalf("%q reads as %q", name, parsed)
		}
	})
}
