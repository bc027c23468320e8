//go:build !linux || !(amd64 || arm64) || udp_portable

package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"
)

// portableBackend reads one datagram per call into slots on the heap. It keeps
// nothing over the end of the process and knows no drops of the kernel.
type portableBackend struct {
	first     uint64 // number to begin with
	conn      *net.UDPConn
	local     netip.AddrPort
	outside   bool
	granted   int
	slotBytes int
	slots     []portableSlot
	memory    []byte
	errors    atomic.Uint64
}

type portableSlot struct {
	at   time.Time
	src  netip.AddrPort
	size int
}

func open(o Options) (backend, error) {
	conn, err := udpConn(o)
	if err != nil {
		return nil, err
	}
	if o.RingPath != "" {
		o.Logger.Warn("this system has no crash-proof ring: what was received and not released dies with the process", "ring", o.RingPath)
	}
	if err := conn.SetReadBuffer(o.ReceiveBufferBytes); err != nil {
		o.Logger.Warn("the receive queue stays as the system made it", "asked", o.ReceiveBufferBytes, "error", err)
	}
	b := &portableBackend{
		conn:      conn,
		local:     conn.LocalAddr().(*net.UDPAddr).AddrPort(),
		outside:   o.File != nil,
		first:     o.After + 1,
		granted:   grantedReceiveBuffer(conn),
		slotBytes: o.SlotBytes,
		slots:     make([]portableSlot, o.Slots),
		memory:    make([]byte, o.Slots*(o.SlotBytes+1)),
	}
	if b.granted >= 0 && b.granted < o.ReceiveBufferBytes {
		o.Logger.Warn("the kernel grants a smaller receive queue than asked: bursts may be dropped",
			"asked", o.ReceiveBufferBytes, "granted", b.granted)
	}
	return b, nil
}

// room is one byte longer than a slot, so that a datagram that is too long shows.
func (b *portableBackend) room(seq uint64) []byte {
	size := b.slotBytes + 1
	at := b.index(seq) * size
	return b.memory[at : at+size : at+size]
}

func (b *portableBackend) index(seq uint64) int { return int(seq % uint64(len(b.slots))) }

func (b *portableBackend) recovered() (head, tail uint64) { return b.first, b.first }

func (b *portableBackend) receive(seq uint64, _ int, wait bool) (int, error) {
	if !wait {
		// The deadline that ended waiting is still set; what is there now is there.
		if err := b.conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			return 0, err
		}
	}
	for {
		n, src, err := b.conn.ReadFromUDPAddrPort(b.room(seq))
		switch {
		case err == nil:
			src = netip.AddrPortFrom(src.Addr().WithZone("").Unmap(), src.Port())
			b.slots[b.index(seq)] = portableSlot{time.Now().UTC(), src, n}
			return 1, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && wait:
			return 0, errInterrupted
		case errors.Is(err, os.ErrDeadlineExceeded):
			return 0, nil
		case errors.Is(err, net.ErrClosed):
			return 0, err
		}
		// An ICMP message, or on some systems a datagram that was too long.
		b.errors.Add(1)
	}
}

func (b *portableBackend) read(seq uint64, d *Datagram) {
	s := &b.slots[b.index(seq)]
	d.At, d.Src, d.Size = s.at, s.src, s.size
	d.Dst = netip.AddrPortFrom(b.local.Addr().Unmap(), b.local.Port())
	if s.size > b.slotBytes {
		d.Refused = TooLong
		return
	}
	d.Payload = b.room(seq)[:s.size:s.size]
}

func (b *portableBackend) release(uint64) {}

func (b *portableBackend) interrupt() { _ = b.conn.SetReadDeadline(time.Unix(1, 0)) }

func (b *portableBackend) localAddr() netip.AddrPort { return b.local }

func (b *portableBackend) inherited() bool { return b.outside }

func (b *portableBackend) status(s *Stats) {
	s.ReceiveBufferBytes = b.granted
	s.SocketErrors = b.errors.Load()
}

func (b *portableBackend) close(bool) error { return b.conn.Close() }
