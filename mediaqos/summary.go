package mediaqos

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Summary is one stream in a few figures. Sums and counts are exact; every
// mean says over what; a figure for which there was nothing is unknown.
type Summary struct {
	Tenant       schema.TenantID
	StreamID     schema.StreamID
	ReporterSSRC uint32
	SourceSSRC   uint32
	// Tap is where the stream was first seen.
	Tap Tap
	// Media is what was last known of it; MediaChanged says that not all
	// facts agree about the codec or the clock.
	Media        Media
	MediaChanged bool

	// First and Last are the capture times of its first and last report.
	First, Last time.Time
	// Reports counts facts, Intervals those of them with valid figures.
	Reports, Intervals int
	// Expected and Lost are sums over the valid intervals; Lost is signed.
	Expected, Lost int64
	// LossRatio is max(0, Lost)/Expected.
	LossRatio Opt[float64]
	// WorstLossRatio is the largest of any interval.
	WorstLossRatio Opt[float64]
	// JitterMaxMillis and JitterMeanMillis are over all reports with a known clock.
	JitterMaxMillis, JitterMeanMillis Opt[float64]
	// RTTMaxMillis and RTTMeanMillis are over all reports with a round trip.
	RTTMaxMillis, RTTMeanMillis Opt[float64]
	// DelayMeanMillis is the mean one-way delay over the reports that have one.
	DelayMeanMillis Opt[float64]

	// BurstRatio is that of the intervals, weighted by what was lost in them: 1
	// where nobody saw how losses cluster, and unknown without an interval.
	BurstRatio Opt[float64]
	// Whole is the score of the stream taken as one interval: of LossRatio,
	// BurstRatio and DelayMeanMillis. It is not a mean of scores. There is none
	// where the codec changed on the way.
	Whole Opt[Score]
	// Worst is the score of the interval with the lowest R, and WorstAt the
	// capture time of its report. Intervals of another scale than the first
	// scored one are left out.
	Worst   Opt[Score]
	WorstAt time.Time

	// RTTMethod and DelayBasis are those of the last report that has them.
	RTTMethod  RTTMethod
	DelayBasis DelayBasis
	// Taps are those noted at the last report.
	Taps TapList

	// Points are the values of each report in order, for a sparkline. Where
	// their number is bounded ([Digest]), a point is the worst of several
	// reports in a row.
	Points []Point
}

// Point is one report's values.
type Point struct {
	Time         time.Time
	LossRatio    Opt[float64]
	JitterMillis Opt[float64]
	RTTMillis    Opt[float64]
	R            Opt[float64]
}

// Summarize folds the final facts of one stream, in order of time (as
// [Facts.Streams] gives them). A nil scorer rates the default connection.
// Without facts the Summary is zero.
func Summarize(scorer *Scorer, facts []Emission) Summary {
	var t tally
	for i := range facts {
		t.add(&facts[i])
	}
	return t.summary(scorer)
}

// tally adds up the facts of one stream in order of time.
type tally struct {
	sum                Summary
	jitter, rtt, delay mean
	// clustered is the sum of burst ratios, each times the lost packets of its
	// interval, and loss the sum of those.
	clustered float64
	loss      int64
	// maxPoints bounds the points; 0 does not. Each stands for stride reports,
	// the last one for pending of them so far.
	maxPoints, stride, pending int
}

// add takes the next fact.
func (t *tally) add(f *Emission) {
	s, d := &t.sum, &f.Derived
	if s.Reports == 0 {
		s.Tenant, s.StreamID, s.Tap, s.First = f.Tenant, f.StreamID, f.Taps.At(0), f.Time
		s.ReporterSSRC, s.SourceSSRC = f.Wire.ReporterSSRC, f.Wire.SourceSSRC
	} else if f.Media.Codec != s.Media.Codec || f.Media.ClockHz != s.Media.ClockHz {
		s.MediaChanged = true
	}
	s.Media, s.Taps, s.Last = f.Media, f.Taps, f.Time
	s.Reports++
	t.jitter.add(d.JitterMillis)
	t.rtt.add(d.RTTMillis)
	t.delay.add(d.DelayMillis)
	if d.RTTMillis.OK {
		s.RTTMethod = d.RTTMethod
	}
	if d.DelayMillis.OK {
		s.DelayBasis = d.DelayBasis
	}
	p := Point{Time: f.Time, LossRatio: d.LossRatio, JitterMillis: d.JitterMillis, RTTMillis: d.RTTMillis}
	if d.Baseline == BaselineNone {
		s.Intervals++
		s.Expected += int64(d.Expected.V)
		s.Lost += int64(d.Lost.V)
		s.WorstLossRatio = larger(s.WorstLossRatio, d.LossRatio)
		if d.Lost.V > 0 {
			ratio := 1.
			if d.BurstRatio.OK {
				ratio = d.BurstRatio.V
			}
			t.clustered += ratio * float64(d.Lost.V)
			t.loss += int64(d.Lost.V)
		}
	}
	if d.Score.OK {
		p.R = Some(d.Score.V.R)
		if !s.Worst.OK || d.Score.V.Scale == s.Worst.V.Scale && d.Score.V.R < s.Worst.V.R {
			s.Worst, s.WorstAt = d.Score, f.Time
		}
	}
	t.point(p)
}

// point takes a point; at the bound neighbours become one, and from then on
// each point stands for twice as many reports.
func (t *tally) point(p Point) {
	points := t.sum.Points
	if t.pending > 0 {
		points[len(points)-1] = points[len(points)-1].worse(p)
		t.pending = (t.pending + 1) % t.stride
		return
	}
	if t.maxPoints > 0 && len(points) == t.maxPoints {
		half := points[:0]
		for i := 0; i+1 < len(points); i += 2 {
			half = append(half, points[i].worse(points[i+1]))
		}
		points, t.stride = half, 2*max(t.stride, 1)
	}
	t.sum.Points = append(points, p)
	if t.stride > 1 {
		t.pending = 1
	}
}

// worse joins two points: the time of the first, and of each value the worse.
func (p Point) worse(o Point) Point {
	if !p.R.OK || o.R.OK && o.R.V < p.R.V {
		p.R = o.R
	}
	p.LossRatio, p.JitterMillis, p.RTTMillis = larger(p.LossRatio, o.LossRatio), larger(p.JitterMillis, o.JitterMillis), larger(p.RTTMillis, o.RTTMillis)
	return p
}

// summary is what has been added so far; nil rates the default connection.
func (t *tally) summary(scorer *Scorer) Summary {
	sum := t.sum
	if sum.Reports == 0 {
		return Summary{}
	}
	if scorer == nil {
		scorer = defaultScorer
	}
	sum.JitterMaxMillis, sum.JitterMeanMillis = t.jitter.max, t.jitter.value()
	sum.RTTMaxMillis, sum.RTTMeanMillis = t.rtt.max, t.rtt.value()
	sum.DelayMeanMillis = t.delay.value()
	if sum.Expected > 0 {
		sum.LossRatio = Some(float64(max(0, sum.Lost)) / float64(sum.Expected))
		sum.BurstRatio = Some(1.)
		if t.loss > 0 {
			sum.BurstRatio.V = t.clustered / float64(t.loss)
		}
		if !sum.MediaChanged {
			sum.Whole = scorer.Score(sum.Media, Figures{
				LossRatio: sum.LossRatio.V, BurstRatio: sum.BurstRatio.V, DelayMillis: sum.DelayMeanMillis,
			})
		}
	}
	return sum
}

// mean adds known values up.
type mean struct {
	sum float64
	n   int
	max Opt[float64]
}

func (m *mean) add(v Opt[float64]) {
	if v.OK {
		m.sum += v.V
		m.n++
		m.max = larger(m.max, v)
	}
}

func (m *mean) value() Opt[float64] {
	if m.n == 0 {
		return Opt[float64]{}
	}
	return Some(m.sum / float64(m.n))
}

func larger(a, b Opt[float64]) Opt[float64] {
	if !a.OK || b.OK && b.V > a.V {
		return b
	}
	return a
}
