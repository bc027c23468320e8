package synthetic

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// SIPCall writes the SIP of one call from an SBC to a contact centre, as a
// capture agent at the SBC sees it. Media addresses are in its SDP.
type SIPCall struct {
	ID schema.CallID
	// Host is the SBC's name in From and Contact, by which the trunk is known;
	// Caller and Called are E.164 numbers with +.
	Host           string
	Caller, Called string
	// Near is the SBC's end of the media, Far the contact centre's.
	Near, Far netip.AddrPort
	// PayloadType of the only codec: 0 PCMU, 8 PCMA, 18 G729, or a dynamic one
	// with Codec, such as "opus/48000/2".
	PayloadType uint8
	Codec       string
}

// farHost is where SBCs send calls for Teams (Direct Routing).
const farHost = "sip.pstnhub.microsoft.com"

// Invite begins the call.
func (c *SIPCall) Invite() []byte {
	return c.request("INVITE", 1, false, c.sdp(c.Near))
}

// Ringing is the 180 to the INVITE.
func (c *SIPCall) Ringing() []byte { return c.response(180, "Ringing", "INVITE", 1, "", "") }

// Answer is the 200 to the INVITE, with the far end's SDP.
func (c *SIPCall) Answer() []byte { return c.response(200, "OK", "INVITE", 1, "", c.sdp(c.Far)) }

// Ack completes the answer.
func (c *SIPCall) Ack() []byte { return c.request("ACK", 1, true, "") }

// Bye ends the call from the caller's side.
func (c *SIPCall) Bye() []byte { return c.request("BYE", 2, true, "") }

// Refuse is a final failure of the INVITE. A cause of 0 gives no Reason.
func (c *SIPCall) Refuse(status int, phrase string, q850 int) []byte {
	reason := ""
	if q850 != 0 {
		reason = fmt.Sprintf("Reason: Q.850;cause=%d;text=%q\r\n", q850, phrase)
	}
	return c.response(status, phrase, "INVITE", 1, reason, "")
}

// head is what all messages of the call have in common.
func (c *SIPCall) head(tagged bool) string {
	to := fmt.Sprintf("To: <sip:%s@%s>", c.Called, farHost)
	if tagged {
		to += ";tag=far-" + string(c.ID)
	}
	return fmt.Sprintf("Via: SIP/2.0/TLS %s;branch=z9hG4bK%s\r\nFrom: <sip:%s@%s>;tag=near-%s\r\n%s\r\nCall-ID: %s\r\n",
		c.Host, c.ID, c.Caller, c.Host, c.ID, to, c.ID)
}

// body ends a message with its SDP, if there is one.
func body(sdp string) string {
	if sdp == "" {
		return "Content-Length: 0\r\n\r\n"
	}
	return fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp)
}

func (c *SIPCall) request(method string, cseq int, tagged bool, sdp string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s sip:%s@%s SIP/2.0\r\n%sCSeq: %d %s\r\nContact: <sip:%s:5061;transport=tls>\r\nMax-Forwards: 70\r\n%s",
		method, c.Called, farHost, c.head(tagged), cseq, method, c.Host, body(sdp))
	return []byte(b.String())
}

func (c *SIPCall) response(status int, phrase, method string, cseq int, more, sdp string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n%sCSeq: %d %s\r\n%s%s", status, phrase, c.head(true), cseq, method, more, body(sdp))
	return []byte(b.String())
}

// sdp offers or answers the call's codec at an address.
func (c *SIPCall) sdp(at netip.AddrPort) string {
	family := "IP4"
	if at.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- 1 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP %d\r\n", family, at.Addr(), family, at.Addr(), at.Port(), c.PayloadType)
	if c.Codec != "" {
		fmt.Fprintf(&b, "a=rtpmap:%d %s\r\n", c.PayloadType, c.Codec)
	}
	b.WriteString("a=ptime:20\r\n")
	return b.String()
}
