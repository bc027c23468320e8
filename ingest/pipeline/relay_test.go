package pipeline

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// relayedCall is a call of two ends with a relay between them, or none.
type relayedCall struct {
	id         string
	ssrc       [2]uint32
	end, relay [2]netip.AddrPort
	// leg is the one-way time between each end and where it is captured.
	leg [2]time.Duration
	// view is what the agent sees of it.
	view view
	// moves is the round after which the first end has another port; 0 never.
	moves int
}

type view int

const (
	viewReceived  view = iota // each end's RTCP as the relay receives it
	viewBothSides             // and as it passes it on
	viewDirect                // between the ends, there is no relay
	views
)

func makeRelayed(n int, v view, legs ...time.Duration) relayedCall {
	addr := func(host, port int) netip.AddrPort {
		a := netip.AddrFrom4([4]byte{192, 0, 2, byte(host)})
		if n%2 == 1 {
			a = netip.MustParseAddr(fmt.Sprintf("2001:db8::%d", host))
		}
		return netip.AddrPortFrom(a, uint16(port+2*n))
	}
	return relayedCall{
		id: fmt.Sprintf("relayed-%d", n), ssrc: [2]uint32{0xa0 + uint32(n), 0xb0 + uint32(n)}, leg: [2]time.Duration(legs), view: v,
		end: [2]netip.AddrPort{addr(1, 4001), addr(2, 5001)}, relay: [2]netip.AddrPort{addr(9, 6001), addr(9, 7001)},
	}
}

func (c *relayedCall) roundTrip() time.Duration { return 2 * (c.leg[0] + c.leg[1]) }

// taps are where RTCP of an end is captured, in order.
func (c *relayedCall) taps(from, round int) []mediaqos.Tap {
	src, dst := c.end[from], c.end[1-from]
	if c.moves > 0 && round >= c.moves {
		moved := func(a *netip.AddrPort) { *a = netip.AddrPortFrom(a.Addr(), a.Port()+1000) }
		moved([]*netip.AddrPort{&src, &dst}[from])
	}
	switch in, out := (mediaqos.Tap{Src: src, Dst: c.relay[from]}), (mediaqos.Tap{Src: c.relay[1-from], Dst: dst}); c.view {
	case viewReceived:
		return []mediaqos.Tap{in}
	case viewBothSides:
		return []mediaqos.Tap{in, out}
	}
	return []mediaqos.Tap{{Src: src, Dst: dst}}
}

// packets are the HEP packets of so many reports of each end, in order of capture.
func (c *relayedCall) packets(rounds int) [][]byte {
	var all [][]byte
	var lastNTP [2]uint64        // of the SR that each end received last,
	var arrived [2]time.Time     // and when
	clocks := [2]time.Duration{} // the ends' own
	clocks[1] = -7 * time.Second
	for round := range rounds {
		for from := range 2 {
			sent := epoch.Add(time.Duration(5*round+2*from) * time.Second)
			own := ntpTimestamp(sent.Add(clocks[from]))
			lsr, dlsr := uint32(0), uint32(0)
			if lastNTP[from] != 0 {
				lsr, dlsr = uint32(lastNTP[from]>>16), uint32(sent.Sub(arrived[from])*65536/time.Second)
			}
			b := senderReport(c.ssrc[from], c.ssrc[1-from], own, uint32(250*(round+1)+from), lsr, dlsr)
			for i, tap := range c.taps(from, round) {
				at := sent.Add(c.leg[from] + time.Duration(i)*100*time.Microsecond)
				all = append(all, packet(hep.ProtoRTCP, at, tap.Src, tap.Dst, c.id, b))
			}
			lastNTP[1-from], arrived[1-from] = own, sent.Add(c.leg[0]+c.leg[1])
		}
	}
	return all
}

func ntpTimestamp(t time.Time) uint64 {
	return uint64(t.Unix()+2_208_988_800)<<32 | uint64(t.Nanosecond())<<32/1_000_000_000
}

// senderReport is an SR with one block.
func senderReport(reporter, source uint32, ntp uint64, seq, lsr, dlsr uint32) []byte {
	b := []byte{0x81, 200, 0, 12}
	b = binary.BigEndian.AppendUint32(b, reporter)
	b = binary.BigEndian.AppendUint64(b, ntp)
	for _, v := range []uint32{160, seq, 160 * seq, source, 0, seq, 16, lsr, dlsr} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// playRelayed puts packets through a listener and returns what is stored.
func playRelayed(t testing.TB, shards int, packets [][]byte) *rowStore {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, tenant: "anna", shards: shards}.start(t, store, now)
	now.advance(time.Minute)
	p.feed(packets...)
	p.settle(now)
	return store
}

// TestRoundTripOfARelayedCall: a relay that reports what it receives tells the
// round trip between the ends; the rows keep the addresses that it saw.
func TestRoundTripOfARelayedCall(t *testing.T) {
	for v := range views {
		c := makeRelayed(int(v), v, 30*time.Millisecond, 10*time.Millisecond)
		store := playRelayed(t, 4, c.packets(12))
		store.balanced(t)
		known := 0
		for _, row := range store.media {
			if row.RTTMillis.OK {
				known++
				if got, want := row.RTTMillis.V, c.roundTrip().Seconds()*1000; math.Abs(got-want) > 0.1 || row.RTTMethod != "half_legs" {
					t.Errorf("view %d: %s of %.2f ms, want half_legs of %.0f", v, row.RTTMethod, got, want)
				}
			}
			from := 0
			if row.ReporterSSRC == c.ssrc[1] {
				from = 1
			}
			if want := fmt.Sprint(c.taps(from, 0)); fmt.Sprint(row.Taps) != want {
				t.Errorf("view %d: taps %v, want %v", v, row.Taps, want)
			}
		}
		// Neither end's first report has a round trip: the one names no SR, and
		// there is nothing to add the other to.
		if len(store.media) != 24 || known != 22 {
			t.Errorf("view %d: %d rows, %d with a round trip, want 24 and 22", v, len(store.media), known)
		}
	}
}

// TestRelayedCallsInAnyOrder: whatever is seen of a call, in which order, how
// often and by how many shards, the rows are the same.
func TestRelayedCallsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var packets [][]byte
		for n := range rapid.IntRange(1, 3).Draw(rt, "calls") {
			millis := rapid.IntRange(1, 200)
			c := makeRelayed(n, view(rapid.IntRange(0, int(views)-1).Draw(rt, "view")),
				time.Duration(millis.Draw(rt, "leg"))*time.Millisecond, time.Duration(millis.Draw(rt, "other leg"))*time.Millisecond)
			c.moves = rapid.IntRange(0, 4).Draw(rt, "moves")
			packets = append(packets, c.packets(mediaqos.Window-1)...)
		}
		want := playRelayed(t, 1, packets).final()
		mixed := rapid.Permutation(packets).Draw(rt, "order")
		for range rapid.IntRange(0, 10).Draw(rt, "repeated") {
			mixed = append(mixed, rapid.SampledFrom(packets).Draw(rt, "again"))
		}
		store := playRelayed(t, rapid.IntRange(1, 3).Draw(rt, "shards"), mixed)
		store.balanced(rt)
		sameRows(rt, store.final(), want)
	})
}

// TestCallIDsOfTwoTenants: the same call id, SSRCs and addresses at two tenants
// are two calls, of which either has one direction only.
func TestCallIDsOfTwoTenants(t *testing.T) {
	w := newTestWorker(t)
	c := makeRelayed(1, viewReceived, 30*time.Millisecond, 10*time.Millisecond)
	var d hep.Decoder
	for i, b := range c.packets(12) {
		var p hep.Packet
		if err := d.Decode(b, &p); err != nil {
			t.Fatal(err)
		}
		src := &Source{Name: "relay", Kind: KindHEP, Tenant: "anna"}
		if i%2 == 1 {
			src.Tenant = "bert"
		}
		if !w.decode(&Datagram{Payload: p.Payload}) {
			t.Fatal("RTCP refused")
		}
		w.binary(&seen{source: src, attributed: attributed{tenant: src.Tenant}, at: p.Time, tap: mediaqos.Tap{Src: p.Src, Dst: p.Dst}, call: p.CorrelationID, now: p.Time})
	}
	if len(w.facts) != 24 {
		t.Errorf("%d facts, want 24", len(w.facts))
	}
	for i := range w.facts {
		if rtt := w.facts[i].Derived.RTTMillis; rtt.OK {
			t.Errorf("%s: a round trip of %.1f ms, half of it the other's", w.facts[i].Tenant, rtt.V)
		}
	}
	if n := len(w.relays.calls); n != 2 {
		t.Errorf("%d calls, want one of each tenant", n)
	}
	w.Expire(epoch.Add(time.Hour), time.Minute)
	if n := len(w.relays.calls) + w.relays.legs.Stats().Pairs + w.relays.taps; n != 0 {
		t.Errorf("%d calls, pairs or taps left after an hour", n)
	}
}

// TestBoundsOfRelays: a call id with reporters without end takes room for so
// many, and all calls together for so many more.
func TestBoundsOfRelays(t *testing.T) {
	r, err := newRelays(100)
	if err != nil {
		t.Fatal(err)
	}
	for call := range 200 {
		c := r.call(keyOfCall("anna", fmt.Append(nil, call)))
		c.last = epoch.UnixMicro()
		for reporter := range uint32(2 * maxRelayTaps) {
			r.note(c, relayTap{reporter, mediaqos.Tap{Src: agentAt, Dst: usAt}})
			r.note(c, relayTap{reporter, mediaqos.Tap{Src: agentAt, Dst: usAt}})
		}
		if int(c.n)+len(c.more) > 2+maxRelayTaps {
			t.Fatalf("%d taps of one call", int(c.n)+len(c.more))
		}
	}
	if len(r.calls) != 100 || r.taps != 100 {
		t.Errorf("%d calls, %d taps beyond two of each, at most 100 each", len(r.calls), r.taps)
	}
	r.expire(epoch.Add(time.Minute), time.Second)
	if len(r.calls) != 0 || r.taps != 0 {
		t.Errorf("%d calls left, %d taps", len(r.calls), r.taps)
	}
}
