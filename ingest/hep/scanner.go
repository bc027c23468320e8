package hep

import (
	"time"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
)

// Scanner reads RTCP that an agent turned into JSON. Its zero value is ready;
// it belongs to one goroutine at a time.
//
// It knows the shapes of rtpengine, heplify (1.x, 2.x and the first 2.0
// releases) and captagent, in whatever order their members come, and repairs
// what they are known to get wrong:
//   - "ntp_timestamp_usec" holds the 32-bit fraction of the NTP time, not
//     microseconds;
//   - "packets_lost" is signed on the wire and unsigned in JSON, of 24 or of
//     32 bits;
//   - heplify swaps MOS-LQ and MOS-CQ in "voip_metrics". A listening score is
//     never below the conversational one, so the larger is taken for LQ, which
//     holds for releases without the bug as well;
//   - heplify 1.x writes the last sub-packet's number as "type" (202 for an SR
//     with SDES), and an empty "sender_information" for an RR.
//
// What is missing stays unknown. A report block without its figures is left
// out and counted. A report that no receiver can have made (JSON from SRTCP
// that the agent could not read) is refused, see ErrImplausible.
type Scanner struct {
	stats ScannerStats
}

// ScannerStats counts what a Scanner has seen since it began.
type ScannerStats struct {
	Reports          uint64             // payloads read without error
	Empty            uint64             // of those, without any figure
	Blocks           uint64             // report blocks given out
	BlocksIncomplete uint64             // report blocks left out for want of a figure
	FixedNTPFraction uint64             // see Scanner
	FixedLossSign    uint64             // packets_lost given back its sign
	FixedMOSSwap     uint64             // MOS-LQ and MOS-CQ exchanged
	FixedPacketType  uint64             // "type" replaced by what the members show
	Refused          [NumReasons]uint64 // payloads refused, by Reason
}

// Stats returns the counters. Call it from the goroutine that scans.
func (s *Scanner) Stats() ScannerStats { return s.stats }

// Add sums the counters of o into s.
func (s *ScannerStats) Add(o *ScannerStats) {
	s.Reports += o.Reports
	s.Empty += o.Empty
	s.Blocks += o.Blocks
	s.BlocksIncomplete += o.BlocksIncomplete
	s.FixedNTPFraction += o.FixedNTPFraction
	s.FixedLossSign += o.FixedLossSign
	s.FixedMOSSwap += o.FixedMOSSwap
	s.FixedPacketType += o.FixedPacketType
	for i, n := range o.Refused {
		s.Refused[i] += n
	}
}

// Scan reads the JSON in b into r, which it clears first. captured is the
// packet's capture time and helps to tell garbage; the zero Time will do. Scan
// does not allocate unless it fails. The error wraps ErrJSON, ErrIncomplete or
// ErrImplausible; r is then not to be used.
func (s *Scanner) Scan(b []byte, captured time.Time, r *Report) error {
	r.reset()
	sc := scan{cursor: cursor{b: b}, r: r}
	err := sc.run(captured)
	if err != nil {
		s.stats.Refused[ReasonOf(err)]++
		return err
	}
	s.stats.Reports++
	if r.IsEmpty() {
		s.stats.Empty++
	}
	s.stats.Blocks += uint64(len(r.Reports))
	s.stats.BlocksIncomplete += uint64(sc.incomplete)
	s.stats.FixedNTPFraction += uint64(sc.fixedNTP)
	s.stats.FixedLossSign += uint64(sc.fixedLoss)
	s.stats.FixedMOSSwap += uint64(sc.fixedMOS)
	s.stats.FixedPacketType += uint64(sc.fixedType)
	return nil
}

// scan is one run of a Scanner.
type scan struct {
	cursor
	r *Report

	typ         uint8 // as written
	hasCount    bool
	reportCount uint8
	ssrcTwice   bool // "ssrc" came twice with two values
	sender      senderInfo
	blocks      int    // seen, the incomplete ones among them
	sdesSSRC    uint32 // "sdes_ssrc"
	hasSDESSSRC bool
	unnamed     uint64 // bit i: name i came without an SSRC

	incomplete, fixedNTP, fixedLoss, fixedMOS, fixedType int
}

func (s *scan) run(captured time.Time) error {
	for more := s.open('{'); more; more = s.next('{') {
		s.member(s.name())
	}
	s.key = nil
	s.end()
	if s.err != nil {
		return s.err
	}
	if err := s.settle(); err != nil {
		return err
	}
	return s.plausible(captured)
}

// member reads one member of the outermost object.
func (s *scan) member(name []byte) {
	r := s.r
	switch string(name) {
	case "ssrc":
		if v, ok := s.uint32(); ok {
			s.ssrcTwice = s.ssrcTwice || r.HasReporter && r.ReporterSSRC != v
			r.ReporterSSRC, r.HasReporter = v, true
		}
	case "type":
		s.packetType()
	case "report_count":
		s.reportCount, s.hasCount = s.uint8()
	case "sender_information":
		s.senderInformation(longNames)
	case "sender_report":
		s.senderInformation(shortNames)
	case "report_blocks", "receiver_report":
		s.reportBlocks()
	case "report_blocks_xr":
		s.voip(shapeXR)
	case "voip_metrics":
		s.voip(shapeVoIP)
	case "extended_report_information":
		s.voip(shapeExtended)
	case "sdes_information":
		s.sdesInformation()
	case "sdes_ssrc":
		s.sdesSSRC, s.hasSDESSSRC = s.uint32()
	case "sdes":
		s.sdesChunks()
	default:
		s.skip(0)
	}
}

// packetType reads "type", a number or, in the first 2.0 releases of heplify,
// a name.
func (s *scan) packetType() {
	if s.peek() != '"' {
		s.typ, _ = s.uint8()
		return
	}
	name, _ := s.text()
	switch string(name) {
	case "SR":
		s.typ = rtcp.TypeSR
	case "RR":
		s.typ = rtcp.TypeRR
	case "SDES":
		s.typ = rtcp.TypeSDES
	case "XR":
		s.typ = rtcp.TypeXR
	}
}
