package callrecords_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
	"github.com/trunkline-cc/trunkline/ingest/callrecords/callrecordstest"
	"github.com/trunkline-cc/trunkline/schema"
)

// discard takes rows and keeps none.
type discard struct{ rows int }

func (d *discard) Record(*schema.CallRecord)               { d.rows++ }
func (d *discard) Session(*schema.CallSession)             { d.rows++ }
func (d *discard) Segment(*schema.CallSegment)             { d.rows++ }
func (d *discard) MediaStream(*schema.CallMediaStream)     { d.rows++ }
func (d *discard) DirectRouting(*schema.DirectRoutingCall) { d.rows++ }
func (d *discard) PSTN(*schema.PSTNCall)                   { d.rows++ }

// lines are n generated records, one a line.
func lines(n int) []byte {
	g := callrecordstest.New(1)
	var data []byte
	for range n {
		data = append(g.Record(data), '\n')
	}
	return data
}

// BenchmarkRecords compares reading records to rows with only parsing the same
// bytes with the standard library, into any and into one struct of strings.
func BenchmarkRecords(b *testing.B) {
	const n = 200
	data := lines(n)
	perRecord := func(b *testing.B) {
		b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
	}
	b.Run("rows", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		d := callrecords.NewDecoder()
		origin := callrecords.Origin{Tenant: "contoso"}
		for b.Loop() {
			r, err := callrecords.NewReader(bytes.NewReader(data), callrecords.Options{})
			if err != nil {
				b.Fatal(err)
			}
			var out discard
			for {
				raw, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					b.Fatal(err)
				}
				doc, err := d.Decode(raw.JSON, raw.Kind)
				if err != nil {
					b.Fatal(err)
				}
				doc.Rows(&origin, &out)
			}
			if out.rows < 4*n {
				b.Fatalf("%d rows", out.rows)
			}
		}
		perRecord(b)
	})
	b.Run("split", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			r, _ := callrecords.NewReader(bytes.NewReader(data), callrecords.Options{})
			for {
				if _, err := r.Next(); err != nil {
					break
				}
			}
		}
		perRecord(b)
	})
	b.Run("encoding_json_any", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
				var v any
				if err := json.Unmarshal(line, &v); err != nil {
					b.Fatal(err)
				}
			}
		}
		perRecord(b)
	})
	b.Run("encoding_json_valid", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
				if !json.Valid(line) {
					b.Fatal("invalid")
				}
			}
		}
		perRecord(b)
	})
}
