package mediaqos

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestDigestIsTheSummaries feeds long streams, late by less than the window, to
// a digest that folds on the way and to one that keeps everything.
func TestDigestIsTheSummaries(t *testing.T) {
	folded := false
	rapid.Check(t, func(t *rapid.T) {
		events := displaced(t, withDuplicates(t, drawWorld(t, 120, 6, 0)), Window)
		r := newRunner(t)
		digest := NewDigest()
		for _, e := range events {
			r.feed(t, e)
			digest.Apply(r.out...)
		}
		for _, s := range digest.streams {
			folded = folded || s.folded.sum.Reports > 0
		}
		var want []Summary
		for _, facts := range r.facts.Streams() {
			want = append(want, Summarize(nil, facts))
		}
		got := digest.Summaries(nil)
		if digest.Late() != 0 {
			t.Fatalf("%d late facts", digest.Late())
		}
		if len(got) != len(want) {
			t.Fatalf("%d streams, want %d", len(got), len(want))
		}
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("stream %d:\n got %+v\nwant %+v", i, got[i], want[i])
			}
		}
	})
	if !folded {
		t.Error("nothing was ever folded on the way: the worlds are too short for this test")
	}
}

// TestDigestKeepsLittle feeds a long stream and looks at what is kept.
func TestDigestKeepsLittle(t *testing.T) {
	const reports = 10_000
	s := newScript(t, StreamsOptions{})
	digest := NewDigest()
	for i := range reports {
		w := wireAt(5*(i+1), int32(i/100))
		s.out, _ = s.s.Add(&Observation{
			Tenant: oracleTenant, At: worldStart.Add(time.Duration(5*(i+1)) * time.Second), Tap: scriptTap, Wire: w, Media: worldMedia,
		}, s.out[:0])
		digest.Apply(s.out...)
		if len(digest.recent) > digestKeep+Window {
			t.Fatalf("%d facts kept after %d reports", len(digest.recent), i)
		}
	}
	// A fact from before all that is kept has no place any more.
	late := s.out[0]
	late.Time, late.Late = worldStart, true
	digest.Apply(late)
	sums := digest.Summaries(nil)
	if len(sums) != 1 || sums[0].Reports != reports || sums[0].Intervals != reports-1 || digest.Late() != 1 {
		t.Fatalf("%d streams, %d late: %+v", len(sums), digest.Late(), sums)
	}
	points := sums[0].Points
	if len(points) > digestPoints || len(points) < digestPoints/2 {
		t.Errorf("%d points, want %d to %d", len(points), digestPoints/2, digestPoints)
	}
	for i := 1; i < len(points); i++ {
		if !points[i].Time.After(points[i-1].Time) {
			t.Fatalf("point %d is not after the one before it", i)
		}
	}
}

// TestPointsKeepTheWorst bounds the points of a tally and looks for the one bad
// report among many good ones.
func TestPointsKeepTheWorst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "reports")
		bad := rapid.IntRange(0, n-1).Draw(t, "bad")
		c := tally{maxPoints: 8}
		for i := range n {
			p := Point{Time: worldStart.Add(time.Duration(i) * time.Second), R: Some(90.), LossRatio: Some(.01)}
			if i == bad {
				p.R, p.LossRatio, p.JitterMillis = Some(20.), Some(.5), Some(80.)
			}
			c.point(p)
		}
		found := 0
		for _, p := range c.sum.Points {
			if p.R == Some(20.) && p.LossRatio == Some(.5) && p.JitterMillis == Some(80.) {
				found++
			}
		}
		if found != 1 || len(c.sum.Points) > 8 {
			t.Fatalf("%d of %d points are the bad one", found, len(c.sum.Points))
		}
	})
}
