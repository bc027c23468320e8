package pipeline

import (
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Worker turns the datagrams of one shard into facts. It belongs to one
// goroutine.
type Worker struct {
	stripes    *Stripes
	legs       *mediaqos.Legs
	datagram   rtcp.Datagram
	amendments []mediaqos.Amendment
	counts     Counts
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
	return &Worker{stripes: stripes, legs: legs}, nil
}

// Process decodes one datagram and appends the facts it makes or changes. now
// is the writer's clock; times of facts come from the capture.
func (w *Worker) Process(src *Source, d *Datagram, now time.Time, out []Fact) []Fact {
	if d.Payload == nil {
		w.counts.Datagrams++
		w.counts.Unreadable++
		return out
	}
	err := w.datagram.Decode(d.Payload)
	w.counts.datagram(&w.datagram, err)
	if err != nil || w.datagram.Encrypted {
		return out
	}
	// What the store keeps is whole microseconds, so that is what everything
	// is derived from.
	at := d.At.UTC().Truncate(time.Microsecond)
	tap := mediaqos.Tap{Src: d.Src, Dst: d.Dst}
	sighting := mediaqos.Sighting{Tenant: src.Tenant, At: at, Tap: tap, AtDestination: src.AtEndpoint}
	w.amendments = w.amendments[:0]
	for i := range w.datagram.Senders {
		s := &w.datagram.Senders[i]
		w.amendments = w.legs.AddSR(sighting, s.SSRC, s.NTP, w.amendments)
	}
	for i := range w.datagram.Reports {
		out = w.report(src, sighting, &w.datagram.Reports[i], now, out)
	}
	for i := range w.amendments {
		out = w.stripes.Amend(src, &w.amendments[i], now, out)
	}
	for i := range w.datagram.Byes {
		out = w.stripes.End(src, mediaqos.Bye{Tenant: src.Tenant, SSRC: w.datagram.Byes[i].SSRC, At: at, Tap: tap}, now, out)
	}
	return out
}

// report hands one report block over.
func (w *Worker) report(src *Source, sighting mediaqos.Sighting, wire *mediaqos.Wire, now time.Time, out []Fact) []Fact {
	o := mediaqos.Observation{Tenant: src.Tenant, At: sighting.At, Tap: sighting.Tap, Wire: *wire, Media: src.Media}
	if w.media != nil {
		if m := w.media(wire.SourceSSRC); m.Source > o.Media.Source {
			o.Media = m
		}
	}
	o.RTT, w.amendments = w.legs.AddReport(sighting, wire, w.amendments)
	out, outcome := w.stripes.Add(src, &o, w.cname(wire.ReporterSSRC), now, out)
	w.counts.outcome(outcome)
	return out
}

// cname is the reporter's name in the datagram at hand, nil if it has none.
func (w *Worker) cname(ssrc uint32) []byte {
	for i := range w.datagram.CNAMEs {
		if w.datagram.CNAMEs[i].SSRC == ssrc {
			return w.datagram.CNAMEs[i].Name
		}
	}
	return nil
}

// TakeCounts returns the counts since it was last called.
func (w *Worker) TakeCounts() Counts {
	counts := w.counts
	w.counts = Counts{}
	return counts
}

// Expire forgets address pairs that have been silent.
func (w *Worker) Expire(now time.Time, idle time.Duration) { w.legs.Expire(now, idle) }
