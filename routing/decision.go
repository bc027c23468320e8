package routing

// Test is one test of the pair of a contact and an agent. Tests run in this order,
// and a pair is counted under the first it fails.
type Test uint8

// The values of Test; the first is the default.
const (
	TestPassed    Test = iota // every test passed: the pair could be joined now
	TestPerson                // the contact is for certain people and the agent is none of them
	TestQueue                 // the agent's profile does not serve the queue
	TestDelay                 // the profile sees contacts of the queue only after a delay
	TestSkill                 // the agent's skills do not meet the requirement in force
	TestSignedIn              // the agent is signed out
	TestAvailable             // the agent is on a break, not responding, or has asked for another status
	TestPresence              // the agent's presence does not allow offers
	TestRoom                  // the agent has no room for the channel
	TestDeclined              // the agent has lately not taken this very contact
)

var testNames = [...]string{"passed", "person", "queue", "delay", "skill", "signed_in", "available", "presence", "room", "declined"}

// String returns the name used in configurations, scenarios and facts.
func (v Test) String() string { return enumName("test", testNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Test) MarshalText() ([]byte, error) { return enumText("test", testNames[:], uint8(v)) }

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Test) UnmarshalText(text []byte) error { return enumParse("test", testNames[:], text, v) }

// Trigger is what made the router look for a pair.
type Trigger uint8

// The values of Trigger; the first is the default.
const (
	TriggerEnqueued  Trigger = iota // the contact entered the queue
	TriggerUpdated                  // the contact's requirement changed
	TriggerDeadline                 // a step, a delay or a decline memory of the contact ran out
	TriggerReturned                 // an offer of the contact came to nothing
	TriggerAgentFree                // the agent came free, or freer
	TriggerConfig                   // the configuration changed
)

var triggerNames = [...]string{"enqueued", "updated", "deadline", "returned", "agent_free", "config"}

// String returns the name used in configurations, scenarios and facts.
func (v Trigger) String() string { return enumName("trigger", triggerNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Trigger) MarshalText() ([]byte, error) { return enumText("trigger", triggerNames[:], uint8(v)) }

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Trigger) UnmarshalText(text []byte) error {
	return enumParse("trigger", triggerNames[:], text, v)
}

// Outcome is what a decision came to.
type Outcome uint8

// The values of Outcome; the first is the default.
const (
	OutcomeOffered Outcome = iota // an offer was made
	OutcomeNobody                 // no agent passes: the contact waits, or overflows
	OutcomeIdle                   // the agent stays idle beside waiting contacts: none of them passes
)

var outcomeNames = [...]string{"offered", "nobody", "idle"}

// String returns the name used in configurations, scenarios and facts.
func (v Outcome) String() string { return enumName("outcome", outcomeNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Outcome) MarshalText() ([]byte, error) { return enumText("outcome", outcomeNames[:], uint8(v)) }

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Outcome) UnmarshalText(text []byte) error {
	return enumParse("outcome", outcomeNames[:], text, v)
}

// MaxExamples is how many examples a [Decision] carries at most.
const MaxExamples = 8

// NumTests is the number of values of [Test].
const NumTests = len(testNames)

// Decision is the record of one look for a pair: what set it off, by which
// rule it was decided, and what became of those who were not chosen. The full
// list is what [State.ExplainContact] and [State.ExplainAgent] give on demand.
type Decision struct {
	Trigger Trigger   `json:"trigger"`
	Outcome Outcome   `json:"outcome"`
	Contact ContactID `json:"contact,omitempty"` // empty: an agent found nobody
	Agent   AgentID   `json:"agent,omitempty"`   // empty: a contact found nobody
	Queue   QueueID   `json:"queue,omitempty"`
	// ByAgent: the agent looked among contacts and took the first in line by
	// ContactOrder; else the contact looked among agents and took the first by
	// AgentOrder.
	ByAgent      bool         `json:"by_agent,omitempty"`
	ContactOrder ContactOrder `json:"contact_order,omitempty"`
	AgentOrder   AgentOrder   `json:"agent_order,omitempty"`
	// Step is the contact's active step, from 0; len(steps) when all have
	// expired, -1 during the preferred agents' grace.
	Step int8 `json:"step,omitempty"`
	// Key is the contact's place in line: lower is served first.
	Key int64 `json:"key,omitempty"`
	// Counts are the candidates by the first test they failed; under
	// TestPassed those who passed, the chosen one among them.
	Counts [NumTests]uint32 `json:"counts"`
	// Examples are the first agents in order of configuration who serve the
	// queue and have the skills, with what each failed; for a contact that is
	// for certain people, those people. Only where a contact looked.
	Examples    [MaxExamples]Example `json:"examples,omitzero"`
	NumExamples int                  `json:"num_examples,omitempty"`
}

// Example is one candidate of a [Decision].
type Example struct {
	Agent AgentID `json:"agent"`
	Test  Test    `json:"test"`
}
