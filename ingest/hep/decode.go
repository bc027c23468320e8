package hep

import (
	"encoding/binary"
	"fmt"
)

const (
	headerBytes      = 6 // "HEP3" and the packet's length
	chunkHeaderBytes = 6 // vendor, type and the chunk's length
)

// DefaultMaxInflatedBytes is the default limit of an inflated payload.
const DefaultMaxInflatedBytes = 64 << 10

// Decoder decodes packets. Its zero value is ready; it belongs to one
// goroutine at a time.
type Decoder struct {
	// Policy is checked once a packet is read. Default: every packet is taken.
	Policy Policy
	// MaxInflatedBytes limits a compressed payload after inflation, so that a
	// small packet cannot demand much memory. Default DefaultMaxInflatedBytes.
	MaxInflatedBytes int

	stats   DecoderStats
	inflate inflater
}

// DecoderStats counts what a Decoder has seen since it began.
type DecoderStats struct {
	Packets        uint64             // decoded without error, keep-alives among them
	Bytes          uint64             // of those packets
	KeepAlives     uint64             // packets without payload
	Inflated       uint64             // compressed payloads
	SkippedVendor  uint64             // chunks of other vendors
	SkippedGeneric uint64             // generic chunks without a use here
	Refused        [NumReasons]uint64 // packets refused, by Reason
}

// Stats returns the counters. Call it from the goroutine that decodes.
func (d *Decoder) Stats() DecoderStats { return d.stats }

// Add sums the counters of o into s.
func (s *DecoderStats) Add(o *DecoderStats) {
	s.Packets += o.Packets
	s.Bytes += o.Bytes
	s.KeepAlives += o.KeepAlives
	s.Inflated += o.Inflated
	s.SkippedVendor += o.SkippedVendor
	s.SkippedGeneric += o.SkippedGeneric
	for i, n := range o.Refused {
		s.Refused[i] += n
	}
}

// Decode reads the one packet that b holds into p, which it clears first. It
// does not allocate unless it fails or the payload is compressed. On error p
// holds what was read so far and is good for diagnostics only.
//
// The error wraps [ErrNotHEP], [ErrVersion1], [ErrVersion2], [ErrTruncated],
// [ErrLength], [ErrDuplicate], [ErrMissing], [ErrValue], [ErrCompression],
// [ErrTooLarge] or [ErrAuth]; where a chunk is to blame it is a [*ChunkError].
func (d *Decoder) Decode(b []byte, p *Packet) error {
	*p = Packet{}
	if err := d.decode(b, p); err != nil {
		d.stats.Refused[ReasonOf(err)]++
		return err
	}
	d.stats.Packets++
	d.stats.Bytes += uint64(len(b))
	d.stats.SkippedVendor += uint64(p.SkippedVendor)
	d.stats.SkippedGeneric += uint64(p.SkippedGeneric)
	if p.IsKeepAlive() {
		d.stats.KeepAlives++
	}
	return nil
}

func (d *Decoder) decode(b []byte, p *Packet) error {
	if err := checkHeader(b); err != nil {
		return err
	}
	w := walk{packet: p}
	for at := headerBytes; at < len(b); {
		if len(b)-at < chunkHeaderBytes {
			return fmt.Errorf("offset %d: %w: %d bytes left, a chunk header has %d", at, ErrTruncated, len(b)-at, chunkHeaderBytes)
		}
		vendor := binary.BigEndian.Uint16(b[at:])
		typ := ChunkType(binary.BigEndian.Uint16(b[at+2:]))
		size := int(binary.BigEndian.Uint16(b[at+4:]))
		if size < chunkHeaderBytes || size > len(b)-at {
			return &ChunkError{
				Vendor: vendor, Type: typ, Offset: at, Err: ErrLength,
				Detail: fmt.Sprintf("length field %d, expected %d to %d", size, chunkHeaderBytes, len(b)-at),
			}
		}
		if vendor != 0 {
			p.SkippedVendor++
		} else if err := w.chunk(typ, at, b[at+chunkHeaderBytes:at+size:at+size]); err != nil {
			return err
		}
		at += size
	}
	if err := d.finish(&w); err != nil {
		return err
	}
	return d.Policy.Check(p)
}

// checkHeader makes sure that b is one whole packet of version 3.
func checkHeader(b []byte) error {
	if len(b) >= 2 && len(b) < 4 || len(b) >= 4 && string(b[:4]) != "HEP3" {
		// Older headers begin with version and header length: 8 bytes and
		// two addresses in version 1, 12 bytes more in version 2.
		switch [2]byte{b[0], b[1]} {
		case [2]byte{1, 16}, [2]byte{1, 40}:
			return ErrVersion1
		case [2]byte{2, 28}, [2]byte{2, 52}, [2]byte{2, 16}, [2]byte{2, 40}:
			return ErrVersion2
		}
	}
	if len(b) < 4 {
		return fmt.Errorf("%w: %d bytes, expected at least %d", ErrNotHEP, len(b), headerBytes)
	}
	if string(b[:4]) != "HEP3" {
		return fmt.Errorf("%w: begins with %q, expected \"HEP3\"", ErrNotHEP, b[:4])
	}
	if len(b) < headerBytes {
		return fmt.Errorf("packet: %w: %d bytes, expected at least %d", ErrTruncated, len(b), headerBytes)
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case size < headerBytes:
		return fmt.Errorf("packet: %w: length field %d, expected at least %d", ErrLength, size, headerBytes)
	case size > len(b):
		return fmt.Errorf("packet: %w: length field %d, got %d bytes", ErrTruncated, size, len(b))
	case size < len(b):
		return fmt.Errorf("packet: %w: length field %d, but %d bytes", ErrLength, size, len(b))
	}
	return nil
}

func (d *Decoder) maxInflated() int {
	if d.MaxInflatedBytes > 0 {
		return d.MaxInflatedBytes
	}
	return DefaultMaxInflatedBytes
}
