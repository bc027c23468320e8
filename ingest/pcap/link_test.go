package pcap

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// edit changes bytes from offset on in a copy.
func edit(b []byte, offset int, values ...byte) []byte {
	b = slices.Clone(b)
	copy(b[offset:], values)
	return b
}

func TestLinks(t *testing.T) {
	cooked := func(ether uint16) []byte {
		return binary.BigEndian.AppendUint16([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, ether)
	}
	cooked2 := func(ether uint16) []byte {
		return append(binary.BigEndian.AppendUint16(nil, ether), make([]byte, 18)...)
	}
	extension := func(next, units byte) []byte { return append([]byte{next, units}, make([]byte, 6+8*int(units))...) }
	tests := []struct {
		name string
		link linkType
		data []byte
		src  netip.AddrPort
	}{
		{"Ethernet IPv4", linkEthernet, slices.Concat(ether(etherIPv4), packet4()), src4},
		{"Ethernet IPv6", linkEthernet, slices.Concat(ether(etherIPv6), packet6()), src6},
		{"Ethernet filled up to 60 bytes", linkEthernet, slices.Concat(ether(etherIPv4), packet4(), make([]byte, 12)), src4},
		{"VLAN", linkEthernet, slices.Concat(ether(etherVLAN, etherIPv4), packet4()), src4},
		{"QinQ", linkEthernet, slices.Concat(ether(etherService, etherVLAN, etherIPv6), packet6()), src6},
		{"old QinQ", linkEthernet, slices.Concat(ether(etherOldQinQ, etherVLAN, etherIPv4), packet4()), src4},
		{"Linux cooked", linkSLL, slices.Concat(cooked(etherIPv4), packet4()), src4},
		{"Linux cooked with VLAN", linkSLL, slices.Concat(cooked(etherVLAN), []byte{0, 7, 0x86, 0xdd}, packet6()), src6},
		{"Linux cooked 2", linkSLL2, slices.Concat(cooked2(etherIPv6), packet6()), src6},
		{"raw IPv4", linkRaw, packet4(), src4},
		{"raw IPv6", linkRaw, packet6(), src6},
		{"raw as 12", linkRaw12, packet4(), src4},
		{"raw as 14", linkRaw14, packet4(), src4},
		{"IPv4 link", linkIPv4, packet4(), src4},
		{"IPv6 link", linkIPv6, packet6(), src6},
		{"BSD loopback, little endian", linkNull, slices.Concat([]byte{2, 0, 0, 0}, packet4()), src4},
		{"BSD loopback, big endian", linkNull, slices.Concat([]byte{0, 0, 0, 2}, packet4()), src4},
		{"macOS loopback IPv6", linkNull, slices.Concat([]byte{30, 0, 0, 0}, packet6()), src6},
		{"FreeBSD loopback IPv6", linkNull, slices.Concat([]byte{28, 0, 0, 0}, packet6()), src6},
		{"OpenBSD loopback", linkLoop, slices.Concat([]byte{0, 0, 0, 24}, packet6()), src6},
		{"IPv4 options", linkRaw, func() []byte {
			b := slices.Insert(packet4(), 20, 1, 1, 1, 1)
			b[0], b[3] = 0x46, b[3]+4
			return b
		}(), src4},
		{"IPv4 length left to the card", linkRaw, edit(packet4(), 2, 0, 0), src4},
		{"IPv6 length left to the card", linkRaw, edit(packet6(), 4, 0, 0), src6},
		{"IPv6 with three extension headers", linkRaw, ipv6(protoHopByHop, slices.Concat(
			extension(protoRouting, 0), extension(protoDestination, 2), extension(protoUDP, 1), udp(src6, dst6, payload))), src6},
		{"IPv6 authentication header", linkRaw, ipv6(protoAuth, slices.Concat(
			[]byte{protoUDP, 1}, make([]byte, 10), udp(src6, dst6, payload))), src6},
		{"IPv6 atomic fragment", linkRaw, ipv6(protoFragment, slices.Concat(
			extension(protoUDP, 0), udp(src6, dst6, payload))), src6},
		{"IPv6 atomic fragment with reserved bits", linkRaw, ipv6(protoFragment, slices.Concat(
			[]byte{protoUDP, 0xff, 0, 6, 0, 0, 0, 9}, udp(src6, dst6, payload))), src6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := readAll(classicFile(binary.LittleEndian, magicMicros, tt.link, record{data: tt.data}), Options{})
			if len(res.datagrams) != 1 || res.err != nil {
				t.Fatalf("got %+v", res)
			}
			d, dst := res.datagrams[0], dst4
			if tt.src == src6 {
				dst = dst6
			}
			if d.Src != tt.src || d.Dst != dst || string(d.Payload) != string(payload) {
				t.Errorf("got %v > %v %q", d.Src, d.Dst, d.Payload)
			}
		})
	}
}

func TestPassedOver(t *testing.T) {
	eth4 := func(ip []byte) []byte { return slices.Concat(ether(etherIPv4), ip) }
	tests := []struct {
		name   string
		link   linkType
		record record
		want   Reason
		what   string // of a fault
	}{
		{"ARP", linkEthernet, record{data: ether(0x0806)}, NotIP, ""},
		{"802.3 length", linkEthernet, record{data: ether(0x0026)}, NotIP, ""},
		{"loopback of another family", linkNull, record{data: []byte{7, 0, 0, 0}}, NotIP, ""},
		{"TCP", linkEthernet, record{data: eth4(ipv4(6, make([]byte, 20)))}, NotUDP, ""},
		{"ICMPv6", linkRaw, record{data: ipv6(58, make([]byte, 8))}, NotUDP, ""},
		{"no next header", linkRaw, record{data: ipv6(59, nil)}, NotUDP, ""},
		{"first fragment", linkEthernet, record{data: eth4(edit(packet4(), 6, 0x20))}, Fragment, ""},
		{"later fragment", linkEthernet, record{data: eth4(edit(packet4(), 6, 0x00, 0x01))}, Fragment, ""},
		{"IPv6 fragment", linkRaw, record{data: ipv6(protoFragment, append([]byte{protoUDP, 0, 0, 1, 0, 0, 0, 9}, make([]byte, 8)...))}, Fragment, ""},
		{"802.11", 105, record{data: make([]byte, 60)}, LinkType, ""},

		{"cut in Ethernet", linkEthernet, record{data: ether(etherIPv4)[:10], length: 90}, Cut, "Ethernet header: want 14 bytes, have 10"},
		{"cut in VLAN", linkEthernet, record{data: ether(etherVLAN), length: 90}, Cut, "VLAN tag: want 4 bytes, have 0"},
		{"cut in cooked", linkSLL, record{data: make([]byte, 15), length: 90}, Cut, "Linux cooked header: want 16 bytes, have 15"},
		{"cut in cooked 2", linkSLL2, record{data: make([]byte, 19), length: 90}, Cut, "Linux cooked 2 header: want 20 bytes, have 19"},
		{"cut in loopback", linkNull, record{data: make([]byte, 3), length: 90}, Cut, "loopback header: want 4 bytes, have 3"},
		{"cut before IP", linkRaw, record{length: 90}, Cut, "IP header: want 20 bytes, have 0"},
		{"cut in IPv4", linkRaw, record{data: packet4()[:19], length: 34}, Cut, "IPv4 header: want 20 bytes, have 19"},
		{"cut in IPv6", linkRaw, record{data: packet6()[:39], length: 54}, Cut, "IPv6 header: want 40 bytes, have 39"},
		{"cut in UDP header", linkRaw, record{data: packet4()[:27], length: 34}, Cut, "UDP header: want 8 bytes, have 7"},
		{"cut in payload", linkRaw, record{data: packet4()[:30], length: 34}, Cut, "UDP datagram: want 14 bytes, have 10"},

		{"short frame", linkEthernet, record{data: make([]byte, 13)}, Malformed, "Ethernet header: want 14 bytes, have 13"},
		{"IP version 5", linkRaw, record{data: edit(packet4(), 0, 0x55)}, Malformed, "IP version: want 4 or 6, have 5"},
		{"IPv4 header of 16", linkRaw, record{data: edit(packet4(), 0, 0x44)}, Malformed, "IPv4 lengths: want header of at least 20 within the total, have 16 of 34"},
		{"IPv4 total below header", linkRaw, record{data: edit(packet4(), 2, 0, 19)}, Malformed, "IPv4 lengths: want header of at least 20 within the total, have 20 of 19"},
		{"IPv4 total above the frame", linkRaw, record{data: edit(packet4()[:30], 3, 34)}, Malformed, "UDP datagram: want 14 bytes, have 10"},
		{"UDP length of 7", linkRaw, record{data: edit(packet4(), 24, 0, 7)}, Malformed, "UDP length: want 8..14, have 7"},
		{"UDP length above IP's", linkRaw, record{data: edit(packet4(), 24, 0, 15)}, Malformed, "UDP length: want 8..14, have 15"},
		{"IPv6 extension beyond the end", linkRaw, record{data: ipv6(protoRouting, []byte{protoUDP, 9, 0, 0, 0, 0, 0, 0})}, Malformed, "IPv6 extension header: want 80 bytes, have 8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := readAll(classicFile(binary.BigEndian, magicMicros, tt.link, tt.record), Options{})
			want := Stats{Packets: 1}
			want.Passed[tt.want] = 1
			if res.stats != want || res.err != nil {
				t.Fatalf("got %+v, want %v", res, tt.want)
			}
			if !tt.want.Damage() {
				if len(res.faults) > 0 {
					t.Errorf("other traffic is no fault: %+v", res.faults)
				}
				return
			}
			wantFault := Fault{Packet: 1, Offset: 24, Reason: tt.want, What: tt.what}
			if len(res.faults) != 1 || res.faults[0] != wantFault {
				t.Errorf("got %+v, want %+v", res.faults, wantFault)
			}
		})
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range NumReasons {
		if r.String() == "" || strings.Contains(r.String(), "(") || seen[r.String()] {
			t.Errorf("reason %d: name %q", uint8(r), r)
		}
		seen[r.String()] = true
	}
}
