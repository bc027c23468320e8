package metrics

import (
	"maps"
	"math"
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
)

// Parts are what a metric is made of in one piece of the data.
type Parts struct {
	// Num is the numerator, sum, count or extreme; unknown where a piece has
	// no extreme.
	Num schema.Opt[float64]
	// Den is the denominator of a ratio or mean, else 0.
	Den float64
	// Histogram of a percentile: counts by lower edge of their bucket.
	Histogram map[int64]uint64
}

// Merge returns the parts of two pieces of the data together. For a distinct
// count there is no such thing: ok is false.
func (m *Metric) Merge(a, b Parts) (merged Parts, ok bool) {
	switch m.Kind {
	case KindDistinct:
		return Parts{}, false
	case KindPercentile:
		sum := maps.Clone(a.Histogram)
		if sum == nil {
			sum = map[int64]uint64{}
		}
		for edge, n := range b.Histogram {
			sum[edge] += n
		}
		return Parts{Histogram: sum}, true
	case KindMin:
		return Parts{Num: pick(a.Num, b.Num, math.Min)}, true
	case KindMax:
		return Parts{Num: pick(a.Num, b.Num, math.Max)}, true
	default:
		return Parts{Num: pick(a.Num, b.Num, func(x, y float64) float64 { return x + y }), Den: a.Den + b.Den}, true
	}
}

// pick joins two values; an unknown one changes nothing.
func pick(a, b schema.Opt[float64], f func(x, y float64) float64) schema.Opt[float64] {
	switch {
	case !a.OK:
		return b
	case !b.OK:
		return a
	}
	return schema.Some(f(a.V, b.V))
}

// Value is the figure that parts give; unknown where there is nothing to
// divide by, no extreme, or an empty histogram.
func (m *Metric) Value(p Parts) schema.Opt[float64] {
	num := p.Num
	if m.NotNegative && num.OK {
		num.V = math.Max(num.V, 0)
	}
	switch m.Kind {
	case KindRatio, KindMean:
		if !num.OK || p.Den <= 0 {
			return schema.Opt[float64]{}
		}
		return schema.Some(m.Scale * num.V / p.Den)
	case KindPercentile:
		return m.percentile(p.Histogram)
	case KindCount, KindDistinct:
		return schema.Some(m.Scale * num.Or(0))
	}
	if !num.OK {
		return num
	}
	return schema.Some(m.Scale * num.V)
}

// percentile is the lower edge of the first bucket up to which at least the
// rank's share of all lies.
func (m *Metric) percentile(histogram map[int64]uint64) schema.Opt[float64] {
	var total, seen uint64
	for _, n := range histogram {
		total += n
	}
	for _, edge := range slices.Sorted(maps.Keys(histogram)) {
		seen += histogram[edge]
		if seen > 0 && seen*1000 >= uint64(m.Rank)*total {
			return schema.Some(m.Scale * float64(edge))
		}
	}
	return schema.Opt[float64]{}
}

// valueSQL is [Metric.Value] over columns that hold the parts.
func (m *Metric) valueSQL(num, den string) string {
	if m.NotNegative {
		num = "greatest(" + num + ", 0)"
	}
	scale := number(m.Scale)
	switch m.Kind {
	case KindRatio, KindMean:
		return "if(" + den + " > 0, " + scale + " * " + num + " / " + den + ", NULL)"
	case KindPercentile:
		total := "arraySum(mapValues(" + num + "))"
		return "if(" + total + " > 0, " + scale + " * toFloat64(arrayFirst((edge, seen) -> seen > 0 AND seen * 1000 >= " + number(float64(m.Rank)) + " * " + total +
			", mapKeys(" + num + "), arrayCumSum(mapValues(" + num + ")))), NULL)"
	default:
		return scale + " * " + num
	}
}

// partSQL gives the SQL of the parts, in the types that Parts has.
func (m *Metric) partSQL(f Form) (num, den string) {
	switch m.Kind {
	case KindRatio, KindMean:
		return "toFloat64(" + f.Num + ")", "toFloat64(" + f.Den + ")"
	case KindPercentile:
		return "mapSort(CAST(" + f.Num + " AS Map(Int64, UInt64)))", ""
	case KindMin, KindMax:
		return "CAST(" + f.Num + " AS Nullable(Float64))", ""
	default:
		return "toFloat64(" + f.Num + ")", ""
	}
}
