package attribution

import (
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

// Capture is the way something came to us.
type Capture struct {
	// Listener is the name of the listener; empty means none of name.
	Listener string
	// Tenant is the one whom the listener serves by its own configuration,
	// beside what the table says of it; empty means that it may serve many.
	Tenant schema.TenantID
	// HasCaptureID tells a capture id of 0 from none. CaptureID and
	// CaptureKey are those of the HEP packet.
	HasCaptureID bool
	CaptureID    uint32
	CaptureKey   []byte
	// Source is who sent it: the agent for HEP, the reporter for RTCP and
	// PUBLISH. It may be invalid, as for a file.
	Source netip.Addr
	// At is when it was captured, on the clock of whoever did; the zero Time
	// means when we had it.
	At time.Time
}

// Evidence is what is known of a media report before its tenant is.
type Evidence struct {
	Capture
	// From and To are the report's transport addresses as captured: for RTCP
	// those of the packet, for a voice quality report the two ends of the
	// stream. They may be invalid.
	From, To netip.AddrPort
	// CallID is the SIP Call-ID that came with the report; empty means none.
	CallID schema.CallID
	// Parties are whom the report's own SIP names, if it came in a SIP message:
	// target, From, To, Contact of a PUBLISH. They answer as a dialog's would.
	Parties []sipmsg.URI
	// Received is when we first had the report. The grace counts from it; the
	// zero Time means that there is no grace.
	Received time.Time
	// NeedClock asks to wait for the SIP of the call even if the tenant is
	// known, because the figures cannot be understood without the codec's
	// clock. When the grace is over the answer is given without.
	NeedClock bool
	// NeedAnswer asks likewise to wait until the call's answer was seen, so that
	// the codec is what both ends agreed on, whatever came first.
	NeedAnswer bool
}

// Rule is what an attribution rests on.
type Rule uint8

// The rules in their order, see the package comment.
const (
	RuleNone Rule = iota
	RuleListener
	RuleCapture
	RuleAddress
	RuleDialog

	numRules
)

var rules = [numRules]string{"none", "listener", "capture", "address", "dialog"}

// String returns the name under which the rule is stored, such as "dialog".
func (r Rule) String() string {
	if r < numRules {
		return rules[r]
	}
	return "other"
}

// Verdict is what to do with the report.
type Verdict uint8

const (
	// Attributed: the report is Tenant's.
	Attributed Verdict = 1 + iota
	// Wait: ask again later; more SIP may come.
	Wait
	// Quarantined: nobody's, see Reason.
	Quarantined
)

// String returns "attributed", "wait" or "quarantined".
func (v Verdict) String() string {
	switch v {
	case Attributed:
		return "attributed"
	case Wait:
		return "wait"
	case Quarantined:
		return "quarantined"
	}
	return "none"
}

// Reason is why a report is in quarantine, or waits.
type Reason uint8

const (
	ReasonNone Reason = iota
	// ReasonUnknown: no rule fits.
	ReasonUnknown
	// ReasonShared: all that fits is shared by several tenants.
	ReasonShared
	// ReasonDisagree: rules name different tenants, see Answers.
	ReasonDisagree
	// ReasonDialog: the call's own SIP names one tenant by its host and
	// another by its number, or was seen by an agent of another tenant.
	ReasonDialog
	// ReasonClock: the tenant is known, the codec not yet (Wait only).
	ReasonClock

	numReasons
)

// NumReasons is one more than the greatest Reason, for arrays of counters.
const NumReasons = int(numReasons)

var reasonNames = [numReasons]string{"none", "unknown", "shared", "disagree", "dialog", "clock"}

// String returns a metric label such as "disagree".
func (r Reason) String() string {
	if r < numReasons {
		return reasonNames[r]
	}
	return "other"
}

// Direction is a call's, seen from the contact centre.
type Direction uint8

const (
	DirectionUnknown Direction = iota
	// Inbound: the call came from the trunk.
	Inbound
	// Outbound: the call went out over the trunk.
	Outbound
)

// String returns "", "in" or "out".
func (d Direction) String() string {
	return [...]string{"", "in", "out"}[min(d, Outbound)]
}

// Party is an end of a call.
type Party uint8

const (
	PartyUnknown Party = iota
	Caller
	Callee
)

// String returns "", "caller" or "callee".
func (p Party) String() string {
	return [...]string{"", "caller", "callee"}[min(p, Callee)]
}

// Answer is what one rule said.
type Answer struct {
	Rule   Rule
	Tenant schema.TenantID
}

// Attribution is whose a report is. With verdict Attributed, Tenant and Rule
// are set and the rest as far as known; otherwise Reason and Answers.
type Attribution struct {
	Tenant schema.TenantID
	// Trunk is empty if the tenant has several that fit.
	Trunk schema.TrunkID
	// Rule is the first that answered.
	Rule   Rule
	Reason Reason
	// Answers are what the rules said, in their order.
	Answers []Answer

	// CallID is of the dialog that was found; or else the evidence's own.
	CallID schema.CallID
	// Codec is the encoding name in upper case that the call's SDP settled
	// on; empty if unknown.
	Codec string
	// Parameters are those of its format (a=fmtp) as whoever decided wrote them.
	Parameters string
	// ClockHz is the codec's RTP clock; 0 if unknown.
	ClockHz uint32
	// PTimeMillis is the packet duration that SDP asks for; 0 if unknown.
	PTimeMillis int
	Direction   Direction
	// Reporter is the end of the call that sent the report, known if the
	// report came from an address in that end's SDP.
	Reporter Party
	// Settled says that the answer of the call was seen, so that Codec is what
	// both ends agreed on and not only what one of them offers.
	Settled bool
	// Since and Until bound the capture times, both included, of further
	// reports with the same evidence that would get the same answer, as long as
	// nothing changes that [Resolver.Watch] tells of. The zero Time is no bound.
	Since, Until time.Time
}
