package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Block types of pcapng.
const (
	blockInterface = 1
	blockPacket    = 2 // obsolete
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	// blockOverhead is a block's type, its length, and its length once more at the end.
	blockOverhead = 12
	byteOrderNG   = 0x1a2b3c4d
	versionNG     = 1
	// maxInterfaces bounds the table of one section.
	maxInterfaces = 4096
)

// ng is the pcapng format: sections of blocks.
type ng struct {
	inSection  bool // behind the first section header
	order      byteOrder
	interfaces []ngInterface
}

// block is the one that is being read.
type block struct {
	kind   uint32
	offset int64
	// left is how much of its body was not read yet.
	left int64
	size int64
}

func (n *ng) next(r *Reader, p *packet) error {
	for {
		if r.source.atEnd() {
			return io.EOF
		}
		b, err := n.begin(r.source)
		if err != nil {
			return err
		}
		isPacket, err := n.body(r, &b, p)
		if err != nil {
			return err
		}
		if err := n.end(r, &b); err != nil {
			return err
		}
		if isPacket {
			return nil
		}
	}
}

// begin reads the head of a block; that of a section header also tells the
// byte order in which its own length is written.
func (n *ng) begin(s *source) (block, error) {
	b := block{offset: s.offset}
	head, err := s.small(8, "block header")
	if err != nil {
		return b, err
	}
	size := [4]byte(head[4:8])
	if binary.BigEndian.Uint32(head) == magicNG {
		if err := n.beginSection(s, b.offset); err != nil {
			return b, err
		}
		b.kind = magicNG
		b.left = -4
	} else if !n.inSection {
		return b, &FileError{Offset: b.offset, What: "first block: want a section header", Err: ErrFormat}
	} else {
		b.kind = n.order.uint32(head)
	}
	b.size = int64(n.order.uint32(size[:]))
	b.left += b.size - blockOverhead
	if b.left < 0 || b.size%4 != 0 {
		return b, &FileError{Offset: b.offset + 4, What: fmt.Sprintf("block length: want a multiple of 4 from %d on, have %d", blockOverhead, b.size), Err: ErrFormat}
	}
	return b, nil
}

func (n *ng) beginSection(s *source, offset int64) error {
	magic, err := s.small(4, "byte order of section")
	if err != nil {
		return err
	}
	switch {
	case binary.BigEndian.Uint32(magic) == byteOrderNG:
		n.order = bigEndian
	case binary.LittleEndian.Uint32(magic) == byteOrderNG:
		n.order = littleEndian
	default:
		return &FileError{Offset: offset + 8, What: fmt.Sprintf("byte order of section: want %08x in either order, have %08x", byteOrderNG, binary.BigEndian.Uint32(magic)), Err: ErrFormat}
	}
	n.inSection = true
	n.interfaces = n.interfaces[:0]
	return nil
}

// take reads size bytes of the block's body.
func (b *block) take(s *source, size int, what string) ([]byte, error) {
	b.left -= int64(size)
	return s.small(size, what)
}

// body reads what is needed of a block and reports whether it was a packet.
func (n *ng) body(r *Reader, b *block, p *packet) (isPacket bool, err error) {
	switch b.kind {
	case magicNG:
		return false, n.section(r, b)
	case blockInterface:
		return false, n.describe(r, b)
	case blockEnhanced, blockPacket:
		return n.enhanced(r, b, p)
	case blockSimple:
		return n.simple(r, b, p)
	}
	return false, nil
}

func (n *ng) section(r *Reader, b *block) error {
	if b.left < 12 {
		return &FileError{Offset: b.offset + 4, What: fmt.Sprintf("section header: want at least 28 bytes, have %d", b.size), Err: ErrFormat}
	}
	version, err := b.take(r.source, 4, "version of section")
	if err != nil {
		return err
	}
	if major := n.order.uint16(version); major != versionNG {
		return &FileError{Offset: b.offset + 12, What: fmt.Sprintf("version of section: want %d, have %d", versionNG, major), Err: ErrFormat}
	}
	return nil
}

// end passes over what was not read of a block and compares its two lengths.
func (n *ng) end(r *Reader, b *block) error {
	if err := r.source.skip(b.left, "block"); err != nil {
		return err
	}
	tail, err := r.source.small(4, "block length at its end")
	if err != nil {
		return err
	}
	if again := int64(n.order.uint32(tail)); again != b.size {
		return &FileError{Offset: b.offset + b.size - 4, What: fmt.Sprintf("block length at its end: want %d as at its start, have %d", b.size, again), Err: ErrFormat}
	}
	return nil
}
