package rtcp_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
)

var update = flag.Bool("update", false, "write golden files")

// TestCaptures decodes traffic of real endpoints and compares with golden text.
func TestCaptures(t *testing.T) {
	files, err := filepath.Glob("testdata/captures/*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var out strings.Builder
			describeFile(t, &out, file)
			golden := strings.TrimSuffix(file, ".pcap") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("differs from %s (see -update):\n%s", golden, out.String())
			}
		})
	}
}

func describeFile(t *testing.T, out io.Writer, file string) {
	t.Helper()
	r, err := pcap.Open(file, pcap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var (
		u     pcap.Datagram
		d     rtcp.Datagram
		stats rtcp.Stats
	)
	for {
		if err := r.Next(&u); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kind := rtcp.Classify(u.Payload)
		fmt.Fprintf(out, "%d %s > %s %v\n", u.Packet, u.Src, u.Dst, kind)
		if kind != rtcp.KindRTCP {
			continue
		}
		err := d.Decode(u.Payload)
		stats.Count(&d, err)
		describe(out, &d, err)
	}
	fmt.Fprintf(out, "%+v\n", stats)
}

func describe(out io.Writer, d *rtcp.Datagram, err error) {
	if err != nil {
		fmt.Fprintf(out, "  refused: %v\n", err)
	}
	if d.Encrypted {
		fmt.Fprintf(out, "  SRTCP %+v\n", d.SRTCP)
	}
	for _, p := range d.Packets {
		fmt.Fprintf(out, "  packet %d count %d offset %d size %d\n", p.Type, p.Count, p.Offset, len(p.Raw))
	}
	for _, s := range d.Senders {
		fmt.Fprintf(out, "  sender %08x ntp %016x rtp %d packets %d octets %d\n", s.SSRC, s.NTP, s.RTPTime, s.Packets, s.Octets)
	}
	for _, w := range d.Reports {
		fmt.Fprintf(out, "  report %08x of %08x fraction %d lost %d seq %08x jitter %d lsr %08x dlsr %d\n",
			w.ReporterSSRC, w.SourceSSRC, w.FractionLost, w.CumulativeLost, w.ExtendedSeq, w.JitterTicks, w.LSR, w.DLSR)
	}
	for _, n := range d.CNAMEs {
		fmt.Fprintf(out, "  cname %08x %q\n", n.SSRC, n.Name)
	}
	for _, b := range d.Byes {
		fmt.Fprintf(out, "  bye %08x %q\n", b.SSRC, b.Reason)
	}
	for _, a := range d.Apps {
		fmt.Fprintf(out, "  app %08x %q subtype %d %q\n", a.SSRC, a.Name, a.Subtype, a.Data)
	}
	for _, x := range d.XRBlocks {
		fmt.Fprintf(out, "  xr %08x type %d specific %d offset %d % x\n", x.ReporterSSRC, x.Type, x.TypeSpecific, x.Offset, x.Body)
	}
	for i := range d.Faults {
		fmt.Fprintf(out, "  fault %v\n", &d.Faults[i])
	}
}
