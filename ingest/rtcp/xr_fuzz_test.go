package rtcp

import (
	"bytes"
	"testing"

	pion "github.com/pion/rtcp"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// FuzzXR decodes anything as the blocks of an extended report: no panic, no
// figure outside its range, no encoding that contradicts itself, the same as
// the library wherever both accept, and equal input gives equal output.
func FuzzXR(f *testing.F) {
	for _, blocks := range [][]byte{
		xrLossBytes, xrDuplicateBytes, chain(xrReferenceBytes, xrEchoesByte), xrSummaryBytes, xrVoIPBytes,
		xrBurstLossBytes, xrBurstDiscardBytes, xrOtherBytes,
		chain(xrVoIPBytes, xrLossBytes[:16], xrEchoesByte),
	} {
		f.Add(blocks)
	}
	var d, again Datagram
	f.Fuzz(func(t *testing.T, blocks []byte) {
		blocks = blocks[:min(len(blocks), 1400)&^3]
		in := extended(blocks)
		before := bytes.Clone(in)
		if err := d.Decode(in); err != nil {
			t.Fatal(err)
		}
		if err := again.Decode(in); err != nil || !bytes.Equal(in, before) {
			t.Fatalf("second time %v, or input was changed", err)
		}
		for _, all := range [][]mediaqos.RLE{d.XR.LossRLEs, d.XR.DuplicateRLEs} {
			for i := range all {
				checkRLE(t, &all[i])
			}
		}
		for i := range d.XR.VoIP {
			checkVoIP(t, &d.XR.VoIP[i])
			if d.XR.VoIP[i] != again.XR.VoIP[i] {
				t.Fatal("not the same the second time")
			}
		}
		for i := range d.Faults {
			if at := d.Faults[i].Offset; at < 0 || at >= len(in) || d.Faults[i].Error() == "" {
				t.Fatalf("fault %+v of %d bytes", d.Faults[i], len(in))
			}
		}
		if len(d.Faults) == 0 {
			compareXR(t, in, &d.XR)
		}
	})
}

func checkRLE(t *testing.T, r *mediaqos.RLE) {
	t.Helper()
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	total := 0
	r.Runs(func(_ bool, n int) bool { total += n; return n > 0 })
	if total != r.Bits() {
		t.Fatalf("runs of %d bits, want %d", total, r.Bits())
	}
}

func checkVoIP(t *testing.T, m *mediaqos.VoIPMetrics) {
	t.Helper()
	for _, c := range []struct {
		o      mediaqos.Opt[float64]
		lo, hi float64
	}{
		{m.LossRatio, 0, 1},
		{m.DiscardRatio, 0, 1},
		{m.BurstDensity, 0, 1},
		{m.GapDensity, 0, 1},
		{m.RoundTripMillis, 1, 65535},
		{m.SignalDBm0, -128, 126},
		{m.RFactor, 0, 100},
		{m.ExternalRFactor, 0, 100},
		{m.ListeningMOS, 1, 5},
		{m.ConversationalMOS, 1, 5},
	} {
		if c.o.OK && (c.o.V < c.lo || c.o.V > c.hi) {
			t.Fatalf("%v outside %v..%v in %+v", c.o.V, c.lo, c.hi, m)
		}
	}
}

// compareXR reads a faultless report with the library.
func compareXR(t *testing.T, in []byte, x *XR) {
	t.Helper()
	var report pion.ExtendedReport
	if report.Unmarshal(in) != nil {
		return // the library is stricter: it also judges what we leave raw
	}
	voip, echoes := 0, 0
	for _, b := range report.Reports {
		switch b := b.(type) {
		case *pion.VoIPMetricsReportBlock:
			if want := voipOf(report.SenderSSRC, b); x.VoIP[voip] != want {
				t.Fatalf("got %+v, the library %+v", x.VoIP[voip], want)
			}
			voip++
		case *pion.DLRRReportBlock:
			for _, e := range b.Reports {
				if got := x.DLRRs[echoes]; got.ReceiverSSRC != e.SSRC || got.LRR != e.LastRR || got.DLRR != e.DLRR {
					t.Fatalf("got %+v, the library %+v", got, e)
				}
				echoes++
			}
		}
	}
	if voip != len(x.VoIP) || echoes != len(x.DLRRs) {
		t.Fatalf("%d VoIP metrics and %d echoes, the library has %d and %d", len(x.VoIP), len(x.DLRRs), voip, echoes)
	}
}
