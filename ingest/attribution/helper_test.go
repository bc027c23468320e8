package attribution

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

var t0 = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// sbc is the one SBC of three tenants: anna and bert by FQDN, carl by the
// provider's FQDN and his numbers, which dora shares.
var sbc = Table{Trunks: []TrunkRule{
	{Tenant: "anna", Trunk: "anna.sbc.example", FQDN: "anna.sbc.example", Addresses: prefixes("192.0.2.7/32")},
	{Tenant: "bert", Trunk: "bert.sbc.example", FQDN: "Bert.SBC.example", Port: 5061, Addresses: prefixes("192.0.2.7/32")},
	{Tenant: "carl", Trunk: "carl", FQDN: "sbc.example", Addresses: prefixes("192.0.2.0/24"), Numbers: []NumberRange{{"493012000", "493012999"}}},
	{Tenant: "dora", Trunk: "dora-1", FQDN: "sbc.example", Numbers: []NumberRange{{"493013000", "493013999"}, {"14255550100", "14255550100"}}},
	{Tenant: "dora", Trunk: "dora-2", Numbers: []NumberRange{{"493013500", "493013500"}}, Addresses: prefixes("198.51.100.0/28"), Listeners: []string{"dora-udp"}},
	{Tenant: "emil", Trunk: "emil", Listeners: []string{"emil-hep"}, Captures: []CaptureRule{{ID: 42, Key: "secret"}}},
}}

func prefixes(all ...string) (out []netip.Prefix) {
	for _, s := range all {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func newResolver(t testing.TB, o Options) *Resolver {
	t.Helper()
	r, err := NewResolver(sbc, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// call is a call of the tests. The caller is the SBC.
type call struct {
	id               string
	host             string // of the SBC in From and Contact
	from, to         string
	callerRTP        netip.AddrPort
	calleeRTP        netip.AddrPort
	offer, answer    string // formats with rtpmaps
	start            time.Time
	ringing, talking time.Duration
}

const (
	pcmOffer  = "RTP/SAVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20"
	silkOffer = "RTP/SAVP 104 9 8\r\na=rtpmap:104 SILK/16000\r\na=rtpmap:9 G722/8000"
)

// message is one message of a call with its capture time.
type message struct {
	at  time.Time
	sip *sipmsg.Message
}

// messages returns INVITE, 180, 200, ACK, BYE and its 200.
func (c call) messages(t testing.TB) []message {
	t.Helper()
	head := fmt.Sprintf("Call-ID: %s\r\nFrom: <sip:%s@%s>;tag=caller-%s\r\n", c.id, c.from, c.host, c.id)
	to := fmt.Sprintf("To: <sip:%s@sip.pstnhub.microsoft.com>", c.to)
	tagged := to + ";tag=callee-" + c.id
	near, far := fmt.Sprintf("Contact: <sip:%s:5061;transport=tls>\r\n", c.host), "Contact: <sip:api-du.sip.pstnhub.microsoft.com:443>\r\n"
	sdp := func(a netip.AddrPort, formats string) string {
		body := fmt.Sprintf("v=0\r\nc=IN IP%d %s\r\nm=audio %d %s\r\n", map[bool]int{true: 4, false: 6}[a.Addr().Is4()], a.Addr(), a.Port(), formats)
		return fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	target := fmt.Sprintf("sip:%s@sip.pstnhub.microsoft.com:5061 SIP/2.0\r\n", c.to)
	answered := c.start.Add(c.ringing)
	ended := answered.Add(c.talking)
	return []message{
		{c.start, parse(t, "INVITE "+target+head+to+"\r\nCSeq: 1 INVITE\r\n"+near+sdp(c.callerRTP, c.offer))},
		{c.start.Add(c.ringing / 2), parse(t, "SIP/2.0 180 Ringing\r\n"+head+tagged+"\r\nCSeq: 1 INVITE\r\n"+far+"\r\n")},
		{answered, parse(t, "SIP/2.0 200 OK\r\n"+head+tagged+"\r\nCSeq: 1 INVITE\r\n"+far+sdp(c.calleeRTP, c.answer))},
		{answered.Add(50 * time.Millisecond), parse(t, "ACK "+target+head+tagged+"\r\nCSeq: 1 ACK\r\n\r\n")},
		{ended, parse(t, "BYE "+target+head+tagged+"\r\nCSeq: 2 BYE\r\n\r\n")},
		{ended.Add(50 * time.Millisecond), parse(t, "SIP/2.0 200 OK\r\n"+head+tagged+"\r\nCSeq: 2 BYE\r\n\r\n")},
	}
}

func parse(t testing.TB, text string) *sipmsg.Message {
	t.Helper()
	m, err := sipmsg.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if m.Truncated && !strings.HasPrefix(text, "BYE") {
		t.Fatalf("truncated:\n%s", text)
	}
	return m
}

func addrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// tenantOf asks after the grace, so that there is a last word.
func tenantOf(r *Resolver, now time.Time, e Evidence) (schema.TenantID, Attribution, Verdict) {
	e.Received = time.Time{}
	a, v := r.Attribute(now, e)
	return a.Tenant, a, v
}

var agent = Capture{Listener: "hep", HasCaptureID: true, CaptureID: 1, Source: netip.MustParseAddr("203.0.113.1")}

func (c Capture) seen(at time.Time) Capture { c.At = at; return c }

func simpleCall(id, host, to string, port uint16, start time.Time) call {
	return call{
		id: id, host: host, from: "+33123456789", to: to, start: start, ringing: 4 * time.Second, talking: time.Minute,
		callerRTP: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.7"), port), calleeRTP: netip.AddrPortFrom(netip.MustParseAddr("52.112.0.9"), port+1000),
		offer: pcmOffer, answer: pcmOffer,
	}
}
