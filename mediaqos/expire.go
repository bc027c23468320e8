package mediaqos

import (
	"maps"
	"slices"
	"time"
)

// Expire forgets streams, ended or not, whose last report was captured more
// than idle before now, and BYEs older than that; it returns how many streams
// it forgot. Rows that were handed out stay as they are. A report of a
// forgotten stream begins a new one, unless the stream is seeded first.
func (s *Streams) Expire(now time.Time, idle time.Duration) int {
	cutoff := now.Add(-idle).UnixMicro()
	forgotten := 0
	for _, chunk := range s.chunks {
		for i := range chunk {
			if st := &chunk[i]; st.group != nil && st.last() < cutoff {
				s.forget(st)
				forgotten++
			}
		}
	}
	// Nothing depends on the order of this walk: each entry stands alone.
	maps.DeleteFunc(s.byes, func(k partyKey, heard []bye) bool {
		kept := slices.DeleteFunc(heard, func(b bye) bool { return b.micros+int64(ByeGrace/time.Microsecond) < cutoff })
		s.byeN -= len(heard) - len(kept)
		if len(kept) > 0 && len(kept) < len(heard) {
			s.byes[k] = kept
		}
		return len(kept) == 0
	})
	// Nor on that of this one.
	maps.DeleteFunc(s.evidence, func(k groupKey, l *evidenceList) bool {
		if l.last >= cutoff {
			return false
		}
		if g := s.group(k); g != nil {
			g.evidence = nil
		}
		return true
	})
	s.stats.Expired += uint64(forgotten)
	return forgotten
}

// forget takes one stream out of its group.
func (s *Streams) forget(st *stream) {
	g := st.group
	at := &g.streams
	for *at != st {
		at = &(*at).next
	}
	*at = st.next
	g.count--
	s.freeStream(st)
	if g.streams == nil {
		s.dropGroup(g)
	}
}
