package routing

import "fmt"

// Check looks for a broken invariant, in the plain part and in the index, and
// describes the first one found. It compares every agent with every waiting
// contact, so it is for tests and for doctors, not for every event in
// production. A state that came from [New], [Restore] and [State.Step] has
// none.
func (s *State) Check() error {
	for _, check := range []func() error{s.checkContacts, s.checkAgents, s.checkPairs, s.checkLines, s.checkTimers} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkContacts: every contact is where its phase says, once.
func (s *State) checkContacts() error {
	used, waiting := 0, 0
	for i := range s.contacts {
		c := &s.contacts[i]
		if c.phase == phaseFree {
			continue
		}
		used++
		if slot, ok := s.table.find(s.contacts, c.id); !ok || int(slot) != i {
			return fmt.Errorf("contact %q: not found under its id", c.id)
		}
		inHands := 0
		for a := range s.agents {
			for _, w := range s.agents[a].work {
				if w.contact != c.id || w.phase == workWrapUp {
					continue
				}
				inHands++
				if c.agent != int32(a) || (w.phase == workConnected) != (c.phase == phaseConnected) || !w.holds {
					return fmt.Errorf("contact %q: agent %q has it in another way than it says", c.id, s.agents[a].id)
				}
			}
		}
		if c.phase == phaseWaiting {
			waiting++
		}
		if want := map[bool]int{true: 0, false: 1}[c.phase == phaseWaiting]; inHands != want {
			return fmt.Errorf("contact %q, %s: in %d pairs of hands", c.id, phaseNames[c.phase], inHands)
		}
	}
	if used != s.table.used || waiting != s.index.waiting {
		return fmt.Errorf("contacts: %d of %d counted, %d of %d waiting", s.table.used, used, s.index.waiting, waiting)
	}
	return nil
}

// checkAgents: what an agent has in hand adds up, and nobody was ever offered
// more than his room (checked when the offer is made, by the tests).
func (s *State) checkAgents() error {
	staffed := make([]int, len(s.queues))
	for i := range s.agents {
		a := &s.agents[i]
		if !a.used {
			continue
		}
		var load [numChannels]uint8
		total := int32(0)
		for _, w := range a.work {
			if w.holds {
				load[w.channel]++
				total++
			}
		}
		if load != a.load || total != a.total {
			return fmt.Errorf("agent %q: load %v, counted %v", a.id, a.load, load)
		}
		if a.pending && !a.held() {
			return fmt.Errorf("agent %q: waits for a status with nothing in hand", a.id)
		}
		if a.status == StatusOffline && a.pending {
			return fmt.Errorf("agent %q: signed out and waits for a status", a.id)
		}
		if !a.configured && len(a.work) == 0 {
			return fmt.Errorf("agent %q: a ghost with nothing in hand", a.id)
		}
		if a.configured && a.status != StatusOffline {
			for _, q := range s.profiles[a.profile].served {
				staffed[q]++
			}
		}
		if a.shows() != a.shown {
			return fmt.Errorf("agent %q: is %s, shown as %s", a.id, a.shows(), a.shown)
		}
	}
	for q := range s.queues {
		if s.queues[q].staffed != staffed[q] {
			return fmt.Errorf("queue %q: %d signed in, counted %d", s.queues[q].ID, s.queues[q].staffed, staffed[q])
		}
	}
	return nil
}

// checkPairs: no agent is left beside a waiting contact that he may take.
func (s *State) checkPairs() error {
	for i := range s.contacts {
		c := &s.contacts[i]
		if c.phase != phaseWaiting {
			continue
		}
		for _, slot := range s.roster {
			if a := &s.agents[slot]; a.configured && s.test(a, c) == TestPassed {
				return fmt.Errorf("agent %q and contact %q are left side by side", a.id, c.id)
			}
		}
	}
	return nil
}

// checkLines: the index holds exactly the contacts that wait and the agents
// with room, in their places.
func (s *State) checkLines() error {
	x := &s.index
	lined := 0
	for id := range x.classes {
		k := &x.classes[id]
		entries := k.line.front.list()
		for i := range k.line.more {
			entries = append(entries[:len(entries):len(entries)], k.line.more[i].list()...)
		}
		lined += len(entries)
		if x.filled.has(int32(id)) != (len(entries) > 0) {
			return fmt.Errorf("class %d: filled bit is wrong", id)
		}
		if len(entries) > 0 && (x.heads[id].key != entries[0].key || x.headSeq[id] != entries[0].tie) || x.heads[id].count != int32(len(entries)) ||
			k.line.n != len(entries) || x.filledBy[k.channel].has(int32(id)) != (len(entries) > 0) {
			return fmt.Errorf("class %d: head is wrong", id)
		}
		for i, n := range entries {
			c := &s.contacts[n.id]
			if c.phase != phaseWaiting || c.class != int32(id) || c.key != n.key || c.seq != n.tie {
				return fmt.Errorf("class %d: entry of contact %q is wrong", id, c.id)
			}
			if i > 0 && !entries[i-1].before(n) {
				return fmt.Errorf("class %d: out of order at contact %q", id, c.id)
			}
			if c.step != s.stepAt(c, s.now) || s.queues[c.queue].place(c) != c.key {
				return fmt.Errorf("contact %q: step or place is not of now", c.id)
			}
		}
	}
	if lined != x.waiting-x.forPeople {
		return fmt.Errorf("classes: %d contacts in line, want %d", lined, x.waiting-x.forPeople)
	}
	for slot := range s.agents {
		a := &s.agents[slot]
		for ch := range Channel(numChannels) {
			free := a.configured && s.readiness(a) == TestPassed && s.room(a, ch)
			if free != (a.free&(1<<ch) != 0) {
				return fmt.Errorf("agent %q: free for %s is wrong", a.id, ch)
			}
			for o, order := range x.orders {
				pos := x.freePos[ch][o][slot]
				if free != (pos != none) || free && x.heaps[ch][o][a.group][pos].key != a.agentKey(order) {
					return fmt.Errorf("agent %q: place for %s is wrong", a.id, ch)
				}
			}
		}
		for i, c := range a.personal {
			if s.contacts[c].phase != phaseWaiting || i > 0 && !s.ahead(&s.contacts[a.personal[i-1]], &s.contacts[c]) {
				return fmt.Errorf("agent %q: own line is wrong at contact %q", a.id, s.contacts[c].id)
			}
		}
	}
	return nil
}

// checkTimers: nothing is due, and the host was asked to wake in time.
func (s *State) checkTimers() error {
	if err := s.checkDue(); err != nil {
		return err
	}
	for i := range s.contacts {
		c := &s.contacts[i]
		var want Time
		switch c.phase {
		case phaseOffered:
			want = c.expires
		case phaseWaiting:
			want, _ = s.nextDeadline(c)
			if want == 1<<63-1 {
				want = 0
			}
		}
		pos, got := s.index.timerPos[timerContact][i], Time(0)
		if pos != none {
			got = Time(s.index.timers[timerContact][pos].key)
		}
		if got != want {
			return fmt.Errorf("contact %q: timer at %d, want %d", c.id, got, want)
		}
	}
	return nil
}
