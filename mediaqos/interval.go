package mediaqos

// Limits of the 24-bit cumulative count, at which reporters clamp it.
const (
	cumulativeMax = 1<<23 - 1
	cumulativeMin = -1 << 23
)

// maxSeqAdvance is the largest step forward that is taken for packets rather
// than for a new sequence space (half of the 16-bit space).
const maxSeqAdvance = 1 << 15

// counts are the two running counts of a report that its successor subtracts.
type counts struct {
	extendedSeq    uint32
	cumulativeLost int32
}

// interval subtracts two successive reports of one stream (RFC 3550 appendix
// A.3, with differences instead of the fraction field). Where the difference
// means nothing the reason is returned and the counts are 0.
func interval(prev, cur counts) (expected, lost int32, reason Baseline) {
	// Modulo 2^32: the cycle count itself wraps after 65536 cycles.
	expected = int32(cur.extendedSeq - prev.extendedSeq)
	switch {
	case expected == 0:
		return 0, 0, BaselineIdle
	case expected < 0:
		return 0, 0, BaselineRestart
	case expected > maxSeqAdvance:
		return 0, 0, BaselineSeqJump
	case clamped(prev.cumulativeLost) || clamped(cur.cumulativeLost):
		return 0, 0, BaselineClamped
	}
	// Both are within 24 bits, so that the difference cannot overflow.
	lost = cur.cumulativeLost - prev.cumulativeLost
	if lost > expected || lost < -expected {
		// More lost than sent, or each packet received more than twice: the
		// two counts do not belong to one run of the reporter.
		return 0, 0, BaselineRestart
	}
	return expected, lost, BaselineNone
}

// clamped says that a cumulative count stands at its limit or outside.
func clamped(c int32) bool { return c >= cumulativeMax || c <= cumulativeMin }

// lossRatio is the interval's loss as a share of what was expected; duplicates
// cannot make it negative.
func lossRatio(expected, lost int32) float64 {
	return float64(max(0, lost)) / float64(expected)
}

// jitterMillis puts jitter on the wall clock.
func jitterMillis(ticks, clockHz uint32) Opt[float64] {
	if clockHz == 0 {
		return Opt[float64]{}
	}
	return Some(float64(ticks) * 1000 / float64(clockHz))
}
