package httpfront

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// body is what the client sends, decoded and bounded.
type body struct {
	src   io.Reader
	close []func() error
	left  int64
	limit int64
}

// openBody undoes Content-Encoding and native frames. Each wait for the client
// is bounded by the idle timeout.
func (h *Handler) openBody(w http.ResponseWriter, r *http.Request, req *request) (*body, error) {
	b := &body{left: h.opt.MaxBodyBytes, limit: h.opt.MaxBodyBytes}
	b.src = &idleReader{src: r.Body, control: http.NewResponseController(w), idle: h.opt.IdleTimeout}
	if r.ContentLength == 0 {
		return b, nil
	}
	decoded, err := decoder(req.contentEncoding, b.src)
	if err != nil {
		return nil, err
	}
	b.src, b.close = decoded, append(b.close, decoded.Close)
	if req.decompress {
		frames := newFrameReader(b.src)
		b.src, b.close = frames, append(b.close, frames.Close)
	}
	return b, nil
}

// Read implements io.Reader. All failures but the end are [*chdb.Error].
func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.src.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, codeTooManyBytes.errorf("the body is larger than the %d bytes that one request may send", b.limit)
	}
	var coded *chdb.Error
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return n, err
	case errors.As(err, &coded):
		return n, coded
	}
	// io.ErrUnexpectedEOF, a reset, a timeout, or a broken encoding: the data is
	// not whole.
	return n, codeNetwork.errorf("the body was cut off or is broken: %v", err)
}

// Close frees the decoders.
func (b *body) Close() {
	for _, c := range b.close {
		_ = c()
	}
}

// idleReader gives the client a while for every piece.
type idleReader struct {
	src     io.Reader
	control *http.ResponseController
	idle    time.Duration
}

func (r *idleReader) Read(p []byte) (int, error) {
	_ = r.control.SetReadDeadline(time.Now().Add(r.idle)) // unsupported in tests: no deadline then
	n, err := r.src.Read(p)
	if errors.Is(err, io.EOF) {
		_ = r.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
