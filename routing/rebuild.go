package routing

import "slices"

// rebuild makes the index anew from the plain part: after a new configuration,
// on restore, and when too much of it stands for what is gone. Waiting contacts
// are left out of line.
func (s *State) rebuild() {
	old := s.pool
	s.pool = newPool()
	for i := range s.queues {
		q := &s.queues[i]
		q.need, q.plan = s.internNeed(&q.Require), s.internPlan(q.Plan.Steps)
		q.waiting, q.staffed, q.ranks = 0, 0, ranks{}
	}
	for i := range s.contacts {
		if c := &s.contacts[i]; c.phase != phaseFree {
			c.plan = s.internPlan(old.steps(c.plan))
			c.class = none
		}
	}
	s.rebuildIndex()
	s.rebuildRoster()
	for i := range s.contacts {
		if c := &s.contacts[i]; c.phase == phaseOffered {
			s.setTimer(timerContact, int32(i), c.expires, c.seq)
		}
	}
}

// steps gives a plan back as it was asked for.
func (p *pool) steps(id int32) []Step {
	var steps []Step
	for _, st := range p.plans[id].steps {
		steps = append(steps, Step{Require: p.needs[st.need].source, People: st.people, UntilMillis: st.until})
	}
	return steps
}

func (s *State) rebuildIndex() {
	epoch := s.index.epoch
	s.index = index{
		groupIDs: map[string]int32{}, classIDs: map[classKey]int32{},
		byQueue: make([]int, len(s.queues)), byStage: make([][]int, len(s.queues)),
		holders: newHolders(len(s.skillIDs), len(s.queues)), epoch: epoch + 1, rosterEpoch: epoch + 1,
	}
	x := &s.index
	for i := range s.queues {
		x.byStage[i] = make([]int, len(s.queues[i].delays)+1)
	}
	// One heap order for each distinct key that some queue asks for.
	for i := range s.queues {
		order := s.queues[i].Agents
		key := order
		if order == MostProficient {
			key = LongestIdle
		}
		at := slices.Index(x.orders, key)
		if at < 0 {
			at = len(x.orders)
			x.orders = append(x.orders, key)
		}
		x.orderKey[order] = at
	}
	for ch := range numChannels {
		x.heaps[ch] = make([][]heap, len(x.orders))
		x.freePos[ch] = make([][]int32, len(x.orders))
	}
	x.contactAdded(len(s.contacts))
	x.agentAdded(len(s.agents))
	s.setHoursDue()
}

// rebuildRoster puts all agents into the index.
func (s *State) rebuildRoster() {
	s.configured = 0
	s.roster = s.roster[:0]
	for i := range s.profiles {
		s.profiles[i].members = 0
	}
	for i := range s.agents {
		if s.agents[i].used {
			s.roster = append(s.roster, int32(i))
		}
	}
	slices.SortFunc(s.roster, func(a, b int32) int {
		if s.agents[a].ord < s.agents[b].ord {
			return -1
		}
		return 1
	})
	for _, slot := range s.roster {
		a := &s.agents[slot]
		a.free, a.personal = 0, a.personal[:0]
		if a.configured {
			a.group = s.groupOf(a)
			s.enroll(slot)
			s.refile(slot)
		}
		s.armAgent(slot)
	}
}

// relineAll puts the waiting contacts back in line as they are.
func (s *State) relineAll() {
	x := &s.index
	for i := range s.contacts {
		if c := &s.contacts[i]; c.phase == phaseWaiting && s.people(c) == nil {
			c.class = s.classOf(c)
			x.heads[c.class].count++ // counted anew as they come in line
		}
	}
	for id := range x.classes {
		if n := x.heads[id].count; n > 0 {
			x.classes[id].line.reserve(&x.slab, int(n))
		}
	}
	for i := range s.contacts {
		c := &s.contacts[i]
		if c.phase != phaseWaiting {
			continue
		}
		est := s.queues[c.queue].est
		s.line(int32(i))
		s.queues[c.queue].est = est
		s.arm(int32(i))
	}
}

// Spare room in the index before it is made anew without what nobody uses.
const (
	sparePlans   = 1024
	spareClasses = 4096
	spareGroups  = 1024
)

// trim keeps the index from growing with all that was ever asked for.
func (s *State) trim() {
	x := &s.index
	if len(s.pool.plans) > 4*s.pool.livePlans+sparePlans ||
		len(x.classes) > 4*x.numFilled+spareClasses ||
		len(x.groups) > 2*int(s.configured)+spareGroups {
		s.rebuild()
		s.relineAll()
	}
}
