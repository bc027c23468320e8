package mediaqos

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// listening is the exchange of roundtrip_test.go in which b only listens: a
// sends SRs and echoes b's reference times, b sends RRs and reference times.
// The tap is 20 ms from a and 50 ms from b, and b's clock is wrong by an hour.
type listening struct {
	start time.Time
	legs  *ReceiverLegs
	amend []Amendment
	final map[schema.ReportID]RTT
}

func newListening(t *testing.T) *listening {
	legs, err := NewReceiverLegs(LegsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &listening{start: worldStart, legs: legs, final: map[schema.ReportID]RTT{}}
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

func (x *listening) keep() {
	for _, a := range x.amend {
		x.final[a.ReportID] = a.RTT
	}
}

// steps are what the tap sees, in order of capture. Each may be told at any time.
func (x *listening) steps() []func() {
	rr := Wire{ReporterSSRC: exchangeB, SourceSSRC: exchangeA, PacketType: PacketTypeRR, LSR: ntpMiddle(x.ntpA(100)), DLSR: units(200)}
	echo := DLRR{ReporterSSRC: exchangeA, ReceiverSSRC: exchangeB, LRR: ntpMiddle(x.ntpB(400)), DLRR: units(300)}
	next := rr
	next.DLSR = units(700)
	return []func(){
		func() { // b says hello: from here on the pair is remembered
			x.amend = x.legs.AddReferenceTime(x.sight(0, true), ReferenceTime{exchangeB, x.ntpB(0)}, x.amend[:0])
			x.keep()
		},
		func() { // an SR of a
			x.amend = x.legs.AddSR(x.sight(100, false), exchangeA, x.ntpA(100), x.amend[:0])
			x.keep()
		},
		func() { // b's report, 200 ms after it had the SR: 100 ms from the tap and back
			x.amend = x.legs.AddReport(x.sight(400, true), &rr, x.amend[:0])
			x.keep()
			x.amend = x.legs.AddReferenceTime(x.sight(400, true), ReferenceTime{exchangeB, x.ntpB(400)}, x.amend[:0])
			x.keep()
		},
		func() { // a's echo, 300 ms after it had the reference time: 40 ms from the tap and back
			var rtt RTT
			rtt, x.amend = x.legs.AddDLRR(x.sight(740, false), &echo, x.amend[:0])
			x.final[echo.ID(oracleTenant)] = rtt
			x.keep()
		},
		func() { // b's next report: its round trip is known too, or becomes so by the echo
			x.amend = x.legs.AddReport(x.sight(900, true), &next, x.amend[:0])
			x.keep()
		},
	}
}

// TestReceiverLegs tells the captures in all orders that begin with the first:
// the round trip must end the same, and no other report may be answered for.
func TestReceiverLegs(t *testing.T) {
	for _, order := range permutations([]int{1, 2, 3, 4}) {
		x := newListening(t)
		steps := x.steps()
		steps[0]()
		for _, i := range order {
			steps[i]()
		}
		if len(x.final) != 1 {
			t.Errorf("order %v: answers for %d reports", order, len(x.final))
		}
		for _, rtt := range x.final {
			if !about(rtt, RTTFromHalfLegs, 140) {
				t.Errorf("order %v: %+v, want 140 ms", order, rtt)
			}
		}
		// Told again, it says the same.
		steps[3]()
		for _, rtt := range x.final {
			if !about(rtt, RTTFromHalfLegs, 140) {
				t.Errorf("order %v, again: %+v", order, rtt)
			}
		}
	}
}

// TestReceiverLegsNTP has two ends that both only listen and echo each other:
// there is no SR at all, and the tap misses the first reference time.
func TestReceiverLegsNTP(t *testing.T) {
	x := newListening(t)
	first := DLRR{ReporterSSRC: exchangeB, ReceiverSSRC: exchangeA, LRR: ntpMiddle(x.ntpA(0)), DLRR: units(430), ReporterNTP: Some(x.ntpB(530))}
	second := DLRR{ReporterSSRC: exchangeA, ReceiverSSRC: exchangeB, LRR: ntpMiddle(x.ntpB(530)), DLRR: units(430), ReporterNTP: Some(x.ntpA(1000))}
	if rtt, _ := x.legs.AddDLRR(x.sight(530, true), &first, nil); rtt != (RTT{}) {
		t.Errorf("one echo alone: %+v", rtt)
	}
	rtt, amend := x.legs.AddDLRR(x.sight(1000, false), &second, nil)
	if !about(rtt, RTTFromNTP, 140) || len(amend) > 0 {
		t.Errorf("%+v, want 140 ms; %v", rtt, amend)
	}
	if stats := x.legs.Stats(); stats.DLRRs != 2 || stats.Answered != 1 || stats.Unanswered != 1 || stats.Pairs != 1 {
		t.Errorf("%+v", stats)
	}
}

func TestReceiverLegsAtEndpoint(t *testing.T) {
	x := newListening(t)
	// The tap is on b's host, whose clock stamps the captures.
	x.legs.AddReferenceTime(x.sight(0, true), ReferenceTime{exchangeB, ntpOf(x.start)}, nil)
	echo := DLRR{ReporterSSRC: exchangeA, ReceiverSSRC: exchangeB, LRR: ntpMiddle(ntpOf(x.start)), DLRR: units(430)}
	sg := x.sight(530, false)
	sg.AtDestination = true
	if rtt, _ := x.legs.AddDLRR(sg, &echo, nil); !about(rtt, RTTAtEndpoint, 100) {
		t.Errorf("%+v, want 100 ms", rtt)
	}
}

// TestReceiverLegsLimits: pairs without extended reports cost nothing.
func TestReceiverLegsLimits(t *testing.T) {
	if _, err := NewReceiverLegs(LegsOptions{MaxPairs: -1}); err == nil {
		t.Error("a negative limit passes")
	}
	legs, err := NewReceiverLegs(LegsOptions{MaxPairs: 1})
	if err != nil {
		t.Fatal(err)
	}
	sg := Sighting{Tenant: oracleTenant, At: worldStart, Tap: exchangeTap}
	legs.AddSR(sg, 1, 1<<32, nil)
	legs.AddReport(sg, &Wire{ReporterSSRC: 1, SourceSSRC: 2}, nil)
	if legs.Stats().Pairs != 0 || len(legs.legs.pairs) != 0 {
		t.Error("remembers a pair without extended reports")
	}
	legs.AddReferenceTime(sg, ReferenceTime{1, 1 << 32}, nil)
	other := sg
	other.Tap.Dst = worldAddr(9)
	if rtt, _ := legs.AddDLRR(other, &DLRR{ReporterSSRC: 2, ReceiverSSRC: 1, LRR: 1}, nil); rtt != (RTT{}) {
		t.Errorf("%+v", rtt)
	}
	if stats := legs.Stats(); stats.Pairs != 1 || stats.RefusedPairs != 1 || stats.ReferenceTimes != 1 {
		t.Errorf("%+v", stats)
	}
	if legs.Expire(worldStart.Add(time.Minute), 2*time.Minute) != 0 || legs.Expire(worldStart.Add(time.Minute), time.Second) != 1 || len(legs.legs.pairs) != 0 {
		t.Error("expiry")
	}
}
