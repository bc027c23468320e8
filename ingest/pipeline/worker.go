package pipeline

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Worker turns the datagrams of one shard into facts. It belongs to one
// goroutine.
type Worker struct {
	stripes  *Stripes
	legs     *mediaqos.Legs
	relays   *relays
	datagram rtcp.Datagram
	scanner  hep.Scanner
	// scannerSeen is what of its counters has been taken.
	scannerSeen hep.ScannerStats
	json        hep.Report
	one         [1]mediaqos.VoIPMetrics
	amendments  []mediaqos.Amendment
	counts      Counts
	// facts and voip are what was made since they were last taken.
	facts []Fact
	voip  []VoIPFact
	// media says what is known of a source's medium beyond its [Source]; nil
	// knows nothing.
	media func(ssrc uint32) mediaqos.Media
}

// NewWorker returns a worker on shared stripes.
func NewWorker(stripes *Stripes) (*Worker, error) {
	legs, err := mediaqos.NewLegs(mediaqos.LegsOptions{MaxPairs: stripes.Limit()})
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	relays, err := newRelays(stripes.Limit())
	if err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &Worker{stripes: stripes, legs: legs, relays: relays}, nil
}

// seen is where, when and for whom RTCP was captured.
type seen struct {
	source *Source
	// whose it is; its origin is nil where that is the source's tenant.
	attributed
	at  time.Time
	tap mediaqos.Tap
	// call is the call id that came with it, if one did.
	call []byte
	// sender is whom streams count for.
	sender netip.Addr
	now    time.Time
}

// Process decodes one datagram and appends the facts it makes or changes. now
// is the writer's clock; times of facts come from the capture. What it says of
// itself in VoIP metrics is for [Worker.TakeVoIP].
func (w *Worker) Process(src *Source, d *Datagram, now time.Time, out []Fact) []Fact {
	if !w.decode(d) {
		return out
	}
	w.facts = out
	w.binary(&seen{
		source: src, attributed: attributed{tenant: src.Tenant, media: src.Media},
		at: d.At, tap: mediaqos.Tap{Src: d.Src, Dst: d.Dst}, sender: d.Src.Addr(), now: now,
	})
	out, w.facts = w.facts, nil
	return out
}

// TakeVoIP returns the VoIP metrics since it was last called; the slice is good
// until the next datagram.
func (w *Worker) TakeVoIP() []VoIPFact {
	all := w.voip
	w.voip = w.voip[:0]
	return all
}

// decode reads RTCP as on the wire and counts it; false means that there is
// nothing in it to go on with.
func (w *Worker) decode(d *Datagram) bool {
	if d.Payload == nil {
		w.counts.Datagrams++
		w.counts.Unreadable++
		return false
	}
	err := w.datagram.Decode(d.Payload)
	w.counts.datagram(&w.datagram, err)
	return err == nil && !w.datagram.Encrypted
}

// binary makes facts of the datagram that was decoded last.
func (w *Worker) binary(sn *seen) {
	d := &w.datagram
	w.take(sn, content{reports: d.Reports, senders: d.Senders, cnames: d.CNAMEs, byes: d.Byes, xr: &d.XR, voip: d.XR.VoIP})
}

// scanned makes facts of the JSON that was scanned last.
func (w *Worker) scanned(sn *seen) {
	r := &w.json
	c := content{reports: r.Reports, senders: r.Senders, cnames: r.CNAMEs}
	if r.HasVoIP {
		w.one[0] = r.VoIP
		c.voip = w.one[:]
	}
	w.take(sn, c)
}

// content is what an RTCP packet says, whatever its form.
type content struct {
	reports []mediaqos.Wire
	senders []rtcp.Sender
	cnames  []rtcp.CNAME
	byes    []rtcp.Bye
	xr      *rtcp.XR // nil in JSON
	voip    []mediaqos.VoIPMetrics
}

// reported says that a sender's own report has blocks.
func (c *content) reported(ssrc uint32) bool {
	for i := range c.reports {
		if c.reports[i].HasSR && c.reports[i].ReporterSSRC == ssrc {
			return true
		}
	}
	return false
}

// take makes facts.
func (w *Worker) take(sn *seen, c content) {
	// What the store keeps is whole microseconds, so that is what everything
	// is derived from.
	sn.at = sn.at.UTC().Truncate(time.Microsecond)
	p := w.path(sn, &c)
	w.amendments = w.amendments[:0]
	for i := range c.senders {
		s := &c.senders[i]
		if c.reported(s.SSRC) {
			continue // its blocks tell of it
		}
		w.amendments = p.legs.AddSR(p.Sighting, s.SSRC, s.NTP, w.amendments)
	}
	for i := range c.reports {
		w.report(sn, &p, &c, &c.reports[i])
	}
	w.extended(sn, &p, &c)
	for i := range w.amendments {
		w.amend(sn, &p, &w.amendments[i])
	}
	for i := range c.byes {
		w.facts = w.stripes.End(sn.source, mediaqos.Bye{Tenant: sn.tenant, SSRC: c.byes[i].SSRC, At: sn.at, Tap: sn.tap}, sn.now, w.facts)
	}
}

// report hands one report block over.
func (w *Worker) report(sn *seen, p *path, c *content, wire *mediaqos.Wire) {
	r := report{
		source: sn.source, origin: sn.origin, sender: sn.sender, cname: cname(c.cnames, wire.ReporterSSRC),
		Observation: mediaqos.Observation{Tenant: sn.tenant, At: sn.at, Tap: sn.tap, Wire: *wire, Media: sn.media},
	}
	if w.media != nil {
		if m := w.media(wire.SourceSSRC); m.Source > r.Media.Source {
			r.Media = m
		}
	}
	r.RTT, w.amendments = p.legs.AddReport(p.Sighting, wire, w.amendments)
	var outcome mediaqos.Outcome
	w.facts, outcome = w.stripes.add(&r, sn.now, w.facts)
	w.counts.outcome(outcome)
}

// cname is a reporter's name in a packet, nil if it has none.
func cname(all []rtcp.CNAME, ssrc uint32) []byte {
	for i := range all {
		if all[i].SSRC == ssrc {
			return all[i].Name
		}
	}
	return nil
}

// TakeCounts returns the counts since it was last called.
func (w *Worker) TakeCounts() Counts {
	w.countRepairs()
	counts := w.counts
	w.counts = Counts{}
	return counts
}

// countRepairs counts what the scanner has put right since this was last asked.
func (w *Worker) countRepairs() {
	scanned := w.scanner.Stats()
	w.counts.repaired(scanned, w.scannerSeen)
	w.scannerSeen = scanned
}

// Expire forgets address pairs and calls that have been silent.
func (w *Worker) Expire(now time.Time, idle time.Duration) {
	w.legs.Expire(now, idle)
	w.relays.expire(now, idle)
}
