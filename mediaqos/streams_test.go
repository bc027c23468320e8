package mediaqos

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// script plays a stream by hand: one reporter, one source, one tap.
type script struct {
	t   *testing.T
	s   *Streams
	all Facts
	out []Emission
}

func newScript(t *testing.T, o StreamsOptions) *script {
	s, err := NewStreams(o)
	if err != nil {
		t.Fatal(err)
	}
	return &script{t: t, s: s}
}

var scriptTap = Tap{Src: worldAddr(1), Dst: worldAddr(2)}

// wireAt is what the reporter says after so many seconds of 50 packets each.
func wireAt(seconds int, lost int32) Wire {
	return Wire{ReporterSSRC: 0xa, SourceSSRC: 0xb, PacketType: PacketTypeRR, ExtendedSeq: uint32(1000 + 50*seconds), CumulativeLost: lost, JitterTicks: 80}
}

func (s *script) observe(seconds int, w Wire, tap Tap) Outcome {
	s.t.Helper()
	var outcome Outcome
	s.out, outcome = s.s.Add(&Observation{Tenant: oracleTenant, At: worldStart.Add(time.Duration(seconds) * time.Second), Tap: tap, Wire: w, Media: worldMedia}, s.out[:0])
	s.all.Apply(s.out...)
	return outcome
}

func (s *script) add(seconds int, lost int32) Outcome {
	s.t.Helper()
	return s.observe(seconds, wireAt(seconds, lost), scriptTap)
}

func (s *script) bye(seconds int, ssrc uint32) {
	s.out = s.s.End(Bye{Tenant: oracleTenant, SSRC: ssrc, At: worldStart.Add(time.Duration(seconds) * time.Second), Tap: scriptTap}, s.out[:0])
	s.all.Apply(s.out...)
}

// lines are the rows in order of time: seconds, stream number, baseline or loss.
func (s *script) lines() []string {
	var lines []string
	for i, stream := range s.all.Streams() {
		for _, e := range stream {
			what := e.Derived.Baseline.String()
			if what == "" {
				what = fmt.Sprintf("%d/%d", e.Derived.Lost.V, e.Derived.Expected.V)
			}
			lines = append(lines, fmt.Sprintf("%d: s%d %s", int(e.Time.Sub(worldStart).Seconds()), i, what))
		}
	}
	return lines
}

func (s *script) want(lines ...string) {
	s.t.Helper()
	if got := s.lines(); fmt.Sprint(got) != fmt.Sprint(lines) {
		s.t.Errorf("rows\n got %q\nwant %q", got, lines)
	}
}

func TestFirstReportIsABaseline(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	if got := s.add(5, 3); got != OutcomeNew {
		t.Error(got)
	}
	s.add(10, 8)
	s.want("5: s0 first", "10: s0 5/250")
	d := s.out[0].Derived
	if d.IntervalMillis != Some(5000.) || d.LossRatio != Some(.02) || d.JitterMillis != Some(10.) || d.JitterClockAssumed ||
		d.BurstRatio != Some(1.) || d.BurstSource != BurstAssumed || d.RTTMillis.OK || d.DelayMillis.OK || d.DelayBasis != 0 {
		t.Errorf("derived %+v", d)
	}
	// Without a round trip delay is left out: the score of 2 % alone.
	if !d.Score.OK || !near(d.Score.V.R, 86.195138) || d.Score.V.Grade != GradeSatisfied {
		t.Errorf("score %+v", d.Score)
	}
}

func TestMissedReportIsNotTheFraction(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	w := wireAt(15, 50)
	w.FractionLost = 0 // of the last of two intervals only
	s.observe(15, w, scriptTap)
	s.want("5: s0 first", "15: s0 50/500")
}

func TestByeEndsAStream(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.add(10, 0)
	s.bye(11, 0xa)
	s.add(15, 0)
	s.add(20, 0)
	s.want("5: s0 first", "10: s0 0/250", "15: s1 first", "20: s1 0/250")
}

// TestByeBehindItsSuccessors has the BYE come last.
func TestByeBehindItsSuccessors(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for seconds := 5; seconds <= 40; seconds += 5 {
		s.add(seconds, 0)
	}
	s.bye(21, 0xa)
	s.want("5: s0 first", "10: s0 0/250", "15: s0 0/250", "20: s0 0/250", "25: s1 first", "30: s1 0/250", "35: s1 0/250", "40: s1 0/250")
	if len(s.out) != 4 {
		t.Errorf("%d rows emitted again, want the 4 that changed", len(s.out))
	}
}

// TestByeOfTheSource leaves room for a report that crossed it.
func TestByeOfTheSource(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.bye(9, 0xb)
	s.add(10, 0)
	s.add(15, 0)
	s.want("5: s0 first", "10: s0 0/250", "15: s1 first")
}

// TestByeElsewhere is of the same SSRC between other addresses.
func TestByeElsewhere(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.s.End(Bye{Tenant: oracleTenant, SSRC: 0xa, At: worldStart.Add(6 * time.Second), Tap: Tap{worldAddr(1), worldAddr(9)}}, nil)
	s.s.End(Bye{Tenant: "fabrikam", SSRC: 0xa, At: worldStart.Add(6 * time.Second), Tap: scriptTap}, nil)
	s.add(10, 0)
	s.want("5: s0 first", "10: s0 0/250")
}

func TestCollision(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	elsewhere := Tap{Src: worldAddr(3), Dst: worldAddr(4)}
	s.add(5, 0)
	s.observe(6, wireAt(500, 7), elsewhere)
	s.add(10, 0)
	s.observe(11, wireAt(505, 8), elsewhere)
	s.want("5: s0 first", "10: s0 0/250", "6: s1 ssrc_collision", "11: s1 1/250")
}

// TestSameSSRCLater is no collision: the earlier call has long been silent.
func TestSameSSRCLater(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.observe(100, wireAt(500, 7), Tap{Src: worldAddr(3), Dst: worldAddr(4)})
	s.want("5: s0 first", "100: s1 first")
}

// TestBothSidesOfARelay is one report at two taps, then a stream of both.
func TestBothSidesOfARelay(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	behind := Tap{Src: worldAddr(3), Dst: worldAddr(4)}
	s.add(5, 0)
	if got := s.observe(6, wireAt(5, 0), behind); got != OutcomeDuplicate || len(s.out) != 1 || s.out[0].Taps.Len() != 2 {
		t.Errorf("%v, %d rows", got, len(s.out))
	}
	if got := s.observe(6, wireAt(5, 0), behind); got != OutcomeDuplicate || len(s.out) != 0 {
		t.Errorf("%v, %d rows for nothing new", got, len(s.out))
	}
	s.observe(10, wireAt(10, 1), behind) // its copy at the first tap was lost
	s.add(15, 1)
	s.want("5: s0 first", "10: s0 1/250", "15: s0 0/250")
}

// TestEarlierSightingMovesTheKey writes a tombstone for the key it had.
func TestEarlierSightingMovesTheKey(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.observe(6, wireAt(5, 0), Tap{Src: worldAddr(3), Dst: worldAddr(4)})
	s.add(10, 0)
	old := s.all.Streams()[0][0]
	s.add(5, 0)
	s.want("5: s0 first", "10: s0 0/250")
	if len(s.out) != 3 || !s.out[0].Deleted || s.out[0].ReportID != old.ReportID || !s.out[0].Time.Equal(old.Time) {
		t.Errorf("emitted %d, first %s", len(s.out), show(&s.out[0]))
	}
	if stats := s.s.Stats(); stats.Tombstones != 1 {
		t.Errorf("stats %+v", stats)
	}
}

// TestFiveTaps is one more than a stream notes: the fifth is counted.
func TestFiveTaps(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for i := range byte(MaxTaps + 1) {
		outcome := s.observe(5, wireAt(5, 0), Tap{Src: worldAddr(10 + i), Dst: worldAddr(50)})
		if want := map[bool]Outcome{true: OutcomeNew, false: OutcomeDuplicate}[i == 0]; outcome != want {
			t.Errorf("tap %d: %v", i, outcome)
		}
	}
	s.want("5: s0 first")
	if stats := s.s.Stats(); stats.TapsRefused != 1 || s.all.Rows()[0].Taps.Len() != MaxTaps {
		t.Errorf("stats %+v", stats)
	}
}

// TestTooLate is a report from before everything that is remembered.
func TestTooLate(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for seconds := 10; seconds <= 10+5*(Window+1); seconds += 5 {
		s.add(seconds, 0)
	}
	if got := s.add(12, 0); got != OutcomeLate || len(s.out) != 1 || !s.out[0].Late || s.out[0].Derived.Baseline != BaselineLate {
		t.Fatalf("%v, emitted %d", got, len(s.out))
	}
	if d := s.out[0].Derived; d.IntervalMillis.OK || d.Expected.OK || !d.JitterMillis.OK {
		t.Errorf("derived %+v", d)
	}
	if stream := s.all.Streams(); len(stream) != 1 {
		t.Errorf("%d streams, want the same one", len(stream))
	}
	// A repetition of what left the window does not spoil its row.
	s.add(10, 0)
	if rows := s.all.Rows(); rows[0].Derived.Baseline != BaselineFirst {
		t.Errorf("the first row has become %q", rows[0].Derived.Baseline)
	}
}

func TestSetMedia(t *testing.T) {
	s := newScript(t, StreamsOptions{Media: Media{ClockHz: 8000}})
	for seconds := 5; seconds <= 15; seconds += 5 {
		w := wireAt(seconds, 0)
		s.out, _ = s.s.Add(&Observation{Tenant: oracleTenant, At: worldStart.Add(time.Duration(seconds) * time.Second), Tap: scriptTap, Wire: w}, s.out[:0])
	}
	if d := s.out[0].Derived; d.JitterMillis != Some(10.) || !d.JitterClockAssumed || d.Score.OK || s.out[0].Media.Source != MediaAssumed {
		t.Errorf("assumed: %+v", d)
	}
	s.out = s.s.SetMedia(oracleTenant, 0xa, 0xb, scriptTap, Media{Codec: "opus", Source: MediaSDP}, s.out[:0])
	if len(s.out) != 3 || s.out[2].Derived.JitterMillis != Some(80.*1000/48000) || s.out[2].Derived.JitterClockAssumed || s.out[2].Derived.Score.V.Scale != ScaleFB || s.out[2].Derived.Score.V.Conversational {
		t.Errorf("opus: %d rows", len(s.out))
	}
	s.out = s.s.SetMedia(oracleTenant, 0xa, 0xb, scriptTap, worldMedia, s.out[:0])
	if len(s.out) != 3 || s.out[0].Derived.Score.OK || !s.out[1].Derived.Score.OK || s.out[2].Media != worldMedia {
		t.Errorf("PCMU: %d rows", len(s.out))
	}
	if s.out = s.s.SetMedia(oracleTenant, 0xa, 0xb, scriptTap, worldMedia, s.out[:0]); len(s.out) != 0 {
		t.Errorf("%d rows for nothing new", len(s.out))
	}
	for _, other := range []struct {
		tenant string
		source uint32
		tap    Tap
	}{{"fabrikam", 0xb, scriptTap}, {"contoso", 0xc, scriptTap}, {"contoso", 0xb, scriptTap.Reversed()}} {
		if got := s.s.SetMedia("fabrikam", 0xa, other.source, other.tap, Media{}, nil); len(got) != 0 {
			t.Errorf("%v changed %d rows", other, len(got))
		}
	}
}

// TestStrongerMediaComesWithAReport is the other way in.
func TestStrongerMediaComesWithAReport(t *testing.T) {
	s := newScript(t, StreamsOptions{Media: Media{Codec: "opus", ClockHz: 48000}})
	w := wireAt(5, 0)
	s.out, _ = s.s.Add(&Observation{Tenant: oracleTenant, At: worldStart.Add(5 * time.Second), Tap: scriptTap, Wire: w}, nil)
	s.add(10, 0)
	if len(s.out) != 2 || s.out[0].Media != worldMedia || s.out[1].Media != worldMedia {
		t.Errorf("%d rows", len(s.out))
	}
}

func TestMaxStreams(t *testing.T) {
	s := newScript(t, StreamsOptions{MaxStreams: 2})
	s.add(5, 0)
	other := wireAt(5, 0)
	for ssrc, want := range []Outcome{OutcomeNew, OutcomeRefusedLimit, OutcomeRefusedLimit} {
		other.ReporterSSRC = uint32(ssrc)
		if got := s.observe(6, other, scriptTap); got != want {
			t.Errorf("stream %d: %v, want %v", ssrc+2, got, want)
		}
	}
	if got := s.observe(7, wireAt(200, 0), Tap{worldAddr(8), worldAddr(9)}); got != OutcomeRefusedLimit {
		t.Errorf("a collision beyond the limit: %v", got)
	}
	if got := s.add(10, 0); got != OutcomeNew || s.out[0].Derived.Expected != Some(int32(250)) {
		t.Errorf("a stream that is there: %v", got)
	}
	if stats := s.s.Stats(); stats.Streams != 2 || stats.RefusedLimit != 3 || stats.New != 3 {
		t.Errorf("stats %+v", stats)
	}
	if n := s.s.Expire(worldStart.Add(time.Hour), time.Minute); n != 2 || s.s.Stats().Streams != 0 || len(s.s.groups)+len(s.s.parties) != 0 {
		t.Errorf("expired %d, left %d groups %d parties", n, len(s.s.groups), len(s.s.parties))
	}
	other.ReporterSSRC = 77
	if got := s.observe(8, other, scriptTap); got != OutcomeNew {
		t.Errorf("after expiry: %v", got)
	}
}

func TestExpireForgetsByes(t *testing.T) {
	s := newScript(t, StreamsOptions{MaxStreams: 2})
	s.bye(1, 1)
	s.bye(2, 2)
	s.bye(2, 2) // again
	s.bye(3, 3)
	if stats := s.s.Stats(); stats.Ends != 2 || stats.EndsRefused != 1 {
		t.Errorf("stats %+v", stats)
	}
	s.s.Expire(worldStart.Add(64*time.Second-time.Millisecond), time.Minute)
	if len(s.s.byes) != 1 || s.s.byeN != 1 {
		t.Errorf("%d left, count %d", len(s.s.byes), s.s.byeN)
	}
}

func TestTimesThatFitNoTable(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for _, at := range []time.Time{{}, time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)} {
		out, outcome := s.s.Add(&Observation{Tenant: oracleTenant, At: at, Tap: scriptTap}, nil)
		if outcome != OutcomeRefusedTime || len(out) != 0 {
			t.Errorf("%v: %v", at, outcome)
		}
		if out := s.s.End(Bye{At: at}, nil); len(out) != 0 || s.s.Stats().Ends != 0 {
			t.Errorf("%v: the BYE counts", at)
		}
	}
}

func TestOptions(t *testing.T) {
	if _, err := NewStreams(StreamsOptions{MaxStreams: -1}); !errors.Is(err, ErrOptions) {
		t.Errorf("negative limit: %v", err)
	}
	if _, err := NewStreams(StreamsOptions{Connection: &Params{}}); !errors.Is(err, ErrParams) {
		t.Errorf("impossible connection: %v", err)
	}
	p := DefaultParams()
	p.A = 5
	s := newScript(t, StreamsOptions{Connection: &p})
	s.add(5, 0)
	s.add(10, 0)
	if r := s.out[0].Derived.Score.V.R; !near(r, 98.206208) {
		t.Errorf("R %v with an advantage of 5", r)
	}
}

func TestStripeOf(t *testing.T) {
	seen := make([]int, 7)
	for ssrc := range uint32(1000) {
		n := StripeOf("contoso", ssrc, 12345, len(seen))
		if n != StripeOf("contoso", 12345, ssrc, len(seen)) {
			t.Fatal("the two directions part")
		}
		seen[n]++
	}
	for i, n := range seen {
		if n < 80 || n > 220 {
			t.Errorf("stripe %d has %d of 1000", i, n)
		}
	}
	if StripeOf("contoso", 1, 2, 1) != 0 || StripeOf("contoso", 1, 2, 1<<20) == StripeOf("fabrikam", 1, 2, 1<<20) {
		t.Error("one stripe, or tenants that share it")
	}
}
