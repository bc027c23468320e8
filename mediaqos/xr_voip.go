package mediaqos

// VoIPMetrics is what a receiver of speech says of it: the VoIP metrics report
// block of RTCP XR (RFC 3611 section 4.7), in binary or in an agent's JSON. A
// SIP quality report (RFC 6035) has the same figures in finer steps. They cover
// the time since the receiver began. What was left out, marked as unavailable
// or outside its range is unknown.
type VoIPMetrics struct {
	// ReporterSSRC is who measured, SourceSSRC the stream that was measured.
	ReporterSSRC, SourceSSRC Opt[uint32]

	// LossRatio is packets lost on the way, and DiscardRatio packets that
	// arrived and were dropped by the jitter buffer, both of the packets
	// expected: 0..1, in steps of 1/256 where it was binary.
	LossRatio, DiscardRatio Opt[float64]
	// BurstDensity and GapDensity are the packets lost or discarded within
	// bursts and within gaps, of those expected there: 0..1.
	BurstDensity, GapDensity Opt[float64]
	// BurstMillis and GapMillis are the mean lengths of a burst and of a gap.
	// The wire writes 0 where there was none.
	BurstMillis, GapMillis Opt[float64]
	// Gmin is how many packets in a row must be received to end a burst: 1..255.
	Gmin Opt[uint8]

	// RoundTripMillis is the last round trip between the two RTP interfaces,
	// EndSystemMillis the delay that the measuring end adds to it (jitter
	// buffer, decoder, and its send side). The wire's 0 is "not known yet".
	RoundTripMillis, EndSystemMillis Opt[float64]

	// SignalDBm0 and NoiseDBm0 are levels of speech and of silence within it,
	// in dBm0: -128..126.
	SignalDBm0, NoiseDBm0 Opt[float64]
	// EchoReturnLossDB is the residual echo return loss after cancellation.
	EchoReturnLossDB Opt[float64]

	// RFactor rates this RTP segment and ExternalRFactor the network beyond
	// the measuring end, on the scale of ITU-T G.107: 0..100.
	RFactor, ExternalRFactor Opt[float64]
	// ListeningMOS leaves delay and echo out, ConversationalMOS has them in: 1..5.
	ListeningMOS, ConversationalMOS Opt[float64]

	// Concealment says how the measuring end fills in what is missing.
	Concealment Concealment
	// JitterBuffer is the measuring end's.
	JitterBuffer JitterBuffer
}

// JitterBuffer is the state of a receiver's jitter buffer (RFC 3611 section 4.7.7).
type JitterBuffer struct {
	Kind JitterBufferKind
	// Rate is how fast an adaptive buffer adapts, in its own measure: 1..15,
	// where it takes 2 * Rate * frame length to follow a jump of the jitter.
	Rate Opt[uint8]
	// NominalMillis is the delay that a packet sees which arrives on time.
	NominalMillis Opt[float64]
	// MaximumMillis is the delay of the earliest packet that is not discarded.
	MaximumMillis Opt[float64]
	// AbsoluteMaximumMillis is how far an adaptive buffer may let that grow.
	AbsoluteMaximumMillis Opt[float64]
}

// The marks of RFC 3611 section 4.7 for a figure that is not there.
const (
	voipUnavailable = 127
	voipNotYet      = 0
)

// VoIPRatio reads a share of a VoIP metrics block, a fraction of 256.
func VoIPRatio(wire uint8) Opt[float64] { return Some(float64(wire) / 256) }

// VoIPMillis reads a duration or a size in milliseconds.
func VoIPMillis(wire uint16) Opt[float64] { return Some(float64(wire)) }

// VoIPDelay reads a delay in milliseconds; 0 says that none is known yet.
func VoIPDelay(wire uint16) Opt[float64] {
	if wire == voipNotYet {
		return Opt[float64]{}
	}
	return Some(float64(wire))
}

// VoIPLevel reads a level in dBm0, a signed byte; 127 is unavailable.
func VoIPLevel(wire uint8) Opt[float64] {
	if wire == voipUnavailable {
		return Opt[float64]{}
	}
	return Some(float64(int8(wire)))
}

// VoIPEcho reads a residual echo return loss in dB; 127 is unavailable.
func VoIPEcho(wire uint8) Opt[float64] {
	if wire == voipUnavailable {
		return Opt[float64]{}
	}
	return Some(float64(wire))
}

// VoIPGmin reads a gap threshold; 0 is forbidden and taken as unknown.
func VoIPGmin(wire uint8) Opt[uint8] {
	if wire == 0 {
		return Opt[uint8]{}
	}
	return Some(wire)
}

// VoIPRFactor reads an R factor of 0..100. A receiver must ignore any other
// value, of which 127 is "unavailable".
func VoIPRFactor(wire uint8) Opt[float64] {
	if wire > 100 {
		return Opt[float64]{}
	}
	return Some(float64(wire))
}

// VoIPMOS reads a MOS in tenths, 10..50. A receiver must ignore any other
// value, of which 127 is "unavailable".
func VoIPMOS(tenths uint8) Opt[float64] {
	if tenths < 10 || tenths > 50 {
		return Opt[float64]{}
	}
	return Some(float64(tenths) / 10)
}

// SetReceiverConfig reads the byte "RX config" (RFC 3611 section 4.7.6):
// concealment, kind of jitter buffer and its rate.
func (m *VoIPMetrics) SetReceiverConfig(wire uint8) {
	m.Concealment = Concealment(wire >> 6)
	m.JitterBuffer.Kind = JitterBufferKind(wire >> 4 & 3)
	m.JitterBuffer.Rate = Opt[uint8]{}
	if rate := wire & 15; rate != voipNotYet {
		m.JitterBuffer.Rate = Some(rate)
	}
}
