//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"encoding/binary"
	"hash/crc32"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// message is struct mmsghdr of recvmmsg(2). The kernel stores length last, when
// all else of the datagram is in place. Addresses are numbers and not pointers:
// what stands in the file from an earlier process must never look like a
// pointer to the garbage collector.
type message struct {
	name       uintptr
	namelen    uint32
	_          uint32
	iov        uintptr
	iovlen     uint64
	control    uintptr
	controllen uint64
	flags      int32
	_          uint32
	length     uint32
	_          uint32
}

// slot is what belongs to one message beside its payload, which follows.
type slot struct {
	// seq is the number that the slot is armed for. 0: never armed.
	seq uint64
	// sum is over number, message, name, control and payload, or 0 as long as
	// this process has not looked at them.
	sum uint32
	_   uint32
	iov struct { // struct iovec
		base uintptr
		len  uint64
	}
	// name is a sockaddr_in or sockaddr_in6. Its family is 0 in an armed slot.
	name    [nameSize]byte
	control [controlSize]byte
}

const (
	messageSize = 64
	slotSize    = 192
	nameSize    = 32
	// controlSize has room for a timestamp, a count of drops and packet
	// information of both families (32 + 24 + 40 + 32 bytes).
	controlSize = 128

	// armed is the length of a message that nothing was received into: longer
	// than any datagram.
	armed = ^uint32(0)
)

var (
	_ [unsafe.Sizeof(unix.Msghdr{}) + 8]byte = [unsafe.Sizeof(message{})]byte{}
	_ [messageSize]byte                      = [unsafe.Sizeof(message{})]byte{}
	_ [slotSize]byte                         = [unsafe.Sizeof(slot{})]byte{}
)

// ring is the memory that recvmmsg reads into, see the package comment for what
// holds when. It is the window head <= seq < head+slots; number seq lives in
// slot seq modulo slots.
type ring struct {
	layout layout
	memory []byte
	head   *uint64 // in memory
	// messages is one array, since recvmmsg takes one.
	messages []message
	// armedTo: numbers below are armed, or received.
	armedTo uint64
	// scratch is for sum; on the stack it would escape.
	scratch [24]byte
}

// newRing makes use of memory, which has the size that the layout says.
func newRing(memory []byte, l layout) *ring {
	return &ring{
		layout:   l,
		memory:   memory,
		head:     (*uint64)(unsafe.Pointer(&memory[offsetHead])),
		messages: unsafe.Slice((*message)(unsafe.Pointer(&memory[l.messagesAt])), l.slots),
	}
}

func (r *ring) index(seq uint64) int { return int(seq % uint64(r.layout.slots)) }

func (r *ring) message(seq uint64) *message { return &r.messages[r.index(seq)] }

func (r *ring) slot(seq uint64) *slot {
	return (*slot)(unsafe.Pointer(&r.memory[r.layout.slotsAt+r.index(seq)*r.layout.stride]))
}

// payload is the room for the datagram of seq.
func (r *ring) payload(seq uint64) []byte {
	at := r.layout.slotsAt + r.index(seq)*r.layout.stride + slotSize
	return r.memory[at : at+r.layout.slotBytes : at+r.layout.slotBytes]
}

// arm makes the slots of numbers below to ready to be received into. Its last
// store is seq: until then the slot does not answer to the number.
func (r *ring) arm(to uint64) {
	for ; r.armedTo < to; r.armedTo++ {
		m, s, payload := r.message(r.armedTo), r.slot(r.armedTo), r.payload(r.armedTo)
		atomic.StoreUint32(&m.length, armed)
		s.sum = 0
		s.name = [nameSize]byte{}
		s.iov.base, s.iov.len = address(&payload[0]), uint64(len(payload))
		m.name, m.namelen = address(&s.name[0]), nameSize
		m.iov, m.iovlen = address(&s.iov), 1
		m.control, m.controllen = address(&s.control[0]), controlSize
		m.flags = 0
		atomic.StoreUint64(&s.seq, r.armedTo)
	}
}

func address[T any](p *T) uintptr { return uintptr(unsafe.Pointer(p)) }

// received reports whether the slot of seq holds that datagram.
func (r *ring) received(seq uint64) bool {
	return atomic.LoadUint64(&r.slot(seq).seq) == seq && atomic.LoadUint32(&r.message(seq).length) != armed
}

// torn reports whether the kernel has begun to write the datagram of seq and
// not come to its end.
func (r *ring) torn(seq uint64) bool {
	s := r.slot(seq)
	return s.seq == seq && !r.received(seq) && s.name[0]|s.name[1] != 0
}

// seal notes the checksum of a received datagram.
func (r *ring) seal(seq uint64) { atomic.StoreUint32(&r.slot(seq).sum, r.sum(seq)) }

// sealed reports whether a datagram is what it was when it was sealed.
func (r *ring) sealed(seq uint64) bool { return r.slot(seq).sum == r.sum(seq) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sum is never 0. Pointers are left out: they are of one process.
func (r *ring) sum(seq uint64) uint32 {
	m, s := r.message(seq), r.slot(seq)
	b := r.scratch[:0]
	b = binary.NativeEndian.AppendUint64(b, seq)
	for _, v := range [...]uint32{m.length, m.namelen, uint32(m.controllen), uint32(m.flags)} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	sum := crc32.Update(0, castagnoli, b)
	sum = crc32.Update(sum, castagnoli, s.name[:])
	sum = crc32.Update(sum, castagnoli, s.control[:min(controlSize, m.controllen)])
	sum = crc32.Update(sum, castagnoli, r.payload(seq)[:min(int(m.length), r.layout.slotBytes)])
	return max(sum, 1)
}

// release frees the slots of numbers below head.
func (r *ring) release(head uint64) { atomic.StoreUint64(r.head, head) }
