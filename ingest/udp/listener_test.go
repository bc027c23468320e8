package udp

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// small are options that make rings fill and wrap quickly.
func small(o Options) Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	o.Slots, o.SlotBytes = 64, 256
	if o.BatchSize == 0 {
		o.BatchSize = 16
	}
	o.ReceiveBufferBytes = 1 << 20
	return o
}

// collector is a consumer that keeps what it is given.
type collector struct {
	mu   sync.Mutex
	all  []Datagram
	more chan struct{}
}

func newCollector() *collector { return &collector{more: make(chan struct{}, 1)} }

func (c *collector) take(batch []Datagram) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range batch {
		d.Payload = slices.Clone(d.Payload)
		c.all = append(c.all, d)
	}
	select {
	case c.more <- struct{}{}:
	default:
	}
}

func (c *collector) snapshot() []Datagram {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// await returns what there is once it is n datagrams.
func (c *collector) await(t *testing.T, n int) []Datagram {
	t.Helper()
	for late := time.After(10 * time.Second); ; {
		if all := c.snapshot(); len(all) >= n {
			return all
		}
		select {
		case <-c.more:
		case <-late:
			t.Fatalf("%d datagrams of %d after 10 s", len(c.snapshot()), n)
		}
	}
}

// start listens and runs until the test ends.
func start(t *testing.T, o Options, f func([]Datagram)) *Listener {
	t.Helper()
	l, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- l.Run(context.Background(), f) }()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ran; err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	return l
}

func dial(t testing.TB, to netip.AddrPort) *net.UDPConn {
	t.Helper()
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t testing.TB, c *net.UDPConn, payloads ...[]byte) {
	t.Helper()
	for _, p := range payloads {
		if _, err := c.Write(p); err != nil {
			t.Fatal(err)
		}
	}
}

// numbered is the payload of the n-th datagram that a test sends.
func numbered(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func number(d Datagram) int { return int(binary.BigEndian.Uint64(d.Payload)) }

func TestReceive(t *testing.T) {
	c := newCollector()
	begin := time.Now()
	l := start(t, small(Options{}), c.take)
	conn := dial(t, l.Addr())
	send(t, conn, []byte("one"), nil, []byte("three"))
	got := c.await(t, 3)
	for i, want := range []string{"one", "", "three"} {
		d := got[i]
		if d.Seq != uint64(i+1) || string(d.Payload) != want || d.Size != len(want) || d.Payload == nil && want != "" || d.Refused != Accepted || d.Replayed {
			t.Errorf("datagram %d: %+v", i, d)
		}
		if d.Src != conn.LocalAddr().(*net.UDPAddr).AddrPort() || d.Dst != l.Addr() {
			t.Errorf("datagram %d: %v > %v, want %v > %v", i, d.Src, d.Dst, conn.LocalAddr(), l.Addr())
		}
		// The kernel's clock is ours, save for what a step of it may add.
		if d.At.Before(begin.Add(-time.Second)) || d.At.After(time.Now().Add(time.Second)) || d.At.Location() != time.UTC {
			t.Errorf("datagram %d: received at %v, test began at %v", i, d.At, begin)
		}
	}
	s := l.Stats()
	if s.Received != 3 || s.ReceivedBytes != 8 || s.Unreleased != 3 || s.Slots != 64 || s.Batches == 0 {
		t.Errorf("stats: %+v", s)
	}
	if s.ReceiveBufferAsked != 1<<20 || s.ReceiveBufferBytes < 4096 {
		t.Errorf("receive buffer: %+v", s)
	}
}

func TestAddressFamilies(t *testing.T) {
	tests := []struct{ name, listen, dial string }{
		{"IPv4", "127.0.0.1:0", "127.0.0.1"},
		{"IPv6", "[::1]:0", "::1"},
		{"IPv4 on all addresses", "0.0.0.0:0", "127.0.0.2"},
		{"IPv4 on a socket of both", ":0", "127.0.0.2"},
		{"IPv6 on a socket of both", ":0", "::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCollector()
			probe, err := net.ListenPacket("udp", net.JoinHostPort(tt.dial, "0"))
			if err != nil {
				t.Skipf("this machine has no %s: %v", tt.dial, err)
			}
			probe.Close()
			l := start(t, small(Options{Addr: tt.listen}), c.take)
			to := netip.AddrPortFrom(netip.MustParseAddr(tt.dial), l.Addr().Port())
			conn := dial(t, to)
			send(t, conn, numbered(1))
			d := c.await(t, 1)[0]
			if d.Src != conn.LocalAddr().(*net.UDPAddr).AddrPort() {
				t.Errorf("from %v, want %v", d.Src, conn.LocalAddr())
			}
			if told := d.Dst == to; !told && !(d.Dst.Addr().IsUnspecified() && d.Dst.Port() == to.Port() && !crashProof) {
				t.Errorf("to %v, want %v", d.Dst, to)
			}
		})
	}
}

func TestTooLong(t *testing.T) {
	c := newCollector()
	l := start(t, small(Options{}), c.take)
	send(t, dial(t, l.Addr()), make([]byte, 256), make([]byte, 257), make([]byte, 1000), numbered(1))
	got := c.await(t, 4)
	for i, want := range []Refusal{Accepted, TooLong, TooLong, Accepted} {
		if got[i].Refused != want || (got[i].Payload == nil) != (want != Accepted) || got[i].Seq != uint64(i+1) {
			t.Errorf("datagram %d: %+v", i, got[i])
		}
	}
	if crashProof && got[2].Size != 1000 {
		t.Errorf("size of a cut datagram: %d", got[2].Size)
	}
	if s := l.Stats(); s.TooLong != 2 || s.Received != 4 {
		t.Errorf("stats: %+v", s)
	}
}

// TestFullRingPauses: reading stops at a full ring, nothing is overwritten, and
// what waits in the kernel comes after Release, several times around the ring.
func TestFullRingPauses(t *testing.T) {
	const total = 1000
	c := newCollector()
	held := map[uint64][]byte{} // payloads as they are in the ring
	var mu sync.Mutex
	l := start(t, small(Options{}), func(batch []Datagram) {
		mu.Lock()
		for _, d := range batch {
			held[d.Seq] = d.Payload
		}
		mu.Unlock()
		c.take(batch)
	})
	conn := dial(t, l.Addr())
	for n := 1; n <= total; n++ {
		send(t, conn, numbered(n))
	}
	for released := 0; released < total; {
		ready := min(released+64, total)
		got := c.await(t, ready)
		if len(got) > released+64 {
			t.Fatalf("%d handed over with %d released", len(got), released)
		}
		mu.Lock()
		for n := released + 1; n <= ready; n++ {
			if !slices.Equal(held[uint64(n)], numbered(n)) {
				t.Fatalf("payload of %d was overwritten before its release", n)
			}
		}
		mu.Unlock()
		released = min(released+7, total)
		l.Release(uint64(released))
	}
	for i, d := range c.snapshot() {
		if d.Seq != uint64(i+1) || number(d) != i+1 {
			t.Fatalf("datagram %d: %+v", i, d)
		}
	}
	if s := l.Stats(); s.Pauses == 0 || s.Unreleased != 0 || s.KernelDrops != 0 {
		t.Errorf("stats: %+v", s)
	}
}

func TestReleaseIsForgiving(t *testing.T) {
	c := newCollector()
	l := start(t, small(Options{}), c.take)
	l.Release(0)
	l.Release(99) // nothing was given yet
	send(t, dial(t, l.Addr()), numbered(1), numbered(2), numbered(3))
	c.await(t, 3)
	for _, step := range []struct {
		seq  uint64
		left int
	}{{0, 3}, {2, 1}, {1, 1}, {1 << 63, 0}, {3, 0}} {
		l.Release(step.seq)
		if got := l.Stats().Unreleased; got != step.left {
			t.Errorf("Release(%d) leaves %d, want %d", step.seq, got, step.left)
		}
	}
}

// TestCloseDrains: what the kernel has when Close is called is handed over.
func TestCloseDrains(t *testing.T) {
	c := newCollector()
	l, err := Listen(small(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	inside, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	ran := make(chan error, 1)
	go func() {
		ran <- l.Run(context.Background(), func(batch []Datagram) {
			c.take(batch)
			once.Do(func() { close(inside); <-goOn })
		})
	}()
	conn := dial(t, l.Addr())
	send(t, conn, numbered(1))
	<-inside
	for n := 2; n <= 40; n++ {
		send(t, conn, numbered(n)) // wait in the kernel: Run stands in the function
	}
	closed := make(chan error, 1)
	go func() { closed <- l.Close() }()
	close(goOn)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	if got := c.snapshot(); len(got) != 40 {
		t.Errorf("%d datagrams of 40", len(got))
	}
}

func TestRunOnce(t *testing.T) {
	l, err := Listen(small(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Run(ctx, func([]Datagram) {}); err != nil {
		t.Errorf("Run that is cancelled: %v", err)
	}
	if err := l.Run(context.Background(), func([]Datagram) {}); !errors.Is(err, ErrRunning) {
		t.Errorf("second Run: %v", err)
	}
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	l.Release(1)
	if s := l.Stats(); s.Slots != 64 {
		t.Errorf("stats of a closed listener: %+v", s)
	}
	closed, err := Listen(small(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Error(err)
	}
	if err := closed.Run(context.Background(), func([]Datagram) {}); !errors.Is(err, ErrClosed) {
		t.Errorf("Run of a closed listener: %v", err)
	}
}

// TestInheritedSocketStays: a socket that was passed in is not drained and not
// closed for its owner.
func TestInheritedSocketStays(t *testing.T) {
	owner, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	conn := dial(t, owner.LocalAddr().(*net.UDPAddr).AddrPort())
	send(t, conn, numbered(1))
	for round := 1; round <= 3; round++ {
		file, err := owner.File()
		if err != nil {
			t.Fatal(err)
		}
		l, err := Listen(small(Options{File: file}))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		c := newCollector()
		ctx, cancel := context.WithCancel(context.Background())
		if err := l.Run(ctx, func(batch []Datagram) {
			c.take(batch)
			send(t, conn, numbered(round+1)) // waits for the next listener
			cancel()
		}); err != nil {
			t.Error(err)
		}
		if got := c.snapshot(); len(got) != 1 || number(got[0]) != round {
			t.Errorf("round %d: %+v", round, got)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, tt := range []struct {
		options Options
		text    string
	}{
		{Options{Slots: 63}, "Slots: want a multiple of 1 in 64..1048576, have 63"},
		{Options{Slots: -1}, "Slots"},
		{Options{SlotBytes: 300}, "SlotBytes: want a multiple of 64 in 256..65536, have 300"},
		{Options{BatchSize: 1025}, "BatchSize"},
		{Options{ReceiveBufferBytes: 1}, "ReceiveBufferBytes"},
		{Options{Addr: "nonsense"}, "nonsense"},
	} {
		if l, err := Listen(tt.options); err == nil {
			l.Close()
			t.Errorf("%+v is accepted", tt.options)
		} else if !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%v does not say %q", err, tt.text)
		}
	}
}

// TestNewRingGoesOn: a ring that is new does not give numbers that are done with.
func TestNewRingGoesOn(t *testing.T) {
	l, err := Listen(Options{Addr: "127.0.0.1:0", RingPath: t.TempDir() + "/new.ring", After: 41})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("udp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []uint64
	if err := l.Run(ctx, func(batch []Datagram) {
		for i := range batch {
			got = append(got, batch[i].Seq)
		}
		l.Release(batch[len(batch)-1].Seq)
		cancel()
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0] != 42 {
		t.Errorf("numbers %v, want 42", got)
	}
}
