package mediaqos

import (
	"cmp"
	"math"
)

// record is one remembered report: 60 bytes, six of them to a stream. The SSRC
// pair is the group's, the identity is recomputed from the wire when needed.
type record struct {
	captured wide // at the earliest sighting, Unix microseconds
	srNTP    wide // Wire.SRNTP

	extendedSeq    uint32
	cumulativeLost int32
	jitterTicks    uint32
	lsr            uint32
	dlsr           uint32
	srRTPTime      uint32
	senderPackets  uint32
	senderOctets   uint32

	span uint32  // latest sighting minus micros, microseconds, saturating
	rtt  rttSlot // at the stream's first tap; see stream.rttAt

	packetType   uint8
	fractionLost uint8
	sights       sightBits
}

// wide is 64 bits of which no more than four bytes' alignment is asked, so that
// nothing in a record is padded.
type wide struct{ lo, hi uint32 }

func widen(v uint64) wide { return wide{lo: uint32(v), hi: uint32(v >> 32)} }

func (w wide) uint64() uint64 { return uint64(w.hi)<<32 | uint64(w.lo) }

// micros is the capture time at the earliest sighting, Unix microseconds.
func (r *record) micros() int64 { return int64(r.captured.uint64()) }

// rttSlot packs an RTT: the method in the top byte, microseconds below (MaxRTT
// needs 24 bits).
type rttSlot uint32

func packRTT(r RTT) rttSlot {
	if r.Method == RTTNone {
		return 0
	}
	return rttSlot(r.Method)<<24 | rttSlot(min(r.Micros, uint32(maxRTTMicros)))
}

func (s rttSlot) unpack() RTT { return RTT{Method: RTTMethod(s >> 24), Micros: uint32(s & 0xffffff)} }

// sightBits packs at which of the stream's taps a report was seen (bits 0-3),
// which of them was the earliest (bits 4-5), and whether it came in an SR (bit 6).
type sightBits uint8

const (
	sightEarliestShift = MaxTaps
	sightHasSR         = 1 << 6
)

func (b sightBits) seenAt(tap int) bool    { return b&(1<<tap) != 0 }
func (b sightBits) hasSR() bool            { return b&sightHasSR != 0 }
func (b sightBits) earliest() int          { return int(b>>sightEarliestShift) & 3 }
func (b sightBits) with(tap int) sightBits { return b | 1<<tap }
func (b sightBits) withEarliest(tap int) sightBits {
	return b&^(3<<sightEarliestShift) | sightBits(tap)<<sightEarliestShift
}

// newRecord packs a report without any sighting.
func newRecord(micros int64, w *Wire) record {
	r := record{
		captured: widen(uint64(micros)), srNTP: widen(w.SRNTP),
		extendedSeq: w.ExtendedSeq, cumulativeLost: w.CumulativeLost, jitterTicks: w.JitterTicks,
		lsr: w.LSR, dlsr: w.DLSR,
		srRTPTime: w.SRRTPTime, senderPackets: w.SenderPackets, senderOctets: w.SenderOctets,
		packetType: w.PacketType, fractionLost: w.FractionLost,
	}
	if w.HasSR {
		r.sights = sightHasSR
	}
	return r
}

// wire unpacks the report.
func (r *record) wire(reporter, source uint32) Wire {
	return Wire{
		ReporterSSRC: reporter, SourceSSRC: source,
		PacketType: r.packetType, FractionLost: r.fractionLost,
		CumulativeLost: r.cumulativeLost, ExtendedSeq: r.extendedSeq, JitterTicks: r.jitterTicks,
		LSR: r.lsr, DLSR: r.dlsr,
		HasSR: r.sights.hasSR(), SRNTP: r.srNTP.uint64(), SRRTPTime: r.srRTPTime,
		SenderPackets: r.senderPackets, SenderOctets: r.senderOctets,
	}
}

// sameWire compares the bytes that were on the wire. The fields that differ
// most often come first.
func (r *record) sameWire(o *record) bool {
	return r.dlsr == o.dlsr && r.extendedSeq == o.extendedSeq && r.lsr == o.lsr &&
		r.jitterTicks == o.jitterTicks && r.cumulativeLost == o.cumulativeLost && r.srNTP == o.srNTP &&
		r.srRTPTime == o.srRTPTime && r.senderPackets == o.senderPackets && r.senderOctets == o.senderOctets &&
		r.packetType == o.packetType && r.fractionLost == o.fractionLost && r.sights.hasSR() == o.sights.hasSR()
}

// compare is the order of reports within a stream: capture time, extended
// sequence, then every other field, so that the order is total and does not
// depend on who came first.
func (r *record) compare(o *record) int {
	if r.micros() != o.micros() {
		return cmp.Compare(r.micros(), o.micros())
	}
	hasSR := func(r *record) uint8 { return uint8(r.sights & sightHasSR) }
	return cmp.Or(
		cmp.Compare(r.extendedSeq, o.extendedSeq),
		cmp.Compare(r.cumulativeLost, o.cumulativeLost),
		cmp.Compare(r.lsr, o.lsr),
		cmp.Compare(r.dlsr, o.dlsr),
		cmp.Compare(r.jitterTicks, o.jitterTicks),
		cmp.Compare(r.srNTP.uint64(), o.srNTP.uint64()),
		cmp.Compare(r.srRTPTime, o.srRTPTime),
		cmp.Compare(r.senderPackets, o.senderPackets),
		cmp.Compare(r.senderOctets, o.senderOctets),
		cmp.Compare(r.packetType, o.packetType),
		cmp.Compare(r.fractionLost, o.fractionLost),
		cmp.Compare(hasSR(r), hasSR(o)),
	)
}

// end is the time of the latest sighting.
func (r *record) end() int64 { return r.micros() + int64(r.span) }

// near says that two sightings, or runs of them, are close enough to be one report.
func (r *record) near(o *record) bool {
	return o.micros() <= r.end()+sameReportMicros && r.micros() <= o.end()+sameReportMicros
}

const sameReportMicros = int64(SameReport / 1000)

// extend makes the run of sightings reach to an instant not before its start.
func (r *record) extend(end int64) {
	r.span = uint32(min(max(end-r.micros(), int64(r.span)), math.MaxUint32))
}
