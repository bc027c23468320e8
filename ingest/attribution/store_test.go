package attribution

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// TestFloodHarmsNobodyElse: whoever floods, by one source, with forged
// sources, with a neighbour's media addresses or with calls that are nobody's,
// the memory stays bounded and the neighbours' calls stay known.
func TestFloodHarmsNobodyElse(t *testing.T) {
	const flood = 6000
	rng := rand.New(rand.NewPCG(1, 2))
	source := func() netip.Addr { return netip.AddrFrom4([4]byte{10, byte(rng.IntN(256)), byte(rng.IntN(256)), 1}) }
	tests := []struct {
		name    string
		opts    Options
		victims int
		host    func(i int) string
		from    func() netip.Addr
	}{
		{"trunk, the neighbours' source", Options{MaxDialogsPerTrunk: 500}, 480, func(int) string { return "bert.sbc.example" }, func() netip.Addr { return agent.Source }},
		{"trunk, forged sources", Options{MaxDialogsPerTrunk: 500}, 50, func(int) string { return "bert.sbc.example" }, source},
		{"source", Options{MaxDialogsPerSource: 500}, 50, func(int) string { return "bert.sbc.example" }, func() netip.Addr { return agent.Source }},
		{"nobody's", Options{MaxDialogsPerTrunk: 500}, 50, func(int) string { return "x.example" }, source},
		{"memory", Options{MaxBytes: 1 << 20}, 50, func(i int) string { return []string{"bert.sbc.example", "x.example"}[i%2] }, source},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newResolver(t, tt.opts)
			var victims []call
			for i := range tt.victims {
				c := simpleCall(fmt.Sprintf("victim-%d", i), "anna.sbc.example", "+1", uint16(20000+2*i), t0)
				victims = append(victims, c)
				for _, m := range c.messages(t)[:3] {
					r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
				}
			}
			for i := range flood {
				c := simpleCall(fmt.Sprintf("flood-%d", i), tt.host(i), "+1", uint16(20000+2*(i%100)), t0)
				c.calleeRTP = addrPort("203.0.113.99:40000")
				from := agent
				from.Source = tt.from()
				m := c.messages(t)[0]
				r.ObserveSIP(m.at, from.seen(m.at), m.sip)
			}
			s := r.Stats()
			o := tt.opts.withDefaults()
			if s.Bytes > o.MaxBytes || s.Dialogs > tt.victims+o.MaxDialogsPerTrunk || s.EvictedTrunk+s.EvictedSource+s.EvictedBytes == 0 {
				t.Errorf("not bounded: %+v", s)
			}
			checkStore(t, r.store)
			for _, c := range victims {
				if tenant, a, v := tenantOf(r, t0, Evidence{CallID: schema.CallID(c.id)}); v != Attributed || tenant != "anna" {
					t.Fatalf("%s by Call-ID: %v %+v", c.id, v, a)
				}
				e := Evidence{Capture: Capture{At: t0.Add(20 * time.Second)}, From: c.callerRTP, To: c.calleeRTP}
				if tenant, a, v := tenantOf(r, t0, e); v != Attributed || tenant != "anna" {
					t.Fatalf("%s by address: %v %+v", c.id, v, a)
				}
			}
		})
	}
}

// checkStore compares the sums with a recount.
func checkStore(t *testing.T, s *store) {
	t.Helper()
	bytes, dialogs := 0, 0
	trunks, sources := map[int]int{}, map[netip.Addr]int{}
	for key, b := range s.buckets {
		for e := b.dialogs.Front(); e != nil; e = e.Next() {
			d := e.Value.(*dialog)
			if s.calls[d.callID] != d || d.bucket != b || d.counted != d.bytes {
				t.Errorf("dialog %s is not where it should be", d.callID)
			}
			bytes += d.bytes
			dialogs++
			trunks[key.trunk]++
			sources[key.source]++
		}
	}
	if bytes != s.bytes || dialogs != len(s.calls) || dialogs != s.expiry.Len() || s.largest.Len() != len(trunks) {
		t.Errorf("sums: %d bytes of %d, %d dialogs of %d (%d in expiry), %d trunks of %d", s.bytes, bytes, len(s.calls), dialogs, s.expiry.Len(), s.largest.Len(), len(trunks))
	}
	for k, n := range trunks {
		if s.trunks[k].count != n {
			t.Errorf("trunk %d: %d counted, %d there", k, s.trunks[k].count, n)
		}
	}
	for k, n := range sources {
		if s.sources[k].count != n {
			t.Errorf("source %v: %d counted, %d there", k, s.sources[k].count, n)
		}
	}
	for a, all := range s.media {
		for _, d := range all {
			if s.calls[d.callID] != d || !slices.ContainsFunc(d.media, func(m mediaAt) bool { return m.rtp == a || m.rtcp == a }) {
				t.Errorf("address %v finds a dialog that is not there", a)
			}
		}
	}
}

func TestExpiry(t *testing.T) {
	r := newResolver(t, Options{})
	open := simpleCall("open", "anna.sbc.example", "+1", 20000, t0)
	done := simpleCall("done", "anna.sbc.example", "+1", 20002, t0)
	for _, m := range open.messages(t)[:4] {
		r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
	}
	for _, m := range done.messages(t) {
		r.ObserveSIP(m.at, agent.seen(m.at), m.sip)
	}
	busy := parse(t, "SIP/2.0 486 Busy Here\r\nCall-ID: busy\r\nCSeq: 1 INVITE\r\nFrom: <sip:a@anna.sbc.example>;tag=1\r\n\r\n")
	r.ObserveSIP(t0, agent.seen(t0), busy)
	r.ObserveSIP(t0, agent.seen(t0), parse(t, "OPTIONS sip:a@anna.sbc.example SIP/2.0\r\nCall-ID: o\r\n\r\n"))
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{time.Minute, 3}, {time.Minute + 3*time.Minute + 10*time.Second, 1}, {4 * time.Hour, 1}, {6 * time.Hour, 0}} {
		r.Attribute(t0.Add(step.at), Evidence{})
		if s := r.Stats(); s.Dialogs != step.want {
			t.Errorf("after %v: %+v, want %d", step.at, s, step.want)
		}
	}
	if s := r.Stats(); s.Expired != 3 || s.Ignored != 1 || s.Bytes != 0 {
		t.Errorf("%+v", s)
	}
	checkStore(t, r.store)
}
