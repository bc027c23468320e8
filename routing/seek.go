package routing

// seekAgent looks for an agent for a contact that is out of line, and makes
// the offer.
func (s *State) seekAgent(slot int32, trigger Trigger) bool {
	c := &s.contacts[slot]
	if people := s.people(c); people != nil {
		return s.seekPerson(slot, people, trigger)
	}
	x, q := &s.index, &s.queues[c.queue]
	key, order := x.orderKey[q.Agents], q.Agents
	heaps := x.heaps[c.channel][key]
	var memory []decline
	if c.extra != none {
		memory = s.extras[c.extra].decline
	}
	best, bestScore, withRoom := node{id: none}, 0, uint32(0)
	free := x.free[c.channel]
	x.steps += steps(len(free))
	for w, word := range x.classRows.row(c.class)[:len(free)] {
		for word &= free[w]; word != 0; word &= word - 1 {
			g := int32(w)<<6 + lowest(word)
			h := heaps[g]
			withRoom += uint32(len(h))
			x.steps++
			n := h[0]
			if len(memory) > 0 && remembers(memory, n.id) {
				var ok bool
				if n, ok = h.firstWhere(&x.skips, func(id int32) bool { return !remembers(memory, id) }); !ok {
					continue
				}
			}
			score := 0
			if order == MostProficient {
				score = s.proficiency(c, x.groups[g].levels)
			}
			if best.id == none || score > bestScore || score == bestScore && n.key < best.key {
				best, bestScore = n, score
			}
		}
	}
	k := s.retally(c.class)
	d := s.decision(c, trigger)
	d.Counts = k.tally
	declined := uint32(0)
	for i := range memory {
		if a := &s.agents[memory[i].agent]; a.free&(1<<c.channel) != 0 && x.classRows.row(c.class).has(a.group) {
			declined++
		}
	}
	d.Counts[TestRoom] = d.Counts[TestPassed] - withRoom
	d.Counts[TestDeclined] = declined
	d.Counts[TestPassed] = withRoom - declined
	d.NumExamples = k.numEx
	for i, a := range k.examples[:k.numEx] {
		d.Examples[i] = Example{Agent: s.agents[a].id, Test: s.freeFor(&s.agents[a], c)}
	}
	if best.id == none {
		d.Outcome = OutcomeNobody
		return false
	}
	d.Agent = s.agents[best.id].id
	s.offer(slot, best.id)
	return true
}

// seekPerson is seekAgent for a contact that is for certain people.
func (s *State) seekPerson(slot int32, people []AgentID, trigger Trigger) bool {
	c := &s.contacts[slot]
	q := &s.queues[c.queue]
	best, named := int32(none), uint32(0)
	bestScore, bestKey := 0, int64(0)
	var counts [NumTests]uint32
	var examples [MaxExamples]Example
	numEx := 0
	for i, id := range people {
		a, ok := s.agentIDs[id]
		if !ok || !s.agents[a].configured || namedBefore(people[:i], id) {
			continue
		}
		ag := &s.agents[a]
		named++
		test := s.testPerson(ag, c)
		counts[test]++
		if numEx < MaxExamples {
			examples[numEx] = Example{Agent: id, Test: test}
			numEx++
		}
		if test != TestPassed {
			continue
		}
		score := 0
		if q.Agents == MostProficient {
			score = s.proficiency(c, s.index.groups[ag.group].levels)
		}
		if key := ag.agentKey(q.Agents); best == none || score > bestScore || score == bestScore && key < bestKey {
			best, bestScore, bestKey = a, score, key
		}
	}
	d := s.decision(c, trigger)
	d.Counts, d.Examples, d.NumExamples = counts, examples, numEx
	d.Counts[TestPerson] = s.configured - named
	if best == none {
		d.Outcome = OutcomeNobody
		return false
	}
	d.Agent = s.agents[best].id
	s.offer(slot, best)
	return true
}

func namedBefore(people []AgentID, id AgentID) bool {
	for _, p := range people {
		if p == id {
			return true
		}
	}
	return false
}

// decision appends a record about a contact that looks among agents.
func (s *State) decision(c *contact, trigger Trigger) *Decision {
	q := &s.queues[c.queue]
	d := s.newDecision(trigger)
	d.Outcome, d.Contact, d.Queue, d.ContactOrder, d.AgentOrder = OutcomeOffered, c.id, q.ID, q.Order, q.Agents
	d.Step, d.Key = c.step, c.key
	return d
}

func remembers(memory []decline, agent int32) bool {
	for i := range memory {
		if memory[i].agent == agent {
			return true
		}
	}
	return false
}

// proficiency is the sum of levels over the skills that the contact's step and
// its queue ask for.
func (s *State) proficiency(c *contact, levels []uint8) int {
	sum := 0
	base := s.pool.needs[s.queues[c.queue].need].wanted
	for _, skill := range base {
		sum += int(levels[skill])
	}
next:
	for _, skill := range s.pool.needs[s.need(c)].wanted {
		for _, seen := range base {
			if seen == skill {
				continue next
			}
		}
		sum += int(levels[skill])
	}
	return sum
}

// freeFor returns the first test that an agent who serves the contact's queue
// and has the skills fails.
func (s *State) freeFor(a *agent, c *contact) Test {
	switch {
	case a.filedReady != TestPassed:
		return a.filedReady
	case a.free&(1<<c.channel) == 0:
		return TestRoom
	case c.extra != none && len(s.extras[c.extra].decline) > 0 && remembers(s.extras[c.extra].decline, s.agentIDs[a.id]):
		return TestDeclined
	}
	return TestPassed
}

// testPerson tests an agent whom the contact names.
func (s *State) testPerson(a *agent, c *contact) Test {
	if !s.pool.needs[s.need(c)].code.met(s.index.groups[a.group].levels) {
		return TestSkill
	}
	return s.freeFor(a, c)
}
