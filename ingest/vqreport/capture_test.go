package vqreport

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestCapturedPublish reads what kamailio's siptrace module handed on of two
// Linphones' reports.
func TestCapturedPublish(t *testing.T) {
	files, err := filepath.Glob("testdata/captured/*.sip")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d captures in testdata, 8 expected: %v", len(files), err)
	}
	kinds := map[Kind]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, m, err := ParsePublish(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		kinds[r.Kind]++
		if r.CallID != "Ixq2alEeku" || m.UserAgent != "Linphonec/5.1.65" || m.FromHost != "127.0.0.1" || !r.HasLocal || r.CallTerm != (r.Kind == KindSession) {
			t.Errorf("%s: %+v %+v", file, r, m)
		}
	}
	if kinds[KindInterval] != 6 || kinds[KindSession] != 2 {
		t.Errorf("%v", kinds)
	}
}

func TestCapturedOther(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"response":    {"SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\n", ErrNotPublish},
		"method":      {publish("1", "PUBLISH sip", "NOTIFY sip", "7 PUBLISH", "7 NOTIFY"), ErrNotPublish},
		"event":       {publish("1", "Event: vq-rtcpxr", "Event: presence"), ErrNotPublish},
		"body":        {publish("1", report, ""), ErrNotPublish},
		"cut off":     {publish("1")[:400], ErrSyntax},
		"garbage":     {"x", ErrSyntax},
		"no Via":      {without(publish("1"), "Via"), ErrMissing},
		"wrong body":  {publish("1", "VQSessionReport", "X"), ErrNotReport},
		"report fine": {publish("1"), nil},
	} {
		if _, _, err := ParsePublish([]byte(tt.text)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
