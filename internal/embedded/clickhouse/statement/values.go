package statement

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrValues means that data in the format Values cannot be looked through.
var ErrValues = errors.New("data in the format Values holds a piece that does not end")

// maxPending bounds one piece of Values data: a string, or blanks and comments
// between two pieces.
const maxPending = 16 << 20

// windowTokens is how far the rules for functions look: a call's name, two
// tokens before and two behind it.
const windowTokens = 5

// maxNameBytes is longer than the name of anything.
const maxNameBytes = 256

// valuesReader passes Values data on as far as it has been looked through.
type valuesReader struct {
	src     io.Reader
	buf     []byte
	checked int // bytes at the beginning of buf that may pass
	window  []Token
	eof     bool
	err     error
}

// CheckValues wraps data in the format Values, which the engine may evaluate as
// expressions: what it gives is the data, byte for byte, up to a call of a
// function that a [Statement] would be refused for, which is an error of kind
// [*Refusal]. The call itself does not pass.
func CheckValues(src io.Reader) io.Reader { return &valuesReader{src: src} }

// Read implements io.Reader.
func (r *valuesReader) Read(p []byte) (int, error) {
	for r.checked == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.buf[:r.checked])
	r.buf = r.buf[n:]
	r.checked -= n
	return n, nil
}

// fill reads more and looks through it.
func (r *valuesReader) fill() {
	if r.eof {
		r.err = io.EOF
		return
	}
	const piece = 64 << 10
	at := len(r.buf)
	if cap(r.buf)-at < piece/2 {
		buf := make([]byte, at, 2*at+piece)
		copy(buf, r.buf)
		r.buf = buf
	}
	n, err := r.src.Read(r.buf[at:cap(r.buf)])
	r.buf = r.buf[:at+n]
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
		return
	}
	r.eof = err != nil
	if r.err = r.check(); r.err == nil && len(r.buf)-r.checked > maxPending {
		r.err = fmt.Errorf("%w within %d bytes", ErrValues, maxPending)
	}
}

// check looks through what is complete: a token that ends where the buffer does
// may go on, and blanks behind the last token may be the beginning of a comment.
func (r *valuesReader) check() error {
	l := &Lexer{text: string(r.buf), more: !r.eof}
	for {
		t := l.Next()
		switch {
		case t.Kind == Invalid && r.eof:
			return ErrValues
		case t.Kind == End && r.eof:
			r.checked = len(r.buf)
			return nil
		case t.Kind == End, t.Kind == Invalid, t.Stop == len(r.buf) && !r.eof:
			return nil
		}
		if len(t.Text) > maxNameBytes {
			t.Text = t.Text[:maxNameBytes] // no rule knows one so long
		}
		t.Text = strings.Clone(t.Text) // the buffer is not to live as long as the window
		if len(r.window) == windowTokens {
			r.window = append(r.window[:0], r.window[1:]...)
		}
		r.window = append(r.window, t)
		s := Statement{tokens: r.window}
		if refused := s.refuseFunctions(); refused != nil {
			return refused
		}
		if refused := s.refuseFiles(); refused != nil {
			return refused
		}
		r.checked = t.Stop
	}
}
