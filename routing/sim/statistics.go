package sim

import (
	"encoding/json"
	"math"
	"math/bits"

	"github.com/trunkline-cc/trunkline/routing"
)

// Estimate is a measured figure and how well it is known.
type Estimate struct {
	// Value is nil if nothing was there to measure.
	Value *float64 `json:"value"`
	// HalfWidth is half the width of the 95 % confidence interval, by the means
	// of batches; nil if they do not allow one.
	HalfWidth *float64 `json:"half_width_95"`
}

// Holds tells whether the confidence interval contains a value.
func (e Estimate) Holds(v float64) bool {
	return e.Value != nil && e.HalfWidth != nil && math.Abs(*e.Value-v) <= *e.HalfWidth
}

// ratio estimates the sum of numerators over the sum of denominators, given by
// batch. The interval is that of the ratio estimator: from the residuals
// num - R den, so batches may differ in size and be empty.
func ratio(num, den []float64) Estimate {
	sumNum, sumDen := 0.0, 0.0
	for i := range num {
		sumNum += num[i]
		sumDen += den[i]
	}
	if sumDen == 0 {
		return Estimate{}
	}
	value := sumNum / sumDen
	e := Estimate{Value: &value}
	n, filled, squares := float64(len(num)), 0, 0.0
	for i := range num {
		if den[i] > 0 {
			filled++
		}
		residual := num[i] - value*den[i]
		squares += residual * residual
	}
	if filled >= 2 {
		half := studentT(len(num)-1) * math.Sqrt(squares/(n-1)/n) / (sumDen / n)
		e.HalfWidth = &half
	}
	return e
}

// studentT returns the 97.5 % quantile of Student's t for 1 or more degrees of
// freedom: tabulated to 8, then by the expansion of Abramowitz and Stegun
// 26.7.5, right to four digits there.
func studentT(df int) float64 {
	if df <= len(studentTable) {
		return studentTable[df-1]
	}
	const z = 1.959963984540054
	n := float64(df)
	z2 := z * z
	return z + z*(z2+1)/(4*n) + z*(z2*(5*z2+16)+3)/(96*n*n) + z*(z2*(z2*(3*z2+19)+17)-15)/(384*n*n*n)
}

var studentTable = [...]float64{12.70620, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600}

// histogram counts lengths of time in bins no wider than 1/64 of their value.
type histogram struct {
	bins  []uint64
	count uint64
	max   routing.Millis
}

const (
	subBits  = 6
	subCount = 1 << subBits
)

// bin returns the bin of a length of time: exact below 64 ms.
func bin(v routing.Millis) int {
	if v < subCount {
		return int(max(v, 0))
	}
	shift := bits.Len64(uint64(v)) - subBits - 1
	return (shift+1)<<subBits + int(uint64(v)>>shift) - subCount
}

// lower returns the least value of a bin.
func lower(bin int) float64 {
	if bin < subCount {
		return float64(bin)
	}
	shift := bin>>subBits - 1
	return float64(uint64(bin&(subCount-1)+subCount) << shift)
}

func (h *histogram) add(v routing.Millis) {
	b := bin(v)
	for b >= len(h.bins) {
		h.bins = append(h.bins, make([]uint64, subCount)...)
	}
	h.bins[b]++
	h.count++
	h.max = max(h.max, v)
}

// merge adds another histogram's counts.
func (h *histogram) merge(o *histogram) {
	for len(h.bins) < len(o.bins) {
		h.bins = append(h.bins, 0)
	}
	for i, n := range o.bins {
		h.bins[i] += n
	}
	h.count += o.count
	h.max = max(h.max, o.max)
}

// quantile returns the value in seconds that the share q of all does not
// exceed, within 1/64; nil if there is none.
func (h *histogram) quantile(q float64) *float64 {
	if h.count == 0 {
		return nil
	}
	rank := uint64(math.Ceil(q * float64(h.count)))
	seen := uint64(0)
	for b, n := range h.bins {
		if seen += n; seen >= max(rank, 1) {
			v := lower(b)
			if b >= subCount {
				v = (v + lower(b+1)) / 2 // the bin's middle
			}
			v = math.Min(v, float64(h.max)) / 1000
			return &v
		}
	}
	v := float64(h.max) / 1000
	return &v
}

// seconds converts sums.
func seconds(v routing.Millis) float64 { return float64(v) / 1000 }

var _ json.Marshaler = (*Share)(nil)

// Share is a part of a whole, null where the whole is nothing.
type Share struct{ Part, Whole float64 }

// Value returns Part/Whole; nil if Whole is 0.
func (s Share) Value() *float64 {
	if s.Whole == 0 {
		return nil
	}
	v := s.Part / s.Whole
	return &v
}

// MarshalJSON writes the value or null.
func (s Share) MarshalJSON() ([]byte, error) { return json.Marshal(s.Value()) }
