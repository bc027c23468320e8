package routing_test

import (
	"fmt"
	"testing"

	"github.com/trunkline-cc/trunkline/routing"
)

// stepsPerEvent brings a pool into overload and counts what an event costs, in
// entries compared, visited and moved: the same on every machine.
func stepsPerEvent(t *testing.T, classes, waiting int) float64 {
	t.Helper()
	const settle, events = 20_000, 40_000
	sc := newScene(400, classes, waiting)
	s, err := routing.New(&sc.cfg, sc.now)
	if err != nil {
		t.Fatal(err)
	}
	sc.fill(s, nil, waiting)
	for range settle {
		sc.next(s)
	}
	before := s.Steps()
	for range events {
		sc.next(s)
	}
	return float64(s.Steps()-before) / events
}

// TestStepsByQueueLength: what an event costs does not grow with the queue. It
// grows with the number of requirement classes that are in line, so this is
// held equal: 400 classes are all in line with 1,000 contacts as with 100,000.
// Of 2,300 a queue of 1,000 fills only a part. A single class is the worst case
// for a line: there the way to an entry in its middle grows by one comparison
// each time the line doubles.
func TestStepsByQueueLength(t *testing.T) {
	if testing.Short() {
		t.Skip("queues of 100,000 take too long for -short")
	}
	for _, tt := range []struct {
		classes int
		waiting []int
		growth  float64 // of the steps from the shortest queue to the longest
	}{
		{400, []int{1_000, 10_000, 100_000}, 1.05},
		{2_300, []int{10_000, 100_000}, 1.05},
		{1, []int{1_000, 10_000, 100_000}, 1.5},
	} {
		t.Run(fmt.Sprintf("%d classes", tt.classes), func(t *testing.T) {
			var steps []float64
			for _, n := range tt.waiting {
				steps = append(steps, stepsPerEvent(t, tt.classes, n))
				t.Logf("%d waiting: %.2f steps an event", n, steps[len(steps)-1])
			}
			if first, last := steps[0], steps[len(steps)-1]; last > tt.growth*first {
				t.Errorf("%.2f steps an event with %d waiting, %.2f with %d: grew by more than %v",
					last, tt.waiting[len(steps)-1], first, tt.waiting[0], tt.growth)
			}
		})
	}
}
