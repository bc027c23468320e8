package cli

import (
	"math"
	"strings"
)

var sparkBars = []rune("▁▂▃▄▅▆▇█")

// sparkline draws values between low and high, one character each; NaN is a gap.
func sparkline(values []float64, low, high float64) string {
	var b strings.Builder
	for _, v := range values {
		if math.IsNaN(v) {
			b.WriteByte(' ')
			continue
		}
		share := (v - low) / (high - low)
		i := int(math.Round(share * float64(len(sparkBars)-1)))
		b.WriteRune(sparkBars[min(max(i, 0), len(sparkBars)-1)])
	}
	return b.String()
}

// squeeze brings a series to at most width points, each the worst (lowest) of
// those it stands for.
func squeeze(values []float64, width int) []float64 {
	if len(values) <= width {
		return values
	}
	out := make([]float64, width)
	for i := range out {
		from, to := i*len(values)/width, (i+1)*len(values)/width
		worst := math.NaN()
		for _, v := range values[from:to] {
			if math.IsNaN(worst) || v < worst {
				worst = v
			}
		}
		out[i] = worst
	}
	return out
}
