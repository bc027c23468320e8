package rtcp

import (
	"testing"
	"time"

	pion "github.com/pion/rtcp"
)

func TestDecodeXRAllocatesNothing(t *testing.T) {
	in := extended(xrLossBytes, xrDuplicateBytes, xrReferenceBytes, xrEchoesByte, xrSummaryBytes, xrOtherBytes, xrVoIPBytes, xrBurstLossBytes, xrBurstDiscardBytes)
	bad := extended(xrReferenceBytes, set(xrLossBytes, 15, 1), xrVoIPBytes)
	var d Datagram
	var stats Stats
	decode := func() {
		stats.Count(&d, d.Decode(in))
		stats.Count(&d, d.Decode(bad))
	}
	decode() // slices grow once
	if allocs := testing.AllocsPerRun(100, decode); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkDecodeVoIPRatio decodes one extended report with VoIP metrics by
// this package and by the library in turns, so that a busy machine slows both.
func BenchmarkDecodeVoIPRatio(b *testing.B) {
	const turn = 1000
	in := extended(xrVoIPBytes)
	var d Datagram
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		for range turn {
			_ = d.Decode(in)
		}
		middle := time.Now()
		for range turn {
			_, _ = pion.Unmarshal(in)
		}
		ours += middle.Sub(start)
		theirs += time.Since(middle)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "x-faster")
	b.ReportMetric(float64(ours.Nanoseconds())/turn/float64(b.N), "ours-ns")
	b.ReportMetric(float64(theirs.Nanoseconds())/turn/float64(b.N), "pion-ns")
}

func BenchmarkDecodeLossRLE(b *testing.B) {
	in := extended(xrLossBytes)
	var d Datagram
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(in); err != nil {
			b.Fatal(err)
		}
	}
}
