package mediaqos

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
)

const (
	// legWindow is how many reports of a direction are remembered: Window, and
	// what may lie between two directions.
	legWindow = Window + oppositeReports + 1
	// legSRWindow is how many SRs of an SSRC are remembered that no remembered
	// report came in. It is larger, since an SR must outlast both its own
	// lateness and that of the report which names it.
	legSRWindow = 2 * Window
	// legOldSRs is how many SRs a direction keeps beyond its reports.
	legOldSRs = 2
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
	last       int64         // latest capture
	senders    *legSender    // of SRs that came without report blocks
	directions *legDirection // the other one first that came first
}

// legSender is the last SRs of one SSRC, in order of capture, but for those
// that a report of its directions came in.
type legSender struct {
	next *legSender
	ssrc uint32
	n    uint8
	srs  [legSRWindow]legSR
}

// legSR takes 12 bytes.
type legSR struct {
	captured wide
	middle   uint32 // of its NTP time
}

func newLegSR(micros int64, middle uint32) legSR {
	return legSR{captured: widen(uint64(micros)), middle: middle}
}

func (s *legSR) micros() int64 { return int64(s.captured.uint64()) }

// legDirection is the last reports of one SSRC about another, in order of capture.
type legDirection struct {
	next             *legDirection
	reporter, source uint32
	echo             bool // of reference times: its reports are DLRRs
	n, oldN          uint8
	reports          [legWindow]legReport
	// old are the SRs of reports that left the window: an end that is silent
	// sends reports without SRs, and the other one goes on naming its last.
	old [legOldSRs]legSR
}

// legReport takes 32 bytes.
type legReport struct {
	captured  wide   // its first sighting here, Unix microseconds
	report    uint32 // see reportKey
	lsr, dlsr uint32
	middle    uint32 // NTP time of the SR that carried it
	span      uint32 // last sighting minus micros, microseconds, saturating
	answer    legAnswer
}

// legAnswer is what was answered for a report, below flags.
type legAnswer uint32

// legFlags are what is known of a report by yes or no.
type legFlags uint8

// legFlagsShift is where they begin: a method takes less than four bits.
const legFlagsShift = 28

const (
	legHasSR         legFlags = 1 << iota
	legAtDestination          // see Sighting.AtDestination
	legReversed               // its tap is the pair's the other way round
)

func (r *legReport) is(f legFlags) bool { return r.answer>>legFlagsShift&legAnswer(f) != 0 }

func (r *legReport) set(f legFlags) { r.answer |= legAnswer(f) << legFlagsShift }

// rtt is what was answered.
func (r *legReport) rtt() rttSlot { return rttSlot(r.answer & (1<<legFlagsShift - 1)) }

func (r *legReport) setRTT(v rttSlot) {
	r.answer = r.answer>>legFlagsShift<<legFlagsShift | legAnswer(v)
}

// micros is the first sighting.
func (r *legReport) micros() int64 { return int64(r.captured.uint64()) }

// end is the last sighting.
func (r *legReport) end() int64 { return r.micros() + int64(r.span) }

// reach makes the run of sightings reach from one instant to another.
func (r *legReport) reach(from, to int64) {
	r.captured = widen(uint64(from))
	r.span = uint32(min(to-from, math.MaxUint32))
}

// reportKey is the beginning of a report's id: enough to tell it from the few
// others of its direction.
func reportKey(id schema.ReportID) uint32 { return binary.BigEndian.Uint32(id[:4]) }

// pair returns the memory of a sighting's addresses, nil beyond the limit.
func (l *Legs) pair(sg *Sighting) (*legPair, pairKey) {
	key := pairKey{sg.Tenant, sg.Tap.Pair()}
	p := l.pairs.get(&key)
	if p == nil {
		if l.pairs.len() >= l.options.MaxPairs {
			l.stats.RefusedPairs++
			return nil, key
		}
		p = l.pairs.add(&key)
	}
	return p, key
}

func (p *legPair) sender(ssrc uint32) *legSender {
	for s := p.senders; s != nil; s = s.next {
		if s.ssrc == ssrc {
			return s
		}
	}
	return nil
}

func (p *legPair) direction(reporter, source uint32, echo bool) *legDirection {
	for d := p.directions; d != nil; d = d.next {
		if d.reporter == reporter && d.source == source && d.echo == echo {
			return d
		}
	}
	return nil
}

// sent finds the earliest capture of an SR: of a remembered report that came in
// it, or of itself.
func (p *legPair) sent(ssrc, middle uint32) (micros int64, ok bool) {
	for d := p.directions; d != nil; d = d.next {
		if d.reporter != ssrc || d.echo {
			continue
		}
		for i := int(d.n) - 1; i >= 0; i-- {
			if r := &d.reports[i]; r.middle == middle && r.is(legHasSR) && (!ok || r.micros() < micros) {
				micros, ok = r.micros(), true
			}
		}
		micros, ok = earliest(d.old[:d.oldN], middle, micros, ok)
	}
	if s := p.sender(ssrc); s != nil {
		return earliest(s.srs[:s.n], middle, micros, ok)
	}
	return micros, ok
}

// earliest looks for an earlier capture of an SR.
func earliest(srs []legSR, middle uint32, micros int64, ok bool) (int64, bool) {
	for i := range srs {
		if sr := &srs[i]; sr.middle == middle && (!ok || sr.micros() < micros) {
			micros, ok = sr.micros(), true
		}
	}
	return micros, ok
}

// noteSR enters an SR that no remembered report came in.
func (l *Legs) noteSR(p *legPair, key *pairKey, micros int64, ssrc, middle uint32, out []Amendment) []Amendment {
	if known, ok := p.sent(ssrc, middle); ok && known <= micros {
		return out
	}
	s := p.sender(ssrc)
	if s == nil {
		n := 0
		for s := p.senders; s != nil; s = s.next {
			n++
		}
		if n >= maxLegParties {
			l.stats.RefusedParties++
			return out
		}
		s = &legSender{next: p.senders, ssrc: ssrc}
		p.senders = s
	}
	if !s.note(newLegSR(micros, middle)) {
		return out
	}
	return p.heard(key, micros, ssrc, out)
}

// heard follows an SR that was news. If it is late, reports that were waiting
// for it get their answer, and so do those of the other direction that add it up.
func (p *legPair) heard(key *pairKey, micros int64, ssrc uint32, out []Amendment) []Amendment {
	if micros > p.last {
		return out
	}
	for d := p.directions; d != nil; d = d.next {
		if d.source == ssrc {
			if !d.echo {
				out = p.answer(key, d, micros, 0, out)
			}
			if back := p.direction(d.source, d.reporter, false); back != nil {
				out = p.answer(key, back, micros, 0, out)
			}
		}
	}
	return out
}

// note keeps the earliest capture of an SR; it reports whether anything is new.
func (s *legSender) note(sr legSR) bool {
	srs := s.srs[:s.n]
	if at := slices.IndexFunc(srs, func(o legSR) bool { return o.middle == sr.middle }); at >= 0 {
		if srs[at].micros() <= sr.micros() {
			return false
		}
		copy(srs[at:], srs[at+1:])
		s.n--
	}
	if s.n == legSRWindow {
		if sr.micros() < s.srs[0].micros() {
			return false
		}
		copy(s.srs[:], s.srs[1:])
		s.n--
	}
	i := int(s.n)
	for ; i > 0 && s.srs[i-1].micros() > sr.micros(); i-- {
		s.srs[i] = s.srs[i-1]
	}
	s.srs[i] = sr
	s.n++
	return true
}

// noteReport enters a report and answers for it; fresh says that it is the
// first sighting here.
func (l *Legs) noteReport(p *legPair, key *pairKey, sg *Sighting, w *Wire, echo bool, out []Amendment) (rtt RTT, fresh bool, _ []Amendment) {
	d := p.direction(w.ReporterSSRC, w.SourceSSRC, echo)
	if d == nil {
		n := 0
		for d := p.directions; d != nil; d = d.next {
			n++
		}
		if n >= maxLegParties {
			l.stats.RefusedParties++
			return RTT{}, true, out
		}
		d = l.newDirection()
		d.reporter, d.source, d.echo = w.ReporterSSRC, w.SourceSSRC, echo
		d.next, p.directions = p.directions, d
	}
	r := legReport{
		captured: widen(uint64(sg.At.UnixMicro())), report: reportKey(w.Hash(sg.Tenant)), lsr: w.LSR, dlsr: w.DLSR,
		middle: ntpMiddle(w.SRNTP),
	}
	if w.HasSR {
		r.set(legHasSR)
	}
	if sg.AtDestination {
		r.set(legAtDestination)
	}
	if sg.Tap != key.pair {
		r.set(legReversed)
	}
	if known := d.known(&r); known != nil && known.micros() <= r.micros() {
		known.reach(known.micros(), max(known.end(), r.end()))
		return known.rtt().unpack(), false, out
	}
	again := d.absorb(&r)
	i := d.insert(r)
	back := p.direction(w.SourceSSRC, w.ReporterSSRC, false)
	if echo { // nobody asks for its own answer; those of the receiver's reports may change
		if i >= 0 && back != nil && (again || back.n > 0 && back.reports[back.n-1].micros() >= r.micros()) {
			out = p.answer(key, back, r.micros(), 0, out)
		}
		return RTT{}, !again, out
	}
	if i < 0 {
		return p.measure(d, &r), true, out
	}
	if !again && i == int(d.n)-1 && (back == nil || back.n == 0 || back.reports[back.n-1].micros() < r.micros()) {
		answer := p.measure(d, &d.reports[i])
		d.reports[i].setRTT(packRTT(answer))
		return answer, true, out
	}
	out = p.answer(key, d, r.micros(), r.report, out)
	if back != nil && back != d {
		out = p.answer(key, back, r.micros(), 0, out)
	}
	if again { // it was answered before, and perhaps as two reports
		out = append(out, d.reports[i].amendment(key, d))
	}
	return d.reports[i].rtt().unpack(), !again, out
}

// same says that a sighting, or a run of them, belongs to this report.
func (r *legReport) same(o *legReport) bool {
	return r.report == o.report && o.micros() <= r.end()+sameReportMicros && r.micros() <= o.end()+sameReportMicros
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
			r.reach(min(r.micros(), known.micros()), max(r.end(), known.end()))
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
		if r.micros() < d.reports[0].micros() {
			return -1
		}
		d.retire(&d.reports[0])
		copy(d.reports[:], d.reports[1:])
		d.n--
	}
	i := int(d.n)
	for ; i > 0 && d.reports[i-1].micros() > r.micros(); i-- {
		d.reports[i] = d.reports[i-1]
	}
	d.reports[i] = r
	d.n++
	return i
}

// retire keeps the SR of a report that leaves the window.
func (d *legDirection) retire(r *legReport) {
	if !r.is(legHasSR) || d.oldN > 0 && d.old[d.oldN-1].middle == r.middle {
		return
	}
	if d.oldN == legOldSRs {
		copy(d.old[:], d.old[1:])
		d.oldN--
	}
	d.old[d.oldN] = legSR{captured: r.captured, middle: r.middle}
	d.oldN++
}
