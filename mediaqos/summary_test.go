package mediaqos

import (
	"errors"
	"testing"
	"time"
)

func TestSummarize(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	rtts := []uint32{0, 100_000, 0, 300_000, 100_000}
	for i, lost := range []int32{0, 5, 5, 55, 50} {
		seconds := 5 * (i + 1)
		w := wireAt(seconds, lost)
		w.JitterTicks = uint32(80 * i)
		var rtt RTT
		if rtts[i] > 0 {
			rtt = RTT{RTTFromHalfLegs, rtts[i]}
		}
		s.out, _ = s.s.Add(&Observation{Tenant: oracleTenant, At: worldStart.Add(time.Duration(seconds) * time.Second), Tap: scriptTap, Wire: w, RTT: rtt, Media: worldMedia}, s.out[:0])
		s.all.Apply(s.out...)
	}
	facts := s.all.Rows()
	sum := Summarize(nil, facts)
	if sum.Reports != 5 || sum.Intervals != 4 || sum.Expected != 1000 || sum.Lost != 50 || sum.LossRatio != Some(.05) || sum.WorstLossRatio != Some(.2) {
		t.Errorf("counts %+v", sum)
	}
	if sum.JitterMaxMillis != Some(40.) || sum.JitterMeanMillis != Some(20.) || sum.RTTMaxMillis != Some(300.) || sum.RTTMeanMillis != Some(500./3) {
		t.Errorf("jitter %v %v, round trip %v %v", sum.JitterMaxMillis, sum.JitterMeanMillis, sum.RTTMaxMillis, sum.RTTMeanMillis)
	}
	// Delays: 50+20+20, 150+60+20, 50+80+20.
	if sum.DelayMeanMillis != Some(470./3) {
		t.Errorf("mean delay %v", sum.DelayMeanMillis)
	}
	p := DefaultParams().WithDelay(470. / 3)
	p.Bpl, p.Ppl = 25.1, 5
	if want, _ := Compute(p); !sum.Whole.OK || !near(sum.Whole.V.R, want.R) || sum.Whole.V.Grade != want.Grade {
		t.Errorf("whole %+v, want R %v", sum.Whole, want.R)
	}
	if sum.Worst != facts[3].Derived.Score || !sum.WorstAt.Equal(facts[3].Time) {
		t.Errorf("worst %+v at %v", sum.Worst, sum.WorstAt)
	}
	if len(sum.Points) != 5 || sum.Points[0].R.OK || !sum.Points[4].R.OK || sum.Points[3].LossRatio != Some(.2) {
		t.Errorf("points %+v", sum.Points)
	}
	if sum.First != facts[0].Time || sum.Last != facts[4].Time || sum.Tap != scriptTap || sum.StreamID != facts[0].StreamID {
		t.Errorf("identity %+v", sum)
	}
}

func TestSummarizeKnowsNothing(t *testing.T) {
	if sum := Summarize(nil, nil); sum.Reports != 0 || sum.LossRatio.OK || sum.Points != nil {
		t.Errorf("of nothing: %+v", sum)
	}
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	if sum := Summarize(nil, s.all.Rows()); sum.Reports != 1 || sum.LossRatio.OK || sum.Whole.OK || sum.Worst.OK || sum.RTTMaxMillis.OK || !sum.JitterMaxMillis.OK {
		t.Errorf("of one report: %+v", sum)
	}
}

// TestSummarizeDoesNotMixCodecs gives no score of the whole.
func TestSummarizeDoesNotMixCodecs(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.add(10, 1)
	s.add(15, 2)
	facts := s.all.Rows()
	facts[2].Media.Codec = "g729a"
	if sum := Summarize(nil, facts); !sum.MediaChanged || sum.Whole.OK || !sum.Worst.OK {
		t.Errorf("%+v", sum)
	}
}

// TestSummarizeDoesNotMixScales keeps the worst to the scale that came first.
func TestSummarizeDoesNotMixScales(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	s.add(10, 1)
	s.add(15, 2)
	facts := s.all.Rows()
	facts[2].Derived.Score = Some(Score{R: 12, Scale: ScaleWB})
	if sum := Summarize(nil, facts); sum.Worst != facts[1].Derived.Score {
		t.Errorf("worst %+v", sum.Worst)
	}
}

// TestRecomputeFromTheMiddle gives a stretch the figures that it has.
func TestRecomputeFromTheMiddle(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for seconds := 5; seconds <= 60; seconds += 5 {
		s.add(seconds, int32(seconds))
	}
	rows := s.all.Rows()
	for from := range rows {
		derived, err := Recompute(DefaultParams(), rows[from:])
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range derived {
			if d != rows[from+i].Derived {
				t.Errorf("from %d, row %d:\n got %+v\nwant %+v", from, i, d, rows[from+i].Derived)
			}
		}
	}
	if _, err := Recompute(Params{}, rows); !errors.Is(err, ErrParams) {
		t.Errorf("an impossible connection: %v", err)
	}
}

// TestFacts holds the rules of writing.
func TestFacts(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	s.add(5, 0)
	e := s.out[0]
	var f Facts
	f.Apply(e)
	late := e
	late.Late, late.Derived.Baseline = true, BaselineLate
	f.Apply(late)
	if rows := f.Rows(); len(rows) != 1 || rows[0] != e {
		t.Errorf("a late fact replaced a better one: %+v", rows)
	}
	gone := e
	gone.Deleted = true
	f.Apply(gone)
	if rows := f.Rows(); len(rows) != 0 {
		t.Errorf("a tombstone left %+v", rows)
	}
	f.Apply(late)
	if rows := f.Rows(); len(rows) != 1 || rows[0] != late {
		t.Errorf("a late fact is lost: %+v", rows)
	}
}

// TestWholeKnowsHowLossesCluster: the ratio of the whole is that of its
// intervals, each as much as was lost in it; nothing lost says nothing.
func TestWholeKnowsHowLossesCluster(t *testing.T) {
	fact := func(seconds int, lost int32, ratio float64, source BurstSource) Emission {
		return Emission{
			Tenant: oracleTenant, Time: worldStart.Add(time.Duration(seconds) * time.Second), Media: worldMedia,
			Derived: Derived{
				Baseline: BaselineNone, Expected: Some(int32(250)), Lost: Some(lost), LossRatio: Some(float64(max(0, lost)) / 250),
				BurstRatio: Some(ratio), BurstSource: source,
			},
		}
	}
	facts := []Emission{
		fact(5, 30, 3, BurstMeasured), fact(10, 10, 1, BurstAssumed), fact(15, 0, 9, BurstMeasured), fact(20, -5, 9, BurstMeasured),
	}
	sum := Summarize(nil, facts)
	if want := (30*3 + 10*1) / 40.; sum.BurstRatio != Some(want) {
		t.Errorf("burst ratio %v, want %v", sum.BurstRatio, want)
	}
	if want := defaultScorer.Score(worldMedia, Figures{LossRatio: 35. / 1000, BurstRatio: 2.5}); sum.Whole != want {
		t.Errorf("whole %+v, want %+v", sum.Whole, want)
	}
	if random := Summarize(nil, []Emission{fact(5, 30, 1, BurstAssumed)}); random.BurstRatio != Some(1.) {
		t.Errorf("without evidence %v", random.BurstRatio)
	}
	if none := Summarize(nil, nil); none.BurstRatio.OK {
		t.Errorf("without intervals %v", none.BurstRatio)
	}
}
