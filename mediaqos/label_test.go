package mediaqos

import (
	"testing"
	"time"
)

// TestLabels: a stream keeps the first label that is one, rows that were handed
// out without it are handed out again, and what is read back brings its own.
func TestLabels(t *testing.T) {
	s, err := NewStreams(StreamsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	add := func(s *Streams, seconds int, label uint32) []Emission {
		out, _ := s.Add(&Observation{
			Tenant: oracleTenant, At: worldStart.Add(time.Duration(seconds) * time.Second), Tap: scriptTap,
			Wire: wireAt(seconds, 0), Media: worldMedia, Label: label,
		}, nil)
		return out
	}
	if out := add(s, 5, 0); len(out) != 1 || out[0].Label != 0 {
		t.Errorf("without a label: %+v", out)
	}
	out := add(s, 10, 7)
	if len(out) != 2 || out[0].Label != 7 || out[1].Label != 7 {
		t.Errorf("the first label: %d rows", len(out))
	}
	if out = add(s, 15, 8); len(out) != 1 || out[0].Label != 7 {
		t.Errorf("another label: %+v", out)
	}
	if out = add(s, 20, 0); len(out) != 1 || out[0].Label != 7 {
		t.Errorf("no label any more: %+v", out)
	}
	if out = add(s, 12, 0); len(out) == 0 || out[0].Label != 7 {
		t.Errorf("a late report: %d rows", len(out))
	}

	again, err := NewStreams(StreamsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stored := add(s, 25, 0)
	if changed := again.Seed(stored, nil); len(changed) != 0 {
		t.Errorf("reading back changed %d rows", len(changed))
	}
	if out = add(again, 30, 9); len(out) != 1 || out[0].Label != 7 {
		t.Errorf("after a restart: %+v", out)
	}
	// A call that comes after the BYE has its own.
	s.End(Bye{Tenant: oracleTenant, SSRC: 0xa, At: worldStart.Add(26 * time.Second), Tap: scriptTap}, nil)
	if out = add(s, 40, 11); len(out) != 1 || out[0].Label != 11 {
		t.Errorf("the next call: %+v", out)
	}
}
