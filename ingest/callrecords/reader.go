package callrecords

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// Options of a Reader.
type Options struct {
	// MaxDocumentBytes is how large one document may be. 256 MiB.
	MaxDocumentBytes int
}

// Raw is one document of a file.
type Raw struct {
	// JSON of the document, valid until the next call of Next.
	JSON []byte
	// Kind is what the page says its documents are, or KindUnknown.
	Kind Kind
	// Index counts the documents of the file from 0.
	Index int
	// Offset is where the document begins in the uncompressed file.
	Offset int64
}

// Place adds to a *DocumentError where the document stands.
func (r *Raw) Place(err error) error {
	var d *DocumentError
	if errors.As(err, &d) {
		d.Index, d.Offset = r.Index, r.Offset
	}
	return err
}

// Reader takes a file apart into its documents. It holds one of them in memory
// at a time. It belongs to one goroutine.
type Reader struct {
	in  *bufio.Reader
	max int
	// offset counts bytes read, last is the byte before.
	offset int64
	last   byte
	buf    []byte
	raw    Raw
	count  int
	// inElements is true between the brackets of an array or of a page, whose
	// documents are of a kind; first before the first of them.
	inElements, inPage, first bool
	kind                      Kind
	next                      string
	err                       error
}

// NewReader returns a reader of a file in any of the forms that the package
// comment lists. The error wraps ErrFile: a gzip header that is not one, or a
// failing r.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	if o.MaxDocumentBytes == 0 {
		o.MaxDocumentBytes = 256 << 20
	}
	in := bufio.NewReaderSize(r, 1<<16)
	magic, err := in.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &FileError{Err: err}
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, &FileError{Err: fmt.Errorf("gzip: %w", err)}
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	rd := &Reader{in: in, max: o.MaxDocumentBytes, last: '\n'}
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte{0xef, 0xbb, 0xbf}) {
		rd.discard(3)
		rd.last = '\n'
	}
	return rd, nil
}

// NextLink is the @odata.nextLink of the last page that was read to its end,
// "" if it had none: where the rest of a query is that is not in the file.
func (r *Reader) NextLink() string { return r.next }

// Next returns the next document. The error is io.EOF at the end of a whole
// file, a *DocumentError where a document is refused (the next call goes on
// behind it), or a *FileError after which there is no more.
func (r *Reader) Next() (*Raw, error) {
	for r.err == nil {
		raw, err := r.step()
		switch {
		case raw != nil:
			return raw, nil
		case err == nil:
		case errors.Is(err, ErrDocument):
			return nil, err
		case err == errEnd: //nolint:errorlint // ours, never wrapped
			r.err = io.EOF
		case errors.Is(err, io.EOF):
			r.err = &FileError{Offset: r.offset, Err: fmt.Errorf("the file ends within document %d: %w", r.count+1, io.ErrUnexpectedEOF)}
		default:
			r.err = &FileError{Offset: r.offset, Err: fmt.Errorf("document %d: %w", r.count+1, err)}
		}
	}
	return nil, r.err
}

// errEnd is the end of a file where one may end.
var errEnd = errors.New("end of file")

// step reads one token of the outer structure, or one document.
func (r *Reader) step() (*Raw, error) {
	if r.inElements {
		return r.element()
	}
	c, err := r.token()
	if errors.Is(err, io.EOF) {
		return nil, errEnd
	}
	if err != nil {
		return nil, err
	}
	start := r.offset
	switch c {
	case '{':
		r.discard(1)
		r.buf = append(r.buf[:0], '{')
		return r.top(start, r.members(true))
	case '[':
		r.discard(1)
		r.inElements, r.inPage, r.first, r.kind = true, false, true, KindUnknown
		return nil, nil
	}
	r.buf = r.buf[:0]
	return r.top(start, strayed(c, "{ or ["))
}

// top is a document that stands alone, or on a line of its own, unless its
// reading failed. Behind damage the next line that begins with a brace goes on.
func (r *Reader) top(start int64, err error) (*Raw, error) {
	var damage damaged
	switch {
	case err == errPage: //nolint:errorlint // ours, never wrapped
		return nil, nil
	case errors.As(err, &damage):
		refused := r.refuse(ReasonJSON, damage.want, damage.got, start)
		if err := r.nextLine(); err != nil {
			return nil, err
		}
		return nil, refused
	case err != nil:
		return nil, err
	}
	return r.document(start, KindUnknown)
}

// element reads the next element of an array or a page.
func (r *Reader) element() (*Raw, error) {
	c, err := r.token()
	if err != nil {
		return nil, err
	}
	switch {
	case c == ']':
		r.discard(1)
		r.inElements = false
		if r.inPage {
			return nil, r.members(false)
		}
		return nil, nil
	case !r.first && c == ',':
		r.discard(1)
		if _, err = r.token(); err != nil {
			return nil, err
		}
	case !r.first:
		return nil, strayed(c, "a comma or ]")
	}
	r.first = false
	start := r.offset
	if r.buf, err = r.value(r.buf[:0]); err != nil {
		return nil, err
	}
	return r.document(start, r.kind)
}

// document hands out what is in the buffer.
func (r *Reader) document(start int64, kind Kind) (*Raw, error) {
	if len(r.buf) > r.max {
		r.buf = nil
		return nil, r.refuse(ReasonSize, fmt.Sprintf("at most %d bytes", r.max), "more", start)
	}
	r.raw = Raw{JSON: r.buf, Kind: kind, Index: r.count, Offset: start}
	r.count++
	return &r.raw, nil
}

// refuse is the error about a document that is not handed out.
func (r *Reader) refuse(reason, want, got string, start int64) error {
	r.count++
	return &DocumentError{Reason: reason, Want: want, Got: got, Index: r.count - 1, Offset: start}
}

// errPage says that an object was a page, whose elements come next.
var errPage = errors.New("page")

// members reads the members of an object up to its end: of a document, which
// are gathered, or those behind the elements of a page.
func (r *Reader) members(gather bool) error {
	context := ""
	for n := 0; ; n++ {
		r.buf = r.buf[:min(len(r.buf), r.max+1)]
		c, err := r.token()
		if err != nil {
			return err
		}
		if c == '}' {
			r.discard(1)
			r.buf = append(r.buf, '}')
			return nil
		}
		if n > 0 || !gather {
			if c != ',' {
				return strayed(c, "a comma or }")
			}
			r.discard(1)
			r.buf = append(r.buf, ',')
			if c, err = r.token(); err != nil {
				return err
			}
		}
		if c != '"' {
			return strayed(c, "the name of a property")
		}
		start := len(r.buf)
		if r.buf, err = r.value(r.buf); err != nil {
			return err
		}
		name := string(r.buf[start:])
		if c, err = r.token(); err != nil {
			return err
		}
		if c != ':' {
			return strayed(c, "a colon")
		}
		r.discard(1)
		r.buf = append(r.buf, ':')
		if c, err = r.token(); err != nil {
			return err
		}
		if gather && c == '[' && name == `"value"` {
			r.discard(1)
			r.inElements, r.inPage, r.first, r.kind, r.next = true, true, true, kindOfContext(context), ""
			return errPage
		}
		start = len(r.buf)
		if r.buf, err = r.value(r.buf); err != nil {
			return err
		}
		switch name {
		case `"` + contextProperty + `"`:
			context = string(r.buf[start:])
		case `"@odata.nextLink"`:
			r.next = string(bytes.Trim(r.buf[start:], `"`))
		}
		if !gather {
			r.buf = r.buf[:0]
		}
	}
}
