package sipmsg

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

const invite = "INVITE sip:+14255550100;ext=7@sip.pstnhub.microsoft.com:5061;transport=tls;user=phone SIP/2.0\r\n" +
	"Via: SIP/2.0/TLS 192.0.2.7:5061;branch=z9hG4bKabc;alias, SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKother\r\n" +
	"f: \"Anna <\\\"A\\\">, sales\" <sip:+49-30-1234567@SBC1.Contoso.Example.;user=phone>;tag=from1\r\n" +
	"To: <tel:+1(425)5550100;phone-context=x>\r\n" +
	"i: 8f3a@192.0.2.7\r\n" +
	"CSeq: 4711 INVITE\r\n" +
	"Contact: <sip:192.0.2.7:5061;transport=tls>,\r\n <sip:second@other.example>\r\n" +
	"P-Asserted-Identity: <sip:anna%40home@[2001:DB8::1]:5070>\r\n" +
	"Broken header without colon\r\n" +
	"c: application/SDP; charset=x\r\n" +
	"l: LENGTH\r\n\r\n"

const offer = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\na=sendonly\r\n" +
	"m=audio 20000 RTP/SAVP 104 9 0 101 13\r\na=rtpmap:104 SILK/16000\r\na=rtpmap:9 G722/8000/1\r\n" +
	"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=rtcp:20009 IN IP4 192.0.2.8\r\na=rtcp-mux\r\n" +
	"m=video 30000 RTP/AVP 96\r\na=sendrecv\r\nc=IN IP4 192.0.2.9\r\n" +
	"m=audio 0 RTP/AVP 18\r\nc=IN IP6 2001:db8::5/127\r\na=inactive\r\n"

func withBody(head, body string) []byte {
	return []byte(strings.Replace(head, "LENGTH", itoa(len(body)), 1) + body)
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func mustParse(t *testing.T, data []byte) *Message {
	t.Helper()
	m, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestParseInvite(t *testing.T) {
	got := mustParse(t, withBody(invite, offer))
	sdp := got.SDP
	got.SDP = nil
	want := &Message{
		Method:     "INVITE",
		RequestURI: URI{"sip", "+14255550100", "sip.pstnhub.microsoft.com", 5061},
		CallID:     "8f3a@192.0.2.7", CSeq: 4711, HasCSeq: true,
		From: URI{"sip", "+49-30-1234567", "sbc1.contoso.example", 0}, FromTag: "from1",
		To:       URI{Scheme: "tel", User: "+1(425)5550100"},
		Contact:  URI{"sip", "", "192.0.2.7", 5061},
		Asserted: URI{"sip", "anna@home", "2001:db8::1", 5070},
		Branch:   "z9hG4bKabc", ContentType: "application/sdp",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	wantSDP := &SDP{Audio: []Media{
		{
			Addr: netip.MustParseAddr("192.0.2.7"), Port: 20000, RTCPAddr: netip.MustParseAddr("192.0.2.8"), RTCPPort: 20009,
			RTCPMux: true, PTimeMillis: 20, Direction: "sendonly", Secure: true,
			Formats: []Format{{104, "SILK", 16000, 1, ""}, {9, "G722", 8000, 1, ""}, {0, "PCMU", 8000, 1, ""}, {101, "TELEPHONE-EVENT", 8000, 1, ""}, {13, "CN", 8000, 1, ""}},
		},
		{
			Addr: netip.MustParseAddr("2001:db8::5"), RTCPAddr: netip.MustParseAddr("2001:db8::5"), Direction: "inactive",
			Formats: []Format{{18, "G729", 8000, 1, ""}},
		},
	}}
	if !reflect.DeepEqual(sdp, wantSDP) {
		t.Errorf("SDP\ngot  %+v\nwant %+v", sdp, wantSDP)
	}
}

// TestLineEnds: LF alone, and empty lines before the message as streams have
// them, read the same.
func TestLineEnds(t *testing.T) {
	want := mustParse(t, withBody(invite, offer))
	lf := strings.ReplaceAll(string(withBody(invite, strings.ReplaceAll(offer, "\r\n", "\n"))), "\r\n", "\n")
	for _, data := range []string{"\r\n\r\n" + string(withBody(invite, offer)), lf} {
		if got := mustParse(t, []byte(data)); !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestParseResponse(t *testing.T) {
	m := mustParse(t, []byte("SIP/2.0 486 Busy Here\r\nCall-ID: x\r\nCSeq: 2 INVITE\r\nFrom: sip:a@b;tag=1\r\nTo: <sip:c@d>;tag=\"2\"\r\n"+
		"Reason: Q.850 ; cause=17;text=\"User, busy; really\", sip;cause=486\r\nReason: q.850;cause=999999\r\n\r\n"))
	if m.IsRequest() || m.Method != "INVITE" || m.Status != 486 || m.Phrase != "Busy Here" || m.FromTag != "1" || m.ToTag != "2" || m.Truncated {
		t.Errorf("%+v", m)
	}
	want := []Reason{{"Q.850", 17, "User, busy; really"}, {"SIP", 486, ""}, {"Q.850", 0, ""}}
	if !reflect.DeepEqual(m.Reasons, want) {
		t.Errorf("reasons %+v, want %+v", m.Reasons, want)
	}
}

// TestTruncated: what an agent cut off is read as far as it is whole, and half
// a header is not believed.
func TestTruncated(t *testing.T) {
	data := withBody(invite, offer)
	full := mustParse(t, data)
	for n := len("INVITE sip:+14255550100;ext=7@sip.pstnhub.microsoft.com:5061;transport=tls;user=phone SIP/2.0"); n < len(data); n++ {
		m := mustParse(t, data[:n])
		if !m.Truncated {
			t.Fatalf("cut at %d of %d: not noticed", n, len(data))
		}
		for what, pair := range map[string][2]any{
			"From": {m.From, full.From}, "To": {m.To, full.To}, "Contact": {m.Contact, full.Contact}, "Asserted": {m.Asserted, full.Asserted},
		} {
			if pair[0] != (URI{}) && pair[0] != pair[1] {
				t.Fatalf("cut at %d: %s is %+v, want %+v or none", n, what, pair[0], pair[1])
			}
		}
		if m.CallID != "" && m.CallID != full.CallID {
			t.Fatalf("cut at %d: Call-ID %q", n, m.CallID)
		}
	}
}

func TestMultipart(t *testing.T) {
	body := "--b1\r\nContent-Type: application/sdp\r\n\r\n" + offer + "--b1\r\nContent-Type: text/plain\r\n\r\nm=audio 1 RTP/AVP 0\r\n--b1--\r\n"
	m := mustParse(t, withBody(strings.Replace(invite, "application/SDP; charset=x", "multipart/mixed;boundary=b1", 1), body))
	if m.SDP == nil || len(m.SDP.Audio) != 2 || m.SDP.Audio[0].Port != 20000 {
		t.Errorf("%+v", m.SDP)
	}
}

func TestNotSIP(t *testing.T) {
	for _, s := range []string{"", "\r\n", "HEP3", "GET / HTTP/1.1\r\n\r\n", "INVITE sip:a@b SIP/3.0\r\n\r\n", "SIP/2.0 99 x\r\n", "SIP/2.0 abc x\r\n", "{}"} {
		if _, err := Parse([]byte(s)); !errors.Is(err, ErrNotSIP) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if _, err := Parse(make([]byte, MaxBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestURI(t *testing.T) {
	tests := []struct {
		in     string
		want   URI
		digits string
		global bool
	}{
		{"sip:+4930123@h", URI{"sip", "+4930123", "h", 0}, "4930123", true},
		{"sips:4930123:secret@H.:99", URI{"sips", "4930123", "h", 99}, "4930123", false},
		{"SIP:anna@h?Subject=a@b", URI{"sip", "anna", "h", 0}, "", false},
		{"sip:h", URI{"sip", "", "h", 0}, "", false},
		{"sip:12@h", URI{"sip", "12", "h", 0}, "", false},
		{"sip:+1234567890123456@h", URI{"sip", "+1234567890123456", "h", 0}, "", false},
		{"sip:%2B49%20@h", URI{"sip", "+49 ", "h", 0}, "", false},
		{"tel:030-123.456;phone-context=+49", URI{"tel", "030-123.456", "", 0}, "030123456", false},
		{"tel:", URI{}, "", false},
		{"mailto:a@b", URI{}, "", false},
		{"sip:a@", URI{}, "", false},
		{"sip:a@b:", URI{}, "", false},
		{"sip:a@b:70000", URI{}, "", false},
		{"sip:a@[::1", URI{}, "", false},
		{"sip:a@[::1]x5", URI{}, "", false},
		{"*", URI{}, "", false},
	}
	for _, tt := range tests {
		u := parseURI(tt.in)
		digits, global := u.Number()
		if u != tt.want || digits != tt.digits || global != tt.global && tt.digits != "" {
			t.Errorf("%s: %+v number %q %v, want %+v %q %v", tt.in, u, digits, global, tt.want, tt.digits, tt.global)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := withBody(invite, offer)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
