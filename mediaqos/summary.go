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

	// Whole is the score of the stream taken as one interval: of LossRatio,
	// random loss and DelayMeanMillis. It is not a mean of scores. There is
	// none where the codec changed on the way.
	Whole Opt[Score]
	// Worst is the score of the interval with the lowest R, and WorstAt the
	// capture time of its report. Intervals of another scale than the first
	// scored one are left out.
	Worst   Opt[Score]
	WorstAt time.Time

	// Points are the values of each report in order, for a sparkline.
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
	if len(facts) == 0 {
		return Summary{}
	}
	if scorer == nil {
		scorer = defaultScorer
	}
	first, last := &facts[0], &facts[len(facts)-1]
	sum := Summary{
		Tenant: first.Tenant, StreamID: first.StreamID,
		ReporterSSRC: first.Wire.ReporterSSRC, SourceSSRC: first.Wire.SourceSSRC,
		Tap: first.Taps.At(0), Media: last.Media,
		First: first.Time, Last: last.Time, Reports: len(facts),
		Points: make([]Point, 0, len(facts)),
	}
	var jitter, rtt, delay mean
	for i := range facts {
		f := &facts[i]
		d := &f.Derived
		sum.MediaChanged = sum.MediaChanged || f.Media.Codec != last.Media.Codec || f.Media.ClockHz != last.Media.ClockHz
		jitter.add(d.JitterMillis)
		rtt.add(d.RTTMillis)
		delay.add(d.DelayMillis)
		p := Point{Time: f.Time, LossRatio: d.LossRatio, JitterMillis: d.JitterMillis, RTTMillis: d.RTTMillis}
		if d.Baseline == BaselineNone {
			sum.Intervals++
			sum.Expected += int64(d.Expected.V)
			sum.Lost += int64(d.Lost.V)
			sum.WorstLossRatio = larger(sum.WorstLossRatio, d.LossRatio)
		}
		if d.Score.OK {
			p.R = Some(d.Score.V.R)
			if !sum.Worst.OK || d.Score.V.Scale == sum.Worst.V.Scale && d.Score.V.R < sum.Worst.V.R {
				sum.Worst, sum.WorstAt = d.Score, f.Time
			}
		}
		sum.Points = append(sum.Points, p)
	}
	sum.JitterMaxMillis, sum.JitterMeanMillis = jitter.max, jitter.value()
	sum.RTTMaxMillis, sum.RTTMeanMillis = rtt.max, rtt.value()
	sum.DelayMeanMillis = delay.value()
	if sum.Expected > 0 {
		sum.LossRatio = Some(float64(max(0, sum.Lost)) / float64(sum.Expected))
		if !sum.MediaChanged {
			sum.Whole = scorer.Score(sum.Media, Figures{
				LossRatio: sum.LossRatio.V, BurstRatio: 1, DelayMillis: sum.DelayMeanMillis,
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
