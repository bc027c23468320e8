package schema

import (
	"net/netip"
	"time"
)

// MediaReport is a row of media_reports: one RTCP report block, as it was on
// the wire and with what mediaqos derived from it. Its key is (Tenant, Time,
// ReportID). The meaning, unit, source and privacy class of each column stand
// in the COMMENTs of migrations/0001_media.sql and 0003_media_quality.sql; here are the rules for writers.
type MediaReport struct {
	Tenant TenantID
	// Time is the capture time at the earliest tap, stored in whole
	// microseconds.
	Time     time.Time
	ReportID ReportID
	StreamID StreamID
	// Trunk is "" where it is not known.
	Trunk TrunkID
	// AttributionRule names the rule that found the tenant.
	AttributionRule string
	CallID          CallID

	ReporterSSRC uint32
	SourceSSRC   uint32
	// Reporter sent the RTCP and measured; Peer is the address it was sent to.
	// The zero AddrPort is unknown; zones are not stored.
	Reporter netip.AddrPort
	Peer     netip.AddrPort
	// ReporterCNAME is the SDES CNAME (RFC 3550 section 6.5.1), "" if none.
	ReporterCNAME string
	// Taps are where the report was seen, the earliest first, each as src>dst.
	Taps []string

	// The wire half (RFC 3550 section 6.4), never rewritten.

	PacketType     uint8
	FractionLost   uint8
	CumulativeLost int32
	ExtendedSeq    uint32
	JitterTicks    uint32
	LSR            uint32
	DLSR           uint32
	// The four below are known where the block came in a sender report.
	SRNTP         Opt[uint64]
	SRRTPTime     Opt[uint32]
	SenderPackets Opt[uint32]
	SenderOctets  Opt[uint32]

	// The derived half (package mediaqos), replaced by higher versions.

	// Codec is "" where it is not known.
	Codec       string
	ClockHz     Opt[uint32]
	ClockSource string
	PLC         string
	PtimeMillis Opt[float32]
	// Baseline is "" where the interval figures are valid, else the reason why
	// there are none.
	Baseline         string
	IntervalMillis   Opt[float64]
	Expected         Opt[int32]
	Lost             Opt[int32]
	LossRatio        Opt[float64]
	JitterMillis     Opt[float64]
	RTTMillis        Opt[float64]
	RTTMethod        string
	BurstRatio       Opt[float64]
	BurstRatioSource string
	DelayMillis      Opt[float64]
	DelayBasis       string
	Ro               Opt[float64]
	Is               Opt[float64]
	Id               Opt[float64]
	IeEff            Opt[float64]
	// R and MOS are RCQ and MOSCQ where the delay is known, else RLQ and MOSLQ.
	R   Opt[float64]
	MOS Opt[float64]
	// Listening quality leaves delay out, conversational quality has it in and
	// is unknown without one.
	RLQ, MOSLQ     Opt[float64]
	RCQ, MOSCQ     Opt[float64]
	MOSScale       string
	Grade          string
	ScoreBasis     string
	FormulaVersion uint16

	Fact
}

// TableMediaReports is the table of [MediaReport] rows.
const TableMediaReports = "media_reports"

// Tables of rollups, which only the roller writes.
const (
	TableMediaStreams = "media_streams"
	TableQuality1m    = "quality_1m"
)
