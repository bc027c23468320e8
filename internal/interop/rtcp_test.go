package interop

import (
	"bytes"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// overheard is the RTCP of a call, copied off the wire.
type overheard struct {
	mu  sync.Mutex
	all []sight
}

func (o *overheard) note(s sight) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, s)
}

// taken returns what was heard, in the order of time.
func (o *overheard) taken() []sight {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.SortedFunc(slices.Values(o.all), func(a, b sight) int { return a.At.Compare(b.At) })
}

// softphoneCall is a call of two baresips through a wiretap.
type softphoneCall struct {
	*wiretap
	a, b summary // of the caller and the callee
	// RTTMillis is what the taps add to a round trip.
	RTTMillis float64
}

// callBaresip lets two of them talk for long enough to report twice (every 5 s,
// which baresip cannot be told otherwise); account is added to their accounts.
func callBaresip(t *testing.T, account string, onRTCP func(sight)) softphoneCall {
	t.Helper()
	const delay = 20 * time.Millisecond
	a, b := startBaresip(t, "agent42", account), startBaresip(t, "customer7", account)
	c := softphoneCall{wiretap: tapCall(t, b.sip, 20, 50, delay, onRTCP), RTTMillis: 2 * float64(delay.Milliseconds())}
	a.command(t, "dial", "sip:customer7@"+c.addr.String())
	b.await("receiving from")
	media(t.Context(), 16*time.Second)
	a.command(t, "hangup", "")
	c.a, c.b = a.summary(), b.summary()
	a.stop() // the last RTCP is on its way before it ends
	b.stop()
	return c
}

// RTCP of softphones as on the wire: what was lost is what the tap took, and
// the last reports are what the phones themselves print at the end.
func TestBaresipReportsAreWhatItPrints(t *testing.T) {
	t.Parallel()
	var heard overheard
	call := callBaresip(t, "", heard.note)

	d := newDeriver(t, mediaqos.Media{Codec: "opus", Source: mediaqos.MediaSDP, ClockHz: 48_000, PtimeMillis: 20})
	var stats rtcp.Stats
	cnames, apps, byes := map[uint32]string{}, map[uint32]int{}, map[uint32]string{}
	for _, s := range heard.taken() {
		var r rtcp.Datagram
		err := r.Decode(s.Payload)
		stats.Count(&r, err)
		if err != nil || r.Encrypted || len(r.Faults) > 0 {
			t.Errorf("datagram from %v: encrypted %t, faults %v, %v", s.Src, r.Encrypted, r.Faults, err)
			continue
		}
		for _, c := range r.CNAMEs {
			cnames[c.SSRC] = string(c.Name)
		}
		for _, a := range r.Apps {
			if a.Name == [4]byte([]byte("PING")) {
				apps[a.SSRC]++
			}
		}
		for _, b := range r.Byes {
			byes[b.SSRC] = string(b.Reason)
		}
		d.add(s.At, mediaqos.Tap{Src: s.Src, Dst: s.Dst}, "", r.Reports)
	}
	rows := d.figures()
	for _, end := range []struct {
		name  string
		loss  *lossy // of the stream that this end sent
		sent  summary
		cname string
	}{{"caller", call.ToB, call.a, "sip:agent42@"}, {"callee", call.ToA, call.b, "sip:customer7@"}} {
		ssrc, passed, dropped := end.loss.counts()
		if !bytes.HasPrefix([]byte(cnames[ssrc]), []byte(end.cname)) || apps[ssrc] == 0 || byes[ssrc] == "" {
			t.Errorf("%s: CNAME %q, %d APP, BYE %q: baresip sends each", end.name, cnames[ssrc], apps[ssrc], byes[ssrc])
		}
		stream := slices.DeleteFunc(slices.Clone(rows), func(f figures) bool { return f.Source != ssrc })
		t.Logf("%s: %d packets passed, %d dropped, %d reports", end.name, passed, dropped, len(stream))
		if len(stream) < 2 {
			t.Errorf("%s: %d reports of its stream", end.name, len(stream))
			continue
		}
		checkLoss(t, end.loss, stream)
		checkPrinted(t, stream[len(stream)-1], end.sent)
		for i, row := range stream[1:] {
			rtt, ok := row.RTTMillis.Get()
			if !ok && i == 0 {
				continue // the first end to refer to an SR has nobody's half beside its own
			}
			if !ok || rtt < call.RTTMillis || math.Abs(rtt-end.sent.RTTMillis) > 250 { // a busy machine answers late
				t.Errorf("%s: round trip %v ms, the taps alone make %.0f, baresip prints %.1f", end.name, row.RTTMillis, call.RTTMillis, end.sent.RTTMillis)
			}
		}
	}
	if stats.Goodbyes != 2 || stats.SenderReports < 4 || stats.Refused+stats.Malformed+stats.Encrypted != 0 {
		t.Errorf("%+v: want 2 BYE, 4 SR at least, nothing wrong", stats)
	}
}

// checkPrinted holds the last report of a stream against what its sender prints
// of it at the end.
func checkPrinted(t *testing.T, last figures, sender summary) {
	t.Helper()
	if last.CumulativeLost != sender.LostByPeer {
		t.Errorf("stream %08x: %d lost by the last report, baresip prints %d", last.Source, last.CumulativeLost, sender.LostByPeer)
	}
	if j, _ := last.JitterMillis.Get(); math.Abs(j-sender.JitterPeer) > 0.1 {
		t.Errorf("stream %08x: jitter %.2f ms, baresip prints %.1f", last.Source, j, sender.JitterPeer)
	}
}

// SRTCP of softphones: known as what it is, by whom, and never read as figures.
func TestBaresipSRTCPIsNeverReadAsFigures(t *testing.T) {
	t.Parallel()
	var heard overheard
	call := callBaresip(t, ";mediaenc=srtp-mand", heard.note)
	index := map[uint32]uint32{}
	encrypted, reports := map[uint32]int{}, map[uint32]int{} // datagrams, and those that begin with an SR with one block
	var stats rtcp.Stats
	for _, s := range heard.taken() {
		var r rtcp.Datagram
		err := r.Decode(s.Payload)
		stats.Count(&r, err)
		if len(r.Reports)+len(r.Senders) > 0 {
			t.Errorf("figures out of an encrypted call: %v %v", r.Reports, r.Senders)
		}
		if !r.Encrypted {
			continue // the first APP and the BYE, which baresip leaves in clear
		}
		ssrc := r.SRTCP.ReporterSSRC
		if encrypted[ssrc] > 0 && r.SRTCP.Index <= index[ssrc] {
			t.Errorf("index %d of %08x after %d", r.SRTCP.Index, ssrc, index[ssrc])
		}
		index[ssrc] = r.SRTCP.Index
		encrypted[ssrc]++
		if r.SRTCP.PacketType == rtcp.TypeSR && r.SRTCP.ReportCount == 1 {
			reports[ssrc]++
		}
	}
	for _, loss := range []*lossy{call.ToA, call.ToB} {
		if ssrc := ssrcOf(loss); reports[ssrc] < 2 {
			t.Errorf("%d encrypted reports by %08x, whose RTP passed the tap; all: %v", reports[ssrc], ssrc, encrypted)
		}
	}
	if len(encrypted) != 2 || stats.Refused+stats.Malformed != 0 || stats.Goodbyes != 2 {
		t.Errorf("%d reporters, %+v: want 2, and their BYE in clear", len(encrypted), stats)
	}
}
