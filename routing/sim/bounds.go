package sim

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/erlang"
)

// BoundKind says what a bound promises.
type BoundKind string

const (
	// BoundPath: over all arrivals of a run no rule whatever has a smaller total
	// wait than the pooled team, with the k-th handling time of one list given
	// to the k-th start (J. Kiefer, J. Wolfowitz, "On the theory of queues with
	// many servers", Transactions of the AMS 78 (1955), whose recursion grows
	// with each start). Sets of types are still bounds in mean only.
	BoundPath BoundKind = "path"
	// BoundMean: with handling times tied to contacts, no rule that does not
	// look at them has a smaller mean wait, in expectation; holds if they are
	// alike for all types. A rule that favours short types can be better.
	BoundMean BoundKind = "mean"
	// BoundReference: contacts give up, overflow, or differ in length by type.
	// The figure is what one pooled team would do, and no bound.
	BoundReference BoundKind = "reference"
)

// Bounds compare the waits measured with what is possible at all.
type Bounds struct {
	Kind BoundKind `json:"kind"`
	// PooledASASeconds is the mean wait if every agent could do everything and
	// contacts were served in order of arrival.
	PooledASASeconds *float64 `json:"pooled_asa_s"`
	// CutASASeconds is the sharper bound of sets of types: each set waits at
	// least as long as with all agents to itself who can serve any of it.
	CutASASeconds *float64 `json:"cut_asa_s"`
	// PooledGap and CutGap are (measured - bound) / bound; nil if the bound is 0.
	PooledGap *float64 `json:"pooled_gap"`
	CutGap    *float64 `json:"cut_gap"`
	// ErlangASASeconds is the pooled steady state by formula, where rates are
	// constant, agents always there and all times exponential; else nil.
	ErlangASASeconds *float64    `json:"erlang_asa_s"`
	Types            []TypeBound `json:"types"`
}

// TypeBound is the cut bound of one type alone.
type TypeBound struct {
	Name       string   `json:"name"`
	ASASeconds *float64 `json:"asa_s"`
	Gap        *float64 `json:"gap"`
}

// maxBoundTypes is up to how many types there are bounds: a set of them is a
// word of bits.
const maxBoundTypes = 63

// maxCutTypes is up to how many types every set of types is tried.
const maxCutTypes = 6

// bounds runs the pooled models on the arrivals of the run; nil if there are
// too many types.
func (r *run) bounds(ctx context.Context, rep *Report) (*Bounds, error) {
	sc := r.sc
	b := &Bounds{Kind: r.boundKind(rep)}
	n := len(sc.types)
	if n > maxBoundTypes {
		return nil, nil
	}
	everything := uint64(1)<<n - 1
	servers := make([]uint64, len(sc.agents)) // types that an agent can serve
	for t := range sc.types {
		for a := range sc.agents {
			if sc.serves(a, t) {
				servers[a] |= 1 << t
			}
		}
	}
	total := map[uint64]pooled{} // by set of types
	pool := func(set, who uint64) (pooled, error) {
		if err := ctx.Err(); err != nil {
			return pooled{}, fmt.Errorf("simulation: %w", err)
		}
		return sc.pool(set, servers, who), nil
	}
	whole, err := pool(everything, math.MaxUint64)
	if err != nil {
		return nil, err
	}
	b.PooledASASeconds = whole.asa()
	sets := make([]uint64, 0, 1<<min(n, maxCutTypes))
	if n <= maxCutTypes {
		for set := uint64(1); set <= everything; set++ {
			sets = append(sets, set)
		}
	} else {
		for t := range n {
			sets = append(sets, 1<<t)
		}
		sets = append(sets, everything)
	}
	for _, set := range sets {
		if total[set], err = pool(set, set); err != nil {
			return nil, err
		}
	}
	for t := range sc.types {
		asa := total[1<<t].asa()
		b.Types = append(b.Types, TypeBound{Name: sc.types[t].Name, ASASeconds: asa, Gap: gap(rep.Types[t].ASASeconds, asa)})
	}
	if whole.answered > 0 {
		asa := math.Max(bestPartition(total, everything, n), whole.wait) / float64(whole.answered)
		b.CutASASeconds = &asa
	}
	b.PooledGap, b.CutGap = gap(rep.Total.ASASeconds, b.PooledASASeconds), gap(rep.Total.ASASeconds, b.CutASASeconds)
	b.ErlangASASeconds = sc.erlangASA()
	return b, nil
}

// bestPartition returns the largest total wait that disjoint sets of types add
// up to: each waits at least its own bound, whatever the others do.
func bestPartition(total map[uint64]pooled, everything uint64, n int) float64 {
	if n > maxCutTypes {
		sum := 0.0
		for t := range n {
			sum += total[1<<t].wait
		}
		return math.Max(sum, total[everything].wait)
	}
	best := make([]float64, everything+1)
	for set := uint64(1); set <= everything; set++ {
		for part := set; part > 0; part = (part - 1) & set {
			if part>>bits.TrailingZeros64(set)&1 == 1 { // the part that holds the first type
				best[set] = math.Max(best[set], total[part].wait+best[set&^part])
			}
		}
	}
	return best[everything]
}

func gap(measured Estimate, bound *float64) *float64 {
	if measured.Value == nil || bound == nil || *bound == 0 {
		return nil
	}
	v := (*measured.Value - *bound) / *bound
	return &v
}

// boundKind says what the bounds of this run are worth.
func (r *run) boundKind(rep *Report) BoundKind {
	sc := r.sc
	if rep.Total.Abandoned+rep.Total.Overflowed+rep.Total.TurnedAway+rep.Total.Unfinished > 0 {
		return BoundReference
	}
	for i := range sc.crews {
		if sc.crews[i].speed != 1 {
			return BoundReference
		}
	}
	if sc.options.Durations == ByStart {
		return BoundPath
	}
	if sc.options.Trace != nil && len(sc.types) > 1 {
		return BoundReference // whose types may differ
	}
	for i := range sc.types {
		first, t := &sc.types[0], &sc.types[i]
		if first.Handle.Mean() != t.Handle.Mean() || (first.WrapUp == nil) != (t.WrapUp == nil) || t.WrapUp != nil && first.WrapUp.Mean() != t.WrapUp.Mean() {
			return BoundReference
		}
	}
	return BoundMean
}

// serves tells whether an agent can ever get contacts of a type: the queue's
// own requirement, to which all others relax.
func (sc *scenario) serves(agent, t int) bool {
	a := &sc.cfg.Agents[agent]
	for i := range sc.cfg.Profiles {
		p := &sc.cfg.Profiles[i]
		if p.ID != a.Profile {
			continue
		}
		for _, q := range p.Queues {
			if q.Queue == sc.types[t].Queue {
				return sc.rules[t].require.MetBy(func(skill routing.SkillID) uint8 {
					for _, s := range a.Skills {
						if s.Skill == skill {
							return s.Level
						}
					}
					return 0
				})
			}
		}
	}
	return false
}

// erlangASA returns the pooled mean wait of the steady state, if the workload
// has one that a formula knows.
func (sc *scenario) erlangASA() *float64 {
	d := erlang.Demand{}
	patient, work := 0, 0.0
	for i := range sc.types {
		t := &sc.types[i]
		if sc.options.Trace != nil || t.PerHour == 0 || t.Handle.Shape != Exponential || t.WrapUp != nil || t.Handle.MeanSeconds != sc.types[0].Handle.MeanSeconds {
			return nil
		}
		d.ArrivalsPerSecond += t.PerHour / 3600
		work += t.PerHour / 3600 * t.Handle.MeanSeconds
		if t.Patience == nil {
			patient++
		} else if t.Patience.Shape != Exponential || sc.types[0].Patience == nil || t.Patience.MeanSeconds != sc.types[0].Patience.MeanSeconds {
			return nil
		}
	}
	for i := range sc.agents {
		if c := &sc.crews[sc.agents[i].crew]; !c.always || c.speed != 1 || sc.capacity(i) != 1 || len(sc.workload.Outages) > 0 {
			return nil
		}
	}
	d.HandleSeconds = work / d.ArrivalsPerSecond
	model := erlang.ModelC
	switch patient {
	case len(sc.types):
	case 0:
		model, d.PatienceSeconds = erlang.ModelA, sc.types[0].Patience.MeanSeconds
	default:
		return nil
	}
	f, err := erlang.Evaluate(model, d, len(sc.agents), 0)
	if err != nil {
		return nil
	}
	return f.ASASeconds
}
