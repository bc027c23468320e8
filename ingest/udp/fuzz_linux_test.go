//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// FuzzRecover opens a ring whose file was changed at any places: no panic, no
// datagram outside the window or its slot, and the ring is fit for use.
func FuzzRecover(f *testing.F) {
	f.Add([]byte{}, true)
	f.Add([]byte{0, 64, 200}, true)                                                // head
	f.Add([]byte{16, 56, 255, 16, 57, 255}, false)                                 // length of a message
	f.Add(binary.BigEndian.AppendUint64([]byte{0, 71, 255, 0, 70, 255}, 42), true) // head beyond reach
	l := testLayout
	f.Fuzz(func(t *testing.T, changes []byte, sameBoot bool) {
		r := memoryRing()
		r.arm(1 + 6)
		for seq := uint64(1); seq < 6; seq++ {
			r.fill(seq, numbered(int(seq)), 4)
			r.seal(seq)
		}
		r.release(3)
		for ; len(changes) >= 3; changes = changes[3:] {
			// The fixed part of the header is checked before recovery.
			at := int(binary.BigEndian.Uint16(changes)) % (l.size - offsetBoot)
			r.memory[offsetBoot+at] = changes[2]
		}
		next := r.crash()
		found := next.recover(sameBoot)
		if found.tail < found.head || found.tail-found.head > uint64(l.slots) || found.head == 0 {
			t.Fatalf("recovered %+v", found)
		}
		for seq := found.head; seq < found.tail; seq++ {
			d := Datagram{Seq: seq, Replayed: true}
			next.decode(seq, &d)
			if len(d.Payload) > l.slotBytes || (d.Payload != nil) != (d.Refused == Accepted) || d.At.Year() > 9999 {
				t.Fatalf("datagram %+v", d)
			}
		}
		if found.tail == found.head+uint64(l.slots) {
			next.release(found.tail)
		}
		next.arm(found.tail + 1)
		next.fill(found.tail, []byte("new"), 4)
		if !next.received(found.tail) {
			t.Fatalf("after %+v the ring takes no datagram", found)
		}
	})
}

// FuzzControl parses control messages and addresses that were never the kernel's.
func FuzzControl(f *testing.F) {
	stamp := make([]byte, unix.CmsgSpace(16))
	binary.NativeEndian.PutUint64(stamp, uint64(unix.CmsgLen(16)))
	binary.NativeEndian.PutUint32(stamp[8:], unix.SOL_SOCKET)
	binary.NativeEndian.PutUint32(stamp[12:], unix.SCM_TIMESTAMPNS)
	binary.NativeEndian.PutUint64(stamp[16:], 1_790_000_000)
	f.Add(stamp)
	f.Add(stamp[:len(stamp)-1])
	f.Add(unix.PktInfo4(&unix.Inet4Pktinfo{Spec_dst: [4]byte{192, 0, 2, 1}, Addr: [4]byte{192, 0, 2, 1}}))
	f.Add(unix.PktInfo6(&unix.Inet6Pktinfo{Addr: [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := parseControl(b)
		if !c.at.IsZero() && c.at.Unix() <= 0 {
			t.Fatalf("time %v", c.at)
		}
		if a := sockaddr(b); a.IsValid() && a.Addr().Is4In6() {
			t.Fatalf("address %v", a)
		}
	})
}

func TestControlMessages(t *testing.T) {
	stamp := make([]byte, unix.CmsgSpace(16))
	binary.NativeEndian.PutUint64(stamp, uint64(unix.CmsgLen(16)))
	binary.NativeEndian.PutUint32(stamp[8:], unix.SOL_SOCKET)
	binary.NativeEndian.PutUint32(stamp[12:], unix.SCM_TIMESTAMPNS)
	binary.NativeEndian.PutUint64(stamp[16:], 1_790_000_000)
	binary.NativeEndian.PutUint64(stamp[24:], 7)
	drops := make([]byte, unix.CmsgSpace(4))
	binary.NativeEndian.PutUint64(drops, uint64(unix.CmsgLen(4)))
	binary.NativeEndian.PutUint32(drops[8:], unix.SOL_SOCKET)
	binary.NativeEndian.PutUint32(drops[12:], unix.SO_RXQ_OVFL)
	binary.NativeEndian.PutUint32(drops[16:], 99)
	mapped := unix.PktInfo6(&unix.Inet6Pktinfo{Addr: [16]byte{10: 0xff, 11: 0xff, 12: 192, 13: 0, 14: 2, 15: 9}})
	c := parseControl(append(append(append([]byte{}, stamp...), drops...), mapped...))
	if c.at.UnixNano() != 1_790_000_000_000_000_007 || c.drops != 99 || !c.dropsKnown || c.dst.String() != "192.0.2.9" {
		t.Errorf("got %+v", c)
	}
	if c := parseControl(nil); !c.at.IsZero() || c.dropsKnown || c.dst.IsValid() {
		t.Errorf("of nothing: %+v", c)
	}
	binary.NativeEndian.PutUint64(stamp[24:], 1e9) // not a count of nanoseconds
	if c := parseControl(stamp); !c.at.IsZero() {
		t.Errorf("bad stamp: %v", c.at)
	}
}
