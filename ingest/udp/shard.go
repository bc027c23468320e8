package udp

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// Shard spreads datagrams over n workers so that both directions between two
// addresses come to the same one. It is 0..n-1, and 0 for n below 2. The value
// depends on nothing but its arguments: it is the same in every process and
// release, and for an IPv4 address written as IPv6.
func Shard(src, dst netip.AddrPort, n int) int {
	if n < 2 {
		return 0
	}
	// A sum does not know the order of its terms.
	high, _ := bits.Mul64(mix(hashAddr(src)+hashAddr(dst)), uint64(n))
	return int(high)
}

func hashAddr(a netip.AddrPort) uint64 {
	b := a.Addr().As16()
	h := mix(uint64(a.Port()) + 1)
	h = mix(h ^ binary.BigEndian.Uint64(b[:8]))
	return mix(h ^ binary.BigEndian.Uint64(b[8:]))
}

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood 2014): each bit of the
// result depends on every bit of x.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
