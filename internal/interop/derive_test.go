package interop

import (
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// deriver makes figures of report blocks with the pure core alone.
type deriver struct {
	streams *mediaqos.Streams
	legs    *mediaqos.Legs
	medium  mediaqos.Media
	facts   mediaqos.Facts
	calls   map[[2]uint32]string
}

func newDeriver(t *testing.T, medium mediaqos.Media) *deriver {
	t.Helper()
	streams, err := mediaqos.NewStreams(mediaqos.StreamsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	legs, err := mediaqos.NewLegs(mediaqos.LegsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &deriver{streams: streams, legs: legs, medium: medium, calls: map[[2]uint32]string{}}
}

// add takes the blocks of one datagram, in the order of capture.
func (d *deriver) add(at time.Time, tap mediaqos.Tap, callID string, wires []mediaqos.Wire) {
	const tenant = "test"
	at = at.UTC().Truncate(time.Microsecond)
	for _, wire := range wires {
		d.calls[[2]uint32{wire.ReporterSSRC, wire.SourceSSRC}] = callID
		sighting := mediaqos.Sighting{Tenant: tenant, At: at, Tap: tap}
		rtt, amendments := d.legs.AddReport(sighting, &wire, nil)
		out, _ := d.streams.Add(&mediaqos.Observation{Tenant: tenant, At: at, Tap: tap, Wire: wire, RTT: rtt, Media: d.medium}, nil)
		for _, a := range amendments {
			out = d.streams.AmendRTT(a, out)
		}
		d.facts.Apply(out...)
	}
}

// figures are the facts so far, in the order of time.
func (d *deriver) figures() []figures {
	var rows []figures
	for _, e := range d.facts.Rows() {
		f := &e.Derived
		rows = append(rows, figures{
			Time: e.Time, CallID: d.calls[[2]uint32{e.Wire.ReporterSSRC, e.Wire.SourceSSRC}],
			Reporter: e.Wire.ReporterSSRC, Source: e.Wire.SourceSSRC,
			FractionLost: int(e.Wire.FractionLost), CumulativeLost: int(e.Wire.CumulativeLost), ExtendedSeq: e.Wire.ExtendedSeq,
			Expected: f.Expected, Lost: f.Lost, LossRatio: f.LossRatio, JitterMillis: f.JitterMillis, RTTMillis: f.RTTMillis,
		})
	}
	slices.SortFunc(rows, func(a, b figures) int { return a.Time.Compare(b.Time) })
	return rows
}
