package pipeline

import (
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Kinds of source, as facts store them.
const (
	KindUDP     = "udp"
	KindPcap    = "pcap"
	KindHEP     = "hep"
	KindPublish = "publish"
)

// Source is where datagrams come from, and what is known of them beforehand.
type Source struct {
	// Name of the listener, or of the capture without its folder.
	Name string
	// Kind is one of the constants above.
	Kind string
	// Tenant and Trunk own what comes from here. Trunk may be empty; Tenant may
	// be where an [Attributor] finds it.
	Tenant schema.TenantID
	Trunk  schema.TrunkID
	// Media is what is configured about its calls.
	Media mediaqos.Media
	// AtEndpoint says that captures are taken where the sender reports come
	// from, on the clock that stamps them; see mediaqos.Sighting.
	AtEndpoint bool
	// Synthetic marks facts as made up.
	Synthetic bool
	// RetentionDays of its facts.
	RetentionDays uint16
}

// Datagram is one captured UDP payload, or one HEP packet. Payload is only read
// while it is processed; nil is a datagram that the listener could not take,
// which counts.
type Datagram struct {
	At       time.Time
	Src, Dst netip.AddrPort
	Payload  []byte
}

// Fact is a media fact with where it came from, ready to be a row.
type Fact struct {
	mediaqos.Emission
	// Source that the stream was first seen at.
	Source *Source
	// Origin is nil where tenant and trunk are those of the source.
	Origin *Origin
	// CNAME of the reporter (RFC 3550 section 6.5.1), where it was ever seen.
	CNAME string
	// Version rises over everything that one process writes; a [Late] fact has
	// the lowest.
	Version uint64
}

// CallFact is one version of what SIP told of a call.
type CallFact struct {
	Source    *Source
	Origin    *Origin
	Direction attribution.Direction
	Call      sipcalls.Call
	// Version rises; that of a call whose INVITE was seen beats any other.
	Version uint64
}

// VoIPFact is what one receiver says of the speech it got: a VoIP metrics
// block of RTCP XR, or one section of a voice quality report.
type VoIPFact struct {
	Source *Source
	Origin *Origin
	// Time and ReportID are the key, with the side where there are two.
	Time     time.Time
	ReportID schema.ReportID
	// Reporter measured and Peer sent the stream; Sender brought the report.
	Reporter, Peer, Sender netip.AddrPort
	// Transport is that of a PUBLISH: udp, tcp or tls.
	Transport string
	// XR is the block; nil for a section of Report.
	XR *mediaqos.VoIPMetrics
	// Report is the voice quality report, of which this is the local section,
	// or the remote one; UserAgent that of the request it came in.
	Report    *vqreport.Report
	Remote    bool
	UserAgent string
	// Media is what is known of the stream's codec from elsewhere.
	Media mediaqos.Media
	// Version rises. Deleted takes the key back: an earlier sighting was found.
	Version uint64
	Deleted bool
}

// QuarantineFact is a report that nobody owns, whole, so that it can be
// assigned later.
type QuarantineFact struct {
	Source *Source
	// Received is when we had it, Captured the agent's claim, zero if none.
	Received, Captured time.Time
	ID                 schema.QuarantineID
	// Sender brought it; From and To are the report's own addresses.
	Sender, From, To netip.AddrPort
	HasCaptureID     bool
	CaptureID        uint32
	NodeName         string
	CallID           schema.CallID
	// Hosts that its SIP names, at most 8.
	Hosts []string
	// Form is one of the schema's and says what Payload is.
	Form    string
	Payload []byte
	// Reason is a word of attribution.Reason, or [ReasonWaitingFull].
	Reason  string
	Answers []attribution.Answer
	// RetentionDays of the row.
	RetentionDays uint16
	Version       uint64
}

// ReasonWaitingFull is why a report is in quarantine whose source has more
// reports waiting than it may have.
const ReasonWaitingFull = "waiting_full"

// FormCall is a call that nobody owns, as JSON of sipcalls.Call.
const FormCall = "sip_call"

// lateVersion loses against every version that was derived in order.
const lateVersion = 1
