package routing

// EffectKind is what the host is told or asked to do.
type EffectKind uint8

// The kinds of effect, each with the fields of [Effect] that it sets.
const (
	// EffectOffer asks to present Contact (of Queue, on Channel) to Agent as
	// Offer; At is when it expires unless it rings or is answered before.
	EffectOffer EffectKind = iota + 1
	// EffectWithdraw takes Offer of Contact back from Agent. Reason: abandoned,
	// cancelled, timed_out, signed_out, removed.
	EffectWithdraw
	// EffectConnected confirms that Agent has Contact by accepting Offer. An
	// answer that came too late gets EffectRefused instead.
	EffectConnected
	// EffectWakeAt asks for an [EventTick] at At. A newer request replaces the
	// older; a tick that is early or superfluous does no harm.
	EffectWakeAt
	// EffectOverflow sends Contact of Queue to Target. Reason: closed,
	// no_agents, full, long_estimate, max_wait, removed. If Target is a queue
	// or a person the contact stays in the state; else EffectContactLeft
	// follows.
	EffectOverflow
	// EffectAnnounce tells Contact its Position in Queue (1 is next) and, if
	// EstimateKnown, the EstimatedWaitMillis from now.
	EffectAnnounce
	// EffectContactLeft says that the state has forgotten Contact of Queue.
	// Reason: finished, abandoned, cancelled, overflowed. Every contact that
	// entered leaves exactly once.
	EffectContactLeft
	// EffectAgentState says that Agent went From one state To another, with
	// BreakReason where To is break.
	EffectAgentState
	// EffectWrapUpStarted says that Agent wraps Contact up; At is the limit, 0
	// if there is none.
	EffectWrapUpStarted
	// EffectWrapUpEnded says that Agent's wrap-up of Contact is over.
	EffectWrapUpEnded
	// EffectWrapUpOverdue says that a forced wrap-up of Contact has passed its
	// limit and still holds Agent.
	EffectWrapUpOverdue
	// EffectDecision tells in Decision why an offer was made, or none.
	EffectDecision
	// EffectRefused says that the event changed nothing, with the subject's
	// Contact, Agent or Offer as the event had them, and why in Detail.
	EffectRefused
)

var effectKindNames = []string{
	"none", "offer", "withdraw", "connected", "wake", "overflow", "announce", "left", "state", "wrapup", "wrapup_ended",
	"wrapup_overdue", "decision", "refused",
}

// String returns the name used in scenarios and logs.
func (k EffectKind) String() string { return enumName("effect", effectKindNames, uint8(k)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (k EffectKind) MarshalText() ([]byte, error) {
	return enumText("effect", effectKindNames, uint8(k))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (k *EffectKind) UnmarshalText(text []byte) error {
	return enumParse("effect", effectKindNames, text, k)
}

// Effect is one thing for the host to do or to know. Which fields are set is
// said at its kind; the others are zero.
type Effect struct {
	Kind    EffectKind `json:"kind"`
	Contact ContactID  `json:"contact,omitempty"`
	Agent   AgentID    `json:"agent,omitempty"`
	Queue   QueueID    `json:"queue,omitempty"`
	Offer   OfferID    `json:"offer,omitempty"`
	At      Time       `json:"at,omitempty"`
	Channel Channel    `json:"channel,omitempty"`
	Reason  Reason     `json:"reason,omitempty"`
	Target  Target     `json:"target,omitzero"`
	From    AgentState `json:"from,omitempty"`
	To      AgentState `json:"to,omitempty"`

	BreakReason         string `json:"break_reason,omitempty"`
	Position            int    `json:"position,omitempty"`
	EstimateKnown       bool   `json:"estimate_known,omitempty"`
	EstimatedWaitMillis Millis `json:"estimated_wait_ms,omitempty"`
	Detail              string `json:"detail,omitempty"`

	Decision *Decision `json:"decision,omitempty"`
}
