package routingtest

import (
	"cmp"
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

// place is where a contact stands in its queue: first by tier, then by time.
type place struct{ tier, at int64 }

const (
	tierWidth = 1 << 45 // how one number holds both: see routing.Decision.Key
	guardTier = -2048
)

func (t *Twin) place(c *contact) place {
	p := place{at: int64(c.enqueued) - int64(c.credit)}
	if c.queue == nil {
		return p
	}
	switch q := c.queue; q.Order {
	case routing.OrderAging:
		p.at -= int64(c.priority) * int64(q.AgingMillis)
	case routing.OrderStrict:
		p.tier = -int64(c.priority)
		if g := q.StarvationGuardMillis; g > 0 && c.settled.Sub(c.enqueued) >= g {
			p.tier = guardTier
		}
	}
	return p
}

func (p place) key() int64 { return p.tier*tierWidth + p.at }

// inLine orders contacts by tier, then time, then entry. Tiers of queues of
// another order count as 0 with times far inside a tier's width.
func (t *Twin) inLine(a, b *contact) int {
	pa, pb := t.place(a), t.place(b)
	return cmp.Or(cmp.Compare(pa.tier, pb.tier), cmp.Compare(pa.at, pb.at), cmp.Compare(a.seq, b.seq))
}

func (a *agent) level(skill routing.SkillID) uint8 {
	for _, sl := range a.cfg.Skills {
		if sl.Skill == skill {
			return sl.Level
		}
	}
	return 0
}

// levels is level as far as the skill still exists.
func (t *Twin) levels(a *agent) func(routing.SkillID) uint8 {
	return func(skill routing.SkillID) uint8 {
		if !slices.Contains(t.cfg.Skills, skill) {
			return 0
		}
		return a.level(skill)
	}
}

func (t *Twin) profileQueue(a *agent, q *queue) *routing.ProfileQueue {
	for i := range a.profile.Queues {
		if t.queue(a.profile.Queues[i].Queue) == q {
			return &a.profile.Queues[i]
		}
	}
	return nil
}

// delays are the different delays that profiles have for a queue.
func (t *Twin) delays(q *queue) []routing.Millis {
	var all []routing.Millis
	for _, p := range t.cfg.Profiles {
		for _, pq := range p.Queues {
			if pq.Queue == q.ID && q != t.queues[0] && pq.DelayMillis > 0 && !slices.Contains(all, pq.DelayMillis) {
				all = append(all, pq.DelayMillis)
			}
		}
	}
	slices.Sort(all)
	return all
}

// ready is the first test that an agent fails towards everybody.
func (t *Twin) ready(a *agent) routing.Test {
	switch {
	case a.status == routing.StatusOffline:
		return routing.TestSignedIn
	case a.status != routing.StatusAvailable || a.wish != nil:
		return routing.TestAvailable
	case !t.offerable(a.presence):
		return routing.TestPresence
	}
	return routing.TestPassed
}

func (t *Twin) channelCapacity(a *agent, ch routing.Channel) (limit int, beside []routing.Channel) {
	for _, c := range a.profile.Capacity {
		if c.Channel == ch {
			limit, beside = c.Max, c.Beside
		}
	}
	if own, ok := a.own[ch]; ok {
		limit = own
	}
	return limit, beside
}

func (a *agent) load() int {
	n := 0
	for _, w := range a.work {
		if w.holds {
			n++
		}
	}
	return n
}

func (t *Twin) room(a *agent, ch routing.Channel) bool {
	limit, beside := t.channelCapacity(a, ch)
	same := 0
	for _, w := range a.work {
		switch {
		case !w.holds:
		case w.channel == ch:
			same++
		case !slices.Contains(beside, w.channel):
			return false
		}
	}
	return same < limit && (a.profile.MaxTotal == 0 || a.load() < a.profile.MaxTotal)
}

func (c *contact) remembers(a *agent) bool {
	return slices.ContainsFunc(c.memory, func(m memory) bool { return m.agent == a })
}

// test finds the first test that a pair fails.
func (t *Twin) test(a *agent, c *contact) routing.Test {
	if people := t.people(c); len(people) > 0 {
		if !slices.Contains(people, a.cfg.ID) {
			return routing.TestPerson
		}
	} else {
		pq := t.profileQueue(a, c.queue)
		if pq == nil {
			return routing.TestQueue
		}
		// Which delays have passed was looked at when the contact was settled.
		if passed := t.delays(c.queue)[:c.stage]; pq.DelayMillis > 0 && !slices.Contains(passed, pq.DelayMillis) {
			return routing.TestDelay
		}
		if !c.queue.Require.MetBy(t.levels(a)) {
			return routing.TestSkill
		}
	}
	switch {
	case !t.requirement(c).MetBy(t.levels(a)):
		return routing.TestSkill
	case t.ready(a) != routing.TestPassed:
		return t.ready(a)
	case !t.room(a, c.channel):
		return routing.TestRoom
	case c.remembers(a):
		return routing.TestDeclined
	}
	return routing.TestPassed
}

// proficiency adds up the levels of all skills wanted, each once.
func (t *Twin) proficiency(a *agent, c *contact) int {
	var skills []routing.SkillID
	var walk func(r *routing.Requirement)
	walk = func(r *routing.Requirement) {
		switch r.Op {
		case routing.OpSkill:
			if !slices.Contains(skills, r.Skill) {
				skills = append(skills, r.Skill)
			}
		case routing.OpAll, routing.OpAny:
			for i := range r.Of {
				walk(&r.Of[i])
			}
		}
	}
	walk(&c.queue.Require)
	walk(t.requirement(c))
	sum := 0
	for _, skill := range skills {
		sum += int(t.levels(a)(skill))
	}
	return sum
}

// better tells whether agent a comes before b for a contact.
func (t *Twin) better(c *contact, a, b *agent) bool {
	idle := cmp.Compare(a.idle, b.idle)
	switch c.queue.Agents {
	case routing.LeastOccupied:
		return cmp.Or(cmp.Compare(a.load(), b.load()), idle) < 0
	case routing.MostProficient:
		return cmp.Or(cmp.Compare(t.proficiency(b, c), t.proficiency(a, c)), idle) < 0
	case routing.RoundRobin:
		return a.round < b.round
	case routing.ExplicitOrder:
		return cmp.Or(cmp.Compare(a.cfg.Rank, b.cfg.Rank), idle) < 0
	}
	return idle < 0
}

// seekAgent looks at every agent for a contact that is out of line.
func (t *Twin) seekAgent(c *contact, trigger routing.Trigger) bool {
	d := &routing.Decision{
		Trigger: trigger, Contact: c.id, Queue: c.queue.ID, ContactOrder: c.queue.Order, AgentOrder: c.queue.Agents,
		Step: int8(c.step), Key: t.place(c).key(),
	}
	var best *agent
	exemplary := func(a *agent, test routing.Test) {
		if d.NumExamples < routing.MaxExamples {
			d.Examples[d.NumExamples] = routing.Example{Agent: a.cfg.ID, Test: test}
			d.NumExamples++
		}
	}
	for _, a := range t.agents {
		if !a.configured {
			continue
		}
		test := t.test(a, c)
		d.Counts[test]++
		if test == routing.TestPassed && (best == nil || t.better(c, a, best)) {
			best = a
		}
		if len(t.people(c)) == 0 && test != routing.TestQueue && test != routing.TestDelay && test != routing.TestSkill {
			exemplary(a, test)
		}
	}
	for i, id := range t.people(c) {
		if a := t.agent(id); a != nil && !slices.Contains(t.people(c)[:i], id) {
			exemplary(a, t.test(a, c))
		}
	}
	t.emit(routing.Effect{Kind: routing.EffectDecision, Decision: d})
	if best == nil {
		d.Outcome = routing.OutcomeNobody
		return false
	}
	d.Outcome, d.Agent = routing.OutcomeOffered, best.cfg.ID
	t.offer(c, best)
	return true
}

// seekContacts looks at every waiting contact for an agent, as long as he has
// room and gets some.
func (t *Twin) seekContacts(a *agent, trigger routing.Trigger) {
	for quiet := trigger == routing.TriggerConfig; ; quiet = true {
		if !a.configured || t.ready(a) != routing.TestPassed || t.Waiting() == 0 || !t.roomAtAll(a) {
			return
		}
		d := &routing.Decision{Trigger: trigger, Outcome: routing.OutcomeIdle, ByAgent: true, Agent: a.cfg.ID}
		var best *contact
		for _, c := range t.contacts {
			if c.phase != waiting {
				continue
			}
			test := t.test(a, c)
			d.Counts[test]++
			if test == routing.TestPassed && (best == nil || cmp.Or(cmp.Compare(t.rank(a, c), t.rank(a, best)), t.inLine(c, best)) < 0) {
				best = c
			}
		}
		if best == nil {
			if !quiet {
				t.emit(routing.Effect{Kind: routing.EffectDecision, Decision: d})
			}
			return
		}
		q := best.queue
		d.Outcome, d.Contact, d.Queue, d.ContactOrder, d.AgentOrder = routing.OutcomeOffered, best.id, q.ID, q.Order, q.Agents
		d.Step, d.Key = int8(best.step), t.place(best).key()
		t.emit(routing.Effect{Kind: routing.EffectDecision, Decision: d})
		q.moves++
		q.mean += (int64(t.now.Sub(q.last))*256 - q.mean) / int64(min(q.moves, 16))
		q.last = t.now
		t.offer(best, a)
	}
}

func (t *Twin) roomAtAll(a *agent) bool {
	for ch := routing.ChannelVoice; ch <= routing.ChannelOther; ch++ {
		if t.room(a, ch) {
			return true
		}
	}
	return false
}

// rank is the priority of the contact's queue in the agent's eyes.
func (t *Twin) rank(a *agent, c *contact) uint8 {
	if pq := t.profileQueue(a, c.queue); pq != nil {
		return pq.Priority
	}
	return t.cfg.DirectPriority
}
