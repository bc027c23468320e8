package mediaqos

import (
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

const (
	// legWindow is how many reports of a direction are remembered: Window, and
	// what may lie between two directions.
	legWindow = Window + oppositeReports + 1
	// legSRWindow is how many SRs of an SSRC are remembered. It is larger,
	// since an SR must outlast both its own lateness and that of the report
	// which names it.
	legSRWindow = 16
	// maxLegParties bounds SSRCs and directions of one address pair.
	maxLegParties = 64
	// oppositeMicros is how old the other direction's half leg may be, and
	// oppositeReports among how many of its latest reports it is looked for.
	oppositeMicros  = 30_000_000
	oppositeReports = 3
)

// pairKey is an address pair of a tenant, whichever the direction.
type pairKey struct {
	tenant schema.TenantID
	pair   Tap
}

// legPair is what is remembered between two addresses.
type legPair struct {
	key        pairKey
	last       int64 // latest capture
	senders    []legSender
	directions []legDirection
}

// legSender is the last SRs of one SSRC, in order of capture.
type legSender struct {
	ssrc uint32
	n    uint8
	srs  [legSRWindow]legSR
}

type legSR struct {
	micros int64
	middle uint32 // of its NTP time
}

// legDirection is the last reports of one SSRC about another, in order of capture.
type legDirection struct {
	reporter, source uint32
	n                uint8
	reports          [legWindow]legReport
}

type legReport struct {
	micros, end   int64 // its first and its last sighting here
	id            schema.ReportID
	lsr, dlsr     uint32
	middle        uint32 // NTP time of the SR that carried it
	rtt           rttSlot
	hasSR         bool
	atDestination bool
	reversed      bool // its tap is the pair's the other way round
}

// pair returns the memory of a sighting's addresses, nil beyond the limit.
func (l *Legs) pair(sg *Sighting) *legPair {
	key := pairKey{sg.Tenant, sg.Tap.Pair()}
	p := l.pairs[key]
	if p == nil {
		if len(l.pairs) >= l.options.MaxPairs {
			l.stats.RefusedPairs++
			return nil
		}
		p = &legPair{key: key}
		l.pairs[key] = p
	}
	return p
}

func (p *legPair) sender(ssrc uint32) *legSender {
	for i := range p.senders {
		if p.senders[i].ssrc == ssrc {
			return &p.senders[i]
		}
	}
	return nil
}

func (p *legPair) direction(reporter, source uint32) *legDirection {
	for i := range p.directions {
		if d := &p.directions[i]; d.reporter == reporter && d.source == source {
			return d
		}
	}
	return nil
}

// noteSR enters an SR. If it is late, reports that were waiting for it get
// their answer, and so do those of the other direction that add it up.
func (l *Legs) noteSR(p *legPair, sg *Sighting, ssrc, middle uint32, out []Amendment) []Amendment {
	s := p.sender(ssrc)
	if s == nil {
		if len(p.senders) >= maxLegParties {
			l.stats.RefusedParties++
			return out
		}
		p.senders = append(p.senders, legSender{ssrc: ssrc})
		s = &p.senders[len(p.senders)-1]
	}
	micros := sg.At.UnixMicro()
	if !s.note(legSR{micros, middle}) || micros > p.last {
		return out
	}
	for i := range p.directions {
		if d := &p.directions[i]; d.source == ssrc {
			out = p.answer(d, micros, schema.ReportID{}, out)
			if back := p.direction(d.source, d.reporter); back != nil {
				out = p.answer(back, micros, schema.ReportID{}, out)
			}
		}
	}
	return out
}

// note keeps the earliest capture of an SR; it reports whether anything is new.
func (s *legSender) note(sr legSR) bool {
	srs := s.srs[:s.n]
	if at := slices.IndexFunc(srs, func(o legSR) bool { return o.middle == sr.middle }); at >= 0 {
		if srs[at].micros <= sr.micros {
			return false
		}
		copy(srs[at:], srs[at+1:])
		s.n--
	}
	if s.n == legSRWindow {
		if sr.micros < s.srs[0].micros {
			return false
		}
		copy(s.srs[:], s.srs[1:])
		s.n--
	}
	i := int(s.n)
	for ; i > 0 && s.srs[i-1].micros > sr.micros; i-- {
		s.srs[i] = s.srs[i-1]
	}
	s.srs[i] = sr
	s.n++
	return true
}

// noteReport enters a report and answers for it; fresh says that it is the
// first sighting here.
func (l *Legs) noteReport(p *legPair, sg *Sighting, w *Wire, out []Amendment) (rtt RTT, fresh bool, _ []Amendment) {
	d := p.direction(w.ReporterSSRC, w.SourceSSRC)
	if d == nil {
		if len(p.directions) >= maxLegParties {
			l.stats.RefusedParties++
			return RTT{}, true, out
		}
		p.directions = append(p.directions, legDirection{reporter: w.ReporterSSRC, source: w.SourceSSRC})
		d = &p.directions[len(p.directions)-1]
	}
	r := legReport{
		micros: sg.At.UnixMicro(), end: sg.At.UnixMicro(), id: w.Hash(sg.Tenant), lsr: w.LSR, dlsr: w.DLSR,
		middle: ntpMiddle(w.SRNTP), hasSR: w.HasSR,
		atDestination: sg.AtDestination, reversed: sg.Tap != p.key.pair,
	}
	if known := d.known(&r); known != nil && known.micros <= r.micros {
		known.end = max(known.end, r.end)
		return known.rtt.unpack(), false, out
	}
	again := d.absorb(&r)
	i := d.insert(r)
	if i < 0 {
		return p.measure(d, &r), true, out
	}
	back := p.direction(w.SourceSSRC, w.ReporterSSRC)
	if !again && i == int(d.n)-1 && (back == nil || back.n == 0 || back.reports[back.n-1].micros < r.micros) {
		answer := p.measure(d, &d.reports[i])
		d.reports[i].rtt = packRTT(answer)
		return answer, true, out
	}
	out = p.answer(d, r.micros, r.id, out)
	if back != nil && back != d {
		out = p.answer(back, r.micros, schema.ReportID{}, out)
	}
	if again { // it was answered before, and perhaps as two reports
		out = append(out, p.amendment(d, &d.reports[i]))
	}
	return d.reports[i].rtt.unpack(), !again, out
}

// same says that a sighting, or a run of them, belongs to this report.
func (r *legReport) same(o *legReport) bool {
	return r.id == o.id && o.micros <= r.end+sameReportMicros && r.micros <= o.end+sameReportMicros
}

// known returns the report that r is a sighting of, if there is exactly one.
func (d *legDirection) known(r *legReport) *legReport {
	var found *legReport
	for i := range d.reports[:d.n] {
		if d.reports[i].same(r) {
			if found != nil {
				return nil
			}
			found = &d.reports[i]
		}
	}
	return found
}

// absorb takes reports out that r is a sighting of and makes it all of them;
// it reports whether there were any. Two become one if r lies between them.
func (d *legDirection) absorb(r *legReport) bool {
	kept, sighting := uint8(0), *r
	for _, known := range d.reports[:d.n] {
		if known.same(&sighting) {
			r.micros, r.end = min(r.micros, known.micros), max(r.end, known.end)
			continue
		}
		d.reports[kept] = known
		kept++
	}
	again := kept < d.n
	d.n = kept
	return again
}

// insert keeps the order of capture and returns the place, -1 for a report
// older than all of a full window.
func (d *legDirection) insert(r legReport) int {
	if d.n == legWindow {
		if r.micros < d.reports[0].micros {
			return -1
		}
		copy(d.reports[:], d.reports[1:])
		d.n--
	}
	i := int(d.n)
	for ; i > 0 && d.reports[i-1].micros > r.micros; i-- {
		d.reports[i] = d.reports[i-1]
	}
	d.reports[i] = r
	d.n++
	return i
}

// answer measures a direction anew from the instant of what came in, since
// nothing acts backwards (and what acted on earlier answers may be forgotten).
// It appends what changed, except for the report that is being answered directly.
func (p *legPair) answer(d *legDirection, since int64, own schema.ReportID, out []Amendment) []Amendment {
	for i := range d.reports[:d.n] {
		r := &d.reports[i]
		if r.micros < since {
			continue
		}
		rtt := p.measure(d, r)
		if packRTT(rtt) == r.rtt {
			continue
		}
		r.rtt = packRTT(rtt)
		if r.id == own {
			continue
		}
		out = append(out, p.amendment(d, r))
	}
	return out
}

// amendment tells the answer to a report anew.
func (p *legPair) amendment(d *legDirection, r *legReport) Amendment {
	tap := p.key.pair
	if r.reversed {
		tap = tap.Reversed()
	}
	return Amendment{
		Tenant: p.key.tenant, ReporterSSRC: d.reporter, SourceSSRC: d.source,
		ReportID: r.id, Tap: tap, RTT: r.rtt.unpack(),
	}
}

// measure answers for one report from all that is remembered.
func (p *legPair) measure(d *legDirection, r *legReport) RTT {
	if r.lsr == 0 {
		return RTT{}
	}
	if r.atDestination {
		if rtt := RoundTrip(NTPMiddle(time.UnixMicro(r.micros)), r.lsr, r.dlsr); rtt.Method != RTTNone {
			return rtt
		}
	}
	back := p.direction(d.source, d.reporter)
	if back == nil {
		return RTT{}
	}
	if near, ok := p.half(d, r); ok {
		looked := 0
		for i := int(back.n) - 1; i >= 0 && looked < oppositeReports; i-- {
			o := &back.reports[i]
			if o.micros > r.micros {
				continue
			}
			if o.micros+oppositeMicros < r.micros {
				break
			}
			looked++
			if far, ok := p.half(back, o); ok {
				if rtt := makeRTT(RTTFromHalfLegs, near+far); rtt.Method != RTTNone {
					return rtt
				}
				break
			}
		}
	}
	return fromNTP(back, r)
}

// half is the round trip in microseconds from the tap to the reporter.
func (p *legPair) half(d *legDirection, r *legReport) (int64, bool) {
	s := p.sender(d.source)
	if s == nil || r.lsr == 0 {
		return 0, false
	}
	for i := range s.srs[:s.n] {
		if sr := &s.srs[i]; sr.middle == r.lsr {
			micros := r.micros - sr.micros - dlsrMicros(r.dlsr)
			return micros, micros >= -clockSlackMicros && micros <= maxRTTMicros
		}
	}
	return 0, false
}

// fromNTP subtracts along the exchange SR -> SR with block -> SR with block,
// all on the clocks of the two ends.
func fromNTP(back *legDirection, r *legReport) RTT {
	if !r.hasSR {
		return RTT{}
	}
	for i := range back.reports[:back.n] {
		o := &back.reports[i]
		if o.hasSR && o.middle == r.lsr && o.lsr != 0 {
			return makeRTT(RTTFromNTP, shortMicros(int32(r.middle-o.lsr-o.dlsr-r.dlsr)))
		}
	}
	return RTT{}
}
