package sim

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/routing"
)

// TestStreamIsSplitMix64 compares with the published generator, whose first
// numbers from state 1234567 are known.
func TestStreamIsSplitMix64(t *testing.T) {
	s := Stream{1234567}
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := s.Uint64(); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

// TestStreamsAreApart: other keys, other numbers.
func TestStreamsAreApart(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(20) {
		for key := range uint64(20) {
			for _, s := range []Stream{NewStream(seed, key), NewStream(seed, key, 0), NewStream(seed, 0, key, 1)} {
				v := s.Uint64()
				if seen[v] {
					t.Fatalf("seed %d, key %d: a stream begins like another", seed, key)
				}
				seen[v] = true
			}
		}
	}
}

// TestDistributions checks mean and standard deviation of each shape against
// the formulas of its family.
func TestDistributions(t *testing.T) {
	for _, tt := range []struct {
		d    Distribution
		mean float64
		sd   float64
	}{
		{Distribution{Shape: Exponential, MeanSeconds: 180}, 180, 180},
		{Distribution{Shape: Lognormal, MeanSeconds: 240, SDSeconds: 200}, 240, 200},
		{Distribution{Shape: Lognormal, MeanSeconds: 240}, 240, 0},
		{Distribution{Shape: Weibull, MeanSeconds: 100, K: 2}, 100, 100 * math.Sqrt(4/math.Pi-1)},
		{Distribution{Shape: Weibull, MeanSeconds: 100, K: 1}, 100, 100},
		{Distribution{Shape: Uniform, MinSeconds: 10, MaxSeconds: 40}, 25, 30 / math.Sqrt(12)},
		{Distribution{Shape: Constant, MeanSeconds: 7}, 7, 0},
		{Distribution{Shape: Empirical, ValuesSeconds: []float64{30, 10, 20}}, 20, math.Sqrt(200.0 / 3)},
	} {
		var found faults
		tt.d.check("d", &found)
		if found != nil {
			t.Fatal(found.err())
		}
		if got := tt.d.Mean(); math.Abs(got-tt.mean) > 1e-9 {
			t.Errorf("%+v: Mean() = %v", tt.d, got)
		}
		s, luck := tt.d.sampler(), NewStream(5)
		const n = 200_000
		sum, squares := 0.0, 0.0
		for range n {
			v := float64(s.at(luck.Float64())) / 1000
			sum += v
			squares += v * v
		}
		mean := sum / n
		sd := math.Sqrt(math.Max(0, squares/n-mean*mean))
		if math.Abs(mean-tt.mean) > 5*tt.sd/math.Sqrt(n)+1e-3 || math.Abs(sd-tt.sd) > 0.03*tt.sd+0.01 {
			t.Errorf("%+v: mean %.3f, deviation %.3f; want %.3f and %.3f", tt.d, mean, sd, tt.mean, tt.sd)
		}
	}
}

// TestSamplerIsMonotone: inversion, so a greater number is never a shorter time.
func TestSamplerIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Distribution{
			Shape:       rapid.SampledFrom([]Shape{Exponential, Lognormal, Weibull, Uniform, Constant, Empirical}).Draw(t, "shape"),
			MeanSeconds: rapid.Float64Range(0.1, 1e4).Draw(t, "mean"), SDSeconds: rapid.Float64Range(0, 1e4).Draw(t, "sd"),
			K: rapid.Float64Range(0.1, 10).Draw(t, "k"), MinSeconds: 3, MaxSeconds: rapid.Float64Range(3, 100).Draw(t, "max"),
			ValuesSeconds: rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 9).Draw(t, "values"),
		}
		s := d.sampler()
		u := NewStream(rapid.Uint64().Draw(t, "seed"))
		a, b := u.Float64(), u.Float64()
		if low, high := s.at(min(a, b)), s.at(max(a, b)); low > high || low < 0 {
			t.Fatalf("at(%v) = %d, at(%v) = %d", min(a, b), low, max(a, b), high)
		}
	})
}

func TestStudentT(t *testing.T) {
	for df, want := range map[int]float64{1: 12.706, 4: 2.776, 9: 2.262, 19: 2.093, 24: 2.064, 29: 2.045, 60: 2.000, 999: 1.962} {
		if got := studentT(df); math.Abs(got-want) > 6e-4 {
			t.Errorf("t(%d) = %.4f, want %.3f", df, got, want)
		}
	}
}

func TestRatio(t *testing.T) {
	if e := ratio([]float64{1, 2}, []float64{0, 0}); e.Value != nil || e.HalfWidth != nil {
		t.Error("a ratio to nothing has a value")
	}
	if e := ratio([]float64{3, 0}, []float64{2, 0}); *e.Value != 1.5 || e.HalfWidth != nil {
		t.Errorf("one filled batch: %v", e)
	}
	// Equal denominators: the common interval of a mean, here of 1, 2, 3, 4.
	e := ratio([]float64{10, 20, 30, 40}, []float64{10, 10, 10, 10})
	if want := 3.18245 * math.Sqrt(5.0/3/4); math.Abs(*e.Value-2.5) > 1e-12 || math.Abs(*e.HalfWidth-want) > 1e-6 {
		t.Errorf("%v +-%v, want 2.5 +-%v", *e.Value, *e.HalfWidth, want)
	}
	if !e.Holds(2.5) || e.Holds(6) || (Estimate{}).Holds(0) {
		t.Error("Holds")
	}
}

// TestHistogram compares quantiles with the sorted list.
func TestHistogram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 40_000_000), 1, 300).Draw(t, "values")
		var h, half histogram
		for i, v := range values {
			if i%2 == 0 {
				h.add(routing.Millis(v))
			} else {
				half.add(routing.Millis(v))
			}
		}
		h.merge(&half)
		slices.Sort(values)
		q := rapid.Float64Range(0.001, 1).Draw(t, "q")
		want := float64(values[int(math.Ceil(q*float64(len(values))))-1]) / 1000
		if got := *h.quantile(q); math.Abs(got-want) > want/64+1e-9 {
			t.Fatalf("quantile %v = %v, want %v", q, got, want)
		}
	})
	if (&histogram{}).quantile(0.5) != nil {
		t.Error("an empty histogram has a median")
	}
}

func TestBinsAreInOrder(t *testing.T) {
	for v := routing.Millis(0); v < 100_000; v++ {
		b := bin(v)
		if lower(b) > float64(v) || lower(b+1) <= float64(v) || (lower(b+1)-lower(b)) > math.Max(1, float64(v)/64) {
			t.Fatalf("%d is in bin %d, [%v, %v)", v, b, lower(b), lower(b+1))
		}
	}
}

// TestCalendar compares with a stable sort.
func TestCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(0, 20), 0, 200).Draw(t, "times")
		var c calendar
		for i, at := range times {
			c.add(happening{at: routing.Time(at), what: int32(i)})
		}
		slices.Sort(times)
		last := happening{what: -1}
		for i := range times {
			h := c.pop()
			if int64(h.at) != times[i] || h.at == last.at && h.what < last.what {
				t.Fatalf("number %d is %+v after %+v", i, h, last)
			}
			last = h
		}
	})
}

func TestContactIDs(t *testing.T) {
	for _, slot := range []int32{0, 1, 9, 10, 255, 65_536, math.MaxInt32} {
		if got := slotOf(contactID(slot)); got != slot {
			t.Errorf("slot %d comes back as %d", slot, got)
		}
	}
}
