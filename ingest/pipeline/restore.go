package pipeline

import (
	"maps"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// Orphans names the listeners of an earlier process that left reports waiting, or
// SIP of live calls, and that nobody has asked for yet, in order. What is not one
// of this process' listeners by now needs a [Live] of that name once, without
// input: Restore and one more Flush turn what waits into rows or quarantine.
func (a *Attributor) Orphans() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	names := slices.AppendSeq(slices.Collect(maps.Keys(a.restored)), maps.Keys(a.restoredSIP))
	slices.Sort(names)
	return slices.Compact(names)
}

// join makes a listener known, and puts the SIP of calls that it had seen when
// an earlier process ended through the same code as then.
func (a *Attributor) join(l *Live) {
	name := l.o.Source.Name
	a.mu.Lock()
	records := a.restoredSIP[name]
	delete(a.restoredSIP, name)
	a.mu.Unlock()
	s := l.shards[0]
	lost := 0
	for i := range records {
		r := &records[i]
		if !s.observeAgain(r, l.o.Now()) {
			lost++
		}
	}
	if len(records) > 0 {
		a.o.Logger.Info("SIP of live calls restored", "listener", name, "messages", len(records)-lost, "unreadable", lost)
	}
}

// observeAgain tells the attributor of a message that was held.
func (s *shard) observeAgain(r *held.Record, now time.Time) bool {
	d := Datagram{At: r.At, Src: r.Src, Dst: r.Dst, Payload: r.Payload}
	if s.again.Decode(d.Payload, &s.packet) != nil || s.packet.Proto != hep.ProtoSIP {
		return false
	}
	var o opened
	s.unwrap(&s.packet, &d, &o)
	m, err := sipmsg.Parse(o.payload)
	if err != nil {
		return false
	}
	if o.at.IsZero() {
		o.at = r.Received
	}
	s.observe(&o, m, now)
	return true
}

// Restore puts the reports that waited when an earlier process ended back to
// their place. Call it once, when the streams' history has been seeded; Run must
// be working.
func (l *Live) Restore() {
	a := l.o.Attributor
	if a == nil {
		return
	}
	a.mu.Lock()
	records := a.restored[l.o.Source.Name]
	delete(a.restored, l.o.Source.Name)
	a.mu.Unlock()
	if len(records) == 0 {
		return
	}
	parts := make([][]held.Record, len(l.shards))
	for i := range records {
		r := &records[i]
		n := l.shardOf(&Datagram{Src: r.Src, Dst: r.Dst, Payload: r.Payload})
		parts[n] = append(parts[n], *r)
	}
	for n, part := range parts {
		if len(part) > 0 {
			l.shards[n].in <- task{do: func(s *shard) {
				for i := range part {
					s.restore(&part[i], l.o.Now())
				}
			}}
		}
	}
	a.o.Logger.Info("waiting reports restored", "listener", l.o.Source.Name, "reports", len(records))
}

// restore asks anew for a report that was held.
func (s *shard) restore(r *held.Record, now time.Time) {
	o := opened{restored: r}
	d := Datagram{At: r.At, Src: r.Src, Dst: r.Dst, Payload: r.Payload}
	if !s.reopen(Form(r.Form), &d, r.Received, &o) {
		s.letGo(r, func() { s.worker.counts.QuarantineFull += uint64(r.Reports) })
		return
	}
	e := s.evidence(&o, now)
	a := s.live.o.Attributor
	ans, verdict := a.ask(now, &e, func() *waiting { return s.wait(&d, &o, e, uint64(r.Reports), now) })
	if verdict != attribution.Wait {
		s.settle(&settled{waiting: &waiting{evidence: e, input: *r}, answer: ans, verdict: verdict}, now)
	}
}

// tidy compacts the held log when that is worth it.
func (a *Attributor) tidy(log *held.Log) {
	if !log.Bloated() {
		return
	}
	log.Forget(func(call string) bool { return !a.alive(call) })
	if err := log.Compact(); err != nil {
		a.o.Logger.Warn("held log not compacted", "error", err)
	}
}
