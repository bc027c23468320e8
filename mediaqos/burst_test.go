package mediaqos

import (
	"errors"
	"math"
	"testing"
	"time"
)

// feed gives a tracker one packet at a time: '1' or R received, '0' or L lost,
// X discarded, | a hole.
func feed(t *testing.T, b *Bursts, packets string) {
	t.Helper()
	for _, c := range packets {
		switch c {
		case '1', 'R':
			b.Add(time.Time{}, FateReceived, 1)
		case '0', 'L':
			b.Add(time.Time{}, FateLost, 1)
		case 'X':
			b.Add(time.Time{}, FateDiscarded, 1)
		case '|':
			b.Break()
		default:
			t.Fatalf("packet %q", c)
		}
	}
}

func newBursts(t fataler, gmin uint8, packetMillis float64) *Bursts {
	b, err := NewBursts(BurstOptions{Gmin: gmin, PacketMillis: packetMillis})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b
}

// TestBurstsWorkedExample is the example of RFC 3611 section 4.7.2. Its figure
// has 63 packets and its text 64: the last of the line is added.
func TestBurstsWorkedExample(t *testing.T) {
	b := newBursts(t, 0, 10)
	feed(t, b, "11110111111111111111111X111X1011110111111111111111111X1111111111")
	got := b.Snapshot()
	want := BurstGap{
		Gmin: 16, Received: 58, Lost: 3, Discarded: 3,
		Bursts: 1, Gaps: 2, BurstPackets: 12, BurstLosses: 4, GapPackets: 52, GapLosses: 2, LossRuns: 6,
		BurstDensity: Some(4. / 12), GapDensity: Some(2. / 52),
		BurstMillis: Some(120.), BurstSumMillis: Some(120.),
		// The standard prints the sum of both gaps, 230 + 290 ms, where its
		// definition of the field says the mean.
		GapMillis: Some(260.), GapSumMillis: Some(520.),
		LossRatio: Some(6. / 64), P: Some(6. / 57), Q: Some(1.), BurstRatio: Some(1.),
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// What the standard prints for the wire, a byte each, cut off. Its 84 for
	// the burst density is no twelfth of 256: 4/12 * 256 is 85.3.
	for name, c := range map[string][2]int{
		"loss rate":     {int(256 * float64(got.Lost) / 64), 12},
		"discard rate":  {int(256 * float64(got.Discarded) / 64), 12},
		"burst density": {int(256 * got.BurstDensity.V), 85},
		"gap density":   {int(256*got.GapDensity.V + .5), 10},
	} {
		if c[0] != c[1] {
			t.Errorf("%s %d, want %d", name, c[0], c[1])
		}
	}
}

// TestBurstsVectors are short sequences counted by hand, Gmin 4 and 20 ms.
func TestBurstsVectors(t *testing.T) {
	for _, c := range []struct {
		name, packets                 string
		bursts, gaps                  uint64
		burstDensity, gapDensity      Opt[float64]
		burstMillis, gapMillis        Opt[float64]
		p, q, ratio                   Opt[float64]
		burstPackets, gapLosses, runs uint64
	}{
		{
			"burst and a single loss", "RRLRLLRRRRRLRRRRR", 1, 2,
			Some(3. / 4), Some(1. / 13), Some(80.), Some(130.), Some(.25), Some(.75), Some(4. / 3 * 13 / 17), 4, 1, 3,
		},
		{"all received", "RRRRR", 0, 1, none, Some(0.), none, Some(100.), Some(0.), none, none, 0, 0, 0},
		{"all lost", "LLLLL", 1, 0, Some(1.), none, Some(100.), none, none, Some(0.), none, 5, 0, 1},
		{"single packet, lost", "L", 0, 1, none, Some(1.), none, Some(20.), none, none, none, 0, 1, 1},
		{"single loss", "RRRRLRRRR", 0, 1, none, Some(1. / 9), none, Some(180.), Some(1. / 7), Some(1.), Some(1.), 0, 1, 1},
		{"losses Gmin apart", "LRRRRL", 0, 1, none, Some(2. / 6), none, Some(120.), Some(1. / 4), Some(1.), Some(1.), 0, 2, 2},
		{"losses Gmin-1 apart", "LRRRL", 1, 0, Some(2. / 5), none, Some(100.), none, Some(1. / 3), Some(1.), Some(1.), 5, 0, 2},
		{"every other", "RLRLRLRL", 1, 1, Some(4. / 7), Some(0.), Some(140.), Some(20.), Some(1.), Some(1.), Some(1.), 7, 0, 4},
		{"two in a row", "RRRRRLLRRRRR", 1, 2, Some(1.), Some(0.), Some(40.), Some(100.), Some(1. / 9), Some(.5), Some(2 * 10. / 12), 2, 0, 1},
		{"two bursts", "LLRRRRRLXRR", 2, 2, Some(1.), Some(0.), Some(40.), Some(70.), Some(1. / 6), Some(2. / 4), Some(2 * 7. / 11), 4, 0, 2},
		{"burst still open", "RRRRLRL", 1, 1, Some(2. / 3), Some(0.), Some(60.), Some(80.), Some(2. / 5), Some(1.), Some(1.), 3, 0, 2},
		{"hole between losses", "RRL|LRR", 0, 2, none, Some(2. / 6), none, Some(60.), Some(1. / 3), Some(1.), Some(1.), 0, 2, 2},
		{"holes alone", "||", 0, 0, none, none, none, none, none, none, none, 0, 0, 0},
		{"nothing", "", 0, 0, none, none, none, none, none, none, none, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBursts(t, 4, 20)
			feed(t, b, c.packets)
			got := b.Snapshot()
			if got.Bursts != c.bursts || got.Gaps != c.gaps || got.BurstPackets != c.burstPackets || got.GapLosses != c.gapLosses || got.LossRuns != c.runs {
				t.Errorf("counts %+v", got)
			}
			for name, v := range map[string][2]Opt[float64]{
				"burst density": {got.BurstDensity, c.burstDensity}, "gap density": {got.GapDensity, c.gapDensity},
				"burst ms": {got.BurstMillis, c.burstMillis}, "gap ms": {got.GapMillis, c.gapMillis},
				"p": {got.P, c.p}, "q": {got.Q, c.q}, "burst ratio": {got.BurstRatio, c.ratio},
			} {
				if v[0].OK != v[1].OK || math.Abs(v[0].V-v[1].V) > 1e-12 {
					t.Errorf("%s %+v, want %+v", name, v[0], v[1])
				}
			}
			if again := b.Snapshot(); again != got {
				t.Errorf("a snapshot changed something: %+v", again)
			}
		})
	}
}

var none Opt[float64]

// TestBurstsTimes: silence that is not sent makes gaps longer, and a clock that
// runs backwards does not make them shorter.
func TestBurstsTimes(t *testing.T) {
	at := func(millis int) time.Time { return worldStart.Add(time.Duration(millis) * time.Millisecond) }
	b := newBursts(t, 4, 20)
	b.Add(at(0), FateReceived, 5)     // to 100
	b.Add(time.Time{}, FateLost, 1)   // 100 to 120
	b.Add(at(1120), FateReceived, 2)  // a second of silence, to 1160
	b.Add(time.Time{}, FateLost, 1)   // to 1180: the burst is 1080 ms
	b.Add(at(1000), FateReceived, 10) // backwards: to 1380
	got := b.Snapshot()
	if got.BurstMillis != Some(1080.) || got.GapSumMillis != Some(300.) || got.BurstPackets != 4 {
		t.Errorf("%+v", got)
	}
}

// TestBurstsUnknownLength: without the length of a packet there are no lengths.
func TestBurstsUnknownLength(t *testing.T) {
	b := newBursts(t, 4, 0)
	feed(t, b, "RRRRLLRRRR")
	if got := b.Snapshot(); got.Bursts != 1 || got.BurstMillis.OK || got.GapMillis.OK || got.BurstSumMillis.OK || got.GapSumMillis.OK || !got.BurstRatio.OK {
		t.Errorf("%+v", got)
	}
}

func TestBurstOptions(t *testing.T) {
	for _, millis := range []float64{-1, 1001, math.NaN(), math.Inf(1)} {
		if _, err := NewBursts(BurstOptions{PacketMillis: millis}); !errors.Is(err, ErrOptions) || !contains(err, "want 0..1000") {
			t.Errorf("PacketMillis %v: %v", millis, err)
		}
	}
}

func TestBurstRatioOfTransitions(t *testing.T) {
	for _, c := range []struct {
		p, q float64
		want Opt[float64]
	}{
		{.125, .25, Some(8. / 3)},
		{.25, .75, Some(1.)}, // of the first vector above
		{.5, .5, Some(1.)},
		{1, 1, Some(1.)}, // more even than random
		{0, 0, none},
		{-.1, .5, none},
		{.5, 1.1, none},
		{math.NaN(), .5, none},
	} {
		if got := BurstRatioOfTransitions(c.p, c.q); got != c.want {
			t.Errorf("p %v q %v: %+v, want %+v", c.p, c.q, got, c.want)
		}
	}
}
