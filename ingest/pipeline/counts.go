package pipeline

import (
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Counts is what became of datagrams: of each one and of each report block in
// it exactly one thing.
type Counts struct {
	// Datagrams taken in; of them Encrypted were SRTCP, Refused no RTCP at all,
	// Unreadable too long for the listener or damaged in its ring.
	Datagrams, Encrypted, Refused, Unreadable uint64
	// Reports are report blocks; of them New became facts, Duplicates were
	// sightings of a known report, Late came after their neighbours were
	// forgotten (they are facts too), and the rest was refused: Limit because
	// too many streams were followed, Time because the capture time cannot be.
	Reports, New, Duplicates, Late, RefusedLimit, RefusedTime uint64
	// Malformed counts faults inside datagrams that were used otherwise.
	Malformed uint64
	// XRBlocks were seen and are not measured yet.
	XRBlocks uint64
}

// Facts is how many report blocks became a fact of their own.
func (c *Counts) Facts() uint64 { return c.New + c.Late }

// Add adds other counts to these.
func (c *Counts) Add(o *Counts) {
	c.Datagrams += o.Datagrams
	c.Encrypted += o.Encrypted
	c.Refused += o.Refused
	c.Unreadable += o.Unreadable
	c.Reports += o.Reports
	c.New += o.New
	c.Duplicates += o.Duplicates
	c.Late += o.Late
	c.RefusedLimit += o.RefusedLimit
	c.RefusedTime += o.RefusedTime
	c.Malformed += o.Malformed
	c.XRBlocks += o.XRBlocks
}

// RefusedByReason lists what was not used, for a ledger or a page.
func (c *Counts) RefusedByReason() map[string]uint64 {
	return map[string]uint64{
		"not_rtcp": c.Refused, "encrypted": c.Encrypted, "malformed_packet": c.Malformed, "unreadable": c.Unreadable,
		"stream_limit": c.RefusedLimit, "capture_time": c.RefusedTime,
	}
}

// datagram counts one decoded datagram.
func (c *Counts) datagram(d *rtcp.Datagram, err error) {
	c.Datagrams++
	switch {
	case err != nil:
		c.Refused++
	case d.Encrypted:
		c.Encrypted++
	default:
		c.Malformed += uint64(len(d.Faults))
		c.XRBlocks += uint64(len(d.XRBlocks))
	}
}

// outcome counts what became of one report block.
func (c *Counts) outcome(o mediaqos.Outcome) {
	c.Reports++
	switch o {
	case mediaqos.OutcomeNew:
		c.New++
	case mediaqos.OutcomeDuplicate:
		c.Duplicates++
	case mediaqos.OutcomeLate:
		c.Late++
	case mediaqos.OutcomeRefusedLimit:
		c.RefusedLimit++
	case mediaqos.OutcomeRefusedTime:
		c.RefusedTime++
	}
}
