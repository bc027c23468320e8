package schema

import "time"

// CallRecordID identifies one call in Microsoft Graph: the id of a callRecord,
// in lower-case dashed form where it is a UUID.
type CallRecordID string

// CallSessionID identifies a session within its call record.
type CallSessionID string

// CallSegmentID identifies a segment within its session.
type CallSegmentID string

// Tables of what Microsoft Graph tells of a call after it has ended. The
// meaning, unit, source and privacy class of each column stand in the COMMENTs
// of migrations/0006_call_records.sql; the structs here hold the rules for
// writers.
const (
	TableCallRecords        = "call_records"
	TableCallSessions       = "call_sessions"
	TableCallSegments       = "call_segments"
	TableCallMediaStreams   = "call_media_streams"
	TableDirectRoutingCalls = "direct_routing_calls"
	TablePSTNCalls          = "pstn_calls"
)

// CallRecord is a row of call_records: one call. Its key is (Tenant, RecordID),
// since a later version of a record may change its Time; the row that holds is
// the newest version whose sessions are known, see [CallRecordVersion].
type CallRecord struct {
	Tenant TenantID
	// Time is when the call began, stored in whole microseconds.
	Time     time.Time
	RecordID CallRecordID
	// RecordVersion is Microsoft's version of the document. Its sessions,
	// segments and streams carry the same.
	RecordVersion uint64
	// Type is groupCall, peerToPeer, unknown or what Microsoft adds.
	Type       string
	Modalities []string
	EndedAt    Opt[time.Time]
	ModifiedAt Opt[time.Time]
	JoinURL    string

	Organizer      CallIdentity
	OrganizerUnits []string
	// The participants, in the order of the document: slices of equal length.
	ParticipantKinds   []string
	ParticipantIDs     []string
	ParticipantNames   []string
	ParticipantTenants []string
	// ParticipantUnits are the administrative units of all participants.
	ParticipantUnits []string

	// HasSessions tells a whole document from an entry of a list.
	HasSessions bool
	// IsComplete is false where the document says that it has more sessions or
	// participants on further pages.
	IsComplete bool
	Sessions   uint32
	Segments   uint32
	Streams    uint32

	Fact
}

// CallRecordVersion orders the documents of one call: one with its sessions
// comes before a mere entry of a list, then Microsoft's version decides, then
// whether it is complete. It is the Fact.Version of a [CallRecord] and of its
// children. recordVersion is at most 1<<60.
func CallRecordVersion(recordVersion uint64, hasSessions, isComplete bool) uint64 {
	v := recordVersion << 1
	if isComplete {
		v |= 1
	}
	if hasSessions {
		v |= 1 << 62
	}
	return v
}

// CallIdentity is who took part: a user, a number, a bot.
type CallIdentity struct {
	// Kind is the property of Graph's identity set, such as user, phone,
	// guest or applicationInstance; "" if nobody is named.
	Kind string
	// ID is an Entra object id, a number in E.164 or another id of that kind.
	ID     string
	Name   string
	Tenant string
	// PrincipalName is the userPrincipalName, "" where Graph gives none.
	PrincipalName string
}

// CallEndpoint is one end of a session or segment.
type CallEndpoint struct {
	// Kind is participant, service, or "" where there is none.
	Kind     string
	Identity CallIdentity
	// Machine is the name of the computer, CPU what it has.
	Machine  string
	CPU      string
	CPUCores Opt[int32]
	CPUMHz   Opt[int32]

	// UserAgent is the header, AppVersion the version in it.
	UserAgent  string
	AppVersion string
	// Platform and ProductFamily of a client, ServiceRole of a service.
	Platform               string
	ProductFamily          string
	ServiceRole            string
	AzureADAppID           string
	CommunicationServiceID string

	// FeedbackRating is notRated, bad, poor, fair, good or excellent; "" where
	// there is no feedback.
	FeedbackRating string
	FeedbackText   string
	// FeedbackTrue and FeedbackFalse are the tokens offered to the user that
	// were chosen and those that were not, in order of names.
	FeedbackTrue  []string
	FeedbackFalse []string
}

// CallSession is a row of call_sessions. Its key is (Tenant, Time, RecordID,
// SessionID).
type CallSession struct {
	Tenant        TenantID
	Time          time.Time
	RecordID      CallRecordID
	RecordVersion uint64
	SessionID     CallSessionID

	EndedAt       Opt[time.Time]
	Modalities    []string
	IsTest        Opt[bool]
	FailureStage  string
	FailureReason string
	Caller        CallEndpoint
	Callee        CallEndpoint
	Segments      uint32

	Fact
}

// CallSegment is a row of call_segments. Its key is (Tenant, Time, RecordID,
// SessionID, SegmentID).
type CallSegment struct {
	Tenant        TenantID
	Time          time.Time
	RecordID      CallRecordID
	RecordVersion uint64
	SessionID     CallSessionID
	SegmentID     CallSegmentID

	EndedAt       Opt[time.Time]
	FailureStage  string
	FailureReason string
	Caller        CallEndpoint
	Callee        CallEndpoint
	Media         uint32
	Streams       uint32

	Fact
}
