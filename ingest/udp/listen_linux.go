//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernelBackend reads with recvmmsg straight into the ring.
type kernelBackend struct {
	conn    *net.UDPConn
	raw     rawConn
	local   netip.AddrPort
	outside bool // the socket is somebody else's too
	granted int

	mapping mapping
	ring    *ring
	found   recovery

	// Of the call of receive that is under way; fields, so that the function
	// given to raw.Read is made once and nothing is allocated per call.
	seq   uint64
	room  int
	wait  bool
	n     int
	errno unix.Errno
	// try and tryOnce are tryReceive as the two ways to call it need it.
	try     func(fd uintptr) bool
	tryOnce func(fd uintptr)

	drops  dropCounter
	errors atomic.Uint64
	closed atomic.Bool
}

// rawConn is what is needed of syscall.RawConn.
type rawConn interface {
	Read(func(fd uintptr) (done bool)) error
	Control(func(fd uintptr)) error
}

func open(o Options) (backend, error) {
	l := layoutFor(o.Slots, o.SlotBytes, messageSize, slotSize)
	m, created, err := openMapping(o.RingPath, l)
	if err != nil {
		return nil, fmt.Errorf("ring: %w", err)
	}
	b := &kernelBackend{mapping: m, ring: newRing(m.memory, l), outside: o.File != nil}
	if err := b.recover(o, created); err != nil {
		return nil, errors.Join(fmt.Errorf("ring: %w", err), m.close(false))
	}
	if err := b.openSocket(o); err != nil {
		return nil, errors.Join(err, m.close(false))
	}
	b.try = b.tryReceive
	b.tryOnce = func(fd uintptr) { b.tryReceive(fd) }
	return b, nil
}

func (b *kernelBackend) recover(o Options, created bool) error {
	id, err := bootID()
	if err != nil {
		return err
	}
	sameBoot := created || b.mapping.sameBoot(id)
	if created {
		atomic.StoreUint64(b.ring.head, o.After+1)
	}
	b.found = b.ring.recover(sameBoot)
	b.mapping.setBoot(id)
	if !sameBoot {
		o.Logger.Warn("the ring is of an earlier boot: what its checksums vouch for is replayed", "count", b.found.tail-b.found.head)
	}
	if b.found.torn > 0 {
		o.Logger.Warn("the last process died while the kernel wrote into the ring", "lost", b.found.torn)
	}
	return nil
}

func (b *kernelBackend) recovered() (head, tail uint64) { return b.found.head, b.found.tail }

// receive arms the slots and lets the kernel fill as many as there are
// datagrams, at most up to the end of the array that it takes.
func (b *kernelBackend) receive(seq uint64, limit int, wait bool) (int, error) {
	b.room = min(limit, b.ring.layout.slots-b.ring.index(seq))
	b.seq, b.wait = seq, wait
	b.ring.arm(seq + uint64(b.room))
	for {
		b.n, b.errno = 0, 0
		if err := b.call(); errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, errInterrupted
		} else if err != nil {
			return 0, err
		}
		switch b.errno {
		case 0:
			for i := range b.n {
				b.ring.seal(seq + uint64(i))
			}
			return b.n, nil
		case unix.EAGAIN: // only without wait
			return 0, nil
		case unix.EINTR:
		case unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ENOMEM, unix.ENOBUFS:
			// What an ICMP message or a shortage did to one datagram.
			b.errors.Add(1)
		default:
			return 0, os.NewSyscallError("recvmmsg", b.errno)
		}
	}
}

// call waits for the socket, or not: a deadline that has passed, which is how
// waiting is ended, also keeps Read from trying.
func (b *kernelBackend) call() error {
	if b.wait {
		return b.raw.Read(b.try)
	}
	return b.raw.Control(b.tryOnce)
}

// tryReceive is called by the poller of the runtime; false means to wait until
// the socket is readable.
func (b *kernelBackend) tryReceive(fd uintptr) bool {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(b.ring.message(b.seq))), uintptr(b.room),
		// MSG_TRUNC makes the length of a cut datagram the true one.
		unix.MSG_DONTWAIT|unix.MSG_TRUNC, 0, 0)
	if errno == 0 {
		b.n = int(n)
	}
	b.errno = errno
	return errno != unix.EAGAIN || !b.wait
}

func (b *kernelBackend) release(head uint64) { b.ring.release(head) }

func (b *kernelBackend) interrupt() { _ = b.conn.SetReadDeadline(time.Unix(1, 0)) }

func (b *kernelBackend) localAddr() netip.AddrPort { return b.local }

func (b *kernelBackend) inherited() bool { return b.outside }

func (b *kernelBackend) status(s *Stats) {
	s.Torn = b.found.torn
	s.SocketErrors = b.errors.Load()
	s.ReceiveBufferBytes = b.granted
	s.KernelDropsKnown = true
	if !b.closed.Load() {
		_ = b.raw.Control(func(fd uintptr) {
			if info, err := memInfo(fd); err == nil {
				b.drops.seen(info[unix.SK_MEMINFO_DROPS])
				s.KernelQueueBytes = int(info[unix.SK_MEMINFO_RMEM_ALLOC])
			}
		})
	}
	s.KernelDrops = b.drops.total.Load()
}

func (b *kernelBackend) close(inUse bool) error {
	b.status(&Stats{}) // the last count of drops
	b.closed.Store(true)
	return errors.Join(b.conn.Close(), b.mapping.close(inUse))
}
