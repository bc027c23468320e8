package routing

// seekContacts looks for contacts for an agent who may have come freer, until
// he has no room or none is left that he may take.
func (s *State) seekContacts(slot int32, trigger Trigger) {
	for quiet := trigger == TriggerConfig; s.agents[slot].free != 0; quiet = true {
		if s.index.waiting == 0 || !s.seekContact(slot, trigger, quiet) {
			return
		}
	}
}

// seekContact makes one offer to the agent. quiet leaves out the record of a
// look that found nobody.
func (s *State) seekContact(slot int32, trigger Trigger, quiet bool) bool {
	a, x := &s.agents[slot], &s.index
	p := &s.profiles[a.profile]
	best, bestPrio := int32(none), uint8(0)
	bestKey, bestSeq := int64(0), uint64(0)
	suited, roomy := 0, 0
	row := x.groupRows.row(a.group)[:len(x.filled)]
	x.steps += steps(len(row))
	for w, word := range row {
		if word &= x.filled[w]; word == 0 {
			continue
		}
		// Classes of channels without room are counted and passed over.
		fits := uint64(0)
		for free := a.free; free != 0; free &= free - 1 {
			fits |= x.filledBy[lowest(uint64(free))][w]
		}
		for rest := word &^ fits; rest != 0; rest &= rest - 1 {
			suited += int(x.heads[int32(w)<<6+lowest(rest)].count)
			x.steps++
		}
		for word &= fits; word != 0; word &= word - 1 {
			id := int32(w)<<6 + lowest(word)
			h := &x.heads[id]
			roomy += int(h.count)
			x.steps++
			if best != none && p.even && h.key > bestKey {
				continue
			}
			key, seq := h.key, x.headSeq[id]
			if len(a.memory) > 0 {
				n, ok := x.classes[id].line.first(&x.slab, func(c int32) bool { return !holds(a.memory, c) })
				if !ok {
					continue
				}
				key, seq = n.key, n.tie
			}
			prio := uint8(0)
			if !p.even {
				prio = p.priority[x.classes[id].queue]
			}
			if best == none || prio < bestPrio || prio == bestPrio && (key < bestKey || key == bestKey && seq < bestSeq) {
				best, bestPrio, bestKey, bestSeq = id, prio, key, seq
			}
		}
	}
	noRoom := suited
	suited += roomy
	contact := int32(none)
	if best != none {
		f := &x.classes[best].line.front
		contact = f.at[f.from].id
		if len(a.memory) > 0 {
			n, _ := x.classes[best].line.first(&x.slab, func(c int32) bool { return !holds(a.memory, c) })
			contact = n.id
		}
	}
	var counts [NumTests]uint32
	counts[TestPerson] = uint32(x.forPeople - len(a.personal))
	for _, other := range a.personal {
		c := &s.contacts[other]
		test := s.testPerson(a, c)
		counts[test]++
		if test != TestPassed {
			continue
		}
		prio := uint8(0)
		if !p.even {
			prio = s.personPriority(p, c.queue)
		}
		if contact == none || prio < bestPrio || prio == bestPrio && (c.key < bestKey || c.key == bestKey && c.seq < bestSeq) {
			contact, bestPrio, bestKey, bestSeq = other, prio, c.key, c.seq
		}
	}
	if contact == none && quiet {
		return false
	}
	s.tallyContacts(a, &counts, suited, noRoom)
	d := s.newDecision(trigger)
	d.Outcome, d.ByAgent, d.Agent, d.Counts = OutcomeIdle, true, a.id, counts
	if contact == none {
		return false
	}
	c := &s.contacts[contact]
	q := &s.queues[c.queue]
	d.Outcome, d.Contact, d.Queue, d.ContactOrder, d.AgentOrder = OutcomeOffered, c.id, q.ID, q.Order, q.Agents
	d.Step, d.Key = c.step, c.key
	s.unline(contact)
	s.moved(q)
	s.offer(contact, slot)
	return true
}

// tallyContacts counts the contacts that wait by class, by the first test they
// fail with the agent: suited are those he serves and is able for, noRoom those
// of them for whose channel he has no room.
func (s *State) tallyContacts(a *agent, counts *[NumTests]uint32, suited, noRoom int) {
	x, p := &s.index, &s.profiles[a.profile]
	served, late := 0, 0
	for _, q := range p.served {
		served += x.byQueue[q]
		for stage := range p.delay[q] {
			late += x.byStage[q][stage]
		}
	}
	declined := 0
	for _, other := range a.memory {
		if c := &s.contacts[other]; c.phase == phaseWaiting && c.class != none && a.free&(1<<c.channel) != 0 && x.groupRows.row(a.group).has(c.class) {
			declined++
		}
	}
	counts[TestQueue] += uint32(x.waiting - x.forPeople - served)
	counts[TestDelay] += uint32(late)
	counts[TestSkill] += uint32(served - late - suited)
	counts[TestRoom] += uint32(noRoom)
	counts[TestDeclined] += uint32(declined)
	counts[TestPassed] += uint32(suited - noRoom - declined)
}

// personPriority ranks a contact that names the agent among his queues.
func (s *State) personPriority(p *profile, queue int32) uint8 {
	if queue != directQueue && p.priority[queue] != 0 {
		return p.priority[queue]
	}
	return s.cfg.DirectPriority
}

func holds(list []int32, v int32) bool {
	for _, e := range list {
		if e == v {
			return true
		}
	}
	return false
}
