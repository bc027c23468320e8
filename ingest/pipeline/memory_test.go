package pipeline

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Bounds on what one tracked stream takes on its way through the pipeline with
// full windows, in bytes: its memory in mediaqos.Streams, its share of
// mediaqos.Legs, its note and, where SIP says whose it is, its share of the
// origin of its call.
const (
	maxTrackedBytes    = 1240 // of a listener with a tenant
	maxAttributedBytes = 1240 // of a call
	maxRelayedBytes    = 1290 // of a call with a call id beside each report
)

// TestMemoryOfTrackedStreams has 200,000 streams, two to a call, each with a
// name and reports in sender reports until everything that is bounded is full.
func TestMemoryOfTrackedStreams(t *testing.T) {
	streams := 200_000
	if testing.Short() {
		streams = 20_000
	}
	for _, c := range []struct {
		name   string
		origin bool
		withID bool
		limit  float64
	}{{"listener", false, false, maxTrackedBytes}, {"call", true, false, maxAttributedBytes}, {"relay", true, true, maxRelayedBytes}} {
		t.Run(c.name, func(t *testing.T) {
			streams := streams
			if c.withID {
				streams = min(streams, 50_000)
			}
			heap := func() float64 {
				var m runtime.MemStats
				runtime.GC()
				runtime.GC()
				runtime.ReadMemStats(&m)
				return float64(m.HeapAlloc)
			}
			before := heap()
			stripes, err := NewStripes(StripesOptions{MaxStreams: 2 * streams, MaxStreamsPerSource: streams})
			if err != nil {
				t.Fatal(err)
			}
			w, err := NewWorker(stripes)
			if err != nil {
				t.Fatal(err)
			}
			src := &Source{Name: "sbc", Kind: KindUDP, Tenant: "contoso", Trunk: "sbc.contoso.com", Media: mediaqos.Media{Codec: "PCMA", Source: mediaqos.MediaConfig}}
			for round := range 14 {
				for call := range streams / 2 {
					playCall(w, src, call, round, c.origin, c.withID)
				}
			}
			each := (heap() - before) / float64(streams)
			t.Logf("%.0f bytes a stream", each)
			if n := stripes.Stats().Streams; n != streams {
				t.Fatalf("%d streams, want %d", n, streams)
			}
			if each > c.limit {
				t.Errorf("%.0f bytes a stream, at most %.0f", each, c.limit)
			}
			runtime.KeepAlive(w)
		})
	}
}

// playCall makes both ends of a call report once, each in a sender report.
func playCall(w *Worker, src *Source, call, round int, called, withID bool) {
	at := epoch.Add(time.Duration(round) * 5 * time.Second)
	var host [4]byte
	binary.BigEndian.PutUint32(host[:], 10<<24|uint32(call))
	near, far := netip.AddrPortFrom(netip.AddrFrom4(host), 5005), netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), uint16(10000+2*(call%20000)+1))
	id := fmt.Sprintf("%08x-1c2d-4f6a-9b70-%012x@192.0.2.1", call, call)
	var origin *Origin
	if called && round == 0 {
		origin = &Origin{Tenant: src.Tenant, Trunk: src.Trunk, Rule: "dialog", CallID: schema.CallID(id)}
	}
	ntp := func(at time.Time) uint64 { return uint64(at.Unix()+2_208_988_800) << 32 }
	for back := range 2 {
		tap, reporter, source := mediaqos.Tap{Src: near, Dst: far}, uint32(2*call+1), uint32(2*call+2)
		if back == 1 {
			tap, reporter, source = tap.Reversed(), source, reporter
		}
		sent := at.Add(time.Duration(back) * 2 * time.Second)
		wire := mediaqos.Wire{
			ReporterSSRC: reporter, SourceSSRC: source, PacketType: mediaqos.PacketTypeSR, ExtendedSeq: uint32(1000 + 250*round),
			JitterTicks: 16, HasSR: true, SRNTP: ntp(sent), SRRTPTime: uint32(40_000 * round), SenderPackets: uint32(250 * round), SenderOctets: uint32(40_000 * round),
		}
		if round > 0 {
			wire.LSR, wire.DLSR = uint32(ntp(sent.Add(-3*time.Second))>>16), 2<<16
		}
		sender := tap.Src.Addr() // of a call it is the agent that captured it
		if called {
			sender = netip.AddrFrom4([4]byte{192, 0, 2, 99})
		}
		var callID []byte
		if withID {
			callID = []byte(id)
		}
		w.facts = w.facts[:0]
		w.take(&seen{
			source: src, attributed: attributed{tenant: src.Tenant, origin: origin, media: src.Media}, at: sent, tap: tap, call: callID, sender: sender, now: sent,
		}, content{
			reports: []mediaqos.Wire{wire}, senders: []rtcp.Sender{{SSRC: reporter, NTP: wire.SRNTP}},
			cnames: []rtcp.CNAME{{SSRC: reporter, Name: []byte("8f2c1d3e4a5b")}},
		})
	}
}
