package mediaqos

import (
	"testing"
	"time"
)

// TestExpireKeepsTheLiving takes streams of one SSRC away from either end and
// the middle of its list: a BYE must still reach all that are left.
func TestExpireKeepsTheLiving(t *testing.T) {
	const all = 5
	for gone := range all {
		s := newScript(t, StreamsOptions{})
		of := func(source int, seconds int) Wire {
			w := wireAt(seconds, 0)
			w.SourceSSRC = uint32(source)
			return w
		}
		for source := range all {
			s.observe(5, of(source, 5), scriptTap)
		}
		for source := range all {
			if source != gone {
				s.observe(60, of(source, 60), scriptTap)
			}
		}
		now := worldStart.Add(65 * time.Second)
		if n := s.s.Expire(now, time.Minute); n != 0 {
			t.Fatalf("forgot %d that were heard a minute ago", n)
		}
		if n := s.s.Expire(now, time.Minute-time.Microsecond); n != 1 || s.s.Stats().Streams != all-1 || s.s.Stats().Expired != 1 {
			t.Fatalf("forgot %d, left %d", n, s.s.Stats().Streams)
		}
		s.bye(61, 0xa)
		for source := range all {
			s.observe(65, of(source, 65), scriptTap)
			if e := s.out[0]; e.Derived.Baseline != BaselineFirst {
				t.Errorf("%d is gone: %d goes on after the BYE: %s", gone, source, show(&e))
			}
		}
	}
}

// TestExpireReusesMemory: what is forgotten makes room.
func TestExpireReusesMemory(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for round := range 10 {
		for ssrc := range uint32(3 * streamChunk) {
			w := wireAt(60*round, 0)
			w.ReporterSSRC = ssrc
			s.observe(60*round, w, scriptTap)
		}
		s.s.Expire(worldStart.Add(time.Duration(60*round+1)*time.Second), 0)
	}
	if n := len(s.s.chunks); n != 3 || s.s.Stats().Streams != 0 || len(s.s.groups)+len(s.s.parties) != 0 {
		t.Errorf("%d chunks, %d streams, %d groups, %d parties", n, s.s.Stats().Streams, len(s.s.groups), len(s.s.parties))
	}
}
