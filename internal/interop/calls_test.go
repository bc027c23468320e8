package interop

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// placed is a call through kamailio, and what the ends and the proxy say of it.
type placed struct {
	CallID string
	User   string
	// Status is what the caller saw.
	Status int
	// Attempt, Ringing, Answered and Ended are of the proxy's log; zero if it
	// has none.
	Attempt, Ringing, Answered, Ended time.Time
}

// want is what is to be said of a call of each kind. A proxy hands a 503 on as
// 500 (RFC 3261 section 16.7), and it is the 503 that says who failed.
var want = map[string]struct {
	outcome           string
	callerSaw, status int
	endedBy           string
	seized, effective bool
}{
	userAnswers: {"answered", 200, 200, "caller", true, true},
	userBusy:    {"busy", 486, 486, "callee", true, true},
	userDown:    {"failed", 500, 503, "", true, false},
	userRings:   {"no_answer", 487, 487, "caller", true, true},
}

// placeCalls places one call of each kind.
func placeCalls(t *testing.T, k *kamailio) []placed {
	t.Helper()
	c := newCaller(t, k.addr)
	var calls []placed
	for _, user := range []string{userAnswers, userBusy, userDown, userRings} {
		giveUp := time.Duration(0)
		if user == userRings {
			giveUp = answerAfter
		}
		id, status := c.call(user, giveUp)
		calls = append(calls, placed{CallID: id, User: user, Status: status})
	}
	return calls
}

// times adds what the proxy's log says.
func times(calls []placed, log []logged) {
	for i := range calls {
		c := &calls[i]
		c.Attempt, _ = first(log, c.CallID, "INVITE", 0)
		c.Ringing, _ = first(log, c.CallID, "INVITE", 180)
		c.Answered, _ = first(log, c.CallID, "INVITE", 200)
		for _, end := range []struct {
			method string
			status int
		}{{"BYE", 0}, {"CANCEL", 0}, {"INVITE", 486}, {"INVITE", 503}} {
			if at, ok := first(log, c.CallID, end.method, end.status); ok {
				c.Ended = at
				break
			}
		}
	}
}

// callFigures is what we say of a call.
type callFigures struct {
	CallID, User, Outcome, EndedBy string
	Status                         int
	Seized, Effective              bool
	PDD, Setup, Talk               mediaqos.Opt[int64] // milliseconds
}

// slack is how far our times may be from the proxy's: HEP has the time at which
// a datagram was read or sent, the log that of a line of the script, and on a
// busy machine the process may have to wait in between. What is measured takes
// longer than that.
const slack = 100 * time.Millisecond

func (c placed) check(t *testing.T, got callFigures) {
	t.Helper()
	w := want[c.User]
	if c.Status != w.callerSaw {
		t.Errorf("%s: the caller saw %d, want %d: the test shows nothing", c.User, c.Status, w.callerSaw)
	}
	if got.User != c.User || got.Outcome != w.outcome || got.Status != w.status || got.EndedBy != w.endedBy || got.Seized != w.seized || got.Effective != w.effective {
		t.Errorf("%s: %+v, want %+v", c.User, got, w)
	}
	span := func(what string, got mediaqos.Opt[int64], from, to time.Time) {
		t.Helper()
		ms, known := got.Get()
		if from.IsZero() || to.IsZero() {
			if known {
				t.Errorf("%s: %s %d ms, the proxy saw no such thing", c.User, what, ms)
			}
			return
		}
		truth := to.Sub(from)
		if off := time.Duration(ms)*time.Millisecond - truth; !known || off.Abs() > slack {
			t.Errorf("%s: %s %v ms, the proxy's is %v", c.User, what, got, truth)
		}
		if truth < ringAfter/2 {
			t.Errorf("%s: %s of the proxy's is %v: the test shows nothing", c.User, what, truth)
		}
	}
	span("post-dial delay", got.PDD, c.Attempt, c.Ringing)
	span("setup", got.Setup, c.Attempt, c.Answered)
	if c.Answered.IsZero() {
		span("talk", got.Talk, time.Time{}, time.Time{})
	} else {
		span("talk", got.Talk, c.Answered, c.Ended)
	}
}

// A proxy's HEP: each call has the outcome and the times that the proxy's own
// log and the caller have.
func TestKamailioCallsHaveTheProxysTimes(t *testing.T) {
	t.Parallel()
	const key = "a key of the test"
	c := collect(t, "udp")
	c.decoder.Policy = hep.Policy{AuthKey: key}
	callee := startCallee(t, "")
	k := startKamailio(t, callee, c.addr, 2002, key)
	calls := placeCalls(t, k)
	if status := newCaller(t, k.addr).publish(reportBody("c1@pbx.example")); status != 200 {
		t.Errorf("PUBLISH through the proxy: %d", status)
	}
	k.stop() // so that its log and its HEP are complete
	times(calls, k.seen(t))

	tracker := sipcalls.NewTracker(sipcalls.Options{})
	methods := map[string]int{}
	for _, p := range c.taken(t) {
		if p.Proto != hep.ProtoSIP || p.CaptureID != 2002 {
			t.Fatalf("protocol %v of capture id %d, want SIP of 2002", p.Proto, p.CaptureID)
		}
		m, err := sipmsg.Parse(p.Payload)
		if err != nil {
			t.Fatalf("message from %v: %v", p.Src, err)
		}
		if p.Src != k.addr && p.Dst != k.addr {
			t.Errorf("message %v -> %v, neither is the proxy", p.Src, p.Dst)
		}
		methods[m.Method]++
		if m.Method == "PUBLISH" && m.IsRequest() {
			checkPublish(t, p.Payload)
		}
		tracker.Observe(p.Time, p.Time, "test", m)
	}
	if methods["PUBLISH"] != 4 { // the request and its answer, in and out
		t.Errorf("messages %v, want 4 of the PUBLISH", methods)
	}
	got := map[string]sipcalls.Call{}
	for _, call := range tracker.Flush() {
		got[string(call.CallID)] = call
	}
	if len(got) != len(calls) {
		t.Errorf("%d calls, %d were placed", len(got), len(calls))
	}
	for _, p := range calls {
		g := got[p.CallID]
		p.check(t, callFigures{
			CallID: string(g.CallID), User: g.Target.User, Outcome: g.Outcome.String(), EndedBy: g.EndedBy.String(), Status: g.FinalStatus,
			Seized: g.Outcome.Seized(), Effective: g.Outcome.Effective(),
			PDD: g.PostDialDelayMillis, Setup: g.SetupMillis, Talk: g.TalkMillis,
		})
	}
}

// reportBody is a session report of RFC 6035 with values that nothing else has.
func reportBody(callID string) []byte {
	return []byte("VQSessionReport: CallTerm\r\nCallID: " + callID + "\r\n" +
		"LocalID: <sip:agent42@pbx.fabrikam.example>\r\nRemoteID: <sip:answers@" + trunkFQDN + ">\r\nOrigID: <sip:agent42@pbx.fabrikam.example>\r\n" +
		"LocalAddr: IP=127.0.0.1 PORT=4000 SSRC=0x11223344\r\nRemoteAddr: IP=127.0.0.1 PORT=4002 SSRC=0x55667788\r\n" +
		"LocalMetrics:\r\nTimestamps: START=2026-11-22T10:00:00Z STOP=2026-11-22T10:01:00Z\r\n" +
		"SessionDesc: PT=8 PD=PCMA SR=8000 FD=20 FO=160 FPP=1 PPS=50 PLC=3 SSUP=off\r\n" +
		"JitterBuffer: JBA=3 JBR=2 JBN=40 JBM=80 JBX=120\r\nPacketLoss: NLR=2.5 JDR=0.5\r\n" +
		"BurstGapLoss: BLD=12 BD=110 GLD=1 GD=900 GMIN=16\r\nDelay: RTD=117 ESD=41 OWD=58 SOWD=59 IAJ=7 MAJ=9\r\n" +
		"Signal: SL=-21 NL=-52 RERL=15\r\nQualityEst: RLQ=88 RCQ=85 MOSLQ=4.2 MOSCQ=4.1\r\n")
}

func checkPublish(t *testing.T, message []byte) {
	t.Helper()
	r, meta, err := vqreport.ParsePublish(message)
	if err != nil {
		t.Errorf("PUBLISH in HEP: %v", err)
		return
	}
	whole, err := vqreport.Parse(reportBody("c1@pbx.example"))
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != whole.ID || r.CallID != "c1@pbx.example" || meta.TargetHost != trunkFQDN || r.ProblemCount != 0 {
		t.Errorf("PUBLISH in HEP: report of %q to %q, %d problems, changed on its way: %t", r.CallID, meta.TargetHost, r.ProblemCount, r.ID != whole.ID)
	}
	if loss, _ := r.Local.PacketLoss.NetworkLossPercent.Get(); loss != 2.5 {
		t.Errorf("PUBLISH in HEP: loss %v", r.Local.PacketLoss.NetworkLossPercent)
	}
}
