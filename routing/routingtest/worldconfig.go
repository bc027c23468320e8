package routingtest

import (
	"fmt"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/hours"
)

// randomConfig is small, so that agents and contacts meet, and uses every
// feature. Queues overflow only towards higher numbers and direct contacts only
// to the outside, so that nothing goes round.
func (w *World) randomConfig() routing.Config {
	w.version++
	cfg := routing.Config{Version: w.version, BreakReasons: []string{"lunch"}}
	if w.chance(70) {
		cfg.BreakReasons = append(cfg.BreakReasons, "coffee")
	}
	for i := range 4 {
		if w.chance(90) {
			cfg.Skills = append(cfg.Skills, routing.SkillID(fmt.Sprintf("s%d", i)))
		}
	}
	if len(cfg.Skills) == 0 {
		cfg.Skills = []routing.SkillID{"s0"}
	}
	w.Config.Skills = cfg.Skills
	cfg.Hours = []routing.Hours{{Name: "spells", Config: spells()}}
	agents := []int{0}
	for i := 1; i < 8; i++ {
		if w.chance(70) {
			agents = append(agents, i)
		}
	}
	var queues []int
	for i := range 4 {
		if i == 0 || w.chance(60) {
			queues = append(queues, i)
		}
	}
	for at, i := range queues {
		cfg.Queues = append(cfg.Queues, w.randomQueue(i, queues[at+1:]))
	}
	cfg.Direct = w.randomDirect()
	cfg.Profiles = w.randomProfiles(queues)
	w.Config.Profiles = cfg.Profiles
	for _, i := range agents {
		cfg.Agents = append(cfg.Agents, w.randomAgent(i))
	}
	if w.chance(30) {
		cfg.Presence = []routing.Presence{routing.PresenceAvailable}
	}
	if w.chance(30) {
		cfg.RemovedQueue = routing.Target{Kind: routing.TargetQueue, To: "q0"}
	}
	cfg.DirectPriority = uint8(w.choose(3))
	cfg.Idle = routing.IdleRules{
		Outbound: w.chance(30), Declined: w.chance(30), TimedOut: w.chance(30), Break: w.chance(30), Presence: w.chance(30),
	}
	return cfg
}

// spells are hours that change every few minutes.
func spells() hours.Config {
	day := []string{"00:00-10:04", "10:06-10:20", "10:25-10:40", "10:41-11:50", "12:00-17:00"}
	return hours.Config{TimeZone: "UTC", Week: hours.Week{Monday: day, Tuesday: day, Wednesday: day, Thursday: day, Friday: day, Saturday: day, Sunday: day}}
}

// existing limits a plan or requirement to skills and agents that are there;
// only a queue's own must be valid, a contact's may be refused.
func (w *World) knownRequirement() routing.Requirement {
	r := w.requirement(1)
	for range 3 {
		if routingSkillsKnown(&r, w.Config.Skills) {
			return r
		}
		r = w.requirement(1)
	}
	return routing.Requirement{}
}

func routingSkillsKnown(r *routing.Requirement, skills []routing.SkillID) bool {
	if r.Op == routing.OpSkill {
		for _, s := range skills {
			if s == r.Skill {
				return true
			}
		}
		return false
	}
	for i := range r.Of {
		if !routingSkillsKnown(&r.Of[i], skills) {
			return false
		}
	}
	return true
}

func (w *World) target(later []int) routing.Target {
	switch n := w.choose(6); {
	case n < 3 && len(later) > 0:
		return routing.Target{Kind: routing.TargetQueue, To: fmt.Sprintf("q%d", later[w.choose(len(later))])}
	case n == 3:
		return routing.Target{Kind: routing.TargetPerson, To: "a0"}
	case n == 4:
		return routing.Target{Kind: routing.TargetVoicemail, To: "box"}
	}
	return routing.Target{Kind: routing.TargetFlow, To: "label"}
}

func (w *World) randomQueue(i int, later []int) routing.Queue {
	q := routing.Queue{
		ID: routing.QueueID(fmt.Sprintf("q%d", i)), Order: routing.ContactOrder(w.choose(3)), Agents: routing.AgentOrder(w.choose(5)),
	}
	if w.chance(30) {
		q.Require = w.knownRequirement()
	}
	if w.chance(50) {
		until := routing.Millis(0)
		for range w.choose(3) {
			until += w.span(15_000)
			q.Plan.Steps = append(q.Plan.Steps, routing.Step{Require: w.knownRequirement(), UntilMillis: until})
		}
	}
	if w.chance(30) {
		q.AgingMillis = w.span(10_000)
	}
	q.KeepGrace = w.chance(30)
	if q.Order == routing.OrderStrict && w.chance(60) {
		q.StarvationGuardMillis = w.span(30_000)
	}
	w.randomLine(&q, later)
	if w.chance(15) {
		q.MaxEstimateMillis, q.Overflow.Estimate = w.span(30_000), w.target(later)
	}
	return q
}

// randomLine sets what queues and direct contacts have in common.
func (w *World) randomLine(q *routing.Queue, later []int) {
	after := func() routing.AfterOffer {
		switch w.choose(4) {
		case 0:
			return routing.AfterOffer{Status: routing.StatusAvailable}
		case 1:
			return routing.AfterOffer{Status: routing.StatusBreak, BreakReason: "lunch"}
		case 2:
			return routing.AfterOffer{Status: routing.StatusNotResponding}
		}
		return routing.AfterOffer{}
	}
	q.OnTimeout, q.OnDecline, q.OnFailure = after(), after(), after()
	if w.chance(50) {
		q.OfferTimeoutMillis = w.span(15_000)
	}
	if w.chance(50) {
		q.DeclineMemoryMillis = w.span(30_000)
	}
	q.DeclineMemoryCap = uint8(w.choose(4))
	if q.WrapUp = routing.WrapUpMode(w.choose(4)); q.WrapUp == routing.WrapUpTimed || w.chance(50) {
		q.WrapUpLimitMillis = w.span(10_000)
	}
	if w.chance(20) {
		q.Hours, q.Overflow.Closed = "spells", w.target(later)
	}
	if w.chance(30) {
		q.Overflow.NoAgents = w.target(later)
	}
	if w.chance(30) {
		q.MaxLength, q.Overflow.Full = 1+w.choose(5), w.target(later)
	}
	if w.chance(40) {
		q.MaxWaitMillis, q.Overflow.Wait = w.span(60_000), w.target(later)
	}
	q.Overflow.WaitingToo = w.chance(50)
	if w.chance(25) {
		q.AnnounceEveryMillis = w.span(20_000)
	}
}

func (w *World) randomDirect() routing.Queue {
	var q routing.Queue
	w.randomLine(&q, nil)
	for _, t := range []*routing.Target{&q.Overflow.Closed, &q.Overflow.NoAgents, &q.Overflow.Full, &q.Overflow.Wait} {
		if t.Kind == routing.TargetPerson {
			t.Kind = routing.TargetVoicemail
		}
	}
	q.Order, q.Agents = routing.ContactOrder(w.choose(3)), routing.AgentOrder(w.choose(5))
	return q
}

func (w *World) randomProfiles(queues []int) []routing.Profile {
	var out []routing.Profile
	for i := range 1 + w.choose(3) {
		p := routing.Profile{ID: routing.ProfileID(fmt.Sprintf("p%d", i))}
		for _, q := range queues {
			if !w.chance(75) {
				continue
			}
			pq := routing.ProfileQueue{Queue: routing.QueueID(fmt.Sprintf("q%d", q)), Priority: uint8(w.choose(3))}
			if w.chance(25) {
				pq.DelayMillis = w.span(15_000)
			}
			p.Queues = append(p.Queues, pq)
		}
		if w.chance(60) {
			p.Capacity = []routing.ChannelCapacity{{Channel: routing.ChannelVoice, Max: 1}, {Channel: routing.ChannelChat, Max: 1 + w.choose(3)}}
			if w.chance(50) {
				p.Capacity[0].Beside = []routing.Channel{routing.ChannelChat}
			}
			if w.chance(30) {
				p.Capacity[1].Beside = []routing.Channel{routing.ChannelVoice, routing.ChannelEmail}
			}
			if w.chance(30) {
				p.MaxTotal = 1 + w.choose(3)
			}
		}
		out = append(out, p)
	}
	return out
}

func (w *World) randomAgent(i int) routing.Agent {
	a := routing.Agent{ID: routing.AgentID(fmt.Sprintf("a%d", i)), Rank: uint16(w.choose(3))}
	a.Profile = w.Config.Profiles[w.choose(len(w.Config.Profiles))].ID
	for _, skill := range w.Config.Skills {
		if w.chance(60) {
			a.Skills = append(a.Skills, routing.SkillLevel{Skill: skill, Level: uint8(1 + w.choose(3))})
		}
	}
	return a
}
