package httpfront

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

func newOutput(req *request) (*output, *httptest.ResponseRecorder) {
	w := httptest.NewRecorder()
	o := &output{w: w, control: http.NewResponseController(w), idle: time.Minute, server: server{version: "26.7.2.1", timezone: "UTC", contentTypes: map[string]string{"csv": "text/csv"}, formatNames: map[string]string{"csv": "CSV"}}, queryID: "q", started: time.Now()}
	o.begin(req, "csv")
	return o, w
}

var failure = &chdb.Error{Code: 395, Name: "X", Message: "too far (X)"}

func TestFailureBeforeFirstByte(t *testing.T) {
	for name, req := range map[string]*request{
		"plain": {bufferBytes: 100}, "frames": {bufferBytes: 100, compress: true, frameMethod: "LZ4"}, "gzip": {bufferBytes: 100, responseEncoding: "gzip"},
	} {
		o, w := newOutput(req)
		if _, err := io.WriteString(o, "some data"); err != nil {
			t.Fatal(err)
		}
		o.fail(failure)
		if w.Code != 500 || w.Body.String() != "Code: 395. DB::Exception: too far (X) (version 26.7.2.1)\n" ||
			w.Header().Get("X-ClickHouse-Exception-Code") != "395" || w.Header().Get("Content-Encoding") != "" || w.Header().Get("X-ClickHouse-Format") != "" {
			t.Errorf("%s: %d %v %q", name, w.Code, w.Header(), w.Body)
		}
	}
}

func TestFailureAfterFirstByte(t *testing.T) {
	data := strings.Repeat("x", 200)
	for name, c := range map[string]struct {
		req    request
		decode func(io.Reader) (io.Reader, error)
	}{
		"plain":  {request{bufferBytes: 100}, func(r io.Reader) (io.Reader, error) { return r, nil }},
		"gzip":   {request{bufferBytes: 100, responseEncoding: "gzip"}, func(r io.Reader) (io.Reader, error) { return decoder("gzip", r) }},
		"zstd":   {request{bufferBytes: 100, responseEncoding: "zstd"}, func(r io.Reader) (io.Reader, error) { return decoder("zstd", r) }},
		"frames": {request{bufferBytes: 100, compress: true, frameMethod: "LZ4"}, nil},
	} {
		o, w := newOutput(&c.req)
		if _, err := io.WriteString(o, data); err != nil {
			t.Fatal(err)
		}
		o.fail(failure)
		tag := w.Header().Get("X-ClickHouse-Exception-Tag")
		text := "Code: 395. DB::Exception: too far (X) (version 26.7.2.1)"
		want := "\r\n__exception__\r\n" + tag + "\r\n" + text + "\n56 " + tag + "\r\n__exception__\r\n"
		var got string
		if c.decode != nil {
			r, err := c.decode(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			all, err := io.ReadAll(r)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			got = string(all)
		} else { // frames first, then plain text
			at := strings.Index(w.Body.String(), "\r\n__exception__")
			if at < 0 {
				t.Fatalf("%s: %q", name, w.Body)
			}
			raw := w.Body.String()
			all, err := io.ReadAll(compress.NewReader(strings.NewReader(raw[:at])))
			if err != nil && !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			got = string(all) + raw[at:]
		}
		if w.Code != 200 || len(tag) != 16 || got != data+want {
			t.Errorf("%s: status %d, tag %q, body %q; want %q", name, w.Code, tag, got, data+want)
		}
	}
}

func TestFinish(t *testing.T) {
	o, w := newOutput(&request{bufferBytes: 100})
	o.stats = chdb.Stats{ReadRows: 7, WrittenRows: 2}
	_, _ = io.WriteString(o, "1\n")
	if err := o.finish(); err != nil {
		t.Fatal(err)
	}
	h := w.Header()
	if w.Body.String() != "1\n" || h.Get("Content-Length") != "2" || h.Get("Content-Type") != "text/csv" || h.Get("X-ClickHouse-Format") != "CSV" || h.Get("X-ClickHouse-Timezone") != "UTC" || h.Get("X-ClickHouse-Query-Id") != "q" {
		t.Errorf("%v %q", h, w.Body)
	}
	for _, figure := range []string{`"read_rows":"7"`, `"written_rows":"2"`, `"elapsed_ns":"`} {
		if !strings.Contains(h.Get("X-ClickHouse-Summary"), figure) {
			t.Errorf("summary %s lacks %s", h.Get("X-ClickHouse-Summary"), figure)
		}
	}
	// Nothing is not encoded: an empty body stays empty.
	o, w = newOutput(&request{bufferBytes: 100, responseEncoding: "gzip", compress: true, frameMethod: "LZ4"})
	if err := o.finish(); err != nil || w.Body.Len() != 0 || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("an empty answer: %v, %d bytes, %v", err, w.Body.Len(), w.Header())
	}
}

func TestWaitEndOfQuery(t *testing.T) {
	o, w := newOutput(&request{waitEnd: true, bufferBytes: 10})
	o.maxTotal = 100
	if _, err := io.WriteString(o, strings.Repeat("x", 100)); err != nil {
		t.Fatal(err)
	}
	if o.committed || w.Body.Len() != 0 {
		t.Error("bytes went out before the end")
	}
	_, err := io.WriteString(o, "y")
	var e *chdb.Error
	if !errors.As(err, &e) || e.Code != 396 {
		t.Errorf("beyond what is held: %v", err)
	}
}

func TestStatuses(t *testing.T) {
	for code, want := range map[int]int{60: 404, 62: 400, 516: 403, 194: 401, 497: 403, 48: 501, 159: 408, 229: 413, 395: 500, 0: 500, -1: 500} {
		if got := statusOf(code); got != want {
			t.Errorf("code %d: status %d, want %d", code, got, want)
		}
	}
}
