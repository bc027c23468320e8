package pipeline

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// kind is what a report is, once out of its wrapping.
type kind uint8

const (
	// kindBinary and kindJSON are RTCP, decoded in the worker.
	kindBinary kind = 1 + iota
	kindJSON
	// kindQuality is a voice quality report.
	kindQuality
)

// opened is a report taken out of its wrapping. Slices are those of the
// datagram.
type opened struct {
	kind kind
	// at is the capture time, tap the report's own addresses, sender who
	// brought it.
	at     time.Time
	tap    mediaqos.Tap
	sender netip.AddrPort
	// payload is the report without the wrapping; form is the schema's word.
	payload []byte
	form    string

	hasCapture      bool
	capture         uint32
	key, call, node []byte

	// quality is set for kindQuality, with how it came.
	quality *vqreport.Report
	meta    vqreport.Meta
	// restored is set for what an earlier process had waiting.
	restored *held.Record
}

// openHEP takes a HEP packet apart and counts it. It is true for reports; SIP
// of calls is dealt with here.
func (s *shard) openHEP(d *Datagram, now time.Time, o *opened) bool {
	counts := &s.worker.counts
	counts.Datagrams++
	if d.Payload == nil {
		counts.Unreadable++
		return false
	}
	p := &s.packet
	if err := s.decoder.Decode(d.Payload, p); err != nil {
		counts.RefusedHEP[hep.ReasonOf(err)]++
		return false
	}
	s.heard(p, d, now)
	if p.IsKeepAlive() {
		counts.KeepAlives++
		return false
	}
	s.unwrap(p, d, o)
	switch p.Proto {
	case hep.ProtoRTCP:
		return s.openRTCP(o)
	case hep.ProtoSIP:
		return s.openSIP(d, o, now)
	case hep.ProtoRTPReport:
		return s.openQuality(o)
	}
	counts.Ignored++
	return false
}

// unwrap notes what a packet says of its payload.
func (s *shard) unwrap(p *hep.Packet, d *Datagram, o *opened) {
	*o = opened{
		at: p.Time, tap: mediaqos.Tap{Src: p.Src, Dst: p.Dst}, sender: d.Src, payload: p.Payload,
		hasCapture: p.HasCaptureID, capture: p.CaptureID, node: p.NodeName[:min(len(p.NodeName), maxNodeBytes)], restored: o.restored,
	}
	if len(p.CorrelationID) <= maxCallIDBytes {
		o.call = p.CorrelationID
	}
	if len(p.AuthKey) <= maxKeyBytes {
		o.key = p.AuthKey
	}
	if !credible(o.at, d.At) {
		o.at = d.At
	}
}

// Bounds of what is remembered of a packet: the longest correlation id that is
// taken for a Call-ID, the longest key that can be right, and what is kept of
// the name of an agent.
const (
	maxCallIDBytes = 256
	maxKeyBytes    = 256
	maxNodeBytes   = 64
)

// credible says whether an agent's clock is believed. The tables are divided by
// month of capture, so a clock that is years off, or a packet that was made up,
// would make partitions without end; the time of arrival is taken instead.
func credible(claimed, arrived time.Time) bool {
	if claimed.IsZero() || arrived.IsZero() {
		return !claimed.IsZero()
	}
	return claimed.After(arrived.AddDate(-1, 0, 0)) && claimed.Before(arrived.Add(24*time.Hour))
}

// openRTCP reads RTCP in either form into the worker.
func (s *shard) openRTCP(o *opened) bool {
	w := s.worker
	switch hep.Classify(o.payload) {
	case hep.FormBinary:
		o.kind, o.form = kindBinary, schema.FormRTCP
		err := w.datagram.Decode(o.payload)
		w.counts.Datagrams-- // counted as a packet already
		w.counts.datagram(&w.datagram, err)
		return err == nil && !w.datagram.Encrypted
	case hep.FormJSON:
		o.kind, o.form = kindJSON, schema.FormRTCPJSON
		if err := w.scanner.Scan(o.payload, o.at, &w.json); err != nil {
			w.counts.RefusedHEP[hep.ReasonOf(err)]++
			return false
		}
		w.counts.RTCP++
		if w.json.HasVoIP {
			w.counts.XRBlocks++
			w.counts.XRTypes[7]++
		}
		return !w.json.IsEmpty()
	}
	w.counts.Refused++
	return false
}

// openSIP takes a SIP message: of a call it is evidence, and a PUBLISH may hold
// a quality report.
func (s *shard) openSIP(d *Datagram, o *opened, now time.Time) bool {
	counts := &s.worker.counts
	m, err := sipmsg.Parse(o.payload)
	if err != nil {
		counts.RefusedSIP++
		return false
	}
	if m.IsRequest() && m.Method == "PUBLISH" {
		return s.openPublish(o)
	}
	counts.SIP++
	if s.live.o.Attributor == nil || !attribution.Concerns(m) {
		return false
	}
	s.observe(o, m, now)
	r := held.Record{
		// The log remembers the Call-ID, and would the whole message with it.
		Kind: held.KindSIP, Form: uint8(FormHEP), Listener: s.live.o.Source.Name, Call: strings.Clone(m.CallID),
		Received: now, At: d.At, Src: d.Src, Dst: d.Dst, Payload: append([]byte(nil), d.Payload...),
	}
	s.hold(&r)
	return false
}

// observe tells the attributor of a SIP message.
func (s *shard) observe(o *opened, m *sipmsg.Message, now time.Time) {
	at := o.at
	if at.IsZero() {
		at = now
	}
	s.live.o.Attributor.observe(now, &callSeen{
		capture: s.capture(o, at), from: o.tap.Src, to: o.tap.Dst, sender: o.sender, node: string(o.node), home: &s.live.shards[0].inbox,
	}, m)
}

// openPublish reads a PUBLISH that an agent saw.
func (s *shard) openPublish(o *opened) bool {
	r, meta, err := vqreport.ParsePublish(o.payload)
	switch {
	case errors.Is(err, vqreport.ErrNotPublish):
		s.worker.counts.SIP++
		return false
	case err != nil:
		s.worker.counts.RefusedQuality++
		return false
	}
	s.worker.counts.Quality++
	o.kind, o.form, o.quality, o.meta = kindQuality, schema.FormPublish, r, meta
	return true
}

// openQuality reads what an agent sends as a report (HEP type 35): a PUBLISH, or
// its body alone.
func (s *shard) openQuality(o *opened) bool {
	if len(o.payload) >= 8 && string(o.payload[:8]) == "PUBLISH " {
		return s.openPublish(o)
	}
	r, err := vqreport.Parse(o.payload)
	if err != nil {
		s.worker.counts.RefusedQuality++
		return false
	}
	s.worker.counts.Quality++
	o.kind, o.form, o.quality = kindQuality, schema.FormVQ, r
	return true
}

// reopen takes apart what was taken apart before; nothing is counted.
func (s *shard) reopen(form Form, d *Datagram, received time.Time, o *opened) (ok bool) {
	s.worker.countRepairs()
	counts := s.worker.counts
	defer func() { s.worker.counts, s.worker.scannerSeen = counts, s.worker.scanner.Stats() }()
	switch form {
	case FormHEP:
		if s.again.Decode(d.Payload, &s.packet) != nil || s.packet.IsKeepAlive() {
			return false
		}
		s.unwrap(&s.packet, d, o)
		switch s.packet.Proto {
		case hep.ProtoRTCP:
			ok = s.openRTCP(o)
		case hep.ProtoSIP:
			ok = s.openPublish(o)
		case hep.ProtoRTPReport:
			ok = s.openQuality(o)
		}
	case FormPublish:
		ok = s.openSubmitted(d.Payload, o)
	default:
		*o = opened{kind: kindBinary, form: schema.FormRTCP, at: d.At, tap: mediaqos.Tap{Src: d.Src, Dst: d.Dst}, sender: d.Src, payload: d.Payload, restored: o.restored}
		ok = s.worker.datagram.Decode(d.Payload) == nil && !s.worker.datagram.Encrypted
	}
	if o.at.IsZero() {
		o.at = received
	}
	return ok
}

// reportsIn is how many reports there are, as the ledger counts them.
func (s *shard) reportsIn(o *opened) uint64 {
	switch o.kind {
	case kindBinary:
		return uint64(len(s.worker.datagram.Reports) + len(s.worker.datagram.XR.VoIP))
	case kindJSON:
		return uint64(len(s.worker.json.Reports)) + uint64(bit(s.worker.json.HasVoIP))
	}
	return uint64(bit(o.quality.HasLocal)) + uint64(bit(o.quality.HasRemote))
}

// process makes facts of a report whose owner is known.
func (s *shard) process(o *opened, att *attributed, now time.Time) {
	if o.kind == kindQuality {
		s.quality(o, att, now)
		return
	}
	w := s.worker
	w.facts = s.facts[:0]
	sn := seen{source: s.live.o.Source, attributed: *att, at: o.at, tap: o.tap, call: o.call, sender: o.sender.Addr(), now: now}
	if o.kind == kindBinary {
		w.binary(&sn)
	} else {
		w.scanned(&sn)
	}
	for i := range w.facts {
		s.batch.Append(&w.facts[i])
	}
	s.facts = w.facts
	for i := range w.voip {
		w.voip[i].Sender = o.sender
		s.batch.AppendVoIP(&w.voip[i])
	}
	w.voip = w.voip[:0]
}
