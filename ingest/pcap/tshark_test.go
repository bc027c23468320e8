package pcap_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/internal/testneed"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// captures are those of the shared data folder.
func captures(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testneed.Shared(t, "data", "captures"), "*.pcap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	return files
}

// datagram is what both sides say of one UDP datagram.
type datagram struct {
	Nanos    int64
	Src, Dst string
	Size     int
	// Types are those of RTCP sub-packets; SRTCP has none that can be seen.
	Types   []uint8
	Reports []mediaqos.Wire
}

// TestAgainstTshark compares every datagram of every capture, and every field
// of every report block in it, with Wireshark's own reading.
func TestAgainstTshark(t *testing.T) {
	testneed.Tool(t, "tshark")
	blocks := 0
	for _, file := range captures(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, wantCut := tsharkReads(t, file)
			got, gotCut := weRead(t, file)
			if !maps.Equal(gotCut, wantCut) {
				t.Errorf("cut packets: got %v, want %v", gotCut, wantCut)
			}
			if len(got) != len(want) {
				t.Errorf("%d datagrams, tshark has %d", len(got), len(want))
			}
			for number, w := range want {
				if g := got[number]; !reflect.DeepEqual(g, w) {
					t.Errorf("packet %d:\ngot  %+v\nwant %+v", number, g, w)
				}
				blocks += len(w.Reports)
			}
		})
	}
	if want := 13 + 38 + 18 + 6; blocks < want {
		t.Errorf("%d report blocks were compared; GStreamer, rtpengine, linphone and baresip sent %d", blocks, want)
	}
}

// weRead decodes a capture; cut are the packets that it does not hold whole.
func weRead(t *testing.T, file string) (all map[uint64]datagram, cut map[uint64]bool) {
	t.Helper()
	all, cut = map[uint64]datagram{}, map[uint64]bool{}
	r, err := pcap.Open(file, pcap.Options{OnFault: func(f *pcap.Fault) {
		if f.Reason != pcap.Cut {
			t.Error(f)
		}
		cut[f.Packet] = true
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var u pcap.Datagram
	var d rtcp.Datagram
	for {
		if err := r.Next(&u); errors.Is(err, io.EOF) {
			return all, cut
		} else if err != nil {
			t.Fatal(err)
		}
		one := datagram{Nanos: u.At.UnixNano(), Src: u.Src.String(), Dst: u.Dst.String(), Size: len(u.Payload)}
		if rtcp.Classify(u.Payload) == rtcp.KindRTCP {
			if err := d.Decode(u.Payload); err != nil {
				t.Errorf("packet %d: %v", u.Packet, err)
			}
			for i := range d.Faults {
				t.Errorf("packet %d: %v", u.Packet, &d.Faults[i])
			}
			for _, p := range d.Packets {
				one.Types = append(one.Types, p.Type)
			}
			one.Reports = append(one.Reports, d.Reports...)
		}
		all[u.Packet] = one
	}
}

// tsharkReads asks tshark for the same. Its heuristic wants a whole chain of
// sub-packets, so that SRTCP is not taken for RTCP.
func tsharkReads(t *testing.T, file string) (all map[uint64]datagram, cut map[uint64]bool) {
	t.Helper()
	out, err := exec.Command("tshark", "-n", "-r", file, "--enable-heuristic", "rtcp_udp", "-Y", "udp", "-T", "json", "--no-duplicate-keys").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	var packets []struct {
		Source struct {
			Layers map[string]json.RawMessage `json:"layers"`
		} `json:"_source"`
	}
	if err := json.Unmarshal(out, &packets); err != nil {
		t.Fatal(err)
	}
	all, cut = map[uint64]datagram{}, map[uint64]bool{}
	for _, p := range packets {
		frame := fields(t, p.Source.Layers["frame"])
		number := num(t, frame["frame.number"])
		if num(t, frame["frame.cap_len"]) < num(t, frame["frame.len"]) {
			cut[number] = true
			continue
		}
		udp := fields(t, p.Source.Layers["udp"])
		prefix := "ip"
		if p.Source.Layers[prefix] == nil {
			prefix = "ipv6"
		}
		ip := fields(t, p.Source.Layers[prefix])
		one := datagram{
			Nanos: epochNanos(t, frame["frame.time_epoch"]),
			Src:   join(ip[prefix+".src"], udp["udp.srcport"]),
			Dst:   join(ip[prefix+".dst"], udp["udp.dstport"]),
			Size:  int(num(t, udp["udp.length"])) - 8,
		}
		if raw, ok := p.Source.Layers["rtcp"]; ok {
			tsharkReports(t, &one, raw)
		}
		all[number] = one
	}
	return all, cut
}

// tsharkReports adds what tshark's RTCP layer holds, which is one object per
// sub-packet, or an array of them. Objects without a type are remarks.
func tsharkReports(t *testing.T, one *datagram, raw json.RawMessage) {
	t.Helper()
	packets := []json.RawMessage{raw}
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &packets); err != nil {
			t.Fatal(err)
		}
	}
	for _, raw := range packets {
		p := fields(t, raw)
		if p["rtcp.pt"] == nil {
			continue
		}
		kind := uint8(num(t, p["rtcp.pt"]))
		one.Types = append(one.Types, kind)
		if kind != rtcp.TypeSR && kind != rtcp.TypeRR {
			continue
		}
		base := mediaqos.Wire{ReporterSSRC: uint32(num(t, p["rtcp.senderssrc"])), PacketType: kind}
		if kind == rtcp.TypeSR {
			base.HasSR = true
			base.SRNTP = num(t, p["rtcp.timestamp.ntp.msw"])<<32 | num(t, p["rtcp.timestamp.ntp.lsw"])
			base.SRRTPTime = uint32(num(t, p["rtcp.timestamp.rtp"]))
			base.SenderPackets = uint32(num(t, p["rtcp.sender.packetcount"]))
			base.SenderOctets = uint32(num(t, p["rtcp.sender.octetcount"]))
		}
		for n := 1; ; n++ {
			block, ok := p[fmt.Sprintf("Source %d", n)].(map[string]any)
			if !ok {
				break
			}
			one.Reports = append(one.Reports, tsharkBlock(t, base, block))
		}
	}
}

func tsharkBlock(t *testing.T, w mediaqos.Wire, block map[string]any) mediaqos.Wire {
	t.Helper()
	loss, _ := block["SSRC contents"].(map[string]any)
	lost, err := strconv.ParseInt(fmt.Sprint(loss["rtcp.ssrc.cum_nr"]), 10, 32)
	if err != nil {
		t.Fatalf("cumulative loss of %v: %v", block, err)
	}
	w.SourceSSRC = uint32(num(t, block["rtcp.ssrc.identifier"]))
	w.FractionLost = uint8(num(t, loss["rtcp.ssrc.fraction"]))
	w.CumulativeLost = int32(lost)
	w.ExtendedSeq = uint32(num(t, block["rtcp.ssrc.ext_high"]))
	w.JitterTicks = uint32(num(t, block["rtcp.ssrc.jitter"]))
	w.LSR = uint32(num(t, block["rtcp.ssrc.lsr"]))
	w.DLSR = uint32(num(t, block["rtcp.ssrc.dlsr"]))
	return w
}

// fields is a JSON object of tshark's; nil if there is none.
func fields(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	if raw == nil {
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// num reads a number as tshark writes it: decimal, or hexadecimal with 0x.
func num(t *testing.T, v any) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(fmt.Sprint(v), 0, 64)
	if err != nil {
		t.Fatalf("tshark's number %v: %v", v, err)
	}
	return n
}

// epochNanos reads "seconds.fraction" with nine digits behind the point.
func epochNanos(t *testing.T, v any) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.Replace(fmt.Sprint(v), ".", "", 1), 10, 64)
	if err != nil {
		t.Fatalf("tshark's time %v: %v", v, err)
	}
	return n
}

func join(host, port any) string { return net.JoinHostPort(fmt.Sprint(host), fmt.Sprint(port)) }
