package routing

import "strings"

// TargetKind is a kind of place where a contact overflows to.
type TargetKind uint8

// The values of TargetKind; the first is the default.
const (
	TargetNone       TargetKind = iota // nowhere: the contact waits on
	TargetQueue                        // another queue of the pool; the contact stays in the state and keeps its age
	TargetPerson                       // an agent of the pool, as a direct contact; the contact stays in the state and keeps its age
	TargetVoicemail                    // a voicemail box
	TargetCallback                     // a promise to call back
	TargetFlow                         // a label of the flow that asked for an agent
	TargetPool                         // a queue of another pool, or a person outside this one
	TargetDisconnect                   // the end
)

var targetKindNames = [...]string{"none", "queue", "person", "voicemail", "callback", "flow", "pool", "disconnect"}

// String returns the name used in configurations, scenarios and facts.
func (v TargetKind) String() string { return enumName("target", targetKindNames[:], uint8(v)) }

// MarshalText returns the name, or an error wrapping [ErrUnknownName].
func (v TargetKind) MarshalText() ([]byte, error) {
	return enumText("target", targetKindNames[:], uint8(v))
}

// UnmarshalText accepts a name; its error wraps [ErrUnknownName].
func (v *TargetKind) UnmarshalText(text []byte) error {
	return enumParse("target", targetKindNames[:], text, v)
}

// Target is a place where a contact overflows to.
type Target struct {
	Kind TargetKind `json:"kind,omitempty"`
	// To names the queue, person, mailbox or flow label; empty for kinds that
	// have one place only.
	To string `json:"to,omitempty"`
}

// String writes kind:name, or the kind alone where there is no name.
func (t Target) String() string {
	if t.To == "" {
		return t.Kind.String()
	}
	return t.Kind.String() + ":" + t.To
}

// ParseTarget reads what String writes. Its error wraps [ErrUnknownName].
func ParseTarget(text string) (Target, error) {
	kind, to, _ := strings.Cut(text, ":")
	t := Target{To: to}
	return t, t.Kind.UnmarshalText([]byte(kind))
}
