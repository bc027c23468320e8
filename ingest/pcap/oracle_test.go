package pcap_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
)

// sent is a datagram that another library wrote into a capture.
type sent struct {
	at       time.Time
	src, dst netip.AddrPort
	payload  []byte
}

// drawFrame makes an Ethernet frame with that library's encoders.
func drawFrame(t *rapid.T) ([]byte, sent) {
	s := sent{
		at:      time.Unix(rapid.Int64Range(0, 1<<32-1).Draw(t, "second"), rapid.Int64Range(0, 999_999).Draw(t, "micro")*1000).UTC(),
		payload: rapid.SliceOfN(rapid.Byte(), 0, 1200).Draw(t, "payload"),
	}
	eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}}
	stack := []gopacket.SerializableLayer{eth}
	next := &eth.EthernetType
	for range rapid.IntRange(0, 2).Draw(t, "tags") {
		tag := &layers.Dot1Q{VLANIdentifier: rapid.Uint16Max(4094).Draw(t, "vlan")}
		*next = layers.EthernetTypeDot1Q
		next = &tag.Type
		stack = append(stack, tag)
	}
	udp := &layers.UDP{SrcPort: layers.UDPPort(rapid.Uint16().Draw(t, "sport")), DstPort: layers.UDPPort(rapid.Uint16().Draw(t, "dport"))}
	size := 4
	if rapid.Bool().Draw(t, "ipv6") {
		size = 16
	}
	address := func(name string) netip.Addr {
		a, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, name))
		return a
	}
	src, dst := address("src"), address("dst")
	if size == 4 {
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
		*next = layers.EthernetTypeIPv4
		stack = append(stack, ip)
		_ = udp.SetNetworkLayerForChecksum(ip)
	} else {
		ip := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
		*next = layers.EthernetTypeIPv6
		stack = append(stack, ip)
		_ = udp.SetNetworkLayerForChecksum(ip)
	}
	s.src, s.dst = netip.AddrPortFrom(src, uint16(udp.SrcPort)), netip.AddrPortFrom(dst, uint16(udp.DstPort))
	buffer := gopacket.NewSerializeBuffer()
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buffer, options, append(stack, udp, gopacket.Payload(s.payload))...); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes(), s
}

// packetWriter is what that library's two writers have in common.
type packetWriter interface {
	WritePacket(gopacket.CaptureInfo, []byte) error
}

// TestReadsWhatAnotherLibraryWrites in both formats.
func TestReadsWhatAnotherLibraryWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		var w packetWriter
		flush := func() error { return nil }
		switch rapid.IntRange(0, 2).Draw(t, "format") {
		case 0:
			pw := pcapgo.NewWriter(&file)
			if err := pw.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
				t.Fatal(err)
			}
			w = pw
		case 1:
			pw := pcapgo.NewWriterNanos(&file)
			if err := pw.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
				t.Fatal(err)
			}
			w = pw
		case 2:
			nw, err := pcapgo.NewNgWriter(&file, layers.LinkTypeEthernet)
			if err != nil {
				t.Fatal(err)
			}
			w, flush = nw, nw.Flush
		}
		var want []sent
		for range rapid.IntRange(0, 5).Draw(t, "packets") {
			frame, s := drawFrame(t)
			if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: s.at, CaptureLength: len(frame), Length: len(frame)}, frame); err != nil {
				t.Fatal(err)
			}
			want = append(want, s)
		}
		if err := flush(); err != nil {
			t.Fatal(err)
		}
		r, err := pcap.NewReader(&file, pcap.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var d pcap.Datagram
		for i, s := range want {
			if err := r.Next(&d); err != nil {
				t.Fatalf("packet %d: %v", i+1, err)
			}
			if !d.At.Equal(s.at) || d.Src != s.src || d.Dst != s.dst || !bytes.Equal(d.Payload, s.payload) {
				t.Fatalf("packet %d: got %+v, want %+v", i+1, d, s)
			}
		}
		if err := r.Next(&d); !errors.Is(err, io.EOF) {
			t.Fatalf("behind the last: %v", err)
		}
	})
}
