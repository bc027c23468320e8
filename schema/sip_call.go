package schema

import "time"

// SIPCall is a row of sip_calls: one call attempt as the SIP that capture
// agents saw tells it. Its key is (Tenant, CallID), since what is known of a
// call may change its Time. The meaning, unit, source and privacy class of each
// column stand in the COMMENTs of migrations/0004_sip_and_quality_reports.sql;
// here are the rules for writers.
type SIPCall struct {
	Tenant TenantID
	// Time is the first INVITE, or where that was not seen, the earliest
	// moment that was: stored in whole microseconds.
	Time   time.Time
	CallID CallID
	// Trunk is "" where it is not known.
	Trunk TrunkID
	// AttributionRule names the rule that found the tenant.
	AttributionRule string
	// Direction is in, out, or "" where it is not known.
	Direction string

	// The parties' user parts (numbers, names) and hosts, "" if not known.

	FromUser   string
	FromHost   string
	ToUser     string
	ToHost     string
	TargetUser string
	TargetHost string

	// HasInvite tells a whole call from one whose beginning was not seen.
	HasInvite bool
	// State is ended, timed_out or evicted.
	State string
	// Outcome is one word of sipcalls.Outcome.
	Outcome string
	// IsSeized and IsEffective say in which sums of ITU-T E.425 the call counts.
	IsSeized    bool
	IsEffective bool
	FinalStatus Opt[uint16]
	// ReasonProtocol is "" where no Reason was given (RFC 3326).
	ReasonProtocol string
	ReasonCause    Opt[uint16]
	ReasonText     string
	// EndedBy is caller, callee, or "" where it is not known.
	EndedBy    string
	RingingAt  Opt[time.Time]
	AnsweredAt Opt[time.Time]
	EndedAt    Opt[time.Time]

	PostDialDelayMillis Opt[int64]
	SetupMillis         Opt[int64]
	TalkMillis          Opt[int64]

	Fact
}

// WholeCallVersion is added to the version of a [SIPCall] whose INVITE was
// seen, so that what is made of a stray message later never replaces it.
const WholeCallVersion = 1 << 62

// TableSIPCalls is the table of [SIPCall] rows.
const TableSIPCalls = "sip_calls"
