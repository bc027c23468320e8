package mediaqos

import "time"

// answer measures a direction anew from the instant of what came in, since
// nothing acts backwards (and what acted on earlier answers may be forgotten).
// It appends what changed, except for the report that is being answered directly.
func (p *legPair) answer(key *pairKey, d *legDirection, since int64, own uint32, out []Amendment) []Amendment {
	for i := range d.reports[:d.n] {
		r := &d.reports[i]
		if r.micros() < since {
			continue
		}
		rtt := p.measure(d, r)
		if packRTT(rtt) == r.rtt() {
			continue
		}
		r.setRTT(packRTT(rtt))
		if r.report == own {
			continue
		}
		out = append(out, r.amendment(key, d))
	}
	return out
}

// amendment tells the answer to a report anew.
func (r *legReport) amendment(key *pairKey, d *legDirection) Amendment {
	tap := key.pair
	if r.is(legReversed) {
		tap = tap.Reversed()
	}
	return Amendment{
		Tenant: key.tenant, ReporterSSRC: d.reporter, SourceSSRC: d.source,
		Report: r.report, Tap: tap, RTT: r.rtt().unpack(),
	}
}

// measure answers for one report from all that is remembered.
func (p *legPair) measure(d *legDirection, r *legReport) RTT {
	if r.lsr == 0 {
		return RTT{}
	}
	if r.is(legAtDestination) {
		if rtt := RoundTrip(NTPMiddle(time.UnixMicro(r.micros())), r.lsr, r.dlsr); rtt.Method != RTTNone {
			return rtt
		}
	}
	if near, ok := p.half(d, r); ok {
		if rtt := p.add(RTTFromHalfLegs, p.direction(d.source, d.reporter, false), r, near); rtt.Method != RTTNone {
			return rtt
		}
		if rtt := p.add(RTTFromDLRR, p.direction(d.source, d.reporter, true), r, near); rtt.Method != RTTNone {
			return rtt
		}
	}
	if back := p.direction(d.source, d.reporter, false); back != nil {
		return fromNTP(back, r)
	}
	return RTT{}
}

// add looks for the half leg of the other direction that goes with one of r.
func (p *legPair) add(method RTTMethod, back *legDirection, r *legReport, near int64) RTT {
	if back == nil {
		return RTT{}
	}
	looked := 0
	for i := int(back.n) - 1; i >= 0 && looked < oppositeReports; i-- {
		o := &back.reports[i]
		if o.micros() > r.micros() {
			continue
		}
		if o.micros()+oppositeMicros < r.micros() {
			break
		}
		looked++
		if far, ok := p.half(back, o); ok {
			return makeRTT(method, near+far)
		}
	}
	return RTT{}
}

// half is the round trip in microseconds from the tap to the reporter.
func (p *legPair) half(d *legDirection, r *legReport) (int64, bool) {
	if r.lsr == 0 {
		return 0, false
	}
	sent, ok := p.sent(d.source, r.lsr)
	micros := r.micros() - sent - dlsrMicros(r.dlsr)
	return micros, ok && micros >= -clockSlackMicros && micros <= maxRTTMicros
}

// fromNTP subtracts along the exchange SR -> SR with block -> SR with block,
// all on the clocks of the two ends.
func fromNTP(back *legDirection, r *legReport) RTT {
	if !r.is(legHasSR) {
		return RTT{}
	}
	for i := range back.reports[:back.n] {
		o := &back.reports[i]
		if o.is(legHasSR) && o.middle == r.lsr && o.lsr != 0 {
			return makeRTT(RTTFromNTP, shortMicros(int32(r.middle-o.lsr-o.dlsr-r.dlsr)))
		}
	}
	return RTT{}
}
