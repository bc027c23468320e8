package rtcp

import (
	"errors"
	"fmt"
)

// ErrNotRTCP is wrapped by the error of [Datagram.Decode] for bytes in which
// not even a first sub-packet can be told apart.
var ErrNotRTCP = errors.New("not RTCP")

// Reason says what is wrong with a datagram or a sub-packet.
type Reason uint8

// Reasons, with the meaning of Want and Have of the [Fault].
const (
	// ReasonShort: the datagram has no room for a header. Bytes wanted, bytes there.
	ReasonShort Reason = iota
	// ReasonVersion: the version of a header is not 2.
	ReasonVersion
	// ReasonPacketType: a packet type is outside 192..223. The nearest end of the range, the type.
	ReasonPacketType
	// ReasonOverrun: a sub-packet is longer than what is left of the datagram.
	// Bytes left, bytes that its header claims.
	ReasonOverrun
	// ReasonTrailing: bytes after the last sub-packet, too few for a header. 0, bytes there.
	ReasonTrailing
	// ReasonPaddingBit: a sub-packet that is not the last one has the padding
	// bit (RFC 3550 section 6.4.1 allows it on the last only). Index of the last
	// sub-packet, index of this one.
	ReasonPaddingBit
	// ReasonPaddingSize: the count of padding bytes is 0, no multiple of 4, or
	// larger than the sub-packet's body. The largest that would fit, the count.
	ReasonPaddingSize
	// ReasonBody: the body is too short for what the header counts in it.
	// Bytes wanted, bytes there.
	ReasonBody
	// ReasonSDESChunk: fewer SDES chunks than the header counts. Chunks wanted, chunks there.
	ReasonSDESChunk
	// ReasonSDESItem: an SDES item is longer than the sub-packet. Bytes left, bytes claimed.
	ReasonSDESItem
	// ReasonSDESEnd: the items of an SDES chunk are not ended by a zero byte. 1, 0.
	ReasonSDESEnd
	// ReasonByeText: the reason for leaving is longer than the sub-packet. Bytes left, bytes claimed.
	ReasonByeText
	// ReasonXRBlock: an XR block is longer than the sub-packet. Bytes left, bytes claimed.
	ReasonXRBlock
	// ReasonXRSize: the body of an XR block is not of the size that its type
	// has. The nearest size it might have, bytes there.
	ReasonXRSize
	// ReasonXRRange: an XR block covers more sequence numbers than RFC 3611
	// section 4.1 allows. The most, how many it covers.
	ReasonXRRange
	// ReasonXRChunks: the run length chunks of an XR block do not fit its range
	// of sequence numbers. Bits wanted, bits there.
	ReasonXRChunks

	// NumReasons is how many reasons there are; they are 0..NumReasons-1.
	NumReasons
)

var reasons = [NumReasons]struct{ name, text string }{
	ReasonShort:       {"short", "datagram: want at least %d bytes, have %d"},
	ReasonVersion:     {"version", "version: want %d, have %d"},
	ReasonPacketType:  {"packet_type", "packet type: want 192..223 (nearest %d), have %d"},
	ReasonOverrun:     {"overrun", "length: want at most the %d bytes left, have %d"},
	ReasonTrailing:    {"trailing", "bytes after the last sub-packet: want %d, have %d"},
	ReasonPaddingBit:  {"padding_bit", "padding bit: want it on sub-packet %d (the last) only, have it on %d"},
	ReasonPaddingSize: {"padding_size", "padding: want a multiple of 4 in 4..%d, have %d"},
	ReasonBody:        {"body", "body: want at least %d bytes for what the header counts, have %d"},
	ReasonSDESChunk:   {"sdes_chunk", "chunks: want %d, have %d"},
	ReasonSDESItem:    {"sdes_item", "item: want at most the %d bytes left, have %d"},
	ReasonSDESEnd:     {"sdes_end", "zero bytes after the last item: want at least %d, have %d"},
	ReasonByeText:     {"bye_text", "reason for leaving: want at most the %d bytes left, have %d"},
	ReasonXRBlock:     {"xr_block", "report block: want at most the %d bytes left, have %d"},
	ReasonXRSize:      {"xr_size", "report block: want a body of %d bytes, have %d"},
	ReasonXRRange:     {"xr_range", "report block: want at most %d sequence numbers, have %d"},
	ReasonXRChunks:    {"xr_chunks", "report block: want chunks of %d bits for its range, have %d"},
}

// String is a word for counters, such as overrun or sdes_item.
func (r Reason) String() string {
	if r < NumReasons {
		return reasons[r].name
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// Fault is one thing that is wrong with a datagram: where, what was expected
// there and what was found. It holds numbers only, so that faults in a flood of
// garbage cost no memory; Error puts them into words.
type Fault struct {
	Reason Reason
	// PacketType is the sub-packet's type; 0 where there is no header to take it from.
	PacketType uint8
	// Offset is the byte in the datagram at which the wrong field starts.
	Offset int
	// Want and Have are what was expected and what was found, in the unit that
	// the Reason states.
	Want, Have int
}

// Error names what is wrong, where, and what was expected.
func (f *Fault) Error() string {
	if f.Reason >= NumReasons {
		return fmt.Sprintf("rtcp: byte %d: %v", f.Offset, f.Reason)
	}
	text := fmt.Sprintf(reasons[f.Reason].text, f.Want, f.Have)
	if f.PacketType == 0 {
		return fmt.Sprintf("rtcp: byte %d: %s", f.Offset, text)
	}
	return fmt.Sprintf("rtcp: byte %d: %s: %s", f.Offset, packetName(f.PacketType), text)
}

// Refusal is the error of [Datagram.Decode]: the fault that leaves nothing to
// decode. It wraps [ErrNotRTCP].
type Refusal struct{ Fault }

// Unwrap returns [ErrNotRTCP].
func (r *Refusal) Unwrap() error { return ErrNotRTCP }
