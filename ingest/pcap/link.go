package pcap

import (
	"encoding/binary"
	"fmt"
)

// linkType is a LINKTYPE_ value of tcpdump.org's registry.
type linkType uint16

const (
	linkNull     linkType = 0   // BSD loopback, host byte order
	linkEthernet linkType = 1   // IEEE 802.3
	linkRaw12    linkType = 12  // raw IP as most systems' DLT_RAW
	linkRaw14    linkType = 14  // raw IP as OpenBSD's DLT_RAW
	linkRaw      linkType = 101 // raw IP
	linkLoop     linkType = 108 // OpenBSD loopback, network byte order
	linkSLL      linkType = 113 // Linux cooked, version 1
	linkIPv4     linkType = 228
	linkIPv6     linkType = 229
	linkSLL2     linkType = 276 // Linux cooked, version 2
)

// EtherTypes (IEEE 802 registry).
const (
	etherIPv4    = 0x0800
	etherIPv6    = 0x86dd
	etherVLAN    = 0x8100 // IEEE 802.1Q
	etherService = 0x88a8 // IEEE 802.1ad, QinQ
	etherOldQinQ = 0x9100 // QinQ before 802.1ad
)

// found is the outcome of decoding that leaves a datagram; no packet is passed
// over for it.
const found = NumReasons

// decode fills addresses and payload of d from a captured packet. It returns
// found, or why there is no datagram.
func decode(p *packet, d *Datagram) (Reason, string) {
	b := p.data
	switch p.linkType {
	case linkEthernet:
		if len(b) < 14 {
			return p.short("Ethernet header", 14, len(b))
		}
		return p.network(d, binary.BigEndian.Uint16(b[12:]), b[14:])
	case linkSLL:
		if len(b) < 16 {
			return p.short("Linux cooked header", 16, len(b))
		}
		return p.network(d, binary.BigEndian.Uint16(b[14:]), b[16:])
	case linkSLL2:
		if len(b) < 20 {
			return p.short("Linux cooked 2 header", 20, len(b))
		}
		return p.network(d, binary.BigEndian.Uint16(b), b[20:])
	case linkNull, linkLoop:
		if len(b) < 4 {
			return p.short("loopback header", 4, len(b))
		}
		return p.family(d, b)
	case linkRaw, linkRaw12, linkRaw14, linkIPv4, linkIPv6:
		return p.internet(d, b)
	}
	return LinkType, ""
}

// network goes by the EtherType in front of b, through any number of VLAN tags.
func (p *packet) network(d *Datagram, ether uint16, b []byte) (Reason, string) {
	for ether == etherVLAN || ether == etherService || ether == etherOldQinQ {
		if len(b) < 4 {
			return p.short("VLAN tag", 4, len(b))
		}
		ether, b = binary.BigEndian.Uint16(b[2:]), b[4:]
	}
	if ether != etherIPv4 && ether != etherIPv6 {
		return NotIP, ""
	}
	return p.internet(d, b)
}

// family goes by the address family of a loopback header. Its byte order is
// that of the capturing machine, which the file does not tell; the numbers are
// small, so the half that is not zero does.
func (p *packet) family(d *Datagram, b []byte) (Reason, string) {
	number := binary.BigEndian.Uint32(b)
	if number>>16 != 0 {
		number = binary.LittleEndian.Uint32(b)
	}
	switch number {
	case 2, 10, 24, 28, 30: // AF_INET; AF_INET6 of Linux, NetBSD, FreeBSD, macOS
		return p.internet(d, b[4:])
	}
	return NotIP, ""
}

// short is for a header that is not all there: cut by the capture, or never whole.
func (p *packet) short(header string, want, have int) (Reason, string) {
	what := fmt.Sprintf("%s: want %d bytes, have %d", header, want, have)
	if int64(len(p.data)) < p.wireLength {
		return Cut, what
	}
	return Malformed, what
}
