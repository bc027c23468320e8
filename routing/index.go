package routing

import "encoding/binary"

const (
	numChannels    = len(channelNames)
	numAgentOrders = len(agentOrderNames)
)

// index finds pairs fast. All of it follows from the plain part of the state,
// and none of its numbers is ever part of a decision.
type index struct {
	groups    []group
	groupIDs  map[string]int32
	classes   []class
	classIDs  map[classKey]int32
	classRows matrix // which groups suit a class
	groupRows matrix // which classes suit a group
	holders   holders

	// The contacts that wait, by class. heads and headSeq repeat what an agent
	// who comes free compares, packed, because he compares many classes.
	heads     []head
	headSeq   []uint64
	slab      slab
	filled    bitset              // classes with contacts
	filledBy  [numChannels]bitset // the same by channel
	numFilled int
	byQueue   []int   // waiting by class, by queue
	byStage   [][]int // the same by queue and stage
	waiting   int     // all that wait, those for people included
	forPeople int
	skips     []int32 // scratch of the agents' heaps

	// The agents with room, by channel, order and group.
	orders      []AgentOrder             // one for each distinct key
	orderKey    [numAgentOrders]int      // which of orders an AgentOrder uses
	free        [numChannels]bitset      // groups with a free agent
	heaps       [numChannels][][]heap    // by order, by group
	freePos     [numChannels][][]int32   // by order, by agent
	epoch       uint64                   // counts changes of agents' readiness
	rosterEpoch uint64                   // counts changes of who is there
	numReady    [numTestsOfAgents]uint32 // agents by readiness
	timers      [numTimerKinds]heap      // deadlines of agents and contacts
	timerPos    [numTimerKinds][]int32   // by agent or contact
	hoursDue    Time                     // of the queue whose hours change next; 0: none
	steps       steps                    // taken since the index was made, but for those of slab and table
}

// head is what stands at the front of a class: the least key, and how many
// wait behind and with it.
type head struct {
	key   int64
	count int32
}

// numTestsOfAgents covers the tests that readiness may return.
const numTestsOfAgents = int(TestPresence) + 1

// group is the agents who are alike: the same profile and the same levels.
type group struct {
	profile int32
	levels  []uint8 // by skill
	members uint32
	ready   [numTestsOfAgents]uint32 // members by readiness
}

func (x *index) contactAdded(n int) {
	for len(x.timerPos[timerContact]) < n {
		x.timerPos[timerContact] = append(x.timerPos[timerContact], none)
	}
}

func (x *index) agentAdded(n int) {
	for ch := range numChannels {
		for o := range x.freePos[ch] {
			for len(x.freePos[ch][o]) < n {
				x.freePos[ch][o] = append(x.freePos[ch][o], none)
			}
		}
	}
	for len(x.timerPos[timerAgent]) < n {
		x.timerPos[timerAgent] = append(x.timerPos[timerAgent], none)
	}
}

// groupOf finds or makes the group of an agent.
func (s *State) groupOf(a *agent) int32 {
	x := &s.index
	key := binary.AppendUvarint(s.pool.scratch[:0], uint64(a.profile))
	levels := make([]uint8, len(s.skillIDs))
	for _, sl := range a.skills {
		if number, ok := s.skillIDs[sl.Skill]; ok {
			levels[number] = sl.Level
		}
	}
	key = append(key, levels...)
	s.pool.scratch = key
	if id, ok := x.groupIDs[string(key)]; ok {
		return id
	}
	id := int32(len(x.groups))
	x.groupIDs[string(key)] = id
	x.groups = append(x.groups, group{profile: a.profile, levels: levels})
	x.holders.add(id, levels)
	x.classRows.grow(len(x.classes), len(x.groups))
	x.groupRows.grow(len(x.groups), len(x.classes))
	for ch := range numChannels {
		x.free[ch] = x.free[ch].grown(len(x.groups))
		for o := range x.heaps[ch] {
			x.heaps[ch][o] = append(x.heaps[ch][o], nil)
		}
	}
	for k := range x.classes {
		if s.suits(&x.classes[k], &x.groups[id]) {
			x.classRows.row(int32(k)).set(id)
			x.groupRows.row(id).set(int32(k))
		}
	}
	return id
}

// agentKey is the agent's key in one of index.orders: lower is asked first.
func (a *agent) agentKey(order AgentOrder) int64 {
	switch order {
	case LeastOccupied:
		return int64(a.total)<<48 | int64(a.idleSeq)
	case RoundRobin:
		return int64(a.roundSeq)
	case ExplicitOrder:
		return int64(a.rank)<<48 | int64(a.idleSeq)
	default: // LongestIdle; MostProficient compares levels between groups first
		return int64(a.idleSeq)
	}
}

// refile puts an agent where he belongs after anything about him has changed:
// his readiness, the room he has, his place among the free.
func (s *State) refile(slot int32) {
	a, x := &s.agents[slot], &s.index
	for ch := Channel(0); a.free != 0; ch++ {
		if a.free&(1<<ch) != 0 {
			a.free &^= 1 << ch
			s.unfree(slot, a.group, ch)
		}
	}
	ready := s.readiness(a)
	if a.configured && ready != a.filedReady {
		g := &x.groups[a.group]
		g.ready[a.filedReady]--
		g.ready[ready]++
		x.numReady[a.filedReady]--
		x.numReady[ready]++
		x.epoch++
		a.filedReady = ready
	}
	if !a.configured || ready != TestPassed {
		return
	}
	for taken := a.owns | s.profiles[a.profile].takes; taken != 0; taken &= taken - 1 {
		if ch := Channel(lowest(uint64(taken))); s.room(a, ch) {
			a.free |= 1 << ch
			for o, order := range x.orders {
				h := &x.heaps[ch][o][a.group]
				x.steps += h.push(x.freePos[ch][o], node{key: a.agentKey(order), id: slot})
			}
			x.free[ch].set(a.group)
		}
	}
}

func (s *State) unfree(slot, group int32, ch Channel) {
	x := &s.index
	for o := range x.orders {
		h := &x.heaps[ch][o][group]
		x.steps += h.remove(x.freePos[ch][o], slot)
		if len(*h) == 0 {
			x.free[ch].clear(group)
		}
	}
}

// enroll counts a configured agent in; his group must be set.
func (s *State) enroll(slot int32) {
	a, x := &s.agents[slot], &s.index
	a.filedReady = s.readiness(a)
	g := &x.groups[a.group]
	g.members++
	g.ready[a.filedReady]++
	x.numReady[a.filedReady]++
	s.profiles[a.profile].members++
	s.configured++
	x.epoch++
	x.rosterEpoch++
	s.countStaff(a, 1)
}

// strike counts a configured agent out again and takes him from the heaps.
func (s *State) strike(slot int32) {
	a, x := &s.agents[slot], &s.index
	for ch := Channel(0); a.free != 0; ch++ {
		if a.free&(1<<ch) != 0 {
			a.free &^= 1 << ch
			s.unfree(slot, a.group, ch)
		}
	}
	g := &x.groups[a.group]
	g.members--
	g.ready[a.filedReady]--
	x.numReady[a.filedReady]--
	s.profiles[a.profile].members--
	s.configured--
	x.epoch++
	x.rosterEpoch++
	s.countStaff(a, -1)
}

// countStaff adds a signed-in agent to the staff of his queues, or takes him
// away.
func (s *State) countStaff(a *agent, by int) {
	if a.status == StatusOffline {
		return
	}
	for _, q := range s.profiles[a.profile].served {
		s.queues[q].staffed += by
	}
}
