package schema

import (
	"net/netip"
	"time"
)

// Origins of a [VoIPReport].
const (
	// VoIPFromXR is a VoIP metrics block of RTCP XR (RFC 3611 section 4.7).
	VoIPFromXR = "rtcp_xr"
	// VoIPFromSession, VoIPFromInterval and VoIPFromAlert are sections of a SIP
	// quality report (RFC 6035 section 4.6).
	VoIPFromSession  = "session"
	VoIPFromInterval = "interval"
	VoIPFromAlert    = "alert"
)

// Sides of a [VoIPReport] from a SIP quality report.
const (
	// VoIPLocal is what the reporter measured itself.
	VoIPLocal = "local"
	// VoIPRemote is what its peer told the reporter.
	VoIPRemote = "remote"
)

// VoIPReport is a row of voip_reports: what one receiver of speech says of it,
// in a VoIP metrics block of RTCP XR or in one section of a SIP quality report.
// Its key is (Tenant, Time, ReportID, Side). The meaning, unit, source and
// privacy class of each column stand in the COMMENTs of
// migrations/0004_sip_and_quality_reports.sql; here are the rules for writers.
//
// Figures are the reporter's own claims, kept as sent even where they are out
// of range; what was not sent or marked unavailable is unknown.
type VoIPReport struct {
	Tenant TenantID
	// Time is the end of what was measured where the report tells it
	// plausibly, else when it was captured or received; stored in whole
	// microseconds. The same report again must get the same Time.
	Time     time.Time
	ReportID ReportID
	// Side is "" for a block of RTCP XR.
	Side   string
	Origin string
	// Trunk is "" where it is not known.
	Trunk TrunkID
	// AttributionRule names the rule that found the tenant.
	AttributionRule string
	CallID          CallID

	// Reporter is the end that measured, where the stream arrived; Peer is the
	// end that sent the stream. The zero AddrPort is unknown.
	Reporter     netip.AddrPort
	Peer         netip.AddrPort
	ReporterSSRC Opt[uint32]
	SourceSSRC   Opt[uint32]
	// Sender is who brought the report to us: a phone, a proxy, an agent.
	Sender netip.AddrPort
	// Transport is udp, tcp or tls.
	Transport string

	// Of SIP quality reports only; "" where not sent.

	LocalID     string
	RemoteID    string
	OrigID      string
	LocalGroup  string
	RemoteGroup string
	LocalMAC    string
	RemoteMAC   string
	DialogID    string
	UserAgent   string
	// IsCallTerm marks the last report of a call.
	IsCallTerm    bool
	AlertType     string
	AlertSeverity string
	// AlertSide is local or remote: whose reception suffers.
	AlertSide string
	// StartedAt and StoppedAt are as the reporter's clock tells them.
	StartedAt Opt[time.Time]
	StoppedAt Opt[time.Time]

	// How the speech was coded.

	PayloadType         Opt[uint8]
	Codec               string
	ClockHz             Opt[uint32]
	FrameMillis         Opt[float64]
	FrameBytes          Opt[uint32]
	FramesPerPacket     Opt[uint32]
	PacketsPerSecond    Opt[uint32]
	FormatParameters    string
	PLC                 string
	IsSilenceSuppressed Opt[bool]

	// The receiver's jitter buffer.

	JitterBuffer               string
	JitterBufferRate           Opt[uint8]
	JitterBufferNominalMillis  Opt[float64]
	JitterBufferMaximumMillis  Opt[float64]
	JitterBufferAbsoluteMillis Opt[float64]

	// Loss and how it was distributed.

	NetworkLossPercent Opt[float64]
	DiscardPercent     Opt[float64]
	BurstLossPercent   Opt[float64]
	BurstMillis        Opt[float64]
	GapLossPercent     Opt[float64]
	GapMillis          Opt[float64]
	GapMinimum         Opt[uint32]

	// Delay.

	RTTMillis                Opt[float64]
	EndSystemMillis          Opt[float64]
	OneWayMillis             Opt[float64]
	SymmetricOneWayMillis    Opt[float64]
	InterarrivalJitterMillis Opt[float64]
	AbsoluteJitterMillis     Opt[float64]

	// Level of speech, noise and echo.

	SignalDBm0       Opt[float64]
	NoiseDBm0        Opt[float64]
	EchoReturnLossDB Opt[float64]

	// The reporter's own scores, each with the algorithm that it names. The R
	// factor of a block of RTCP XR is conversational, its external R incoming.

	ListeningR          Opt[float64]
	ListeningRBy        string
	ConversationalR     Opt[float64]
	ConversationalRBy   string
	ExternalInR         Opt[float64]
	ExternalInRBy       string
	ExternalOutR        Opt[float64]
	ExternalOutRBy      string
	ListeningMOS        Opt[float64]
	ListeningMOSBy      string
	ConversationalMOS   Opt[float64]
	ConversationalMOSBy string
	EstimatedBy         string
	// MOSScale is NB, WB, FB as the codec tells it, "" where it does not.
	MOSScale string

	// ProblemCount counts what was sent wrongly, UnknownCount the names that
	// we have no column for; UnknownFields are those names.
	ProblemCount  uint32
	UnknownCount  uint32
	UnknownFields []string

	Fact
}

// TableVoIPReports is the table of [VoIPReport] rows.
const TableVoIPReports = "voip_reports"
