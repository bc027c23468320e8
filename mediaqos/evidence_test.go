package mediaqos

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// withEvidence puts XR blocks into some datagrams, equal at all their
// sightings, and adds reports that cover a stretch or the whole.
func withEvidence(t *rapid.T, events []event, alone int, covers ...int) []event {
	out := slices.Clone(events)
	said := map[Wire]event{}
	for i := range out {
		e := &out[i]
		if e.kind != reportEvent {
			continue
		}
		xr, known := said[e.wire]
		if !known {
			name := fmt.Sprintf("xr%d", len(said))
			if rapid.Bool().Draw(t, name) {
				xr = drawEvidence(t, name, covers)
			}
			said[e.wire] = xr
		}
		e.shape, e.covers, e.before = xr.shape, xr.covers, xr.before
	}
	for i := range rapid.IntRange(0, alone).Draw(t, "reports alone") {
		name := fmt.Sprintf("alone%d", i)
		e := rapid.SampledFrom(events).Draw(t, name)
		if e.kind != reportEvent {
			continue
		}
		xr := drawEvidence(t, name, covers)
		e.kind, e.shape, e.covers = evidenceEvent, xr.shape, xr.covers
		e.at = e.at.Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, name+"at")) * time.Millisecond)
		out = append(out, e)
	}
	return byTime(out)
}

func drawEvidence(t *rapid.T, name string, covers []int) event {
	ratio := 1 + float64(rapid.IntRange(0, 40).Draw(t, name+"ratio"))/10
	return event{
		shape:  ShapeOf(Some(ratio), BurstMeasured),
		covers: time.Duration(rapid.SampledFrom(covers).Draw(t, name+"covers")) * time.Second,
		before: rapid.Bool().Draw(t, name+"before"),
	}
}

// TestEvidenceInAnyOrder: as for reports themselves, order and repetition must
// not matter, and what is written must be what the whole set means.
func TestEvidenceInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := withEvidence(t, drawWorld(t, Window-1, 0, 0), 4, 0, 1, 3, 5, 60)
		want := (&oracle{media: worldMedia, events: events}).rows()

		inOrder := newRunner(t)
		for _, e := range events {
			inOrder.feed(t, e)
		}
		sameRows(t, "in order", inOrder.facts.Rows(), want)

		shuffled := newRunner(t)
		for _, e := range rapid.Permutation(withDuplicates(t, events)).Draw(t, "order") {
			shuffled.feed(t, e)
		}
		sameRows(t, "shuffled", shuffled.facts.Rows(), want)
	})
}

// TestLateEvidenceWithinTheWindow is the same over long streams, in which old
// evidence is forgotten. It covers a report or two here: what reaches back
// beyond the window cannot change the rows there.
func TestLateEvidenceWithinTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := withEvidence(t, drawWorld(t, 40, 6, 0), 0, 1, 2)
		want := (&oracle{media: worldMedia, events: events}).rows()
		shuffled := newRunner(t)
		for _, e := range displaced(t, withDuplicates(t, events), Window-2) {
			shuffled.feed(t, e)
		}
		sameRows(t, "shuffled", shuffled.facts.Rows(), want)
		for _, l := range shuffled.streams.evidence {
			if len(l.items) > MaxEvidence {
				t.Fatalf("%d pieces are remembered", len(l.items))
			}
		}
	})
}

// TestEvidenceSurvivesARestart: a stored ratio is not assumed away.
func TestEvidenceSurvivesARestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := withEvidence(t, drawWorld(t, 6, 0, 0), 0, 0, 3)
		first := newRunner(t)
		for _, e := range events {
			first.feed(t, e)
		}
		rows := first.facts.Rows()
		again, err := NewStreams(StreamsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		changed := again.Seed(rows, nil)
		for i := range changed {
			e := &changed[i]
			// BYEs are not read back, so that streams and baselines may differ.
			at := slices.IndexFunc(rows, func(r Emission) bool { return r.sameKey(*e) })
			if at >= 0 && !e.Deleted && e.Derived.Baseline == BaselineNone && rows[at].Derived.Baseline == BaselineNone && e.Derived.BurstRatio != rows[at].Derived.BurstRatio {
				t.Fatalf("reading back changed\n%s\nto\n%s", show(&rows[at]), show(e))
			}
		}
	})
}

func TestEvidenceIsBounded(t *testing.T) {
	s := newScript(t, StreamsOptions{MaxStreams: 2})
	for ssrc := range uint32(5) {
		for i := range 3 * MaxEvidence {
			s.s.Evidence(&BurstEvidence{Tenant: oracleTenant, ReporterSSRC: ssrc, At: worldStart.Add(time.Duration(i) * time.Second), Shape: ShapeOf(Some(2.), BurstMeasured)}, nil)
		}
	}
	if n := len(s.s.evidence); n != 2 || s.s.stats.EvidenceRefused == 0 {
		t.Errorf("%d pairs, %+v", n, s.s.Stats())
	}
	for _, l := range s.s.evidence {
		if len(l.items) != MaxEvidence {
			t.Errorf("%d pieces", len(l.items))
		}
	}
	s.s.Expire(worldStart.Add(time.Hour), time.Minute)
	if len(s.s.evidence) != 0 {
		t.Error("evidence does not expire")
	}
	for _, bad := range []BurstEvidence{
		{Tenant: oracleTenant, At: worldStart},
		{Tenant: oracleTenant, At: worldStart, Covers: -1, Shape: ShapeOf(Some(2.), BurstMeasured)},
		{Tenant: oracleTenant, At: time.Unix(-1, 0), Shape: ShapeOf(Some(2.), BurstMeasured)},
	} {
		if s.s.Evidence(&bad, nil); len(s.s.evidence) != 0 {
			t.Errorf("took %+v", bad)
		}
	}
}

func TestBurstShapes(t *testing.T) {
	rle := func(chunks ...RLEChunk) BurstShape {
		t.Helper()
		r := RLE{Chunks: chunks}
		for _, c := range chunks {
			r.EndSeq += uint16(c.len())
		}
		shape, err := r.BurstShape()
		if err != nil {
			t.Fatal(err)
		}
		return shape
	}
	voip := func(burst, gap, burstMillis, gapMillis float64) BurstShape {
		m := VoIPMetrics{BurstDensity: Some(burst), GapDensity: Some(gap), BurstMillis: Some(burstMillis), GapMillis: Some(gapMillis)}
		return m.BurstShape()
	}
	loss := func(lost, expected uint32, bursts uint16) BurstShape {
		b := BurstGapLoss{Interval: IntervalDuration, BurstLost: Some(lost), BurstExpected: Some(expected), Bursts: Some(bursts)}
		return b.BurstShape()
	}
	for _, c := range []struct {
		name           string
		shape          BurstShape
		expected, lost int32
		want           float64
		source         BurstSource
	}{
		{"nothing", BurstShape{}, 100, 5, 1, BurstAssumed},
		{"ten in a row of a hundred", rle(rleOnes|60, 10, rleOnes|30), 100, 10, 10 * .9, BurstMeasured},
		{"one by one", rle(rleOnes|60, 1, rleOnes|30, 1, rleOnes|8), 100, 2, 1, BurstMeasured},
		{"nothing lost", rle(rleOnes | 60), 60, 0, 1, BurstAssumed},
		// 12 packets at 1/3 and 52 at 2/52: 4 losses in 2.667 runs and 2 in 2.
		{"RFC 3611 section 4.7.2", voip(1./3, 2./52, 120, 520), 64, 6, 6 / (8./3 + 2) * 58 / 64, BurstEstimated},
		{"gaps alone", voip(0, .01, 0, 5000), 250, 2, 1, BurstEstimated},
		{"no losses", voip(0, 0, 0, 5000), 250, 0, 1, BurstAssumed},
		{"no lengths", func() BurstShape {
			m := VoIPMetrics{BurstDensity: Some(.5), GapDensity: Some(.1)}
			return m.BurstShape()
		}(), 250, 9, 1, BurstAssumed},
		{"all of bursts is lost", voip(1, 0, 200, 800), 250, 50, 1, BurstAssumed},
		{"counts", loss(4, 12, 1), 64, 6, 6 / (8./3 + 2) * 58 / 64, BurstEstimated},
		{"counts of one solid burst", loss(10, 10, 1), 100, 10, 9, BurstEstimated},
		{"no burst", loss(0, 0, 0), 100, 2, 1, BurstEstimated},
		{"more in bursts than in all", loss(7, 12, 1), 64, 6, 1, BurstAssumed},
	} {
		got, source := c.shape.ratio(c.expected, c.lost)
		if math.Abs(got-c.want) > 1e-12 || source != c.source {
			t.Errorf("%s: %v %v, want %v %v", c.name, got, source, c.want, c.source)
		}
	}
	combined := BurstGapLoss{Interval: IntervalDuration, Combined: true, BurstLost: Some[uint32](1), BurstExpected: Some[uint32](2), Bursts: Some[uint16](1)}
	if combined.BurstShape().Known() {
		t.Error("discards counted as losses")
	}
	thinned := RLE{EndSeq: 30, Thinning: 1, Chunks: []RLEChunk{rleOnes | 15}}
	if _, err := thinned.BurstShape(); err == nil {
		t.Error("a thinned encoding has runs")
	}
	if ShapeOf(Some(math.NaN()), BurstMeasured).Known() || ShapeOf(Some(2.), BurstAssumed).Known() || ShapeOf(Opt[float64]{}, BurstMeasured).Known() {
		t.Error("a shape of nothing")
	}
}

// TestBurstRatioIsInTheScore: bursts cost more than random loss.
func TestBurstRatioIsInTheScore(t *testing.T) {
	s := newScript(t, StreamsOptions{})
	for i := range 3 {
		w := wireAt(5*i, int32(10*i))
		s.out, _ = s.s.Add(&Observation{Tenant: oracleTenant, At: worldStart.Add(time.Duration(5*i) * time.Second), Tap: scriptTap, Wire: w, Media: worldMedia}, s.out[:0])
	}
	random := s.out[0].Derived.Score.V.R
	s.out = s.s.Evidence(&BurstEvidence{
		Tenant: oracleTenant, ReporterSSRC: s.out[0].Wire.ReporterSSRC, SourceSSRC: s.out[0].Wire.SourceSSRC,
		At: s.out[0].Time, Tap: scriptTap, Covers: 5 * time.Second, Shape: ShapeOf(Some(2.), BurstMeasured),
	}, s.out[:0])
	if len(s.out) != 1 || s.out[0].Derived.BurstRatio != Some(2.) || s.out[0].Derived.BurstSource != BurstMeasured || !(s.out[0].Derived.Score.V.R < random) {
		t.Errorf("%d rows, R at random %v: %+v", len(s.out), random, s.out)
	}
}
