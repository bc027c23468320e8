package hep_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// wires draws report blocks of one packet that a receiver can have measured.
func wires(t *rapid.T) []mediaqos.Wire {
	head := mediaqos.Wire{ReporterSSRC: rapid.Uint32().Draw(t, "reporter"), PacketType: mediaqos.PacketTypeRR}
	if rapid.Bool().Draw(t, "SR") {
		head.PacketType, head.HasSR = mediaqos.PacketTypeSR, true
		seconds := uint32(captured.Unix()+2_208_988_800) + rapid.Uint32Range(0, 3600).Draw(t, "clock")
		head.SRNTP = uint64(seconds)<<32 | uint64(rapid.Uint32().Draw(t, "fraction"))
		head.SRRTPTime = rapid.Uint32().Draw(t, "rtp")
		head.SenderPackets = rapid.Uint32Range(0, 1<<24).Draw(t, "packets")
		head.SenderOctets = head.SenderPackets * rapid.Uint32Range(1, 200).Draw(t, "size")
	}
	all := make([]mediaqos.Wire, rapid.IntRange(1, 5).Draw(t, "blocks"))
	for i := range all {
		w := head
		w.SourceSSRC = rapid.Uint32().Draw(t, "source")
		w.FractionLost = rapid.Uint8().Draw(t, "lost of 256")
		w.ExtendedSeq = rapid.Uint32Range(0, 1<<31-1).Draw(t, "seq")
		w.CumulativeLost = rapid.Int32Range(-1<<23, min(1<<23-1, int32(w.ExtendedSeq))).Draw(t, "lost")
		w.JitterTicks = rapid.Uint32Range(0, 1<<20).Draw(t, "jitter")
		if rapid.Bool().Draw(t, "LSR") {
			w.LSR = rapid.Uint32Range(1, 1<<32-1).Draw(t, "lsr")
			w.DLSR = rapid.Uint32Range(0, 1<<24).Draw(t, "dlsr")
		}
		all[i] = w
	}
	return all
}

// asJSON writes blocks as an agent does: style picks the shape and how the
// loss is written.
func asJSON(all []mediaqos.Wire, style int) string {
	lost := func(n int32) int64 {
		switch style % 3 {
		case 0:
			return int64(uint32(n) & 0xffffff) // rtpengine, heplify
		case 1:
			return int64(uint32(n))
		}
		return int64(n)
	}
	var blocks []string
	short := style >= 3
	for _, w := range all {
		format := `{"source_ssrc":%d,"highest_seq_no":%d,"fraction_lost":%d,"ia_jitter":%d,"packets_lost":%d,"lsr":%d,"dlsr":%d}`
		if short {
			format = `{"ssrc":%d,"highest_seq":%d,"fraction_lost":%d,"jitter":%d,"packets_lost":%d,"last_sr":%d,"delay_since_last_sr":%d,"mos":4.5}`
		}
		blocks = append(blocks, fmt.Sprintf(format, w.SourceSSRC, w.ExtendedSeq, w.FractionLost, w.JitterTicks, lost(w.CumulativeLost), w.LSR, w.DLSR))
	}
	w := all[0]
	list := "[" + strings.Join(blocks, ",") + "]"
	if short {
		s := ""
		if w.HasSR {
			s = fmt.Sprintf(`"sender_report":{"ssrc":%d,"ntp_time_sec":%d,"ntp_time_frac":%d,"rtp_time":%d,"packet_count":%d,"octet_count":%d},`,
				w.ReporterSSRC, w.SRNTP>>32, uint32(w.SRNTP), w.SRRTPTime, w.SenderPackets, w.SenderOctets)
		}
		return fmt.Sprintf(`{"type":%q,"ssrc":%d,%s"receiver_report":%s}`, map[bool]string{true: "SR", false: "RR"}[w.HasSR], w.ReporterSSRC, s, list)
	}
	return fmt.Sprintf(`{ "sender_information":{"ntp_timestamp_sec":%d,"ntp_timestamp_usec":%d,"octets":%d,"rtp_timestamp":%d, "packets":%d},"ssrc":%d,"type":%d,"report_count":%d,"report_blocks":%s}`,
		w.SRNTP>>32, uint32(w.SRNTP), w.SenderOctets, w.SRRTPTime, w.SenderPackets, w.ReporterSSRC, w.PacketType, len(all), list)
}

func TestScanIsInverse(t *testing.T) {
	var s hep.Scanner
	var r hep.Report
	rapid.Check(t, func(t *rapid.T) {
		want := wires(t)
		text := asJSON(want, rapid.IntRange(0, 5).Draw(t, "style"))
		if err := s.Scan([]byte(text), captured, &r); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if len(r.Reports) != len(want) {
			t.Fatalf("%d blocks of %d\n%s", len(r.Reports), len(want), text)
		}
		for i, w := range r.Reports {
			if w != want[i] {
				t.Fatalf("block %d\n got %+v\nwant %+v\n%s", i, w, want[i], text)
			}
		}
	})
}

// TestScanSkipsAnyJSON: members that are not known are passed over whatever
// they hold.
func TestScanSkipsAnyJSON(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		kinds := []*rapid.Generator[any]{
			rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.String().AsAny(),
			rapid.Int64().AsAny(), rapid.Float64Range(-1e6, 1e6).AsAny(),
		}
		if depth > 0 {
			inner := value(depth - 1)
			kinds = append(kinds, rapid.SliceOfN(inner, 0, 3).AsAny(), rapid.MapOfN(rapid.String(), inner, 0, 3).AsAny())
		}
		return rapid.OneOf(kinds...)
	}
	var s hep.Scanner
	var r hep.Report
	rapid.Check(t, func(t *rapid.T) {
		v, err := json.Marshal(value(3).Draw(t, "value"))
		if err != nil {
			t.Skip(err)
		}
		text := fmt.Sprintf("\t{ \"unknown\" : %s , \"ssrc\" : 5 }\n", v)
		if err := s.Scan([]byte(text), time.Time{}, &r); err != nil || r.ReporterSSRC != 5 {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}

// TestScanNoise makes what an agent makes of SRTCP: true type, count and SSRC,
// noise for the rest. Of 20,000 with one block each, hardly any may pass.
func TestScanNoise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var s hep.Scanner
	var r hep.Report
	for _, sr := range []bool{true, false} {
		passed := 0
		for range 10_000 {
			w := mediaqos.Wire{
				ReporterSSRC: rnd.Uint32(), SourceSSRC: rnd.Uint32(), PacketType: mediaqos.PacketTypeRR, FractionLost: uint8(rnd.Uint32()),
				CumulativeLost: int32(rnd.Uint32()) >> 8, ExtendedSeq: rnd.Uint32(), JitterTicks: rnd.Uint32(), LSR: rnd.Uint32(), DLSR: rnd.Uint32(),
			}
			if sr {
				w.PacketType, w.HasSR, w.SRNTP, w.SRRTPTime = mediaqos.PacketTypeSR, true, rnd.Uint64(), rnd.Uint32()
				w.SenderPackets, w.SenderOctets = rnd.Uint32(), rnd.Uint32()
			}
			switch err := s.Scan([]byte(asJSON([]mediaqos.Wire{w}, 0)), captured, &r); {
			case err == nil:
				passed++
			case !errors.Is(err, hep.ErrImplausible):
				t.Fatal(err)
			}
		}
		t.Logf("SR %v: %d of 10000 passed", sr, passed)
		if passed > 10_000/300 {
			t.Errorf("SR %v: %d of 10000 passed", sr, passed)
		}
	}
}

// TestScanOfSRTCP does the same with a real SRTCP packet's bytes, read as
// rtpengine reads them (its issue 282).
func TestScanOfSRTCP(t *testing.T) {
	var srtcp []byte
	for _, f := range capture(t, "baresip_srtp_rtcp.pcap") {
		if len(f.payload) > 52 && f.payload[1] == 200 && f.payload[0]&0x1f == 1 {
			srtcp = f.payload
			break
		}
	}
	if srtcp == nil {
		t.Fatal("no SR with a block in the capture")
	}
	at := func(i int) uint32 { return binary.BigEndian.Uint32(srtcp[i:]) }
	w := mediaqos.Wire{
		ReporterSSRC: at(4), PacketType: 200, HasSR: true, SRNTP: uint64(at(8))<<32 | uint64(at(12)), SRRTPTime: at(16), SenderPackets: at(20), SenderOctets: at(24),
		SourceSSRC: at(28), FractionLost: srtcp[32], CumulativeLost: int32(at(32)<<8) >> 8, ExtendedSeq: at(36), JitterTicks: at(40), LSR: at(44), DLSR: at(48),
	}
	var s hep.Scanner
	var r hep.Report
	if err := s.Scan([]byte(asJSON([]mediaqos.Wire{w}, 0)), captured, &r); !errors.Is(err, hep.ErrImplausible) {
		t.Errorf("%v\n%+v", err, w)
	}
}
