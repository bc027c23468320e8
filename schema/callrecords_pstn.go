package schema

import "time"

// DirectRoutingCall is a row of direct_routing_calls: Microsoft's log of one
// call through a tenant's SBC. Its key is (Tenant, Time, RowID).
type DirectRoutingCall struct {
	Tenant TenantID
	// Time is the start; where there is none, the INVITE, the failure or the
	// end.
	Time  time.Time
	RowID string
	// CorrelationID is the call's in Microsoft's service: legs of one call
	// share it. It may be the id of a call record.
	CorrelationID string
	// Trunk is the SBC's FQDN in lower case, as in [TrunkID].
	Trunk TrunkID

	InvitedAt Opt[time.Time]
	StartedAt Opt[time.Time]
	FailedAt  Opt[time.Time]
	EndedAt   Opt[time.Time]
	// DurationSeconds is the talk time that Microsoft counts.
	DurationSeconds Opt[int32]

	CallType      string
	IsSuccessful  Opt[bool]
	CallerNumber  string
	CalleeNumber  string
	UserID        string
	UserName      string
	PrincipalName string

	MediaPathLocation string
	SignalingLocation string
	IsMediaBypassed   Opt[bool]
	// FinalSIPCode is 0 in calls that ended by BYE.
	FinalSIPCode     Opt[int32]
	FinalSIPPhrase   string
	CallEndSubReason Opt[int32]

	Fact
}

// PSTNCall is a row of pstn_calls: a call over Microsoft's or an operator's
// lines that may be charged for. Its key is (Tenant, Time, RowID).
type PSTNCall struct {
	Tenant TenantID
	Time   time.Time
	RowID  string
	// CallID is not unique.
	CallID  string
	EndedAt Opt[time.Time]
	// DurationSeconds is the time that is charged for, counted by
	// DurationSource: microsoft or operator.
	DurationSeconds Opt[int32]
	DurationSource  string

	CallType      string
	CallerNumber  string
	CalleeNumber  string
	UserID        string
	UserName      string
	PrincipalName string

	// Charges in millionths of Currency (ISO 4217), exactly.
	ChargeMicros           Opt[int64]
	ConnectionChargeMicros Opt[int64]
	Currency               string

	ConferenceID       string
	DestinationContext string
	DestinationName    string
	InventoryType      string
	LicenseCapability  string
	Operator           string
	TenantCountry      string
	UsageCountry       string

	Fact
}
