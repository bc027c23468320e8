package routing

// ContactOrder says how a queue's contacts stand in line. All three are static keys: a key
// changes only when the contact's priority does, never by time passing.
type ContactOrder uint8

// The values of ContactOrder; the first is the default.
const (
	OrderAging  ContactOrder = iota // enqueue time less priority times AgingMillis: one point of priority is worth so much waiting
	OrderStrict                     // priority first, then enqueue time; StarvationGuardMillis limits how long the low can be passed
	OrderFIFO                       // enqueue time only
)

var contactOrderNames = [...]string{"aging", "strict", "fifo"}

// String returns the name used in configurations, scenarios and facts.
func (v ContactOrder) String() string {
	return enumName("contact order", contactOrderNames[:], uint8(v))
}

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v ContactOrder) MarshalText() ([]byte, error) {
	return enumText("contact order", contactOrderNames[:], uint8(v))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *ContactOrder) UnmarshalText(text []byte) error {
	return enumParse("contact order", contactOrderNames[:], text, v)
}

// AgentOrder says which of several free agents a contact is offered to. Equals are
// settled by idleness, and that by a sequence number: no two agents are equal.
type AgentOrder uint8

// The values of AgentOrder; the first is the default.
const (
	LongestIdle    AgentOrder = iota // the agent whose last contact ended first
	LeastOccupied                    // the agent with the fewest contacts in hand, then the longest idle: the right choice where agents take several at once
	MostProficient                   // the highest sum of levels over the skills that the requirement asks for, then the longest idle
	RoundRobin                       // the agent whose last offer, of any queue, is the longest ago
	ExplicitOrder                    // the lowest Agent.Rank, then the longest idle
)

var agentOrderNames = [...]string{"longest_idle", "least_occupied", "most_proficient", "round_robin", "explicit"}

// String returns the name used in configurations, scenarios and facts.
func (v AgentOrder) String() string { return enumName("agent order", agentOrderNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v AgentOrder) MarshalText() ([]byte, error) {
	return enumText("agent order", agentOrderNames[:], uint8(v))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *AgentOrder) UnmarshalText(text []byte) error {
	return enumParse("agent order", agentOrderNames[:], text, v)
}

// WrapUpMode says what follows a contact of a queue.
type WrapUpMode uint8

// The values of WrapUpMode; the first is the default.
const (
	WrapUpNone     WrapUpMode = iota // the agent is free at once
	WrapUpOptional                   // the agent is free at once, and shown as wrapping up until he or the limit ends it
	WrapUpTimed                      // the agent is held until he ends it or the limit passes
	WrapUpForced                     // the agent is held until he ends it; passing the limit is reported, not enforced
)

var wrapUpModeNames = [...]string{"none", "optional", "timed", "forced"}

// String returns the name used in configurations, scenarios and facts.
func (v WrapUpMode) String() string { return enumName("wrap-up mode", wrapUpModeNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v WrapUpMode) MarshalText() ([]byte, error) {
	return enumText("wrap-up mode", wrapUpModeNames[:], uint8(v))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *WrapUpMode) UnmarshalText(text []byte) error {
	return enumParse("wrap-up mode", wrapUpModeNames[:], text, v)
}
