package pipeline

import (
	"bytes"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

// capture is the way a report came, as the rules want it.
func (s *shard) capture(o *opened, at time.Time) attribution.Capture {
	src := s.live.o.Source
	return attribution.Capture{
		Listener: src.Name, Tenant: src.Tenant, HasCaptureID: o.hasCapture, CaptureID: o.capture,
		CaptureKey: o.key, Source: o.sender.Addr(), At: at,
	}
}

// evidence is what is known of a report before its owner is. It shares nothing
// with the datagram.
func (s *shard) evidence(o *opened, now time.Time) attribution.Evidence {
	e := attribution.Evidence{Capture: s.capture(o, o.at), From: o.tap.Src, To: o.tap.Dst, CallID: schema.CallID(o.call), Received: now}
	e.CaptureKey = bytes.Clone(e.CaptureKey)
	if o.restored != nil {
		e.Received = o.restored.Received
	}
	if o.kind == kindQuality {
		e.From, e.To, _ = o.quality.Stream(false)
		if o.quality.CallID != "" {
			e.CallID = o.quality.CallID
		}
		e.Parties = parties(o)
		return e
	}
	e.NeedClock = s.live.o.Attributor.expectsSIPNow(now)
	e.NeedAnswer = e.NeedClock
	return e
}

// parties are whom a quality report's own SIP names, and the ends it is about.
func parties(o *opened) []sipmsg.URI {
	var all []sipmsg.URI
	for _, host := range []string{o.meta.TargetHost, o.meta.FromHost, o.meta.ToHost, o.meta.ContactHost} {
		if host != "" {
			all = append(all, sipmsg.URI{Scheme: "sip", Host: host})
		}
	}
	for _, id := range []string{o.quality.LocalID, o.quality.RemoteID} {
		if u := sipmsg.ParseURI(id); !u.IsZero() {
			all = append(all, u)
		}
	}
	return all
}

// quarantine keeps a report that nobody owns.
func (s *shard) quarantine(o *opened, e *attribution.Evidence, ans *answer, reason string, reports uint64, now time.Time) {
	if reports == 0 {
		return // a sender report alone has nothing to assign
	}
	src := s.live.o.Source
	if !s.live.o.Attributor.mayQuarantine(src.Name, o.sender.Addr(), now) {
		s.worker.counts.QuarantineFull += reports
		return
	}
	s.worker.counts.Quarantined += reports
	f := QuarantineFact{
		Source: src, Received: now, Captured: o.at, Sender: o.sender, From: o.tap.Src, To: o.tap.Dst,
		HasCaptureID: o.hasCapture, CaptureID: o.capture, NodeName: string(o.node), CallID: e.CallID,
		Form: o.form, Payload: bytes.Clone(o.payload), Reason: reason, Answers: ans.answers,
		RetentionDays: s.live.o.Attributor.o.QuarantineRetentionDays, Version: s.live.o.Stripes.nextVersion(now),
	}
	if f.Form == "" {
		f.Form = schema.FormRTCP
	}
	for _, u := range e.Parties {
		if u.Host != "" {
			f.Hosts = append(f.Hosts, u.Host)
		}
	}
	f.identify()
	s.batch.AppendQuarantined(&f)
}
