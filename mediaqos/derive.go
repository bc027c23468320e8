package mediaqos

// predecessor is what a report's derivation takes from the one before it.
type predecessor struct {
	counts
	micros int64
	// reason is set where there is no predecessor to subtract: first, late ...
	reason Baseline
	// noInterval says that even its time is unknown.
	noInterval bool
}

// derive applies every formula to one report. It depends on its arguments
// only, never on what was derived before: that is what makes a row a function
// of the reports around it rather than of the order in which they came.
func (s *Scorer) derive(micros int64, w *Wire, prev predecessor, m *Media, codec *Codec, rtt RTT, shape BurstShape) Derived {
	d := Derived{
		JitterMillis: jitterMillis(w.JitterTicks, m.ClockHz),
		RTTMillis:    rtt.Millis(),
		RTTMethod:    rtt.Method,
	}
	d.JitterClockAssumed = d.JitterMillis.OK && m.ClockAssumed()
	var lookahead Opt[float64]
	if codec != nil {
		lookahead = codec.LookaheadMillis
	}
	d.DelayMillis, d.DelayBasis = oneWayDelay(m, lookahead, d.RTTMillis, d.JitterMillis)
	if !prev.noInterval {
		d.IntervalMillis = Some(float64(micros-prev.micros) / 1000)
	}
	if d.Baseline = prev.reason; d.Baseline != BaselineNone {
		return d
	}
	expected, lost, reason := interval(prev.counts, counts{w.ExtendedSeq, w.CumulativeLost})
	if d.Baseline = reason; reason != BaselineNone {
		return d
	}
	d.Expected, d.Lost = Some(expected), Some(lost)
	d.LossRatio = Some(lossRatio(expected, lost))
	burst, source := shape.ratio(expected, lost)
	d.BurstRatio, d.BurstSource = Some(burst), source
	d.Score = s.score(codec, m.PLC, Figures{LossRatio: d.LossRatio.V, BurstRatio: d.BurstRatio.V, DelayMillis: d.DelayMillis})
	return d
}
