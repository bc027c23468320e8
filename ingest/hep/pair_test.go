package hep_test

import (
	"net/netip"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// FuzzPair: what Decode takes, Pair reads the same addresses of; what it cannot
// walk it says no to.
func FuzzPair(f *testing.F) {
	for _, p := range []hep.Packet{
		{Src: netip.MustParseAddrPort("192.0.2.1:4001"), Dst: netip.MustParseAddrPort("198.51.100.2:5001"), Proto: hep.ProtoRTCP, Payload: []byte("x")},
		{Src: netip.MustParseAddrPort("[2001:db8::1]:4001"), Dst: netip.MustParseAddrPort("[2001:db8::2]:1"), Proto: hep.ProtoSIP, Payload: []byte("x")},
		{HasCaptureID: true},
	} {
		b, err := hep.Append(nil, &p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		src, dst, ok := hep.Pair(b)
		var d hep.Decoder
		var p hep.Packet
		if err := d.Decode(b, &p); err != nil {
			return
		}
		whole := p.Src.Addr().IsValid() && p.Dst.Addr().IsValid()
		if ok != whole {
			t.Fatalf("Pair %v, the packet has addresses %v and %v", ok, p.Src, p.Dst)
		}
		unmap := func(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
		if whole && (src != unmap(p.Src) || dst != unmap(p.Dst)) {
			t.Fatalf("Pair %v and %v, the packet has %v and %v", src, dst, p.Src, p.Dst)
		}
	})
}
