package hep

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// readerStartBytes is the buffer a Reader begins with; it holds a good many
// RTCP packets, and grows only for a longer one.
const readerStartBytes = 16 << 10

// ReaderOptions bounds a Reader.
type ReaderOptions struct {
	// MaxPacketBytes is the longest packet taken; a longer one ends the
	// stream. It bounds the Reader's memory: the larger of it and 16 KiB.
	// Default and maximum MaxPacketBytes (65535).
	MaxPacketBytes int
}

// Reader cuts a stream (TCP, TLS, a file) into HEP packets. It checks the
// magic and the length only; what is inside is for a Decoder. The stream has
// no marks to find the next packet by, so the first error is final and the
// connection is to be closed.
type Reader struct {
	src        io.Reader
	max        int
	buf        []byte
	start, end int
	err        error
}

// NewReader returns a Reader of src.
func NewReader(src io.Reader, opts ReaderOptions) *Reader {
	limit := opts.MaxPacketBytes
	if limit <= 0 || limit > MaxPacketBytes {
		limit = MaxPacketBytes
	}
	return &Reader{src: src, max: limit, buf: make([]byte, readerStartBytes)}
}

// Next returns the next whole packet, header included. The slice is good
// until a call of Next finds Buffered false and has to read. The error is
// io.EOF if the stream ends between packets; within one it wraps ErrTruncated
// and io.ErrUnexpectedEOF. Otherwise it wraps ErrNotHEP, ErrVersion1,
// ErrVersion2, ErrLength or ErrTooLarge, or is what reading returned.
func (r *Reader) Next() ([]byte, error) {
	for r.err == nil {
		size, err := r.frame()
		if err != nil {
			r.err = err
			break
		}
		if size > 0 && r.end-r.start >= size {
			p := r.buf[r.start : r.start+size : r.start+size]
			r.start += size
			return p, nil
		}
		r.fill(size)
	}
	return nil, r.err
}

// Buffered reports whether Next has an answer without reading.
func (r *Reader) Buffered() bool {
	if r.err != nil {
		return true
	}
	size, err := r.frame()
	return err != nil || size > 0 && r.end-r.start >= size
}

// Partial returns how many bytes of an unfinished packet are held.
func (r *Reader) Partial() int { return r.end - r.start }

// frame returns the length of the packet at start, 0 if it is not known yet.
// It looks at each byte of the magic as it comes, so that a stranger is told
// off without waiting for more.
func (r *Reader) frame() (int, error) {
	b := r.buf[r.start:r.end]
	n := min(len(b), 4)
	if string(b[:n]) != "HEP3"[:n] {
		if len(b) < 2 && (b[0] == 1 || b[0] == 2) {
			return 0, nil // the second byte tells an old version from noise
		}
		if err := checkHeader(b); errors.Is(err, ErrVersion1) || errors.Is(err, ErrVersion2) {
			return 0, fmt.Errorf("stream: %w", err)
		}
		return 0, fmt.Errorf("stream: %w: %q, expected \"HEP3\"", ErrNotHEP, b[:n])
	}
	if len(b) < headerBytes {
		return 0, nil
	}
	size := int(binary.BigEndian.Uint16(b[4:]))
	if size < headerBytes {
		return 0, fmt.Errorf("stream: %w: length field %d, expected at least %d", ErrLength, size, headerBytes)
	}
	if size > r.max {
		return 0, fmt.Errorf("stream: %w: packet of %d bytes, at most %d", ErrTooLarge, size, r.max)
	}
	return size, nil
}

// fill makes room for a packet of the given size (0: not known) and reads
// once.
func (r *Reader) fill(size int) {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.start, r.end = 0, r.end-r.start
	}
	if size > len(r.buf) {
		grown := make([]byte, size)
		copy(grown, r.buf[:r.end])
		r.buf = grown
	}
	for range 100 {
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		switch {
		case n > 0:
			// An error that came with data comes again with none.
			return
		case err == io.EOF && r.end > 0:
			r.err = fmt.Errorf("stream: %w: ends %d bytes into a packet: %w", ErrTruncated, r.end, io.ErrUnexpectedEOF)
			return
		case err == io.EOF:
			r.err = io.EOF
			return
		case err != nil:
			r.err = fmt.Errorf("stream: %w", err)
			return
		}
	}
	r.err = fmt.Errorf("stream: %w", io.ErrNoProgress)
}
