package rtcp

import "encoding/binary"

// header is the common header of all sub-packets (RFC 3550 section 6.4.1).
type header struct {
	ok   bool // version and packet type are those of RTCP
	kind uint8
	size int // bytes, this header included
}

func readHeader(b []byte) header {
	return header{
		ok:   b[0]>>6 == version && isPacketType(b[1]),
		kind: b[1],
		size: (int(binary.BigEndian.Uint16(b[2:])) + 1) * wordSize,
	}
}

const (
	paddingBit = 0x20
	countMask  = 0x1f
)

// walk appends sub-packets from offset on to d.Packets as long as headers are
// good and lengths fit. It returns where it stopped: len(b) if the chain ends
// exactly with the datagram.
func (d *Datagram) walk(b []byte, offset int) int {
	for len(b)-offset >= headerSize {
		h := readHeader(b[offset:])
		if !h.ok || h.size > len(b)-offset {
			return offset
		}
		p := next(&d.Packets)
		p.Type = h.kind
		p.Count = b[offset] & countMask
		p.Offset = offset
		p.Raw = b[offset : offset+h.size : offset+h.size]
		if h.size >= headerSize+ssrcSize {
			p.SSRC.OK = true
			p.SSRC.V = binary.BigEndian.Uint32(p.Raw[headerSize:])
		}
		offset += h.size
	}
	return offset
}

// next lengthens s by a zero element and returns it to be filled in. Filling it
// in place is twice as fast as appending a composite literal, which is built
// elsewhere and copied.
func next[T any](s *[]T) *T {
	var zero T
	*s = append(*s, zero)
	return &(*s)[len(*s)-1]
}

// walkOn goes on behind the break of a chain at offset. A bad header is stepped
// over by the length that it claims, provided that the rest of the datagram
// then is a chain without a fault; otherwise the length is as doubtful as the
// rest of the header, and what follows is given up.
func (d *Datagram) walkOn(b []byte, offset int) {
	left := len(b) - offset
	if left < headerSize {
		d.fault(Fault{Reason: ReasonTrailing, Offset: offset, Have: left})
		return
	}
	h := readHeader(b[offset:])
	switch {
	case b[offset]>>6 != version:
		d.fault(Fault{Reason: ReasonVersion, Offset: offset, Want: version, Have: int(b[offset] >> 6)})
	case !h.ok:
		d.fault(packetTypeFault(offset+1, h.kind))
	default:
		d.fault(Fault{Reason: ReasonOverrun, PacketType: h.kind, Offset: offset + 2, Want: left, Have: h.size})
		return
	}
	if h.size < left && isChain(b[offset+h.size:]) {
		d.walk(b, offset+h.size)
	}
}

// isChain reports whether b is sub-packets from its first byte to its last.
func isChain(b []byte) bool {
	for len(b) >= headerSize {
		h := readHeader(b)
		if !h.ok || h.size > len(b) {
			return false
		}
		b = b[h.size:]
	}
	return len(b) == 0
}

// decodePackets looks into every sub-packet that the walk has found.
func (d *Datagram) decodePackets() {
	last := len(d.Packets) - 1
	for i := range d.Packets {
		p := &d.Packets[i]
		before := len(d.Faults)
		if body, ok := d.unpad(p, i, last); ok {
			d.decodeBody(p, body)
		}
		p.Malformed = len(d.Faults) > before
	}
}

// unpad returns the sub-packet without its padding, header included.
func (d *Datagram) unpad(p *Packet, index, last int) ([]byte, bool) {
	if p.Raw[0]&paddingBit == 0 {
		return p.Raw, true
	}
	if index != last {
		d.fault(Fault{Reason: ReasonPaddingBit, PacketType: p.Type, Offset: p.Offset, Want: last, Have: index})
		return nil, false
	}
	room := len(p.Raw) - headerSize
	have := 0
	if room > 0 {
		have = int(p.Raw[len(p.Raw)-1])
	}
	if have == 0 || have%wordSize != 0 || have > room {
		d.fault(Fault{Reason: ReasonPaddingSize, PacketType: p.Type, Offset: p.Offset + len(p.Raw) - 1, Want: room, Have: have})
		return nil, false
	}
	return p.Raw[:len(p.Raw)-have], true
}

// decodeBody decodes b, the sub-packet p without padding.
func (d *Datagram) decodeBody(p *Packet, b []byte) {
	switch p.Type {
	case TypeSR:
		d.decodeSR(p, b)
	case TypeRR:
		d.decodeRR(p, b)
	case TypeSDES:
		d.decodeSDES(p, b)
	case TypeBYE:
		d.decodeBYE(p, b)
	case TypeAPP:
		d.decodeAPP(p, b)
	case TypeXR:
		d.decodeXR(p, b)
	}
}

// hasBody faults a sub-packet that is shorter than want bytes.
func (d *Datagram) hasBody(p *Packet, b []byte, want int) bool {
	if len(b) >= want {
		return true
	}
	d.fault(Fault{Reason: ReasonBody, PacketType: p.Type, Offset: p.Offset + headerSize, Want: want - headerSize, Have: len(b) - headerSize})
	return false
}
