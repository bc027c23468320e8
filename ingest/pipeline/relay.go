package pipeline

import (
	"hash/maphash"
	"maps"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// A media relay that reports by HEP (rtpengine) reports what it receives: the
// RTCP of one end as it comes from there, that of the other likewise. The two
// directions of a call then have no address pair in common, and between the
// addresses of one there is but half of what a round trip is made of. What they
// have in common is the call, which such an agent names beside each report.
//
// So the round trips of reports with a call id are found among all reports with
// that id, wherever each was seen. It is one rule for all of them, relayed or
// not, and not one that waits to see whether the call is relayed: the answer
// would depend on which report came first. Where both directions are seen
// between the same addresses it is what the addresses alone would have given.
// Where a report is seen on both sides of a relay its first capture counts.
//
// That is right since the two half legs are added up: the way from where the
// one end's RTCP is captured, over the other end, to where the other's is
// captured, and the way back. The relay's clock stamps both. Should two agents
// report a call, each the RTCP of one end, then the difference of their clocks
// is in both halves, and cancels; where it is more than the way takes, one half
// falls below zero and there is no round trip. Agents that report the same RTCP must agree in
// time, as they must between two addresses, and in whether they name the call:
// reports with a call id are not paired with those without.

// relays find the round trips of reports that come with a call id. A worker has
// all reports of a call: see shardOf.
type relays struct {
	// legs are told of calls in place of addresses; see relayKey.path.
	legs  *mediaqos.Legs
	calls map[relayKey]*relayCall
	// taps is how many there are beyond the few of each call, limit how many of
	// these there may be, and how many calls.
	taps, limit int
	scratch     []mediaqos.Tap
}

// relayKey is a call of a tenant: two hashes of its id, and of whose it is, under
// seeds that nobody knows.
type relayKey [2]uint64

// relayCall is where the reporters of a call were seen: 64 bytes, with the key
// about 100. A call of two parties needs no more room; its reports themselves are
// in legs.
type relayCall struct {
	last int64 // latest capture, Unix microseconds
	n    uint8 // of few
	few  [2]fewTap
	more []relayTap
}

// fewTap is a relayTap between plain IPv4 addresses, in 16 bytes.
type fewTap struct {
	reporter         uint32
	src, dst         [4]byte
	srcPort, dstPort uint16
}

// relayTap is where reports of an SSRC were seen.
type relayTap struct {
	reporter uint32
	tap      mediaqos.Tap
}

// pack makes the short form; false means that an address is no plain IPv4 one.
func (t *relayTap) pack() (fewTap, bool) {
	src, dst := t.tap.Src.Addr(), t.tap.Dst.Addr()
	if !src.Is4() || !dst.Is4() {
		return fewTap{}, false
	}
	return fewTap{t.reporter, src.As4(), dst.As4(), t.tap.Src.Port(), t.tap.Dst.Port()}, true
}

func (t *fewTap) unpack() mediaqos.Tap {
	return mediaqos.Tap{
		Src: netip.AddrPortFrom(netip.AddrFrom4(t.src), t.srcPort),
		Dst: netip.AddrPortFrom(netip.AddrFrom4(t.dst), t.dstPort),
	}
}

// seenAt appends where a reporter was seen.
func (c *relayCall) seenAt(reporter uint32, out []mediaqos.Tap) []mediaqos.Tap {
	for i := range c.few[:c.n] {
		if c.few[i].reporter == reporter {
			out = append(out, c.few[i].unpack())
		}
	}
	for i := range c.more {
		if c.more[i].reporter == reporter {
			out = append(out, c.more[i].tap)
		}
	}
	return out
}

// maxRelayTaps bounds those of one call beyond the few. What is known later of a report at a
// further one does not get there.
const maxRelayTaps = 64

func newRelays(limit int) (*relays, error) {
	legs, err := mediaqos.NewLegs(mediaqos.LegsOptions{MaxPairs: limit})
	if err != nil {
		return nil, err
	}
	return &relays{legs: legs, calls: map[relayKey]*relayCall{}, limit: limit}, nil
}

// callSeeds differ from process to process: nothing that is stored depends on
// the hashes, and nobody can make call ids that share one.
var callSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// shardOfCall spreads calls over n shards.
func shardOfCall(id []byte, n int) int { return int(maphash.Bytes(callSeeds[0], id) % uint64(n)) }

func keyOfCall(tenant schema.TenantID, id []byte) relayKey {
	var key relayKey
	for i, seed := range callSeeds {
		key[i] = maphash.Bytes(seed, id) ^ bits.RotateLeft64(maphash.String(seed, string(tenant)), 32)
	}
	return key
}

// path stands for a call where mediaqos wants addresses: 96 bits of the hashes,
// which is the form in which pairs take the least room. It has one direction,
// since a report is told from the other side's by its SSRCs.
func (k *relayKey) path() mediaqos.Tap {
	addr := func(h uint32) netip.Addr {
		return netip.AddrFrom4([4]byte{byte(h >> 24), byte(h >> 16), byte(h >> 8), byte(h)})
	}
	return mediaqos.Tap{
		Src: netip.AddrPortFrom(addr(uint32(k[0]>>32)), uint16(k[1]>>16)),
		Dst: netip.AddrPortFrom(addr(uint32(k[0])), uint16(k[1])),
	}
}

// path is among what a datagram's round trips are looked for.
type path struct {
	mediaqos.Sighting
	legs *mediaqos.Legs
	// call is nil between addresses.
	call *relayCall
}

// path notes who reports in a datagram of a call; without a call id it is the
// path between its addresses.
func (w *Worker) path(sn *seen, c *content) path {
	p := path{
		Sighting: mediaqos.Sighting{Tenant: sn.tenant, At: sn.at, Tap: sn.tap, AtDestination: sn.source.AtEndpoint},
		legs:     w.legs,
	}
	if len(sn.call) == 0 {
		return p
	}
	key := keyOfCall(sn.tenant, sn.call)
	p.legs, p.Tap = w.relays.legs, key.path()
	p.call = w.relays.call(key)
	p.call.last = max(p.call.last, sn.at.UnixMicro())
	for i := range c.reports {
		w.relays.note(p.call, relayTap{c.reports[i].ReporterSSRC, sn.tap})
	}
	return p
}

// call returns what is known of one. Beyond the limit it is forgotten again.
func (r *relays) call(key relayKey) *relayCall {
	call := r.calls[key]
	if call == nil {
		call = &relayCall{}
		if len(r.calls) < r.limit {
			r.calls[key] = call
		}
	}
	return call
}

// note remembers where a reporter was seen.
func (r *relays) note(call *relayCall, t relayTap) {
	short, isShort := t.pack()
	switch {
	case isShort && slices.Contains(call.few[:call.n], short), slices.Contains(call.more, t):
	case isShort && int(call.n) < len(call.few):
		call.few[call.n] = short
		call.n++
	case len(call.more) < maxRelayTaps && r.taps < r.limit:
		call.more = append(call.more, t)
		r.taps++
	}
}

// amend gives a report the round trip that became known after it, wherever it
// was seen.
func (w *Worker) amend(sn *seen, p *path, a *mediaqos.Amendment) {
	if p.call == nil {
		w.facts = w.stripes.Amend(sn.source, a, sn.now, w.facts)
		return
	}
	w.relays.scratch = p.call.seenAt(a.ReporterSSRC, w.relays.scratch[:0])
	for _, tap := range w.relays.scratch {
		a.Tap = tap
		w.facts = w.stripes.Amend(sn.source, a, sn.now, w.facts)
	}
}

// expire forgets calls of which nothing was captured for idle before now.
func (r *relays) expire(now time.Time, idle time.Duration) {
	r.legs.Expire(now, idle)
	cutoff := now.Add(-idle).UnixMicro()
	maps.DeleteFunc(r.calls, func(_ relayKey, c *relayCall) bool {
		if c.last >= cutoff {
			return false
		}
		r.taps -= len(c.more)
		return true
	})
}
