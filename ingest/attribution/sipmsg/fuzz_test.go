package sipmsg

import (
	"bytes"
	"testing"
)

// FuzzParse: no message makes the reader fail badly, keep more than its bounds,
// or say a number that is none.
func FuzzParse(f *testing.F) {
	f.Add(withBody(invite, offer))
	f.Add([]byte("SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 1 BYE\r\nReason: Q.850;cause=16\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			return
		}
		if m.Status != 0 && (m.Status < 100 || m.Status > 699) {
			t.Fatalf("status %d", m.Status)
		}
		if len(m.Reasons) > maxReasons {
			t.Fatalf("%d reasons", len(m.Reasons))
		}
		for _, u := range []URI{m.RequestURI, m.From, m.To, m.Contact, m.Asserted} {
			if len(u.Host) > 253 {
				t.Fatalf("host of %d bytes", len(u.Host))
			}
			if digits, _ := u.Number(); digits != "" && (len(digits) < 3 || len(digits) > 15) {
				t.Fatalf("number %q", digits)
			}
		}
		if m.SDP != nil {
			if n := len(m.SDP.Audio); n == 0 || n > maxMedia {
				t.Fatalf("%d audio sections", n)
			}
			for _, a := range m.SDP.Audio {
				if len(a.Formats) > maxFormats || a.Addr.Is4In6() {
					t.Fatalf("%+v", a)
				}
			}
		}
		if _, err := Parse(bytes.Clone(data)); err != nil {
			t.Fatal("second reading failed")
		}
	})
}
