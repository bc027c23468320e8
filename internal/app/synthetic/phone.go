package synthetic

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// PhoneReport is what a phone says of a call that it had, by SIP PUBLISH (RFC
// 6035).
type PhoneReport struct {
	// CallID of the call; Number counts the phone's reports of it.
	CallID schema.CallID
	Number int
	// Phone and Peer are the addresses of record, Local and Remote the ends of
	// the media with their SSRCs.
	Phone, Peer             string
	Local, Remote           netip.AddrPort
	LocalSSRC, RemoteSSRC   uint32
	Start, Stop             time.Time
	Codec                   string
	PayloadType             uint8
	ClockHz                 uint32
	LossPercent             float64
	RTTMillis, JitterMillis int
	MOSLQ, MOSCQ            float64
	// Last marks the report at the end of the call.
	Last bool
}

// Body is the report itself, application/vq-rtcpxr.
func (r *PhoneReport) Body() string {
	head := "VQIntervalReport"
	if r.Last {
		head = "VQSessionReport: CallTerm"
	}
	return fmt.Sprintf("%s\r\nCallID: %s\r\nLocalID: <sip:%s>\r\nRemoteID: <sip:%s>\r\nOrigID: <sip:%s>\r\n"+
		"LocalAddr: IP=%s PORT=%d SSRC=0x%08X\r\nRemoteAddr: IP=%s PORT=%d SSRC=0x%08X\r\n"+
		"LocalMetrics:\r\nTimestamps: START=%s STOP=%s\r\nSessionDesc: PT=%d PD=%s SR=%d\r\n"+
		"PacketLoss: NLR=%.1f JDR=0.0\r\nDelay: RTD=%d IAJ=%d\r\nQualityEst: MOSLQ=%.1f MOSCQ=%.1f\r\n",
		head, r.CallID, r.Phone, r.Peer, r.Phone,
		r.Local.Addr(), r.Local.Port(), r.LocalSSRC, r.Remote.Addr(), r.Remote.Port(), r.RemoteSSRC,
		r.Start.UTC().Format(time.RFC3339), r.Stop.UTC().Format(time.RFC3339), r.PayloadType, r.Codec, r.ClockHz,
		r.LossPercent, r.RTTMillis, r.JitterMillis, r.MOSLQ, r.MOSCQ)
}

// Publish is the whole request; from is the address that the phone sends from,
// transport UDP, TCP or TLS.
func (r *PhoneReport) Publish(from netip.AddrPort, transport string) []byte {
	body := r.Body()
	branch := fmt.Sprintf("z9hG4bK%s.%d", r.CallID, r.Number)
	return fmt.Appendf(nil, "PUBLISH sip:collector@localhost SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\n"+
		"From: <sip:%s>;tag=p%d\r\nTo: <sip:collector@localhost>\r\nCall-ID: publish-%s-%d\r\nCSeq: 1 PUBLISH\r\nMax-Forwards: 70\r\n"+
		"Event: vq-rtcpxr\r\nExpires: 0\r\nUser-Agent: Trunkline synthetic phone\r\nContent-Type: application/vq-rtcpxr\r\nContent-Length: %d\r\n\r\n%s",
		transport, from, branch, r.Phone, r.Number, r.CallID, r.Number, len(body), body)
}
