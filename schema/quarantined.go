package schema

import (
	"net/netip"
	"time"
)

// Forms of what is kept in quarantine.
const (
	// FormRTCP is an RTCP datagram as it is on the wire.
	FormRTCP = "rtcp"
	// FormRTCPJSON is a capture agent's JSON of RTCP.
	FormRTCPJSON = "rtcp_json"
	// FormPublish is a SIP PUBLISH with a quality report in it.
	FormPublish = "publish"
	// FormVQ is the body of a quality report alone (RFC 6035 section 4.6).
	FormVQ = "vq"
)

// States of a report in quarantine.
const (
	// QuarantineOpen waits for somebody to say whose it is.
	QuarantineOpen = "open"
	// QuarantineAssigned was made a fact of the tenant that somebody named.
	QuarantineAssigned = "assigned"
	// QuarantineDropped was nobody's; its payload is gone.
	QuarantineDropped = "dropped"
)

// RuleAssigned is the attribution rule of facts that came out of quarantine
// because a person said whose they are.
const RuleAssigned = "assigned"

// Quarantined is a row of quarantine: a report of which no rule could say
// whose it is, with all that is needed to make a fact of it later. Its key is
// (Tenant, Time, QuarantineID), and its tenant is always "": it is nobody's,
// so only the provider may read it. The COMMENTs stand in
// migrations/0004_sip_and_quality_reports.sql; here are the rules for writers.
type Quarantined struct {
	// Time is when the report was received. The capture time is a stranger's
	// claim, which must not choose a partition or an expiry.
	Time         time.Time
	QuarantineID QuarantineID
	// CapturedAt is the capture time that an agent claims.
	CapturedAt Opt[time.Time]
	// Listener is the name of the listener it came by.
	Listener string
	// Sender is who brought it to us; the zero AddrPort is unknown.
	Sender    netip.AddrPort
	CaptureID Opt[uint32]
	NodeName  string
	// From and To are the report's own transport addresses as captured.
	From   netip.AddrPort
	To     netip.AddrPort
	CallID CallID
	// Hosts are those that the call's SIP, or the PUBLISH, names: a hint for
	// the person who assigns. Sorted, each once, at most 8.
	Hosts []string
	// Form says what Payload is.
	Form    string
	Payload []byte
	// Reason is one word of attribution.Reason, or waiting_full.
	Reason string
	// Answers are what the rules said, each as rule=tenant.
	Answers []string

	State string
	// AssignedTenant and AssignedTrunk are set in state assigned.
	AssignedTenant TenantID
	AssignedTrunk  TrunkID
	// DecidedAt is when the state ceased to be open.
	DecidedAt Opt[time.Time]

	Fact
}

// TableQuarantine is the table of [Quarantined] rows.
const TableQuarantine = "quarantine"
