package mediaqos

import "math"

// connection holds what of the E-model depends on the telephones, the noise
// and the levels only, so that a stream of reports computes it once. Equation
// numbers are those of ITU-T G.107 (06/2015).
type connection struct {
	ro, no   float64
	iolr, iq float64
	roe      float64 // Roe of 7-20
	telr     float64
	stmr     float64
	masking  float64 // 10^(-STMR/10)
	echo     float64 // 10^(-TELR/10)
	rle      float64 // 10.5(WEPL+7), the part of Rle that does not move
	minDelay float64
	sens     float64
	still    float64 // Ro - Is - Id without delay
}

func newConnection(p *Params) connection {
	c := connection{
		telr: p.TELR, stmr: p.STMR, masking: decibel(-p.STMR), echo: decibel(-p.TELR),
		rle: 10.5 * (p.WEPL + 7), minDelay: p.MinDelay, sens: p.SensT,
	}
	c.no = noise(p)
	c.ro = 15 - 1.5*(p.SLR+c.no) // 7-2
	c.roe = -1.5 * (c.no - p.RLR)
	c.iolr = tooQuiet(p.SLR+p.RLR, c.no, p.RLR)
	c.iq = quantization(c.ro, p.QDU)
	ist := c.ist(0)
	c.still = c.ro - (c.iolr + ist + c.iq) - (c.idte(0, ist) + c.idle(0) + idd(0, c.minDelay, c.sens))
	return c
}

// rate puts the terms together for one set of delays and one effective
// equipment impairment; it is the whole of what changes from report to report.
func (c *connection) rate(t, tr, ta, ieEff, a float64) Result {
	ist := c.ist(t)
	res := Result{
		Scale: ScaleNB, Ro: c.ro, No: c.no,
		Iolr: c.iolr, Ist: ist, Iq: c.iq, Is: c.iolr + ist + c.iq, // 7-8
		Idte: c.idte(t, ist), Idle: c.idle(tr), Idd: idd(ta, c.minDelay, c.sens),
		IeEff: ieEff, A: a,
	}
	res.Id = res.Idte + res.Idle + res.Idd               // 7-18
	res.R = res.Ro - res.Is - res.Id - res.IeEff + res.A // 7-1
	res.MOS = MOSFromR(res.R)
	res.Grade = GradeOf(res.R)
	res.RLQ = c.still - ieEff + a
	res.MOSLQ = MOSFromR(res.RLQ)
	return res
}

// noise is No, the power sum of all noise sources at the 0 dBr point (7-3 to 7-7).
func noise(p *Params) float64 {
	olr := p.SLR + p.RLR
	nos := p.Ps - p.SLR - p.Ds - 100 + 0.004*square(p.Ps-olr-p.Ds-14)
	pre := p.Pr + 10*math.Log10(1+decibel(10-p.LSTR))
	nor := p.RLR - 121 + pre + 0.008*square(pre-35)
	nfo := p.Nfor + p.RLR
	return 10 * math.Log10(decibel(p.Nc)+decibel(nos)+decibel(nor)+decibel(nfo))
}

// tooQuiet is Iolr, the impairment by too low loudness (7-9, 7-10).
func tooQuiet(olr, no, rlr float64) float64 {
	x := (olr + 0.2*(64+no-rlr)) / 8
	return 20 * (root8(1+power8(x)) - x)
}

// ist is the impairment by sidetone that is too strong or too weak (7-11,
// 7-12); an echo after t ms adds to the sidetone.
func (c *connection) ist(t float64) float64 {
	s := -10 * math.Log10(c.masking+math.Exp(-t/4)*c.echo)
	return 12*root8(1+power8((s-13)/6)) -
		28*math.Pow(1+evenPower((s+1)/19.4, 35), 1./35) -
		13*math.Pow(1+evenPower((s-3)/33, 13), 1./13) + 29
}

// quantization is Iq, the impairment by quantization distortion (7-13 to 7-17).
func quantization(ro, qdu float64) float64 {
	q := 37 - 15*math.Log10(qdu)
	g := 1.07 + 0.258*q + 0.0602*q*q
	y := (ro-100)/15 + 46/8.4 - g/9
	z := 46./30 - g/40
	return 15 * math.Log10(1+math.Pow(10, y)+math.Pow(10, z))
}

// idte is the impairment by talker echo (7-19 to 7-23) at echo path delay t ms.
func (c *connection) idte(t, ist float64) float64 {
	terv := c.telr - 40*math.Log10((1+t/10)/(1+t/150)) + 6*math.Exp(-0.3*t*t)
	if c.stmr < 9 {
		terv += ist / 2
	}
	re := 80 + 2.5*(terv-14)
	half := (c.roe - re) / 2
	id := (half + math.Sqrt(half*half+100) - 1) * -math.Expm1(-t)
	if t == 0 {
		id = 0 // without a path there is no echo, nor a negative zero
	}
	if c.stmr > 20 {
		id = math.Hypot(id, ist)
	}
	return id
}

// idle is the impairment by listener echo (7-24, 7-25) at round trip tr ms.
func (c *connection) idle(tr float64) float64 {
	rle := c.rle / math.Sqrt(math.Sqrt(tr+1))
	half := (c.ro - rle) / 2
	return half + math.Sqrt(half*half+169)
}

// idd is the impairment by absolute delay ta ms (7-26 to 7-28); there is none
// up to minDelay.
func idd(ta, minDelay, sens float64) float64 {
	if ta <= minDelay {
		return 0
	}
	x := math.Log2(ta / minDelay)
	n := 6 * sens
	return 25 * (math.Pow(1+math.Pow(x, n), 1/n) - 3*math.Pow(1+math.Pow(x/3, n), 1/n) + 2)
}

// evenPower is |x|^n: the recommendation's powers are meant for the operating
// range, where the base is positive; an odd power of a negative base would
// leave the root below without a value.
func evenPower(x, n float64) float64 { return math.Pow(math.Abs(x), n) }

func square(x float64) float64  { return x * x }
func power8(x float64) float64  { return square(square(square(x))) }
func root8(x float64) float64   { return math.Sqrt(math.Sqrt(math.Sqrt(x))) }
func decibel(x float64) float64 { return math.Pow(10, x/10) }
