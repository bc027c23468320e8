package app

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Status returns a snapshot of everything.
func (a *App) Status() Status {
	s := Status{Now: time.Now(), Started: a.started, Problems: []string{}}
	for _, l := range a.listeners {
		s.Listeners = append(s.Listeners, l.status(s.Now))
	}
	s.Attribution = a.attributionStatus()
	streams := a.stripes.Stats()
	s.Streams = StreamStatus{Tracked: streams.Streams, Limit: a.stripes.Limit(), Refused: streams.RefusedLimit}
	j := a.journal.Stats()
	s.Journal = JournalStatus{Files: j.Files, Bytes: j.Bytes, MaxBytes: j.MaxBytes, DeadLetters: j.DeadLetters, RefusedRows: j.RefusedRows}
	if !j.Oldest.IsZero() {
		s.Journal.OldestSeconds = s.Now.Sub(j.Oldest).Seconds()
	}
	stored := a.sink.Stats()
	s.Sink = SinkStatus{Batches: stored.Batches, Rows: stored.Rows, Retries: stored.Retries, LastError: stored.LastError}
	rolled := a.roller.Stats()
	s.Rollups = RollupStatus{PendingMinutes: j.DirtyBuckets, Recomputed: rolled.Buckets, LastError: rolled.LastError}
	s.Problems = append(s.Problems, a.problemsOf(&s, j.Err)...)
	return s
}

// problemsOf says what keeps the process from its work right now.
func (a *App) problemsOf(s *Status, journalErr error) []string {
	var problems []string
	if journalErr != nil {
		problems = append(problems, fmt.Sprintf("The journal takes nothing more: %v.", journalErr))
	}
	if s.Journal.Bytes >= s.Journal.MaxBytes {
		problems = append(problems, fmt.Sprintf("The journal is full (%s): new input is refused and counted until the store takes batches.", formatBytes(s.Journal.MaxBytes)))
	}
	if s.Sink.LastError != "" {
		problems = append(problems, fmt.Sprintf("The store does not take batches: %s.", s.Sink.LastError))
	}
	for i, l := range a.listeners {
		if l.live.Stats().CommitWaiting {
			problems = append(problems, fmt.Sprintf("Listener %s cannot make its input durable.", s.Listeners[i].Name))
		}
	}
	problems = append(problems, s.Attribution.problems()...)
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, part := range slices.Sorted(maps.Keys(a.problems)) {
		problems = append(problems, a.problems[part])
	}
	return problems
}
