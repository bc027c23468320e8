package mediaqos

// FormulaVersion names the set of formulas in this package; it rises when a
// formula changes so that old figures can be told from new ones and
// recomputed.
const FormulaVersion = 1

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
	// BurstMeasured: from loss run lengths (RFC 3611 blocks, RTP).
	BurstMeasured
)

var burstSourceNames = []string{"", "assumed", "measured"}

// String is the stored word: "", assumed or measured.
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
type Score struct {
	// R is the transmission rating factor. On the narrowband scale 93.2 is a
	// perfect call; it can be negative.
	R float64
	// Ro, Is, Id and IeEff are the summands: R = Ro - Is - Id - IeEff + A, with
	// an advantage factor A of 0.
	Ro, Is, Id, IeEff float64
	// MOS is the mean opinion score estimated from R: 1..4.5.
	MOS float64
	// Grade is the user satisfaction band of R.
	Grade Grade
	// Scale is the listening bandwidth that R is measured on.
	Scale Scale
	// Grounding says what the codec's values rest on.
	Grounding Grounding
}
