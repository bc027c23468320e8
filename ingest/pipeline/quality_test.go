package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
)

// sessionReport is what a phone says of a call (RFC 6035 section 4.6.1).
func sessionReport(callID string, stop time.Time) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf(`VQSessionReport: CallTerm
CallID: %s
LocalID: <sip:agent@anna.sbc.example>
RemoteID: <sip:+33123@example.org>
OrigID: <sip:+33123@example.org>
LocalAddr: IP=198.51.100.5 PORT=6000 SSRC=0x2468abcd
RemoteAddr: IP=198.51.100.6 PORT=7000 SSRC=0x1357abcd
LocalMetrics:
Timestamps: START=%s STOP=%s
SessionDesc: PT=8 PD=PCMA SR=8000 FD=20 FPP=1 PPS=50 PLC=3 SSUP=off
PacketLoss: NLR=1.5 JDR=0.5
BurstGapLoss: BLD=20 BD=100 GLD=1 GD=5000 GMIN=16
Delay: RTD=80 ESD=40 IAJ=3
QualityEst: RLQ=88 RCQ=85 MOSLQ=4.1 MOSCQ=4.0 QoEEstAlg=P.564
RemoteMetrics:
Timestamps: START=%[2]s STOP=%[3]s
PacketLoss: NLR=0.0 JDR=0.0
DialogID: %[1]s;to-tag=1;from-tag=2
x-Vendor: 1
`, callID, stop.Add(-time.Minute).Format(time.RFC3339), stop.Format(time.RFC3339)), "\n", "\r\n"))
}

func submit(t *testing.T, p *process, body []byte, host string) error {
	t.Helper()
	r, err := vqreport.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return p.live.Submit(ctx, r, vqreport.Meta{
		Source: netip.MustParseAddrPort("198.51.100.5:5060"), Listener: usAt, Transport: "tls", TargetHost: host, FromHost: "example.org",
		UserAgent: "phone/1", Received: epoch.Add(time.Minute), Body: body,
	}, nil)
}

// TestSubmittedReportIsDurable: Submit returns with the cut that holds the rows,
// without waiting for the tick, and several share one.
func TestSubmittedReportIsDurable(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch.Add(time.Minute)}
	p := setup{form: FormPublish, table: threeTenants, dir: t.TempDir()}.start(t, store, now)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if err := submit(t, p, sessionReport(fmt.Sprint("q", i), epoch), "anna.sbc.example"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(store.voip) != 16 || store.counts.NewVoIP != 16 || store.cuts > 4 {
		t.Errorf("%d rows in %d cuts, want 16 in few: %+v", len(store.voip), store.cuts, store.counts)
	}
	if err := submit(t, p, sessionReport("q0", epoch), "anna.sbc.example"); err != nil || store.counts.Duplicates != 2 {
		t.Errorf("again: %v, %d duplicates, want 2", err, store.counts.Duplicates)
	}
	for _, row := range store.voip {
		if row.Tenant != "anna" || row.AttributionRule != "dialog" || !strings.HasPrefix(string(row.CallID), "q") || !row.Time.Equal(epoch) || row.Transport != "tls" ||
			row.UnknownCount != 1 || row.Origin != "session" || !row.IsCallTerm || row.UserAgent != "phone/1" {
			t.Fatalf("row %+v", row)
		}
		switch row.Side {
		case "local":
			if row.NetworkLossPercent.V != 1.5 || row.ListeningMOS.V != 4.1 || row.Codec != "PCMA" || row.MOSScale != "NB" || row.SourceSSRC.V != 0x1357abcd ||
				row.Reporter != netip.MustParseAddrPort("198.51.100.5:6000") || row.PLC != "standard" || row.BurstMillis.V != 100 {
				t.Errorf("local %+v", row)
			}
		case "remote":
			if !row.NetworkLossPercent.OK || row.NetworkLossPercent.V != 0 || row.ListeningMOS.OK || row.SourceSSRC.V != 0x2468abcd {
				t.Errorf("remote %+v", row)
			}
		default:
			t.Errorf("side %q", row.Side)
		}
	}
	p.settle(now)
	store.balanced(t)
	r, _ := vqreport.Parse(sessionReport("late", epoch))
	if err := p.live.Submit(t.Context(), r, vqreport.Meta{}, nil); !errors.Is(err, ErrStopped) {
		t.Errorf("after the end: %v, want ErrStopped", err)
	}
}

// TestRefusedReportMayComeAgain: the reporter is told, and the report is not
// taken for a duplicate when it comes again.
func TestRefusedReportMayComeAgain(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch.Add(time.Minute)}
	p := setup{form: FormPublish, table: threeTenants}.start(t, store, now)
	store.refuse = true
	if err := submit(t, p, sessionReport("q", epoch), "anna.sbc.example"); !errors.Is(err, ErrRefused) {
		t.Errorf("%v, want ErrRefused", err)
	}
	store.mu.Lock()
	store.refuse = false
	store.mu.Unlock()
	if err := submit(t, p, sessionReport("q", epoch), "anna.sbc.example"); err != nil || len(store.voip) != 2 {
		t.Errorf("again: %v, %d rows, want 2", err, len(store.voip))
	}
	p.settle(now)
}

// TestWaitingSubmitSurvives: nobody knows the host, so the report waits, durably.
func TestWaitingSubmitSurvives(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch.Add(time.Minute)}
	su := setup{form: FormPublish, dir: t.TempDir()}
	p := su.start(t, store, now)
	if err := submit(t, p, sessionReport("q", epoch), "phones.example"); err != nil || store.counts.Held != 2 {
		t.Fatalf("%v, %+v", err, store.counts)
	}
	p.kill(false)
	su.table = threeTenants // anna is a customer by now
	p = su.start(t, store, now)
	p.history()
	p.settle(now)
	store.balanced(t)
	if len(store.voip) != 2 || store.counts.Released != 2 {
		t.Errorf("%d rows: %+v", len(store.voip), store.counts)
	}
	for _, row := range store.voip {
		if row.Tenant != "anna" || row.Sender != netip.MustParseAddrPort("198.51.100.5:5060") || row.Transport != "tls" {
			t.Errorf("row %+v", row)
		}
	}
}

// TestQualityReportsInHEP: as a PUBLISH that an agent saw, and as type 35.
func TestQualityReportsInHEP(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	phone := netip.MustParseAddrPort("198.51.100.5:5060")
	collector := netip.MustParseAddrPort("198.51.100.9:5060")
	body := sessionReport("q", epoch)
	publish := fmt.Appendf(nil, "PUBLISH sip:collector@anna.sbc.example SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.5;branch=z9hG4bK1\r\nFrom: <sip:agent@example.org>;tag=1\r\nTo: <sip:collector@example.org>\r\nCall-ID: p1\r\nCSeq: 1 PUBLISH\r\nEvent: vq-rtcpxr\r\nContent-Type: application/vq-rtcpxr\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	p.feed(
		packet(hep.ProtoSIP, epoch.Add(time.Second), phone, collector, "", publish),
		packet(hep.ProtoRTPReport, epoch.Add(time.Second), phone, collector, "q", publish),
		packet(hep.ProtoRTPReport, epoch.Add(time.Second), phone, collector, "q", body), // no host names anna but the LocalID
		packet(hep.ProtoRTPReport, epoch.Add(time.Second), phone, collector, "q", []byte("what")),
	)
	p.settle(now)
	store.balanced(t)
	if c := store.counts; c.Quality != 3 || c.RefusedQuality != 1 || c.NewVoIP != 2 || c.Duplicates != 4 || len(store.voip) != 2 {
		t.Errorf("%d rows, %+v", len(store.voip), c)
	}
	for _, row := range store.voip {
		if row.Sender != agentAt || row.Tenant != "anna" {
			t.Errorf("row %+v", row)
		}
	}
}
