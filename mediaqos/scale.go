package mediaqos

// Scale is the listening bandwidth that a rating is measured on. A narrowband
// R of 93 and a wideband R of 93 are different experiences: ratings of
// different scales are never compared, averaged or put in one bucket.
type Scale uint8

// Scales.
const (
	// ScaleUnknown: nothing is known about the codec.
	ScaleUnknown Scale = iota
	// ScaleNB is narrowband, 300-3400 Hz: ITU-T G.107, R up to 100.
	ScaleNB
	// ScaleWB is wideband, 50-7000 Hz: ITU-T G.107.1, R up to 129.
	ScaleWB
	// ScaleFB is super-wideband and fullband, up to 20 kHz: ITU-T G.107.2, R
	// up to 148.
	ScaleFB
)

var scaleNames = []string{"", "NB", "WB", "FB"}

// String is the stored word: "", NB, WB or FB.
func (s Scale) String() string { return enumText(s, scaleNames) }

// MarshalText writes the stored word.
func (s Scale) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (s *Scale) UnmarshalText(text []byte) error { return parseEnum(s, "scale", text, scaleNames) }

// Grounding says what the values behind a score rest on.
type Grounding uint8

// Groundings, weakest first.
const (
	// GroundingNone: nobody published values, so there is no score.
	GroundingNone Grounding = iota
	// GroundingProvisional: values from research, or from a standard that may
	// not fit this very case; the Source says which.
	GroundingProvisional
	// GroundingStandard: values printed in an ITU-T recommendation for this
	// very codec.
	GroundingStandard
)

var groundingNames = []string{"none", "provisional", "standard"}

// String is the stored word: none, provisional or standard.
func (g Grounding) String() string { return enumText(g, groundingNames) }

// MarshalText writes the stored word.
func (g Grounding) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (g *Grounding) UnmarshalText(text []byte) error {
	return parseEnum(g, "grounding", text, groundingNames)
}

// Grade is a user satisfaction band of the narrowband R (ITU-T G.107 Annex B);
// see [Scale.GradeOf] for the others.
type Grade uint8

// Grades, worst first.
const (
	// GradeNone: there is no rating.
	GradeNone Grade = iota
	// GradeNotRecommended is R < 50.
	GradeNotRecommended
	// GradeNearlyAllDissatisfied is 50 <= R < 60.
	GradeNearlyAllDissatisfied
	// GradeManyDissatisfied is 60 <= R < 70.
	GradeManyDissatisfied
	// GradeSomeDissatisfied is 70 <= R < 80.
	GradeSomeDissatisfied
	// GradeSatisfied is 80 <= R < 90.
	GradeSatisfied
	// GradeVerySatisfied is R >= 90.
	GradeVerySatisfied
)

var gradeNames = []string{
	"", "not_recommended", "nearly_all_dissatisfied", "many_dissatisfied",
	"some_dissatisfied", "satisfied", "very_satisfied",
}

// String is the stored word, "" for GradeNone.
func (g Grade) String() string { return enumText(g, gradeNames) }

// MarshalText writes the stored word.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (g *Grade) UnmarshalText(text []byte) error { return parseEnum(g, "grade", text, gradeNames) }

// GradeOf returns the band of a narrowband R. A NaN has no band.
func GradeOf(r float64) Grade {
	switch {
	case r >= 90:
		return GradeVerySatisfied
	case r >= 80:
		return GradeSatisfied
	case r >= 70:
		return GradeSomeDissatisfied
	case r >= 60:
		return GradeManyDissatisfied
	case r >= 50:
		return GradeNearlyAllDissatisfied
	case r < 50:
		return GradeNotRecommended
	default:
		return GradeNone
	}
}
