package mediaqos

// BurstGap is what is known of bursts and gaps up to one instant. Counts are
// exact; a figure for which there was nothing is unknown, never 0.
type BurstGap struct {
	// Gmin is the threshold that was applied.
	Gmin uint8
	// Received, Lost and Discarded count packets.
	Received, Lost, Discarded uint64

	// Bursts and Gaps count periods.
	Bursts, Gaps uint64
	// BurstPackets are those expected within bursts, BurstLosses those of them
	// that were lost or discarded; the same for gaps.
	BurstPackets, BurstLosses uint64
	GapPackets, GapLosses     uint64
	// LossRuns counts runs of packets lost or discarded in a row.
	LossRuns uint64

	// BurstDensity is BurstLosses/BurstPackets and GapDensity
	// GapLosses/GapPackets: 0..1.
	BurstDensity, GapDensity Opt[float64]
	// BurstMillis and GapMillis are mean lengths, BurstSumMillis and
	// GapSumMillis those of all together. They need the length of a packet.
	BurstMillis, GapMillis       Opt[float64]
	BurstSumMillis, GapSumMillis Opt[float64]

	// LossRatio is packets lost or discarded of all: 0..1.
	LossRatio Opt[float64]
	// P is the probability of a loss after a packet received, Q that of a
	// packet received after a loss: the two-state model of ITU-T G.107
	// section 7.5, counted from neighbours.
	P, Q Opt[float64]
	// BurstRatio is BurstR of ITU-T G.107, see [BurstRatioOfRuns]. It is
	// unknown where nothing, or nothing but losses, was seen.
	BurstRatio Opt[float64]
}

// Snapshot returns the figures as if the session ended now; it changes nothing.
func (b *Bursts) Snapshot() BurstGap {
	end := *b
	end.settle()
	end.endGap(end.now)
	c := &end.counts
	g := BurstGap{
		Gmin:     uint8(b.gmin),
		Received: c.received, Lost: c.lost, Discarded: c.discarded,
		Bursts: c.bursts, Gaps: c.gaps,
		BurstPackets: c.burstPackets, BurstLosses: c.burstLosses,
		LossRuns: c.runs,
	}
	losses := c.lost + c.discarded
	g.GapPackets = c.received + losses - c.burstPackets
	g.GapLosses = losses - c.burstLosses
	g.BurstDensity = ratio(g.BurstLosses, g.BurstPackets)
	g.GapDensity = ratio(g.GapLosses, g.GapPackets)
	g.LossRatio = ratio(losses, c.received+losses)
	g.P = ratio(c.goodBad, c.goodBad+c.goodGood)
	g.Q = ratio(c.badGood, c.badGood+c.badBad)
	g.BurstRatio = BurstRatioOfRuns(c.received, losses, c.runs)
	if b.packetMicros > 0 {
		g.BurstMillis, g.BurstSumMillis = lengths(c.burstMicros, c.bursts)
		g.GapMillis, g.GapSumMillis = lengths(c.gapMicros, c.gaps)
	}
	return g
}

// ratio is unknown for nothing of nothing.
func ratio(part, whole uint64) Opt[float64] {
	if whole == 0 {
		return Opt[float64]{}
	}
	return Some(float64(part) / float64(whole))
}

// lengths are the mean and the sum of n periods.
func lengths(micros int64, n uint64) (mean, sum Opt[float64]) {
	if n == 0 {
		return mean, sum
	}
	return Some(float64(micros) / 1000 / float64(n)), Some(float64(micros) / 1000)
}

// BurstRatioOfRuns is BurstR of ITU-T G.107: the mean length of the runs of
// losses that were seen, divided by the one that random loss of the same rate
// would have, 1/(1 - loss ratio). The recommendation has no value below 1:
// losses spread more evenly than at random count as random. It is unknown
// without a loss (there is no run) and without a packet received (there is no
// such rate).
func BurstRatioOfRuns(received, losses, runs uint64) Opt[float64] {
	if received == 0 || losses == 0 || runs == 0 || runs > losses {
		return Opt[float64]{}
	}
	meanRun := float64(losses) / float64(runs)
	return Some(max(1, meanRun*float64(received)/float64(received+losses)))
}

// BurstRatioOfTransitions is BurstR of the two-state model, 1/(p+q) (ITU-T
// G.107 section 7.5), never below 1. Of a long stream it is what
// [BurstRatioOfRuns] is; of a short one they differ by the edges. It is unknown
// where p and q are not probabilities or are both 0.
func BurstRatioOfTransitions(p, q float64) Opt[float64] {
	if !(p >= 0 && p <= 1 && q >= 0 && q <= 1 && p+q > 0) { // also refuses NaN
		return Opt[float64]{}
	}
	return Some(max(1, 1/(p+q)))
}
