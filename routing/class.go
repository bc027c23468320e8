package routing

// classKey says what contacts of a class have in common: all that decides,
// agent by agent, whether they may be offered.
type classKey struct {
	queue   int32
	need    int32
	stage   uint8
	channel Channel
}

// class is the waiting contacts that suit the same agents.
type class struct {
	classKey
	line line
	// tally is as of epoch: the agents by the first test they fail, were it not
	// for room and memory, which change too often to be kept.
	tally    [NumTests]uint32
	examples [MaxExamples]int32
	numEx    int
	epoch    uint64 // 0: never tallied
	exEpoch  uint64 // of the examples, which change with the roster only
}

// suits tells whether the agents of a group may ever take contacts of a class.
func (s *State) suits(k *class, g *group) bool {
	return s.servesAt(k.queue, k.stage, g.profile) == TestPassed && s.able(k.queue, k.need, g)
}

// servesAt tells whether a profile sees contacts of a queue at a stage.
func (s *State) servesAt(queue int32, stage uint8, profile int32) Test {
	p := &s.profiles[profile]
	switch {
	case queue < 0 || p.priority[queue] == 0:
		return TestQueue
	case p.delay[queue] > stage:
		return TestDelay
	}
	return TestPassed
}

// able tells whether a group meets a requirement and that of the queue.
func (s *State) able(queue, need int32, g *group) bool {
	return s.pool.needs[s.queues[queue].need].code.met(g.levels) && s.pool.needs[need].code.met(g.levels)
}

// classOf finds or makes the class of a contact at its step and stage.
func (s *State) classOf(c *contact) int32 {
	x := &s.index
	key := classKey{queue: c.queue, need: s.need(c), stage: c.stage, channel: c.channel}
	if id, ok := x.classIDs[key]; ok {
		return id
	}
	id := int32(len(x.classes))
	x.classIDs[key] = id
	x.classes = append(x.classes, class{classKey: key})
	x.heads, x.headSeq = append(x.heads, head{}), append(x.headSeq, 0)
	x.filled = x.filled.grown(len(x.classes))
	for ch := range x.filledBy {
		x.filledBy[ch] = x.filledBy[ch].grown(len(x.classes))
	}
	x.classRows.grow(len(x.classes), len(x.groups))
	x.groupRows.grow(len(x.groups), len(x.classes))
	row := x.classRows.row(id)
	s.row(&x.classes[id], row)
	for w, word := range row {
		for ; word != 0; word &= word - 1 {
			x.groupRows.row(int32(w)<<6 + lowest(word)).set(id)
		}
	}
	return id
}

// line puts a waiting contact in line; its step, stage, key and class are set.
func (s *State) line(slot int32) {
	c, x := &s.contacts[slot], &s.index
	c.phase = phaseWaiting
	x.waiting++
	s.queueGrew(c)
	if c.class == none {
		x.forPeople++
		for _, id := range s.people(c) {
			if a, ok := s.agentIDs[id]; ok && s.agents[a].configured {
				s.linePersonal(a, slot)
			}
		}
	} else {
		k := &x.classes[c.class]
		k.line.push(&x.slab, node{key: c.key, tie: c.seq, id: slot})
		s.head(c.class)
		x.byQueue[c.queue]++
		x.byStage[c.queue][c.stage]++
	}
}

// arm sets the timer of a contact in line.
func (s *State) arm(slot int32) {
	c := &s.contacts[slot]
	if at, ok := s.nextDeadline(c); ok {
		s.setTimer(timerContact, slot, at, c.seq)
	}
}

// unline takes a waiting contact out of line; its phase is the caller's.
func (s *State) unline(slot int32) {
	c, x := &s.contacts[slot], &s.index
	s.clearTimer(timerContact, slot)
	x.waiting--
	s.queueShrank(c)
	if c.class == none {
		x.forPeople--
		for _, id := range s.people(c) {
			if a, ok := s.agentIDs[id]; ok && s.agents[a].configured {
				s.unlinePersonal(a, slot)
			}
		}
		return
	}
	k := &x.classes[c.class]
	k.line.remove(&x.slab, node{key: c.key, tie: c.seq})
	s.head(c.class)
	x.byQueue[c.queue]--
	x.byStage[c.queue][c.stage]--
}

// head brings what the index repeats of a class's head up to date.
func (s *State) head(id int32) {
	x := &s.index
	k := &x.classes[id]
	x.heads[id].count = int32(k.line.n)
	if k.line.n == 0 {
		if x.filled.has(id) {
			x.filled.clear(id)
			x.filledBy[k.channel].clear(id)
			x.numFilled--
		}
		return
	}
	if !x.filled.has(id) {
		x.filled.set(id)
		x.filledBy[k.channel].set(id)
		x.numFilled++
	}
	first := &k.line.front.at[k.line.front.from]
	x.heads[id].key, x.headSeq[id] = first.key, first.tie
}

// linePersonal keeps an agent's own line in order of place.
func (s *State) linePersonal(a, slot int32) {
	ag, c := &s.agents[a], &s.contacts[slot]
	lo, hi := 0, len(ag.personal)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.ahead(&s.contacts[ag.personal[mid]], c) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(ag.personal) && ag.personal[lo] == slot {
		return // named twice
	}
	ag.personal = append(ag.personal, 0)
	copy(ag.personal[lo+1:], ag.personal[lo:])
	ag.personal[lo] = slot
}

func (s *State) unlinePersonal(a, slot int32) {
	ag := &s.agents[a]
	for i, other := range ag.personal {
		if other == slot {
			ag.personal = append(ag.personal[:i], ag.personal[i+1:]...)
			return
		}
	}
}

// ahead tells whether contact a stands before b in line.
func (s *State) ahead(a, b *contact) bool {
	return a.key < b.key || a.key == b.key && a.seq < b.seq
}

// retally brings a class's counts and examples up to date.
func (s *State) retally(id int32) *class {
	x := &s.index
	k := &x.classes[id]
	if k.epoch == x.epoch {
		return k
	}
	k.epoch = x.epoch
	k.tally = [NumTests]uint32{}
	var served, late, able uint32
	for i := range s.profiles {
		switch s.servesAt(k.queue, k.stage, int32(i)) {
		case TestPassed:
			served += s.profiles[i].members
		case TestDelay:
			late += s.profiles[i].members
		}
	}
	x.steps += steps(len(s.profiles) + x.classRows.words)
	for w, word := range x.classRows.row(id) {
		for ; word != 0; word &= word - 1 {
			g := &x.groups[int32(w)<<6+lowest(word)]
			able += g.members
			x.steps++
			for t, n := range g.ready {
				k.tally[t] += n
			}
		}
	}
	k.tally[TestQueue] = s.configured - served - late
	k.tally[TestDelay] = late
	k.tally[TestSkill] = served - able
	if k.exEpoch == x.rosterEpoch {
		return k
	}
	k.exEpoch, k.numEx = x.rosterEpoch, 0
	for _, a := range s.roster {
		if k.numEx == MaxExamples || uint32(k.numEx) == able {
			break
		}
		if ag := &s.agents[a]; ag.configured && x.classRows.row(id).has(ag.group) {
			k.examples[k.numEx] = a
			k.numEx++
		}
	}
	return k
}
