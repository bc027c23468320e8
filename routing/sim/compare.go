package sim

import (
	"context"
	"fmt"
	"math"

	"github.com/trunkline-cc/trunkline/routing"
)

// Comparison is what one workload made of two configurations, on the same
// random numbers.
type Comparison struct {
	A *Report `json:"a"`
	B *Report `json:"b"`
	// Total and Types are the differences, in the order of the reports.
	Total []Difference   `json:"total"`
	Types []TypeContrast `json:"types"`
}

// TypeContrast holds the differences of one type of contact.
type TypeContrast struct {
	Name        string       `json:"name"`
	Differences []Difference `json:"differences"`
}

// Difference is one figure under both configurations.
type Difference struct {
	Figure string   `json:"figure"`
	A      *float64 `json:"a"`
	B      *float64 `json:"b"`
	// BMinusA has an interval from the differences batch by batch: luck that
	// both share cancels out.
	BMinusA Estimate `json:"b_minus_a"`
	// UnpairedHalfWidth is what the interval would be had each run had luck of
	// its own.
	UnpairedHalfWidth *float64 `json:"unpaired_half_width_95"`
}

// Figures of a [Difference].
const (
	FigureServiceLevel = "service_level" // negative_abandon
	FigureASA          = "asa_s"
	FigureWait         = "wait_s"
	FigureAbandonRate  = "abandon_rate"
	FigureAHT          = "aht_s"
	FigureOccupancy    = "occupancy"
)

var contrasts = []struct {
	figure   string
	num, den func(*cell) float64
}{
	{FigureServiceLevel, answeredInOf, offeredOf},
	{FigureASA, answeredWaitOf, answeredOf},
	{FigureWait, waitOf, offeredOf},
	{FigureAbandonRate, abandonedOf, offeredOf},
	{FigureAHT, handleTimeOf, handledOf},
}

// Compare runs a workload under configurations a and b. Crews that name agents
// or profiles which only one of the two has do not fit; its error is as of
// [Run], with the configuration named.
func Compare(ctx context.Context, a, b *routing.Config, w *Workload, o Options) (*Comparison, error) {
	halves := [2]Options{o, o}
	if o.Progress != nil {
		halves[0].Progress = func(done float64) { o.Progress(done / 2) }
		halves[1].Progress = func(done float64) { o.Progress(0.5 + done/2) }
	}
	runA, err := simulate(ctx, a, w, halves[0])
	if err != nil {
		return nil, fmt.Errorf("first configuration: %w", err)
	}
	runB, err := simulate(ctx, b, w, halves[1])
	if err != nil {
		return nil, fmt.Errorf("second configuration: %w", err)
	}
	c := &Comparison{}
	if c.A, err = runA.report(ctx); err != nil {
		return nil, fmt.Errorf("first configuration: %w", err)
	}
	if c.B, err = runB.report(ctx); err != nil {
		return nil, fmt.Errorf("second configuration: %w", err)
	}
	all := make([]int, len(runA.sc.types))
	for i := range all {
		all[i] = i
		c.Types = append(c.Types, TypeContrast{Name: runA.sc.types[i].Name, Differences: contrast(runA, runB, []int{i})})
	}
	c.Total = append(contrast(runA, runB, all), occupancyContrast(runA, runB))
	return c, nil
}

// contrast compares two runs over some types.
func contrast(a, b *run, types []int) []Difference {
	var out []Difference
	for _, f := range contrasts {
		out = append(out, difference(f.figure, a.series(f.num, types), a.series(f.den, types), b.series(f.num, types), b.series(f.den, types)))
	}
	return out
}

func occupancyContrast(a, b *run) Difference {
	split := func(r *run) (busy, worked []float64) {
		for _, s := range r.staff {
			busy, worked = append(busy, float64(s.busy)), append(worked, float64(s.busy+s.idle))
		}
		return busy, worked
	}
	busyA, workedA := split(a)
	busyB, workedB := split(b)
	return difference(FigureOccupancy, busyA, workedA, busyB, workedB)
}

// difference compares two ratios whose batches belong together in pairs, by
// the residuals of the ratio estimators.
func difference(figure string, numA, denA, numB, denB []float64) Difference {
	a, b := ratio(numA, denA), ratio(numB, denB)
	d := Difference{Figure: figure, A: a.Value, B: b.Value}
	if a.Value == nil || b.Value == nil {
		return d
	}
	value := *b.Value - *a.Value
	d.BMinusA.Value = &value
	if a.HalfWidth == nil || b.HalfWidth == nil {
		return d
	}
	n := float64(len(numA))
	meanA, meanB := 0.0, 0.0
	for i := range denA {
		meanA += denA[i] / n
		meanB += denB[i] / n
	}
	squares := 0.0
	for i := range numA {
		residual := (numB[i]-*b.Value*denB[i])/meanB - (numA[i]-*a.Value*denA[i])/meanA
		squares += residual * residual
	}
	half := studentT(len(numA)-1) * math.Sqrt(squares/(n-1)/n)
	apart := math.Hypot(*a.HalfWidth, *b.HalfWidth)
	d.BMinusA.HalfWidth, d.UnpairedHalfWidth = &half, &apart
	return d
}
