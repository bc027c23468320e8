package hep_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestCaptures decodes what real agents sent and compares with a golden file
// that a reader can check against the capture.
func TestCaptures(t *testing.T) {
	for _, name := range []string{"rtpengine_hep", "kamailio_hep_publish"} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			var d hep.Decoder
			var s hep.Scanner
			var p hep.Packet
			var r hep.Report
			for i, f := range capture(t, name+".pcap") {
				if err := d.Decode(f.payload, &p); err != nil {
					t.Fatalf("datagram %d: %v", i, err)
				}
				fmt.Fprintf(&out, "%d %s %v>%v proto %v ip %d agent %d call %q payload %d\n",
					i, p.Time.Format(time.RFC3339Nano), p.Src, p.Dst, p.Proto, p.IPProto, p.CaptureID, p.CorrelationID, len(p.Payload))
				if p.Proto != hep.ProtoRTCP {
					continue
				}
				if err := s.Scan(p.Payload, p.Time, &r); err != nil {
					t.Fatalf("datagram %d: %v", i, err)
				}
				fmt.Fprintf(&out, "  reporter %08x type %d names%s\n", r.ReporterSSRC, r.PacketType, names(&r))
				for _, from := range r.Senders {
					fmt.Fprintf(&out, "  sender ntp %016x rtp %d packets %d octets %d\n", from.NTP, from.RTPTime, from.Packets, from.Octets)
				}
				for _, w := range r.Reports {
					fmt.Fprintf(&out, "  block %08x fraction %d lost %d seq %d jitter %d lsr %d dlsr %d\n",
						w.SourceSSRC, w.FractionLost, w.CumulativeLost, w.ExtendedSeq, w.JitterTicks, w.LSR, w.DLSR)
				}
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s\n(-update rewrites it)", out.Bytes(), want)
			}
		})
	}
}

func names(r *hep.Report) (all string) {
	for _, c := range r.CNAMEs {
		all += fmt.Sprintf(" %08x=%s", c.SSRC, c.Name)
	}
	return all
}

// TestScanEqualsBinary compares rtpengine's JSON with the datagrams it was made
// of: the report must be the same struct whichever way it came, or the same
// report would be two facts.
func TestScanEqualsBinary(t *testing.T) {
	var dg rtcp.Datagram
	wire := make(map[string]int) // printed report -> times seen on the wire
	for i, f := range capture(t, "rtpengine_rtcp_wire.pcap") {
		if err := dg.Decode(f.payload); err != nil || len(dg.Faults) > 0 {
			t.Fatalf("wire datagram %d: %v, faults %v", i, err, dg.Faults)
		}
		wire[printed(dg.Reports, dg.Senders, dg.CNAMEs)]++
	}
	var d hep.Decoder
	var s hep.Scanner
	var p hep.Packet
	var r hep.Report
	for i, f := range capture(t, "rtpengine_hep.pcap") {
		if err := d.Decode(f.payload, &p); err != nil {
			t.Fatal(err)
		}
		if err := s.Scan(p.Payload, p.Time, &r); err != nil {
			t.Fatal(err)
		}
		if got := printed(r.Reports, r.Senders, r.CNAMEs); wire[got] == 0 {
			t.Errorf("HEP datagram %d: no RTCP datagram has\n%s", i, got)
		}
	}
}

func printed(parts ...any) string { return fmt.Sprintf("%+v", parts) }
