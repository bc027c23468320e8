package sink

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// TestSchedulePausesOnlyWhileNothingSucceeds has one batch fail between
// successes of others, and then everything fail.
func TestSchedulePausesOnlyWhileNothingSucceeds(t *testing.T) {
	now := time.Unix(1_795_000_000, 0)
	s := newSchedule(Options{MinBackoff: time.Second, MaxBackoff: time.Minute, Rand: func() float64 { return 0 }})
	bad, good := schema.BatchID{1}, schema.BatchID{2}
	for range 5 {
		s.begin(bad)
		s.failed(bad, now)
		if wait := s.paused(now); wait > 0 {
			t.Fatalf("the sink pauses %v for one batch", wait)
		}
		s.begin(good)
		s.succeeded(good)
	}
	if s.due(bad, now.Add(16*time.Second-1)) || !s.due(bad, now.Add(16*time.Second)) {
		t.Error("the fifth failure does not put the batch off by 16 s")
	}
	if wait := s.wait(now, time.Minute); wait != 16*time.Second {
		t.Errorf("waits %v, want 16s", wait)
	}
	var pauses []time.Duration
	for range 8 {
		s.failed(good, now)
		pauses = append(pauses, max(0, s.paused(now))/time.Second)
	}
	want := []time.Duration{0, 1, 2, 4, 8, 16, 32, 60}
	for i := range want {
		if pauses[i] != want[i] {
			t.Fatalf("pauses of %d s, want %d", pauses, want)
		}
	}
}

func TestBackoffIsSpreadAndBounded(t *testing.T) {
	spread := 0.0
	s := newSchedule(Options{MinBackoff: time.Second, MaxBackoff: time.Minute, Rand: func() float64 { return spread }})
	for failures := 1; failures < 100; failures++ {
		spread = 0
		longest := s.backoff(failures)
		spread = 1
		shortest := s.backoff(failures)
		if longest > time.Minute || shortest*2 != longest || shortest <= 0 {
			t.Fatalf("after %d failures: %v to %v", failures, shortest, longest)
		}
	}
}
