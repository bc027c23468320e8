package mediaqos

import (
	"testing"
	"time"
	"unsafe"
)

// TestSizes holds what a tracked stream costs to what was planned: see
// TestMemoryPerStream for all of it.
func TestSizes(t *testing.T) {
	if got := unsafe.Sizeof(record{}); got != 60 {
		t.Errorf("a record takes %d bytes, want 60", got)
	}
	if got := unsafe.Sizeof(stream{}); got != 472 {
		t.Errorf("a stream takes %d bytes, want 472", got)
	}
}

// TestSteadyStateAllocatesNothing: the next report of a known stream.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	round := 0
	o := Observation{Tenant: oracleTenant, Tap: scriptTap, Media: worldMedia}
	out := make([]Emission, 0, 1)
	step := func() {
		round++
		o.At, o.Wire = worldStart.Add(time.Duration(round)*5*time.Second), wireAt(5*round, 0)
		out, _ = s.s.Add(&o, out[:0])
	}
	for range 2 * Window {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations per report", n)
	}
}
