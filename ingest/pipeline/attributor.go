package pipeline

import (
	"fmt"
	"hash/maphash"
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Attributor says whose reports are, for all listeners of a process, and makes
// facts of the calls whose SIP they see. What it cannot answer yet waits here.
//
// It has one lock. Shards keep the answers that they got and ask again only
// when what the answer rests on has changed (see stamps), so that the reports
// of a stream do not come to the lock.
type Attributor struct {
	o      AttributorOptions
	stamps stamps

	mu       sync.Mutex
	resolver *attribution.Resolver
	tracker  *sipcalls.Tracker
	calls    map[schema.CallID]*callSeen
	room     room
	rations  rations
	version  uint64
	swept    time.Time
	// sip is when the last SIP message of a call came, started when we did.
	sip, started time.Time
	// touched are those that a change may concern.
	touchedCalls []schema.CallID
	touchedAddrs []netip.AddrPort
	touchedAll   bool
	// restored are reports that waited when an earlier process ended, by
	// listener; restoredSIP its calls' messages until their listener is here.
	restored    map[string][]held.Record
	restoredSIP map[string][]held.Record
	stats       AttributorStats
}

// NewAttributor returns an attributor that knows what Options.Held kept. Its
// error wraps attribution.ErrTable.
func NewAttributor(o AttributorOptions) (*Attributor, error) {
	o.setDefaults()
	resolver, err := attribution.NewResolver(o.Table, o.Options)
	if err != nil {
		return nil, fmt.Errorf("attributor: %w", err)
	}
	a := &Attributor{
		o: o, resolver: resolver, tracker: sipcalls.NewTracker(o.Calls), calls: map[schema.CallID]*callSeen{},
		room: newRoom(o.WaitingMax, o.WaitingPerSource), rations: newRations(o.QuarantineMaxRows),
		restored: map[string][]held.Record{}, restoredSIP: map[string][]held.Record{},
		stats: AttributorStats{Attributed: map[string]uint64{}, Quarantined: map[string]uint64{}},
	}
	a.stamps.seed = maphash.MakeSeed()
	a.started = o.Now()
	resolver.Watch(attribution.Watcher{
		Call: func(id schema.CallID) {
			a.stamps.call(id)
			a.touchedCalls = append(a.touchedCalls, id)
		},
		Addr: func(addr netip.AddrPort) {
			a.stamps.addr(addr)
			a.touchedAddrs = append(a.touchedAddrs, addr)
		},
		Table: func() { a.stamps.tableChanged(); a.touchedAll = true },
	})
	if o.Held != nil {
		for _, r := range o.Held.Replay() {
			into := a.restored
			if r.Kind == held.KindSIP {
				into = a.restoredSIP
			}
			into[r.Listener] = append(into[r.Listener], r)
		}
	}
	return a, nil
}

// SetTable replaces the trunks and what is configured about their calls; what
// waits is asked again. On an error, which wraps attribution.ErrTable, the old
// ones stay.
func (a *Attributor) SetTable(t attribution.Table, media map[schema.TrunkID]mediaqos.Media) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.o.Media
	a.o.Media = media
	if err := a.resolver.SetTable(t); err != nil {
		a.o.Media = before
		return fmt.Errorf("attributor: %w", err)
	}
	a.wake(a.o.Now())
	return nil
}

// expectsSIP says whether a call's SIP is worth waiting for even where the
// tenant is known without: some came within the last hour, or may yet.
func (a *Attributor) expectsSIP(now time.Time) bool {
	return now.Sub(a.started) < a.o.Options.Grace || !a.sip.IsZero() && now.Sub(a.sip) < time.Hour
}

// expectsSIPNow is expectsSIP for those who do not hold the lock.
func (a *Attributor) expectsSIPNow(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.expectsSIP(now)
}

// mayQuarantine uses up one row of a listener's ration.
func (a *Attributor) mayQuarantine(listener string, sender netip.Addr, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rations.take(listener, sender, now)
}

// ask says whose a report is. With verdict Wait it calls hold for the report
// and keeps it.
func (a *Attributor) ask(now time.Time, e *attribution.Evidence, hold func() *waiting) (answer, attribution.Verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ans, verdict := a.answer(now, e)
	if verdict == attribution.Wait {
		for _, out := range a.room.add(hold()) {
			a.leave(out, now)
		}
	}
	// Asking forgets dialogs whose time is over; those who waited for them go
	// on waiting, so there is nobody to wake.
	a.touchedCalls, a.touchedAddrs = a.touchedCalls[:0], a.touchedAddrs[:0]
	return ans, verdict
}

// leave sends a report to quarantine early, unless the rules know better by now.
func (a *Attributor) leave(w *waiting, now time.Time) {
	e := w.evidence
	e.Received = time.Time{} // no grace
	ans, verdict := a.answer(now, &e)
	w.home.put(settled{waiting: w, answer: ans, verdict: verdict, full: verdict != attribution.Attributed})
}

// answer puts a question to the rules. The caller holds mu.
func (a *Attributor) answer(now time.Time, e *attribution.Evidence) (answer, attribution.Verdict) {
	a.stats.Asked++
	at, verdict := a.resolver.Attribute(now, *e)
	ans := answer{
		reason: at.Reason.String(), answers: at.Answers, direction: at.Direction,
		since: at.Since, until: at.Until, stamp: a.stamps.of(e),
	}
	switch verdict {
	case attribution.Attributed:
		a.stats.Attributed[at.Rule.String()]++
		ans.attributed = a.attributed(&at)
	case attribution.Quarantined:
		a.stats.Quarantined[ans.reason]++
	}
	return ans, verdict
}

// attributed is an answer with the medium that it implies.
func (a *Attributor) attributed(at *attribution.Attribution) attributed {
	return attributed{
		tenant: at.Tenant,
		origin: &Origin{Tenant: at.Tenant, Trunk: at.Trunk, Rule: at.Rule.String(), CallID: at.CallID},
		media:  mediaOf(at, a.o.Media[at.Trunk]),
	}
}

// mediaOf is what the SDP of a call says, or else the configuration.
func mediaOf(at *attribution.Attribution, configured mediaqos.Media) mediaqos.Media {
	if at.ClockHz == 0 {
		return configured
	}
	m := mediaqos.Media{Codec: at.Codec, ClockHz: at.ClockHz, Source: mediaqos.MediaSDP, PtimeMillis: float32(at.PTimeMillis)}
	if codec, ok := mediaqos.CodecOfFormat(at.Codec, at.Parameters); ok {
		m.Codec, m.PLC = codec.Name, mediaqos.PLCOn
	}
	return m
}

// observe takes note of a SIP message and lets go of those that waited for it.
func (a *Attributor) observe(now time.Time, c *callSeen, m *sipmsg.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sip = now
	a.resolver.ObserveSIP(now, c.capture, m)
	id := schema.CallID(m.CallID)
	group := c.capture.Source.String()
	if _, trunk, ok := a.resolver.Home(id); ok {
		group = string(trunk)
	}
	a.tracker.Observe(now, c.capture.At, group, m)
	if a.tracker.Has(id) {
		if known := a.calls[id]; known == nil || c.before(known) {
			kept := *c
			kept.capture.CaptureKey = append([]byte(nil), c.capture.CaptureKey...)
			a.calls[schema.CallID(append([]byte(nil), id...))] = &kept
		}
	}
	a.wake(now)
}

// alive says that what is known of a call may still be needed.
func (a *Attributor) alive(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.restoredSIP) > 0 && a.o.Now().Sub(a.started) < 10*time.Minute {
		return true // its listener may yet come to ask for it
	}
	return a.tracker.Has(schema.CallID(id)) || a.resolver.Has(schema.CallID(id))
}

// wake asks again for those that a change may concern. The caller holds mu.
func (a *Attributor) wake(now time.Time) {
	calls, addrs, all := a.touchedCalls, a.touchedAddrs, a.touchedAll
	a.touchedAll = false
	if all {
		var everybody []*waiting
		for e := a.room.all.Front(); e != nil; e = e.Next() {
			everybody = append(everybody, e.Value.(*waiting))
		}
		a.again(now, everybody)
	}
	for _, id := range calls {
		a.again(now, a.room.byCall[id])
	}
	for _, addr := range addrs {
		a.again(now, a.room.byAddr[addr])
	}
	a.touchedCalls, a.touchedAddrs = calls[:0], addrs[:0]
}

// again asks again for some that wait. Reports that only differ in their time
// are asked for once where the answer is to wait on.
func (a *Attributor) again(now time.Time, some []*waiting) {
	if len(some) == 0 {
		return
	}
	var waits map[question]bool
	for _, w := range append([]*waiting(nil), some...) {
		q := questionOf(&w.evidence)
		if waits[q] {
			continue
		}
		ans, verdict := a.answer(now, &w.evidence)
		if verdict == attribution.Wait {
			if waits == nil {
				waits = map[question]bool{}
			}
			waits[q] = true
			continue
		}
		a.room.remove(w)
		w.home.put(settled{waiting: w, answer: ans, verdict: verdict})
	}
}

// Due lets go of what has waited long enough and hands out the calls that are
// over. Each [Live] calls it before it makes a cut.
func (a *Attributor) Due(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.room.due(now.Add(-a.o.Options.Grace)) {
		ans, verdict := a.answer(now, &w.evidence)
		if verdict == attribution.Wait {
			continue
		}
		a.room.remove(w)
		w.home.put(settled{waiting: w, answer: ans, verdict: verdict})
	}
	a.over(now)
	a.touchedCalls, a.touchedAddrs = a.touchedCalls[:0], a.touchedAddrs[:0]
}

// Stats returns a snapshot.
func (a *Attributor) Stats() AttributorStats {
	a.mu.Lock()
	s := a.stats
	s.Attributed, s.Quarantined = maps.Clone(s.Attributed), maps.Clone(s.Quarantined)
	s.Dialogs, s.Calls = a.resolver.Stats(), a.tracker.Stats()
	s.Waiting, s.WaitingSources, s.WaitingFull = a.room.all.Len(), len(a.room.sources), a.room.full
	s.QuarantineFull = a.rations.refused
	a.mu.Unlock()
	if a.o.Held != nil {
		s.Held = a.o.Held.Stats()
	}
	return s
}
