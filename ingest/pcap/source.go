package pcap

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	readBuffer = 64 << 10
	// fixedMax is the longest fixed part of any record or block.
	fixedMax = 64
)

// source is the decompressed file with a count of its bytes.
type source struct {
	r      *bufio.Reader
	offset int64
	fixed  [fixedMax]byte
}

// newSource looks for gzip's magic (RFC 1952 section 2.3.1).
func newSource(r io.Reader) (*source, error) {
	br := bufio.NewReaderSize(r, readBuffer)
	magic, err := br.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &FileError{What: "file", Err: err}
	}
	if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b {
		return &source{r: br}, nil
	}
	zr, err := gzip.NewReader(br)
	if err != nil {
		return nil, &FileError{What: "gzip header: " + err.Error(), Err: cause(err)}
	}
	return &source{r: bufio.NewReaderSize(zr, readBuffer)}, nil
}

// small reads n <= fixedMax bytes, valid until the next call.
func (s *source) small(n int, what string) ([]byte, error) {
	b := s.fixed[:n]
	return b, s.fill(b, what)
}

// fill reads all of b.
func (s *source) fill(b []byte, what string) error {
	n, err := io.ReadFull(s.r, b)
	s.offset += int64(n)
	if err == nil {
		return nil
	}
	return &FileError{
		Offset: s.offset - int64(n),
		What:   fmt.Sprintf("%s: want %d bytes, have %d", what, len(b), n),
		Err:    cause(err),
	}
}

// skip passes over n bytes.
func (s *source) skip(n int64, what string) error {
	start := s.offset
	for left := n; left > 0; {
		step, err := s.r.Discard(int(min(left, 1<<30)))
		s.offset += int64(step)
		left -= int64(step)
		if err != nil {
			return &FileError{
				Offset: start,
				What:   fmt.Sprintf("%s: want %d bytes, have %d", what, n, n-left),
				Err:    cause(err),
			}
		}
	}
	return nil
}

// atEnd reports whether the file ends here, between two records.
func (s *source) atEnd() bool {
	_, err := s.r.Peek(1)
	return errors.Is(err, io.EOF)
}

// cause makes the end of the file, and damage that gzip sees, our own errors.
func cause(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrTruncated
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, new(flate.CorruptInputError)):
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return err
}

// byteOrder is that of a file or of a section.
type byteOrder bool

const (
	littleEndian byteOrder = false
	bigEndian    byteOrder = true
)

func (o byteOrder) uint16(b []byte) uint16 {
	if o == bigEndian {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (o byteOrder) uint32(b []byte) uint32 {
	if o == bigEndian {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (o byteOrder) uint64(b []byte) uint64 {
	if o == bigEndian {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}
