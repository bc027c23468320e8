package mediaqos

import (
	"fmt"
	"math"
)

// MOS range of ITU-T G.107 Annex B.
const (
	// MinMOS is the MOS of R <= 0.
	MinMOS = 1.0
	// MaxMOS is the MOS of R >= 100.
	MaxMOS = 4.5
)

// MOSFromR is ITU-T G.107 Annex B: 1 for R <= 0, 4.5 for R >= 100 and a cubic
// between them. The cubic is below 1 up to R = 6.5 (to 0.9888 at R = 3.2); a
// score below 1 does not exist, so it is held at 1.
func MOSFromR(r float64) float64 {
	switch {
	case r <= 0:
		return MinMOS
	case r >= 100:
		return MaxMOS
	default:
		return max(MinMOS, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
	}
}

// RFromMOS is the inverse of MOSFromR for 1 <= mos <= 4.5 (ITU-T G.107 Annex
// B), exact to rounding. MOS 1 stands for every R up to 6.5; the answer is
// then 6.5, the largest of them. The error wraps ErrParams.
func RFromMOS(mos float64) (float64, error) {
	if !(mos >= MinMOS && mos <= MaxMOS) { // also refuses NaN
		return 0, fmt.Errorf("mos %v: %w, want %v..%v", mos, ErrParams, MinMOS, MaxMOS)
	}
	h := math.Atan2(15*math.Sqrt(max(0, -903522+1113960*mos-202500*mos*mos)), 18566-6750*mos) / 3
	return 20. / 3 * (8 - math.Sqrt(226)*math.Cos(h+math.Pi/3)), nil
}
