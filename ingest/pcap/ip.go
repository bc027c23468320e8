package pcap

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Protocol numbers of IPv4, and Next Header values of IPv6 (IANA).
const (
	protoHopByHop    = 0
	protoUDP         = 17
	protoRouting     = 43
	protoFragment    = 44
	protoAuth        = 51
	protoDestination = 60
	protoMobility    = 135
	protoHIP         = 139
	protoShim6       = 140
)

const (
	ipv4HeaderMin  = 20
	ipv6HeaderSize = 40
	udpHeaderSize  = 8
)

// internet goes by the version of the IP header at the start of b.
func (p *packet) internet(d *Datagram, b []byte) (Reason, string) {
	if len(b) == 0 {
		return p.short("IP header", ipv4HeaderMin, 0)
	}
	switch b[0] >> 4 {
	case 4:
		return p.ipv4(d, b)
	case 6:
		return p.ipv6(d, b)
	}
	return Malformed, fmt.Sprintf("IP version: want 4 or 6, have %d", b[0]>>4)
}

// ipv4 reads RFC 791 section 3.1.
func (p *packet) ipv4(d *Datagram, b []byte) (Reason, string) {
	if len(b) < ipv4HeaderMin {
		return p.short("IPv4 header", ipv4HeaderMin, len(b))
	}
	size, total := int(b[0]&0x0f)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 {
		// Segmentation offload leaves the length to the network card.
		total = len(b)
	}
	if size < ipv4HeaderMin || total < size {
		return Malformed, fmt.Sprintf("IPv4 lengths: want header of at least %d within the total, have %d of %d", ipv4HeaderMin, size, total)
	}
	if b[9] != protoUDP {
		return NotUDP, ""
	}
	const moreFragments, offsetMask = 0x2000, 0x1fff
	if binary.BigEndian.Uint16(b[6:])&(moreFragments|offsetMask) != 0 {
		return Fragment, ""
	}
	if len(b) < size {
		return p.short("IPv4 header", size, len(b))
	}
	src, dst := netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
	return p.udp(d, src, dst, b[size:], total-size)
}

// ipv6 reads RFC 8200 sections 3 and 4 with its extension headers.
func (p *packet) ipv6(d *Datagram, b []byte) (Reason, string) {
	if len(b) < ipv6HeaderSize {
		return p.short("IPv6 header", ipv6HeaderSize, len(b))
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	if length == 0 {
		length = len(b) - ipv6HeaderSize
	}
	src, dst := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	next, rest := b[6], b[ipv6HeaderSize:min(ipv6HeaderSize+length, len(b))]
	for next != protoUDP {
		size := 0
		switch next {
		case protoHopByHop, protoRouting, protoDestination, protoMobility, protoHIP, protoShim6, protoFragment, protoAuth:
			if len(rest) < 8 {
				return p.short("IPv6 extension header", 8, len(rest))
			}
			size = 8 + 8*int(rest[1])
		default:
			return NotUDP, ""
		}
		switch next {
		case protoAuth:
			size = 8 + 4*int(rest[1])
		case protoFragment:
			const offsetAndMore = 0xfff9
			if binary.BigEndian.Uint16(rest[2:])&offsetAndMore != 0 {
				return Fragment, ""
			}
			size = 8
		}
		if len(rest) < size {
			return p.short("IPv6 extension header", size, len(rest))
		}
		next, rest, length = rest[0], rest[size:], length-size
	}
	return p.udp(d, src, dst, rest, length)
}

// udp reads RFC 768. b begins with what was captured of the length bytes that IP
// gives it; what fills up an Ethernet frame may follow.
func (p *packet) udp(d *Datagram, src, dst netip.Addr, b []byte, length int) (Reason, string) {
	if len(b) < udpHeaderSize {
		return p.short("UDP header", udpHeaderSize, len(b))
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case size < udpHeaderSize || size > length:
		return Malformed, fmt.Sprintf("UDP length: want %d..%d, have %d", udpHeaderSize, length, size)
	case size > len(b):
		return p.short("UDP datagram", size, len(b))
	}
	d.Src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(b))
	d.Dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[2:]))
	d.Payload = b[udpHeaderSize:size:size]
	return found, ""
}
