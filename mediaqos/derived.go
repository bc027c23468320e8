package mediaqos

// FormulaVersion names the set of formulas in this package; it rises when a
// formula changes so that old figures can be told from new ones and
// recomputed.
//
//   - 1: narrowband scores; R with delay where known.
//   - 2: wideband and fullband scores, listening quality beside conversational,
//     burst ratios from RTCP XR, round trips by DLRR; no score for codecs
//     without a published loss robustness.
const FormulaVersion = 2

// Baseline says why a report has no interval figures and only begins a new
// count; BaselineNone says that its figures are valid.
type Baseline uint8

// Reasons for a new baseline.
const (
	// BaselineNone: the figures are valid.
	BaselineNone Baseline = iota
	// BaselineFirst: the stream's first report, there is nothing to subtract.
	BaselineFirst
	// BaselineRestart: the counts went backwards or contradict each other, as
	// after a restart of the reporter.
	BaselineRestart
	// BaselineSeqJump: the sequence went forward by more than 2^15, as after a
	// change of the sender's sequence space.
	BaselineSeqJump
	// BaselineSSRCCollision: the first report of a stream whose SSRC pair is
	// in use between other addresses (RFC 3550 section 8.2).
	BaselineSSRCCollision
	// BaselineIdle: no packet was expected in the interval.
	BaselineIdle
	// BaselineClamped: the cumulative count stands at its 24-bit limit, so
	// differences from it say nothing.
	BaselineClamped
	// BaselineLate: the report came after the memory of its neighbours was
	// gone; a recomputation from stored reports gives its figures.
	BaselineLate
)

var baselineNames = []string{"", "first", "restart", "seq_jump", "ssrc_collision", "idle", "clamped", "late"}

// String is the stored word, "" for BaselineNone.
func (b Baseline) String() string { return enumText(b, baselineNames) }

// MarshalText writes the stored word.
func (b Baseline) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (b *Baseline) UnmarshalText(text []byte) error {
	return parseEnum(b, "baseline", text, baselineNames)
}

// BurstSource says how the burst ratio of losses is known.
type BurstSource uint8

// Sources of the burst ratio.
const (
	// BurstUnknown: there is no burst ratio.
	BurstUnknown BurstSource = iota
	// BurstAssumed: 1, random loss, since SR and RR do not show how losses
	// cluster within an interval.
	BurstAssumed
	// BurstMeasured: from loss run lengths (RFC 3611 loss encodings, RTP).
	BurstMeasured
	// BurstEstimated: from densities and lengths, or counts, of bursts and gaps
	// (RFC 3611 VoIP metrics, RFC 6958, RFC 6035), where losses within a burst
	// are taken as independent.
	BurstEstimated
)

var burstSourceNames = []string{"", "assumed", "measured", "estimated"}

// String is the stored word: "", assumed, measured or estimated.
func (b BurstSource) String() string { return enumText(b, burstSourceNames) }

// MarshalText writes the stored word.
func (b BurstSource) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (b *BurstSource) UnmarshalText(text []byte) error {
	return parseEnum(b, "burst source", text, burstSourceNames)
}

// Derived is what the formulas of this package make of a report, its
// predecessor in the stream and the round trip that [Legs] found.
type Derived struct {
	// Baseline is BaselineNone where Expected, Lost and LossRatio are known,
	// else the reason why they are not.
	Baseline Baseline
	// IntervalMillis is the capture time since the predecessor, at the
	// earliest taps of both; unknown for a first report.
	IntervalMillis Opt[float64]
	// Expected counts the packets of the interval: 1..32768.
	Expected Opt[int32]
	// Lost is signed: duplicates make it negative. -Expected..Expected.
	Lost Opt[int32]
	// LossRatio is max(0, Lost)/Expected: 0..1.
	LossRatio Opt[float64]
	// JitterMillis is the interarrival jitter on the wall clock; unknown
	// while the RTP clock rate is.
	JitterMillis Opt[float64]
	// JitterClockAssumed says that JitterMillis rests on a default clock rate.
	JitterClockAssumed bool
	// RTTMillis is the round trip between the two ends: 0..10000.
	RTTMillis Opt[float64]
	// RTTMethod says how it was found.
	RTTMethod RTTMethod
	// BurstRatio is BurstR of ITU-T G.107: 1 = random loss.
	BurstRatio Opt[float64]
	// BurstSource says how it is known.
	BurstSource BurstSource
	// DelayMillis is the one-way mouth-to-ear delay Ta that the score uses;
	// unknown without a round trip, and the score then leaves delay out.
	DelayMillis Opt[float64]
	// DelayBasis says what DelayMillis is made of.
	DelayBasis DelayBasis
	// Score is the transmission rating; unknown at a baseline, and for a
	// codec without published values.
	Score Opt[Score]
}

// Score is an E-model result on the scale that it belongs to. Scores of
// different scales are never compared or averaged.
//
// R and MOS are conversational quality where the delay is known, and listening
// quality where it is not: the best that can be said. RLQ and MOSLQ always are
// listening quality; [Score.RCQ] and [Score.MOSCQ] are conversational quality or
// unknown. Use those where the two must not mix.
type Score struct {
	// R is the transmission rating factor. A perfect call has 93.2 on the
	// narrowband scale, 129 on the wideband and 148 on the fullband one; it
	// can be negative.
	R float64
	// Ro, Is, Id and IeEff are the summands: R = Ro - Is - Id - IeEff + A, with
	// an advantage factor A of 0.
	Ro, Is, Id, IeEff float64
	// MOS is the mean opinion score estimated from R: 1..4.5.
	MOS float64
	// RLQ is R without any delay, MOSLQ the MOS of it.
	RLQ, MOSLQ float64
	// Conversational says that a delay was known and is in R.
	Conversational bool
	// Grade is the user satisfaction band of R, GradeNone on scales for which
	// none are published.
	Grade Grade
	// Scale is the listening bandwidth that R is measured on.
	Scale Scale
	// Grounding says what the codec's values rest on.
	Grounding Grounding
}

// RCQ is R with delay, unknown where the delay is.
func (s *Score) RCQ() Opt[float64] { return s.conversational(s.R) }

// MOSCQ is the MOS of RCQ.
func (s *Score) MOSCQ() Opt[float64] { return s.conversational(s.MOS) }

func (s *Score) conversational(v float64) Opt[float64] {
	if !s.Conversational {
		return Opt[float64]{}
	}
	return Some(v)
}
