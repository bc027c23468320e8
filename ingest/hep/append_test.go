package hep_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// packets draws any packet that Append can write.
func packets(t *rapid.T) *hep.Packet {
	v6 := rapid.Bool().Draw(t, "v6")
	addr := func(label string) netip.Addr {
		if v6 {
			// Decode gives a mapped address as IPv4, so it is no fixed point.
			b := rapid.SliceOfN(rapid.Byte(), 15, 15).Draw(t, label)
			return netip.AddrFrom16([16]byte(append([]byte{0x20}, b...)))
		}
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, label)))
	}
	text := func(label string) []byte {
		return rapid.OneOf(rapid.Just([]byte(nil)), rapid.SliceOfN(rapid.Byte(), 0, 40)).Draw(t, label)
	}
	p := &hep.Packet{
		Src:              netip.AddrPortFrom(addr("src"), rapid.Uint16().Draw(t, "sport")),
		Dst:              netip.AddrPortFrom(addr("dst"), rapid.Uint16().Draw(t, "dport")),
		Proto:            hep.Proto(rapid.Uint8().Draw(t, "proto")),
		IPProto:          rapid.Uint8().Draw(t, "ipproto"),
		KeepAliveSeconds: rapid.Uint16().Draw(t, "keepalive"),
		AuthKey:          text("key"),
		CorrelationID:    text("call"),
		NodeName:         text("node"),
		Payload:          text("payload"),
	}
	if len(p.Payload) == 0 {
		p.Payload = nil
	}
	if rapid.Bool().Draw(t, "has time") {
		p.Time = time.Unix(rapid.Int64Range(1, 1<<32-1).Draw(t, "seconds"), rapid.Int64Range(0, 999_999).Draw(t, "micros")*1000).UTC()
	}
	if p.HasCaptureID = rapid.Bool().Draw(t, "has id"); p.HasCaptureID {
		p.CaptureID = rapid.Uint32().Draw(t, "id")
	}
	if p.HasVLAN = rapid.Bool().Draw(t, "has vlan"); p.HasVLAN {
		p.VLAN = rapid.Uint16().Draw(t, "vlan")
	}
	return p
}

func TestAppendIsInverse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := packets(rt)
		before := []byte("what was there")
		b, err := hep.Append(before, want)
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.HasPrefix(b, before) {
			rt.Fatal("what was there is gone")
		}
		var d hep.Decoder
		var got hep.Packet
		if err := d.Decode(b[len(before):], &got); err != nil {
			rt.Fatalf("%v: %x", err, b)
		}
		samePacket(t, &got, want)
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func TestAppendRefuses(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("[2001:db8::1]:1")
	for name, tc := range map[string]struct {
		p  hep.Packet
		is error
	}{
		"payload": {hep.Packet{Payload: make([]byte, hep.MaxPacketBytes)}, hep.ErrTooLarge},
		"node":    {hep.Packet{NodeName: make([]byte, 70_000)}, hep.ErrTooLarge},
		"mixed":   {hep.Packet{Src: v4, Dst: v6}, hep.ErrValue},
		"1969":    {hep.Packet{Time: time.Unix(-1, 0)}, hep.ErrValue},
		"2107":    {hep.Packet{Time: time.Unix(1<<32, 0)}, hep.ErrValue},
	} {
		got, err := hep.Append([]byte("x"), &tc.p)
		if !errors.Is(err, tc.is) || string(got) != "x" {
			t.Errorf("%s: %d bytes, %v; want %v and the slice as it was", name, len(got), err, tc.is)
		}
	}
	// 65535 bytes are a packet: 6 header, 2 addresses of 10, family and type of 7, 6 of chunk header.
	p := hep.Packet{Src: netip.AddrPortFrom(v4.Addr(), 0), Dst: netip.AddrPortFrom(v4.Addr(), 0), Payload: make([]byte, hep.MaxPacketBytes-6-20-14-6)}
	b, err := hep.Append(nil, &p)
	if err != nil || len(b) != hep.MaxPacketBytes {
		t.Fatalf("the longest packet: %d bytes, %v", len(b), err)
	}
	var d hep.Decoder
	var got hep.Packet
	if err := d.Decode(b, &got); err != nil || len(got.Payload) != len(p.Payload) {
		t.Errorf("the longest packet: %v", err)
	}
}
