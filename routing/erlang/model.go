package erlang

import (
	"errors"
	"fmt"
	"math"
)

// Model says what becomes of a contact that finds nobody free.
type Model string

// The models; see the package comment.
const (
	ModelB Model = "b" // blocked
	ModelC Model = "c" // waits for ever
	ModelA Model = "a" // waits until its patience ends
)

// ErrInput marks an input that is out of range; the message names it.
var ErrInput = errors.New("erlang")

// MaxAgents is the largest number of agents computed with.
const MaxAgents = 10_000_000

// Demand is what arrives. All its numbers are finite.
type Demand struct {
	// ArrivalsPerSecond is the mean rate of contacts, above 0.
	ArrivalsPerSecond float64
	// HandleSeconds is the mean time that a contact keeps an agent, after-work
	// included, above 0.
	HandleSeconds float64
	// PatienceSeconds is the mean time a contact waits before it gives up,
	// above 0. Only [ModelA] reads it.
	PatienceSeconds float64
}

// Erlangs returns the offered load: the mean number of agents at work if
// nobody were ever turned away.
func (d Demand) Erlangs() float64 { return d.ArrivalsPerSecond * d.HandleSeconds }

// check returns what is wrong for a model, or nil.
func (d Demand) check(m Model) error {
	positive := []struct {
		name  string
		value float64
	}{
		{"arrivals per second", d.ArrivalsPerSecond},
		{"handling time in seconds", d.HandleSeconds},
		{"load in Erlangs", d.Erlangs()},
		{"patience in seconds", d.PatienceSeconds},
	}
	switch m {
	case ModelA:
	case ModelB, ModelC:
		positive = positive[:3]
	default:
		return fmt.Errorf("%w: model %q: expected b, c or a", ErrInput, m)
	}
	for _, p := range positive {
		if !(p.value > 0) || math.IsInf(p.value, 0) {
			return fmt.Errorf("%w: %s is %v: expected a number above 0", ErrInput, p.name, p.value)
		}
	}
	if d.Erlangs() > 100*MaxAgents {
		return fmt.Errorf("%w: %g Erlangs: expected at most %g", ErrInput, d.Erlangs(), 100.0*MaxAgents)
	}
	return nil
}

// Figures describe the steady state. A figure that the model does not define,
// or that does not exist because the queue grows without end, is nil.
type Figures struct {
	// Blocking is the share of contacts turned away (B).
	Blocking *float64
	// WaitProbability is the share of contacts that find nobody free and wait
	// (C, A); 1 if the queue grows without end.
	WaitProbability *float64
	// ASASeconds is the mean wait of those that are answered (C, A).
	ASASeconds *float64
	// MeanWaitSeconds is the mean wait of all contacts, those that give up
	// included (C, A).
	MeanWaitSeconds *float64
	// ServiceLevel is the share of all contacts answered within the target
	// (C, A): the variant "negative_abandon".
	ServiceLevel *float64
	// AbandonProbability is the share of contacts that give up (A).
	AbandonProbability *float64
	// AbandonedWithin is the share of contacts that give up within the target
	// (A).
	AbandonedWithin *float64
	// Occupancy is the share of their time that agents are at work.
	Occupancy *float64
}

// Evaluate returns the figures of a model for a number of agents, 1 to
// [MaxAgents], and a target wait in seconds, 0 or above. Its error is an
// [ErrInput]. ModelC with less agents than the load has WaitProbability and
// Occupancy 1, ServiceLevel 0, and no mean wait.
func Evaluate(m Model, d Demand, agents int, targetSeconds float64) (Figures, error) {
	if err := d.check(m); err != nil {
		return Figures{}, err
	}
	if agents < 1 || agents > MaxAgents {
		return Figures{}, fmt.Errorf("%w: %d agents: expected 1 to %d", ErrInput, agents, MaxAgents)
	}
	if !(targetSeconds >= 0) || math.IsInf(targetSeconds, 0) {
		return Figures{}, fmt.Errorf("%w: target of %v seconds: expected 0 or above", ErrInput, targetSeconds)
	}
	switch m {
	case ModelB:
		return loss(d, agents), nil
	case ModelC:
		return delay(d, agents, targetSeconds), nil
	default:
		return abandonment(d, agents, targetSeconds), nil
	}
}

// loss computes model B.
func loss(d Demand, agents int) Figures {
	load := d.Erlangs()
	blocked, before := blocking(load, agents)
	return Figures{Blocking: &blocked, Occupancy: ptr(load / (float64(agents) + load*before))}
}

// delay computes model C.
func delay(d Demand, agents int, targetSeconds float64) Figures {
	load, n := d.Erlangs(), float64(agents)
	wait := Waiting(load, agents)
	if load >= n {
		return Figures{WaitProbability: &wait, ServiceLevel: ptr(0.0), Occupancy: ptr(1.0)}
	}
	asa := wait * d.HandleSeconds / (n - load)
	return Figures{
		WaitProbability: &wait,
		ASASeconds:      &asa,
		MeanWaitSeconds: ptr(asa),
		ServiceLevel:    ptr(1 - wait*math.Exp(-(n-load)*targetSeconds/d.HandleSeconds)),
		Occupancy:       ptr(load / n),
	}
}

func ptr(v float64) *float64 { return &v }
