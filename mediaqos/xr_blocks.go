package mediaqos

// ReferenceTime is a receiver reference time report block (RFC 3611 section
// 4.4): the clock of an end that may send no media and thus no SR, so that it
// can learn its round trip from a [DLRR] all the same.
type ReferenceTime struct {
	// ReporterSSRC is whose clock it is.
	ReporterSSRC uint32
	// NTP is its wall clock, 32.32 fixed point seconds since 1900.
	NTP uint64
}

// DLRR is one sub-block of a DLRR report block (RFC 3611 section 4.5): the
// echo of a [ReferenceTime], as LSR and DLSR are the echo of an SR.
type DLRR struct {
	// ReporterSSRC is who echoes, ReceiverSSRC whose reference time it was.
	ReporterSSRC, ReceiverSSRC uint32
	// LRR is the middle 32 bits of the last reference time that the reporter
	// had from the receiver, in 1/65536 s; 0 = none yet.
	LRR uint32
	// DLRR is the delay between receiving it and sending this, in 1/65536 s.
	DLRR uint32
	// ReporterNTP is the reporter's own reference time in the same packet; it
	// is unknown where there is none.
	ReporterNTP Opt[uint64]
}

// wire is the report block that says the same of round trips. Its packet type
// sets its identity apart from those of report blocks.
func (d *DLRR) wire() Wire {
	return Wire{
		ReporterSSRC: d.ReporterSSRC, SourceSSRC: d.ReceiverSSRC, PacketType: packetTypeXR,
		LSR: d.LRR, DLSR: d.DLRR, HasSR: d.ReporterNTP.OK, SRNTP: d.ReporterNTP.V,
	}
}

// packetTypeXR is the RTCP packet type of extended reports (RFC 3611 section 2).
const packetTypeXR = 207

// StatSummary is a statistics summary report block (RFC 3611 section 4.6)
// about the sequence numbers from BeginSeq up to and without EndSeq. Figures
// that the block's flags leave out are unknown.
type StatSummary struct {
	ReporterSSRC, SourceSSRC uint32
	BeginSeq, EndSeq         uint16
	// Lost counts packets that never came, Duplicates those that came again.
	Lost, Duplicates Opt[uint32]
	// The relative transit time of successive packets, in RTP clock ticks.
	JitterMinTicks, JitterMaxTicks, JitterMeanTicks, JitterDeviationTicks Opt[uint32]
	// IsHopLimit says that the four below are of IPv6 hop limits, else of
	// IPv4 TTLs.
	IsHopLimit                            bool
	TTLMin, TTLMax, TTLMean, TTLDeviation Opt[uint8]
}

// IntervalFlag says what time the figures of newer blocks cover (RFC 6792
// section 4.1: the bits I). The values are those on the wire.
type IntervalFlag uint8

// Meanings of the interval flag.
const (
	// IntervalReserved is a value that must not be sent.
	IntervalReserved IntervalFlag = iota
	// IntervalSampled: the figure is of one instant.
	IntervalSampled
	// IntervalDuration: of the interval since the last report.
	IntervalDuration
	// IntervalCumulative: since the reporter began.
	IntervalCumulative
)

var intervalNames = []string{"reserved", "sampled", "interval", "cumulative"}

// String is the stored word: reserved, sampled, interval or cumulative.
func (f IntervalFlag) String() string { return enumText(f, intervalNames) }

// MarshalText writes the stored word.
func (f IntervalFlag) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (f *IntervalFlag) UnmarshalText(text []byte) error {
	return parseEnum(f, "interval flag", text, intervalNames)
}

// BurstGapLoss is a burst/gap loss block (RFC 6958 section 3).
type BurstGapLoss struct {
	ReporterSSRC, SourceSSRC uint32
	Interval                 IntervalFlag
	// Combined says that the figures count discarded packets as lost.
	Combined bool
	// Gmin is the threshold that tells bursts from gaps, see [BurstOptions].
	Gmin Opt[uint8]
	// BurstSumMillis is the length of all bursts together, BurstSquareSumMillis2
	// the sum of the squares of their lengths, in ms².
	BurstSumMillis        Opt[uint32]
	BurstSquareSumMillis2 Opt[uint64]
	// BurstLost and BurstExpected count packets within bursts.
	BurstLost, BurstExpected Opt[uint32]
	// Bursts is how many there were.
	Bursts Opt[uint16]
}

// Density is the share of packets lost within bursts: 0..1, unknown without
// bursts and where the counts contradict each other.
func (b *BurstGapLoss) Density() Opt[float64] { return countRatio(b.BurstLost, b.BurstExpected) }

// MeanMillis is the mean length of a burst, unknown without bursts.
func (b *BurstGapLoss) MeanMillis() Opt[float64] {
	if !b.BurstSumMillis.OK || b.Bursts.V == 0 {
		return Opt[float64]{}
	}
	return Some(float64(b.BurstSumMillis.V) / float64(b.Bursts.V))
}

// BurstGapDiscard is a burst/gap discard block (RFC 7003 section 3): of the
// bursts that a [BurstGapLoss] block tells about, packets that arrived and were
// thrown away.
type BurstGapDiscard struct {
	ReporterSSRC, SourceSSRC uint32
	Interval                 IntervalFlag
	Gmin                     Opt[uint8]
	// BurstDiscarded and BurstExpected count packets within bursts.
	BurstDiscarded, BurstExpected Opt[uint32]
}

// Density is the share of packets discarded within bursts: 0..1, unknown
// without bursts and where the counts contradict each other.
func (b *BurstGapDiscard) Density() Opt[float64] {
	return countRatio(b.BurstDiscarded, b.BurstExpected)
}

// countRatio divides two counts of which the first is a part of the second.
func countRatio(part, whole Opt[uint32]) Opt[float64] {
	if !part.OK || whole.V == 0 || part.V > whole.V {
		return Opt[float64]{}
	}
	return Some(float64(part.V) / float64(whole.V))
}
