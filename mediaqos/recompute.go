package mediaqos

import "fmt"

// Recompute derives the facts of one stream again, in order of their reports
// (as [Facts.Rows] gives them), with the formulas of this release. What it
// takes from a fact is the wire half, the time, the medium, the round trip and
// a burst ratio that was not assumed; the first one also keeps what its stored figures say of the report
// before it, so that a stretch from the middle of a stream can be recomputed.
//
// It is written to be obviously right rather than fast: one report at a time,
// the whole E-model for each. It is the measure that [Streams] is held
// against. The error wraps ErrParams and is about the connection.
func Recompute(connection Params, facts []Emission) ([]Derived, error) {
	if err := connection.Validate(); err != nil {
		return nil, fmt.Errorf("recompute: %w", err)
	}
	derived := make([]Derived, len(facts))
	for i := range facts {
		d := &derived[i]
		f := &facts[i]
		d.RTTMethod = f.Derived.RTTMethod
		d.RTTMillis = f.Derived.RTTMillis
		if f.Media.ClockHz > 0 {
			d.JitterMillis = Some(float64(f.Wire.JitterTicks) * 1000 / float64(f.Media.ClockHz))
			d.JitterClockAssumed = f.Media.Source == MediaAssumed || f.Media.Source == MediaUnknown
		}
		recomputeDelay(f, d)
		switch {
		case i > 0:
			prev := &facts[i-1]
			d.IntervalMillis = Some(float64(f.Time.UnixMicro()-prev.Time.UnixMicro()) / 1000)
			recomputeLoss(&prev.Wire, &f.Wire, d)
		case f.Derived.Baseline == BaselineNone:
			d.IntervalMillis = f.Derived.IntervalMillis
			before := f.Wire
			before.ExtendedSeq -= uint32(f.Derived.Expected.V)
			before.CumulativeLost -= f.Derived.Lost.V
			recomputeLoss(&before, &f.Wire, d)
		default:
			d.IntervalMillis = f.Derived.IntervalMillis
			d.Baseline = f.Derived.Baseline
		}
		if d.Baseline == BaselineNone {
			d.BurstRatio, d.BurstSource = Some(1.), BurstAssumed
			if ShapeOf(f.Derived.BurstRatio, f.Derived.BurstSource).Known() {
				d.BurstRatio, d.BurstSource = f.Derived.BurstRatio, f.Derived.BurstSource
			}
			recomputeScore(connection, f, d)
		}
	}
	return derived, nil
}

// recomputeLoss subtracts the counts of two reports.
func recomputeLoss(prev, cur *Wire, d *Derived) {
	const limitHigh, limitLow = 8388607, -8388608
	// The sequence space is a circle of 2^32: the nearer way round counts.
	expected := int64(cur.ExtendedSeq) - int64(prev.ExtendedSeq)
	if expected >= 1<<31 {
		expected -= 1 << 32
	}
	if expected < -1<<31 {
		expected += 1 << 32
	}
	lost := int64(cur.CumulativeLost) - int64(prev.CumulativeLost)
	switch {
	case expected == 0:
		d.Baseline = BaselineIdle
	case expected < 0:
		d.Baseline = BaselineRestart
	case expected > 32768:
		d.Baseline = BaselineSeqJump
	case prev.CumulativeLost >= limitHigh || prev.CumulativeLost <= limitLow,
		cur.CumulativeLost >= limitHigh || cur.CumulativeLost <= limitLow:
		d.Baseline = BaselineClamped
	case lost > expected || lost < -expected:
		d.Baseline = BaselineRestart
	default:
		d.Expected = Some(int32(expected))
		d.Lost = Some(int32(lost))
		d.LossRatio = Some(0.)
		if lost > 0 {
			d.LossRatio = Some(float64(lost) / float64(expected))
		}
	}
}

// recomputeDelay adds the parts of the one-way delay up.
func recomputeDelay(f *Emission, d *Derived) {
	if !d.RTTMillis.OK {
		return
	}
	delay := d.RTTMillis.V / 2
	d.DelayBasis = DelayKnown
	if d.JitterMillis.OK {
		delay += 2 * d.JitterMillis.V
		if d.JitterClockAssumed {
			d.DelayBasis |= DelayClockAssumed
		}
	} else {
		d.DelayBasis |= DelayNoJitter
	}
	if f.Media.PtimeMillis > 0 {
		delay += float64(f.Media.PtimeMillis)
	} else {
		delay += AssumedPtimeMillis
		d.DelayBasis |= DelayPtimeAssumed
	}
	codec, ok := LookupCodec(f.Media.Codec)
	if ok && codec.LookaheadMillis.OK {
		delay += codec.LookaheadMillis.V
	} else {
		d.DelayBasis |= DelayNoLookahead
	}
	d.DelayMillis = Some(delay)
}

// recomputeScore evaluates the whole E-model of the codec's scale for one report.
func recomputeScore(p Params, f *Emission, d *Derived) {
	codec, ok := LookupCodec(f.Media.Codec)
	if !ok || codec.Grounding == GroundingNone || !codec.Ie.OK {
		return
	}
	bpl := codec.BplPLC
	if f.Media.PLC == PLCOff {
		bpl = codec.BplNoPLC
	}
	if !bpl.OK {
		return
	}
	p.Ie, p.Bpl, p.Ppl, p.BurstR = codec.Ie.V, bpl.V, 100*d.LossRatio.V, d.BurstRatio.V
	res, err := ComputeOn(codec.Scale, p.WithDelay(min(d.DelayMillis.Or(0), maxDelayMillis)))
	if err != nil {
		return
	}
	listening, err := ComputeOn(codec.Scale, p.WithDelay(0))
	if err != nil {
		return
	}
	grounding := codec.Grounding
	if f.Media.PLC == PLCUnknown && codec.BplPLC != codec.BplNoPLC {
		grounding = GroundingProvisional
	}
	d.Score = Some(Score{
		R: res.R, Ro: res.Ro, Is: res.Is, Id: res.Id, IeEff: res.IeEff, MOS: res.MOS,
		RLQ: listening.R, MOSLQ: listening.MOS, Conversational: d.DelayMillis.OK,
		Grade: res.Grade, Scale: res.Scale, Grounding: grounding,
	})
}
