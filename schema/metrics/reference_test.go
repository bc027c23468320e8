package metrics_test

import (
	"math"
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/metrics"
)

// The slow way to each figure: row by row, from the figures themselves. None of
// it is shared with the catalogue.

type figure = schema.Opt[float64]

// reportReference has a function for each metric of report blocks.
var reportReference = map[string]func([]schema.MediaReport) figure{
	"reports": func(rows []schema.MediaReport) figure { return schema.Some(float64(len(rows))) },
	"streams_active": func(rows []schema.MediaReport) figure {
		seen := map[schema.StreamID]bool{}
		for _, r := range rows {
			seen[r.StreamID] = true
		}
		return schema.Some(float64(len(seen)))
	},
	"measured_seconds": func(rows []schema.MediaReport) figure {
		total := 0.0
		for _, v := range known(rows, interval) {
			total += v / 1000
		}
		return schema.Some(total)
	},
	"packets_expected": func(rows []schema.MediaReport) figure { e, _ := packets(rows); return schema.Some(e) },
	"loss_percent":     lossPercent,
	"loss_p95_percent": func(rows []schema.MediaReport) figure {
		return ranked(known(rows, loss), 0.95, func(v float64) float64 { return math.Floor(v*1000) / 10 })
	},
	"loss_max_percent": func(rows []schema.MediaReport) figure { return scaled(extreme(known(rows, loss), math.Max), 100) },
	"jitter_mean_ms":   func(rows []schema.MediaReport) figure { return mean(known(rows, jitter)) },
	"jitter_p50_ms":    func(rows []schema.MediaReport) figure { return ranked(known(rows, jitter), 0.5, jitterEdge) },
	"jitter_p95_ms":    func(rows []schema.MediaReport) figure { return ranked(known(rows, jitter), 0.95, jitterEdge) },
	"jitter_max_ms":    func(rows []schema.MediaReport) figure { return extreme(known(rows, jitter), math.Max) },
	"rtt_mean_ms":      func(rows []schema.MediaReport) figure { return mean(known(rows, rtt)) },
	"rtt_p50_ms":       func(rows []schema.MediaReport) figure { return ranked(known(rows, rtt), 0.5, rttEdge) },
	"rtt_p95_ms":       func(rows []schema.MediaReport) figure { return ranked(known(rows, rtt), 0.95, rttEdge) },
	"rtt_max_ms":       func(rows []schema.MediaReport) figure { return extreme(known(rows, rtt), math.Max) },
	"r_lq_mean":        func(rows []schema.MediaReport) figure { return mean(known(rows, rLQ)) },
	"r_lq_p05":         func(rows []schema.MediaReport) figure { return ranked(known(rows, rLQ), 0.05, math.Floor) },
	"r_lq_p50":         func(rows []schema.MediaReport) figure { return ranked(known(rows, rLQ), 0.5, math.Floor) },
	"r_lq_min":         func(rows []schema.MediaReport) figure { return extreme(known(rows, rLQ), math.Min) },
	"mos_lq_mean":      func(rows []schema.MediaReport) figure { return mean(known(rows, mosLQ)) },
	"mos_lq_min":       func(rows []schema.MediaReport) figure { return extreme(known(rows, mosLQ), math.Min) },
	"r_cq_mean":        func(rows []schema.MediaReport) figure { return mean(known(rows, rCQ)) },
	"r_cq_p05":         func(rows []schema.MediaReport) figure { return ranked(known(rows, rCQ), 0.05, math.Floor) },
	"r_cq_p50":         func(rows []schema.MediaReport) figure { return ranked(known(rows, rCQ), 0.5, math.Floor) },
	"r_cq_min":         func(rows []schema.MediaReport) figure { return extreme(known(rows, rCQ), math.Min) },
	"mos_cq_mean":      func(rows []schema.MediaReport) figure { return mean(known(rows, mosCQ)) },
	"mos_cq_min":       func(rows []schema.MediaReport) figure { return extreme(known(rows, mosCQ), math.Min) },

	"streams": func(rows []schema.MediaReport) figure { return schema.Some(float64(len(byStream(rows)))) },
	"streams_classified": func(rows []schema.MediaReport) figure {
		good, poor := classify(rows)
		return schema.Some(good + poor)
	},
	"streams_poor": func(rows []schema.MediaReport) figure { _, poor := classify(rows); return schema.Some(poor) },
	"poor_stream_percent": func(rows []schema.MediaReport) figure {
		good, poor := classify(rows)
		if good+poor == 0 {
			return figure{}
		}
		return schema.Some(100 * poor / (good + poor))
	},
}

func interval(r *schema.MediaReport) figure { return r.IntervalMillis }
func loss(r *schema.MediaReport) figure     { return r.LossRatio }
func jitter(r *schema.MediaReport) figure   { return r.JitterMillis }
func rtt(r *schema.MediaReport) figure      { return r.RTTMillis }
func rLQ(r *schema.MediaReport) figure      { return r.RLQ }
func rCQ(r *schema.MediaReport) figure      { return r.RCQ }
func mosLQ(r *schema.MediaReport) figure    { return r.MOSLQ }
func mosCQ(r *schema.MediaReport) figure    { return r.MOSCQ }

// known lists the values that rows tell.
func known(rows []schema.MediaReport, of func(*schema.MediaReport) figure) (values []float64) {
	for i := range rows {
		if v := of(&rows[i]); v.OK {
			values = append(values, v.V)
		}
	}
	return values
}

func packets(rows []schema.MediaReport) (expected, lost float64) {
	for _, r := range rows {
		expected += float64(r.Expected.Or(0))
		lost += float64(r.Lost.Or(0))
	}
	return expected, lost
}

func lossPercent(rows []schema.MediaReport) figure {
	expected, lost := packets(rows)
	if expected == 0 {
		return figure{}
	}
	return schema.Some(100 * math.Max(lost, 0) / expected)
}

func mean(values []float64) figure {
	if len(values) == 0 {
		return figure{}
	}
	total := 0.0
	for _, v := range values {
		total += v
	}
	return schema.Some(total / float64(len(values)))
}

func extreme(values []float64, choose func(x, y float64) float64) (best figure) {
	for _, v := range values {
		if !best.OK {
			best = schema.Some(v)
		}
		best.V = choose(best.V, v)
	}
	return best
}

func scaled(v figure, by float64) figure { v.V *= by; return v }

// ranked sorts the values and takes the edge of the bucket of the one at rank.
func ranked(values []float64, rank float64, edge func(float64) float64) figure {
	if len(values) == 0 {
		return figure{}
	}
	slices.Sort(values)
	at := int(math.Ceil(rank*float64(len(values))-1e-9)) - 1
	return schema.Some(edge(values[max(at, 0)]))
}

func jitterEdge(v float64) float64 {
	switch {
	case v < 50:
		return math.Floor(v)
	case v < 500:
		return math.Floor(v/10) * 10
	}
	return 500
}

func rttEdge(v float64) float64 {
	switch {
	case v < 200:
		return math.Floor(v/5) * 5
	case v < 1000:
		return math.Floor(v/20) * 20
	case v < 10000:
		return math.Floor(v/250) * 250
	}
	return 10000
}

func byStream(rows []schema.MediaReport) map[schema.StreamID][]schema.MediaReport {
	streams := map[schema.StreamID][]schema.MediaReport{}
	for _, r := range rows {
		streams[r.StreamID] = append(streams[r.StreamID], r)
	}
	return streams
}

// classify counts good and poor streams.
func classify(rows []schema.MediaReport) (good, poor float64) {
	for _, s := range byStream(rows) {
		if expected, _ := packets(s); expected <= 500 {
			continue
		}
		if lossPercent(s).Or(0) > 10 || mean(known(s, jitter)).Or(0) > 30 || mean(known(s, rtt)).Or(0) > 500 {
			poor++
		} else {
			good++
		}
	}
	return good, poor
}

// dimensionOf is how a row tells a dimension.
func dimensionOf(r *schema.MediaReport, d metrics.DimensionName) string {
	switch d {
	case metrics.DimTrunk:
		return string(r.Trunk)
	case metrics.DimCodec:
		return r.Codec
	case metrics.DimScale:
		return r.MOSScale
	case metrics.DimSource:
		return r.Source
	}
	return ""
}
