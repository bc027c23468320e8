package hep_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// tshark runs tshark on a capture and returns the wanted fields of each frame.
func tshark(t *testing.T, args, fields []string) [][]string {
	t.Helper()
	path := testneed.Tool(t, "tshark")
	args = append(args, "-T", "fields", "-E", "separator=|", "-E", "occurrence=f")
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.Bytes())
	}
	var rows [][]string
	for line := range strings.Lines(string(out)) {
		rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "|"))
	}
	return rows
}

// TestTsharkHEP compares our decoding of the captures with that of tshark and
// testdata/hep3.lua.
func TestTsharkHEP(t *testing.T) {
	for _, name := range []string{"rtpengine_hep.pcap", "kamailio_hep_publish.pcap"} {
		rows := tshark(t, []string{"-X", "lua_script:testdata/hep3.lua", "-r", "testdata/" + name}, []string{
			"hep3.src4", "hep3.sport", "hep3.dst4", "hep3.dport", "hep3.time",
			"hep3.ipproto", "hep3.proto", "hep3.capid", "hep3.payload_len", "hep3.cid",
		})
		frames := capture(t, name)
		if len(rows) != len(frames) {
			t.Fatalf("%s: tshark has %d frames, we have %d", name, len(rows), len(frames))
		}
		var d hep.Decoder
		var p hep.Packet
		for i, row := range rows {
			if err := d.Decode(frames[i].payload, &p); err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse("Jan _2, 2006 15:04:05.000000000 MST", row[4])
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintln(p.Src, p.Dst, p.Time, p.IPProto, uint8(p.Proto), p.CaptureID, len(p.Payload), string(p.CorrelationID))
			want := fmt.Sprintln(netip.MustParseAddrPort(row[0]+":"+row[1]), netip.MustParseAddrPort(row[2]+":"+row[3]),
				at.UTC(), row[5], row[6], row[7], row[8], row[9])
			if got != want {
				t.Errorf("%s frame %d:\n   got %stshark %s", name, i+1, got, want)
			}
		}
	}
}

// TestTsharkReports compares the figures of rtpengine's JSON with tshark's
// decoding of the RTCP that it was made of.
func TestTsharkReports(t *testing.T) {
	var args []string
	for _, port := range []string{"41101", "41103", "42001", "42015"} {
		args = append(args, "-d", "udp.port=="+port+",rtcp")
	}
	rows := tshark(t, append(args, "-r", "testdata/rtpengine_rtcp_wire.pcap"), []string{
		"rtcp.senderssrc", "rtcp.timestamp.ntp.msw", "rtcp.timestamp.ntp.lsw", "rtcp.timestamp.rtp",
		"rtcp.sender.packetcount", "rtcp.sender.octetcount", "rtcp.ssrc.identifier", "rtcp.ssrc.fraction",
		"rtcp.ssrc.cum_nr", "rtcp.ssrc.ext_high", "rtcp.ssrc.jitter", "rtcp.ssrc.lsr", "rtcp.ssrc.dlsr",
	})
	wire := make(map[string]bool)
	for _, row := range rows {
		for i := range row {
			v, err := strconv.ParseInt(row[i], 0, 64)
			if err != nil {
				t.Fatalf("tshark field %d: %v", i, err)
			}
			row[i] = strconv.FormatInt(v, 10)
		}
		wire[strings.Join(row, " ")] = true
	}
	var d hep.Decoder
	var s hep.Scanner
	var p hep.Packet
	var r hep.Report
	compared := 0
	for i, f := range capture(t, "rtpengine_hep.pcap") {
		if err := d.Decode(f.payload, &p); err != nil {
			t.Fatal(err)
		}
		if err := s.Scan(p.Payload, p.Time, &r); err != nil {
			t.Fatal(err)
		}
		for _, w := range r.Reports {
			got := fmt.Sprint(w.ReporterSSRC, w.SRNTP>>32, uint32(w.SRNTP), w.SRRTPTime, w.SenderPackets, w.SenderOctets,
				w.SourceSSRC, w.FractionLost, w.CumulativeLost, w.ExtendedSeq, w.JitterTicks, w.LSR, w.DLSR)
			compared++
			if !wire[got] {
				t.Errorf("HEP datagram %d: tshark sees no RTCP with %s", i, got)
			}
		}
	}
	if compared < 19 {
		t.Errorf("compared %d report blocks, the capture has at least 19", compared)
	}
}
