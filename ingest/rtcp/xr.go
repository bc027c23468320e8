package rtcp

import "encoding/binary"

// XRBlock is one report block of an extended report (RFC 3611 section 3) as it
// stands in the datagram, whether it is decoded into an [XR] or not.
type XRBlock struct {
	// ReporterSSRC is the sender of the extended report.
	ReporterSSRC uint32
	// Type is the block type of the IANA registry "RTCP XR Block Type": 4 is
	// the receiver's reference time, 5 DLRR, 7 VoIP metrics ...
	Type uint8
	// TypeSpecific is the second byte of the block's header.
	TypeSpecific uint8
	// Offset is the block's first byte in the datagram.
	Offset int
	// Body is what follows the block's header of four bytes; it aliases the datagram.
	Body []byte
}

func (d *Datagram) decodeXR(p *Packet, b []byte) {
	if !d.hasBody(p, b, headerSize+ssrcSize) {
		return
	}
	times, echoes := len(d.XR.ReferenceTimes), len(d.XR.DLRRs)
	for at := headerSize + ssrcSize; at < len(b); {
		// A sub-packet is whole words, so there is room for a block's header.
		size := (int(binary.BigEndian.Uint16(b[at+2:])) + 1) * wordSize
		if size > len(b)-at {
			d.fault(Fault{Reason: ReasonXRBlock, PacketType: p.Type, Offset: p.Offset + at, Want: len(b) - at, Have: size})
			break
		}
		x := next(&d.XRBlocks)
		x.ReporterSSRC = p.SSRC.V
		x.Type = b[at]
		x.TypeSpecific = b[at+1]
		x.Offset = p.Offset + at
		x.Body = b[at+headerSize : at+size : at+size]
		d.decodeXRBlock(x)
		at += size
	}
	d.stampDLRRs(times, echoes)
}
