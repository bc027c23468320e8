package interop

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// loopback is where all of it happens.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// given are the blocks that some test of this binary has.
var given struct {
	sync.Mutex
	blocks map[int]bool
}

// ports returns the first of n neighbouring ports, an even one, that are free
// for UDP and TCP. They lie below those that kernels give away by themselves
// and belong to this test until the binary ends.
func ports(t *testing.T, n int) int {
	t.Helper()
	given.Lock()
	defer given.Unlock()
	if given.blocks == nil {
		given.blocks = map[int]bool{}
	}
	const low, high, block = 20_000, 32_000, 64
	if n > block {
		t.Fatalf("%d ports asked for, a block has %d", n, block)
	}
	for range 200 {
		first := low + block*rand.IntN((high-low)/block)
		if !given.blocks[first] && free(first, n) {
			given.blocks[first] = true
			return first
		}
	}
	t.Fatalf("no %d free ports in %d..%d", n, low, high)
	return 0
}

func free(first, n int) bool {
	for port := first; port < first+n; port++ {
		udp, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		udp.Close()
		tcp, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return false
		}
		tcp.Close()
	}
	return true
}

// at is a port of loopback.
func at(port int) netip.AddrPort { return netip.AddrPortFrom(loopback, uint16(port)) }

// socket is a UDP socket of loopback that lives as long as the test; port 0 is
// any.
func socket(t *testing.T, port int) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at(port)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// address is where a socket of ours is.
func address(a net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		panic(err)
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
