package mediaqos

import (
	"errors"
	"fmt"
)

// ErrRLE is wrapped by every error about a run length encoding that
// contradicts itself.
var ErrRLE = errors.New("malformed run length encoding")

// MaxRLESpan is how many sequence numbers one block may cover: a range of
// 65,534 or more is forbidden (RFC 3611 section 4.1).
const MaxRLESpan = 65_533

// RLEChunk is one 16-bit chunk of a run length encoding (RFC 3611 section
// 4.1): a run of equal bits, a vector of 15 bits, or the terminating zero.
type RLEChunk uint16

const (
	rleVector     = 1 << 15 // bit C: a vector, else a run
	rleOnes       = 1 << 14 // bit R of a run: of ones
	rleRunMask    = 1<<14 - 1
	rleVectorBits = 15
)

// RLE is a loss or duplicate run length encoding (RFC 3611 sections 4.1 and
// 4.2): one bit for each sequence number from BeginSeq up to and without
// EndSeq, modulo 2^16. In a loss block 1 is received and 0 is not; in a
// duplicate block 0 is received more than once, and 1 is all else.
type RLE struct {
	ReporterSSRC, SourceSSRC uint32
	BeginSeq, EndSeq         uint16
	// Thinning is T: only sequence numbers that are multiples of 2^T have a
	// bit. 0..15; above 0 neighbours are unknown, and with them runs and bursts.
	Thinning uint8
	Chunks   []RLEChunk
}

// Span is how many sequence numbers the range has, those without a bit
// included: 0..65535.
func (r *RLE) Span() int { return int(r.EndSeq - r.BeginSeq) }

// Bits is how many sequence numbers of the range have a bit.
func (r *RLE) Bits() int {
	step := 1 << (r.Thinning & 15)
	// Sequence numbers wrap at 2^16, a multiple of every step.
	skip := -int(r.BeginSeq) & (step - 1)
	if skip >= r.Span() {
		return 0
	}
	return (r.Span() - skip + step - 1) / step
}

// Check reports whether range and chunks agree. The error wraps ErrRLE.
func (r *RLE) Check() error {
	if r.Span() > MaxRLESpan {
		return fmt.Errorf("range %d..%d: %w, want at most %d sequence numbers, have %d", r.BeginSeq, r.EndSeq, ErrRLE, MaxRLESpan, r.Span())
	}
	if have := r.Covered(); have != r.Bits() {
		return fmt.Errorf("chunks: %w, want %d bits, have %d", ErrRLE, r.Bits(), have)
	}
	return nil
}

// Covered is how many bits the chunks hold; it differs from Bits where they do
// not fit the range. What a vector has beyond the end is not counted, since it
// has 15 bits whatever is left; anything else there is. Chunks of no bits, the
// terminating one among them, count nothing wherever they are.
func (r *RLE) Covered() int {
	want, bits := r.Bits(), 0
	for _, c := range r.Chunks {
		if c&rleVector != 0 && bits < want {
			bits = min(bits+c.len(), want)
		} else {
			bits += c.len()
		}
	}
	return bits
}

// len is how many bits the chunk holds.
func (c RLEChunk) len() int {
	if c&rleVector != 0 {
		return rleVectorBits
	}
	return int(c & rleRunMask)
}

// Runs calls yield with each run of equal bits in order of sequence number,
// until it returns false: one is the bit, n how often it comes. Runs alternate.
// Bits beyond the range are passed over, missing ones are not made up.
func (r *RLE) Runs(yield func(one bool, n int) bool) {
	left := r.Bits()
	value, run := false, 0
	for _, c := range r.Chunks {
		size := min(c.len(), left)
		left -= size
		for at := 0; at < size; {
			one, n := c.at(at, size)
			at += n
			if run > 0 && one != value {
				if !yield(value, run) {
					return
				}
				run = 0
			}
			value = one
			run += n
		}
	}
	if run > 0 {
		yield(value, run)
	}
}

// at returns the bit at an index and how many of it follow within size bits.
func (c RLEChunk) at(index, size int) (one bool, n int) {
	if c&rleVector == 0 {
		return c&rleOnes != 0, size - index
	}
	return c&(1<<(rleVectorBits-1-index)) != 0, 1
}

// Zeros is how many bits are 0: packets lost, or received more than once.
func (r *RLE) Zeros() int {
	zeros := 0
	r.Runs(func(one bool, n int) bool {
		if !one {
			zeros += n
		}
		return true
	})
	return zeros
}
