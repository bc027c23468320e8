package sink

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// schedule says which batch may be tried when. It has no clock and no lock of
// its own.
type schedule struct {
	minBackoff, maxBackoff time.Duration
	rand                   func() float64
	// attempts holds the batches that are under way or have failed.
	attempts map[schema.BatchID]attempt
	// failures in a row of any batch: the store as a whole is in trouble.
	failures int
	resume   time.Time
}

// attempt is what is known of one batch.
type attempt struct {
	underWay bool
	failures int
	due      time.Time
}

func newSchedule(o Options) schedule {
	return schedule{minBackoff: o.MinBackoff, maxBackoff: o.MaxBackoff, rand: o.Rand, attempts: map[schema.BatchID]attempt{}}
}

// paused is how long the whole sink still waits.
func (s *schedule) paused(now time.Time) time.Duration { return s.resume.Sub(now) }

// due tells whether a batch may be tried.
func (s *schedule) due(id schema.BatchID, now time.Time) bool {
	a, ok := s.attempts[id]
	return !ok || !a.underWay && !now.Before(a.due)
}

// wait is how long until a batch that has failed is due, at most longest.
func (s *schedule) wait(now time.Time, longest time.Duration) time.Duration {
	for _, a := range s.attempts {
		if !a.underWay {
			longest = min(longest, max(a.due.Sub(now), time.Millisecond))
		}
	}
	return longest
}

func (s *schedule) begin(id schema.BatchID) {
	a := s.attempts[id]
	a.underWay = true
	s.attempts[id] = a
}

func (s *schedule) succeeded(id schema.BatchID) {
	s.forget(id)
	s.failures, s.resume = 0, time.Time{}
}

// forget drops what is known of a batch.
func (s *schedule) forget(id schema.BatchID) { delete(s.attempts, id) }

// failed puts a batch off, and the whole sink too when nothing has succeeded
// since the failure before. It returns how long the batch waits.
func (s *schedule) failed(id schema.BatchID, now time.Time) time.Duration {
	a := s.attempts[id]
	a.underWay = false
	a.failures++
	wait := s.backoff(a.failures)
	a.due = now.Add(wait)
	s.attempts[id] = a
	s.failures++
	if s.failures > 1 {
		if resume := now.Add(s.backoff(s.failures - 1)); resume.After(s.resume) {
			s.resume = resume
		}
	}
	return wait
}

// backoff is the waiting time after so many failures: between half of and the
// whole of a time that doubles.
func (s *schedule) backoff(failures int) time.Duration {
	wait := s.maxBackoff
	if doublings := failures - 1; doublings < 32 {
		wait = min(wait, s.minBackoff<<doublings)
	}
	return wait - time.Duration(s.rand()*float64(wait)/2)
}

func (s *schedule) inFlight() int {
	n := 0
	for _, a := range s.attempts {
		if a.underWay {
			n++
		}
	}
	return n
}
