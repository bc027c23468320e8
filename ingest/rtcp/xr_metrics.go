package rtcp

import (
	"encoding/binary"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// decodeVoIPMetrics reads a VoIP metrics block. The library does it by
// reflection at many times the cost.
func decodeVoIPMetrics(b *XRBlock, m *mediaqos.VoIPMetrics) {
	w := b.Body[:voipMetricsSize]
	m.ReporterSSRC = mediaqos.Some(b.ReporterSSRC)
	m.SourceSSRC = mediaqos.Some(binary.BigEndian.Uint32(w))
	m.LossRatio = mediaqos.VoIPRatio(w[4])
	m.DiscardRatio = mediaqos.VoIPRatio(w[5])
	m.BurstDensity = mediaqos.VoIPRatio(w[6])
	m.GapDensity = mediaqos.VoIPRatio(w[7])
	m.BurstMillis = mediaqos.VoIPMillis(binary.BigEndian.Uint16(w[8:]))
	m.GapMillis = mediaqos.VoIPMillis(binary.BigEndian.Uint16(w[10:]))
	m.RoundTripMillis = mediaqos.VoIPDelay(binary.BigEndian.Uint16(w[12:]))
	m.EndSystemMillis = mediaqos.VoIPDelay(binary.BigEndian.Uint16(w[14:]))
	m.SignalDBm0 = mediaqos.VoIPLevel(w[16])
	m.NoiseDBm0 = mediaqos.VoIPLevel(w[17])
	m.EchoReturnLossDB = mediaqos.VoIPEcho(w[18])
	m.Gmin = mediaqos.VoIPGmin(w[19])
	m.RFactor = mediaqos.VoIPRFactor(w[20])
	m.ExternalRFactor = mediaqos.VoIPRFactor(w[21])
	m.ListeningMOS = mediaqos.VoIPMOS(w[22])
	m.ConversationalMOS = mediaqos.VoIPMOS(w[23])
	m.SetReceiverConfig(w[24]) // w[25] is reserved
	m.JitterBuffer.NominalMillis = mediaqos.VoIPMillis(binary.BigEndian.Uint16(w[26:]))
	m.JitterBuffer.MaximumMillis = mediaqos.VoIPMillis(binary.BigEndian.Uint16(w[28:]))
	m.JitterBuffer.AbsoluteMaximumMillis = mediaqos.VoIPMillis(binary.BigEndian.Uint16(w[30:]))
}

// decodeStatSummary reads a statistics summary; flags in the header say which
// of its figures mean anything.
func decodeStatSummary(b *XRBlock, s *mediaqos.StatSummary) {
	w := b.Body[:statSummarySize]
	s.ReporterSSRC = b.ReporterSSRC
	s.SourceSSRC = binary.BigEndian.Uint32(w)
	s.BeginSeq = binary.BigEndian.Uint16(w[4:])
	s.EndSeq = binary.BigEndian.Uint16(w[6:])
	if b.TypeSpecific&statLossFlag != 0 {
		s.Lost = mediaqos.Some(binary.BigEndian.Uint32(w[8:]))
	}
	if b.TypeSpecific&statDuplicateFlag != 0 {
		s.Duplicates = mediaqos.Some(binary.BigEndian.Uint32(w[12:]))
	}
	if b.TypeSpecific&statJitterFlag != 0 {
		s.JitterMinTicks = mediaqos.Some(binary.BigEndian.Uint32(w[16:]))
		s.JitterMaxTicks = mediaqos.Some(binary.BigEndian.Uint32(w[20:]))
		s.JitterMeanTicks = mediaqos.Some(binary.BigEndian.Uint32(w[24:]))
		s.JitterDeviationTicks = mediaqos.Some(binary.BigEndian.Uint32(w[28:]))
	}
	// 0 is "no figures", 1 TTL, 2 hop limit; 3 must not be sent.
	if kind := b.TypeSpecific >> statTTLShift & statTTLMask; kind == 1 || kind == statTTLIsHopLimit {
		s.IsHopLimit = kind == statTTLIsHopLimit
		s.TTLMin = mediaqos.Some(w[32])
		s.TTLMax = mediaqos.Some(w[33])
		s.TTLMean = mediaqos.Some(w[34])
		s.TTLDeviation = mediaqos.Some(w[35])
	}
}

// decodeBurstGapLoss reads a burst/gap loss block: threshold 8 bits, three
// figures of 24, one of 12 and one of 36.
func decodeBurstGapLoss(b *XRBlock, l *mediaqos.BurstGapLoss) {
	w := b.Body[:burstGapLossSize]
	l.ReporterSSRC = b.ReporterSSRC
	l.SourceSSRC = binary.BigEndian.Uint32(w)
	l.Interval = mediaqos.IntervalFlag(b.TypeSpecific >> intervalShift)
	l.Combined = b.TypeSpecific&combinedFlag != 0
	l.Gmin = mediaqos.VoIPGmin(w[4])
	l.BurstSumMillis = measured24(w[5:])
	l.BurstLost = measured24(w[8:])
	l.BurstExpected = measured24(w[11:])
	last := binary.BigEndian.Uint64(w[12:]) & (1<<48 - 1)
	if bursts := uint16(last >> 36); bursts < unavailable12-1 {
		l.Bursts = mediaqos.Some(bursts)
	}
	if squares := last & unavailable36; squares < unavailable36-1 {
		l.BurstSquareSumMillis2 = mediaqos.Some(squares)
	}
}

// decodeBurstGapDiscard reads a burst/gap discard block: threshold 8 bits, two
// figures of 24, and a reserved byte.
func decodeBurstGapDiscard(b *XRBlock, c *mediaqos.BurstGapDiscard) {
	w := b.Body[:burstGapDiscardSize]
	c.ReporterSSRC = b.ReporterSSRC
	c.SourceSSRC = binary.BigEndian.Uint32(w)
	c.Interval = mediaqos.IntervalFlag(b.TypeSpecific >> intervalShift)
	c.Gmin = mediaqos.VoIPGmin(w[4])
	c.BurstDiscarded = measured24(w[5:])
	c.BurstExpected = measured24(w[8:])
}

// measured24 reads 24 bits of which the largest value is "unavailable" and the
// one below it "more than fits".
func measured24(w []byte) mediaqos.Opt[uint32] {
	v := uint32(w[0])<<16 | uint32(w[1])<<8 | uint32(w[2])
	if v >= unavailable24-1 {
		return mediaqos.Opt[uint32]{}
	}
	return mediaqos.Some(v)
}
