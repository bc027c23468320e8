package attribution

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

// TestAnswerHoldsBetweenSinceAndUntil: within the stretch that an answer names,
// any other capture time gets the same one.
func TestAnswerHoldsBetweenSinceAndUntil(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newResolver(t, Options{})
		for i := range rapid.IntRange(1, 4).Draw(rt, "calls") {
			host := rapid.SampledFrom([]string{"anna.sbc.example", "bert.sbc.example", "stranger.example"}).Draw(rt, "host")
			start := t0.Add(time.Duration(rapid.IntRange(0, 300).Draw(rt, "start")) * time.Second)
			c := simpleCall(fmt.Sprint("call-", i), host, "+4930999", uint16(10000+rapid.IntRange(0, 1).Draw(rt, "port")), start)
			c.talking = time.Duration(rapid.IntRange(5, 100).Draw(rt, "talking")) * time.Second
			messages := c.messages(t)
			for _, m := range messages[:rapid.IntRange(1, len(messages)).Draw(rt, "seen")] {
				r.ObserveSIP(t0, agent.seen(m.at), m.sip)
			}
		}
		moment := func(name string) time.Time {
			return t0.Add(time.Duration(rapid.IntRange(-20_000, 450_000).Draw(rt, name)) * time.Millisecond)
		}
		e := Evidence{
			Capture: agent.seen(moment("first")), From: addrPort("192.0.2.7:10000"), To: addrPort("52.112.0.9:11000"),
			CallID: schema.CallID(rapid.SampledFrom([]string{"", "call-0", "other"}).Draw(rt, "id")),
		}
		one, first := r.Attribute(t0, e)
		if at := moment("second"); (one.Since.IsZero() || !at.Before(one.Since)) && (one.Until.IsZero() || !at.After(one.Until)) {
			e.At = at
			two, second := r.Attribute(t0, e)
			if first != second || one.CallID != two.CallID || one.Tenant != two.Tenant || one.Codec != two.Codec || one.Rule != two.Rule || one.Reason != two.Reason {
				rt.Fatalf("%v %+v\nbut at %v\n%v %+v", first, one, at, second, two)
			}
		}
	})
}

// TestWatchTellsOfChanges: of a message, of an address that it brings, and of a
// dialog that is forgotten.
func TestWatchTellsOfChanges(t *testing.T) {
	r := newResolver(t, Options{EndedTTL: time.Second})
	var calls []schema.CallID
	var addrs []netip.AddrPort
	tables := 0
	r.Watch(Watcher{
		Call: func(id schema.CallID) { calls = append(calls, id) }, Addr: func(a netip.AddrPort) { addrs = append(addrs, a) },
		Table: func() { tables++ },
	})
	c := simpleCall("w", "anna.sbc.example", "+4930999", 10000, t0)
	messages := c.messages(t)
	r.ObserveSIP(t0, agent.seen(t0), messages[0].sip)
	if !slices.Contains(calls, "w") || !slices.Contains(addrs, c.callerRTP) {
		t.Errorf("after the INVITE: calls %v, addresses %v", calls, addrs)
	}
	if tenant, trunk, ok := r.Home("w"); !ok || tenant != "anna" || trunk != "anna.sbc.example" || !r.Has("w") {
		t.Errorf("home %s %s %v", tenant, trunk, ok)
	}
	r.ObserveSIP(t0, agent.seen(t0), messages[4].sip)
	calls, addrs = nil, nil
	r.Attribute(t0.Add(time.Hour), Evidence{})
	if !slices.Equal(calls, []schema.CallID{"w"}) || !slices.Contains(addrs, c.callerRTP) || r.Has("w") {
		t.Errorf("when forgotten: calls %v, addresses %v", calls, addrs)
	}
	if err := r.SetTable(Table{}); err != nil || tables != 1 {
		t.Errorf("%v, told of %d tables", err, tables)
	}
}

// TestReportsOwnSIP: the hosts and numbers of the message that a report came in
// answer as a dialog's would, and disagree as those would.
func TestReportsOwnSIP(t *testing.T) {
	r := newResolver(t, Options{})
	for _, c := range []struct {
		names   string
		parties []string
		tenant  schema.TenantID
		reason  Reason
	}{
		{"a host", []string{"sip:x@anna.sbc.example"}, "anna", ReasonNone},
		{"a number among strangers", []string{"sip:+493012345@elsewhere.example", "sip:1@example.org"}, "carl", ReasonNone},
		{"a shared host and a number", []string{"sip:sbc.example", "sip:+493013001@x.example"}, "dora", ReasonNone},
		{"a shared host alone", []string{"sip:sbc.example"}, "", ReasonShared},
		{"one tenant's host and another's number", []string{"sip:anna.sbc.example", "sip:+493012345@x.example"}, "", ReasonDialog},
		{"strangers", []string{"sip:x@example.org"}, "", ReasonUnknown},
	} {
		e := Evidence{}
		for _, p := range c.parties {
			e.Parties = append(e.Parties, sipmsg.ParseURI(p))
		}
		if tenant, a, _ := tenantOf(r, t0, e); tenant != c.tenant || a.Reason != c.reason {
			t.Errorf("%s: %s, %v, want %s, %v", c.names, tenant, a.Reason, c.tenant, c.reason)
		}
	}
	// The call's SIP says another tenant than the report's own.
	bert := simpleCall("b", "bert.sbc.example", "+4930999", 10000, t0)
	r.ObserveSIP(t0, agent.seen(t0), bert.messages(t)[0].sip)
	if _, a, v := tenantOf(r, t0, Evidence{CallID: "b", Parties: []sipmsg.URI{sipmsg.ParseURI("<sip:anna.sbc.example>")}}); v != Quarantined || a.Reason != ReasonDisagree {
		t.Errorf("%v %+v, want quarantined, disagree", v, a)
	}
	// So does the listener's own tenant.
	if _, a, v := tenantOf(r, t0, Evidence{CallID: "b", Capture: Capture{Tenant: "anna"}}); v != Quarantined || a.Reason != ReasonDisagree {
		t.Errorf("%v %+v, want quarantined, disagree", v, a)
	}
	if _, a, v := tenantOf(r, t0, Evidence{CallID: "b", Capture: Capture{Tenant: "bert"}}); v != Attributed || a.Rule != RuleListener || a.CallID != "b" {
		t.Errorf("%v %+v, want bert by his listener", v, a)
	}
}
