package mediaqos

// Scorer turns figures into scores: the E-models for one connection, with the
// terms that do not change from report to report computed once. It is
// read-only after NewScorer.
type Scorer struct {
	base Params
	conn connection
}

// NewScorer returns a scorer for the connection p describes; its delay, codec
// and loss fields are replaced by those of each report. The error wraps
// ErrParams.
func NewScorer(p Params) (*Scorer, error) {
	if _, err := Compute(p); err != nil {
		return nil, err
	}
	return &Scorer{base: p, conn: newConnection(&p)}, nil
}

// defaultScorer rates the default connection of ITU-T G.107.
var defaultScorer = &Scorer{base: DefaultParams(), conn: func() connection {
	p := DefaultParams()
	return newConnection(&p)
}()}

// Figures are what a score is made of.
type Figures struct {
	// LossRatio is the share of packets lost: 0..1.
	LossRatio float64
	// BurstRatio is BurstR of ITU-T G.107; 1 = random loss.
	BurstRatio float64
	// DelayMillis is the one-way delay, applied as [Params.WithDelay] does (on
	// the wideband and fullband scales see [ComputeOn]); unknown leaves delay
	// out of the score, which then is one of listening quality alone.
	DelayMillis Opt[float64]
}

// Score rates a codec under the given figures, on the codec's own scale. There
// is no score (and no guess) where the codec is unknown or lacks a published
// impairment or loss robustness; nor where a figure is not a number. A codec
// without a robustness is not rated even while nothing is lost: of its stream
// only the good stretches would be rated, and their mean would be a lie.
func (s *Scorer) Score(media Media, f Figures) Opt[Score] {
	codec, _ := LookupCodec(media.Codec)
	return s.score(codec, media.PLC, f)
}

func (s *Scorer) score(codec *Codec, plc PLC, f Figures) Opt[Score] {
	if codec == nil || codec.Grounding == GroundingNone || !codec.Ie.OK {
		return Opt[Score]{}
	}
	m, bpl := modelOf(codec.Scale), codec.Bpl(plc)
	if m == nil || !bpl.OK {
		return Opt[Score]{}
	}
	delay := min(f.DelayMillis.Or(0), maxDelayMillis)
	if !(f.LossRatio >= 0 && f.LossRatio <= 1 && f.BurstRatio > 0 && delay >= 0) { // also refuses NaN
		return Opt[Score]{}
	}
	grounding := codec.Grounding
	if plc == PLCUnknown && codec.BplPLC != codec.BplNoPLC {
		grounding = GroundingProvisional
	}
	ie := m.ieEff(codec.Ie.V, bpl.V, 100*f.LossRatio, f.BurstRatio)
	var res Result
	if codec.Scale == ScaleNB {
		res = s.conn.rate(delay, 2*delay, delay, ie, s.base.A)
	} else {
		res = m.rate(codec.Scale, delay, s.base.MinDelay, s.base.SensT, ie, s.base.A)
	}
	return Some(scoreOf(&res, f.DelayMillis.OK, grounding))
}

// scoreOf keeps of a result what facts hold.
func scoreOf(res *Result, conversational bool, g Grounding) Score {
	return Score{
		R: res.R, Ro: res.Ro, Is: res.Is, Id: res.Id, IeEff: res.IeEff, MOS: res.MOS,
		RLQ: res.RLQ, MOSLQ: res.MOSLQ, Conversational: conversational,
		Grade: res.Grade, Scale: res.Scale, Grounding: g,
	}
}
