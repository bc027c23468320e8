package udp

import (
	"net/netip"
	"time"
)

// Datagram is one received datagram.
type Datagram struct {
	// Seq numbers the datagrams of a ring from 1 without gaps. After a crash a
	// datagram comes again with the number it had.
	Seq uint64
	// At is when the kernel received it, in UTC. The zero time where that is
	// not known: a replayed datagram without the kernel's stamp.
	At time.Time
	// Src is the sender.
	Src netip.AddrPort
	// Dst is the local address that it was sent to. The address is unspecified
	// where the system does not tell it for a socket bound to all addresses.
	Dst netip.AddrPort
	// Payload is valid until this Seq is released. Nil if the datagram is refused.
	Payload []byte
	// Size is the datagram's length in bytes, also of a refused one.
	Size int
	// Replayed marks what an earlier process has received and not released.
	Replayed bool
	// Refused says why there is no payload; such a datagram is numbered and
	// given like any other, so that every one that was sent can be accounted for.
	Refused Refusal
}

// Refusal says why a datagram has no payload.
type Refusal uint8

// Refusals.
const (
	// Accepted: it has one.
	Accepted Refusal = iota
	// TooLong: it is longer than Options.SlotBytes.
	TooLong
	// Damaged: its slot in the ring file does not hold what was received, as
	// after a power failure.
	Damaged
)

// String is a word for counters: "", too_long or damaged.
func (r Refusal) String() string {
	switch r {
	case TooLong:
		return "too_long"
	case Damaged:
		return "damaged"
	}
	return ""
}

// Stats is a snapshot of a listener's counters. Counters begin with the
// process, KernelDrops with the socket.
type Stats struct {
	// Received counts datagrams read from the socket, refused ones included.
	Received uint64
	// ReceivedBytes sums their payloads.
	ReceivedBytes uint64
	// Batches counts calls that read at least one.
	Batches uint64
	// Replayed counts datagrams of an earlier process.
	Replayed uint64
	// TooLong and Damaged count refused datagrams.
	TooLong, Damaged uint64
	// Torn counts datagrams that the kernel had begun to write into the ring
	// when the last process died; they are lost.
	Torn uint64
	// KernelDrops counts what the kernel received for this socket and threw
	// away, since the socket was opened: queue full or bad checksum. Only where
	// KernelDropsKnown.
	KernelDrops      uint64
	KernelDropsKnown bool
	// KernelQueueBytes is the memory in use by the socket's queue; compare with
	// ReceiveBufferBytes. Only where KernelDropsKnown.
	KernelQueueBytes int
	// ReceiveBufferBytes is what the kernel granted, ReceiveBufferAsked what
	// was asked. Granted is -1 where the system does not tell.
	ReceiveBufferBytes, ReceiveBufferAsked int
	// Pauses counts how often reading stopped because the ring was full;
	// Paused says that it stands still now.
	Pauses uint64
	Paused bool
	// SocketErrors counts errors of the socket that reading went on after.
	SocketErrors uint64
	// Slots is the size of the ring, Unreleased how many of them are in use.
	Slots, Unreleased int
}
