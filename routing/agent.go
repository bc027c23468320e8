package routing

// agent is one agent, or the ghost of a removed one who still has contacts in
// his hands. Slots are used again.
type agent struct {
	// What most events touch comes first, in two cache lines.
	id         AgentID
	filedReady Test  // readiness as the index has it
	free       uint8 // bits of the channels for which the agent stands in the heaps
	used       bool
	configured bool
	status     Status
	pending    bool
	pendStatus Status
	presence   Presence
	profile    int32
	group      int32
	work       []work
	memory     []int32 // contacts that remember this agent as not having taken them
	personal   []int32 // waiting contacts that are for this agent by name, in order
	total      int32
	rank       uint16
	shown      AgentState // what the host was told last
	idleSeq    uint64     // the lower the longer idle; unique

	load        [numChannels]uint8
	owns        uint8             // bits of channels whose capacity is the agent's own
	own         [numChannels]int8 // capacity that overrides the profile's; none: not set
	ord         uint64            // order of configuration; unique
	roundSeq    uint64            // the lower the longer since the last offer; unique
	idleSince   Time
	reason      int32 // break reason, none if not on break
	pendReason  int32
	shownReason int32
	skills      []SkillLevel
}

// workPhase is what an agent does for a contact.
type workPhase uint8

const (
	workReserved workPhase = iota
	workRinging
	workConnected
	workWrapUp
)

// work is one contact in an agent's hands.
type work struct {
	contact  ContactID
	limit    Time // of the wrap-up; 0: none
	phase    workPhase
	channel  Channel
	holds    bool // takes room; false for an optional wrap-up
	forced   bool // the limit is reported, not enforced
	outbound bool
}

// profile is a compiled Profile.
type profile struct {
	id       ProfileID
	priority []uint8 // by queue; 0: not served
	delay    []uint8 // by queue: how many of the queue's delays must have passed
	capacity [len(channelNames)]uint8
	beside   [len(channelNames)]uint8 // bits of channels
	served   []int32                  // queues
	takes    uint8                    // bits of channels with capacity
	maxTotal int32
	members  uint32 // configured agents
	even     bool   // all priorities, the direct one included, are equal
}

// shows derives what the agent is doing.
func (a *agent) shows() AgentState {
	state, best := AgentState(0), -1
	for i := range a.work {
		if rank := workRank[a.work[i].phase]; rank > best {
			best, state = rank, workShows[a.work[i].phase]
		}
	}
	if best >= 0 {
		return state
	}
	return statusShows[a.status]
}

var (
	workRank    = [...]int{workWrapUp: 0, workReserved: 1, workRinging: 2, workConnected: 3}
	workShows   = [...]AgentState{workWrapUp: StateAfterContact, workReserved: StateReserved, workRinging: StateRinging, workConnected: StateOnContact}
	statusShows = [...]AgentState{StatusOffline: StateOffline, StatusAvailable: StateAvailable, StatusBreak: StateBreak, StatusNotResponding: StateNotResponding}
)

// readiness returns the first test that the agent fails towards everybody.
func (s *State) readiness(a *agent) Test {
	switch {
	case a.status == StatusOffline:
		return TestSignedIn
	case a.status != StatusAvailable || a.pending:
		return TestAvailable
	case !s.offerable[a.presence]:
		return TestPresence
	}
	return TestPassed
}

// capacity returns how many contacts of a channel the agent takes.
func (s *State) capacity(a *agent, ch Channel) int {
	if a.own[ch] >= 0 {
		return int(a.own[ch])
	}
	return int(s.profiles[a.profile].capacity[ch])
}

// setOwn gives the agent a capacity of his own, none to take it back.
func (a *agent) setOwn(ch Channel, capacity int8) {
	a.own[ch] = capacity
	if a.owns |= 1 << ch; capacity == none {
		a.owns &^= 1 << ch
	}
}

// room tells whether the agent could take one more contact of the channel.
func (s *State) room(a *agent, ch Channel) bool {
	if int(a.load[ch]) >= s.capacity(a, ch) {
		return false
	}
	p := &s.profiles[a.profile]
	if p.maxTotal > 0 && a.total >= p.maxTotal {
		return false
	}
	if a.total == int32(a.load[ch]) {
		return true
	}
	for other := range a.load {
		if Channel(other) != ch && a.load[other] > 0 && p.beside[ch]&(1<<other) == 0 {
			return false
		}
	}
	return true
}

// held tells whether anything in hand takes room: a wish for another status
// waits until nothing does.
func (a *agent) held() bool {
	for i := range a.work {
		if a.work[i].holds {
			return true
		}
	}
	return false
}

// workOn finds what the agent does for a contact in a phase accepted; -1 if
// nothing.
func (a *agent) workOn(id ContactID, wrapUp bool) int {
	for i := range a.work {
		if a.work[i].contact == id && (a.work[i].phase == workWrapUp) == wrapUp {
			return i
		}
	}
	return none
}

// resetIdle puts the agent at the end of the idle order.
func (s *State) resetIdle(a *agent) {
	a.idleSeq, a.idleSince = s.nextIdle, s.now
	s.nextIdle++
}

// take puts a contact into the agent's hands.
func (s *State) take(slot int32, w work) {
	a := &s.agents[slot]
	w.holds = true
	a.work = append(a.work, w)
	a.load[w.channel]++
	a.total++
	s.touch(slot)
}

// freeRoom gives back the room that work i takes.
func (s *State) freeRoom(a *agent, i int) {
	if w := &a.work[i]; w.holds {
		w.holds = false
		a.load[w.channel]--
		a.total--
	}
}

// putDown removes work i.
func (s *State) putDown(slot int32, i int) {
	a := &s.agents[slot]
	s.freeRoom(a, i)
	copy(a.work[i:], a.work[i+1:])
	a.work[len(a.work)-1] = work{}
	a.work = a.work[:len(a.work)-1]
	s.touch(slot)
}

// touch notes that the agent's shown state may have changed.
func (s *State) touch(slot int32) {
	for _, t := range s.touched {
		if t == slot {
			return
		}
	}
	s.touched = append(s.touched, slot)
}
