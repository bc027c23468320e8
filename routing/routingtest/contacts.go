package routingtest

import (
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

func (t *Twin) enqueue(ev *routing.Event) bool {
	if !t.newContact(ev) || ev.Priority < routing.MinPriority || ev.Priority > routing.MaxPriority ||
		ev.CreditMillis < 0 || ev.CreditMillis > routing.MaxCreditMillis || ev.EnqueuedAt < 0 || (ev.Queue == "") == (ev.Person == "") {
		return false
	}
	c := &contact{id: ev.Contact, channel: ev.Channel, priority: ev.Priority, enqueued: t.now, credit: ev.CreditMillis, announce: t.now}
	if ev.EnqueuedAt != 0 {
		c.enqueued = min(t.now, ev.EnqueuedAt)
	}
	if ev.Person != "" {
		if t.agent(ev.Person) == nil || ev.Plan != nil {
			return false
		}
		c.queue, c.person = t.queues[0], ev.Person
	} else {
		c.queue = t.queue(ev.Queue)
		if c.queue == nil || !t.validPlan(ev.Plan) {
			return false
		}
		t.setPlan(c, ev.Plan)
	}
	t.add(c)
	t.enter(c, routing.TriggerEnqueued)
	return true
}

func (t *Twin) add(c *contact) {
	t.lastSeq++
	c.seq = t.lastSeq
	c.phase = unsettled
	t.contacts = append(t.contacts, c)
}

func (t *Twin) newContact(ev *routing.Event) bool {
	return ev.Contact != "" && len(ev.Contact) <= routing.MaxIDBytes && t.contact(ev.Contact) == nil && ev.Channel <= routing.ChannelOther
}

// validPlan leaves the details to the configuration's own check: a plan is
// valid if a queue could have it.
func (t *Twin) validPlan(p *routing.Plan) bool {
	if p == nil {
		return true
	}
	if len(p.Preferred) > routing.MaxPeople || p.GraceMillis < 0 || p.GraceMillis > routing.MaxMillis || (len(p.Preferred) > 0) != (p.GraceMillis > 0) {
		return false
	}
	for _, id := range p.Preferred {
		if len(id) > routing.MaxIDBytes {
			return false
		}
	}
	cfg := routing.Config{Skills: t.cfg.Skills, Queues: []routing.Queue{{ID: "q", Plan: routing.Plan{Steps: p.Steps}}}}
	cfg.Profiles = []routing.Profile{{ID: "p"}}
	for _, a := range t.agents {
		if a.configured {
			cfg.Agents = append(cfg.Agents, routing.Agent{ID: a.cfg.ID, Profile: "p"})
		}
	}
	return cfg.Validate() == nil
}

func (t *Twin) setPlan(c *contact, p *routing.Plan) {
	c.steps, c.preferred, c.grace = c.queue.Plan.Steps, nil, 0
	if p == nil {
		return
	}
	if len(p.Steps) > 0 {
		c.steps = cloneSteps(p.Steps)
	}
	here := false
	for _, id := range p.Preferred {
		if a := t.agent(id); a != nil {
			here = here || a.status != routing.StatusOffline
			c.preferred = append(c.preferred, id)
		}
	}
	if c.grace = p.GraceMillis; !here {
		c.preferred, c.grace = nil, 0
	}
}

// barred says why a contact may not be in its queue.
func (t *Twin) barred(c *contact, waits bool) routing.Reason {
	q := c.queue
	if q == nil {
		return routing.ReasonRemoved
	}
	staffed := slices.ContainsFunc(t.agents, func(a *agent) bool {
		return a.configured && a.status != routing.StatusOffline && t.profileQueue(a, q) != nil
	})
	if t.direct(c) {
		a := t.agent(c.person)
		if a == nil {
			return routing.ReasonRemoved
		}
		staffed = a.status != routing.StatusOffline
	}
	if !waits || q.Overflow.WaitingToo {
		if q.Overflow.Closed.Kind != routing.TargetNone && !t.open(q) {
			return routing.ReasonClosed
		}
		if q.Overflow.NoAgents.Kind != routing.TargetNone && !staffed {
			return routing.ReasonNoAgents
		}
	}
	if q.MaxWaitMillis > 0 && t.now.Sub(c.enqueued) >= q.MaxWaitMillis {
		return routing.ReasonMaxWait
	}
	return routing.ReasonNone
}

// advance looks at the clock for a contact; true if it may suit more agents.
func (t *Twin) advance(c *contact) bool {
	age := t.now.Sub(c.enqueued)
	before := len(c.memory)
	c.memory = slices.DeleteFunc(c.memory, func(m memory) bool { return m.until <= t.now })
	wider := len(c.memory) != before
	step := 0
	if c.grace > age {
		step = -1
	} else {
		for step < len(c.steps) && c.steps[step].UntilMillis != 0 && c.steps[step].UntilMillis <= age {
			step++
		}
	}
	stage := 0
	for _, d := range t.delays(c.queue) {
		if d <= age {
			stage++
		}
	}
	wider = wider || step != c.step || stage != c.stage
	c.step, c.stage, c.settled = step, stage, t.now
	return wider
}

func (t *Twin) enter(c *contact, trigger routing.Trigger) {
	for hops := 0; ; hops++ {
		reason := t.tryEnter(c, trigger)
		if reason == routing.ReasonNone || !t.redirect(c, reason, hops) {
			return
		}
	}
}

func (t *Twin) tryEnter(c *contact, trigger routing.Trigger) routing.Reason {
	if reason := t.barred(c, false); reason != routing.ReasonNone {
		return reason
	}
	t.advance(c)
	if t.seekAgent(c, trigger) {
		return routing.ReasonNone
	}
	length := 0
	for _, o := range t.contacts {
		if o.phase == waiting && o.queue == c.queue && o.person == c.person {
			length++
		}
	}
	q := c.queue
	if q.MaxLength > 0 && length >= q.MaxLength {
		return routing.ReasonFull
	}
	if wait, known := t.estimate(c); q.MaxEstimateMillis > 0 && known && wait > q.MaxEstimateMillis {
		return routing.ReasonLongEstimate
	}
	t.join(c)
	return routing.ReasonNone
}

func (t *Twin) position(c *contact) int {
	n := 1
	for _, o := range t.contacts {
		if o.phase == waiting && o.queue == c.queue && t.inLine(o, c) < 0 {
			n++
		}
	}
	return n
}

func (t *Twin) estimate(c *contact) (routing.Millis, bool) {
	if c.queue.moves < 4 {
		return 0, false
	}
	return routing.Millis(int64(t.position(c)) * c.queue.mean / 256), true
}

func (t *Twin) join(c *contact) {
	q := c.queue
	if !slices.ContainsFunc(t.contacts, func(o *contact) bool { return o.phase == waiting && o.queue == q }) {
		q.last = t.now
	}
	c.phase = waiting
	if every := q.AnnounceEveryMillis; every > 0 && c.announce <= t.now {
		for c.announce = c.enqueued; c.announce <= t.now; c.announce = c.announce.Add(every) {
			if gap := t.now.Sub(c.announce) / every; gap > 1 {
				c.announce = c.announce.Add((gap - 1) * every) // years at a time
			}
		}
		e := routing.Effect{Kind: routing.EffectAnnounce, Contact: c.id, Queue: q.ID, Channel: c.channel, Position: t.position(c)}
		e.EstimatedWaitMillis, e.EstimateKnown = t.estimate(c)
		t.emit(e)
	}
}

// settle puts a contact where it belongs now.
func (t *Twin) settle(c *contact, trigger routing.Trigger, always, ifWider bool) {
	c.phase, c.agent = unsettled, nil
	if reason := t.barred(c, true); reason != routing.ReasonNone {
		if t.redirect(c, reason, 0) {
			t.enter(c, trigger)
		}
		return
	}
	wider := t.advance(c)
	if (always || ifWider && wider) && t.seekAgent(c, trigger) {
		return
	}
	t.join(c)
}

// redirect sends a contact where its queue says; false if it has left.
func (t *Twin) redirect(c *contact, reason routing.Reason, hops int) bool {
	from := t.rules(c)
	target := map[routing.Reason]routing.Target{
		routing.ReasonClosed: from.Overflow.Closed, routing.ReasonNoAgents: from.Overflow.NoAgents,
		routing.ReasonFull: from.Overflow.Full, routing.ReasonLongEstimate: from.Overflow.Estimate,
		routing.ReasonMaxWait: from.Overflow.Wait, routing.ReasonRemoved: t.cfg.RemovedQueue,
	}[reason]
	missing := func() bool {
		return target.Kind == routing.TargetQueue && t.queue(routing.QueueID(target.To)) == nil ||
			target.Kind == routing.TargetPerson && t.agent(routing.AgentID(target.To)) == nil
	}
	if missing() {
		target = t.cfg.RemovedQueue
	}
	if missing() || hops > len(t.queues) {
		target = routing.Target{Kind: routing.TargetFlow, To: "queue_removed"}
	}
	t.emit(routing.Effect{Kind: routing.EffectOverflow, Contact: c.id, Queue: from.ID, Channel: c.channel, Reason: reason, Target: target})
	base := c.enqueued.Add(-c.credit)
	switch target.Kind {
	case routing.TargetQueue:
		c.queue, c.person = t.queue(routing.QueueID(target.To)), ""
		t.setPlan(c, nil)
	case routing.TargetPerson:
		c.queue, c.person = t.queues[0], routing.AgentID(target.To)
		c.steps, c.preferred, c.grace = nil, nil, 0
	default:
		t.drop(c, routing.ReasonOverflowed)
		return false
	}
	c.enqueued, c.credit, c.announce = t.now, t.now.Sub(base), t.now
	return true
}

// recall takes the chosen waiting contacts out of line, the first in line
// first, each just before it is dealt with.
func (t *Twin) recall(choose func(*contact) bool, do func(*contact)) {
	var chosen []*contact
	for _, c := range t.contacts {
		if c.phase == waiting && choose(c) {
			chosen = append(chosen, c)
		}
	}
	slices.SortFunc(chosen, t.inLine)
	for _, c := range chosen {
		c.phase = unsettled
		do(c)
	}
}

func (t *Twin) update(ev *routing.Event) bool {
	c := t.contact(ev.Contact)
	if c == nil || c.phase == connected || ev.Update == 0 || ev.Update > routing.UpdatePriority|routing.UpdatePlan {
		return false
	}
	priority, plan := ev.Update&routing.UpdatePriority != 0, ev.Update&routing.UpdatePlan != 0
	if priority && (ev.Priority < routing.MinPriority || ev.Priority > routing.MaxPriority) ||
		plan && (c.queue == nil || t.direct(c) || !t.validPlan(ev.Plan)) {
		return false
	}
	if priority {
		c.priority = ev.Priority
	}
	if plan {
		t.setPlan(c, ev.Plan)
	}
	if c.phase == waiting {
		t.settle(c, routing.TriggerUpdated, plan, true)
	}
	return true
}

func (t *Twin) abandon(ev *routing.Event, reason routing.Reason) bool {
	c := t.contact(ev.Contact)
	switch {
	case c == nil:
		return false
	case c.phase == waiting:
		t.drop(c, reason)
		return true
	case c.phase == offered:
		a := c.agent
		t.withdraw(c, reason)
		a.put(a.takes(c.id, false))
		t.drop(c, reason)
		t.freed(a)
		return true
	}
	return t.finish(ev)
}

func (t *Twin) start(ev *routing.Event) bool {
	a := t.agent(ev.Agent)
	if a == nil || !t.newContact(ev) || a.status == routing.StatusOffline {
		return false
	}
	same := 0
	for _, w := range a.work {
		if w.holds && w.channel == ev.Channel {
			same++
		}
	}
	if same >= 200 {
		return false
	}
	c := &contact{id: ev.Contact, queue: t.queues[0], person: a.cfg.ID, channel: ev.Channel, enqueued: t.now, announce: t.now, agent: a}
	t.add(c)
	c.phase = connected
	a.work = append(a.work, &work{contact: c.id, channel: c.channel, state: routing.StateOnContact, holds: true, outbound: ev.Outbound})
	return true
}

func (t *Twin) finish(ev *routing.Event) bool {
	c := t.contact(ev.Contact)
	if c == nil || c.phase != connected {
		return false
	}
	a, q := c.agent, t.rules(c)
	w := a.takes(c.id, false)
	t.drop(c, routing.ReasonFinished)
	if q.WrapUp == routing.WrapUpNone || a.status == routing.StatusOffline {
		t.idleAfter(a, w)
		a.put(w)
		t.freed(a)
		return true
	}
	w.state, w.forced = routing.StateAfterContact, q.WrapUp == routing.WrapUpForced
	if q.WrapUpLimitMillis > 0 {
		w.limit = t.now.Add(q.WrapUpLimitMillis)
	}
	t.emit(routing.Effect{Kind: routing.EffectWrapUpStarted, Contact: w.contact, Agent: a.cfg.ID, Channel: w.channel, At: w.limit})
	if q.WrapUp == routing.WrapUpOptional {
		t.idleAfter(a, w)
		w.holds = false
		t.freed(a)
	}
	return true
}

func cloneSteps(steps []routing.Step) []routing.Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].People = slices.Clone(out[i].People)
		out[i].Require = cloneRequirement(out[i].Require)
	}
	return out
}

func cloneRequirement(r routing.Requirement) routing.Requirement {
	r.Of = slices.Clone(r.Of)
	for i := range r.Of {
		r.Of[i] = cloneRequirement(r.Of[i])
	}
	return r
}
