package hep_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// BenchmarkDecode walks rtpengine's datagram of 569 bytes.
func BenchmarkDecode(b *testing.B) {
	in := first(b)
	var d hep.Decoder
	var p hep.Packet
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(in, &p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeScan walks the same datagram and reads its JSON. The metric
// x_encoding_json says how many times longer the walk and encoding/json into
// structs take, measured in turns with it.
func BenchmarkDecodeScan(b *testing.B) {
	in := first(b)
	var d hep.Decoder
	var s hep.Scanner
	var p hep.Packet
	var r hep.Report
	ours := func() {
		if err := d.Decode(in, &p); err != nil {
			b.Fatal(err)
		}
		if err := s.Scan(p.Payload, p.Time, &r); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		ours()
	}
	b.ReportMetric(ratio(ours, func() {
		if err := d.Decode(in, &p); err != nil {
			b.Fatal(err)
		}
		var v rtcpJSON
		if err := json.Unmarshal(p.Payload, &v); err != nil || len(v.ReportBlocks) != 1 {
			b.Fatal(err, v)
		}
	}), "x_encoding_json")
}

// rtcpJSON is what rtpengine sends, for the baseline.
type rtcpJSON struct {
	SenderInformation struct {
		NTPSeconds  uint32 `json:"ntp_timestamp_sec"`
		NTPFraction uint32 `json:"ntp_timestamp_usec"`
		Octets      uint32 `json:"octets"`
		RTPTime     uint32 `json:"rtp_timestamp"`
		Packets     uint32 `json:"packets"`
	} `json:"sender_information"`
	SSRC         uint32 `json:"ssrc"`
	Type         uint8  `json:"type"`
	ReportCount  uint8  `json:"report_count"`
	ReportBlocks []struct {
		SourceSSRC uint32 `json:"source_ssrc"`
		HighestSeq uint32 `json:"highest_seq_no"`
		Fraction   uint8  `json:"fraction_lost"`
		Jitter     uint32 `json:"ia_jitter"`
		Lost       uint32 `json:"packets_lost"`
		LSR        uint32 `json:"lsr"`
		DLSR       uint32 `json:"dlsr"`
	} `json:"report_blocks"`
	SDES []struct {
		SSRC uint32 `json:"sdes_chunk_ssrc"`
		Type uint8  `json:"type"`
		Text string `json:"text"`
	} `json:"sdes_information"`
}

// ratio runs both in turns and returns how many times longer the baseline
// took, by the best of several rounds: a busy machine slows both.
func ratio(ours, baseline func()) float64 {
	const rounds, runs = 10, 500
	best := [2]time.Duration{1 << 62, 1 << 62}
	for range rounds {
		for i, f := range []func(){ours, baseline} {
			start := time.Now()
			for range runs {
				f()
			}
			best[i] = min(best[i], time.Since(start))
		}
	}
	return float64(best[1]) / float64(best[0])
}

// BenchmarkReader cuts a stream of that datagram.
func BenchmarkReader(b *testing.B) {
	one := first(b)
	stream := bytes.Repeat(one, 1000)
	b.SetBytes(int64(len(stream)))
	for b.Loop() {
		r := hep.NewReader(bytes.NewReader(stream), hep.ReaderOptions{})
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkAppend writes the datagram back.
func BenchmarkAppend(b *testing.B) {
	var d hep.Decoder
	var p hep.Packet
	if err := d.Decode(first(b), &p); err != nil {
		b.Fatal(err)
	}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if out, err = hep.Append(out[:0], &p); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(out)))
}
