package hep

import (
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// An agent that cannot read SRTCP and does not notice makes JSON of random
// figures: the first eight bytes are clear (type, count, SSRC), the rest is
// noise. Nothing marks such a report, so it is known by figures that a
// receiver cannot come to. One odd figure may be a reporter's bug; two, or
// one that is impossible by itself, are taken for noise. Uniform noise passes
// less than once in 300 report blocks.
const (
	// oddJitterTicks is a minute of jitter on the fastest clock in use (90 kHz).
	oddJitterTicks = 60 * 90_000
	// impossibleJitterTicks is 50 minutes on that clock.
	impossibleJitterTicks = 1 << 28
	// oddDLSR is an hour without a sender report, in 1/65536 s.
	oddDLSR = 3600 << 16
	// oddExtendedSeq is 32768 wraps of the sequence number: 500 days of 50
	// packets a second.
	oddExtendedSeq = 1 << 31

	signsOfNoise = 2
)

// plausible refuses what contradicts itself and what looks like noise.
func (s *scan) plausible(captured time.Time) error {
	r := s.r
	if s.ssrcTwice {
		return fmt.Errorf("%w: \"ssrc\" given twice with different values", ErrImplausible)
	}
	typed := s.typ == rtcp.TypeSR || s.typ == rtcp.TypeRR
	if s.hasCount && typed && int(s.reportCount) > s.blocks {
		return fmt.Errorf("%w: \"report_count\" is %d, but there are %d report blocks", ErrImplausible, s.reportCount, s.blocks)
	}
	if s.hasCount && s.reportCount > 31 {
		return fmt.Errorf("%w: \"report_count\" is %d, expected at most 31", ErrImplausible, s.reportCount)
	}
	if s.typ != 0 && (s.typ < 192 || s.typ > 223) {
		return fmt.Errorf("%w: \"type\" is %d, expected an RTCP packet type (192 to 223)", ErrImplausible, s.typ)
	}
	fromSender := 0
	for i := range r.Senders {
		fromSender += senderSigns(&r.Senders[i], captured)
	}
	for i := range r.Reports {
		w := &r.Reports[i]
		if w.JitterTicks >= impossibleJitterTicks {
			return fmt.Errorf("%w: report block %d: jitter of %d ticks (RTCP that was encrypted?)", ErrImplausible, i, w.JitterTicks)
		}
		if fromSender+blockSigns(w) >= signsOfNoise {
			return fmt.Errorf("%w: report block %d: lost %d of sequence %d, jitter %d, DLSR %d (RTCP that was encrypted?)",
				ErrImplausible, i, w.CumulativeLost, w.ExtendedSeq, w.JitterTicks, w.DLSR)
		}
	}
	if fromSender >= signsOfNoise {
		return fmt.Errorf("%w: sender with NTP second %d, %d packets, %d octets (RTCP that was encrypted?)",
			ErrImplausible, r.Senders[0].NTP>>32, r.Senders[0].Packets, r.Senders[0].Octets)
	}
	return nil
}

// blockSigns counts what is odd about a report block.
func blockSigns(w *mediaqos.Wire) (n int) {
	if w.JitterTicks > oddJitterTicks {
		n++
	}
	if w.DLSR > oddDLSR || w.LSR == 0 && w.DLSR != 0 {
		n++
	}
	if w.ExtendedSeq >= oddExtendedSeq {
		n++
	}
	if int64(w.CumulativeLost) > int64(w.ExtendedSeq)+1 {
		n++
	}
	return n
}

// senderSigns counts what is odd about the sender's half of an SR.
func senderSigns(from *rtcp.Sender, captured time.Time) (n int) {
	if from.Octets < from.Packets {
		n++
	}
	if !captured.IsZero() && oddClock(uint32(from.NTP>>32), captured) {
		n++
	}
	return n
}

// ntpEpochSeconds is 1970 on the NTP clock (RFC 5905 figure 4).
const ntpEpochSeconds = 2_208_988_800

// oddClock reports whether an NTP second is none of what senders use: the time
// of day, the time of day since 1970, or the time since they were started.
func oddClock(seconds uint32, captured time.Time) bool {
	const year = 366 * 86_400
	const uptime = 10 * year
	unix := uint32(captured.Unix())
	near := func(want uint32) bool { return seconds-want+year < 2*year }
	return seconds > uptime && !near(unix+ntpEpochSeconds) && !near(unix)
}
