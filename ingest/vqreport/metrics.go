package vqreport

import (
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Metrics is a LocalMetrics or RemoteMetrics section (RFC 6035 section
// 4.6.2). Every figure is unknown unless it was sent. Ranges are those of the
// grammar; a value outside is kept and noted as [FlawRange].
type Metrics struct {
	// Start and Stop bound what was measured, UTC; the zero Time is unknown.
	Start, Stop time.Time

	Session      SessionDesc
	JitterBuffer JitterBuffer
	PacketLoss   PacketLoss
	BurstGap     BurstGapLoss
	Delay        Delay
	Signal       Signal
	Quality      QualityEst

	// UserAgent is the make of the measuring end (LinphoneExt UA).
	UserAgent string
}

// SessionDesc is how the speech was coded (line SessionDesc).
type SessionDesc struct {
	PayloadType        mediaqos.Opt[uint32]  // PT, 0..127
	PayloadName        string                // PD, such as "PCMU"
	ClockHz            mediaqos.Opt[uint32]  // SR, sample rate
	FrameMillis        mediaqos.Opt[float64] // FD, a frame's duration
	FrameBytes         mediaqos.Opt[uint32]  // FO, a frame's octets
	FramesPerPacket    mediaqos.Opt[uint32]  // FPP
	PacketsPerSecond   mediaqos.Opt[uint32]  // PPS
	FormatParameters   string                // FMTP, without its quotes
	LossConcealment    mediaqos.Opt[uint32]  // PLC: 0 unspecified, 1 disabled, 2 enhanced, 3 standard
	SilenceSuppression mediaqos.Opt[bool]    // SSUP: on, off
}

// JitterBuffer is the receiver's buffer (line JitterBuffer; RFC 3611 section
// 4.7.7).
type JitterBuffer struct {
	Adaptive       mediaqos.Opt[uint32]  // JBA: 0 unknown, 1 reserved, 2 non-adaptive, 3 adaptive
	Rate           mediaqos.Opt[uint32]  // JBR, 0..15: how fast it adapts
	NominalMillis  mediaqos.Opt[float64] // JBN, 0..65535
	MaximumMillis  mediaqos.Opt[float64] // JBM, 0..65535
	AbsoluteMillis mediaqos.Opt[float64] // JBX, 0..65535: the maximum it could have grown to
}

// PacketLoss is in percent, 0..100 (line PacketLoss).
type PacketLoss struct {
	NetworkLossPercent    mediaqos.Opt[float64] // NLR
	BufferDiscardsPercent mediaqos.Opt[float64] // JDR
}

// BurstGapLoss tells how loss was distributed (line BurstGapLoss; RFC 3611
// section 4.7.2).
type BurstGapLoss struct {
	BurstLossPercent mediaqos.Opt[float64] // BLD, 0..100
	BurstMillis      mediaqos.Opt[float64] // BD, mean length of a burst
	GapLossPercent   mediaqos.Opt[float64] // GLD, 0..100
	GapMillis        mediaqos.Opt[float64] // GD, mean length of a gap
	GapMinimum       mediaqos.Opt[uint32]  // GMIN, received packets that end a burst
}

// Delay is in milliseconds, 0..65535 (line Delay).
type Delay struct {
	RoundTripMillis       mediaqos.Opt[float64] // RTD
	EndSystemMillis       mediaqos.Opt[float64] // ESD
	OneWayMillis          mediaqos.Opt[float64] // OWD
	SymmetricOneWayMillis mediaqos.Opt[float64] // SOWD, half of the round trip and the end system's delays
	InterarrivalMillis    mediaqos.Opt[float64] // IAJ, interarrival jitter
	AbsoluteJitterMillis  mediaqos.Opt[float64] // MAJ, mean absolute jitter
}

// Signal is the level of speech, noise and echo (line Signal).
type Signal struct {
	LevelDBm     mediaqos.Opt[float64] // SL, dBm0
	NoiseDBm     mediaqos.Opt[float64] // NL, dBm0
	EchoReturnDB mediaqos.Opt[float64] // RERL, residual echo return loss
}

// QualityEst is what the measuring end thinks of it (line QualityEst). R
// factors are 0..120, a MOS is 0..4.9.
type QualityEst struct {
	ListeningR          mediaqos.Opt[float64] // RLQ
	ListeningRBy        string                // RLQEstAlg
	ConversationalR     mediaqos.Opt[float64] // RCQ
	ConversationalRBy   string                // RCQEstAlg
	ExternalInR         mediaqos.Opt[float64] // EXTRI
	ExternalInRBy       string                // ExtRIEstAlg
	ExternalOutR        mediaqos.Opt[float64] // EXTRO
	ExternalOutRBy      string                // ExtROEstAlg
	ListeningMOS        mediaqos.Opt[float64] // MOSLQ
	ListeningMOSBy      string                // MOSLQEstAlg
	ConversationalMOS   mediaqos.Opt[float64] // MOSCQ
	ConversationalMOSBy string                // MOSCQEstAlg
	EstimatedBy         string                // QoEEstAlg
}
