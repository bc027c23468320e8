package mediaqos

import (
	"cmp"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// listening is the exchange of roundtrip_test.go in which b only listens: a
// sends SRs and echoes b's reference times, b sends RRs and reference times.
// The tap is 20 ms from a and 50 ms from b, and b's clock is wrong by an hour.
type listening struct {
	start time.Time
	legs  *Legs
	amend []Amendment
	final map[uint32]RTT
}

func newListening(t fataler) *listening {
	legs, err := NewLegs(LegsOptions{})
	if err != nil {
		t.Fatalf("legs: %v", err)
	}
	return &listening{start: worldStart, legs: legs, final: map[uint32]RTT{}}
}

func (x *listening) sight(millis int, fromB bool) Sighting {
	sg := Sighting{Tenant: oracleTenant, At: x.start.Add(time.Duration(millis) * time.Millisecond), Tap: exchangeTap}
	if fromB {
		sg.Tap = sg.Tap.Reversed()
	}
	return sg
}

func (x *listening) ntpA(millis int) uint64 {
	return ntpOf(x.start.Add(time.Duration(millis-20) * time.Millisecond))
}

func (x *listening) ntpB(millis int) uint64 {
	return ntpOf(x.start.Add(time.Hour + time.Duration(millis-50)*time.Millisecond))
}

func (x *listening) report(millis int, w Wire) {
	var rtt RTT
	rtt, x.amend = x.legs.AddReport(x.sight(millis, true), &w, x.amend[:0])
	x.final[reportKey(w.Hash(oracleTenant))] = rtt
	x.keep()
}

func (x *listening) keep() {
	for _, a := range x.amend {
		x.final[a.Report] = a.RTT
	}
}

// listenerReports are b's, before and after the echo.
func (x *listening) listenerReports() (first, next Wire) {
	first = Wire{ReporterSSRC: exchangeB, SourceSSRC: exchangeA, PacketType: PacketTypeRR, LSR: ntpMiddle(x.ntpA(100)), DLSR: units(200)}
	next = first
	next.DLSR = units(700)
	return first, next
}

// steps are what the tap sees, in order of capture. Each may be told at any time.
func (x *listening) steps() []func() {
	first, next := x.listenerReports()
	echo := DLRR{ReporterSSRC: exchangeA, ReceiverSSRC: exchangeB, LRR: ntpMiddle(x.ntpB(400)), DLRR: units(300)}
	return []func(){
		func() { // an SR of a
			x.amend = x.legs.AddSR(x.sight(100, false), exchangeA, x.ntpA(100), x.amend[:0])
			x.keep()
		},
		func() { // b's report, 200 ms after it had the SR: 100 ms from the tap and back
			x.report(400, first)
		},
		func() {
			x.amend = x.legs.AddReferenceTime(x.sight(400, true), ReferenceTime{exchangeB, x.ntpB(400)}, x.amend[:0])
			x.keep()
		},
		func() { // a's echo, 300 ms after it had the reference time: 40 ms from the tap and back
			x.amend = x.legs.AddDLRR(x.sight(740, false), &echo, x.amend[:0])
			x.keep()
		},
		func() { // b's next report, for which the echo is the other half
			x.report(900, next)
		},
	}
}

// TestRoundTripByDLRR tells the captures in all orders: the report after the
// echo has its round trip, the one before it has none.
func TestRoundTripByDLRR(t *testing.T) {
	for _, order := range permutations([]int{0, 1, 2, 3, 4}) {
		x := newListening(t)
		steps := x.steps()
		first, next := x.listenerReports()
		for _, i := range order {
			steps[i]()
		}
		steps[order[0]]() // told again, it says the same
		if got := x.final[reportKey(next.Hash(oracleTenant))]; !about(got, RTTFromDLRR, 140) {
			t.Errorf("order %v: %+v, want 140 ms", order, got)
		}
		if got := x.final[reportKey(first.Hash(oracleTenant))]; got != (RTT{}) || len(x.final) != 2 {
			t.Errorf("order %v: before the echo %+v, %d answers", order, got, len(x.final))
		}
	}
}

// TestHalfLegsBeatDLRR: where the other end's own reports exist they count.
func TestHalfLegsBeatDLRR(t *testing.T) {
	x := newListening(t)
	steps := x.steps()
	for _, i := range []int{0, 1, 2, 3} {
		steps[i]()
	}
	// b sent an SR after all, and a reports on it: 60 ms from the tap and back.
	x.legs.AddSR(x.sight(500, true), exchangeB, x.ntpB(500), nil)
	x.legs.AddReport(x.sight(860, false), &Wire{ReporterSSRC: exchangeA, SourceSSRC: exchangeB, PacketType: PacketTypeSR, LSR: ntpMiddle(x.ntpB(500)), DLSR: units(300)}, nil)
	steps[4]()
	_, next := x.listenerReports()
	if got := x.final[reportKey(next.Hash(oracleTenant))]; !about(got, RTTFromHalfLegs, 160) {
		t.Errorf("%+v, want 160 ms by half legs", got)
	}
}

// TestDLRRInAnyOrder plays a long listening session and tells it in any order
// within the windows: the answers end the same, and in the right rows.
func TestDLRRInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rounds := rapid.IntRange(1, Window-1).Draw(t, "rounds")
		type step struct {
			at int
			do func(x *listening, s *Streams, out *[]Emission)
		}
		var steps []step
		var sums []float64 // of the two half legs, by round
		clock := newListening(t)
		for i := range rounds {
			base := 2000*i + rapid.IntRange(0, 900).Draw(t, "start")
			near, far := rapid.IntRange(0, 200).Draw(t, "near"), rapid.IntRange(0, 200).Draw(t, "far")
			sums = append(sums, float64(near+far))
			sr, rt := clock.ntpA(base), clock.ntpB(base+300)
			w := Wire{ReporterSSRC: exchangeB, SourceSSRC: exchangeA, PacketType: PacketTypeRR, LSR: ntpMiddle(sr), DLSR: units(uint32(900 - near)), ExtendedSeq: uint32(250 * i)}
			echo := DLRR{ReporterSSRC: exchangeA, ReceiverSSRC: exchangeB, LRR: ntpMiddle(rt), DLRR: units(uint32(500 - far))}
			amend := func(x *listening, s *Streams, out *[]Emission) {
				for _, a := range x.amend {
					*out = s.AmendRTT(a, *out)
				}
			}
			steps = append(steps,
				step{base, func(x *listening, s *Streams, out *[]Emission) {
					x.amend = x.legs.AddSR(x.sight(base, false), exchangeA, sr, x.amend[:0])
					amend(x, s, out)
				}},
				step{base + 300, func(x *listening, s *Streams, out *[]Emission) {
					x.amend = x.legs.AddReferenceTime(x.sight(base+300, true), ReferenceTime{exchangeB, rt}, x.amend[:0])
					amend(x, s, out)
				}},
				step{base + 800, func(x *listening, s *Streams, out *[]Emission) {
					x.amend = x.legs.AddDLRR(x.sight(base+800, false), &echo, x.amend[:0])
					amend(x, s, out)
				}},
				step{base + 900, func(x *listening, s *Streams, out *[]Emission) {
					sg := x.sight(base+900, true)
					var rtt RTT
					rtt, x.amend = x.legs.AddReport(sg, &w, x.amend[:0])
					*out, _ = s.Add(&Observation{Tenant: oracleTenant, At: sg.At, Tap: sg.Tap, Wire: w, RTT: rtt, Media: worldMedia}, *out)
					amend(x, s, out)
				}},
			)
		}
		slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
		play := func(steps []step) []Emission {
			x := newListening(t)
			s, err := NewStreams(StreamsOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var facts Facts
			for _, st := range steps {
				var out []Emission
				st.do(x, s, &out)
				facts.Apply(out...)
			}
			return facts.Rows()
		}
		want := play(steps)
		for i := range want {
			if d := want[i].Derived; d.RTTMethod != RTTFromDLRR || math.Abs(d.RTTMillis.V-sums[i]) > .1 {
				t.Fatalf("row %d: %+v", i, d)
			}
		}
		again := append(slices.Clone(steps), steps[rapid.IntRange(0, len(steps)-1).Draw(t, "again")])
		sameRows(t, "shuffled", play(rapid.Permutation(again).Draw(t, "order")), want)
	})
}

func TestDLRRLimits(t *testing.T) {
	legs, err := NewLegs(LegsOptions{MaxPairs: 1})
	if err != nil {
		t.Fatal(err)
	}
	sg := Sighting{Tenant: oracleTenant, At: worldStart, Tap: exchangeTap}
	legs.AddReferenceTime(sg, ReferenceTime{1, 1 << 32}, nil)
	other := sg
	other.Tap.Dst = worldAddr(9)
	if out := legs.AddDLRR(other, &DLRR{ReporterSSRC: 2, ReceiverSSRC: 1, LRR: 1}, nil); len(out) > 0 {
		t.Errorf("%+v", out)
	}
	if stats := legs.Stats(); stats.Pairs != 1 || stats.RefusedPairs != 1 || stats.ReferenceTimes != 1 || stats.Echoes != 1 || stats.SRs != 0 {
		t.Errorf("%+v", stats)
	}
}
