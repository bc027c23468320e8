package httpfront

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// TestCutBodies cuts encoded bodies in the middle: a body that is not whole
// must never look like one that is.
func TestCutBodies(t *testing.T) {
	h := &Handler{opt: Options{MaxBodyBytes: 1 << 20, IdleTimeout: time.Minute}}
	data := strings.Repeat("0123456789abcdef some line of data\n", 2000)
	for _, name := range encodings {
		var whole bytes.Buffer
		w := encoder(name, &whole)
		if _, err := io.WriteString(w, data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		read := func(n int) ([]byte, error) {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(whole.Bytes()[:n]))
			b, err := h.openBody(httptest.NewRecorder(), r, &request{contentEncoding: name})
			if err != nil {
				return nil, err
			}
			defer b.Close()
			return io.ReadAll(b)
		}
		if got, err := read(whole.Len()); err != nil || string(got) != data {
			t.Errorf("%s whole: %d bytes, %v", name, len(got), err)
		}
		for _, n := range []int{1, 5, whole.Len() / 2, whole.Len() - 1} {
			var e *chdb.Error
			if got, err := read(n); !errors.As(err, &e) {
				t.Errorf("%s cut after %d of %d bytes: %d bytes, %v; want an error with a code", name, n, whole.Len(), len(got), err)
			}
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	if _, err := h.openBody(httptest.NewRecorder(), r, &request{contentEncoding: "snappy"}); err == nil {
		t.Error("an encoding that nobody knows: want an error")
	}
}

func TestBodyLimit(t *testing.T) {
	h := &Handler{opt: Options{MaxBodyBytes: 10, IdleTimeout: time.Minute}}
	for text, ok := range map[string]bool{"0123456789": true, "01234567890": false} {
		b, err := h.openBody(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text)), &request{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(b)
		var e *chdb.Error
		if ok && (err != nil || string(got) != text) || !ok && (!errors.As(err, &e) || e.Code != 307) {
			t.Errorf("%d bytes: %q, %v", len(text), got, err)
		}
	}
}
