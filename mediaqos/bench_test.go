package mediaqos

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkAddInOrder is the common case: the next report of a known stream.
func BenchmarkAddInOrder(b *testing.B) {
	for _, streams := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
			s, err := NewStreams(StreamsOptions{})
			if err != nil {
				b.Fatal(err)
			}
			o := Observation{Tenant: oracleTenant, Tap: scriptTap, Media: worldMedia, RTT: RTT{RTTFromHalfLegs, 80_000}}
			out := make([]Emission, 0, 4)
			round := 0
			play := func(i int) {
				o.At = worldStart.Add(time.Duration(round) * 5 * time.Second)
				o.Wire = wireAt(5*round, int32(round))
				o.Wire.ReporterSSRC = uint32(i)
				out, _ = s.Add(&o, out[:0])
				if len(out) != 1 {
					b.Fatalf("%d rows", len(out))
				}
			}
			for ; round < 12; round++ {
				for i := range streams {
					play(i)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i == streams {
					i = 0
					round++
				}
				play(i)
			}
		})
	}
}

// BenchmarkAddSecondTap is a report and its copy behind a relay.
func BenchmarkAddSecondTap(b *testing.B) {
	s, err := NewStreams(StreamsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	behind := Tap{Src: worldAddr(3), Dst: worldAddr(4)}
	o := Observation{Tenant: oracleTenant, Media: worldMedia}
	out := make([]Emission, 0, 4)
	b.ReportAllocs()
	for round := 0; b.Loop(); round++ {
		o.At, o.Tap, o.Wire = worldStart.Add(time.Duration(round)*5*time.Second), scriptTap, wireAt(5*round, 0)
		out, _ = s.Add(&o, out[:0])
		o.At, o.Tap = o.At.Add(time.Millisecond), behind
		out, _ = s.Add(&o, out)
	}
}

// BenchmarkAddLate is a report that comes after its successor.
func BenchmarkAddLate(b *testing.B) {
	s, err := NewStreams(StreamsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	o := Observation{Tenant: oracleTenant, Tap: scriptTap, Media: worldMedia}
	out := make([]Emission, 0, 4)
	b.ReportAllocs()
	for round := 0; b.Loop(); round += 2 {
		for _, k := range [2]int{round + 1, round} {
			o.At, o.Wire = worldStart.Add(time.Duration(k)*5*time.Second), wireAt(5*k, 0)
			out, _ = s.Add(&o, out[:0])
		}
	}
}

func BenchmarkLegs(b *testing.B) {
	legs, err := NewLegs(LegsOptions{})
	if err != nil {
		b.Fatal(err)
	}
	w := [2]Wire{
		{ReporterSSRC: 1, SourceSSRC: 2, PacketType: PacketTypeSR, HasSR: true},
		{ReporterSSRC: 2, SourceSSRC: 1, PacketType: PacketTypeSR, HasSR: true},
	}
	taps := [2]Tap{exchangeTap, exchangeTap.Reversed()}
	var amends []Amendment
	var rtt RTT
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		me, other := &w[i&1], &w[1-i&1]
		at := worldStart.Add(time.Duration(i) * 2 * time.Second)
		me.SRNTP = ntpOf(at)
		me.LSR, me.DLSR = ntpMiddle(other.SRNTP), 130_000
		me.ExtendedSeq += 250
		rtt, amends = legs.AddReport(Sighting{Tenant: oracleTenant, At: at, Tap: taps[i&1]}, me, amends[:0])
	}
	if rtt.Method != RTTFromHalfLegs && b.N > 100 {
		b.Fatalf("%+v", rtt)
	}
}

func BenchmarkWireHash(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sampleWire.Hash("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")
	}
}

// BenchmarkMemory reports what one tracked stream costs with a full window,
// maps and all.
func BenchmarkMemory(b *testing.B) {
	const streams = 200_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := NewStreams(StreamsOptions{MaxStreams: streams})
		if err != nil {
			b.Fatal(err)
		}
		out := make([]Emission, 0, 4)
		for round := range Window + 1 {
			for i := range streams {
				w := wireAt(5*round, 0)
				// Two directions of a call have one pair of SSRCs.
				w.ReporterSSRC, w.SourceSSRC = uint32(i)|1, uint32(i)&^1
				if i&1 == 1 {
					w.ReporterSSRC, w.SourceSSRC = w.SourceSSRC, w.ReporterSSRC
				}
				out, _ = s.Add(&Observation{Tenant: oracleTenant, At: worldStart.Add(time.Duration(round) * 5 * time.Second), Tap: scriptTap, Wire: w, Media: worldMedia}, out[:0])
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if s.Stats().Streams != streams {
			b.Fatal(s.Stats())
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/streams, "B/stream")
	}
}
