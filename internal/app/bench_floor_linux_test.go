package app_test

import (
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
)

// floor reads HEP packets with recvmmsg, 64 at a time, and decodes them: no
// state, no row, nothing durable. What it takes is the least that any receiver
// could.
type floor struct {
	conn     *net.UDPConn
	packets  atomic.Uint64
	failures atomic.Uint64
	done     chan struct{}
}

const floorBatch = 64

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
	_      uint32
}

// startFloor opens a socket with as much room as the listener's.
func startFloor(tb testing.TB) *floor {
	tb.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	if err := conn.SetReadBuffer(8 << 20); err != nil {
		tb.Fatal(err)
	}
	f := &floor{conn: conn, done: make(chan struct{})}
	raw, err := conn.SyscallConn()
	if err != nil {
		tb.Fatal(err)
	}
	go func() {
		defer close(f.done)
		messages := make([]mmsghdr, floorBatch)
		vectors := make([]unix.Iovec, floorBatch)
		buffers := make([][]byte, floorBatch)
		for i := range messages {
			buffers[i] = make([]byte, 64<<10)
			vectors[i].Base = &buffers[i][0]
			vectors[i].SetLen(len(buffers[i]))
			messages[i].header.Iov = &vectors[i]
			messages[i].header.SetIovlen(1)
		}
		var decoder hep.Decoder
		var scanner hep.Scanner
		var packet hep.Packet
		var report hep.Report
		var datagram rtcp.Datagram
		got := 0
		try := func(fd uintptr) bool {
			n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&messages[0])), floorBatch, unix.MSG_DONTWAIT, 0, 0)
			if errno == unix.EAGAIN {
				return false
			}
			got = int(n)
			return true
		}
		for raw.Read(try) == nil {
			for i := range got {
				err := decoder.Decode(buffers[i][:messages[i].length], &packet)
				switch {
				case err != nil:
				case hep.Classify(packet.Payload) == hep.FormJSON:
					err = scanner.Scan(packet.Payload, packet.Time, &report)
				default:
					err = datagram.Decode(packet.Payload)
				}
				if err != nil {
					f.failures.Add(1)
				}
			}
			f.packets.Add(uint64(got))
		}
	}()
	tb.Cleanup(f.stop)
	return f
}

func (f *floor) stop() {
	if err := f.conn.Close(); !errors.Is(err, net.ErrClosed) {
		<-f.done
	}
}

// measureFloor is what a packet takes there, of those that came through.
func measureFloor(b *testing.B, s *sender, reports, rate int) float64 {
	b.Helper()
	f := startFloor(b)
	target := f.conn.LocalAddr().String()
	before := ownCPU(b)
	sent := s.send(func(o *loadOrder) { o.Target, o.Reports, o.Rate = target, reports, rate })
	time.Sleep(50 * time.Millisecond) // the rest is in the socket; what was dropped never comes
	got := f.packets.Load()
	took := ownCPU(b) - before
	f.stop()
	if got < sent/2 || f.failures.Load() != 0 {
		b.Fatalf("the bare loop read %d of %d packets, %d of them in vain", got, sent, f.failures.Load())
	}
	return micros(took, got)
}
