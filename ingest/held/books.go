package held

import (
	"cmp"
	"maps"
	"slices"
)

// add takes a record into the books.
func (l *Log) add(it *item) {
	l.live[it.id] = it
	l.bytes += int64(it.length)
	if it.kind == KindReport {
		l.reports++
		return
	}
	s := l.senders[it.sender]
	if s == nil {
		s = &sender{}
		l.senders[it.sender] = s
	}
	s.bytes += int64(it.length)
	s.sip = append(s.sip, it.id)
}

// drop takes it out again.
func (l *Log) drop(id uint64) {
	it := l.live[id]
	if it == nil {
		return
	}
	delete(l.live, id)
	l.bytes -= int64(it.length)
	if it.kind == KindReport {
		l.reports--
		return
	}
	s := l.senders[it.sender]
	if s.bytes -= int64(it.length); s.bytes == 0 {
		delete(l.senders, it.sender)
	}
}

// bound makes room when there is too much, a sixteenth of it at once: it finds
// the share that every sender may have, and drops the oldest SIP of those who
// have more.
func (l *Log) bound() {
	if l.bytes <= l.o.MaxBytes {
		return
	}
	all := slices.Collect(maps.Values(l.senders))
	// What is not SIP stays: who holds reports bounds them.
	others := l.bytes - sumOf(all)
	share := shareOf(all, l.o.MaxBytes-l.o.MaxBytes/16-others)
	dropped := uint64(0)
	for _, s := range all {
		for ; s.bytes > share && len(s.sip) > 0; s.sip = s.sip[1:] {
			if l.live[s.sip[0]] != nil {
				l.drop(s.sip[0])
				dropped++
			}
		}
	}
	if dropped > 0 {
		l.stats.DroppedSIP += dropped
		l.o.Logger.Warn("held log full: oldest SIP dropped", "messages", dropped)
	}
}

// sumOf is how many bytes senders have together.
func sumOf(all []*sender) (sum int64) {
	for _, s := range all {
		sum += s.bytes
	}
	return sum
}

// shareOf is the most that each sender may have so that all fit into room.
func shareOf(all []*sender, room int64) int64 {
	slices.SortFunc(all, func(a, b *sender) int { return cmp.Compare(a.bytes, b.bytes) })
	for i, s := range all {
		if share := max(room, 0) / int64(len(all)-i); s.bytes > share {
			return share
		}
		room -= s.bytes
	}
	return max(room, 0)
}
