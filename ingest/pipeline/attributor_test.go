package pipeline

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// allOf is everything that the agents saw of some calls, in order of capture.
func allOf(calls []call) [][]byte {
	var all [][]byte
	for i, c := range calls {
		start := epoch.Add(time.Duration(i) * time.Second)
		all = append(all, c.sip(start)...)
		all = append(all, c.media(start, 6, i%2 == 0)...)
	}
	return all
}

// TestThreeTenantsBehindOneAddress is what attribution is for: equal addresses
// and equal SSRCs, and each tenant gets his own.
func TestThreeTenantsBehindOneAddress(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	calls := threeCalls()
	p.feed(allOf(calls)...)
	p.settle(now)
	store.balanced(t)
	if len(store.quar) != 0 {
		t.Errorf("%d reports in quarantine: %+v", len(store.quar), store.quar)
	}
	perTenant := map[schema.TenantID]int{}
	for _, row := range store.media {
		perTenant[row.Tenant]++
		for _, c := range calls {
			if c.tenant != row.Tenant {
				continue
			}
			codec := map[string]string{"0": "PCMU", "8": "PCMA"}[c.codec]
			if row.CallID != schema.CallID(c.id) || row.Trunk != c.trunk || row.AttributionRule != "dialog" || row.Codec != codec || row.ClockSource != "sdp" {
				t.Errorf("row of %s: call %q, trunk %q, rule %q, codec %q (%s), want %q, %q, dialog, %s (sdp)",
					row.Tenant, row.CallID, row.Trunk, row.AttributionRule, row.Codec, row.ClockSource, c.id, c.trunk, codec)
			}
		}
	}
	for _, c := range calls {
		if perTenant[c.tenant] != 12 {
			t.Errorf("%s has %d reports, want 12", c.tenant, perTenant[c.tenant])
		}
	}
	if len(store.calls) != 3 {
		t.Errorf("%d calls, want 3", len(store.calls))
	}
	for _, row := range store.calls {
		if row.Outcome != "answered" || row.TalkMillis.V != 58_000 || row.AttributionRule != "dialog" || row.Direction != "in" {
			t.Errorf("call %+v", row)
		}
	}
}

// TestAnyOrderGivesTheSameRows: whatever the order, the repetitions and the cuts.
func TestAnyOrderGivesTheSameRows(t *testing.T) {
	calls := append(threeCalls(),
		call{id: "a2", host: "anna.sbc.example", to: "+4915550009", port: 10030, tenant: "anna", trunk: "anna.sbc.example", codec: "8"})
	packets := allOf(calls)
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	p.feed(packets...)
	p.settle(now)
	want := store.final()
	rapid.Check(t, func(rt *rapid.T) {
		mixed := rapid.Permutation(packets).Draw(rt, "order")
		for range rapid.IntRange(0, 10).Draw(rt, "repeated") {
			mixed = append(mixed, rapid.SampledFrom(packets).Draw(rt, "again"))
		}
		store, now := newRowStore(), &clock{now: epoch}
		p := setup{form: FormHEP, table: threeTenants, shards: rapid.IntRange(1, 3).Draw(rt, "shards")}.start(t, store, now)
		for _, b := range mixed {
			p.feed(b)
			if rapid.IntRange(0, 9).Draw(rt, "cut") == 0 {
				p.cut()
				now.advance(time.Second)
			}
		}
		p.settle(now)
		sameRows(rt, store.final(), want)
		store.balanced(rt)
	})
}
