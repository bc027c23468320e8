package synthetic

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// OnWire is one UDP datagram as a capture has it.
type OnWire struct {
	At       time.Time
	Src, Dst netip.AddrPort
	Payload  []byte
}

// Pcap writes a capture file of raw IP packets (LINKTYPE_RAW) in the order given,
// with times in microseconds. Both addresses of a datagram are of one family.
// Checksums are zero: readers of captures cannot rely on them.
func Pcap(datagrams []OnWire) []byte {
	const (
		magic   = 0xa1b2c3d4
		linkRaw = 101
		snap    = 65535
	)
	b := binary.LittleEndian.AppendUint32(nil, magic)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	for _, word := range []uint32{0, 0, snap, linkRaw} {
		b = binary.LittleEndian.AppendUint32(b, word)
	}
	for i := range datagrams {
		d := &datagrams[i]
		packet := ipPacket(d)
		for _, word := range []uint32{uint32(d.At.Unix()), uint32(d.At.Nanosecond() / 1000), uint32(len(packet)), uint32(len(packet))} {
			b = binary.LittleEndian.AppendUint32(b, word)
		}
		b = append(b, packet...)
	}
	return b
}

// ipPacket is a datagram with its UDP and IP headers (RFC 768, 791, 8200).
func ipPacket(d *OnWire) []byte {
	const protoUDP, hops = 17, 64
	size := 8 + len(d.Payload)
	var b []byte
	if d.Src.Addr().Is4() {
		b = binary.BigEndian.AppendUint16([]byte{0x45, 0}, uint16(20+size))
		b = append(b, 0, 0, 0, 0, hops, protoUDP, 0, 0)
	} else {
		b = binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(size))
		b = append(b, protoUDP, hops)
	}
	b = append(append(b, d.Src.Addr().AsSlice()...), d.Dst.Addr().AsSlice()...)
	for _, half := range []uint16{d.Src.Port(), d.Dst.Port(), uint16(size), 0} {
		b = binary.BigEndian.AppendUint16(b, half)
	}
	return append(b, d.Payload...)
}
