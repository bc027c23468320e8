package attribution

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
	"pgregory.net/rapid"
)

func TestRulesInOrder(t *testing.T) {
	agentOf := func(id uint32, key string) Capture {
		return Capture{HasCaptureID: true, CaptureID: id, CaptureKey: []byte(key)}
	}
	annaCall, beside := "known-anna", "known-carl"
	tests := []struct {
		name    string
		e       Evidence
		tenant  schema.TenantID
		trunk   schema.TrunkID
		rule    Rule
		verdict Verdict
		reason  Reason
	}{
		{"listener", Evidence{Capture: Capture{Listener: "emil-hep"}}, "emil", "emil", RuleListener, Attributed, 0},
		{"listener before address", Evidence{Capture: Capture{Listener: "dora-udp"}, From: addrPort("198.51.100.1:5")}, "dora", "dora-2", RuleListener, Attributed, 0},
		{"capture", Evidence{Capture: agentOf(42, "secret")}, "emil", "emil", RuleCapture, Attributed, 0},
		{"capture, wrong key", Evidence{Capture: agentOf(42, "x")}, "", "", 0, Quarantined, ReasonUnknown},
		{"address", Evidence{To: addrPort("198.51.100.2:4000")}, "dora", "dora-2", RuleAddress, Attributed, 0},
		{"address, mapped", Evidence{From: addrPort("[::ffff:198.51.100.2]:4000")}, "dora", "dora-2", RuleAddress, Attributed, 0},
		{"address of the sender", Evidence{Capture: Capture{Source: netip.MustParseAddr("192.0.2.9")}}, "carl", "carl", RuleAddress, Attributed, 0},
		{"shared address", Evidence{From: addrPort("192.0.2.7:4000")}, "", "", 0, Quarantined, ReasonShared},
		{"dialog by Call-ID", Evidence{CallID: schema.CallID(annaCall)}, "anna", "anna.sbc.example", RuleDialog, Attributed, 0},
		{"dialog by address", Evidence{Capture: Capture{At: t0.Add(10 * time.Second)}, From: addrPort("192.0.2.7:20000"), To: addrPort("52.112.0.9:21000")}, "anna", "anna.sbc.example", RuleDialog, Attributed, 0},
		{"dialog by its RTCP port", Evidence{Capture: Capture{At: t0.Add(10 * time.Second)}, From: addrPort("192.0.2.7:20001")}, "anna", "anna.sbc.example", RuleDialog, Attributed, 0},
		{"dialog narrows the shared address", Evidence{CallID: schema.CallID(annaCall), From: addrPort("192.0.2.7:9")}, "anna", "anna.sbc.example", RuleDialog, Attributed, 0},
		{"dialog by host and number", Evidence{CallID: schema.CallID(beside)}, "carl", "carl", RuleDialog, Attributed, 0},
		{"dialog, shared host alone", Evidence{CallID: "known-shared"}, "", "", 0, Quarantined, ReasonShared},
		{"listener against dialog", Evidence{Capture: Capture{Listener: "emil-hep"}, CallID: schema.CallID(annaCall)}, "", "", 0, Quarantined, ReasonDisagree},
		{"address against dialog", Evidence{From: addrPort("198.51.100.2:4000"), CallID: schema.CallID(annaCall)}, "", "", 0, Quarantined, ReasonDisagree},
		{"host against number", Evidence{CallID: "known-torn"}, "", "", 0, Quarantined, ReasonDialog},
		{"seen by another's agent", Evidence{CallID: "known-forged"}, "", "", 0, Quarantined, ReasonDialog},
		{"nothing", Evidence{CallID: "unheard-of", From: addrPort("10.0.0.1:1")}, "", "", 0, Quarantined, ReasonUnknown},
	}
	r := newResolver(t, Options{})
	observe := func(c call, from Capture) {
		for _, m := range c.messages(t)[:4] {
			r.ObserveSIP(m.at, from.seen(m.at), m.sip)
		}
	}
	observe(simpleCall(annaCall, "anna.sbc.example", "+14255550199", 20000, t0), agent)
	observe(simpleCall(beside, "sbc.example", "+49 3012-500", 20010, t0), agent)
	observe(simpleCall("known-shared", "sbc.example", "+14255550199", 20020, t0), agent)
	observe(simpleCall("known-torn", "anna.sbc.example", "+493012500", 20030, t0), agent)
	observe(simpleCall("known-forged", "anna.sbc.example", "+14255550199", 20040, t0), agentOf(42, "secret"))
	for _, tt := range tests {
		tenant, a, v := tenantOf(r, t0.Add(20*time.Second), tt.e)
		if tenant != tt.tenant || a.Trunk != tt.trunk || a.Rule != tt.rule || v != tt.verdict || a.Reason != tt.reason {
			t.Errorf("%s: %v %+v, want %v of %s/%s by %v, reason %v", tt.name, v, a, tt.verdict, tt.tenant, tt.trunk, tt.rule, tt.reason)
		}
	}
	_, a, _ := tenantOf(r, t0, Evidence{Capture: Capture{Listener: "emil-hep"}, CallID: schema.CallID(annaCall)})
	if want := []Answer{{RuleListener, "emil"}, {RuleDialog, "anna"}}; !reflect.DeepEqual(a.Answers, want) {
		t.Errorf("answers %v, want %v", a.Answers, want)
	}
}

func TestWaitAndGrace(t *testing.T) {
	r := newResolver(t, Options{})
	c := simpleCall("late", "anna.sbc.example", "+1", 20000, t0)
	e := Evidence{CallID: "late", Received: t0}
	for _, step := range []struct {
		at   time.Duration
		want Verdict
	}{{0, Wait}, {29 * time.Second, Wait}, {30 * time.Second, Quarantined}} {
		if a, v := r.Attribute(t0.Add(step.at), e); v != step.want || a.Tenant != "" || a.Reason != ReasonUnknown {
			t.Errorf("after %v: %v %+v", step.at, v, a)
		}
	}
	// With NeedClock a known tenant waits for the SDP, and no longer.
	e.NeedClock, e.Listener = true, "emil-hep"
	if a, v := r.Attribute(t0, e); v != Wait || a.Reason != ReasonClock {
		t.Errorf("clock: %v %+v", v, a)
	}
	if a, v := r.Attribute(t0.Add(30*time.Second), e); v != Attributed || a.Tenant != "emil" || a.ClockHz != 0 {
		t.Errorf("clock, grace over: %v %+v", v, a)
	}
	e.Listener = ""
	m := c.messages(t)[0]
	r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
	if a, v := r.Attribute(t0.Add(time.Second), e); v != Attributed || a.Tenant != "anna" || a.ClockHz != 8000 {
		t.Errorf("after the INVITE: %v %+v", v, a)
	}
}

func TestWhatSDPTells(t *testing.T) {
	tests := []struct {
		offer, answer string
		codec         string
		clock         uint32
		ptime         int
	}{
		{pcmOffer, pcmOffer, "PCMU", 8000, 20},
		{silkOffer, "RTP/SAVP 8 104\r\na=rtpmap:104 SILK/16000", "PCMA", 8000, 0},
		{silkOffer, "RTP/SAVP 18 9", "G722", 8000, 0},
		{"RTP/AVP 111 0\r\na=rtpmap:111 opus/48000/2", "RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/48000", "OPUS", 48000, 0},
		{"RTP/AVP 101 13\r\na=rtpmap:101 telephone-event/8000", "RTP/AVP 13", "", 0, 0},
	}
	for _, tt := range tests {
		c := simpleCall("x", "anna.sbc.example", "+1", 20000, t0)
		c.offer, c.answer = tt.offer, tt.answer
		r := newResolver(t, Options{})
		for _, m := range c.messages(t) {
			r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
		}
		_, a, _ := tenantOf(r, t0, Evidence{CallID: "x", From: c.calleeRTP, Capture: Capture{At: t0.Add(10 * time.Second)}})
		if a.Codec != tt.codec || a.ClockHz != tt.clock || a.PTimeMillis != tt.ptime || a.Reporter != Callee || a.Direction != Inbound {
			t.Errorf("%q: %+v", tt.answer, a)
		}
	}
}

// TestOutbound: Teams calls the SBC, and changes the codec in the middle.
func TestOutbound(t *testing.T) {
	r := newResolver(t, Options{})
	sdp := func(addr, formats string) string {
		body := "v=0\r\nc=IN IP4 " + addr + "\r\nm=audio 30000 " + formats + "\r\n"
		return fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	const ids = "Call-ID: out\r\nFrom: <sip:+493013001@sip.pstnhub.microsoft.com>;tag=teams\r\nTo: <sip:+331@sbc.example>"
	// The SBC re-invites: From and To change sides.
	const back = "Call-ID: out\r\nFrom: <sip:+331@sbc.example>;tag=sbc\r\nTo: <sip:+493013001@sip.pstnhub.microsoft.com>;tag=teams\r\nCSeq: 9 INVITE\r\n"
	all := []message{
		{t0, parse(t, "INVITE sip:+331@sbc.example:5061 SIP/2.0\r\n"+ids+"\r\nCSeq: 1 INVITE\r\n"+sdp("52.112.0.1", "RTP/SAVP 104 0\r\na=rtpmap:104 SILK/16000"))},
		{t0.Add(time.Second), parse(t, "SIP/2.0 200 OK\r\n"+ids+";tag=sbc\r\nCSeq: 1 INVITE\r\nContact: <sip:sbc.example>\r\n"+sdp("192.0.2.7", "RTP/SAVP 104\r\na=rtpmap:104 SILK/16000"))},
		{t0.Add(60 * time.Second), parse(t, "INVITE sip:api.pstnhub.microsoft.com SIP/2.0\r\n"+back+"Contact: <sip:sbc.example>\r\n"+sdp("192.0.2.7", "RTP/SAVP 0"))},
		{t0.Add(61 * time.Second), parse(t, "SIP/2.0 200 OK\r\n"+back+sdp("52.112.0.1", "RTP/SAVP 0"))},
	}
	slices.Reverse(all) // the order does not matter
	for _, m := range all {
		r.ObserveSIP(t0, agent.seen(m.at), m.sip)
	}
	for _, tt := range []struct {
		at    time.Duration
		codec string
	}{{10 * time.Second, "SILK"}, {90 * time.Second, "PCMU"}} {
		tenant, a, _ := tenantOf(r, t0, Evidence{CallID: "out", From: addrPort("192.0.2.7:30001"), Capture: Capture{At: t0.Add(tt.at)}})
		if tenant != "dora" || a.Trunk != "dora-1" || a.Direction != Outbound || a.Reporter != Callee || a.Codec != tt.codec {
			t.Errorf("after %v: %+v", tt.at, a)
		}
	}
}

// TestOneSBCThreeTenants: calls of three tenants through one SBC address,
// which reuses its ports, their messages interleaved, doubled and reordered;
// the reports of each (all from streams of one SSRC, which therefore is no
// evidence) find their tenant, by Call-ID and by address.
func TestOneSBCThreeTenants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newResolver(t, Options{})
		hosts := []struct {
			tenant schema.TenantID
			host   string
			to     string
		}{{"anna", "anna.sbc.example", "+1425"}, {"bert", "bert.sbc.example", "+1425"}, {"carl", "sbc.example", "+493012345"}}
		type owned struct {
			call
			tenant schema.TenantID
		}
		var calls []owned
		var all []message
		n := rapid.IntRange(3, 12).Draw(rt, "calls")
		for i := range n {
			h := hosts[rapid.IntRange(0, 2).Draw(rt, "tenant")]
			// Port 20000 + 2*(i%4) is reused when its call is over.
			start := t0.Add(time.Duration(i/4) * 3 * time.Minute)
			c := simpleCall(fmt.Sprintf("call-%d", i), h.host, h.to, uint16(20000+2*(i%4)), start)
			calls = append(calls, owned{c, h.tenant})
			all = append(all, c.messages(t)...)
		}
		order := rapid.Permutation(indices(len(all))).Draw(rt, "order")
		for _, k := range order {
			r.ObserveSIP(t0, agent.seen(all[k].at), all[k].sip)
			if k%3 == 0 {
				r.ObserveSIP(t0, agent.seen(all[k].at), all[k].sip)
			}
		}
		for _, c := range calls {
			at := Capture{At: c.start.Add(30 * time.Second)}
			for what, e := range map[string]Evidence{
				"Call-ID":  {CallID: schema.CallID(c.id)},
				"both":     {Capture: at, From: c.callerRTP, To: c.calleeRTP},
				"SBC only": {Capture: at, From: netip.AddrPortFrom(c.callerRTP.Addr(), c.callerRTP.Port()+1), To: addrPort("10.1.1.1:9")},
			} {
				tenant, a, v := tenantOf(r, t0, e)
				if v != Attributed || tenant != c.tenant || a.Rule != RuleDialog || a.CallID != schema.CallID(c.id) || a.Codec != "PCMU" || a.Direction != Inbound {
					rt.Fatalf("%s of %s (%s): %v %+v", what, c.id, c.tenant, v, a)
				}
			}
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestPortReuseWaits: while the SIP of a report's own Call-ID may still come,
// the call that had the SBC's port before does not get the report.
func TestPortReuseWaits(t *testing.T) {
	r := newResolver(t, Options{})
	old := simpleCall("old", "anna.sbc.example", "+1", 20000, t0)
	for _, m := range old.messages(t)[:4] { // its BYE is late
		r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
	}
	now := t0.Add(2 * time.Minute)
	e := Evidence{CallID: "new", From: old.callerRTP, To: addrPort("52.112.0.9:4444"), Received: now}
	if a, v := r.Attribute(now, e); v != Wait {
		t.Fatalf("before its INVITE: %v %+v", v, a)
	}
	fresh := simpleCall("new", "bert.sbc.example", "+1", 20000, now)
	m := fresh.messages(t)[0]
	r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
	if a, v := r.Attribute(now, e); v != Attributed || a.Tenant != "bert" {
		t.Errorf("after its INVITE: %v %+v", v, a)
	}
	// Without a Call-ID, two calls under way on one port are nobody's.
	e.CallID, e.Received = "", time.Time{}
	if a, v := r.Attribute(now, e); v != Quarantined || a.Reason != ReasonShared {
		t.Errorf("two on one port: %v %+v", v, a)
	}
}

func TestSetTable(t *testing.T) {
	r := newResolver(t, Options{})
	c := simpleCall("x", "anna.sbc.example", "+1", 20000, t0)
	m := c.messages(t)[0]
	r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
	if err := r.SetTable(Table{[]TrunkRule{{}}}); err == nil {
		t.Error("a wrong table was taken")
	}
	if tenant, _, _ := tenantOf(r, t0, Evidence{CallID: "x"}); tenant != "anna" {
		t.Errorf("after a refused table: %q", tenant)
	}
	if err := r.SetTable(Table{[]TrunkRule{{Tenant: "anja", Trunk: "t", FQDN: "anna.sbc.example"}}}); err != nil {
		t.Fatal(err)
	}
	if tenant, _, _ := tenantOf(r, t0, Evidence{CallID: "x"}); tenant != "anja" {
		t.Errorf("after a new table: %q", tenant)
	}
	checkStore(t, r.store)
}

// TestDeterministic: the same calls give the same answers and the same memory,
// though the store is full of maps.
func TestDeterministic(t *testing.T) {
	run := func() []string {
		r := newResolver(t, Options{MaxDialogsPerTrunk: 20, MaxDialogsPerSource: 15, MaxBytes: 40_000})
		rng := rand.New(rand.NewPCG(7, 7))
		hosts := []string{"anna.sbc.example", "bert.sbc.example", "sbc.example", "x.example"}
		var out []string
		for i := range 400 {
			from := agent
			from.Source = netip.AddrFrom4([4]byte{10, 0, 0, byte(rng.IntN(4))})
			c := simpleCall(fmt.Sprintf("c%d", rng.IntN(100)), hosts[rng.IntN(4)], "+493012345", uint16(20000+rng.IntN(20)), t0)
			m := c.messages(t)[rng.IntN(6)]
			r.ObserveSIP(m.at, from.seen(m.at), m.sip)
			a, v := r.Attribute(t0, Evidence{CallID: schema.CallID(fmt.Sprintf("c%d", rng.IntN(100))), From: c.callerRTP})
			out = append(out, fmt.Sprint(i, v, a, r.Stats()))
		}
		checkStore(t, r.store)
		return out
	}
	first := run()
	for range 3 {
		if again := run(); !reflect.DeepEqual(first, again) {
			t.Fatal("two runs differ")
		}
	}
}

func BenchmarkObserveSIP(b *testing.B) {
	r := newResolver(b, Options{MaxDialogsPerTrunk: 10_000})
	var all []message
	for i := range 1000 {
		all = append(all, simpleCall(fmt.Sprintf("c%d", i), "anna.sbc.example", "+1", uint16(20000+2*i), t0).messages(b)...)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		m := all[i%len(all)]
		r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
		i++
	}
}

func BenchmarkAttribute(b *testing.B) {
	r := newResolver(b, Options{})
	var calls []call
	for i := range 1000 {
		c := simpleCall(fmt.Sprintf("c%d", i), "anna.sbc.example", "+1", uint16(20000+2*i), t0)
		calls = append(calls, c)
		for _, m := range c.messages(b)[:4] {
			r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		c := calls[i%len(calls)]
		if _, v := r.Attribute(t0, Evidence{Capture: Capture{At: t0.Add(time.Second)}, From: c.callerRTP, To: c.calleeRTP}); v != Attributed {
			b.Fatal(v)
		}
		i++
	}
}

// TestSenderBringsOnlyItsOwn: what a report or a SIP message says of addresses
// and hosts is the sender's word; where his own address belongs to one tenant he
// gets nothing into another's name.
func TestSenderBringsOnlyItsOwn(t *testing.T) {
	dora := Capture{Source: netip.MustParseAddr("198.51.100.3")}
	r := newResolver(t, Options{})
	observe := func(id string, from Capture) {
		for _, m := range simpleCall(id, "anna.sbc.example", "+14255550199", 20000, t0).messages(t)[:4] {
			r.ObserveSIP(m.at, from.seen(m.at), m.sip)
		}
	}
	observe("annas", agent)
	observe("forged", dora)
	annas := addrPort("192.0.2.7:4000") // shared by others, so that it decides nothing
	tests := []struct {
		name   string
		e      Evidence
		tenant schema.TenantID
		reason Reason
	}{
		{"a stranger, under anna's call", Evidence{Capture: agent, CallID: "annas", From: annas}, "anna", 0},
		{"dora, under anna's call", Evidence{Capture: dora, CallID: "annas", From: annas}, "", ReasonDisagree},
		{"dora, naming anna's host", Evidence{Capture: dora, From: annas, Parties: []sipmsg.URI{{Scheme: "sip", Host: "anna.sbc.example"}}}, "", ReasonDisagree},
		{"anybody, under a call that dora told of", Evidence{Capture: agent, CallID: "forged"}, "", ReasonDialog},
		{"dora, with an address that decides nothing", Evidence{Capture: dora, From: annas}, "", ReasonShared},
		{"dora, with her own", Evidence{Capture: dora, From: addrPort("198.51.100.4:4000")}, "dora", 0},
	}
	for _, tt := range tests {
		if tenant, a, _ := tenantOf(r, t0.Add(10*time.Second), tt.e); tenant != tt.tenant || a.Reason != tt.reason {
			t.Errorf("%s: %q, %s, want %q, %s", tt.name, tenant, a.Reason, tt.tenant, tt.reason)
		}
	}
}
