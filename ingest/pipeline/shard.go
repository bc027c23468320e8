package pipeline

import (
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// shard is one goroutine with its worker and what it has made since the last cut.
type shard struct {
	live   *Live
	worker *Worker
	in     chan task
	batch  Batch
	facts  []Fact
	inbox  inbox

	decoder hep.Decoder
	// again takes apart what the decoder has let in before: the key that it had
	// to have then may be another by now.
	again   hep.Decoder
	packet  hep.Packet
	agents  map[agentKey]*AgentStats
	answers map[answerKey]*answer

	// records and released are for the held log, submitted for those who wait.
	records   []held.Record
	released  []uint64
	submitted []submitted
	// own is the answer where the source's tenant is known and nothing asked.
	own answer
}

// answerKey is what a report shows of whose it is. Strings are those of HEP.
type answerKey struct {
	from, to  netip.AddrPort
	sender    netip.Addr
	capture   uint32
	has       bool
	call, key string
}

// maxAnswers bounds what a shard remembers, where that is more than there may
// be streams; beyond, it begins anew. With less than one for each stream none
// would be found again when its next report comes.
const maxAnswers = 1 << 16

// task is work for a shard: datagrams, or something to do between them.
type task struct {
	datagrams []Datagram
	do        func(*shard)
}

// work is a shard's goroutine.
func (s *shard) work() {
	for t := range s.in {
		now := s.live.o.Now()
		s.mail(now)
		if t.do != nil {
			t.do(s)
			continue
		}
		for i := range t.datagrams {
			if s.inbox.filled.Load() {
				s.mail(now)
			}
			s.datagram(&t.datagrams[i], now)
		}
	}
}

// datagram takes one datagram or HEP packet.
func (s *shard) datagram(d *Datagram, now time.Time) {
	var o opened
	if s.live.o.Form == FormHEP {
		if s.openHEP(d, now, &o) {
			s.report(d, &o, now)
		}
		return
	}
	if !s.worker.decode(d) {
		return
	}
	if s.live.o.Attributor == nil {
		s.process(&opened{kind: kindBinary, at: d.At, tap: mediaqos.Tap{Src: d.Src, Dst: d.Dst}, sender: d.Src}, &s.own.attributed, now)
		return
	}
	o = opened{kind: kindBinary, at: d.At, tap: mediaqos.Tap{Src: d.Src, Dst: d.Dst}, sender: d.Src, payload: d.Payload}
	s.report(d, &o, now)
}

// report finds out whose a report is and makes facts of it, or keeps it.
func (s *shard) report(d *Datagram, o *opened, now time.Time) {
	if o.at.IsZero() {
		o.at = now
	}
	a := s.live.o.Attributor
	if a == nil {
		s.process(o, &s.own.attributed, now)
		return
	}
	if ans := s.recall(a, o); ans != nil {
		s.worker.counts.Cached++
		s.process(o, &ans.attributed, now)
		return
	}
	s.ask(d, o, now)
}

// recall returns what was answered for such a report, nil if it was not or does
// not hold any more.
func (s *shard) recall(a *Attributor, o *opened) *answer {
	// Looked up without making strings; the keys of the map own theirs.
	ans := s.answers[answerKey{
		from: o.tap.Src, to: o.tap.Dst, sender: o.sender.Addr(), capture: o.capture, has: o.hasCapture,
		call: string(o.call), key: string(o.key),
	}]
	if ans == nil || !ans.covers(o.at) || !a.stamps.holds(&ans.stamp) {
		return nil
	}
	return ans
}

// ask puts a report to the attributor.
func (s *shard) ask(d *Datagram, o *opened, now time.Time) {
	e := s.evidence(o, now)
	reports := s.reportsIn(o)
	ans, verdict := s.live.o.Attributor.ask(now, &e, func() *waiting { return s.wait(d, o, e, reports, now) })
	switch verdict {
	case attribution.Attributed:
		s.complete(&ans)
		s.remember(o, &ans)
		s.process(o, &ans.attributed, now)
	case attribution.Wait:
		s.worker.counts.Reports += reports
		s.worker.counts.Held += reports
	default:
		s.worker.counts.Reports += reports
		s.quarantine(o, &e, &ans, ans.reason, reports, now)
	}
}

// complete adds to an answer what is configured for the listener.
func (s *shard) complete(ans *answer) {
	src := s.live.o.Source
	if ans.origin.Trunk == "" && ans.tenant == src.Tenant {
		ans.origin.Trunk = src.Trunk
	}
	if src.Media.Source > ans.media.Source {
		ans.media = src.Media
	}
}

// remember keeps an answer for the reports that follow.
func (s *shard) remember(o *opened, ans *answer) {
	if o.kind == kindQuality {
		return // one report, one question
	}
	if len(s.answers) >= max(maxAnswers, s.live.o.Stripes.Limit()) {
		clear(s.answers)
	}
	kept := *ans
	kept.reason, kept.answers = "", nil
	s.answers[answerKey{
		from: o.tap.Src, to: o.tap.Dst, sender: o.sender.Addr(), capture: o.capture, has: o.hasCapture,
		call: string(o.call), key: string(o.key),
	}] = &kept
}

// wait makes what is kept of a report that must wait.
func (s *shard) wait(d *Datagram, o *opened, e attribution.Evidence, reports uint64, now time.Time) *waiting {
	w := &waiting{evidence: e, home: &s.inbox}
	if o.restored != nil {
		w.input = *o.restored
		return w
	}
	w.input = held.Record{
		Kind: held.KindReport, Form: uint8(s.live.o.Form), Listener: s.live.o.Source.Name, Reports: uint32(reports),
		Received: now, At: d.At, Src: d.Src, Dst: d.Dst, Payload: append([]byte(nil), d.Payload...),
	}
	s.hold(&w.input)
	return w
}

// hold gives a record to the held log with the next cut, if there is one.
func (s *shard) hold(r *held.Record) {
	if log := s.live.o.Attributor.o.Held; log != nil {
		r.ID = log.NextID()
		s.records = append(s.records, *r)
	}
}

// mail takes what the attributor has decided.
func (s *shard) mail(now time.Time) {
	m, ok := s.inbox.take()
	if !ok {
		return
	}
	for i := range m.settled {
		s.settle(&m.settled[i], now)
	}
	for i := range m.calls {
		s.worker.counts.Calls++
		s.batch.AppendCall(&m.calls[i])
	}
	for i := range m.quarantined {
		s.worker.counts.CallsQuarantined++
		s.batch.AppendQuarantined(&m.quarantined[i])
	}
	s.worker.counts.CallsRefused += m.callsRefused
}

// settle makes facts of a report that waits no longer. It is opened anew, and
// what it held was counted when it came.
func (s *shard) settle(st *settled, now time.Time) {
	var o opened
	d := Datagram{At: st.input.At, Src: st.input.Src, Dst: st.input.Dst, Payload: st.input.Payload}
	if !s.reopen(Form(st.input.Form), &d, st.input.Received, &o) {
		// It was sound when it came; what is not any more was not ours.
		s.letGo(&st.input, func() { s.worker.counts.QuarantineFull += uint64(st.input.Reports) })
		return
	}
	s.letGo(&st.input, func() {
		if st.verdict == attribution.Attributed {
			s.complete(&st.answer)
			s.remember(&o, &st.answer)
			s.process(&o, &st.answer.attributed, now)
			return
		}
		reason := st.answer.reason
		if st.full {
			reason = ReasonWaitingFull
		}
		s.quarantine(&o, &st.evidence, &st.answer, reason, uint64(st.input.Reports), now)
	})
}

// letGo counts a held report as released; became says what it is now, and
// counts all but the reports themselves, which were counted.
func (s *shard) letGo(r *held.Record, became func()) {
	reports := s.worker.counts.Reports
	became()
	s.worker.counts.Reports = reports
	s.worker.counts.Released += uint64(r.Reports)
	if r.ID != 0 {
		s.released = append(s.released, r.ID)
	}
}
