//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// openSocket opens or takes over the socket and sets it up.
func (b *kernelBackend) openSocket(o Options) error {
	conn, err := udpConn(o)
	if err != nil {
		return err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return errors.Join(fmt.Errorf("socket: %w", err), conn.Close())
	}
	b.conn, b.raw = conn, raw
	b.local = conn.LocalAddr().(*net.UDPAddr).AddrPort()
	var setup error
	if err := raw.Control(func(fd uintptr) { setup = b.setUp(int(fd), o) }); err != nil || setup != nil {
		return errors.Join(fmt.Errorf("socket: %w", errors.Join(err, setup)), conn.Close())
	}
	return nil
}

// setUp asks the kernel for stamps, counts and room.
func (b *kernelBackend) setUp(fd int, o Options) error {
	for _, option := range []struct {
		name         string
		level, value int
	}{
		{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS},
		{"SO_RXQ_OVFL", unix.SOL_SOCKET, unix.SO_RXQ_OVFL},
		{"IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO},
	} {
		if err := unix.SetsockoptInt(fd, option.level, option.value, 1); err != nil {
			return os.NewSyscallError("setsockopt "+option.name, err)
		}
	}
	if family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil {
		return os.NewSyscallError("getsockopt SO_DOMAIN", err)
	} else if family == unix.AF_INET6 {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1); err != nil {
			return os.NewSyscallError("setsockopt IPV6_RECVPKTINFO", err)
		}
	}
	return b.setReceiveBuffer(fd, o)
}

// setReceiveBuffer asks for a queue: first beyond the system's limit, which
// takes CAP_NET_ADMIN, then within it. The kernel doubles what is asked to make
// up for its own bookkeeping and tells the doubled value.
func (b *kernelBackend) setReceiveBuffer(fd int, o Options) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, o.ReceiveBufferBytes) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, o.ReceiveBufferBytes); err != nil {
			return os.NewSyscallError("setsockopt SO_RCVBUF", err)
		}
	}
	doubled, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		return os.NewSyscallError("getsockopt SO_RCVBUF", err)
	}
	if b.granted = doubled / 2; b.granted < o.ReceiveBufferBytes {
		o.Logger.Warn("the kernel grants a smaller receive queue than asked: bursts may be dropped; raise sysctl net.core.rmem_max",
			"asked", o.ReceiveBufferBytes, "granted", b.granted)
	}
	return nil
}

// memInfo is SO_MEMINFO: the socket's memory and drops.
func memInfo(fd uintptr) (info [unix.SK_MEMINFO_VARS]uint32, err error) {
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, fd, unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return info, os.NewSyscallError("getsockopt SO_MEMINFO", errno)
	}
	return info, nil
}

// dropCounter extends the kernel's 32-bit count of drops to 64 bits.
type dropCounter struct{ total atomic.Uint64 }

// seen takes a reading. Readings may come out of order from two sources; one
// that lies less than 2^31 behind is old.
func (c *dropCounter) seen(reading uint32) {
	for {
		old := c.total.Load()
		ahead := reading - uint32(old)
		if ahead == 0 || ahead > 1<<31 || c.total.CompareAndSwap(old, old+uint64(ahead)) {
			return
		}
	}
}
