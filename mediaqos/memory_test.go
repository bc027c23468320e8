package mediaqos

import (
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// Bounds on what one tracked stream takes with full windows, maps and all, in
// bytes. A call has two streams between one pair of addresses.
const (
	maxStreamBytes = 610
	maxLegBytes    = 410
)

// TestMemoryPerStream measures Streams and the share of Legs apart. It holds
// what there is to what it was; the figures are also those of BenchmarkMemory.
func TestMemoryPerStream(t *testing.T) {
	const streams = 20_000
	s, err := NewStreams(StreamsOptions{MaxStreams: streams})
	if err != nil {
		t.Fatal(err)
	}
	legs, err := NewLegs(LegsOptions{MaxPairs: streams})
	if err != nil {
		t.Fatal(err)
	}
	play := func(use func(sg Sighting, w *Wire)) float64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for round := range legWindow + 1 {
			for i := range streams {
				call, back := i>>1, i&1 == 1
				at := worldStart.Add(time.Duration(round)*5*time.Second + time.Duration(i&1)*time.Second)
				sg := Sighting{Tenant: oracleTenant, At: at, Tap: Tap{
					Src: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(call >> 8), byte(call)}), 5001),
					Dst: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(call >> 8), byte(call)}), 5001),
				}}
				w := wireAt(5*round, 0)
				w.ReporterSSRC, w.SourceSSRC = uint32(2*call), uint32(2*call+1)
				w.PacketType, w.HasSR, w.SRNTP = PacketTypeSR, true, ntpOf(at)
				if round > 0 {
					w.LSR, w.DLSR = ntpMiddle(ntpOf(at.Add(-4*time.Second))), units(3900)
				}
				if back {
					sg.Tap = sg.Tap.Reversed()
					w.ReporterSSRC, w.SourceSSRC = w.SourceSSRC, w.ReporterSSRC
				}
				use(sg, &w)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		return (float64(after.HeapAlloc) - float64(before.HeapAlloc)) / streams
	}
	var amends []Amendment
	legBytes := play(func(sg Sighting, w *Wire) { _, amends = legs.AddReport(sg, w, amends[:0]) })
	var out []Emission
	streamBytes := play(func(sg Sighting, w *Wire) {
		out, _ = s.Add(&Observation{Tenant: sg.Tenant, At: sg.At, Tap: sg.Tap, Wire: *w, Media: worldMedia}, out[:0])
	})
	t.Logf("Streams %.0f bytes a stream, Legs %.0f", streamBytes, legBytes)
	if n, p := s.Stats().Streams, legs.Stats().Pairs; n != streams || p != streams/2 {
		t.Fatalf("%d streams, %d pairs", n, p)
	}
	if streamBytes > maxStreamBytes || legBytes > maxLegBytes {
		t.Errorf("Streams %.0f bytes a stream, at most %d; Legs %.0f, at most %d", streamBytes, maxStreamBytes, legBytes, maxLegBytes)
	}
	runtime.KeepAlive(s)
	runtime.KeepAlive(legs)
}
