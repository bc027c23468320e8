package routing

// Reason says why an effect came to be. Which reasons an effect may carry is said at
// its [EffectKind].
type Reason uint8

// The values of Reason; the first is the default.
const (
	ReasonNone         Reason = iota // no reason applies
	ReasonFinished                   // the contact was handled to its end
	ReasonAbandoned                  // the customer left
	ReasonCancelled                  // the contact was taken back by the system that brought it
	ReasonOverflowed                 // the contact went to a place outside the state
	ReasonClosed                     // the queue is outside its hours
	ReasonNoAgents                   // nobody who serves the queue is signed in
	ReasonFull                       // the queue has reached its maximum length
	ReasonLongEstimate               // the estimated wait is above the queue's limit
	ReasonMaxWait                    // the contact has waited as long as the queue allows
	ReasonRemoved                    // the queue or the person was removed from the configuration
	ReasonTimedOut                   // the offer was not answered in time
	ReasonDeclined                   // the agent declined the offer
	ReasonFailed                     // the offer could not be delivered
	ReasonSignedOut                  // the agent signed out
	ReasonAnswered                   // the offer was accepted
)

var reasonNames = [...]string{"none", "finished", "abandoned", "cancelled", "overflowed", "closed", "no_agents", "full", "long_estimate", "max_wait", "removed", "timed_out", "declined", "failed", "signed_out", "answered"}

// String returns the name used in configurations, scenarios and facts.
func (v Reason) String() string { return enumName("reason", reasonNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v Reason) MarshalText() ([]byte, error) { return enumText("reason", reasonNames[:], uint8(v)) }

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *Reason) UnmarshalText(text []byte) error {
	return enumParse("reason", reasonNames[:], text, v)
}
