package pipeline

import (
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// extended takes the extended reports of a packet (RFC 3611):
//
//   - 7, VoIP metrics, is a fact of its own and evidence of how losses cluster;
//   - 1, loss run lengths, and 20, burst/gap loss (RFC 6958), are such evidence
//     for the report blocks that they cover;
//   - 4 and 5, reference times and their echoes, give round trips of reports
//     whose end sends no media;
//   - 2 (duplicates), 6 (summaries: loss and jitter, which the report blocks of
//     the same interval have, too) and 21 (discards, while figures here are of
//     what was lost) add nothing and are counted by type, like all others.
func (w *Worker) extended(sn *seen, p *path, c *content) {
	for i := range c.voip {
		w.metrics(sn, c, &c.voip[i])
	}
	if c.xr == nil {
		return
	}
	for _, r := range c.xr.ReferenceTimes {
		w.amendments = p.legs.AddReferenceTime(p.Sighting, r, w.amendments)
	}
	for i := range c.xr.DLRRs {
		w.amendments = p.legs.AddDLRR(p.Sighting, &c.xr.DLRRs[i], w.amendments)
	}
	for i := range c.xr.LossRLEs {
		r := &c.xr.LossRLEs[i]
		if shape, err := r.BurstShape(); err == nil {
			w.evidence(sn, r.ReporterSSRC, r.SourceSSRC, shape, time.Duration(r.Span())*packetLength(&sn.media))
		}
	}
	for i := range c.xr.BurstLosses {
		b := &c.xr.BurstLosses[i]
		w.evidence(sn, b.ReporterSSRC, b.SourceSSRC, b.BurstShape(), thisReport)
	}
}

// thisReport is how far back a block reaches that is about the interval of the
// report block beside it, and of no other.
const thisReport = time.Millisecond

// packetLength is the audio in one packet.
func packetLength(m *mediaqos.Media) time.Duration {
	if m.PtimeMillis > 0 {
		return time.Duration(float64(m.PtimeMillis) * float64(time.Millisecond))
	}
	return mediaqos.AssumedPtimeMillis * time.Millisecond
}

// evidence tells the streams how losses cluster.
func (w *Worker) evidence(sn *seen, reporter, source uint32, shape mediaqos.BurstShape, covers time.Duration) {
	if shape.Known() {
		w.facts = w.stripes.evidence(sn.source, &mediaqos.BurstEvidence{
			Tenant: sn.tenant, ReporterSSRC: reporter, SourceSSRC: source, At: sn.at, Tap: sn.tap, Covers: covers, Shape: shape,
		}, sn.now, w.facts)
	}
}

// metrics makes a fact of a VoIP metrics block. Its burst figures are of all
// that the reporter has received (RFC 3611 section 4.7.1).
func (w *Worker) metrics(sn *seen, c *content, v *mediaqos.VoIPMetrics) {
	if v.ReporterSSRC.OK && v.SourceSSRC.OK {
		w.evidence(sn, v.ReporterSSRC.V, v.SourceSSRC.V, v.BurstShape(), 0)
	}
	block := *v
	f := VoIPFact{
		Source: sn.source, Origin: sn.originOf(sn.source), Time: sn.at, ReportID: voipID(v, c.reports, sn.tenant),
		Reporter: sn.tap.Src, Peer: sn.tap.Dst, XR: &block, Media: sn.media,
	}
	var outcome mediaqos.Outcome
	w.voip, outcome = w.stripes.addVoIP(&f, sn.now, w.voip)
	w.counts.voip(outcome)
}
