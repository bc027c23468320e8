package callrecords

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// damaged is the error about text that is not JSON where the outer structure
// of a file is read.
type damaged struct{ want, got string }

// Error implements error.
func (d damaged) Error() string { return fmt.Sprintf("want %s, got %s", d.want, d.got) }

func strayed(c byte, want string) error { return damaged{want, fmt.Sprintf("%q", c)} }

// token passes over white space and returns the byte behind it, which it
// leaves. At the end of the file the error is io.EOF.
func (r *Reader) token() (byte, error) {
	for {
		chunk, err := r.chunk()
		if err != nil {
			return 0, err
		}
		for i, c := range chunk {
			if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				r.discard(i)
				return c, nil
			}
		}
		r.discard(len(chunk))
	}
}

// chunk is what is buffered, at least one byte.
func (r *Reader) chunk() ([]byte, error) {
	if r.in.Buffered() == 0 {
		if _, err := r.in.Peek(1); err != nil {
			return nil, err
		}
	}
	return r.in.Peek(r.in.Buffered())
}

// discard passes over n buffered bytes.
func (r *Reader) discard(n int) {
	if n > 0 {
		b, _ := r.in.Peek(n)
		r.last = b[n-1]
		n, _ = r.in.Discard(n)
		r.offset += int64(n)
	}
}

// keep appends n buffered bytes to dst and passes over them. Of more than the
// largest document so much is kept that it is seen to be too large.
func (r *Reader) keep(dst, chunk []byte, n int) []byte {
	if len(dst) <= r.max {
		dst = append(dst, chunk[:n]...)
	}
	r.discard(n)
	return dst
}

// value appends the JSON value that comes next to dst. It finds where the value
// ends and leaves it to the decoder to see whether it is JSON. The file's end
// within the value is io.EOF.
func (r *Reader) value(dst []byte) ([]byte, error) {
	c, err := r.token()
	if err != nil {
		return dst, err
	}
	switch c {
	case '"':
		return r.quoted(dst)
	case '{', '[':
		return r.nestedValue(dst)
	case '}', ']', ',', ':':
		return dst, strayed(c, "a value")
	}
	return r.scalar(dst)
}

// quoted appends a string with its quotes.
func (r *Reader) quoted(dst []byte) ([]byte, error) {
	skip := 1 // the quote that begins it, or what an escape takes
	for {
		chunk, err := r.chunk()
		if err != nil {
			return dst, err
		}
		i := min(skip, len(chunk))
		skip -= i
		for i < len(chunk) {
			n := bytes.IndexAny(chunk[i:], "\"\\\n")
			if n < 0 {
				i = len(chunk)
				break
			}
			i += n
			switch chunk[i] {
			case '"':
				return r.keep(dst, chunk, i+1), nil
			case '\n':
				dst = r.keep(dst, chunk, i)
				return dst, damaged{"a string on one line", "its line's end"}
			}
			i += 2 // the backslash and what it escapes
			if i > len(chunk) {
				i, skip = len(chunk), 1
			}
		}
		dst = r.keep(dst, chunk, i)
	}
}

// scalar appends a number or a literal.
func (r *Reader) scalar(dst []byte) ([]byte, error) {
	for {
		chunk, err := r.chunk()
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
		if n := bytes.IndexAny(chunk, " \t\r\n,]}:{[\""); n >= 0 {
			return r.keep(dst, chunk, n), nil
		}
		dst = r.keep(dst, chunk, len(chunk))
	}
}

// nestedValue appends an object or an array.
func (r *Reader) nestedValue(dst []byte) ([]byte, error) {
	depth := 0
	before := byte(',') // the last byte that is not white space
	for {
		chunk, err := r.chunk()
		if err != nil {
			return dst, err
		}
		i := 0
		for i < len(chunk) {
			c := chunk[i]
			if c <= ' ' {
				i++
				continue
			}
			switch c {
			case '"':
				if end := closing(chunk, i+1); end > 0 {
					i, before = end, '"'
					continue
				}
				// The string reaches beyond the chunk, or is damaged.
				dst = r.keep(dst, chunk, i)
				if dst, err = r.quoted(dst); err != nil {
					return dst, err
				}
				before = '"'
				chunk, i = nil, 0
				continue
			case '{', '[':
				if c == '{' && r.cutOff(chunk, i, before) {
					dst = r.keep(dst, chunk, i)
					return dst, damaged{"the end of the object", "another one on a line of its own"}
				}
				depth++
			case '}', ']':
				depth--
				if depth == 0 {
					return r.keep(dst, chunk, i+1), nil
				}
			}
			before = c
			i++
		}
		dst = r.keep(dst, chunk, i)
	}
}

// closing finds the end of a string that begins at i: the place behind its
// quote, or 0 if it is not in the chunk.
func closing(chunk []byte, i int) int {
	for i < len(chunk) {
		switch chunk[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		case '\n':
			return 0
		}
		i++
	}
	return 0
}

// cutOff tells whether the brace at i begins a line of JSON lines whose line
// before was cut off: within a document a brace follows a colon, a comma or a
// bracket.
func (r *Reader) cutOff(chunk []byte, i int, before byte) bool {
	if r.inElements || before == ':' || before == ',' || before == '[' || before == '{' {
		return false
	}
	if i > 0 {
		return chunk[i-1] == '\n'
	}
	return r.last == '\n'
}

// nextLine passes over damage to the next line that begins with a brace or
// bracket; the end of the file is no error.
func (r *Reader) nextLine() error {
	for {
		chunk, err := r.chunk()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.last == '\n' && (chunk[0] == '{' || chunk[0] == '[') {
			return nil
		}
		if n := bytes.IndexByte(chunk, '\n'); n >= 0 {
			r.discard(n + 1)
		} else {
			r.discard(len(chunk))
		}
	}
}
