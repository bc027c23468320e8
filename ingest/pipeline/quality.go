package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// quality makes facts of a voice quality report's sections, and evidence of how
// losses cluster.
func (s *shard) quality(o *opened, att *attributed, now time.Time) {
	s.qualityEvidence(o, att, now)
	for _, f := range qualityFacts(s.live.o.Source, o, att) {
		var outcome mediaqos.Outcome
		s.worker.voip, outcome = s.live.o.Stripes.addVoIP(&f, now, s.worker.voip[:0])
		s.worker.counts.voip(outcome)
		for i := range s.worker.voip {
			s.batch.AppendVoIP(&s.worker.voip[i])
		}
		s.worker.voip = s.worker.voip[:0]
		if n := len(s.submitted); n > 0 && o.restored == nil {
			s.submitted[n-1].keys = append(s.submitted[n-1].keys, voipKey{f.Origin.Tenant, f.ReportID, f.Remote})
		}
	}
}

// qualityEvidence tells the streams of a voice quality report how their losses
// cluster, where its SSRCs say which streams those are. It holds for the time
// that a section is about. The addresses of a report are those of RTP, so that
// RTCP on the same port and on the one above are both meant.
func (s *shard) qualityEvidence(o *opened, att *attributed, now time.Time) {
	r, w := o.quality, s.worker
	for _, remote := range []bool{false, true} {
		m, has := &r.Local, r.HasLocal
		if remote {
			m, has = &r.Remote, r.HasRemote
		}
		from, to, source := r.Stream(remote)
		_, _, reporter := r.Stream(!remote)
		shape := sectionShape(m)
		if !has || !source.OK || !reporter.OK || !shape.Known() || m.Start.IsZero() || !m.Stop.After(m.Start) {
			continue // nothing is said, or of nobody knows what or when
		}
		sn := &seen{source: s.live.o.Source, attributed: *att, at: sectionTime(m, o.at).UTC().Truncate(time.Microsecond), now: now}
		w.facts = w.facts[:0]
		for _, up := range []uint16{0, 1} {
			sn.tap = mediaqos.Tap{Src: netip.AddrPortFrom(to.Addr(), to.Port()+up), Dst: netip.AddrPortFrom(from.Addr(), from.Port()+up)}
			w.evidence(sn, reporter.V, source.V, shape, m.Stop.Sub(m.Start))
		}
		for i := range w.facts {
			s.batch.Append(&w.facts[i])
		}
		w.facts = w.facts[:0]
	}
}

// sectionShape is what a section says of bursts and gaps (RFC 6035 section
// 4.6.2.4), as VoIP metrics do.
func sectionShape(m *vqreport.Metrics) mediaqos.BurstShape {
	ratio := func(percent mediaqos.Opt[float64]) mediaqos.Opt[float64] {
		percent.V /= 100
		return percent
	}
	v := mediaqos.VoIPMetrics{
		BurstDensity: ratio(m.BurstGap.BurstLossPercent), GapDensity: ratio(m.BurstGap.GapLossPercent),
		BurstMillis: m.BurstGap.BurstMillis, GapMillis: m.BurstGap.GapMillis,
	}
	return v.BurstShape()
}

// qualityFacts are the sections of a report, without versions.
func qualityFacts(src *Source, o *opened, att *attributed) []VoIPFact {
	r := o.quality
	var all []VoIPFact
	for _, remote := range []bool{false, true} {
		m, has := &r.Local, r.HasLocal
		if remote {
			m, has = &r.Remote, r.HasRemote
		}
		if !has {
			continue
		}
		from, to, _ := r.Stream(remote)
		all = append(all, VoIPFact{
			Source: src, Origin: att.originOf(src), Time: sectionTime(m, o.at), ReportID: r.ID, Reporter: to, Peer: from,
			Sender: o.sender, Transport: o.meta.Transport, Report: r, Remote: remote, UserAgent: o.meta.UserAgent, Media: att.media,
		})
	}
	return all
}

// sectionTime is the end of what was measured. A phone may have any time of day,
// so a claim far from when the report was seen is not believed.
func sectionTime(m *vqreport.Metrics, at time.Time) time.Time {
	if m.Stop.IsZero() || m.Stop.Before(at.Add(-24*time.Hour)) || m.Stop.After(at.Add(time.Hour)) {
		return at
	}
	return m.Stop
}

// submitted is somebody who waits for a cut, and what it made that would have to
// be forgotten if the cut is refused, so that the report may come again.
type submitted struct {
	done chan error
	keys []voipKey
}

// forgetVoIP takes back that reports are known.
func (s *Stripes) forgetVoIP(keys []voipKey) {
	for _, key := range keys {
		st := s.voipStripe(key.id)
		st.mu.Lock()
		delete(st.voip, key)
		st.mu.Unlock()
	}
}

// envelope is a quality report with how it came, as the held log keeps it.
type envelope struct {
	Source, Listener                              netip.AddrPort
	Transport                                     string
	TargetHost, FromHost, ToHost, ContactHost, UA string
	CallID                                        string
	Received                                      time.Time
	Body                                          []byte
}

// Submit takes a quality report and returns when it is durable: as rows, in
// quarantine, or in the held log. raw is its body as sent; nil takes that of m.
// The error wraps ErrRefused where the store would not take it, is ErrStopped
// once Run is over, or that of ctx.
func (l *Live) Submit(ctx context.Context, r *vqreport.Report, m vqreport.Meta, raw []byte) error {
	if raw == nil {
		raw = m.Body
	}
	payload, err := json.Marshal(envelope{
		Source: m.Source, Listener: m.Listener, Transport: m.Transport, TargetHost: m.TargetHost, FromHost: m.FromHost,
		ToHost: m.ToHost, ContactHost: m.ContactHost, UA: m.UserAgent, CallID: m.CallID, Received: m.Received, Body: raw,
	})
	if err != nil {
		return fmt.Errorf("quality report: %w", err)
	}
	done := make(chan error, 1)
	at := m.Received
	if at.IsZero() {
		at = l.o.Now()
	}
	d := Datagram{At: at, Src: m.Source, Dst: m.Listener, Payload: payload}
	o := opened{
		kind: kindQuality, form: schema.FormVQ, at: at, tap: mediaqos.Tap{Src: m.Source, Dst: m.Listener},
		sender: m.Source, payload: bytes.Clone(raw), quality: r, meta: m,
	}
	if err := l.hand(func(s *shard) {
		s.submitted = append(s.submitted, submitted{done: done})
		s.worker.counts.Datagrams++
		s.worker.counts.Quality++
		s.report(&d, &o, l.o.Now())
	}); err != nil {
		return err
	}
	select {
	case l.soon <- struct{}{}:
	default:
	}
	select {
	case err := <-done:
		return err
	case <-l.ended:
		select {
		case err := <-done:
			return err
		default:
			return ErrStopped
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openSubmitted reads an envelope of the held log.
func (s *shard) openSubmitted(payload []byte, o *opened) bool {
	var e envelope
	if json.Unmarshal(payload, &e) != nil {
		return false
	}
	r, err := vqreport.Parse(e.Body)
	if err != nil {
		return false
	}
	*o = opened{
		kind: kindQuality, form: schema.FormVQ, at: e.Received, tap: mediaqos.Tap{Src: e.Source, Dst: e.Listener},
		sender: e.Source, payload: e.Body, quality: r, restored: o.restored,
		meta: vqreport.Meta{
			Source: e.Source, Listener: e.Listener, Transport: e.Transport, TargetHost: e.TargetHost, FromHost: e.FromHost,
			ToHost: e.ToHost, ContactHost: e.ContactHost, UserAgent: e.UA, CallID: e.CallID, Received: e.Received,
		},
	}
	return true
}
