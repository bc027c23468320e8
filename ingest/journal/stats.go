package journal

import "time"

// counters count since the journal was opened.
type counters struct {
	commits, refusedCuts, refusedRows, buried uint64
}

// Stats is a snapshot of a journal.
type Stats struct {
	// Files are the batches that are durable and not stored yet, Bytes their
	// size; at MaxBytes new input is refused.
	Files    int
	Bytes    int64
	MaxBytes int64
	// Rows in those batches.
	Rows int
	// Oldest is when the oldest of them was committed; zero if there is none.
	Oldest time.Time
	// DeadLetters lie there now.
	DeadLetters int
	// DirtyBuckets were touched and not yet recomputed; OldestDirty is the
	// earliest minute among them, zero if there is none.
	DirtyBuckets int
	OldestDirty  time.Time
	// Commits made, RefusedCuts and RefusedRows that found the journal full,
	// and batches Buried, since it was opened.
	Commits     uint64
	RefusedCuts uint64
	RefusedRows uint64
	Buried      uint64
	// Err is why the journal takes nothing any more, nil while it does.
	Err error
}

// Stats returns a snapshot.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := Stats{
		Files: len(j.queue.entries), Bytes: j.queue.bytes + j.reserved, MaxBytes: j.o.MaxBytes,
		DeadLetters: j.dead, DirtyBuckets: len(j.dirty.buckets),
		Commits: j.counters.commits, RefusedCuts: j.counters.refusedCuts, RefusedRows: j.counters.refusedRows,
		Buried: j.counters.buried, Err: j.usable(),
	}
	for i := range j.queue.entries {
		s.Rows += j.queue.entries[i].Rows
	}
	if s.Files > 0 {
		s.Oldest = j.queue.entries[0].Created
	}
	for b := range j.dirty.buckets {
		if at := b.Time(); s.OldestDirty.IsZero() || at.Before(s.OldestDirty) {
			s.OldestDirty = at
		}
	}
	return s
}
