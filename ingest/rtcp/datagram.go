package rtcp

import (
	"fmt"

	pion "github.com/pion/rtcp"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Packet types that this package looks into; all others stay raw.
const (
	TypeSR   uint8 = 200 // RFC 3550 section 6.4.1
	TypeRR   uint8 = 201 // RFC 3550 section 6.4.2
	TypeSDES uint8 = 202 // RFC 3550 section 6.5
	TypeBYE  uint8 = 203 // RFC 3550 section 6.6
	TypeAPP  uint8 = 204 // RFC 3550 section 6.7
	TypeXR   uint8 = 207 // RFC 3611
)

const (
	version    = 2
	headerSize = 4
	ssrcSize   = 4
	// wordSize is the unit of all lengths in RTCP.
	wordSize = 4
)

// Datagram is one decoded RTCP datagram. The zero value is ready for
// [Datagram.Decode]; give the same one to the next Decode.
type Datagram struct {
	// Packets are the sub-packets in wire order, decodable or not. Empty for SRTCP.
	Packets []Packet
	// Reports are the report blocks of all SR and RR in wire order.
	Reports []mediaqos.Wire
	// Senders are the sender infos of all SR, with or without report blocks.
	Senders []Sender
	// CNAMEs are the canonical names that SDES gives.
	CNAMEs []CNAME
	// Byes are the sources that leave.
	Byes []Bye
	// Apps are the application-defined sub-packets.
	Apps []App
	// XRBlocks are the extended report blocks, raw; XR is what they say.
	XRBlocks []XRBlock
	XR       XR
	// Faults are all that is wrong, in wire order.
	Faults []Fault

	// Encrypted says that the datagram is SRTCP: only SRTCP below holds anything.
	Encrypted bool
	// SRTCP is what an encrypted datagram shows in clear.
	SRTCP SRTCP

	// refusal is what Decode returns if it makes nothing of the datagram.
	refusal Refusal
	// otherItems counts SDES items other than CNAME.
	otherItems int
	// Library structs that the decoder reuses.
	sr pion.SenderReport
	rr pion.ReceiverReport
}

// Packet is one sub-packet.
type Packet struct {
	// Type is the packet type: 192..223.
	Type uint8
	// Count is the five-bit field of the header: report blocks, chunks,
	// sources, subtype or feedback format, as the type has it.
	Count uint8
	// Malformed says that a fault belongs to it. Of a malformed SR or RR
	// nothing is decoded, of the others what stands before the fault.
	Malformed bool
	// Offset is its first byte in the datagram.
	Offset int
	// SSRC is the first word after the header, which names the sender in all
	// types (in SDES and BYE: the first source). Unknown where the sub-packet
	// is a header only.
	SSRC mediaqos.Opt[uint32]
	// Raw is the whole sub-packet with header and padding; it aliases the datagram.
	Raw []byte
}

// Sender is the sender info of an SR (RFC 3550 section 6.4.1).
type Sender struct {
	SSRC uint32
	// NTP is the sender's wall clock, 32.32 fixed point seconds since 1900.
	NTP uint64
	// RTPTime is the same instant in ticks of the RTP clock.
	RTPTime uint32
	// Packets and Octets count what it has sent since it began.
	Packets, Octets uint32
}

// Decode takes apart one datagram. It returns nil for RTCP with or without
// faulty sub-packets (see Faults) and for SRTCP (see Encrypted). Where nothing
// can be made of b it returns a [*Refusal] that wraps [ErrNotRTCP], holds the
// only element of Faults and stays valid until the next Decode.
func (d *Datagram) Decode(b []byte) error {
	d.reset()
	if err := d.admit(b); err != nil {
		return err
	}
	end := d.walk(b, 0)
	if end < len(b) && d.seal(b, end) {
		return nil
	}
	if end < len(b) {
		d.walkOn(b, end)
	}
	if len(d.Packets) == 0 {
		d.refusal.Fault = d.Faults[0]
		return &d.refusal
	}
	d.decodePackets()
	return nil
}

// OtherSDESItems counts the SDES items that are not a CNAME. They are not kept:
// NAME, EMAIL, PHONE and LOC are personal data that no figure needs.
func (d *Datagram) OtherSDESItems() int { return d.otherItems }

func (d *Datagram) reset() {
	d.Packets = d.Packets[:0]
	d.Reports = d.Reports[:0]
	d.Senders = d.Senders[:0]
	d.CNAMEs = d.CNAMEs[:0]
	d.Byes = d.Byes[:0]
	d.Apps = d.Apps[:0]
	if len(d.XRBlocks) > 0 {
		d.XR.reset()
	}
	d.XRBlocks = d.XRBlocks[:0]
	d.Faults = d.Faults[:0]
	d.Encrypted = false
	d.SRTCP = SRTCP{}
	d.otherItems = 0
}

// admit refuses what does not begin like RTCP.
func (d *Datagram) admit(b []byte) error {
	switch {
	case len(b) < headerSize:
		return d.refuse(Fault{Reason: ReasonShort, Want: headerSize, Have: len(b)})
	case b[0]>>6 != version:
		return d.refuse(Fault{Reason: ReasonVersion, Want: version, Have: int(b[0] >> 6)})
	case !isPacketType(b[1]):
		return d.refuse(packetTypeFault(1, b[1]))
	}
	return nil
}

func (d *Datagram) refuse(f Fault) error {
	d.fault(f)
	d.refusal.Fault = f
	return &d.refusal
}

func (d *Datagram) fault(f Fault) { d.Faults = append(d.Faults, f) }

func packetTypeFault(offset int, have byte) Fault {
	return Fault{Reason: ReasonPacketType, Offset: offset, Want: max(minPacketType, min(int(have), maxPacketType)), Have: int(have)}
}

func packetName(t uint8) string {
	switch t {
	case TypeSR:
		return "SR"
	case TypeRR:
		return "RR"
	case TypeSDES:
		return "SDES"
	case TypeBYE:
		return "BYE"
	case TypeAPP:
		return "APP"
	case TypeXR:
		return "XR"
	}
	return fmt.Sprintf("packet type %d", t)
}
