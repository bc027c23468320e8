package synthetic

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/pion/rtcp"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// Wrap makes HEP packets as one capture agent does.
type Wrap struct {
	CaptureID uint32
	Node      string
	// Key goes into every packet (chunk 14); "" sends none.
	Key string
}

// Packet wraps a message that was captured between two addresses. call goes
// into the correlation id; "" sends none.
func (w *Wrap) Packet(proto hep.Proto, at time.Time, src, dst netip.AddrPort, call string, payload []byte) ([]byte, error) {
	p := hep.Packet{
		Src: src, Dst: dst, Time: at, Proto: proto, IPProto: 17, HasCaptureID: true, CaptureID: w.CaptureID,
		Payload: payload,
	}
	if w.Node != "" {
		p.NodeName = []byte(w.Node)
	}
	if w.Key != "" {
		p.AuthKey = []byte(w.Key)
	}
	if call != "" {
		p.CorrelationID = []byte(call)
	}
	return hep.Append(nil, &p)
}

// KeepAlive is a packet without content, in which the agent promises to be
// heard of every few seconds.
func (w *Wrap) KeepAlive(at time.Time, src, dst netip.AddrPort, seconds uint16) ([]byte, error) {
	p := hep.Packet{Src: src, Dst: dst, Time: at, IPProto: 17, HasCaptureID: true, CaptureID: w.CaptureID, KeepAliveSeconds: seconds}
	if w.Node != "" {
		p.NodeName = []byte(w.Node)
	}
	if w.Key != "" {
		p.AuthKey = []byte(w.Key)
	}
	return hep.Append(nil, &p)
}

// senderJSON is the sender's half of an SR in rtpengine's JSON.
type senderJSON struct {
	Seconds  uint32 `json:"ntp_timestamp_sec"`
	Fraction uint32 `json:"ntp_timestamp_usec"` // which it is not: the agent's bug
	RTPTime  uint32 `json:"rtp_timestamp"`
	Packets  uint32 `json:"packets"`
	Octets   uint32 `json:"octets"`
}

// blockJSON is a report block in rtpengine's JSON.
type blockJSON struct {
	Source   uint32 `json:"source_ssrc"`
	Highest  uint32 `json:"highest_seq_no"`
	Fraction uint8  `json:"fraction_lost"`
	Jitter   uint32 `json:"ia_jitter"`
	Lost     uint32 `json:"packets_lost"`
	LSR      uint32 `json:"lsr"`
	DLSR     uint32 `json:"dlsr"`
}

// reportJSON is a compound packet in rtpengine's JSON.
type reportJSON struct {
	SSRC        uint32      `json:"ssrc"`
	Type        uint8       `json:"type"`
	ReportCount int         `json:"report_count"`
	Sender      *senderJSON `json:"sender_information,omitempty"`
	Blocks      []blockJSON `json:"report_blocks"`
}

// RTCPAsJSON writes an RTCP datagram of one SR or RR as media relays put it
// into HEP: the shape of rtpengine, its mislabelled fraction included. Loss is
// unsigned there.
func RTCPAsJSON(datagram []byte) ([]byte, error) {
	packets, err := rtcp.Unmarshal(datagram)
	if err != nil {
		return nil, fmt.Errorf("rtcp: %w", err)
	}
	out := reportJSON{Blocks: []blockJSON{}}
	for _, packet := range packets {
		switch p := packet.(type) {
		case *rtcp.SenderReport:
			out.SSRC, out.Type = p.SSRC, 200
			out.Sender = &senderJSON{uint32(p.NTPTime >> 32), uint32(p.NTPTime), p.RTPTime, p.PacketCount, p.OctetCount}
			out.Blocks = blocksJSON(p.Reports)
		case *rtcp.ReceiverReport:
			out.SSRC, out.Type = p.SSRC, 201
			out.Blocks = blocksJSON(p.Reports)
		}
	}
	out.ReportCount = len(out.Blocks)
	return json.Marshal(out)
}

func blocksJSON(reports []rtcp.ReceptionReport) []blockJSON {
	blocks := make([]blockJSON, len(reports))
	for i, r := range reports {
		blocks[i] = blockJSON{r.SSRC, r.LastSequenceNumber, r.FractionLost, r.Jitter, r.TotalLost, r.LastSenderReport, r.Delay}
	}
	return blocks
}
