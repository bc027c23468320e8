package mediaqos

import (
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// LegsOptions configure a [Legs].
type LegsOptions struct {
	// MaxPairs bounds the number of address pairs that are remembered; default
	// 200,000. Reports of further pairs get no round trip and are counted.
	MaxPairs int
}

// LegsStats is a snapshot of counters since the start.
type LegsStats struct {
	// Pairs is how many address pairs are remembered now.
	Pairs int
	// Reports and SRs count what came in, sightings of the same one each.
	Reports, SRs uint64
	// ReferenceTimes and Echoes count those of receivers that send no media.
	ReferenceTimes, Echoes uint64
	// Endpoint, HalfLegs, DLRR, NTP and None count the first answers given, by method.
	Endpoint, HalfLegs, DLRR, NTP, None uint64
	// Amendments counts answers that changed later.
	Amendments uint64
	// RefusedPairs counts packets of pairs beyond MaxPairs, RefusedParties
	// those of SSRCs beyond what one pair remembers.
	RefusedPairs, RefusedParties uint64
	// Expired counts pairs that were forgotten.
	Expired uint64
}

// Amendment is the round trip of a report that was answered before, and is now
// known better: its SR, or a report of the other direction, came after it.
// Feed it to [Streams.AmendRTT] of the stripe that the report went to, after
// the report itself.
type Amendment struct {
	Tenant       schema.TenantID
	ReporterSSRC uint32
	SourceSSRC   uint32
	// Report is the first four bytes of the report's ID, big-endian: enough to
	// tell it from the few others of its SSRC pair that are remembered.
	Report uint32
	// Tap is where the report was seen.
	Tap Tap
	// RTT replaces what was said before; RTTNone takes it back.
	RTT RTT
}

// Sighting is one datagram's part in round trips.
type Sighting struct {
	Tenant schema.TenantID
	// At is the capture time, in whole microseconds as in Observation.
	At time.Time
	// Tap is where the datagram was seen.
	Tap Tap
	// AtDestination is declared by the caller: the tap is on the host of
	// Tap.Dst, that host itself sends the SRs that reports refer to (it is no
	// relay), and its NTP clock stamps the captures.
	AtDestination bool
}

func (o *LegsOptions) validate() error {
	switch {
	case o.MaxPairs == 0:
		o.MaxPairs = 200_000
	case o.MaxPairs < 0:
		return fmt.Errorf("legs: MaxPairs %d: %w, want a positive number", o.MaxPairs, ErrOptions)
	}
	return nil
}

// Legs finds round trips from both directions of RTCP between the same two
// addresses. It remembers the last sender reports and report blocks of each
// SSRC there, and answers for a block by the strongest of these methods:
//
//   - endpoint, only where the caller declares that the tap is where the SRs
//     come from ([Sighting.AtDestination]). It is not guessed from a capture
//     clock that agrees with an SR's NTP time: a clock that is off by just the
//     path would pass. A tap beside one end needs no declaration to be right,
//     since the half leg to that end then measures as nothing.
//   - half_legs: (capture of the block - capture of the SR that its LSR names
//   - DLSR) is the round trip from the tap to the reporter and back. Added
//     to the same of the latest earlier block of the other direction, not more
//     than 30 s old, it is the whole round trip. One half alone is none.
//   - dlrr: the same with the echo of a reference time for the block of the
//     other direction, where the end sends no media and thus no SR, so that
//     nobody reports on it (RFC 3611 sections 4.4 and 4.5).
//   - ntp: NTP time of the SR that carries the block - the LSR of the other
//     side's block in the SR that this block's LSR names - both DLSRs. All
//     from the ends' own clocks.
//
// Results below zero or above MaxRTT are discarded. The answer depends on what
// was captured, not on the order in which it is told: what comes late amends
// earlier answers. Legs is not safe for concurrent use and shares nothing
// with [Streams] or other instances.
type Legs struct {
	options LegsOptions
	pairs   legPairs
	chunk   []legDirection // room for more
	free    *legDirection
	stats   LegsStats
}

// NewLegs returns an empty memory of legs. The error wraps ErrOptions.
func NewLegs(o LegsOptions) (*Legs, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Legs{options: o, pairs: makeLegPairs()}, nil
}

// Stats returns a snapshot of the counters.
func (l *Legs) Stats() LegsStats {
	stats := l.stats
	stats.Pairs = l.pairs.len()
	return stats
}

// AddSR notes a sender report: who sent it, and the NTP time in it. It is
// needed for SRs without report blocks; AddReport notes the others itself.
func (l *Legs) AddSR(sg Sighting, ssrc uint32, ntp uint64, out []Amendment) []Amendment {
	l.stats.SRs++
	return l.addSR(sg, ssrc, ntp, out)
}

func (l *Legs) addSR(sg Sighting, ssrc uint32, ntp uint64, out []Amendment) []Amendment {
	p, key := l.pair(&sg)
	if p == nil {
		return out
	}
	from := len(out)
	out = l.noteSR(p, &key, sg.At.UnixMicro(), ssrc, ntpMiddle(ntp), out)
	p.last = max(p.last, sg.At.UnixMicro())
	l.stats.Amendments += uint64(len(out) - from)
	return out
}

// AddReport notes a report block and returns its round trip as far as it is
// known now; answers to earlier blocks that change by it are appended to out.
func (l *Legs) AddReport(sg Sighting, w *Wire, out []Amendment) (RTT, []Amendment) {
	l.stats.Reports++
	p, key := l.pair(&sg)
	if p == nil {
		return RTT{}, out
	}
	from := len(out)
	micros, middle := sg.At.UnixMicro(), ntpMiddle(w.SRNTP)
	sent, known := int64(0), false
	if w.HasSR {
		sent, known = p.sent(w.ReporterSSRC, middle)
	}
	rtt, fresh, out := l.noteReport(p, &key, &sg, w, false, out)
	if w.HasSR && (!known || micros < sent) {
		if now, ok := p.sent(w.ReporterSSRC, middle); ok && now <= micros {
			out = p.heard(&key, micros, w.ReporterSSRC, out)
		} else { // the report is too late to be remembered
			out = l.noteSR(p, &key, micros, w.ReporterSSRC, middle, out)
		}
	}
	p.last = max(p.last, sg.At.UnixMicro())
	l.stats.Amendments += uint64(len(out) - from)
	if !fresh {
		return rtt, out
	}
	switch rtt.Method {
	case RTTAtEndpoint:
		l.stats.Endpoint++
	case RTTFromHalfLegs:
		l.stats.HalfLegs++
	case RTTFromDLRR:
		l.stats.DLRR++
	case RTTFromNTP:
		l.stats.NTP++
	default:
		l.stats.None++
	}
	return rtt, out
}

// AddReferenceTime notes the clock of an end that may send no SR. Answers that
// were waiting for it are appended to out.
func (l *Legs) AddReferenceTime(sg Sighting, r ReferenceTime, out []Amendment) []Amendment {
	l.stats.ReferenceTimes++
	return l.addSR(sg, r.ReporterSSRC, r.NTP, out)
}

// AddDLRR notes the echo of a reference time. Answers for report blocks of the
// receiver that change by it are appended to out; there is none for the echo.
func (l *Legs) AddDLRR(sg Sighting, d *DLRR, out []Amendment) []Amendment {
	l.stats.Echoes++
	p, key := l.pair(&sg)
	if p == nil {
		return out
	}
	from, w := len(out), d.wire()
	_, _, out = l.noteReport(p, &key, &sg, &w, true, out)
	p.last = max(p.last, sg.At.UnixMicro())
	l.stats.Amendments += uint64(len(out) - from)
	return out
}

// Expire forgets address pairs at which nothing was captured for idle before
// now, and returns how many.
func (l *Legs) Expire(now time.Time, idle time.Duration) int {
	cutoff, before := now.Add(-idle).UnixMicro(), l.pairs.len()
	l.pairs.deleteFunc(func(p *legPair) bool {
		if p.last >= cutoff {
			return false
		}
		l.freeDirections(p)
		return true
	})
	forgotten := before - l.pairs.len()
	l.stats.Expired += uint64(forgotten)
	return forgotten
}
