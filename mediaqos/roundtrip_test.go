package mediaqos

import (
	"testing"
	"time"
)

func TestRoundTrip(t *testing.T) {
	for _, c := range []struct {
		name               string
		arrival, lsr, dlsr uint32
		want               RTT
	}{
		{"RFC 3550 figure 2", 0xb7108000, 0xb7052000, 0x00054000, RTT{RTTAtEndpoint, 6_125_000}},
		{"no SR yet", 0xb7108000, 0, 0x00054000, RTT{}},
		{"over the wrap", 0x00000800, 0xfffff800, 0x00000800, RTT{RTTAtEndpoint, 31_250}},
		{"rounded below zero", 0x10000000, 0x0fffffff, 0x2, RTT{RTTAtEndpoint, 0}},
		{"below zero", 0x10000000, 0x10000000, 0x100, RTT{}},
		{"ten seconds", 0x000a0001, 1, 0, RTT{RTTAtEndpoint, 10_000_000}},
		{"more", 0x000a0100, 1, 0, RTT{}},
	} {
		if got := RoundTrip(c.arrival, c.lsr, c.dlsr); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if got := packRTT(c.want).unpack(); got != c.want {
			t.Errorf("%s: packed and unpacked %+v", c.name, got)
		}
	}
}

func TestNTPMiddle(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want uint32
	}{
		{time.Unix(0, 0), 0x7e800000},                      // 2208988800 = 0x83aa7e80
		{time.Unix(0, 500_000_000), 0x7e808000},            // half a second
		{time.Unix(1, 250_000_000), 0x7e814000},            //
		{time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC), 0}, // era 1
	} {
		if got := NTPMiddle(c.at); got != c.want {
			t.Errorf("%v: %08x, want %08x", c.at, got, c.want)
		}
	}
}

// exchange is two ends with a tap 20 ms from a and 50 ms from b: the round
// trip is 140 ms. The clock of b is wrong by an hour.
type exchange struct {
	start time.Time
	legs  *Legs
	amend []Amendment
}

const exchangeA, exchangeB = 0xa, 0xb

var exchangeTap = Tap{Src: worldAddr(1), Dst: worldAddr(2)}

// at is a capture at the tap, so many ms after the start.
func (x *exchange) at(millis int) time.Time {
	return x.start.Add(time.Duration(millis) * time.Millisecond)
}

func (x *exchange) report(millis int, w Wire, declared bool) RTT {
	tap := exchangeTap
	if w.ReporterSSRC == exchangeB {
		tap = tap.Reversed()
	}
	var rtt RTT
	rtt, x.amend = x.legs.AddReport(Sighting{Tenant: oracleTenant, At: x.at(millis), Tap: tap, AtDestination: declared}, &w, x.amend[:0])
	return rtt
}

// units turns milliseconds into 1/65536 s.
func units(millis uint32) uint32 { return millis << 16 / 1000 }

// wires are SRs of both ends: a sends at 0, 1000 and 2000 ms, b answers 430 ms
// after it heard a, a 430 ms after it heard b.
func (x *exchange) wires() (a0, b0, a1, b1 Wire) {
	ntpA := func(millis int) uint64 { return ntpOf(x.start.Add(time.Duration(millis-20) * time.Millisecond)) }
	ntpB := func(millis int) uint64 {
		return ntpOf(x.start.Add(time.Hour + time.Duration(millis-50)*time.Millisecond))
	}
	a0 = Wire{ReporterSSRC: exchangeA, SourceSSRC: exchangeB, PacketType: PacketTypeSR, HasSR: true, SRNTP: ntpA(0)}
	b0 = Wire{ReporterSSRC: exchangeB, SourceSSRC: exchangeA, PacketType: PacketTypeSR, HasSR: true, SRNTP: ntpB(530), LSR: ntpMiddle(a0.SRNTP), DLSR: units(430)}
	a1 = Wire{ReporterSSRC: exchangeA, SourceSSRC: exchangeB, PacketType: PacketTypeSR, HasSR: true, SRNTP: ntpA(1000), LSR: ntpMiddle(b0.SRNTP), DLSR: units(430)}
	b1 = Wire{ReporterSSRC: exchangeB, SourceSSRC: exchangeA, PacketType: PacketTypeSR, HasSR: true, SRNTP: ntpB(1530), LSR: ntpMiddle(a1.SRNTP), DLSR: units(430)}
	return a0, b0, a1, b1
}

func newExchange(t *testing.T) *exchange {
	legs, err := NewLegs(LegsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &exchange{start: worldStart, legs: legs}
}

// about compares within what 1/65536 s can tell.
func about(rtt RTT, method RTTMethod, millis float64) bool {
	return rtt.Method == method && rtt.Millis().V > millis-.1 && rtt.Millis().V < millis+.1
}

func TestLegsMethods(t *testing.T) {
	x := newExchange(t)
	a0, b0, a1, b1 := x.wires()
	if rtt := x.report(0, a0, false); rtt != (RTT{}) {
		t.Errorf("before any SR: %+v", rtt)
	}
	if rtt := x.report(530, b0, false); rtt != (RTT{}) {
		t.Errorf("one half leg alone is no round trip: %+v", rtt)
	}
	if rtt := x.report(1000, a1, false); !about(rtt, RTTFromHalfLegs, 140) {
		t.Errorf("both half legs: %+v, want 140 ms", rtt)
	}
	if rtt := x.report(1530, b1, false); !about(rtt, RTTFromHalfLegs, 140) || len(x.amend) > 0 {
		t.Errorf("both half legs: %+v, want 140 ms; amended %v", rtt, x.amend)
	}
	if stats := x.legs.Stats(); stats.HalfLegs != 2 || stats.None != 2 || stats.Reports != 4 || stats.Pairs != 1 {
		t.Errorf("stats %+v", stats)
	}
}

// TestLegsFromNTP takes the SR out of the captures: only the ends' own clocks
// are left.
func TestLegsFromNTP(t *testing.T) {
	x := newExchange(t)
	_, b0, a1, _ := x.wires()
	x.report(530, b0, false)
	// The SR of a0 was never seen here, so that b0 has no half leg.
	if first := newExchange(t); true {
		// Nor is there an exchange to subtract along if b had heard nothing yet.
		deaf := b0
		deaf.LSR, deaf.DLSR = 0, 0
		first.report(530, deaf, false)
		if rtt := first.report(1000, a1, false); rtt != (RTT{}) {
			t.Errorf("without an earlier SR: %+v", rtt)
		}
	}
	if rtt := x.report(1000, a1, false); !about(rtt, RTTFromNTP, 140) {
		t.Errorf("%+v, want 140 ms", rtt)
	}
}

func TestLegsAtEndpoint(t *testing.T) {
	x := newExchange(t)
	// The tap is on the host of a, whose clock stamps the captures: a0 leaves
	// at 0, b0 is back 530 ms later after 430 ms at b.
	a0, b0, _, _ := x.wires()
	a0.SRNTP = ntpOf(x.at(0))
	b0.LSR = ntpMiddle(a0.SRNTP)
	x.report(0, a0, false)
	if rtt := x.report(530, b0, true); !about(rtt, RTTAtEndpoint, 100) {
		t.Errorf("%+v, want 100 ms", rtt)
	}
}

// TestLegsAmend gives the reports in all orders of arrival: answers and
// amendments must end the same.
func TestLegsAmend(t *testing.T) {
	for _, order := range permutations([]int{0, 1, 2, 3}) {
		x := newExchange(t)
		a0, b0, a1, b1 := x.wires()
		wires, times := []Wire{a0, b0, a1, b1}, []int{0, 530, 1000, 1530}
		final := map[int]RTT{}
		for _, i := range order {
			final[i] = x.report(times[i], wires[i], false)
			for _, a := range x.amend {
				for j := range wires {
					if reportKey(wires[j].Hash(oracleTenant)) == a.Report {
						final[j] = a.RTT
					}
				}
			}
		}
		if final[0] != (RTT{}) || final[1] != (RTT{}) || !about(final[2], RTTFromHalfLegs, 140) || !about(final[3], RTTFromHalfLegs, 140) {
			t.Errorf("order %v: %+v", order, final)
		}
	}
}

func permutations(of []int) [][]int {
	if len(of) == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for i := range of {
		rest := append(append([]int(nil), of[:i]...), of[i+1:]...)
		for _, p := range permutations(rest) {
			out = append(out, append([]int{of[i]}, p...))
		}
	}
	return out
}

func TestLegsLimits(t *testing.T) {
	legs, err := NewLegs(LegsOptions{MaxPairs: 1})
	if err != nil {
		t.Fatal(err)
	}
	first := Sighting{Tenant: oracleTenant, At: worldStart, Tap: exchangeTap}
	other := first
	other.Tap.Dst = worldAddr(9)
	legs.AddSR(first, 1, 1, nil)
	legs.AddSR(other, 1, 1, nil)
	for ssrc := range uint32(2 * maxLegParties) {
		legs.AddSR(first, ssrc, 1<<32, nil)
		legs.AddReport(first, &Wire{ReporterSSRC: 1, SourceSSRC: ssrc}, nil)
	}
	stats := legs.Stats()
	if stats.Pairs != 1 || stats.RefusedPairs != 1 || stats.RefusedParties != 2*maxLegParties {
		t.Errorf("stats %+v", stats)
	}
	if legs.Expire(worldStart.Add(time.Minute), 2*time.Minute) != 0 || legs.Expire(worldStart.Add(time.Minute), time.Second) != 1 {
		t.Errorf("expiry")
	}
	if _, err := NewLegs(LegsOptions{MaxPairs: -1}); err == nil {
		t.Error("a negative limit passes")
	}
}
