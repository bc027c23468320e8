package hep

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
)

// inflater undoes the three ways in which agents compress a payload and keeps
// its tables and its buffer for the next one.
type inflater struct {
	in   bytes.Reader
	zlib io.ReadCloser
	gzip *gzip.Reader
	raw  io.ReadCloser
	out  []byte
}

// inflate returns what b holds, at most limit bytes, in a buffer that the next
// call reuses.
func (f *inflater) inflate(b []byte, limit int) ([]byte, error) {
	f.in.Reset(b)
	r, err := f.reader(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCompression, err)
	}
	f.out = f.out[:0]
	for {
		if len(f.out) == cap(f.out) {
			f.out = append(f.out, 0)[:len(f.out)]
		}
		// One byte over the limit is asked for, to tell "full" from "more".
		room := min(cap(f.out), limit+1)
		if len(f.out) > limit {
			return nil, fmt.Errorf("%w: inflates to more than %d bytes", ErrTooLarge, limit)
		}
		n, err := r.Read(f.out[len(f.out):room])
		f.out = f.out[:len(f.out)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCompression, err)
		}
	}
	if len(f.out) > limit {
		return nil, fmt.Errorf("%w: inflates to more than %d bytes", ErrTooLarge, limit)
	}
	return f.out, nil
}

// reader picks the format by its first bytes: gzip has a magic, a zlib header
// is deflate's method number and a multiple of 31 (RFC 1950 section 2.2).
func (f *inflater) reader(b []byte) (io.Reader, error) {
	switch {
	case len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b:
		if f.gzip == nil {
			f.gzip = new(gzip.Reader)
		}
		return f.gzip, f.gzip.Reset(&f.in)
	case len(b) >= 2 && b[0]&0x0f == 8 && (int(b[0])<<8|int(b[1]))%31 == 0:
		if f.zlib == nil {
			r, err := zlib.NewReader(&f.in)
			f.zlib = r
			if err != nil {
				f.zlib = nil
			}
			return r, err
		}
		return f.zlib, f.zlib.(zlib.Resetter).Reset(&f.in, nil)
	default:
		if f.raw == nil {
			f.raw = flate.NewReader(&f.in)
			return f.raw, nil
		}
		return f.raw, f.raw.(flate.Resetter).Reset(&f.in, nil)
	}
}
