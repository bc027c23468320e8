package pcap

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat is wrapped by errors about files that are no capture, or of
	// which no further packet boundary can be found.
	ErrFormat = errors.New("not a readable capture")
	// ErrTruncated is wrapped by errors about files that end within a packet or
	// a block. What was read before is good.
	ErrTruncated = errors.New("capture ends early")
)

// FileError ends the reading of a file.
type FileError struct {
	// Offset is where in the file, after decompression, the wrong thing starts.
	Offset int64
	// What names it and says what was expected and found.
	What string
	// Err is ErrFormat, ErrTruncated or an error of the medium.
	Err error
}

// Error says where, what and why.
func (e *FileError) Error() string {
	return fmt.Sprintf("pcap: byte %d: %s: %v", e.Offset, e.What, e.Err)
}

// Unwrap returns Err.
func (e *FileError) Unwrap() error { return e.Err }

// Reason says why a packet gave no datagram.
type Reason uint8

// Reasons. The first group is what captures are full of, the second damage.
const (
	// NotIP: another protocol than IPv4 and IPv6 on the link.
	NotIP Reason = iota
	// NotUDP: IP, but not UDP.
	NotUDP
	// Fragment: a part of a fragmented IP packet.
	Fragment
	// LinkType: an interface whose link type is not read here.
	LinkType

	// Cut: the capture kept fewer bytes than the datagram has (its snap length).
	Cut
	// Malformed: lengths that contradict each other or the packet.
	Malformed
	// BadBlock: a pcapng block whose inside contradicts its length.
	BadBlock
	// BadInterface: a packet of an interface that the section does not
	// describe, or describes with a time resolution that cannot be read.
	BadInterface
	// BadTime: a time outside the years 1..9999.
	BadTime

	// NumReasons is how many reasons there are; they are 0..NumReasons-1.
	NumReasons
)

var reasonNames = [NumReasons]string{
	"not_ip", "not_udp", "fragment", "link_type",
	"cut", "malformed", "bad_block", "bad_interface", "bad_time",
}

// String is a word for counters, such as not_udp or cut.
func (r Reason) String() string {
	if r < NumReasons {
		return reasonNames[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// Damage reports whether the reason is damage rather than other traffic.
func (r Reason) Damage() bool { return r >= Cut }

// Fault is one packet, or block, that is damaged and was passed over.
type Fault struct {
	// Packet is the packet's number in the file, from 1; 0 for a block that
	// holds no packet.
	Packet uint64
	// Offset is where in the file, after decompression, its record starts.
	Offset int64
	// Reason is one for which Damage is true.
	Reason Reason
	// What names the field, what was expected and what was found.
	What string
}

// Error says which packet, where, and what is wrong with it.
func (f *Fault) Error() string {
	if f.Packet == 0 {
		return fmt.Sprintf("pcap: block at byte %d: %v: %s", f.Offset, f.Reason, f.What)
	}
	return fmt.Sprintf("pcap: packet %d at byte %d: %v: %s", f.Packet, f.Offset, f.Reason, f.What)
}

// Stats counts what a file held, as far as it was read.
type Stats struct {
	// Packets is how many packets the file holds: Datagrams + the sum of Passed.
	Packets uint64
	// Datagrams were given by Next.
	Datagrams uint64
	// Passed counts packets that gave no datagram, by reason.
	Passed [NumReasons]uint64
	// BadBlocks counts pcapng blocks that are damaged and hold no packet.
	BadBlocks uint64
}
