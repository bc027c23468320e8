package routing_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/routingtest"
)

// scene is a large pool in overload: every agent is on a contact and a queue
// stands before them.
type scene struct {
	rng     *rand.Rand
	cfg     routing.Config
	plans   []*routing.Plan
	agents  []routing.AgentID
	ids     []routing.ContactID
	now     routing.Time
	fresh   []int32 // contact numbers not in use
	waiting []int32
	place   []int32 // of a contact in waiting
	held    []int32 // contact of each agent, -1: none
	holder  []int32 // agent of each contact that was offered
	number  map[routing.AgentID]int32
	accepts []routing.Event
	wakeAt  routing.Time

	events, movers int
	hash           uint64
}

const (
	benchAgents = 10_000
	benchSkills = 200
)

// newScene makes a configuration: 200 skills of Zipf-like popularity, agents
// with 5 to 15 of them in the given number of different profiles of skills, and
// requirements of 1 to 3 skills that some agent meets. A tenth of the contacts
// ask for one level less after a while.
func newScene(profiles, classes, waiting int) *scene {
	sc := &scene{rng: rand.New(rand.NewPCG(7, 11)), now: routingtest.Start, number: map[routing.AgentID]int32{}}
	cfg := &sc.cfg
	for i := range benchSkills {
		cfg.Skills = append(cfg.Skills, routing.SkillID("skill-"+strconv.Itoa(i)))
	}
	cfg.Queues = []routing.Queue{{ID: "main"}}
	cfg.Profiles = []routing.Profile{{ID: "all", Queues: []routing.ProfileQueue{{Queue: "main"}}}}
	zipf := rand.NewZipf(sc.rng, 1.1, 8, benchSkills-1)
	sets := make([][]routing.SkillLevel, profiles)
	for i := range sets {
		have := map[uint64]bool{}
		for n := 5 + sc.rng.IntN(11); len(sets[i]) < n; {
			skill := zipf.Uint64()
			if !have[skill] {
				have[skill] = true
				sets[i] = append(sets[i], routing.SkillLevel{Skill: cfg.Skills[skill], Level: uint8(1 + sc.rng.IntN(5))})
			}
		}
	}
	for i := range benchAgents {
		id := routing.AgentID(fmt.Sprintf("agent-%05d", i))
		sc.agents = append(sc.agents, id)
		sc.number[id] = int32(i)
		sc.held = append(sc.held, -1)
		cfg.Agents = append(cfg.Agents, routing.Agent{ID: id, Profile: "all", Skills: sets[i%profiles]})
	}
	for range classes {
		set := sets[sc.rng.IntN(profiles)]
		var first, second []routing.Requirement
		at := sc.rng.Perm(len(set))[:1+sc.rng.IntN(3)]
		for _, j := range at {
			level := uint8(1 + sc.rng.IntN(int(set[j].Level)))
			first = append(first, routing.Need(set[j].Skill, level))
			second = append(second, routing.Need(set[j].Skill, max(1, level-1)))
		}
		p := &routing.Plan{Steps: []routing.Step{{Require: routing.All(first...)}}}
		if sc.rng.IntN(10) == 0 {
			p.Steps[0].UntilMillis = routing.Millis(20_000 + sc.rng.IntN(600_000))
			p.Steps = append(p.Steps, routing.Step{Require: routing.All(second...)})
		}
		sc.plans = append(sc.plans, p)
	}
	for i := range waiting + 4*benchAgents {
		sc.ids = append(sc.ids, routing.ContactID(fmt.Sprintf("c%08d", i)))
		sc.fresh = append(sc.fresh, int32(i))
		sc.place = append(sc.place, -1)
		sc.holder = append(sc.holder, -1)
	}
	return sc
}

func contactNumber(id routing.ContactID) int32 {
	n := int32(0)
	for i := 1; i < len(id); i++ {
		n = n*10 + int32(id[i]-'0')
	}
	return n
}

// router is what a scene drives.
type router interface {
	Step(now routing.Time, ev routing.Event) []routing.Effect
}

func (sc *scene) do(r router, ev routing.Event) {
	sc.events++
	if ev.Kind != routing.EventOfferAccepted {
		sc.movers++
	}
	if sc.wakeAt <= sc.now {
		sc.wakeAt = 0
	}
	effects := r.Step(sc.now, ev)
	for i := range effects {
		e := &effects[i]
		sc.hash = fold(sc.hash, e)
		switch e.Kind {
		case routing.EffectOffer:
			sc.leaveLine(contactNumber(e.Contact))
			sc.accepts = append(sc.accepts, routing.Event{Kind: routing.EventOfferAccepted, Contact: e.Contact, Offer: e.Offer})
			a, n := sc.number[e.Agent], contactNumber(e.Contact)
			sc.held[a], sc.holder[n] = n, a
		case routing.EffectContactLeft:
			n := contactNumber(e.Contact)
			sc.leaveLine(n)
			sc.fresh = append(sc.fresh, n)
		case routing.EffectWakeAt:
			sc.wakeAt = e.At
		case routing.EffectRefused:
			panic(e.Detail)
		}
	}
}

// fold takes what an effect decides into a running hash.
func fold(h uint64, e *routing.Effect) uint64 {
	h = (h ^ uint64(e.Kind)) * 1099511628211
	h = (h ^ uint64(e.Offer)) * 1099511628211
	h = (h ^ uint64(e.At)) * 1099511628211
	if n := len(e.Contact); n >= 8 {
		h = (h ^ uint64(contactNumber(e.Contact))) * 1099511628211
	}
	if n := len(e.Agent); n > 0 {
		h = (h ^ uint64(e.Agent[n-1]) ^ uint64(e.Agent[n-2])<<8 ^ uint64(e.Agent[n-3])<<16) * 1099511628211
	}
	if d := e.Decision; d != nil {
		for _, n := range d.Counts {
			h = (h ^ uint64(n)) * 1099511628211
		}
		h = (h ^ uint64(d.Key)) * 1099511628211
	}
	return h
}

func (sc *scene) leaveLine(n int32) {
	if at := sc.place[n]; at >= 0 {
		last := sc.waiting[len(sc.waiting)-1]
		sc.waiting[at] = last
		sc.place[last] = at
		sc.waiting = sc.waiting[:len(sc.waiting)-1]
		sc.place[n] = -1
	}
}

func (sc *scene) take() int32 {
	n := sc.fresh[0]
	sc.fresh = sc.fresh[1:]
	return n
}

func (sc *scene) enqueueEvent() routing.Event {
	n := sc.take()
	sc.place[n] = int32(len(sc.waiting))
	sc.waiting = append(sc.waiting, n)
	return routing.Event{
		Kind: routing.EventContactEnqueued, Contact: sc.ids[n], Queue: "main", Priority: int16(sc.rng.IntN(3)),
		Plan: sc.plans[sc.rng.IntN(len(sc.plans))],
	}
}

// fill signs everybody in, gives each a contact and puts a queue before them.
func (sc *scene) fill(r router, twin *routingtest.Twin, waiting int) {
	for i, id := range sc.agents {
		n := sc.take()
		sc.held[i] = n
		if twin != nil {
			twin.Busy(id, sc.ids[n])
			continue
		}
		sc.do(r, routing.Event{Kind: routing.EventAgentSignedIn, Agent: id, Status: routing.StatusAvailable})
		sc.do(r, routing.Event{Kind: routing.EventContactStarted, Contact: sc.ids[n], Agent: id})
	}
	for range waiting {
		ev := sc.enqueueEvent()
		if twin != nil {
			twin.Wait(ev)
			continue
		}
		sc.do(r, ev)
	}
}

// next does one event of the mix: of four hundred movers 48 % are arrivals, 44 %
// ends of contacts, 4 % customers giving up and 4 % ticks at the instant asked
// for; each offer is then accepted by an event of its own, of which one in
// fifty is declined instead.
func (sc *scene) next(r router) {
	if n := len(sc.accepts); n > 0 {
		ev := sc.accepts[n-1]
		sc.accepts = sc.accepts[:n-1]
		if sc.rng.IntN(50) == 0 {
			ev.Kind = routing.EventOfferDeclined
			n := contactNumber(ev.Contact)
			sc.held[sc.holder[n]] = -1
			sc.place[n] = int32(len(sc.waiting))
			sc.waiting = append(sc.waiting, n)
		}
		sc.do(r, ev)
		return
	}
	sc.now += routing.Time(sc.rng.IntN(27)) // 33 ends of contacts a second
	switch p := sc.rng.IntN(100); {
	case p < 48 && len(sc.fresh) > 2*benchAgents:
		sc.do(r, sc.enqueueEvent())
	case p < 92:
		a := sc.rng.IntN(benchAgents)
		for sc.held[a] < 0 {
			a = sc.rng.IntN(benchAgents)
		}
		n := sc.held[a]
		sc.held[a] = -1
		sc.do(r, routing.Event{Kind: routing.EventContactFinished, Contact: sc.ids[n]})
	case p < 96 && len(sc.waiting) > 0:
		sc.do(r, routing.Event{Kind: routing.EventContactAbandoned, Contact: sc.ids[sc.waiting[sc.rng.IntN(len(sc.waiting))]]})
	default:
		if sc.wakeAt > sc.now {
			sc.now = min(sc.wakeAt, sc.now+1000)
		}
		sc.do(r, routing.Event{Kind: routing.EventTick})
	}
}
