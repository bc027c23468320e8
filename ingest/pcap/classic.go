package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Magic numbers of the first four bytes, read as big endian.
const (
	magicMicros         = 0xa1b2c3d4
	magicNanos          = 0xa1b23c4d
	magicModified       = 0xa1b2cd34 // kernel patches of the 1990s, longer records
	magicMicrosReversed = 0xd4c3b2a1
	magicNanosReversed  = 0x4d3cb2a1
	magicNG             = 0x0a0d0d0a // type of pcapng's section header, a palindrome
)

const (
	classicHeaderSize = 24
	classicRecordSize = 16
	classicVersion    = 2
	classicMinor      = 4
)

// readFileHeader finds out what kind of file it is.
func readFileHeader(s *source) (format, error) {
	first, err := s.r.Peek(4)
	if err != nil && len(first) < 4 {
		return nil, &FileError{What: fmt.Sprintf("magic number: want 4 bytes, have %d", len(first)), Err: fmt.Errorf("%w: %w", ErrFormat, cause(err))}
	}
	var c classic
	switch magic := binary.BigEndian.Uint32(first); magic {
	case magicNG:
		return &ng{}, nil
	case magicMicros:
		c = classic{order: bigEndian, unit: time.Microsecond}
	case magicNanos:
		c = classic{order: bigEndian, unit: time.Nanosecond}
	case magicMicrosReversed:
		c = classic{order: littleEndian, unit: time.Microsecond}
	case magicNanosReversed:
		c = classic{order: littleEndian, unit: time.Nanosecond}
	default:
		return nil, &FileError{What: fmt.Sprintf("magic number: want pcap (%08x, %08x, in either byte order), pcapng (%08x) or gzip, have %08x", magicMicros, magicNanos, magicNG, magic), Err: ErrFormat}
	}
	return &c, c.readHeader(s)
}

// classic is the format of libpcap: a header, then records.
type classic struct {
	order    byteOrder
	unit     time.Duration // of the second half of a timestamp
	linkType linkType
}

func (c *classic) readHeader(s *source) error {
	b, err := s.small(classicHeaderSize, "file header")
	if err != nil {
		return err
	}
	if major, minor := c.order.uint16(b[4:]), c.order.uint16(b[6:]); major != classicVersion || minor != classicMinor {
		return &FileError{Offset: 4, What: fmt.Sprintf("version: want %d.%d, have %d.%d", classicVersion, classicMinor, major, minor), Err: ErrFormat}
	}
	// The upper half tells the size of the frame check sequence, which lies
	// behind what IP counts as its own.
	c.linkType = linkType(c.order.uint32(b[20:]))
	return nil
}

func (c *classic) next(r *Reader, p *packet) error {
	s := r.source
	if s.atEnd() {
		return io.EOF
	}
	p.offset = s.offset
	b, err := s.small(classicRecordSize, "packet header")
	if err != nil {
		return err
	}
	seconds, fraction := c.order.uint32(b), c.order.uint32(b[4:])
	kept, length := c.order.uint32(b[8:]), c.order.uint32(b[12:])
	if int64(kept) > int64(r.options.MaxPacketBytes) {
		return &FileError{Offset: p.offset + 8, What: fmt.Sprintf("captured length: want at most %d, have %d", r.options.MaxPacketBytes, kept), Err: ErrFormat}
	}
	p.at = time.Unix(int64(seconds), int64(fraction)*int64(c.unit)).UTC()
	p.linkType = c.linkType
	p.wireLength = int64(length)
	p.data, err = r.read(int(kept), "packet")
	return err
}
