package sipcalls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// message is a line of a test's ladder: when, and what in short.
type message struct {
	at  time.Time
	sip *sipmsg.Message
}

// ladder makes messages of lines such as
//
//	"0 INVITE", "200 100", "900 180", "4000 200", "64000 BYE<", "70 CANCEL Q.850;cause=16"
//
// with the time in milliseconds first. A number is a response to the INVITE; +
// adds SDP, < means sent by the callee, @n sets CSeq, ! marks a re-INVITE and
// the responses to it, ~x a fork's tag.
func ladder(t testing.TB, id string, lines ...string) (out []message) {
	t.Helper()
	for _, line := range lines {
		var ms int
		var what string
		words := strings.SplitN(line, " ", 3)
		if _, err := fmt.Sscan(words[0], &ms); err != nil {
			t.Fatal(err)
		}
		what = words[1]
		reason := ""
		if len(words) > 2 {
			reason = "Reason: " + words[2] + "\r\n"
		}
		sdp, back, within := strings.Contains(what, "+"), strings.Contains(what, "<"), strings.Contains(what, "!")
		cseq, fork := 1, "callee"
		if _, after, ok := strings.Cut(what, "@"); ok {
			fmt.Sscan(after[:1], &cseq)
		}
		if _, after, ok := strings.Cut(what, "~"); ok {
			fork = after
		}
		what = strings.Trim(strings.SplitN(strings.SplitN(what, "@", 2)[0], "~", 2)[0], "+<!")
		from, to := "<sip:+331@sbc.example>;tag=caller", "<sip:+493012345@teams.example>"
		start, method := "", what
		if what[0] >= '0' && what[0] <= '9' {
			start, method = "SIP/2.0 "+what+" x", "INVITE"
		} else {
			start = what + " sip:+493012345@teams.example SIP/2.0"
		}
		if within || method == "BYE" || start[0] == 'S' && what != "100" {
			to += ";tag=" + fork
		}
		if back {
			from, to = to, from
		}
		text := start + "\r\nCall-ID: " + id + "\r\nFrom: " + from + "\r\nTo: " + to + fmt.Sprintf("\r\nCSeq: %d %s\r\n", cseq, method) + reason
		body := ""
		if sdp {
			body = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n"
			text += "Content-Type: application/sdp\r\n"
		}
		m, err := sipmsg.Parse([]byte(text + "\r\n" + body))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, message{t0.Add(time.Duration(ms) * time.Millisecond), m})
	}
	return out
}

func feed(tr *Tracker, all []message) {
	for _, m := range all {
		tr.Observe(m.at, m.at, "trunk", m.sip)
	}
}

func ms(n int64) mediaqos.Opt[int64] { return mediaqos.Some(n) }

func TestOutcomes(t *testing.T) {
	var none mediaqos.Opt[int64]
	tests := []struct {
		name        string
		lines       []string
		outcome     Outcome
		status      int
		by          Side
		pdd, setup  mediaqos.Opt[int64]
		talk        mediaqos.Opt[int64]
		state       State
		cause       int
		seized, eff bool
	}{
		{"answered, callee hangs up", []string{"0 INVITE+", "100 100", "900 180", "1000 180", "4000 200+", "4010 200+", "64000 BYE< Q.850;cause=16"}, Answered, 200, Callee, ms(900), ms(4000), ms(60000), Ended, 16, true, true},
		{"answered, caller hangs up", []string{"0 INVITE+", "4000 200+", "64000 BYE@2"}, Answered, 200, Caller, none, ms(4000), ms(60000), Ended, 0, true, true},
		{"early media counts as ringing", []string{"0 INVITE+", "300 183", "700 183+", "900 180", "4000 200+", "5000 BYE"}, Answered, 200, Caller, ms(700), ms(4000), ms(1000), Ended, 0, true, true},
		{"hold and session timer belong to the call", []string{"0 INVITE+", "900 180", "4000 200+", "9000 INVITE!<@7", "9100 488!<@7", "9500 INVITE!@3", "9600 200!@3", "64000 BYE@4"}, Answered, 200, Caller, ms(900), ms(4000), ms(60000), Ended, 0, true, true},
		{"credentials", []string{"0 INVITE", "50 407", "100 INVITE@2", "900 180@2", "4000 200@2", "5000 BYE@3"}, Answered, 200, Caller, ms(900), ms(4000), ms(1000), Ended, 0, true, true},
		{"challenge not taken up", []string{"0 INVITE", "50 401"}, Failed, 401, SideUnknown, none, none, none, Ended, 0, true, false},
		{"challenge, then silence", []string{"0 INVITE", "50 401", "100 INVITE@2"}, Unknown, 0, SideUnknown, none, none, none, TimedOut, 0, false, false},
		{"busy", []string{"0 INVITE", "900 486"}, Busy, 486, Callee, none, none, none, Ended, 0, true, true},
		{"the answer not seen, the callee's re-INVITE with the same CSeq seen", []string{"0 INVITE", "900 180", "9100 200!<@1"}, Unknown, 0, SideUnknown, ms(900), none, none, TimedOut, 0, false, false},
		{"Q.850 before SIP", []string{"0 INVITE", "900 480 SIP;cause=480, Q.850;cause=19"}, NoAnswer, 480, SideUnknown, none, none, none, Ended, 19, true, true},
		{"busy by cause", []string{"0 INVITE", "900 480 Q.850;cause=17"}, Busy, 480, Callee, none, none, none, Ended, 17, true, true},
		{"declined", []string{"0 INVITE", "500 180", "900 603"}, Rejected, 603, Callee, ms(500), none, none, Ended, 0, true, true},
		{"declined by cause", []string{"0 INVITE", "900 403 Q.850;cause=21"}, Rejected, 403, Callee, none, none, none, Ended, 21, true, true},
		{"forbidden", []string{"0 INVITE", "900 403"}, Failed, 403, SideUnknown, none, none, none, Ended, 0, true, false},
		{"rang out", []string{"0 INVITE", "900 180", "60000 CANCEL", "60010 487"}, NoAnswer, 487, Caller, ms(900), none, none, Ended, 0, true, true},
		{"given up before it rang", []string{"0 INVITE", "3000 CANCEL", "3010 487"}, Cancelled, 487, Caller, none, none, none, Ended, 0, true, false},
		{"answered elsewhere", []string{"0 INVITE", "900 180", "3000 CANCEL SIP;cause=200", "3010 487"}, Elsewhere, 487, Caller, ms(900), none, none, Ended, 200, false, false},
		{"no answer by timer", []string{"0 INVITE", "900 180", "60000 480"}, NoAnswer, 480, SideUnknown, ms(900), none, none, Ended, 0, true, true},
		{"unreachable", []string{"0 INVITE", "60000 408"}, Failed, 408, SideUnknown, none, none, none, Ended, 0, true, false},
		{"unallocated", []string{"0 INVITE", "800 404 Q.850;cause=1"}, Failed, 404, SideUnknown, none, none, none, Ended, 1, true, false},
		{"redirected", []string{"0 INVITE", "800 302"}, Redirected, 302, SideUnknown, none, none, none, Ended, 0, false, false},
		{"forked, one branch answers", []string{"0 INVITE", "800 180~a", "900 180~b", "1000 200~b", "9000 BYE~b"}, Answered, 200, Caller, ms(800), ms(1000), ms(8000), Ended, 0, true, true},
		{"no end seen", []string{"0 INVITE", "900 180", "4000 200"}, Answered, 200, SideUnknown, ms(900), ms(4000), none, TimedOut, 0, true, true},
		{"beginning not seen", []string{"900 180", "4000 200", "5000 BYE"}, Answered, 200, Caller, none, none, ms(1000), Ended, 0, true, true},
		{"clocks disagree", []string{"1000 INVITE", "900 180", "4000 200", "3000 BYE"}, Answered, 200, Caller, none, ms(3000), none, Ended, 0, true, true},
	}
	for _, tt := range tests {
		tr := NewTracker(Options{})
		feed(tr, ladder(t, "x", tt.lines...))
		calls := tr.Due(t0.Add(24 * time.Hour))
		if len(calls) != 1 {
			t.Errorf("%s: %d calls", tt.name, len(calls))
			continue
		}
		c := calls[0]
		if c.Outcome != tt.outcome || c.FinalStatus != tt.status || c.EndedBy != tt.by || c.State != tt.state || c.FinalReason.Cause != tt.cause {
			t.Errorf("%s: %v %d by %q, %v, %+v", tt.name, c.Outcome, c.FinalStatus, c.EndedBy, c.State, c.FinalReason)
		}
		if c.PostDialDelayMillis != tt.pdd || c.SetupMillis != tt.setup || c.TalkMillis != tt.talk {
			t.Errorf("%s: post-dial delay %v, setup %v, talk %v", tt.name, c.PostDialDelayMillis, c.SetupMillis, c.TalkMillis)
		}
		if c.Outcome.Seized() != tt.seized || c.Outcome.Effective() != tt.eff || tt.eff && !tt.seized {
			t.Errorf("%s: seized %v, effective %v", tt.name, c.Outcome.Seized(), c.Outcome.Effective())
		}
		if again := tr.Due(t0.Add(48 * time.Hour)); len(again) != 0 || tr.Stats().Calls != 0 {
			t.Errorf("%s: handed out again, or kept: %v", tt.name, again)
		}
	}
}

func TestFragmentsAreNoCalls(t *testing.T) {
	tr := NewTracker(Options{})
	feed(tr, ladder(t, "x", "0 BYE", "10 CANCEL"))
	feed(tr, ladder(t, "y", "0 INVITE!", "10 ACK", "20 100"))
	if calls := tr.Flush(); len(calls) != 0 || tr.Stats().Fragments != 1 || tr.Stats().Calls != 0 {
		t.Errorf("%+v %+v", calls, tr.Stats())
	}
}

// TestSettleAndVersions: an ended call waits for what is late; what is later
// still makes a new version, and what changes nothing makes none.
func TestSettleAndVersions(t *testing.T) {
	tr := NewTracker(Options{})
	all := ladder(t, "x", "0 INVITE", "4000 200", "9000 BYE", "900 180", "9000 BYE")
	feed(tr, all[:3])
	end := all[2].at
	if got := tr.Due(end.Add(5*time.Second - 1)); len(got) != 0 {
		t.Fatalf("too early: %+v", got)
	}
	first := tr.Due(end.Add(5 * time.Second))
	if len(first) != 1 || first[0].Version != WholeVersion || first[0].PostDialDelayMillis.OK {
		t.Fatalf("%+v", first)
	}
	now := end.Add(20 * time.Second)
	tr.Observe(now, all[4].at, "trunk", all[4].sip)
	tr.Observe(now, all[3].at, "trunk", all[3].sip)
	second := tr.Due(now.Add(5 * time.Second))
	if len(second) != 1 || second[0].Version != WholeVersion+1 || second[0].PostDialDelayMillis != ms(900) {
		t.Fatalf("%+v", second)
	}
	tr.Observe(now.Add(10*time.Second), all[4].at.Add(time.Hour), "trunk", all[4].sip)
	// Another branch rings: a new fact, and the same call.
	fork := ladder(t, "x", "950 180~other")[0]
	tr.Observe(now.Add(10*time.Second), fork.at, "trunk", fork.sip)
	if third := tr.Due(now.Add(20 * time.Second)); len(third) != 0 {
		t.Errorf("nothing new, yet %+v", third)
	}
	if tr.Due(now.Add(3 * time.Minute)); tr.Stats().Calls != 0 {
		t.Errorf("not forgotten: %+v", tr.Stats())
	}
}

// TestStrayDoesNotReplace: what is made of a late message after the call was
// forgotten stands below the whole call.
func TestStrayDoesNotReplace(t *testing.T) {
	tr := NewTracker(Options{})
	all := ladder(t, "x", "0 INVITE", "1000 200", "9000 BYE")
	feed(tr, all)
	whole := tr.Due(t0.Add(time.Hour))
	tr.Due(t0.Add(2 * time.Hour)) // forgets it
	later := t0.Add(3 * time.Hour)
	tr.Observe(later, all[1].at, "trunk", all[1].sip)
	stray := tr.Flush()
	if len(whole) != 1 || len(stray) != 1 || stray[0].Version >= whole[0].Version {
		t.Errorf("%+v then %+v", whole, stray)
	}
	// The INVITE, should it come late, makes it whole.
	tr.Observe(later, all[1].at, "trunk", all[1].sip)
	first := tr.Due(later.Add(5 * time.Hour))
	tr.Observe(later.Add(5*time.Hour), all[0].at, "trunk", all[0].sip)
	if second := tr.Flush(); len(first) != 1 || len(second) != 1 || first[0].Version != 1 || second[0].Version != WholeVersion {
		t.Errorf("%+v then %+v", first, second)
	}
}

// TestSessionTimerKeepsAlive: a long call that is refreshed is not given up.
func TestSessionTimerKeepsAlive(t *testing.T) {
	tr := NewTracker(Options{})
	all := ladder(t, "x", "0 INVITE", "1000 200", "12600000 INVITE!@2", "21600000 BYE@3")
	feed(tr, all[:3])
	if got := tr.Due(t0.Add(5 * time.Hour)); len(got) != 0 {
		t.Fatalf("given up: %+v", got)
	}
	feed(tr, all[3:])
	if got := tr.Flush(); len(got) != 1 || got[0].State != Ended || got[0].Version != WholeVersion {
		t.Errorf("%+v", got)
	}
}

// TestOrderDoesNotMatter: calls whose messages come in any order, some twice,
// give the facts that they give in order.
func TestOrderDoesNotMatter(t *testing.T) {
	shapes := [][]string{
		{"0 INVITE+", "100 100", "900 180", "1000 183+", "4000 200+", "64000 BYE< Q.850;cause=16"},
		{"0 INVITE", "50 407", "60 INVITE@2", "900 180@2", "4000 200@2", "9000 INVITE!@3", "9100 200!@3", "9500 INVITE!<@1", "9600 488!<@1", "64000 BYE@4"},
		{"0 INVITE", "500 INVITE", "900 180~a", "901 180~b", "60000 CANCEL", "60005 487~a", "60006 487~b"},
		{"0 INVITE", "900 486 Q.850;cause=17, SIP;cause=486"},
		{"0 INVITE", "900 180", "901 486"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		var all []message
		for i := range rapid.IntRange(1, 4).Draw(rt, "calls") {
			all = append(all, ladder(t, fmt.Sprintf("c%d", i), rapid.SampledFrom(shapes).Draw(rt, "shape")...)...)
		}
		inOrder := NewTracker(Options{})
		feed(inOrder, all)
		want := byID(inOrder.Flush())

		order := rapid.Permutation(append(indices(len(all)), indices(len(all)/2)...)).Draw(rt, "order")
		shuffled := NewTracker(Options{Remember: time.Hour}) // the window
		now := t0.Add(time.Hour)
		got := map[string]Call{}
		for _, k := range order {
			shuffled.Observe(now, all[k].at, "trunk", all[k].sip)
			// Handed out whenever it settles, each version above the last.
			now = now.Add(time.Duration(rapid.IntRange(0, 8).Draw(rt, "pause")) * time.Second)
			take(rt, got, shuffled.Due(now))
		}
		take(rt, got, shuffled.Flush())
		for id, c := range got {
			c.Version = want[id].Version
			got[id] = c
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("order changed the facts (-in order +shuffled):\n%s", diff)
		}
	})
}

func take(t *rapid.T, into map[string]Call, calls []Call) {
	for _, c := range calls {
		if had, ok := into[string(c.CallID)]; ok && c.Version <= had.Version {
			t.Fatalf("version %d after %d", c.Version, had.Version)
		}
		into[string(c.CallID)] = c
	}
}

func byID(calls []Call) map[string]Call {
	out := map[string]Call{}
	for _, c := range calls {
		out[string(c.CallID)] = c
	}
	return out
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestManyResponses: a call with more re-INVITEs than facts are kept of still
// finds its end, in any order.
func TestManyResponses(t *testing.T) {
	all := ladder(t, "x", "0 INVITE", "900 180", "1000 200")
	for i := range 200 {
		m := ladder(t, "x", fmt.Sprintf("%d 200!", 10_000+i*1000))[0]
		m.sip.CSeq = uint32(10 + i)
		all = append(all, m)
	}
	all = append(all, ladder(t, "x", "500000 BYE@9")...)
	for name, reverse := range map[string]bool{"in order": false, "reversed": true} {
		tr := NewTracker(Options{})
		for i := range all {
			m := all[i]
			if reverse {
				m = all[len(all)-1-i]
			}
			tr.Observe(t0, m.at, "trunk", m.sip)
		}
		calls := tr.Flush()
		if len(calls) != 1 || calls[0].TalkMillis != ms(499_000) || calls[0].PostDialDelayMillis != ms(900) {
			t.Errorf("%s: %+v", name, calls)
		}
	}
}

// TestBounds: a flood of one group's calls pushes out its own, and they are
// handed out as far as they went.
func TestBounds(t *testing.T) {
	tr := NewTracker(Options{MaxPerGroup: 100, MaxCalls: 150})
	invite := ladder(t, "x", "0 INVITE")[0]
	for i := range 40 {
		invite.sip.CallID = fmt.Sprintf("quiet-%d", i)
		tr.Observe(t0, t0, "quiet", invite.sip)
	}
	for i := range 500 {
		invite.sip.CallID = fmt.Sprintf("flood-%d", i)
		tr.Observe(t0, t0, "flood", invite.sip)
	}
	for i := range 80 { // a third group, so that the sum is reached
		invite.sip.CallID = fmt.Sprintf("third-%d", i)
		tr.Observe(t0, t0, "third", invite.sip)
	}
	s := tr.Stats()
	evicted := tr.Due(t0)
	if s.Calls > 150 || int(s.Evicted) != len(evicted) || len(evicted) != 620-150 {
		t.Errorf("%+v, %d handed out", s, len(evicted))
	}
	for _, c := range evicted {
		if c.State != Evicted || strings.HasPrefix(string(c.CallID), "quiet") {
			t.Fatalf("%+v", c)
		}
	}
	if left := tr.Flush(); len(left) != 150 || tr.Stats().Calls != 0 {
		t.Errorf("%d left", len(left))
	}
}

func BenchmarkObserve(b *testing.B) {
	all := ladder(b, "x", "0 INVITE+", "900 180", "4000 200+", "64000 BYE")
	tr := NewTracker(Options{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m := *all[i%4].sip
		m.CallID = fmt.Sprintf("c%d", i/4%5000)
		tr.Observe(t0, all[i%4].at, "trunk", &m)
	}
}

// TestNamesAreBounded: an INVITE with names of any length is no way to fill the
// memory.
func TestNamesAreBounded(t *testing.T) {
	m, err := sipmsg.Parse([]byte("INVITE sip:" + strings.Repeat("t", 5000) + "@b SIP/2.0\r\nCall-ID: long\r\nCSeq: 1 INVITE\r\nFrom: <sip:" +
		strings.Repeat("f", 5000) + "@h>;tag=1\r\nTo: <sip:a@b>\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTracker(Options{})
	tr.Observe(t0, t0, "g", m)
	calls := tr.Flush()
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	if c := calls[0]; len(c.From.User) != maxNameBytes || c.From.Host != "h" || len(c.Target.User) != maxNameBytes || c.To.User != "a" {
		t.Errorf("%d and %d bytes are kept, from %q to %q", len(c.From.User), len(c.Target.User), c.From.Host, c.To.User)
	}
}
