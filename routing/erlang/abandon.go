package erlang

import "math"

// abandonment computes model A.
//
// With n agents at rate mu and patience at rate theta, the number of contacts
// present is a birth-death process. Let x = n mu/theta and y = lambda/theta.
// From n upwards its states have the weights w(j) = y^j / ((x+1)...(x+j)); below
// n it is the loss system, whose state n has the share B. A contact that finds
// j others waiting is offered a wait V with exp(-theta V) distributed as
// Beta(x, j+1).
func abandonment(d Demand, agents int, targetSeconds float64) Figures {
	n := float64(agents)
	x := n * d.PatienceSeconds / d.HandleSeconds
	y := d.ArrivalsPerSecond * d.PatienceSeconds
	q := sumQueue(x, y)

	load := d.Erlangs()
	blocked, before := blocking(load, agents)
	wait := 0.0
	if blocked > 0 {
		wait = 1 / (1 + q.first*(1/blocked-1))
	}
	// Agents are all at work while somebody would wait, and else as in the loss
	// system of one agent less.
	occupancy := wait + (1-wait)*load*(1-before)/n
	// P(abandon) = theta E[W] and, by Little's law, lambda E[W] = E[queue].
	abandon := wait * q.meanLength / y
	served := wait - abandon // waited and was answered
	// exp(-theta T)
	keep := math.Exp(-targetSeconds / d.PatienceSeconds)
	late := served * tailRatio(x+1, y, targetSeconds/d.PatienceSeconds)
	// V > T: the same with the shape x, without the factor exp(-theta V).
	longer := wait * tailRatio(x, y, targetSeconds/d.PatienceSeconds)
	level := 1 - wait + served - late
	return Figures{
		WaitProbability:    &wait,
		MeanWaitSeconds:    ptr(abandon * d.PatienceSeconds),
		ServiceLevel:       &level,
		AbandonProbability: &abandon,
		AbandonedWithin:    ptr(max(0, 1-level-keep*longer)),
		Occupancy:          &occupancy,
		// Answered is what keeps agents at work.
		ASASeconds: ptr(wait * q.answeredWait * d.PatienceSeconds * load / (occupancy * n)),
	}
}

// queueSums are expectations over the number j of waiting contacts, given that
// all agents are at work.
type queueSums struct {
	first        float64 // P(j = 0)
	meanLength   float64 // E[j]
	answeredWait float64 // E[theta V exp(-theta V)]: the wait of an arrival, counted if it is answered
}

// negligible is a share of a sum that cannot change a figure's tenth digit.
const negligible = 1e-20

// sumQueue adds the weights outwards from the largest, y - x places from the
// first, so that nothing overflows and the number of terms grows like the
// square root of x, not like x.
func sumQueue(x, y float64) queueSums {
	mode := math.Max(0, math.Floor(y-x))
	// given returns E[theta V exp(-theta V)] for the offered wait of an arrival
	// that finds j waiting, where h = sum of 1/(x+1+i), i = 0..j.
	given := func(j, h float64) float64 { return x / (x + j + 1) * h }
	h := harmonic(x+1, mode+1)

	var sum, length, answered float64
	add := func(w, j, h float64) {
		sum += w
		length += w * j
		answered += w * given(j, h)
	}
	for w, j, up := 1.0, mode, h; w > negligible*sum; {
		add(w, j, up)
		j++
		w *= y / (x + j)
		up += 1 / (x + 1 + j)
	}
	first := 0.0
	w, j, down := 1.0, mode, h
	for j > 0 && w > negligible*sum {
		w *= (x + j) / y
		down -= 1 / (x + 1 + j)
		j--
		add(w, j, down)
	}
	if j == 0 {
		first = w
	}
	return queueSums{first: first / sum, meanLength: length / sum, answeredWait: answered / sum}
}

// harmonic returns the sum of 1/(from+i), i = 0..terms-1.
func harmonic(from, terms float64) float64 {
	h := 0.0
	for ; terms > 0 && from < 1e4; from, terms = from+1, terms-1 {
		h += 1 / from
	}
	if terms <= 0 {
		return h
	}
	// Euler-Maclaurin: the omitted term is under 1e-17 from 1e4 on.
	to := from + terms
	return h + math.Log1p(terms/from) + (1/from-1/to)/2 + (1/(from*from)-1/(to*to))/12
}
