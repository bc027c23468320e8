package vqreport

import (
	"bytes"
	"context"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzParse: whatever comes, Parse neither fails badly nor keeps more than its
// bounds, and reads the same from CRLF as from LF.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/bodies/*.txt")
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			f.Add(data)
		}
	}
	f.Add([]byte(full))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		if err != nil {
			return
		}
		if r.Kind == 0 || len(r.Problems) > MaxProblems || len(r.Unknown) > MaxUnknown+1 || r.ProblemCount < len(r.Problems) {
			t.Fatalf("kind %v, %d problems kept of %d, %d unknown", r.Kind, len(r.Problems), r.ProblemCount, len(r.Unknown))
		}
		for _, s := range []string{string(r.CallID), r.LocalID, r.DialogID, r.UserAgent, r.Local.Session.FormatParameters} {
			if !utf8.ValidString(s) || len(s) > MaxLineBytes {
				t.Fatalf("text %q", s)
			}
		}
		for _, v := range []float64{r.Local.Delay.RoundTripMillis.V, r.Local.Quality.ListeningMOS.V, r.Remote.PacketLoss.NetworkLossPercent.V} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("figure %v", v)
			}
		}
		again, err := Parse(bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")))
		if err != nil {
			return // the longer body may be over the limit
		}
		if !reflect.DeepEqual(r, again) {
			t.Fatalf("CRLF reads differently:\n%+v\n%+v", r, again)
		}
	})
}

// FuzzRequest: no datagram makes the server fail badly, and every answer is
// SIP that a client can read.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(publish("1")))
	f.Add([]byte(publish("2", "Max-Forwards: 70", "SIP-If-Match: 00\r\nRequire: \"x\r\n y")))
	f.Add([]byte(publish("3", "z9hG4bK", "", ";rport", "")))
	s, err := NewServer(ServerOptions{Handler: func(context.Context, *Report, Meta) error { return nil }})
	if err != nil {
		f.Fatal(err)
	}
	source := netip.MustParseAddrPort("192.0.2.9:4000")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = ParsePublish(data)
		req, status := s.request(data)
		if req == nil {
			return
		}
		req.SetSource(source.String())
		if to := replyTo(req, source); to.Addr() != source.Addr() || to.Port() == 0 {
			t.Fatalf("answer to %v", to)
		}
		keyOf(req, source)
		a := refusal(status)
		if status == 0 {
			a = s.process(req, meta(req, Meta{Received: time.Unix(1_700_000_000, 0)}))
		}
		res := s.respond(req, a)
		if a.status < 200 || a.status > 699 || len(res.Body()) != 0 {
			t.Fatalf("%d with %d bytes", a.status, len(res.Body()))
		}
		if strings.Contains(strings.TrimSuffix(res.String(), "\r\n\r\n"), "\r\n\r\n") {
			t.Fatalf("headers end early:\n%q", res.String())
		}
	})
}
