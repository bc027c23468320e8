package interop

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// relayed is a call of two GStreamer parties through rtpengine, which reports
// it by HEP, and all that is known of it from elsewhere.
type relayed struct {
	CallID string
	// ToB is what the network did to the first party's stream, ToA to the
	// second's.
	ToB, ToA *lossy
	// RTTMillis is what the taps add to a round trip between the parties.
	RTTMillis float64
	// JitterMillis is about the jitter of the first party's stream.
	JitterMillis float64
	// RTCPPackets is how many it received, and so reported: its own count.
	RTCPPackets int
	// Verdicts are rtpengine's own, by reporting SSRC.
	Verdicts map[uint32]verdict
}

// callParty is one side of a relayed call: a peer, and taps around it.
type callParty struct {
	gst     gstPeer
	rtpOut  *tap // from the peer to rtpengine
	rtcpOut *tap
	rtcpIn  *tap // from rtpengine to the peer
	loss    *lossy
}

func newParty(t *testing.T, cname string, nth int, rtcpDelay, jitter time.Duration) *callParty {
	t.Helper()
	base := ports(t, 2)
	p := &callParty{
		loss:    &lossy{nth: nth},
		rtpOut:  &tap{conn: socket(t, 0), delay: jitter, jitter: jitter},
		rtcpOut: &tap{conn: socket(t, 0), delay: rtcpDelay},
		rtcpIn:  &tap{conn: socket(t, 0), delay: rtcpDelay, to: at(base + 1)},
	}
	p.rtpOut.drop = p.loss.drop
	p.gst = gstPeer{
		cname: cname, rtpPort: base, rtcpPort: base + 1, every: 2 * time.Second,
		rtp: address(p.rtpOut.conn.LocalAddr()), rtcp: address(p.rtcpOut.conn.LocalAddr()),
	}
	return p
}

// sdpAddr is where rtpengine sends to.
func (p *callParty) sdpAddr() sdpAddr {
	return sdpAddr{rtp: at(p.gst.rtpPort), rtcp: address(p.rtcpIn.conn.LocalAddr())}
}

// sendTo begins to forward what the peer sends to rtpengine's port pair.
func (p *callParty) sendTo(t *testing.T, rtp netip.AddrPort) {
	p.rtpOut.to, p.rtcpOut.to = rtp, netip.AddrPortFrom(rtp.Addr(), rtp.Port()+1)
	p.rtpOut.run(t)
	p.rtcpOut.run(t)
	p.rtcpIn.run(t)
}

// What the taps of a relayed call do beside dropping.
const (
	delayA      = 30 * time.Millisecond // of RTCP, each way
	delayB      = 10 * time.Millisecond
	jitterFromA = 8 * time.Millisecond
)

// callPair is both sides of a call that is to be relayed.
type callPair struct{ a, b *callParty }

func newPair(t *testing.T) callPair {
	t.Helper()
	return callPair{
		a: newParty(t, "agent42@pbx.example", 20, delayA, jitterFromA),
		b: newParty(t, "customer7@pstn.example", 50, delayB, 0),
	}
}

// relayCall lets a call run for d and returns what is known of it.
func relayCall(t *testing.T, engine *rtpengine, callID string, d time.Duration) relayed {
	t.Helper()
	return newPair(t).run(t, engine, callID, d)
}

func (c callPair) run(t *testing.T, engine *rtpengine, callID string, d time.Duration) relayed {
	t.Helper()
	aTo, bTo := engine.relay(t, callID, c.a.sdpAddr(), c.b.sdpAddr())
	c.a.sendTo(t, aTo)
	c.b.sendTo(t, bTo)
	peers := []*peer{c.a.gst.start(t), c.b.gst.start(t)}
	media(t.Context(), d)
	for _, p := range peers {
		p.stop()
	}
	reply := engine.command(t, map[string]any{"command": "delete", "call-id": callID, "from-tag": "from", "delete-delay": 0})
	return relayed{
		CallID: callID, ToB: c.a.loss, ToA: c.b.loss, Verdicts: verdicts(t, reply), RTCPPackets: rtcpPackets(t, reply),
		RTTMillis: 2 * float64((delayA + delayB).Milliseconds()), JitterMillis: float64(jitterFromA.Milliseconds()),
	}
}

// figures is what is known to us of one report: a row of the store, or a fact
// on the way there.
type figures struct {
	Time             time.Time
	CallID           string
	Reporter, Source uint32
	FractionLost     int
	CumulativeLost   int
	ExtendedSeq      uint32
	Expected, Lost   mediaqos.Opt[int32]
	LossRatio        mediaqos.Opt[float64]
	JitterMillis     mediaqos.Opt[float64]
	RTTMillis        mediaqos.Opt[float64]
}

// check holds our figures, in the order of time, against the network's and
// rtpengine's.
func (c relayed) check(t *testing.T, rows []figures) {
	t.Helper()
	streams := map[uint32][]figures{}
	for _, row := range rows {
		if row.CallID != c.CallID {
			t.Errorf("a report has the call id %q, the call had %q", row.CallID, c.CallID)
		}
		streams[row.Source] = append(streams[row.Source], row)
	}
	if len(streams) != 2 {
		t.Fatalf("%d streams, the call had 2", len(streams))
	}
	for _, truth := range []*lossy{c.ToB, c.ToA} {
		ssrc, passed, dropped := truth.counts()
		stream := streams[ssrc]
		t.Logf("stream %08x: %d packets passed, %d dropped, %d reports", ssrc, passed, dropped, len(stream))
		if len(stream) < 4 {
			t.Errorf("%d reports of stream %08x, too few to say anything", len(stream), ssrc)
			continue
		}
		checkLoss(t, truth, stream)
		c.checkVerdict(t, stream)
	}
	for _, row := range streams[ssrcOf(c.ToB)][1:] {
		if j, ok := row.JitterMillis.Get(); !ok || j < c.JitterMillis/2 { // what more there is, rtpengine's own must tell
			t.Errorf("jitter %v ms, the network made %v at least", row.JitterMillis, c.JitterMillis)
		}
	}
}

func ssrcOf(l *lossy) uint32 { ssrc, _, _ := l.counts(); return ssrc }

// checkLoss holds each interval against what the tap dropped in it, to the
// packet.
func checkLoss(t *testing.T, truth *lossy, stream []figures) {
	t.Helper()
	lost := 0
	for i, row := range stream[1:] {
		before := stream[i]
		want := truth.between(before.ExtendedSeq, row.ExtendedSeq)
		expected := int32(row.ExtendedSeq - before.ExtendedSeq)
		if got, ok := row.Lost.Get(); !ok || int(got) != want {
			t.Errorf("report at %v: lost %v, the network dropped %d", row.Time, row.Lost, want)
		}
		if got, ok := row.Expected.Get(); !ok || got != expected {
			t.Errorf("report at %v: expected %v packets, sequence numbers say %d", row.Time, row.Expected, expected)
		}
		if got, ok := row.LossRatio.Get(); !ok || math.Abs(got-float64(want)/float64(expected)) > 1e-9 {
			t.Errorf("report at %v: loss ratio %v, want %d/%d", row.Time, row.LossRatio, want, expected)
		}
		lost += want
	}
	if lost == 0 {
		t.Error("the network dropped nothing between the reports: the test shows nothing")
	}
}

// checkVerdict holds a stream's reports against rtpengine's understanding of
// the same.
func (c relayed) checkVerdict(t *testing.T, stream []figures) {
	t.Helper()
	last := stream[len(stream)-1]
	v, ok := c.Verdicts[last.Reporter]
	if !ok {
		t.Errorf("rtpengine's verdict lacks the reporter %08x", last.Reporter)
		return
	}
	// rtpengine keeps in one counter what the SSRC last reported of the other
	// stream, and what it misses of the SSRC's own stream from then on.
	own := c.ToB
	if last.Source == ssrcOf(c.ToB) {
		own = c.ToA
	}
	if more := v.CumulativeLost - last.CumulativeLost; more < 0 || more > own.droppedSince(last.Time.Add(-2*time.Second)) {
		t.Errorf("rtpengine counts %d lost, we %d", v.CumulativeLost, last.CumulativeLost)
	}
	scored := 0
	for _, entry := range v.Entries {
		if entry.MOS == 0 {
			continue // before both round trips were known to it
		}
		row, ok := pick(stream, entry)
		if !ok {
			t.Errorf("no report of ours is rtpengine's %+v", entry)
			continue
		}
		if ratio, ok := row.LossRatio.Get(); ok && math.Abs(100*ratio-float64(entry.LossPercent)) > 1.5 {
			t.Errorf("loss %.2f %%, rtpengine's %d", 100*ratio, entry.LossPercent) // it cuts off twice: 1/256, then percent
		}
		rtt, ok := c.checkRTT(t, row, entry)
		if !ok {
			continue
		}
		jitter, _ := row.JitterMillis.Get()
		ratio, ok := row.LossRatio.Get()
		if !ok {
			continue
		}
		scored++
		if mos := pingPlotterMOS(rtt, jitter, 100*ratio); math.Abs(mos-entry.MOS) > mosTolerance {
			t.Errorf("its formula on our figures gives MOS %.2f, rtpengine says %.1f", mos, entry.MOS)
		}
	}
	if scored == 0 {
		t.Errorf("rtpengine scored nothing that we have: %+v", v)
	}
}

// checkRTT holds a round trip against rtpengine's and the network's, and returns
// the one to score with.
func (c relayed) checkRTT(t *testing.T, row figures, entry verdictEntry) (float64, bool) {
	t.Helper()
	rtt, ok := row.RTTMillis.Get()
	if !ok {
		t.Errorf("report at %v without a round trip, rtpengine has %.1f ms", row.Time, entry.RTTMillis)
		return 0, false
	}
	if math.Abs(rtt-entry.RTTMillis) > 5 {
		t.Errorf("round trip %.1f ms, rtpengine's %.1f", rtt, entry.RTTMillis)
	}
	if rtt < c.RTTMillis {
		t.Errorf("round trip %.1f ms, the network's alone is %.0f", rtt, c.RTTMillis)
	}
	return rtt, true
}

// pick finds the report that rtpengine speaks of: it states the second only,
// and may have left one in it out.
func pick(stream []figures, entry verdictEntry) (figures, bool) {
	for _, row := range stream {
		jitter, _ := row.JitterMillis.Get()
		if row.Time.Unix() == entry.ReportedAt.Unix() && row.FractionLost*100/256 == entry.LossPercent && int(jitter) == entry.JitterMs {
			return row, true
		}
	}
	return figures{}, false
}

// mosTolerance: rtpengine cuts the MOS to a tenth (0.1), and before that loss to
// 1/256 and to whole percent (up to 1.4 points, 3.5 of R, 0.14 of MOS), the
// round trip and jitter to whole milliseconds (0.01).
const mosTolerance = 0.25

// pingPlotterMOS is rtpengine's formula up to version 12, and its "legacy" one
// later: the one of PingPlotter.
func pingPlotterMOS(rttMillis, jitterMillis, lossPercent float64) float64 {
	delay := rttMillis + 2*jitterMillis + 10
	r := 93.2 - delay/40
	if delay >= 160 {
		r = 93.2 - (delay-120)/10
	}
	r = max(0, r-2.5*lossPercent)
	return 1 + 0.035*r + 7e-6*r*(r-60)*(100-r)
}
