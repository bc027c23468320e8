package routing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ErrUnknownContact and ErrUnknownAgent tell that the state holds no such
// contact or agent.
var (
	ErrUnknownContact = errors.New("unknown contact")
	ErrUnknownAgent   = errors.New("unknown agent")
)

// StepState is where a step of a contact's plan stands.
type StepState string

// The states of a step: one is active at a time, and it becomes joined when
// the contact is offered or connected.
const (
	StepInactive StepState = "inactive"
	StepActive   StepState = "active"
	StepJoined   StepState = "joined"
	StepExpired  StepState = "expired"
)

// ContactExplanation answers "why is he still waiting".
type ContactExplanation struct {
	Contact  ContactID `json:"contact"`
	Queue    QueueID   `json:"queue"`
	Channel  Channel   `json:"channel"`
	Phase    string    `json:"phase"` // waiting, offered or connected
	Agent    AgentID   `json:"agent,omitempty"`
	Priority int16     `json:"priority"`
	// WaitedMillis counts from the entry into the queue.
	WaitedMillis Millis `json:"waited_ms"`
	// CreditMillis is the waiting that counts for the place in line besides.
	CreditMillis Millis `json:"credit_ms"`
	// Position is the place in line in its queue, 1 is next; 0 if not waiting.
	Position int `json:"position"`
	// Grace tells that the preferred agents are being asked alone, and
	// Preferred who they are: those who have not taken the contact are no longer
	// among them unless their queue says so.
	Grace     bool      `json:"grace"`
	Preferred []AgentID `json:"preferred,omitempty"`
	// Steps are the states of the plan's steps, then of "anybody in the queue".
	Steps []StepState `json:"steps"`
	// NextChange is when something changes for the contact by time alone; 0 if
	// nothing does.
	NextChange Time `json:"next_change,omitempty"`
	// Agents are all agents, in order of configuration, by the first test they
	// fail. A waiting contact has none under [TestPassed].
	Agents []Example `json:"agents"`
}

// AgentExplanation answers "why does she get nothing".
type AgentExplanation struct {
	Agent       AgentID    `json:"agent"`
	Profile     ProfileID  `json:"profile"`
	State       AgentState `json:"state"`
	Status      Status     `json:"status"`
	BreakReason string     `json:"break_reason,omitempty"`
	// Wish is the status that waits for the work in hand to end, if Wished.
	Wished   bool     `json:"wished"`
	Wish     Status   `json:"wish,omitempty"`
	Presence Presence `json:"presence"`
	// IdleMillis is the time since the agent was last put at the end of the
	// idle order; Ahead counts the agents who stand before him in it.
	IdleMillis Millis         `json:"idle_ms"`
	Ahead      int            `json:"ahead"`
	Work       []WorkInHand   `json:"work"`
	Room       []ChannelRoom  `json:"room"`
	Contacts   []ContactFails `json:"contacts"`
}

// WorkInHand is one contact in an agent's hands.
type WorkInHand struct {
	Contact ContactID  `json:"contact"`
	Channel Channel    `json:"channel"`
	State   AgentState `json:"state"` // reserved, ringing, on_contact or after_contact
	Holds   bool       `json:"holds"` // takes room
}

// ChannelRoom is an agent's capacity for a channel that he takes at all.
type ChannelRoom struct {
	Channel Channel `json:"channel"`
	InHand  int     `json:"in_hand"`
	Max     int     `json:"max"`
	Free    bool    `json:"free"` // a contact of the channel could be offered
}

// ContactFails is one waiting contact, with the first test that it and the
// agent fail.
type ContactFails struct {
	Contact ContactID `json:"contact"`
	Test    Test      `json:"test"`
}

var phaseNames = [...]string{"none", "waiting", "offered", "connected"}

// test tells which test a pair fails first, from the plain part of the state
// alone. The agent must be configured.
func (s *State) test(a *agent, c *contact) Test {
	level := func(skill SkillID) uint8 {
		if !s.skillSet[skill] {
			return 0
		}
		for _, sl := range a.skills {
			if sl.Skill == skill {
				return sl.Level
			}
		}
		return 0
	}
	if people := s.people(c); people != nil {
		if !namedBefore(people, a.id) {
			return TestPerson
		}
	} else {
		if t := s.servesAt(c.queue, c.stage, a.profile); t != TestPassed {
			return t
		}
		if !s.queues[c.queue].Require.MetBy(level) {
			return TestSkill
		}
	}
	if !s.pool.needs[s.need(c)].source.MetBy(level) {
		return TestSkill
	}
	if t := s.readiness(a); t != TestPassed {
		return t
	}
	if !s.room(a, c.channel) {
		return TestRoom
	}
	if c.extra != none && remembers(s.extras[c.extra].decline, s.agentIDs[a.id]) {
		return TestDeclined
	}
	return TestPassed
}

// ExplainContact tells what stands between a contact and each agent. Its error
// is [ErrUnknownContact].
func (s *State) ExplainContact(id ContactID) (ContactExplanation, error) {
	slot, ok := s.table.find(s.contacts, id)
	if !ok {
		return ContactExplanation{}, fmt.Errorf("%w: %q", ErrUnknownContact, id)
	}
	c := &s.contacts[slot]
	e := ContactExplanation{
		Contact: id, Queue: s.rules(c).ID, Channel: c.channel, Phase: phaseNames[c.phase], Priority: c.priority,
		WaitedMillis: s.now.Sub(c.enqueued), CreditMillis: c.credit, Grace: c.step < 0,
	}
	if c.agent != none {
		e.Agent = s.agents[c.agent].id
	}
	if e.Grace && c.extra != none {
		e.Preferred = slices.Clone(s.extras[c.extra].people)
	}
	for i := range len(s.pool.plans[c.plan].steps) + 1 {
		state := StepInactive
		switch {
		case i < int(c.step):
			state = StepExpired
		case i == int(c.step) && c.phase == phaseWaiting:
			state = StepActive
		case i == int(c.step):
			state = StepJoined
		}
		e.Steps = append(e.Steps, state)
	}
	if c.phase != phaseWaiting {
		return e, nil
	}
	e.Position = 1
	for i := range s.contacts {
		if other := &s.contacts[i]; other.phase == phaseWaiting && other.queue == c.queue && s.ahead(other, c) {
			e.Position++
		}
	}
	if at, changes := s.nextDeadline(c); changes {
		e.NextChange = at
	}
	for _, a := range s.roster {
		if ag := &s.agents[a]; ag.configured {
			e.Agents = append(e.Agents, Example{Agent: ag.id, Test: s.test(ag, c)})
		}
	}
	return e, nil
}

// ExplainAgent tells what an agent does and what stands between him and each
// waiting contact, the first in line first. Its error is [ErrUnknownAgent].
func (s *State) ExplainAgent(id AgentID) (AgentExplanation, error) {
	slot, ok := s.agentIDs[id]
	if !ok || !s.agents[slot].configured {
		return AgentExplanation{}, fmt.Errorf("%w: %q", ErrUnknownAgent, id)
	}
	a := &s.agents[slot]
	e := AgentExplanation{
		Agent: id, Profile: s.profiles[a.profile].id, State: a.shows(), Status: a.status,
		Wished: a.pending, Wish: a.pendStatus, Presence: a.presence, IdleMillis: s.now.Sub(a.idleSince),
	}
	if a.reason != none {
		e.BreakReason = s.cfg.BreakReasons[a.reason]
	}
	for _, other := range s.roster {
		if b := &s.agents[other]; b.configured && b.idleSeq < a.idleSeq {
			e.Ahead++
		}
	}
	for _, w := range a.work {
		e.Work = append(e.Work, WorkInHand{Contact: w.contact, Channel: w.channel, State: workShows[w.phase], Holds: w.holds})
	}
	for ch := range Channel(numChannels) {
		if limit := s.capacity(a, ch); limit > 0 {
			free := s.readiness(a) == TestPassed && s.room(a, ch)
			e.Room = append(e.Room, ChannelRoom{Channel: ch, InHand: int(a.load[ch]), Max: limit, Free: free})
		}
	}
	var waiting []*contact
	for i := range s.contacts {
		if c := &s.contacts[i]; c.phase == phaseWaiting {
			waiting = append(waiting, c)
		}
	}
	slices.SortFunc(waiting, func(x, y *contact) int {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.seq, y.seq))
	})
	for _, c := range waiting {
		e.Contacts = append(e.Contacts, ContactFails{Contact: c.id, Test: s.test(a, c)})
	}
	return e, nil
}
