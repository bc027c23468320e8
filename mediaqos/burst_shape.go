package mediaqos

import (
	"fmt"
	"math"
)

// BurstShape is what was seen of how losses cluster, by whatever means; the
// zero BurstShape saw nothing. It becomes a burst ratio together with the
// counts of the report that it is applied to.
type BurstShape struct {
	// bits are a float64 or two counts, by kind.
	bits   uint64
	bursts uint16
	kind   shapeKind
}

type shapeKind uint8

// Kinds of shapes, weakest first.
const (
	shapeNone      shapeKind = iota
	shapeCounts              // packets lost and expected within bursts, and how many bursts
	shapeEstimated           // a ratio from densities and lengths
	shapeMeasured            // a ratio from runs of losses
)

// Known says that something was seen.
func (b BurstShape) Known() bool { return b.kind != shapeNone }

// ShapeOf is the shape of a burst ratio that is known already, as of a stored
// row: BurstAssumed and BurstUnknown are no shape.
func ShapeOf(ratio Opt[float64], source BurstSource) BurstShape {
	if !ratio.OK || !(ratio.V > 0) || math.IsInf(ratio.V, 0) {
		return BurstShape{}
	}
	switch source {
	case BurstMeasured:
		return BurstShape{bits: math.Float64bits(ratio.V), kind: shapeMeasured}
	case BurstEstimated:
		return BurstShape{bits: math.Float64bits(ratio.V), kind: shapeEstimated}
	default:
		return BurstShape{}
	}
}

// BurstShape counts the runs of losses in a loss encoding: a measured ratio.
// It is unknown where nothing, or nothing but losses, is in it. Thinned and
// malformed encodings show no runs; the error wraps ErrRLE.
func (r *RLE) BurstShape() (BurstShape, error) {
	bursts, err := NewBursts(BurstOptions{})
	if err != nil {
		return BurstShape{}, err
	}
	if err := bursts.AddRLE(r); err != nil {
		return BurstShape{}, fmt.Errorf("burst shape: %w", err)
	}
	return ShapeOf(bursts.Snapshot().BurstRatio, BurstMeasured), nil
}

// BurstShape estimates from densities and mean lengths of bursts and gaps,
// which is what VoIP metrics blocks (RFC 3611 section 4.7.2) and the line
// BurstGapLoss of SIP quality reports (RFC 6035) hold.
//
// A packet lost within a gap stands alone by definition. Within bursts the
// blocks do not say how losses lie; they are taken as independent there, so
// that a run of them has the mean length 1/(1 - density). The mean run of all,
// against that of random loss at the same rate, is the ratio. Discarded packets
// are part of the densities. Unknown where a figure is missing or nothing was
// lost.
func (m *VoIPMetrics) BurstShape() BurstShape {
	bd, gd := m.BurstMillis.V, m.GapMillis.V
	burst, gap := m.BurstDensity.V, m.GapDensity.V
	if !m.BurstDensity.OK || !m.GapDensity.OK || !m.BurstMillis.OK || !m.GapMillis.OK ||
		!(bd >= 0 && gd >= 0 && bd+gd > 0 && burst >= 0 && burst < 1 && gap >= 0 && gap < 1) { // also refuses NaN
		return BurstShape{}
	}
	inBursts, inGaps := bd*burst, gd*gap // in milliseconds of lost audio
	losses, runs := inBursts+inGaps, inBursts*(1-burst)+inGaps
	if !(losses > 0) {
		return BurstShape{}
	}
	ratio := losses / runs * (1 - losses/(bd+gd))
	return ShapeOf(Some(max(1, ratio)), BurstEstimated)
}

// BurstShape keeps the counts of a burst/gap loss block (RFC 6958). Together
// with what the report says was lost in all they tell how much was lost in
// gaps, where losses stand alone; within bursts see [VoIPMetrics.BurstShape]. A
// block that counts discards as lost, or that covers anything but the interval
// of the report, cannot be held against the report and has no shape. Nor has
// a block of discards (RFC 7003): figures here are of packets lost.
func (b *BurstGapLoss) BurstShape() BurstShape {
	if b.Combined || b.Interval != IntervalDuration || !b.BurstLost.OK || !b.BurstExpected.OK || !b.Bursts.OK ||
		b.BurstLost.V > b.BurstExpected.V || uint64(b.Bursts.V) > uint64(b.BurstLost.V) {
		return BurstShape{}
	}
	return BurstShape{bits: uint64(b.BurstLost.V)<<32 | uint64(b.BurstExpected.V), bursts: b.Bursts.V, kind: shapeCounts}
}

// ratio is the burst ratio for a report with the given counts, and how it is
// known: 1 and assumed where the shape says nothing about them.
func (b BurstShape) ratio(expected, lost int32) (float64, BurstSource) {
	switch b.kind {
	case shapeMeasured:
		return math.Float64frombits(b.bits), BurstMeasured
	case shapeEstimated:
		return math.Float64frombits(b.bits), BurstEstimated
	case shapeCounts:
		inBursts, packets := float64(b.bits>>32), float64(b.bits&math.MaxUint32)
		all, whole := float64(lost), float64(expected)
		if lost <= 0 || lost >= expected || inBursts > all || packets > whole {
			break
		}
		runs := all - inBursts
		if packets > 0 {
			runs += max(float64(b.bursts), inBursts*(1-inBursts/packets))
		}
		return max(1, all/runs*(1-all/whole)), BurstEstimated
	}
	return 1, BurstAssumed
}
