package erlang

import "math"

// tailRatio returns P(s, y e^-t) / P(s, y), with P the regularised lower
// incomplete gamma function (DLMF 8.2.4), for s, y > 0 and t >= 0.
func tailRatio(s, y, t float64) float64 {
	z := y * math.Exp(-t)
	switch {
	case z == 0:
		return 0
	case y < s+1:
		// Both by the series, whose leading factors are divided first.
		return math.Exp(y*-math.Expm1(-t)-s*t) * series(s, z) / series(s, y)
	case z < s+1:
		return poisson(s, z) * series(s, z) / (1 - upper(s, y))
	default:
		return (1 - upper(s, z)) / (1 - upper(s, y))
	}
}

// series returns the sum of z^k / ((s+1)...(s+k)) from k = 0, for z < s+1: then
// P(s, z) = poisson(s, z) series(s, z) (DLMF 8.11.4).
func series(s, z float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-17*sum; k++ {
		term *= z / (s + k)
		sum += term
	}
	return sum
}

// upper returns Q(s, z) = 1 - P(s, z) for z >= s+1, by the continued fraction
// of DLMF 8.9.2 evaluated after Lentz.
func upper(s, z float64) float64 {
	const tiny = 1e-300
	b := z + 1 - s
	c, d := 1/tiny, 1/b
	h := d
	for i := 1.0; ; i++ {
		a := -i * (i - s)
		b += 2
		d = a*d + b
		if math.Abs(d) < tiny {
			d = tiny
		}
		c = b + a/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		step := d * c
		h *= step
		if math.Abs(step-1) < 1e-16 || i > 1e7 {
			break
		}
	}
	return poisson(s, z) * s * h
}

// poisson returns z^s e^-z / Gamma(s+1): the Poisson probability of s with mean
// z, for real s > 0. After C. Loader, "Fast and accurate computation of
// binomial probabilities" (2000): the exponent is small where the probability
// is not, so no digits are lost for large s.
func poisson(s, z float64) float64 {
	return math.Exp(-stirling(s)-deviance(s, z)) / math.Sqrt(2*math.Pi*s)
}

// stirling returns ln Gamma(s+1) less Stirling's formula.
func stirling(s float64) float64 {
	if s < 15 {
		lg, _ := math.Lgamma(s + 1)
		return lg - (s+0.5)*math.Log(s) + s - 0.5*math.Log(2*math.Pi)
	}
	r := 1 / (s * s)
	return (1.0/12 - r*(1.0/360-r*(1.0/1260-r*(1.0/1680-r/1188)))) / s
}

// deviance returns s ln(s/z) + z - s without cancellation near s = z.
func deviance(s, z float64) float64 {
	if math.Abs(s-z) < 0.1*(s+z) {
		v := (s - z) / (s + z)
		sum, power := (s-z)*v, 2*s*v
		for k := 3.0; ; k += 2 {
			power *= v * v
			next := sum + power/k
			if next == sum {
				return sum
			}
			sum = next
		}
	}
	return s*math.Log(s/z) + z - s
}
