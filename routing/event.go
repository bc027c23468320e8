package routing

// EventKind is what happened.
type EventKind uint8

// The kinds of event, each with the fields of [Event] that it reads. An event
// that does not fit the state (an unknown contact, an answer to an offer that
// is no longer open) changes nothing and yields one [EffectRefused], so events
// may come late, twice or out of order.
const (
	// EventTick says only that time has passed.
	EventTick EventKind = iota
	// EventContactEnqueued brings a contact: Contact, Channel, and Queue (with
	// an optional Plan) or Person; Priority, EnqueuedAt, CreditMillis.
	EventContactEnqueued
	// EventContactUpdated changes a waiting or offered contact: Contact,
	// Update, and Priority or Plan. An open offer stands.
	EventContactUpdated
	// EventContactAbandoned says that the customer left: Contact. A contact
	// that is connected counts as finished.
	EventContactAbandoned
	// EventContactCancelled takes a contact back: Contact.
	EventContactCancelled
	// EventContactStarted puts a new contact into an agent's hands without an
	// offer, such as an outbound call or one picked by hand: Contact, Agent,
	// Channel, Outbound. It may exceed the agent's capacity.
	EventContactStarted
	// EventContactFinished ends a connected contact: Contact. Its agent's
	// wrap-up begins.
	EventContactFinished
	// EventOfferRinging says that the agent's device rings: Contact, Offer. The
	// time to answer starts anew.
	EventOfferRinging
	// EventOfferAccepted: Contact, Offer.
	EventOfferAccepted
	// EventOfferDeclined: Contact, Offer.
	EventOfferDeclined
	// EventOfferTimedOut is the host's word that nobody will answer, such as
	// when voicemail did: Contact, Offer. The state's own clock needs no event.
	EventOfferTimedOut
	// EventOfferFailed says that the offer could not be delivered: Contact,
	// Offer.
	EventOfferFailed
	// EventWrapUpEnded: Agent, Contact.
	EventWrapUpEnded
	// EventAgentSignedIn: Agent, Status (available or break) and BreakReason.
	EventAgentSignedIn
	// EventAgentSignedOut says that the agent is gone, at once: Agent. Open
	// offers go back to their queue, wrap-ups end; contacts in his hands stay
	// there until they finish.
	EventAgentSignedOut
	// EventAgentStatusRequested: Agent, Status and BreakReason. A break or
	// signing out waits until the agent has nothing in hand, and meanwhile no
	// offer is made to him; available is at once and takes such a request back.
	EventAgentStatusRequested
	// EventAgentPresenceChanged: Agent, Presence.
	EventAgentPresenceChanged
	// EventAgentCapacityChanged: Agent, Channel, Capacity (0..MaxCapacity, or
	// CapacityOfProfile). Contacts in hand stay.
	EventAgentCapacityChanged
	// EventAgentConfigured adds an agent or replaces his configuration:
	// AgentConfig.
	EventAgentConfigured
	// EventAgentRemoved: Agent. Contacts in his hands stay until they finish.
	EventAgentRemoved
	// EventConfigured replaces the whole configuration: Config. One that is not
	// valid is refused and nothing changes. Contacts in hand and open offers
	// stay; waiting contacts of a removed queue go to Config.RemovedQueue.
	EventConfigured
)

var eventKindNames = []string{
	"tick", "enqueue", "update", "abandon", "cancel", "start", "finish", "ringing", "accept", "decline", "timeout",
	"fail", "wrapup_end", "sign_in", "sign_out", "status", "presence", "capacity", "agent", "agent_removed", "config",
}

// String returns the name used in scenarios and logs.
func (k EventKind) String() string { return enumName("event", eventKindNames, uint8(k)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (k EventKind) MarshalText() ([]byte, error) {
	return enumText("event", eventKindNames, uint8(k))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (k *EventKind) UnmarshalText(text []byte) error {
	return enumParse("event", eventKindNames, text, k)
}

// Update says what an [EventContactUpdated] changes; values may be combined.
type Update uint8

// The parts of a contact that can be changed while it waits.
const (
	UpdatePriority Update = 1 << iota
	UpdatePlan
)

// CapacityOfProfile, as an event's Capacity, takes an agent's own limit back.
const CapacityOfProfile = -1

// Event is one thing that happened. Which fields count is said at its kind;
// the others are ignored. The state keeps no reference to what Plan,
// AgentConfig and Config point to.
type Event struct {
	Kind    EventKind `json:"kind"`
	Contact ContactID `json:"contact,omitempty"`
	Agent   AgentID   `json:"agent,omitempty"`
	Queue   QueueID   `json:"queue,omitempty"`
	// Person is the one agent whom a contact without a queue is for.
	Person  AgentID `json:"person,omitempty"`
	Channel Channel `json:"channel,omitempty"`
	// Priority is -1000..1000, higher first; 0 is ordinary.
	Priority int16 `json:"priority,omitempty"`
	// EnqueuedAt is what the contact's deadlines and its place in line count
	// from; 0 means now. A contact that goes back to the same queue, such as
	// one whose agent was cut off, keeps both with its first entry's time. A
	// time in the future is taken as now.
	EnqueuedAt Time `json:"enqueued_at,omitempty"`
	// CreditMillis counts as waiting for the place in line only, not for
	// deadlines: what a transfer between queues or a callback brings along.
	// 0..MaxCreditMillis.
	CreditMillis Millis  `json:"credit_ms,omitempty"`
	Plan         *Plan   `json:"plan,omitempty"`
	Update       Update  `json:"update,omitempty"`
	Outbound     bool    `json:"outbound,omitempty"`
	Offer        OfferID `json:"offer,omitempty"`
	Status       Status  `json:"status,omitempty"`
	// BreakReason is one of Config.BreakReasons where Status is break.
	BreakReason string   `json:"break_reason,omitempty"`
	Presence    Presence `json:"presence,omitempty"`
	Capacity    int      `json:"capacity,omitempty"`
	AgentConfig *Agent   `json:"agent_config,omitempty"`
	Config      *Config  `json:"config,omitempty"`
}
