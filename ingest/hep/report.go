package hep

import (
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Report is what one RTCP JSON payload says, in the structs of the binary
// decoder (rtcp.Datagram) and with the same figures. The zero value is empty;
// reuse one for many Scan calls. Its slices are good until the next Scan into
// it or until the payload's buffer is reused.
type Report struct {
	// ReporterSSRC is who sent the RTCP packet; HasReporter tells SSRC 0 from
	// an unknown one.
	ReporterSSRC uint32
	HasReporter  bool
	// PacketType is 200 (SR) or 201 (RR) where there are report blocks or
	// sender information, otherwise what the agent wrote; 0 is unknown.
	PacketType uint8
	// Reports are the report blocks, complete with what the packet says.
	Reports []mediaqos.Wire
	// Senders is the sender information of the SR, none or one. NTP 0 is a
	// sender without a clock (RFC 3550 section 6.4.1).
	Senders []rtcp.Sender
	// CNAMEs are the canonical names of SDES. They may be users' addresses:
	// personal data.
	CNAMEs []rtcp.CNAME
	// VoIP is the VoIP metrics block of RTCP XR if HasVoIP. A figure that the
	// agent left out is unknown.
	VoIP    mediaqos.VoIPMetrics
	HasVoIP bool

	text []byte // holds the names that had escapes
}

// reset empties r and keeps its buffers.
func (r *Report) reset() {
	*r = Report{Reports: r.Reports[:0], Senders: r.Senders[:0], CNAMEs: r.CNAMEs[:0], text: r.text[:0]}
}

// IsEmpty reports whether there is nothing to measure by: no block, no sender
// information, no VoIP metrics.
func (r *Report) IsEmpty() bool { return len(r.Reports) == 0 && len(r.Senders) == 0 && !r.HasVoIP }
