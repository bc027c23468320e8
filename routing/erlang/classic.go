package erlang

import (
	"fmt"
	"math"
)

// Blocking returns Erlang's B(n, a): the probability that all n agents are at
// work when a contact arrives and contacts do not wait. Load in Erlangs, above
// 0; n 0 or above. By B(k) = a B(k-1) / (k + a B(k-1)), which is stable: an
// error of B(k-1) enters B(k) weighted with 1 - B(k) < 1.
func Blocking(load float64, agents int) float64 {
	b, _ := blocking(load, agents)
	return b
}

// blocking returns B(n, a), and B(n-1, a) for figures that would lose digits in
// 1 - B(n) = n / (n + a B(n-1)). It is 1 for n = 0.
func blocking(load float64, agents int) (b, before float64) {
	b, before = 1, 1
	for k := 1.0; k <= float64(agents); k++ {
		b, before = load*b/(k+load*b), b
	}
	return b, before
}

// Waiting returns Erlang's C(n, a): the probability that a contact waits when
// contacts wait for ever; 1 if the load is not below the number of agents.
func Waiting(load float64, agents int) float64 {
	n := float64(agents)
	if load >= n {
		return 1
	}
	b := Blocking(load, agents)
	return n * b / (n - load + load*b)
}

// OfferedLoad returns the load in Erlangs at which n agents block the given
// share of contacts: the inverse of [Blocking] that the classical tables of
// Erlang B print. 0 < blocking < 1. Its error is an [ErrInput].
func OfferedLoad(agents int, blocking float64) (float64, error) {
	if agents < 1 || agents > MaxAgents {
		return 0, fmt.Errorf("%w: %d agents: expected 1 to %d", ErrInput, agents, MaxAgents)
	}
	if !(blocking > 0 && blocking < 1) {
		return 0, fmt.Errorf("%w: blocking of %v: expected a share above 0 and below 1", ErrInput, blocking)
	}
	// Blocking is above 1 - n/a, so n/(1-blocking) blocks too much.
	low, high := 0.0, float64(agents)/(1-blocking)
	for range 200 {
		mid := low + (high-low)/2
		if mid == low || mid == high {
			break
		}
		if Blocking(mid, agents) < blocking {
			low = mid
		} else {
			high = mid
		}
	}
	return low + (high-low)/2, nil
}

// PriorityWaits returns the mean wait in seconds of each class of priority,
// the highest first, where a free agent takes the first contact of the highest
// class that waits, never interrupts, and handling times do not depend on the
// class (M/M/n, non-preemptive): A. Cobham, "Priority assignment in waiting
// line problems", Operations Research 2 (1954) 70-76. The rates must leave the
// load below the number of agents. Its error is an [ErrInput].
func PriorityWaits(arrivalsPerSecond []float64, handleSeconds float64, agents int) ([]float64, error) {
	total := Demand{HandleSeconds: handleSeconds}
	for i, rate := range arrivalsPerSecond {
		if !(rate >= 0) || math.IsInf(rate, 0) {
			return nil, fmt.Errorf("%w: class %d has %v arrivals per second: expected 0 or above", ErrInput, i+1, rate)
		}
		total.ArrivalsPerSecond += rate
	}
	if err := total.check(ModelC); err != nil {
		return nil, err
	}
	n := float64(agents)
	if agents < 1 || agents > MaxAgents || total.Erlangs() >= n {
		return nil, fmt.Errorf("%w: %d agents for %g Erlangs: expected more agents than Erlangs, at most %d", ErrInput, agents, total.Erlangs(), MaxAgents)
	}
	base := Waiting(total.Erlangs(), agents) * handleSeconds / n
	waits := make([]float64, len(arrivalsPerSecond))
	above, used := 1.0, 0.0
	for i, rate := range arrivalsPerSecond {
		used += rate * handleSeconds / n
		waits[i] = base / (above * (1 - used))
		above = 1 - used
	}
	return waits, nil
}
