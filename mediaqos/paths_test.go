package mediaqos

import (
	"testing"
	"time"
)

var (
	tapBehind = Tap{Src: worldAddr(3), Dst: worldAddr(4)}
	tapThird  = Tap{Src: worldAddr(5), Dst: worldAddr(6)}
)

// TestByeInTheSameDatagram ends the stream after the report beside it.
func TestByeInTheSameDatagram(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.add(10, 0)
	s.bye(10, 0xa)
	s.add(15, 0)
	s.want("5: s0 first", "10: s0 0/250", "15: s1 first")
}

// TestCollisionAtTheSameInstant has one first and one collision, not two.
func TestCollisionAtTheSameInstant(t *testing.T) {
	for _, order := range [2][2]Tap{{scriptTap, tapBehind}, {tapBehind, scriptTap}} {
		s := newScript(t, StreamsOptions{})
		for _, tap := range order {
			w := wireAt(5, 0)
			w.JitterTicks = uint32(tap.Src.Addr().As4()[3]) // else it is one report at two taps
			s.observe(5, w, tap)
		}
		for _, e := range s.all.Rows() {
			if want := map[bool]Baseline{true: BaselineFirst, false: BaselineSSRCCollision}[e.Taps.At(0) == scriptTap]; e.Derived.Baseline != want {
				t.Errorf("%v is %q, want %q", e.Taps.At(0), e.Derived.Baseline, want)
			}
		}
	}
}

// TestSilentAndBack makes a collision of what was none while the earlier
// stream seemed to be over.
func TestSilentAndBack(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.observe(50, wireAt(500, 7), tapBehind)
	s.want("5: s0 first", "50: s1 first")
	s.add(60, 0)
	s.want("5: s0 first", "60: s0 0/2750", "50: s1 ssrc_collision")
}

// TestSameInstant orders reports of one capture time by sequence.
func TestSameInstant(t *testing.T) {
	for _, order := range [2][2]int{{10, 11}, {11, 10}} {
		s := newScript(t, StreamsOptions{})
		s.add(5, 0)
		for _, seconds := range order {
			s.observe(10, wireAt(seconds, 0), scriptTap)
		}
		s.want("5: s0 first", "10: s0 0/250", "10: s0 0/50")
	}
}

// TestRoundTripOfASecondSighting is known only at the second one, later or
// earlier than the first.
func TestRoundTripOfASecondSighting(t *testing.T) {
	for _, c := range []struct {
		millis time.Duration
		tap    Tap
	}{{20, scriptTap}, {-20, scriptTap}, {20, tapBehind}, {-20, tapBehind}} {
		s := newScript(t, StreamsOptions{})
		s.add(5, 0)
		at := worldStart.Add(5*time.Second + c.millis*time.Millisecond)
		out, outcome := s.s.Add(&Observation{Tenant: oracleTenant, At: at, Tap: c.tap, Wire: wireAt(5, 0), RTT: RTT{RTTFromNTP, 7000}, Media: worldMedia}, nil)
		if outcome != OutcomeDuplicate || len(out) == 0 || out[len(out)-1].Derived.RTTMillis != Some(7.) {
			t.Errorf("%+v: %v, %d rows", c, outcome, len(out))
		}
	}
}

// TestAmendRTT weighs methods, not the order in which they came, and a
// retraction counts for its own tap only.
func TestAmendRTT(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.observe(6, wireAt(5, 0), tapBehind)
	w := wireAt(5, 0)
	a := Amendment{Tenant: oracleTenant, ReporterSSRC: 0xa, SourceSSRC: 0xb, Report: reportKey(w.Hash(oracleTenant))}
	for i, c := range []struct {
		tap    Tap
		rtt    RTT
		want   Opt[float64]
		method RTTMethod
		rows   int
	}{
		{tapBehind, RTT{RTTFromNTP, 9000}, Some(9.), RTTFromNTP, 1},
		{scriptTap, RTT{RTTFromNTP, 8000}, Some(8.), RTTFromNTP, 1}, // the earliest tap of equals
		{tapBehind, RTT{RTTFromHalfLegs, 7000}, Some(7.), RTTFromHalfLegs, 1},
		{scriptTap, RTT{}, Some(7.), RTTFromHalfLegs, 0},
		{tapBehind, RTT{}, Opt[float64]{}, RTTNone, 1},
		{tapThird, RTT{RTTAtEndpoint, 1}, Opt[float64]{}, RTTNone, 0},
	} {
		a.Tap, a.RTT = c.tap, c.rtt
		out := s.s.AmendRTT(a, nil)
		s.all.Apply(out...)
		if d := s.all.Rows()[0].Derived; len(out) != c.rows || d.RTTMillis != c.want || d.RTTMethod != c.method {
			t.Errorf("%d: %d rows, %+v", i, len(out), d)
		}
	}
	a.Tenant = "fabrikam"
	s.s.AmendRTT(a, nil)
	if stats := s.s.Stats(); stats.AmendmentsUnmatched != 2 {
		t.Errorf("stats %+v", stats)
	}
}

// TestPathsThatJoinLate are told to be one after both beginnings have left
// the window: what was written stays, what comes is one stream.
func TestPathsThatJoinLate(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for seconds := 10; seconds <= 150; seconds += 10 {
		s.observe(seconds, wireAt(seconds, 0), scriptTap)
		s.observe(seconds+5, wireAt(seconds+5, 0), tapBehind)
	}
	before := len(s.all.Streams())
	first := s.all.Streams()[0][0].StreamID
	s.observe(160, wireAt(160, 8), scriptTap)
	s.observe(160, wireAt(160, 8), tapBehind)
	s.observe(170, wireAt(170, 9), tapBehind)
	if before != 2 {
		t.Errorf("%d streams before", before)
	}
	for _, e := range s.all.Rows() {
		seconds := int(e.Time.Sub(worldStart).Seconds())
		if e.Derived.Baseline == BaselineLate || seconds > 100 && e.StreamID != first {
			t.Errorf("%s", show(&e))
		}
	}
	if e := s.out[0]; e.Derived.Expected != Some(int32(500)) || e.Derived.Lost != Some(int32(1)) || s.s.Stats().Streams != 1 {
		t.Errorf("next: %s", show(&e))
	}
}

// TestPathsTooLongToJoin stay two; the report that would join them is one of
// the first that had it.
func TestPathsTooLongToJoin(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for i := range byte(3) {
		s.observe(5, wireAt(5, 0), Tap{worldAddr(10 + i), worldAddr(50)})
		s.observe(6, wireAt(600, 0), Tap{worldAddr(20 + i), worldAddr(50)})
	}
	if got := s.observe(10, wireAt(10, 0), Tap{worldAddr(10), worldAddr(50)}); got != OutcomeNew {
		t.Error(got)
	}
	if got := s.observe(10, wireAt(10, 0), Tap{worldAddr(20), worldAddr(50)}); got != OutcomeDuplicate || len(s.out) != 0 {
		t.Error(got)
	}
	if stats := s.s.Stats(); stats.Streams != 2 || stats.TapsRefused != 1 {
		t.Errorf("stats %+v", stats)
	}
	if rows := s.all.Rows(); len(rows) != 3 {
		t.Errorf("%d rows", len(rows))
	}
	for _, stream := range s.all.Streams() {
		if stream[0].Taps.Len() != 3 || len(stream) == 2 && stream[1].Taps.Len() != 1 {
			t.Errorf("%d rows", len(stream))
		}
	}
}

// TestSeedWithHoles gives rows of which some between are missing, in any
// order: none of them may change, and the next report follows the last.
func TestSeedWithHoles(t *testing.T) {
	before := newScript(t, StreamsOptions{})
	for seconds := 5; seconds <= 100; seconds += 5 {
		before.add(seconds, int32(seconds))
	}
	rows := before.all.Rows()
	for _, order := range permutations([]int{0, 7, 12, 19}) {
		after := newScript(t, StreamsOptions{})
		for _, i := range order {
			if out := after.s.Seed(rows[i:i+1], nil); len(out) != 0 {
				t.Fatalf("order %v, row %d changes %s", order, i, show(&out[0]))
			}
		}
		after.add(105, 107)
		if e := after.out[0]; len(after.out) != 1 || e.StreamID != rows[0].StreamID || e.Derived.Lost != Some(int32(7)) {
			t.Errorf("order %v: next %s", order, show(&e))
		}
	}
}
