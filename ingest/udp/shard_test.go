package udp

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func drawAddr(t *rapid.T, name string) netip.AddrPort {
	size := rapid.SampledFrom([]int{4, 16}).Draw(t, name+" size")
	a, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, name))
	return netip.AddrPortFrom(a, rapid.Uint16().Draw(t, name+" port"))
}

func TestShardIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawAddr(t, "a"), drawAddr(t, "b")
		n := rapid.IntRange(-1, 1000).Draw(t, "n")
		there, back := Shard(a, b, n), Shard(b, a, n)
		if there != back || there < 0 || there >= max(n, 1) {
			t.Fatalf("%d there, %d back of %d", there, back, n)
		}
		mapped := netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
		if Shard(mapped, b, n) != there {
			t.Fatal("an IPv4 address written as IPv6 is another")
		}
	})
}

// TestShardIsStable: a release that changed these would send the two halves of
// a call to different workers while it is rolled out.
func TestShardIsStable(t *testing.T) {
	a, b := netip.MustParseAddrPort("192.0.2.1:5004"), netip.MustParseAddrPort("198.51.100.7:40001")
	c := netip.MustParseAddrPort("[2001:db8::1]:5005")
	got := []int{Shard(a, b, 16), Shard(a, c, 16), Shard(b, c, 16), Shard(a, b, 1000), Shard(c, c, 1000), Shard(netip.AddrPort{}, netip.AddrPort{}, 1000)}
	want := []int{2, 4, 10, 171, 605, 808}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// TestShardSpreads port pairs of one relay, which differ in few bits.
func TestShardSpreads(t *testing.T) {
	const n, pairs = 8, 8000
	var load [n]int
	relay := netip.MustParseAddr("192.0.2.1")
	for i := range pairs {
		var peer [4]byte
		binary.BigEndian.PutUint32(peer[:], 0x0a000000+uint32(i/100))
		port := uint16(40001 + 2*i)
		load[Shard(netip.AddrPortFrom(relay, port), netip.AddrPortFrom(netip.AddrFrom4(peer), 5005), n)]++
	}
	for i, have := range load {
		if have < pairs/n*8/10 || have > pairs/n*12/10 {
			t.Errorf("shard %d has %d of %d", i, have, pairs)
		}
	}
}
