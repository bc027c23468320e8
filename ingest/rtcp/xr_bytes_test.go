package rtcp

import (
	"encoding/binary"
	"slices"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Blocks that tests chain into extended reports, annotated byte by byte, and
// what they say.
var (
	xrLossBytes = []byte{
		1, 0x00, 0x00, 0x04, // loss RLE, T=0, 4 words
		0x00, 0x00, 0x00, 0x07, // source
		0xff, 0xf6, 0x00, 0x14, // 65526 up to 20: 30 packets
		0x40, 0x0a, 0xbf, 0xfc, // run of 10 received; vector: lost, 12 received, 2 lost
		0x00, 0x05, 0x00, 0x00, // run of 5 lost; end
	}
	xrLoss = mediaqos.RLE{
		ReporterSSRC: sender, SourceSSRC: 7, BeginSeq: 65526, EndSeq: 20,
		Chunks: []mediaqos.RLEChunk{0x400a, 0xbffc, 5, 0},
	}
	xrDuplicateBytes = []byte{
		2, 0xf2, 0x00, 0x03, // duplicate RLE, reserved bits set, T=2, 3 words
		0x00, 0x00, 0x00, 0x07, // source
		0x00, 0x01, 0x00, 0x11, // 1 up to 17: 4, 8, 12 and 16
		0x40, 0x04, 0x00, 0x00, // run of 4 without duplicates; end
	}
	xrDuplicate = mediaqos.RLE{
		ReporterSSRC: sender, SourceSSRC: 7, BeginSeq: 1, EndSeq: 17, Thinning: 2,
		Chunks: []mediaqos.RLEChunk{0x4004, 0},
	}
	xrReferenceBytes = []byte{
		4, 0, 0x00, 0x02, // receiver reference time, 2 words
		0xee, 0xad, 0x2e, 0x89, 0x61, 0x5e, 0xd0, 0x6f, // NTP time
	}
	xrReference  = mediaqos.ReferenceTime{ReporterSSRC: sender, NTP: 0xeead2e89615ed06f}
	xrEchoesByte = []byte{
		5, 0, 0x00, 0x06, // DLRR, 6 words
		0x00, 0x00, 0x00, 0x07, // receiver 1
		0x2e, 0x89, 0x61, 0x5e, // last RR
		0x00, 0x01, 0x80, 0x00, // delay: 1.5 s
		0x00, 0x00, 0x00, 0x08, // receiver 2
		0x00, 0x00, 0x00, 0x00, // none yet
		0x00, 0x00, 0x00, 0x00,
	}
	xrEchoes = []mediaqos.DLRR{
		{ReporterSSRC: sender, ReceiverSSRC: 7, LRR: 0x2e89615e, DLRR: 0x18000},
		{ReporterSSRC: sender, ReceiverSSRC: 8},
	}
	xrSummaryBytes = []byte{
		6, 0xf0, 0x00, 0x09, // statistics summary, L D J set, ToH 2 (hop limit), 9 words
		0x00, 0x00, 0x00, 0x07, // source
		0x03, 0xe8, 0x07, 0xd0, // 1000 up to 2000
		0x00, 0x00, 0x00, 0x05, // lost
		0x00, 0x00, 0x00, 0x00, // duplicates: none, and known
		0x00, 0x00, 0x00, 0x01, // jitter: least
		0x00, 0x00, 0x01, 0x00, // most
		0x00, 0x00, 0x00, 0x20, // mean
		0x00, 0x00, 0x00, 0x10, // standard deviation
		0x3a, 0x40, 0x3f, 0x01, // hop limit: least, most, mean, deviation
	}
	xrSummary = mediaqos.StatSummary{
		ReporterSSRC: sender, SourceSSRC: 7, BeginSeq: 1000, EndSeq: 2000,
		Lost: mediaqos.Some[uint32](5), Duplicates: mediaqos.Some[uint32](0),
		JitterMinTicks: mediaqos.Some[uint32](1), JitterMaxTicks: mediaqos.Some[uint32](256),
		JitterMeanTicks: mediaqos.Some[uint32](32), JitterDeviationTicks: mediaqos.Some[uint32](16),
		IsHopLimit: true, TTLMin: mediaqos.Some[uint8](58), TTLMax: mediaqos.Some[uint8](64),
		TTLMean: mediaqos.Some[uint8](63), TTLDeviation: mediaqos.Some[uint8](1),
	}
	// The figures are those of the example in RFC 3611 section 4.7.2.
	xrVoIPBytes = []byte{
		7, 0, 0x00, 0x08, // VoIP metrics, 8 words
		0x00, 0x00, 0x00, 0x07, // source
		12, 12, 84, 10, // loss, discard, burst density, gap density
		0x00, 120, 0x02, 0x08, // burst 120 ms, gap 520 ms
		0x00, 80, 0x00, 0x00, // round trip 80 ms, end system not known yet
		0xec, 127, 55, 16, // signal -20 dBm0, noise unavailable, RERL, Gmin
		82, 127, 41, 39, // R, external R unavailable, MOS-LQ 4.1, MOS-CQ 3.9
		0b11_11_0010, 0xff, 0x00, 40, // standard PLC, adaptive, rate 2; reserved; nominal
		0x00, 80, 0x00, 160, // maximum, absolute maximum
	}
	xrVoIP = mediaqos.VoIPMetrics{
		ReporterSSRC: mediaqos.Some[uint32](sender), SourceSSRC: mediaqos.Some[uint32](7),
		LossRatio: some(12. / 256), DiscardRatio: some(12. / 256), BurstDensity: some(84. / 256), GapDensity: some(10. / 256),
		BurstMillis: some(120), GapMillis: some(520), RoundTripMillis: some(80),
		SignalDBm0: some(-20), EchoReturnLossDB: some(55), Gmin: mediaqos.Some[uint8](16),
		RFactor: some(82), ListeningMOS: some(4.1), ConversationalMOS: some(3.9),
		Concealment: mediaqos.ConcealmentStandard,
		JitterBuffer: mediaqos.JitterBuffer{
			Kind: mediaqos.JitterBufferAdaptive, Rate: mediaqos.Some[uint8](2),
			NominalMillis: some(40), MaximumMillis: some(80), AbsoluteMaximumMillis: some(160),
		},
	}
	xrBurstLossBytes = []byte{
		20, 0xe0, 0x00, 0x05, // burst/gap loss, I=3 (cumulative), C=1, 5 words
		0x00, 0x00, 0x00, 0x07, // source
		16, 0x00, 0x01, 0x68, // threshold, 360 ms of bursts
		0x00, 0x00, 0x0c, 0x00, // 12 lost in bursts; 36 expected
		0x00, 0x24, 0x00, 0x30, // ...; 3 bursts; squares
		0x00, 0x00, 0xa8, 0xc0, // 43200 ms²
	}
	xrBurstLoss = mediaqos.BurstGapLoss{
		ReporterSSRC: sender, SourceSSRC: 7, Interval: mediaqos.IntervalCumulative, Combined: true, Gmin: mediaqos.Some[uint8](16),
		BurstSumMillis: mediaqos.Some[uint32](360), BurstLost: mediaqos.Some[uint32](12), BurstExpected: mediaqos.Some[uint32](36),
		Bursts: mediaqos.Some[uint16](3), BurstSquareSumMillis2: mediaqos.Some[uint64](43200),
	}
	xrBurstDiscardBytes = []byte{
		21, 0x80, 0x00, 0x03, // burst/gap discard, I=2 (interval), 3 words
		0x00, 0x00, 0x00, 0x07, // source
		16, 0x00, 0x00, 0x09, // threshold, 9 discarded in bursts
		0x00, 0x00, 0x24, 0xff, // 36 expected in bursts; reserved
	}
	xrBurstDiscard = mediaqos.BurstGapDiscard{
		ReporterSSRC: sender, SourceSSRC: 7, Interval: mediaqos.IntervalDuration, Gmin: mediaqos.Some[uint8](16),
		BurstDiscarded: mediaqos.Some[uint32](9), BurstExpected: mediaqos.Some[uint32](36),
	}
	// A block of a type that is not looked into: MOS metrics.
	xrOtherBytes = []byte{
		29, 0xc0, 0x00, 0x02, // MOS metrics, 2 words
		0x00, 0x00, 0x00, 0x07, // source
		0x00, 0x80, 0x04, 0x29, // segment
	}
)

func some(v float64) mediaqos.Opt[float64] { return mediaqos.Some(v) }

// extended chains blocks into an extended report.
func extended(blocks ...[]byte) []byte {
	b := slices.Concat(append([][]byte{{0x80, TypeXR, 0, 0, 0x99, 0x9b, 0x37, 0x38}}, blocks...)...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)/4-1))
	return b
}
