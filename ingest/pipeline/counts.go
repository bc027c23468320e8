package pipeline

import (
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// NumXRTypes is how many types of extended report block are counted one by one;
// the last place is for that type and all above.
const NumXRTypes = 64

// Counts is what became of datagrams: of each one and of each report in it
// exactly one thing. See [Counts.Balance].
type Counts struct {
	// Datagrams taken in; a HEP packet and a PUBLISH are one each. Of them RTCP
	// were read as RTCP, on the wire or as JSON, Encrypted were SRTCP, Refused
	// should have been RTCP and were not, Unreadable too long for the listener
	// or damaged in its ring.
	Datagrams, RTCP, Encrypted, Refused, Unreadable uint64
	// Of HEP packets and PUBLISH requests: KeepAlives had no payload, SIP were
	// SIP messages, Quality voice quality reports, Ignored of a payload type
	// without a use here; RefusedHEP were no sound packets, by reason (and
	// RefusedHEP of JSON, incomplete, implausible: no sound RTCP in JSON),
	// RefusedSIP no SIP, RefusedQuality no quality report.
	KeepAlives, SIP, Quality, Ignored uint64
	RefusedHEP                        [hep.NumReasons]uint64
	RefusedSIP, RefusedQuality        uint64

	// Reports are RTCP report blocks, VoIP metrics blocks and sections of
	// quality reports. Of them New became media facts and NewVoIP facts of what
	// the ends say themselves; Duplicates were sightings of a known report,
	// Late came after their neighbours were forgotten (they are facts too), and
	// the rest was refused: Limit because too many streams were followed,
	// SourceLimit because too many of one sender, Time because the capture time
	// cannot be.
	Reports, New, NewVoIP, Duplicates, Late       uint64
	RefusedLimit, RefusedSourceLimit, RefusedTime uint64
	// Quarantined are nobody's and each in a row of quarantine, or of
	// QuarantineFull, which refused them. Held had to wait for their SIP;
	// Released are those of them that have since become something else.
	Quarantined, QuarantineFull, Held, Released uint64

	// What agents got wrong in RTCP as JSON and hep.Scanner put right, and report
	// blocks that it had to leave out.
	FixedNTPFraction, FixedLossSign, FixedMOSSwap, FixedPacketType, BlocksIncomplete uint64

	// Calls became facts, CallsQuarantined are nobody's, CallsRefused those
	// that the quarantine had no room for.
	Calls, CallsQuarantined, CallsRefused uint64
	// Malformed counts faults inside datagrams that were used otherwise.
	Malformed uint64
	// XRBlocks are extended report blocks, XRTypes those by type.
	XRBlocks uint64
	XRTypes  [NumXRTypes]uint64
	// Cached counts reports whose owner the shard knew without asking the
	// attributor.
	Cached uint64
}

// Facts is how many reports became a fact of their own.
func (c *Counts) Facts() uint64 { return c.New + c.Late + c.NewVoIP }

// RefusedReports is how many reports were not used.
func (c *Counts) RefusedReports() uint64 {
	return c.RefusedLimit + c.RefusedSourceLimit + c.RefusedTime + c.QuarantineFull
}

// Waiting is how many reports wait for their SIP.
func (c *Counts) Waiting() uint64 { return c.Held - c.Released }

// Balance says how many datagrams and reports nothing became of; both are 0.
func (c *Counts) Balance() (datagrams, reports int64) {
	taken := c.RTCP + c.Encrypted + c.Refused + c.Unreadable + c.KeepAlives + c.SIP + c.Quality + c.Ignored + c.RefusedSIP + c.RefusedQuality
	for _, n := range c.RefusedHEP {
		taken += n
	}
	used := c.Facts() + c.Duplicates + c.RefusedReports() + c.Quarantined + c.Waiting()
	return int64(c.Datagrams - taken), int64(c.Reports - used)
}

// Add adds other counts to these.
func (c *Counts) Add(o *Counts) {
	c.Datagrams += o.Datagrams
	c.RTCP += o.RTCP
	c.Encrypted += o.Encrypted
	c.Refused += o.Refused
	c.Unreadable += o.Unreadable
	c.KeepAlives += o.KeepAlives
	c.SIP += o.SIP
	c.Quality += o.Quality
	c.Ignored += o.Ignored
	for i, n := range o.RefusedHEP {
		c.RefusedHEP[i] += n
	}
	c.RefusedSIP += o.RefusedSIP
	c.RefusedQuality += o.RefusedQuality
	c.Reports += o.Reports
	c.New += o.New
	c.NewVoIP += o.NewVoIP
	c.Duplicates += o.Duplicates
	c.Late += o.Late
	c.RefusedLimit += o.RefusedLimit
	c.RefusedSourceLimit += o.RefusedSourceLimit
	c.RefusedTime += o.RefusedTime
	c.Quarantined += o.Quarantined
	c.QuarantineFull += o.QuarantineFull
	c.Held += o.Held
	c.Released += o.Released
	c.FixedNTPFraction += o.FixedNTPFraction
	c.FixedLossSign += o.FixedLossSign
	c.FixedMOSSwap += o.FixedMOSSwap
	c.FixedPacketType += o.FixedPacketType
	c.BlocksIncomplete += o.BlocksIncomplete
	c.Calls += o.Calls
	c.CallsQuarantined += o.CallsQuarantined
	c.CallsRefused += o.CallsRefused
	c.Malformed += o.Malformed
	c.XRBlocks += o.XRBlocks
	for i, n := range o.XRTypes {
		c.XRTypes[i] += n
	}
	c.Cached += o.Cached
}

// RefusedByReason lists what was not used, for a ledger or a page: reports
// under stream_limit, source_limit, capture_time and quarantine_full, datagrams
// under the others.
func (c *Counts) RefusedByReason() map[string]uint64 {
	all := map[string]uint64{
		"not_rtcp": c.Refused, "encrypted": c.Encrypted, "malformed_packet": c.Malformed, "unreadable": c.Unreadable,
		"stream_limit": c.RefusedLimit, "source_limit": c.RefusedSourceLimit, "capture_time": c.RefusedTime,
		"quarantine_full": c.QuarantineFull, "calls_quarantine_full": c.CallsRefused,
		"not_sip": c.RefusedSIP, "not_quality_report": c.RefusedQuality, "unused_payload_type": c.Ignored,
	}
	for i, n := range c.RefusedHEP {
		if n > 0 {
			all["hep_"+hep.Reason(i).String()] = n
		}
	}
	return all
}

// datagram counts one decoded RTCP datagram.
func (c *Counts) datagram(d *rtcp.Datagram, err error) {
	c.Datagrams++
	switch {
	case err != nil:
		c.Refused++
	case d.Encrypted:
		c.Encrypted++
	default:
		c.RTCP++
		c.inside(d)
	}
}

// inside counts what is in a datagram beside its reports.
func (c *Counts) inside(d *rtcp.Datagram) {
	c.Malformed += uint64(len(d.Faults))
	c.XRBlocks += uint64(len(d.XRBlocks))
	for i := range d.XRBlocks {
		c.XRTypes[min(int(d.XRBlocks[i].Type), NumXRTypes-1)]++
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
	case outcomeRefusedSource:
		c.RefusedSourceLimit++
	}
}

// voip counts what became of what an end says itself.
func (c *Counts) voip(o mediaqos.Outcome) {
	if o == mediaqos.OutcomeNew {
		c.Reports++
		c.NewVoIP++
		return
	}
	c.outcome(o)
}

// outcomeRefusedSource: its sender has more streams than one may have.
const outcomeRefusedSource mediaqos.Outcome = 255

// repaired counts what a scanner has put right since an earlier look at it.
func (c *Counts) repaired(now, before hep.ScannerStats) {
	c.FixedNTPFraction += now.FixedNTPFraction - before.FixedNTPFraction
	c.FixedLossSign += now.FixedLossSign - before.FixedLossSign
	c.FixedMOSSwap += now.FixedMOSSwap - before.FixedMOSSwap
	c.FixedPacketType += now.FixedPacketType - before.FixedPacketType
	c.BlocksIncomplete += now.BlocksIncomplete - before.BlocksIncomplete
}

// RepairsByKind lists what agents got wrong, for a page.
func (c *Counts) RepairsByKind() map[string]uint64 {
	return map[string]uint64{
		"ntp_fraction": c.FixedNTPFraction, "loss_sign": c.FixedLossSign, "mos_swap": c.FixedMOSSwap, "packet_type": c.FixedPacketType,
		"block_left_out": c.BlocksIncomplete,
	}
}
