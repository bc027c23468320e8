package pipeline

import (
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// A capture goes the way of HEP packets at a listener that nobody serves: one
// shard with an attributor of its own, whose clock is the capture's. SIP is
// taken in as it comes. Reports are held back for as long as there is room, and
// let go of in order of time, so that what SIP says of their calls is known
// wherever in the file it stands: of a capture with up to maxPendingBytes of
// reports nothing depends on the order of its packets, and of a greater one only
// what is further apart than that.
const maxPendingBytes = 8 << 20

// Bounds of what an importer remembers of SIP. Dialogs are not forgotten by
// time, since the reports of one may come to their turn long after its end.
const (
	maxImportDialogs     = 1 << 20
	maxImportDialogBytes = 128 << 20
	importDialogTTL      = 100 * 365 * 24 * time.Hour
)

// callsEvery is how often, in capture time, calls that are over are handed out;
// callsEnd is past all times of a tracker.
const (
	callsEvery = 5 * time.Second
	callsEnd   = 7 * 24 * time.Hour
)

// pending is a report that is held back.
type pending struct {
	form Form
	Datagram
	// quality is set for a PUBLISH as it was on the wire; it needs no payload.
	quality *opened
	bytes   int
	// seq is the place in the file.
	seq uint64
}

// pendingHeap has the earliest report in front, those of one time as they stand
// in the file.
type pendingHeap []pending

func (h pendingHeap) Len() int      { return len(h) }
func (h pendingHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h pendingHeap) Less(i, j int) bool {
	return cmp.Or(h[i].At.Compare(h[j].At), cmp.Compare(h[i].seq, h[j].seq)) < 0
}
func (h *pendingHeap) Push(p any) { *h = append(*h, p.(pending)) }
func (h *pendingHeap) Pop() any {
	last := len(*h) - 1
	p := (*h)[last]
	(*h)[last] = pending{}
	*h = (*h)[:last]
	return p
}

// pendingOverhead is what one costs beside its payload, and a quality report
// beside its text.
const (
	pendingOverhead = 192
	qualityOverhead = 4 << 10
)

// newImportAttributor returns what an importer asks, on its own clock.
func newImportAttributor(clock func() time.Time) (*Attributor, error) {
	return NewAttributor(AttributorOptions{
		Options: attribution.Options{
			IdleTTL: importDialogTTL, EndedTTL: importDialogTTL, MaxDialogsPerTrunk: maxImportDialogs,
			MaxDialogsPerSource: maxImportDialogs, MaxBytes: maxImportDialogBytes,
		},
		Now: clock,
	})
}

// SetTrunks says which trunks there are, so that calls have one, and a
// direction. Only those of the source's tenant are looked at: whose the capture
// is has been said. What is configured about a trunk's calls holds where SIP
// tells no codec. The error wraps attribution.ErrTable.
func (im *Importer) SetTrunks(t attribution.Table, media map[schema.TrunkID]mediaqos.Media) error {
	var own attribution.Table
	for _, trunk := range t.Trunks {
		if trunk.Tenant == im.source.Tenant {
			own.Trunks = append(own.Trunks, trunk)
		}
	}
	return im.attributor.SetTable(own, media)
}

// looksLikeSIP tells SIP from other traffic by its first line (RFC 3261 section
// 7).
func looksLikeSIP(b []byte) bool {
	const version = "SIP/2.0"
	line, _, ok := bytes.Cut(b[:min(len(b), 1024)], []byte("\n"))
	if !ok {
		return false
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	return bytes.HasPrefix(line, []byte(version+" ")) || bytes.HasSuffix(line, []byte(" "+version))
}

// isHEP tells HEP version 3 by its magic.
func isHEP(b []byte) bool { return len(b) > 6 && string(b[:4]) == "HEP3" }

// signalling takes what is no RTP and no RTCP: SIP, and HEP with anything in it.
func (im *Importer) signalling(d *pcap.Datagram) {
	s, counts := im.shard, &im.shard.worker.counts
	datagram := Datagram{At: d.At, Src: d.Src, Dst: d.Dst, Payload: d.Payload}
	var o opened
	switch {
	case isHEP(d.Payload):
		im.stats.HEP++
		rtcpBefore := counts.RTCP + counts.Encrypted
		report := s.openHEP(&datagram, im.clock, &o)
		if counts.RTCP+counts.Encrypted > rtcpBefore {
			im.stats.RTCP++
			im.sawRTCP(o.at)
		}
		if report {
			im.hold(pending{form: FormHEP, Datagram: datagram})
		}
	case looksLikeSIP(d.Payload):
		im.stats.SIP++
		counts.Datagrams++
		o = opened{at: d.At, tap: mediaqos.Tap{Src: d.Src, Dst: d.Dst}, sender: d.Src, payload: d.Payload}
		if s.openSIP(&datagram, &o, im.clock) {
			o.payload = nil
			o.meta.Transport = "udp"
			datagram.Payload = nil
			im.hold(pending{quality: &o, Datagram: datagram})
		}
	default:
		im.stats.Other++
	}
}

// hold keeps a report back. The payload is copied.
func (im *Importer) hold(p pending) {
	p.bytes = pendingOverhead + len(p.Payload)
	if p.quality != nil {
		p.bytes += qualityOverhead
	}
	p.Payload, p.seq = bytes.Clone(p.Payload), im.stats.Datagrams
	heap.Push(&im.pending, p)
	im.pendingBytes += p.bytes
}

// release makes facts of the earliest reports until no more than so many bytes
// are held back.
func (im *Importer) release(keep int, now time.Time) {
	for im.pendingBytes > keep && len(im.pending) > 0 {
		p := heap.Pop(&im.pending).(pending)
		im.pendingBytes -= p.bytes
		im.report(&p, now)
	}
}

// report makes facts of a report. It was sound when it was held back, and was
// counted then.
func (im *Importer) report(p *pending, now time.Time) {
	o := p.quality
	if o == nil {
		o = &opened{}
		if !im.shard.reopen(p.form, &p.Datagram, p.At, o) {
			return
		}
	}
	im.shard.process(o, im.attribute(o), now)
}

// attribute says of which call a report is; whose it is has been said.
func (im *Importer) attribute(o *opened) *attributed {
	s, a := im.shard, im.attributor
	if ans := s.recall(a, o); ans != nil {
		return &ans.attributed
	}
	e := s.evidence(o, im.clock)
	// There is no grace: the SIP that there is has been read.
	e.Received, e.NeedClock, e.NeedAnswer = time.Time{}, false, false
	a.mu.Lock()
	found, verdict := a.answer(im.clock, &e)
	a.touchedCalls, a.touchedAddrs = a.touchedCalls[:0], a.touchedAddrs[:0]
	a.mu.Unlock()
	if verdict != attribution.Attributed {
		// Within one tenant the rules cannot disagree about whose it is.
		return &attributed{tenant: im.source.Tenant, media: im.source.Media}
	}
	s.complete(&found)
	im.own(found.origin)
	if *found.origin == *im.source.origin() {
		found.origin = nil // nothing was found out
	}
	s.remember(o, &found)
	return &found.attributed
}

// own puts the trunk that was said before one that was found.
func (im *Importer) own(o *Origin) {
	if im.source.Trunk != "" {
		o.Trunk = im.source.Trunk
	}
}

// takeCalls hands out calls that are over by a moment of the capture.
func (im *Importer) takeCalls(until time.Time, now time.Time) {
	im.asked = until
	im.attributor.Due(until)
	im.shard.mail(now)
	for i := range im.batch.calls {
		f := &im.batch.calls[i]
		im.own(f.Origin)
		f.Version = im.callVersion(f, now)
	}
}

// callVersion rises, and a call whose INVITE was seen beats any other, as live.
// A call that goes on when its capture ends is the least of those: whoever saw
// the whole knows more, whichever came first.
func (im *Importer) callVersion(f *CallFact, now time.Time) uint64 {
	version := im.shard.live.o.Stripes.nextVersion(now)
	switch {
	case f.Call.AttemptAt.IsZero():
		return version
	case f.Call.State != sipcalls.Ended:
		return schema.WholeCallVersion
	}
	return schema.WholeCallVersion + version
}

// importBatch gathers what the shard makes until it is handed on.
type importBatch struct {
	facts []Fact
	voip  []VoIPFact
	calls []CallFact
}

func (b *importBatch) Append(f *Fact)         { b.facts = append(b.facts, *f) }
func (b *importBatch) AppendCall(f *CallFact) { b.calls = append(b.calls, *f) }
func (b *importBatch) AppendVoIP(f *VoIPFact) { b.voip = append(b.voip, *f) }

// AppendQuarantined implements [Batch]; what one tenant imports is its own.
func (b *importBatch) AppendQuarantined(*QuarantineFact) {}

func (b *importBatch) Len() int { return len(b.facts) + len(b.voip) + len(b.calls) }

// importStore gives the shard its batch; nothing is committed here.
type importStore struct{ batch *importBatch }

func (s importStore) NewBatch() Batch { return s.batch }

// Commit implements [Store].
func (importStore) Commit(context.Context, Cut) error { return nil }
