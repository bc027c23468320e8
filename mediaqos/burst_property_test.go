package mediaqos

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slowBursts applies the text of RFC 3611 section 4.7.2 to packets all at once,
// looking at every pair of losses.
type slowBursts struct {
	fates []Fate
	from  []int64 // ms
	gmin  int
	ptime int64
}

// inBurst marks the packets of every sequence that begins and ends with a loss
// and holds no run of Gmin packets received.
func (s *slowBursts) inBurst() []bool {
	mark := make([]bool, len(s.fates))
	for i := range s.fates {
		if s.fates[i] == FateReceived {
			continue
		}
		run := 0
		for j := i + 1; j < len(s.fates); j++ {
			if s.fates[j] == FateReceived {
				if run++; run >= s.gmin {
					break
				}
				continue
			}
			run = 0
			for k := i; k <= j; k++ {
				mark[k] = true
			}
		}
	}
	return mark
}

func (s *slowBursts) figures() BurstGap {
	g := BurstGap{Gmin: uint8(s.gmin)}
	mark := s.inBurst()
	var bursts, gaps int64 // ms
	for i, fate := range s.fates {
		loss := fate != FateReceived
		switch fate {
		case FateReceived:
			g.Received++
		case FateLost:
			g.Lost++
		case FateDiscarded:
			g.Discarded++
		}
		if loss && (i == 0 || s.fates[i-1] == FateReceived) {
			g.LossRuns++
		}
		if mark[i] {
			g.BurstPackets++
			if loss {
				g.BurstLosses++
			}
		} else {
			g.GapPackets++
			if loss {
				g.GapLosses++
			}
		}
		if i == 0 || mark[i] != mark[i-1] {
			end := i
			for end+1 < len(mark) && mark[end+1] == mark[i] {
				end++
			}
			if mark[i] {
				g.Bursts++
				bursts += s.from[end] + s.ptime - s.from[i]
			} else {
				g.Gaps++
				// From the end of the burst before to the beginning of the next.
				begin, stop := s.from[i], s.from[end]+s.ptime
				if i > 0 {
					begin = s.from[i-1] + s.ptime
				}
				if end+1 < len(mark) {
					stop = s.from[end+1]
				}
				gaps += stop - begin
			}
		}
	}
	if g.Bursts > 0 {
		g.BurstSumMillis, g.BurstMillis = Some(float64(bursts)), Some(float64(bursts)/float64(g.Bursts))
	}
	if g.Gaps > 0 {
		g.GapSumMillis, g.GapMillis = Some(float64(gaps)), Some(float64(gaps)/float64(g.Gaps))
	}
	return g
}

// TestBurstsAgainstSlowReference: however packets are cut into runs, and with
// pauses between them, figures are those of the text.
func TestBurstsAgainstSlowReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slow := slowBursts{gmin: rapid.IntRange(1, 20).Draw(t, "gmin"), ptime: 20}
		b := newBursts(t, uint8(slow.gmin), 20)
		now := int64(0)
		for range rapid.IntRange(0, 40).Draw(t, "runs") {
			fate := rapid.SampledFrom([]Fate{FateReceived, FateReceived, FateLost, FateDiscarded}).Draw(t, "fate")
			n := rapid.IntRange(1, 24).Draw(t, "n")
			if fate != FateReceived {
				n = (n + 5) / 6
			}
			at := time.Time{}
			if fate == FateReceived && rapid.IntRange(0, 3).Draw(t, "pause") == 0 {
				now += int64(rapid.IntRange(0, 500).Draw(t, "ms"))
				at = time.UnixMilli(now)
			}
			if len(slow.fates) == 0 {
				now, at = 7, time.UnixMilli(7)
			}
			b.Add(at, fate, uint32(n))
			for range n {
				slow.fates, slow.from = append(slow.fates, fate), append(slow.from, now)
				now += slow.ptime
			}
		}
		got, want := b.Snapshot(), slow.figures()
		// What is a quotient of these is not counted twice.
		want.BurstDensity, want.GapDensity, want.LossRatio = got.BurstDensity, got.GapDensity, got.LossRatio
		want.P, want.Q, want.BurstRatio = got.P, got.Q, got.BurstRatio
		if got != want {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		if got.BurstDensity.OK && got.GapDensity.OK && got.GapDensity.V > got.BurstDensity.V {
			t.Fatalf("gaps are denser than bursts: %+v", got)
		}
		if got.BurstRatio.OK && !(got.BurstRatio.V >= 1) {
			t.Fatalf("burst ratio %v", got.BurstRatio.V)
		}
	})
}

// TestBurstsOfTwoStates: a two-state model gives back its p and q, and the
// burst ratio 1/(p+q), by both ways of counting.
func TestBurstsOfTwoStates(t *testing.T) {
	for _, c := range []struct{ p, q float64 }{{.02, .25}, {.05, .5}, {.1, .3}, {.05, .95}} {
		rng := rand.New(rand.NewPCG(1, 2))
		b := newBursts(t, 0, 20)
		lost := false
		for range 200_000 {
			if lost {
				lost = rng.Float64() >= c.q
			} else {
				lost = rng.Float64() < c.p
			}
			fate := FateReceived
			if lost {
				fate = FateLost
			}
			b.Add(time.Time{}, fate, 1)
		}
		got := b.Snapshot()
		near := func(name string, have, want float64) {
			t.Helper()
			if math.Abs(have-want) > .05*want {
				t.Errorf("p %v q %v: %s %v, want %v", c.p, c.q, name, have, want)
			}
		}
		near("p", got.P.V, c.p)
		near("q", got.Q.V, c.q)
		near("burst ratio", got.BurstRatio.V, 1/(c.p+c.q))
		if of := BurstRatioOfTransitions(got.P.V, got.Q.V); math.Abs(of.V-got.BurstRatio.V) > 1e-3 {
			t.Errorf("p %v q %v: %v by transitions, %v by runs", c.p, c.q, of.V, got.BurstRatio.V)
		}
	}
}

func BenchmarkBurstsAddRun(b *testing.B) {
	t := newBursts(b, 0, 20)
	b.ReportAllocs()
	for b.Loop() {
		t.Add(time.Time{}, FateReceived, 40)
		t.Add(time.Time{}, FateLost, 1)
	}
}
