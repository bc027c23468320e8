// Package udp reads datagrams from a socket and hands them on in order. It only
// reads and splits; what they mean is told by others.
//
// # Contract
//
// Every datagram that the kernel gave to this socket is handed to the function
// of [Listener.Run], numbered without gaps, or stands in a counter:
//
//	sent = handed over + Stats.KernelDrops + Stats.Torn (+ what the network lost)
//
// Datagrams live in a ring of slots until [Listener.Release] says that what was
// made of them is durable. When the ring is full reading stops, the kernel's
// queue fills and the kernel counts what it drops: nothing is lost in silence,
// and memory is bounded.
//
// On Linux (amd64, arm64) the ring is a file that the kernel writes datagrams
// into directly. If the process dies, by kill -9 too, the next one with the same
// file gets all datagrams that were not released, under their old numbers and
// marked Replayed, before any new one. So a datagram is handed over at least
// once, and exactly once by Seq to a consumer that remembers the last Seq it
// made durable. With a socket that somebody else keeps open (Options.File, see
// [InheritedSocket]) the kernel's queue survives too, and a restart loses nothing.
//
// What survives is the page cache: the death of the process, not that of the
// machine. After a power failure slots whose checksum fails are handed over as
// Damaged, numbers that were released may come again, and what never reached
// the disk is gone.
//
// # The ring file
//
// A page of header, then one struct mmsghdr per slot, since recvmmsg(2) takes an
// array of them, then the slots: number, checksum, iovec, address, control
// messages (the kernel's receive time, its count of drops, the local address)
// and payload. Number seq is always in slot seq modulo slots. The header's fixed
// part has a checksum; a file of other magic, version, size, slot count, slot
// size or machine is refused and left alone ([ErrRingFormat]), as is one that
// another process has locked ([ErrRingBusy]).
//
// head, in the header, is the first number that is not released. The window
// head..head+slots-1 maps one to one to slots. The file holds no tail: each slot
// says itself whether it holds a datagram. A slot goes through three states:
//
//	free      seq is a number below head (or 0)
//	armed     seq is its number in the window, mmsghdr.msg_len is 2^32-1
//	received  seq is its number in the window, msg_len is a length
//
// Transitions, and why a death at any instant leaves one of the states:
//
//   - free to armed, by us: msg_len is set first, then addresses are cleared,
//     then seq. Until that last store, of one aligned word, the slot has an old
//     number and counts as free. Only slots that are free are armed.
//   - armed to received, by the kernel within recvmmsg: payload, address,
//     control messages and flags first, msg_len last. A process that is killed
//     meanwhile dies when the system call returns, not within a datagram, so a
//     datagram that was taken from the socket's queue is in a received slot.
//     recvmmsg fills slots from the first armed one on and we pass it only
//     slots that follow each other, so received slots are always
//     head..tail-1 for some tail.
//   - received to free, by us: head rises, with one store. Slots behind it keep
//     their contents but their number is below head.
//
// Recovery walks from head on as long as slots are received; the first that is
// not is tail. One thing can go wrong: the copy into the mapped page fails
// because the process is being killed while the page must be waited for. The
// kernel then counts the datagram as dropped, or, if it had come as far as the
// address, leaves a slot that has an address and no length: Stats.Torn.
//
// Our own checksum is added when a datagram is handed over, and to all that are
// found at the next start. The identity of the machine's boot in the header
// tells whether slots can be believed without one.
//
// The kernel writes the file's pages to the disk when it sees fit; nobody waits
// for that. At most the whole ring goes there about twice a minute.
//
// Addresses in mmsghdr and iovec are those of the process that armed the slot;
// they are written anew before each use and never read.
//
// # Other systems
//
// There the ring is memory, RingPath is ignored with a warning, drops of the
// kernel are not known, and datagrams are read one at a time. The interface is
// the same. The build tag udp_portable selects this variant on Linux, for tests.
package udp
