package hep

import (
	"fmt"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// naming tells which set of member names a shape uses.
type naming uint8

const (
	longNames  naming = iota // rtpengine, captagent, heplify
	shortNames               // the first 2.0 releases of heplify
)

// senderInfo is the sender's half of an SR. Each bit of has is one figure.
type senderInfo struct {
	seconds, fraction, rtp, packets, octets uint32
	has                                     uint8
}

const senderComplete = 1<<5 - 1

func (i *senderInfo) isZero() bool {
	return i.seconds|i.fraction|i.rtp|i.packets|i.octets == 0
}

func (s *scan) senderInformation(names naming) {
	if s.null() {
		return
	}
	i := &s.sender
	for more := s.open('{'); more; more = s.next('{') {
		to, bit := i.field(s.name(), names)
		if to == nil {
			s.skip(0)
			continue
		}
		v, ok := s.uint32()
		if ok {
			*to = v
			i.has |= bit
		}
	}
	if names == longNames && i.fraction != 0 {
		s.fixedNTP++
	}
}

func (i *senderInfo) field(name []byte, names naming) (to *uint32, bit uint8) {
	if names == shortNames {
		switch string(name) {
		case "ntp_time_sec":
			return &i.seconds, 1
		case "ntp_time_frac":
			return &i.fraction, 2
		case "rtp_time":
			return &i.rtp, 4
		case "packet_count":
			return &i.packets, 8
		case "octet_count":
			return &i.octets, 16
		}
		return nil, 0
	}
	switch string(name) {
	case "ntp_timestamp_sec":
		return &i.seconds, 1
	case "ntp_timestamp_usec": // the fraction, whatever it is called
		return &i.fraction, 2
	case "rtp_timestamp":
		return &i.rtp, 4
	case "packets":
		return &i.packets, 8
	case "octets":
		return &i.octets, 16
	}
	return nil, 0
}

// The figures of a block: those it cannot do without, and LSR with DLSR, which
// are worth something only together.
const (
	hasSource = 1 << iota
	hasFraction
	hasLost
	hasSeq
	hasJitter
	hasLSR
	hasDLSR

	blockComplete = hasSource | hasFraction | hasLost | hasSeq | hasJitter
)

func (s *scan) reportBlocks() {
	if s.null() {
		return
	}
	for more := s.open('['); more; more = s.next('[') {
		s.reportBlock()
	}
}

func (s *scan) reportBlock() {
	var w mediaqos.Wire
	has := 0
	for more := s.open('{'); more; more = s.next('{') {
		bit, ok := 0, false
		switch string(s.name()) {
		case "source_ssrc", "ssrc":
			bit = hasSource
			w.SourceSSRC, ok = s.uint32()
		case "fraction_lost":
			bit = hasFraction
			w.FractionLost, ok = s.uint8()
		case "packets_lost":
			bit = hasLost
			w.CumulativeLost, ok = s.lost()
		case "highest_seq_no", "highest_seq":
			bit = hasSeq
			w.ExtendedSeq, ok = s.uint32()
		case "ia_jitter", "jitter":
			bit = hasJitter
			w.JitterTicks, ok = s.uint32()
		case "lsr", "last_sr":
			bit = hasLSR
			w.LSR, ok = s.uint32()
		case "dlsr", "delay_since_last_sr":
			bit = hasDLSR
			w.DLSR, ok = s.uint32()
		default:
			s.skip(0)
		}
		if ok {
			has |= bit
		}
	}
	s.blocks++
	if has&blockComplete != blockComplete {
		s.incomplete++
		return
	}
	if has&(hasLSR|hasDLSR) != hasLSR|hasDLSR {
		w.LSR, w.DLSR = 0, 0 // RFC 3550: LSR 0 is "no SR received"
	}
	s.r.Reports = append(s.r.Reports, w)
}

// lost reads the cumulative loss, signed 24 bits on the wire (RFC 3550 section
// 6.4.1). Agents write them as they are, or as unsigned 24 bits, or sign-
// extended and then as unsigned 32 bits.
func (s *scan) lost() (int32, bool) {
	const sign, span24, span32 = 1 << 23, 1 << 24, 1 << 32
	v, ok := s.integer(-sign, span32-1)
	switch {
	case !ok || v < sign:
		return int32(v), ok
	case v < span24:
		s.fixedLoss++
		return int32(v - span24), true
	case v >= span32-sign:
		s.fixedLoss++
		return int32(v - span32), true
	}
	s.fail("%d, expected 24 bits", v)
	return 0, false
}

// settle makes up its mind what the packet was and completes the blocks.
func (s *scan) settle() error {
	r := s.r
	if s.blocks > 0 && !r.HasReporter {
		return fmt.Errorf("%w: report blocks without \"ssrc\"", ErrIncomplete)
	}
	if s.blocks > 0 && len(r.Reports) == 0 {
		return fmt.Errorf("%w: none of %d report blocks has all its figures", ErrIncomplete, s.blocks)
	}
	// heplify writes a sender_information of zeroes for what was no SR.
	isSR := s.sender.has == senderComplete && r.HasReporter && (s.typ == rtcp.TypeSR || !s.sender.isZero())
	var from rtcp.Sender
	r.PacketType = s.typ
	switch {
	case isSR:
		r.PacketType = rtcp.TypeSR
		from = rtcp.Sender{
			SSRC: r.ReporterSSRC, NTP: uint64(s.sender.seconds)<<32 | uint64(s.sender.fraction),
			RTPTime: s.sender.rtp, Packets: s.sender.packets, Octets: s.sender.octets,
		}
		r.Senders = append(r.Senders, from)
	case len(r.Reports) > 0 && s.typ != rtcp.TypeSR:
		r.PacketType = rtcp.TypeRR
	}
	if s.typ != 0 && s.typ != r.PacketType {
		s.fixedType++
	}
	for i := range r.Reports {
		w := &r.Reports[i]
		w.ReporterSSRC, w.PacketType, w.HasSR = r.ReporterSSRC, r.PacketType, isSR
		w.SRNTP, w.SRRTPTime, w.SenderPackets, w.SenderOctets = from.NTP, from.RTPTime, from.Packets, from.Octets
	}
	if r.HasVoIP && r.HasReporter {
		r.VoIP.ReporterSSRC = mediaqos.Some(r.ReporterSSRC)
	}
	s.nameSender()
	return nil
}
