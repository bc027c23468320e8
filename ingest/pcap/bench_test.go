package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

const benchPackets = 1000

func benchFile() []byte {
	return classicFile(binary.LittleEndian, magicMicros, linkEthernet, slices.Repeat([]record{{data: frame4}}, benchPackets)...)
}

// BenchmarkReader gives the time of a thousand packets.
func BenchmarkReader(b *testing.B) {
	file := benchFile()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := NewReader(bytes.NewReader(file), Options{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for d := (Datagram{}); r.Next(&d) == nil; n++ {
		}
		if n != benchPackets {
			b.Fatal(n)
		}
	}
}

// BenchmarkGopacket is the baseline: the library's reader and its fast parser.
func BenchmarkGopacket(b *testing.B) {
	file := benchFile()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := pcapgo.NewReader(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		var (
			eth   layers.Ethernet
			ip4   layers.IPv4
			ip6   layers.IPv6
			udp   layers.UDP
			rest  gopacket.Payload
			kinds []gopacket.LayerType
		)
		parser := gopacket.NewDecodingLayerParser(layers.LayerTypeEthernet, &eth, &ip4, &ip6, &udp, &rest)
		n := 0
		for ; ; n++ {
			data, _, err := r.ZeroCopyReadPacketData()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			if err := parser.DecodeLayers(data, &kinds); err != nil {
				b.Fatal(err)
			}
		}
		if n != benchPackets {
			b.Fatal(n)
		}
	}
}
