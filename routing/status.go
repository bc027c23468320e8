package routing

// Status is what an agent has set, or was set to; what he is doing at the moment is
// his [AgentState].
type Status uint8

// The values of Status; the first is the default.
const (
	StatusOffline       Status = iota // signed out
	StatusAvailable                   // takes contacts
	StatusBreak                       // signed in and taking no contacts, for one of the configured reasons
	StatusNotResponding               // put aside because an offer rang unanswered; ends when the agent asks for available
)

var statusNames = [...]string{"offline", "available", "break", "not_responding"}

// String returns the name used in configurations, scenarios and facts.
func (v Status) String() string { return enumName("status", statusNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Status) MarshalText() ([]byte, error) { return enumText("status", statusNames[:], uint8(v)) }

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Status) UnmarshalText(text []byte) error {
	return enumParse("status", statusNames[:], text, v)
}

// AgentState is what an agent is doing, derived from his work in hand and his [Status]:
// a contact comes before a ringing offer, that before a reservation, that
// before after-contact work, and that before the status.
type AgentState uint8

// The values of AgentState; the first is the default.
const (
	StateOffline       AgentState = iota // signed out, nothing in hand
	StateAvailable                       // waiting for a contact
	StateReserved                        // an offer was made and has not rung yet
	StateRinging                         // an offer rings
	StateOnContact                       // with a customer
	StateAfterContact                    // wrapping up
	StateBreak                           // on break
	StateNotResponding                   // put aside after an unanswered offer
)

var agentStateNames = [...]string{"offline", "available", "reserved", "ringing", "on_contact", "after_contact", "break", "not_responding"}

// String returns the name used in configurations, scenarios and facts.
func (v AgentState) String() string { return enumName("agent state", agentStateNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v AgentState) MarshalText() ([]byte, error) {
	return enumText("agent state", agentStateNames[:], uint8(v))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *AgentState) UnmarshalText(text []byte) error {
	return enumParse("agent state", agentStateNames[:], text, v)
}

// Presence is an agent's presence outside the contact centre, such as in Teams.
type Presence uint8

// The values of Presence; the first is the default.
const (
	PresenceUnknown      Presence = iota // not told
	PresenceAvailable                    // free
	PresenceBusy                         // in a call or meeting
	PresenceDoNotDisturb                 // wants no calls
	PresenceAway                         // away from the desk
	PresenceOffline                      // no client is signed in
)

var presenceNames = [...]string{"unknown", "available", "busy", "do_not_disturb", "away", "offline"}

// String returns the name used in configurations, scenarios and facts.
func (v Presence) String() string { return enumName("presence", presenceNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Presence) MarshalText() ([]byte, error) {
	return enumText("presence", presenceNames[:], uint8(v))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Presence) UnmarshalText(text []byte) error {
	return enumParse("presence", presenceNames[:], text, v)
}
