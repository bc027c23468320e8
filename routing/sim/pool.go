package sim

import (
	"math"

	"github.com/trunkline-cc/trunkline/routing"
)

// pooled is what first-come-first-served by one pooled team comes to, over the
// contacts that arrived in the measured span.
type pooled struct {
	answered int64
	wait     float64 // seconds, of the answered
}

func (p pooled) asa() *float64 { return Share{p.wait, float64(p.answered)}.Value() }

// pool serves the types of a set by all agents who can serve one of who, in
// order of arrival. It keeps what makes waiting unavoidable (arrivals, work,
// shifts, patience) and drops what a rule or a habit adds to it.
func (sc *scenario) pool(set uint64, servers []uint64, who uint64) pooled {
	fastest := 0.0
	weight := make([]int, len(sc.agents))
	for i := range sc.agents {
		if servers[i]&who != 0 || who == math.MaxUint64 {
			weight[i] = sc.capacity(i)
			fastest = math.Max(fastest, sc.crews[sc.agents[i].crew].speed)
		}
	}
	var (
		out     pooled
		cal     calendar
		waiting []Arrival
		head    int
		there   int // places of agents present
		busy    int
		duties  = make([]duty, len(sc.agents))
		roster  = sc.roster
		src     = sc.source()
		starts  = NewStream(sc.options.Seed, keyStarts)
		byStart = sc.types[0].Handle.sampler()
		limit   = sc.until.Add(dayMillis)
	)
	next := func() (Arrival, bool) {
		for {
			a, ok := src.next()
			if !ok || set>>a.Type&1 == 1 || a.At >= limit {
				return a, ok && a.At < limit
			}
		}
	}
	upcoming, more := next()
	serve := func(now routing.Time) {
		for busy < there && head < len(waiting) {
			a := waiting[head]
			head++
			if a.PatienceMillis != Forever && a.At.Add(a.PatienceMillis) <= now && a.PatienceMillis > 0 {
				continue
			}
			busy++
			work := a.HandleMillis
			if sc.options.Durations == ByStart {
				work = byStart.at(starts.Float64())
			}
			work = routing.Millis(float64(work)/fastest) + sc.held(&a)
			cal.add(happening{at: now.Add(work)})
			if a.At >= sc.from && a.At < sc.until {
				out.answered++
				out.wait += seconds(now.Sub(a.At))
			}
		}
		if head == len(waiting) {
			waiting, head = waiting[:0], 0
		}
	}
	for {
		at, kind := limit, 0
		if len(cal.heap) > 0 && cal.heap[0].at < at {
			at, kind = cal.heap[0].at, 1
		}
		if len(roster) > 0 && roster[0].at < at {
			at, kind = roster[0].at, 2
		}
		if more && upcoming.At < at {
			at, kind = upcoming.At, 3
		}
		switch kind {
		case 0:
			return out
		case 1:
			cal.pop()
			busy--
		case 2:
			e := roster[0]
			roster = roster[1:]
			d := &duties[e.agent]
			if d.wants() == routing.StatusAvailable {
				there -= weight[e.agent]
			}
			d.apply(e.change)
			if d.wants() == routing.StatusAvailable {
				there += weight[e.agent]
			}
		case 3:
			waiting = append(waiting, upcoming)
			upcoming, more = next()
		}
		serve(at)
	}
}

// held returns how long the after-work of a contact keeps its agent.
func (sc *scenario) held(a *Arrival) routing.Millis {
	switch rules := &sc.rules[a.Type]; rules.wrapUp {
	case routing.WrapUpTimed:
		return min(a.WrapUpMillis, rules.wrapLimit)
	case routing.WrapUpForced:
		return a.WrapUpMillis
	default:
		return 0
	}
}

// capacity returns how many contacts an agent can have in hand at once: the
// most that any channel allows, which is no less than routing lets him have
// unless channels mix, when it is their sum.
func (sc *scenario) capacity(agent int) int {
	for i := range sc.cfg.Profiles {
		p := &sc.cfg.Profiles[i]
		if p.ID != sc.cfg.Agents[agent].Profile {
			continue
		}
		most, sum, mix := 0, 0, false
		for _, c := range p.Capacity {
			most, sum, mix = max(most, c.Max), sum+c.Max, mix || len(c.Beside) > 0
		}
		if mix {
			most = sum
		}
		if p.MaxTotal > 0 {
			most = min(most, p.MaxTotal)
		}
		return max(most, 1)
	}
	return 1
}
