package sipmsg

import (
	"strings"
	"testing"
)

// TestFormatParameters reads a=fmtp lines, wherever they stand, for the formats
// that the section has.
func TestFormatParameters(t *testing.T) {
	long := strings.Repeat("x", MaxParameters+1)
	s := parseSDP(strings.Join([]string{
		"v=0", "c=IN IP4 192.0.2.1", "m=audio 4000 RTP/AVP 97 98 8",
		"a=fmtp:97 mode-set=2; octet-align=1", "a=rtpmap:97 AMR-WB/16000",
		"a=rtpmap:98 EVS/16000", "a=fmtp:98 " + long, "a=fmtp:99 annexb=no", "a=fmtp:x y", "a=fmtp:8",
	}, "\r\n") + "\r\n")
	if s == nil || len(s.Audio) != 1 || len(s.Audio[0].Formats) != 3 {
		t.Fatalf("got %+v", s)
	}
	for i, want := range []string{"mode-set=2; octet-align=1", "", ""} {
		if got := s.Audio[0].Formats[i]; got.Parameters != want || got.Name == "" {
			t.Errorf("%+v, want parameters %q", got, want)
		}
	}
}
