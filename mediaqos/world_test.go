package mediaqos

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pgregory.net/rapid"
)

var worldMedia = Media{Codec: "PCMU", Source: MediaSDP, PLC: PLCOn, ClockHz: 8000, PtimeMillis: 20}

// worldStart is when every generated world begins.
var worldStart = time.Date(2026, 3, 29, 0, 59, 50, 0, time.UTC)

// party is one end of a generated session.
type endpoint struct {
	ssrc  uint32
	addr  netip.AddrPort
	clock time.Duration // how far its NTP clock is off

	// Of what it receives from the other end:
	extendedSeq uint32
	lost        int32
	srs         []arrival
}

// arrival is an SR that reached an end, or will.
type arrival struct {
	middle uint32
	at     time.Time
}

func ntpOf(t time.Time) uint64 {
	return uint64(t.Unix()+ntpEpoch)<<32 | uint64(t.Nanosecond())<<32/1_000_000_000
}

// worldAddr is a documentation address (RFC 5737).
func worldAddr(last byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, last}), 5001)
}

// session generates what a relay between two ends sees of their RTCP: each
// datagram at the tap before the relay, the one behind it, or both.
type session struct {
	a, b    endpoint
	relay   [2]netip.AddrPort // facing a, facing b
	legA    time.Duration     // a to the relay, one way
	legB    time.Duration
	through time.Duration // the relay, 0 or 1 ms
	reports int           // of each end
	linked  int           // so many first datagrams are seen on both sides
}

func drawSession(t *rapid.T, label string, ssrcA, ssrcB uint32, host byte, reports, linked, relay int) session {
	millis := func(name string, lo, hi int) time.Duration {
		return time.Duration(rapid.IntRange(lo, hi).Draw(t, label+name)) * time.Millisecond
	}
	addr := func(last byte, port uint16) netip.AddrPort {
		return netip.AddrPortFrom(worldAddr(last).Addr(), port)
	}
	return session{
		a:       endpoint{ssrc: ssrcA, addr: addr(host, 5001), clock: millis("clockA", -70_000, 70_000), extendedSeq: rapid.SampledFrom([]uint32{0, 1000, 0xfffffe00, 0x7fffff00}).Draw(t, label+"extA")},
		b:       endpoint{ssrc: ssrcB, addr: addr(host+1, 6001), clock: millis("clockB", -70_000, 70_000), extendedSeq: 65_000, lost: rapid.SampledFrom([]int32{0, -8388600, 8388500}).Draw(t, label+"lostB")},
		relay:   [2]netip.AddrPort{addr(host+2, 40_001), addr(host+2, 40_003)},
		legA:    millis("legA", 0, 300),
		legB:    millis("legB", 0, 300),
		through: millis("through", relay, 1),
		reports: reports,
		linked:  linked,
	}
}

// events plays the session.
func (s *session) events(t *rapid.T, label string) []event {
	var out []event
	now := worldStart.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, label+"start")) * time.Millisecond)
	for i := range 2 * s.reports {
		from, to, leg, rest, near := &s.a, &s.b, s.legA, s.legB, 0
		if i%2 == 1 {
			from, to, leg, rest, near = &s.b, &s.a, s.legB, s.legA, 1
		}
		name := fmt.Sprintf("%s%d", label, i)
		now = now.Add(time.Duration(rapid.IntRange(300, 4000).Draw(t, name+"gap")) * time.Millisecond)
		w := Wire{
			ReporterSSRC: from.ssrc, SourceSSRC: to.ssrc, PacketType: PacketTypeRR,
			ExtendedSeq: from.extendedSeq, CumulativeLost: from.lost, JitterTicks: uint32(rapid.IntRange(0, 400).Draw(t, name+"jitter")),
		}
		for _, sr := range from.srs {
			if !sr.at.After(now) {
				w.LSR, w.DLSR = sr.middle, uint32(now.Sub(sr.at).Microseconds()<<16/1_000_000)
			}
		}
		switch rapid.IntRange(0, 11).Draw(t, name+"counts") {
		case 0: // nothing came
		case 1: // the receiver starts over
			from.extendedSeq, from.lost = 17, 0
		case 2:
			from.extendedSeq += 40_000
		default:
			from.extendedSeq += uint32(rapid.IntRange(1, 300).Draw(t, name+"packets"))
			from.lost = min(cumulativeMax, from.lost+int32(rapid.IntRange(-3, 20).Draw(t, name+"lost")))
		}
		kind := reportEvent
		switch what := rapid.IntRange(0, 19).Draw(t, name+"kind"); {
		case what < 11:
			w.PacketType, w.HasSR, w.SRNTP = PacketTypeSR, true, ntpOf(now.Add(from.clock))
			w.SRRTPTime, w.SenderPackets = uint32(i)*40_000, uint32(i)*250
		case what == 18:
			kind = srEvent
			w = Wire{ReporterSSRC: from.ssrc, HasSR: true, SRNTP: ntpOf(now.Add(from.clock))}
		case what == 19 && i > 2:
			kind = byeEvent
			w = Wire{ReporterSSRC: from.ssrc}
		}
		out = append(out, s.seen(t, name, kind, w, now, from, to, near, leg, i < s.linked, i/2 == 1)...)
		if w.HasSR {
			to.srs = append(to.srs, arrival{ntpMiddle(w.SRNTP), now.Add(leg + rest + 2*time.Millisecond)})
		}
		if kind == byeEvent {
			now = now.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, name+"pause")) * time.Millisecond)
		}
	}
	return out
}

// seen makes the sightings of one datagram.
func (s *session) seen(t *rapid.T, name string, kind eventKind, w Wire, now time.Time, from, to *endpoint, near int, leg time.Duration, linked, chain bool) []event {
	sightings := []event{
		{at: now.Add(leg), tap: Tap{Src: from.addr, Dst: s.relay[near]}, wire: w, kind: kind},
		{at: now.Add(leg + s.through), tap: Tap{Src: s.relay[1-near], Dst: to.addr}, wire: w, kind: kind},
	}
	if linked {
		return sightings
	}
	switch where := rapid.IntRange(0, 6).Draw(t, name+"where"); {
	case where == 0:
		return sightings[:1]
	case where == 1:
		return sightings[1:]
	case where == 2: // the network doubled it
		again := sightings[0]
		again.at = again.at.Add(30 * time.Millisecond)
		return append(sightings, again)
	case where == 3 && chain:
		// Again and again, so that the last is far from the first. While the
		// one between is missing they take the place of two reports.
		again, last := sightings[0], sightings[0]
		again.at, last.at = again.at.Add(1500*time.Millisecond), again.at.Add(3*time.Second)
		return []event{sightings[0], again, last}
	default:
		return sightings
	}
}

// drawWorld generates one or two sessions; two have equal SSRCs. relay is the
// least time in ms that their relays take.
func drawWorld(t *rapid.T, reports, linked, relay int) []event {
	first := drawSession(t, "s", 0xaaaa, 0xbbbb, 10, rapid.IntRange(1, reports).Draw(t, "reports"), linked, relay)
	events := first.events(t, "s")
	if rapid.IntRange(0, 2).Draw(t, "collide") == 0 {
		second := drawSession(t, "c", 0xaaaa, 0xbbbb, 20, rapid.IntRange(1, reports).Draw(t, "more"), linked, relay)
		events = append(events, second.events(t, "c")...)
	}
	return byTime(events)
}

func byTime(events []event) []event {
	slices.SortStableFunc(events, func(a, b event) int {
		return cmp.Or(a.at.Compare(b.at), a.tap.Compare(b.tap))
	})
	return events
}

// runner feeds events as the pipeline does.
type runner struct {
	legs    *Legs // nil = no round trips
	streams *Streams
	facts   Facts
	written map[factKey]Emission
	out     []Emission
	amends  []Amendment
	seeding bool // stored rows may be older than what was written since
}

type fataler interface {
	Fatalf(format string, args ...any)
}

func newRunner(t fataler) *runner {
	legs, err := NewLegs(LegsOptions{})
	if err != nil {
		t.Fatalf("legs: %v", err)
	}
	streams, err := NewStreams(StreamsOptions{})
	if err != nil {
		t.Fatalf("streams: %v", err)
	}
	return &runner{legs: legs, streams: streams, written: map[factKey]Emission{}}
}

// feed gives one event and writes what comes out; every emission must change
// what is written.
func (r *runner) feed(t fataler, e event) {
	r.amends, r.out = r.amends[:0], r.out[:0]
	sighting := Sighting{Tenant: oracleTenant, At: e.at, Tap: e.tap, AtDestination: e.dest}
	switch e.kind {
	case srEvent:
		if r.legs == nil {
			break
		}
		r.amends = r.legs.AddSR(sighting, e.wire.ReporterSSRC, e.wire.SRNTP, r.amends)
	case byeEvent:
		r.out = r.streams.End(Bye{Tenant: oracleTenant, SSRC: e.wire.ReporterSSRC, At: e.at, Tap: e.tap}, r.out)
	default:
		if e.before || e.kind == evidenceEvent {
			r.evidence(&e)
		}
		if e.kind == evidenceEvent {
			break
		}
		var rtt RTT
		if r.legs != nil {
			rtt, r.amends = r.legs.AddReport(sighting, &e.wire, r.amends)
		}
		r.out, _ = r.streams.Add(&Observation{Tenant: oracleTenant, At: e.at, Tap: e.tap, Wire: e.wire, RTT: rtt, Media: worldMedia}, r.out)
		if !e.before {
			r.evidence(&e)
		}
	}
	for _, a := range r.amends {
		r.out = r.streams.AmendRTT(a, r.out)
	}
	r.write(t)
}

// evidence gives what an event says of bursts.
func (r *runner) evidence(e *event) {
	r.out = r.streams.Evidence(&BurstEvidence{
		Tenant: oracleTenant, ReporterSSRC: e.wire.ReporterSSRC, SourceSSRC: e.wire.SourceSSRC,
		At: e.at, Tap: e.tap, Covers: e.covers, Shape: e.shape,
	}, r.out)
}

func (r *runner) write(t fataler) {
	for _, e := range r.out {
		key := factKey{e.Tenant, e.Time.UnixMicro(), e.ReportID}
		old, known := r.written[key]
		if known && old == e && !r.seeding || !known && e.Deleted {
			t.Fatalf("emitted without a change: %+v", e)
		}
		r.written[key] = e
	}
	r.facts.Apply(r.out...)
}

// sameRows compares row by row and says where they part.
func sameRows(t fataler, what string, got, want []Emission) {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: row %d of %d:\n got %s\nwant %s", what, i, len(want), show(&got[i]), show(&want[i]))
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, len(got), len(want))
	}
}

// show is an emission in one line.
func show(e *Emission) string {
	taps := ""
	for t := range e.Taps.All() {
		taps += " " + t.String()
	}
	return fmt.Sprintf("%s report %.8s stream %.8s deleted %v late %v taps%s %+v %+v",
		e.Time.Format("15:04:05.000000"), e.ReportID, e.StreamID, e.Deleted, e.Late, taps, e.Wire, e.Derived)
}
