package synthetic

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
)

// TestJSONSaysWhatTheWireSaid: what a media relay makes of a datagram reads back
// as the same report blocks.
func TestJSONSaysWhatTheWireSaid(t *testing.T) {
	trunk := Trunk{ID: "sbc", ClockHz: 8000, Network: congested}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	call := NewCall(newRand(7), &trunk, congested, now)
	for i := range 40 {
		now = now.Add(2 * time.Second)
		datagram, _, err := call.Report(i%2, now, false)
		if err != nil {
			t.Fatal(err)
		}
		text, err := RTCPAsJSON(datagram)
		if err != nil {
			t.Fatal(err)
		}
		var binary rtcp.Datagram
		var scanner hep.Scanner
		var report hep.Report
		if err := binary.Decode(datagram); err != nil {
			t.Fatal(err)
		}
		if err := scanner.Scan(text, now, &report); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if len(report.Reports) != 1 || report.Reports[0] != binary.Reports[0] {
			t.Fatalf("from JSON %+v, from the wire %+v", report.Reports, binary.Reports)
		}
	}
	if _, err := RTCPAsJSON([]byte("no RTCP")); err == nil {
		t.Error("what is no RTCP was written as JSON")
	}
}

// TestSIPCallIsReadable: every message parses, and says whose call it is and
// where its media are.
func TestSIPCallIsReadable(t *testing.T) {
	c := SIPCall{
		ID: "a@b", Host: "sbc.example", Caller: "+331", Called: "+4930", PayloadType: 107, Codec: "opus/48000/2",
		Near: netip.MustParseAddrPort("[2001:db8::1]:4000"), Far: netip.MustParseAddrPort("192.0.2.2:5000"),
	}
	for name, message := range map[string][]byte{
		"INVITE": c.Invite(), "180": c.Ringing(), "200": c.Answer(), "ACK": c.Ack(), "BYE": c.Bye(), "486": c.Refuse(486, "Busy Here", 17),
	} {
		m, err := sipmsg.Parse(message)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.CallID != "a@b" || m.From.Host != "sbc.example" {
			t.Errorf("%s: call %q from %q", name, m.CallID, m.From.Host)
		}
		if name == "INVITE" && (m.SDP == nil || len(m.SDP.Audio) != 1) || name == "486" && (len(m.Reasons) != 1 || m.Reasons[0].Cause != 17) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// TestPhoneReportIsReadable by the parser that listeners use.
func TestPhoneReportIsReadable(t *testing.T) {
	r := PhoneReport{
		CallID: "a@b", Phone: "1@p.example", Peer: "2@p.example", Local: netip.MustParseAddrPort("192.0.2.1:4000"), Remote: netip.MustParseAddrPort("192.0.2.2:5000"),
		LocalSSRC: 0xa, RemoteSSRC: 0xb, Start: time.Unix(1000, 0), Stop: time.Unix(1010, 0), Codec: "PCMA", PayloadType: 8, ClockHz: 8000,
		LossPercent: 2.5, RTTMillis: 70, JitterMillis: 4, MOSLQ: 4.1, MOSCQ: 3.8, Last: true,
	}
	got, _, err := vqreport.ParsePublish(r.Publish(netip.MustParseAddrPort("192.0.2.1:5060"), "UDP"))
	if err != nil || got.ProblemCount != 0 || len(got.Unknown) != 0 {
		t.Fatalf("%v, %+v", err, got)
	}
	if got.CallID != "a@b" || !got.CallTerm || got.Local.PacketLoss.NetworkLossPercent.V != 2.5 || got.RemoteAddr.SSRC.V != 0xb || got.Local.Quality.ListeningMOS.V != 4.1 {
		t.Errorf("got %+v", got)
	}
}

// TestLoadSendsWhatItSays over a stream, in both forms, at a rate and without.
func TestLoadSendsWhatItSays(t *testing.T) {
	for _, o := range []LoadOptions{{JSON: true, Streams: 7, Reports: 50}, {Streams: 4, Reports: 21, Rate: 1000}} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		packets := make(chan [3]int, 1)
		go func() { packets <- countPackets(ln) }()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		stats, err := NewLoad(o).Run(context.Background(), conn)
		conn.Close()
		got := <-packets
		ln.Close()
		calls := (o.Streams + 1) / 2
		if err != nil || stats.Reports != uint64(o.Reports) || stats.SIP != uint64(2*calls) || got != [3]int{2 * calls, o.Reports, o.Streams} {
			t.Errorf("%+v: sent %+v, %v; arrived %v", o, stats, err, got)
		}
	}
}

// countPackets reads a connection to its end: SIP messages, reports, and the
// streams that they are of.
func countPackets(ln net.Listener) (counts [3]int) {
	conn, err := ln.Accept()
	if err != nil {
		return counts
	}
	defer conn.Close()
	r := hep.NewReader(conn, hep.ReaderOptions{})
	var d hep.Decoder
	var p hep.Packet
	streams := map[uint32]bool{}
	for {
		b, err := r.Next()
		if err != nil || d.Decode(b, &p) != nil {
			counts[2] = len(streams)
			return counts
		}
		switch {
		case p.Proto == hep.ProtoSIP && bytes.Contains(p.Payload, []byte("CSeq: 1 INVITE")):
			counts[0]++
		case hep.Classify(p.Payload) == hep.FormJSON:
			var s hep.Scanner
			var report hep.Report
			if s.Scan(p.Payload, p.Time, &report) == nil && string(p.CorrelationID) != "" {
				counts[1]++
				streams[report.ReporterSSRC] = true
			}
		default:
			var datagram rtcp.Datagram
			if datagram.Decode(p.Payload) == nil {
				counts[1]++
				streams[datagram.Reports[0].ReporterSSRC] = true
			}
		}
	}
}

// TestSBCSendsCallsOfEveryLine for a moment, to a socket that only counts.
func TestSBCSendsCallsOfEveryLine(t *testing.T) {
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := NewSBC(SBCOptions{Seed: 1, HEP: sink.LocalAddr().String(), CallLength: time.Second})
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	hosts := map[string]bool{}
	b := make([]byte, 64<<10)
	var d hep.Decoder
	var p hep.Packet
	for len(hosts) < len(SharedScene()) {
		if err := sink.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, _, err := sink.ReadFrom(b)
		if err != nil {
			t.Fatalf("calls of %v only: %v", hosts, err)
		}
		if err := d.Decode(b[:n], &p); err != nil {
			t.Fatal(err)
		}
		if m, err := sipmsg.Parse(p.Payload); p.Proto == hep.ProtoSIP && err == nil && m.Method == "INVITE" {
			hosts[m.From.Host] = true
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c := s.Counts(); c.Calls < 4 || c.Packets < 4 {
		t.Errorf("counts %+v", c)
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// TestTableKnowsTheLines: the table is sound, and no mark but the shared ones
// that it means to have is shared.
func TestTableKnowsTheLines(t *testing.T) {
	table := Table(SharedScene())
	overlaps, err := table.Validate()
	if err != nil || len(overlaps) != 0 || len(table.Trunks) != 3 {
		t.Errorf("%v, overlaps %+v, %d trunks", err, overlaps, len(table.Trunks))
	}
}
