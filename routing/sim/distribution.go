package sim

import (
	"fmt"
	"math"
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

// Shape is a family of distributions.
type Shape string

// The shapes, with the fields of [Distribution] they read.
const (
	Exponential Shape = "exponential" // MeanSeconds
	Lognormal   Shape = "lognormal"   // MeanSeconds, SDSeconds: what handling times look like
	Weibull     Shape = "weibull"     // MeanSeconds, K: patience that wears out (K > 1) or steels (K < 1)
	Uniform     Shape = "uniform"     // MinSeconds, MaxSeconds
	Constant    Shape = "constant"    // MeanSeconds
	Empirical   Shape = "empirical"   // ValuesSeconds, each as likely as the others
)

// Distribution says how long something takes. Every draw uses exactly one
// random number, by inversion, so that runs that differ elsewhere stay in step.
type Distribution struct {
	Shape         Shape     `json:"shape" yaml:"shape"`
	MeanSeconds   float64   `json:"mean_s,omitempty" yaml:"mean_s,omitempty"`
	SDSeconds     float64   `json:"sd_s,omitempty" yaml:"sd_s,omitempty"`
	K             float64   `json:"k,omitempty" yaml:"k,omitempty"` // 0.1..10
	MinSeconds    float64   `json:"min_s,omitempty" yaml:"min_s,omitempty"`
	MaxSeconds    float64   `json:"max_s,omitempty" yaml:"max_s,omitempty"`
	ValuesSeconds []float64 `json:"values_s,omitempty" yaml:"values_s,omitempty,flow"`
}

// maxSeconds bounds every length of time in a workload: a year.
const maxSeconds = routing.MaxMillis / 1000

// check reports what is wrong with a distribution at a path.
func (d *Distribution) check(path string, faults *faults) {
	length := func(name string, v float64) {
		if !(v >= 0 && v <= maxSeconds) {
			faults.add(path+"."+name, "%v: expected seconds, 0 to %d", v, int64(maxSeconds))
		}
	}
	switch d.Shape {
	case Exponential, Constant:
		length("mean_s", d.MeanSeconds)
	case Lognormal:
		length("mean_s", d.MeanSeconds)
		length("sd_s", d.SDSeconds)
		if d.MeanSeconds == 0 {
			faults.add(path+".mean_s", "0: expected more for a lognormal distribution")
		}
	case Weibull:
		length("mean_s", d.MeanSeconds)
		if !(d.K >= 0.1 && d.K <= 10) {
			faults.add(path+".k", "%v: expected 0.1 to 10", d.K)
		}
	case Uniform:
		length("min_s", d.MinSeconds)
		length("max_s", d.MaxSeconds)
		if d.MaxSeconds < d.MinSeconds {
			faults.add(path+".max_s", "%v is below min_s, %v", d.MaxSeconds, d.MinSeconds)
		}
	case Empirical:
		for i, v := range d.ValuesSeconds {
			length(fmt.Sprintf("values_s[%d]", i), v)
		}
		if len(d.ValuesSeconds) == 0 {
			faults.add(path+".values_s", "empty: expected at least one value")
		}
	default:
		faults.add(path+".shape", "%q: expected exponential, lognormal, weibull, uniform, constant or empirical", d.Shape)
	}
}

// Mean returns the mean in seconds.
func (d *Distribution) Mean() float64 {
	switch d.Shape {
	case Uniform:
		return (d.MinSeconds + d.MaxSeconds) / 2
	case Empirical:
		sum := 0.0
		for _, v := range d.ValuesSeconds {
			sum += v
		}
		return sum / float64(len(d.ValuesSeconds))
	default:
		return d.MeanSeconds
	}
}

// sampler is a checked distribution, ready to draw from.
type sampler struct {
	shape  Shape
	a, b   float64 // by shape: scale in milliseconds, and a second parameter
	values []float64
}

// sampler prepares a distribution that check has passed.
func (d *Distribution) sampler() sampler {
	s := sampler{shape: d.Shape, a: d.MeanSeconds * 1000}
	switch d.Shape {
	case Lognormal:
		ratio := d.SDSeconds / d.MeanSeconds
		variance := math.Log1p(ratio * ratio)
		s.a, s.b = math.Log(d.MeanSeconds*1000)-variance/2, math.Sqrt(variance)
	case Weibull:
		s.a, s.b = d.MeanSeconds*1000/math.Gamma(1+1/d.K), 1/d.K
	case Uniform:
		s.a, s.b = d.MinSeconds*1000, (d.MaxSeconds-d.MinSeconds)*1000
	case Empirical:
		s.values = slices.Clone(d.ValuesSeconds)
		slices.Sort(s.values)
	}
	return s
}

// at returns the value below which the share u of all lies, in whole
// milliseconds.
func (s sampler) at(u float64) routing.Millis {
	var v float64
	switch s.shape {
	case Exponential:
		v = -s.a * math.Log1p(-u)
	case Lognormal:
		v = math.Exp(s.a + s.b*normalQuantile(u))
	case Weibull:
		v = s.a * math.Pow(-math.Log1p(-u), s.b)
	case Uniform:
		v = s.a + s.b*u
	case Empirical:
		v = 1000 * s.values[int(u*float64(len(s.values)))]
	default:
		v = s.a
	}
	return routing.Millis(math.Min(math.Round(v), routing.MaxMillis))
}

// normalQuantile inverts the standard normal distribution by the error
// function's inverse.
func normalQuantile(u float64) float64 { return math.Sqrt2 * math.Erfinv(2*u-1) }
