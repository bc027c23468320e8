package rtcp

import (
	"testing"
	"time"

	pion "github.com/pion/rtcp"
)

func TestDecodeAllocatesNothing(t *testing.T) {
	inputs := [][]byte{
		chain(srBytes, sdesBytes, xrBytes, appBytes, byeBytes),
		rrBytes,
		chain(srBytes, set(sdesBytes, 29, 200), []byte{1}), // faults
		sealed(1, chain(srBytes, sdesBytes), 3, false, 0, 10),
		{0x80, 8, 0, 0}, // refused
	}
	var d Datagram
	var stats Stats
	decode := func() {
		for _, in := range inputs {
			stats.Count(&d, d.Decode(in))
		}
	}
	decode() // slices grow once
	if allocs := testing.AllocsPerRun(100, decode); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

var srSDES = chain(srBytes, []byte{
	0x81, 202, 0, 7, 0x99, 0x9b, 0x37, 0x38, 1, 19,
	'c', 'u', 's', 't', 'o', 'm', 'e', 'r', '@', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 0, 0, 0,
})

func BenchmarkDecodeSRSDES(b *testing.B) {
	b.ReportAllocs()
	var d Datagram
	for b.Loop() {
		if err := d.Decode(srSDES); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPionUnmarshal is the baseline on the same bytes.
func BenchmarkPionUnmarshal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pion.Unmarshal(srSDES); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecodeRatio measures both in turns within one run, so that a busy
// machine slows both, and reports how many times faster than the library we are.
func BenchmarkDecodeRatio(b *testing.B) {
	const turn = 1000
	var d Datagram
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		for range turn {
			_ = d.Decode(srSDES)
		}
		middle := time.Now()
		for range turn {
			_, _ = pion.Unmarshal(srSDES)
		}
		ours += middle.Sub(start)
		theirs += time.Since(middle)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "x-faster")
	b.ReportMetric(float64(ours.Nanoseconds())/turn/float64(b.N), "ours-ns")
	b.ReportMetric(float64(theirs.Nanoseconds())/turn/float64(b.N), "pion-ns")
}
