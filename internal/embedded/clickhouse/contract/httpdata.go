package contract

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// testHTTPInsert puts statement and data where they may be, among them texts
// that a careless split would cut in the wrong place.
func testHTTPInsert(t *testing.T, s *suite) {
	s.post(t, "CREATE TABLE inserts (n UInt32, text String) ENGINE = MergeTree ORDER BY n")
	for _, c := range []struct{ name, query, body, want string }{
		{"all in the body", "", "INSERT INTO inserts FORMAT TSV\n1\ta\n2\tb\n", "1\ta\n2\tb\n"},
		{"all in the URL", "INSERT INTO inserts VALUES (1, 'a'), (2, concat('b', 'c'))", "", "1\ta\n2\tbc\n"},
		{"statement in the URL", "INSERT INTO inserts FORMAT CSV", "1,a\n2,\"b\nc\"\n", "1\ta\n2\tb\\nc\n"},
		{"data in both", "INSERT INTO inserts FORMAT TSV\n1\ta", "2\tb\n", "1\ta\n2\tb\n"},
		{"lower case, columns, settings", "insert into inserts (text, n) settings max_threads = 1 format JSONEachRow", `{"n":1,"text":"FORMAT TSV"}`, "1\tFORMAT TSV\n"},
		{"FORMAT in a comment", "INSERT INTO inserts /* FORMAT CSV */ FORMAT TSV", "1\ta\n", "1\ta\n"},
		{"FORMAT in data", "", "INSERT INTO inserts VALUES (1, ' FORMAT CSV '), (2, 'VALUES')", "1\t FORMAT CSV \n2\tVALUES\n"},
		{"FORMAT in a literal of a SELECT", "", "INSERT INTO inserts SELECT 1, ' FORMAT CSV\n1,2'", "1\t FORMAT CSV\\n1,2\n"},
		{"FORMAT in a here-document", "", "INSERT INTO inserts SELECT 1, $x$ FORMAT CSV $x$", "1\t FORMAT CSV \n"},
		{"quoted name", "INSERT INTO `inserts` (`n`, \"text\") FORMAT TSV", "1\ta\n", "1\ta\n"},
		{"semicolons in data", "INSERT INTO inserts FORMAT CSV", "1,;DROP TABLE inserts;\n", "1\t;DROP TABLE inserts;\n"},
		{"no data", "INSERT INTO inserts FORMAT CSV", "", ""},
		{"trailing comment", "INSERT INTO inserts -- FORMAT CSV\nFORMAT TSV", "1\ta\n", "1\ta\n"},
	} {
		s.post(t, "TRUNCATE TABLE inserts")
		u := map[string]string{}
		if c.query != "" {
			u["query"] = c.query
		}
		if a := s.do(t, call{url: u, body: strings.NewReader(c.body)}); a.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", c.name, a.status, a.body)
			continue
		}
		if got := s.post(t, "SELECT * FROM inserts ORDER BY n"); got != c.want {
			t.Errorf("%s: stored %q, want %q", c.name, got, c.want)
		}
	}
	a := s.do(t, call{url: map[string]string{"query": "INSERT INTO inserts FORMAT TSV"}, body: strings.NewReader("7\ta\n8\tb\n")})
	if summary := a.header.Get("X-ClickHouse-Summary"); !strings.Contains(summary, `"written_rows":"2"`) {
		t.Errorf("X-ClickHouse-Summary of an INSERT of two rows: %s", summary)
	}
}

// encodings are HTTP content codings.
var encodings = map[string]struct {
	encode func(io.Writer) io.WriteCloser
	decode func(io.Reader) (io.Reader, error)
}{
	"gzip":    {func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	"deflate": {func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
	"br":      {func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
	"zstd": {
		func(w io.Writer) io.WriteCloser { e, _ := zstd.NewWriter(w); return e },
		func(r io.Reader) (io.Reader, error) {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
			return d, err
		},
	},
	"lz4": {func(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }, func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }},
}

func testHTTPEncodings(t *testing.T, s *suite) {
	s.post(t, "CREATE TABLE encodings (n UInt32, text String) ENGINE = MergeTree ORDER BY n")
	rows := strings.Repeat("1\tsome text that can be compressed\n", 20_000)
	for name, e := range encodings {
		t.Run(name, func(t *testing.T) {
			s.post(t, "TRUNCATE TABLE encodings")
			var sent bytes.Buffer
			w := e.encode(&sent)
			if _, err := io.WriteString(w, rows); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			a := s.do(t, call{url: map[string]string{"query": "INSERT INTO encodings FORMAT TSV"}, header: map[string]string{"Content-Encoding": name}, body: &sent})
			if a.status != http.StatusOK {
				t.Fatalf("insert: %d: %s", a.status, a.body)
			}
			a = s.do(t, call{url: map[string]string{"query": "SELECT * FROM encodings", "enable_http_compression": "1"}, header: map[string]string{"Accept-Encoding": name}})
			if a.status != http.StatusOK || a.header.Get("Content-Encoding") != name {
				t.Fatalf("select: %d, Content-Encoding %q", a.status, a.header.Get("Content-Encoding"))
			}
			d, err := e.decode(strings.NewReader(a.body))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(d); err != nil || string(got) != rows {
				t.Errorf("read %d bytes, %v; want %d", len(got), err, len(rows))
			}
		})
	}
	if a := s.do(t, call{url: map[string]string{"query": "SELECT 1"}, header: map[string]string{"Accept-Encoding": "gzip"}}); a.header.Get("Content-Encoding") != "" || a.body != "1\n" {
		t.Errorf("without enable_http_compression: Content-Encoding %q, body %q", a.header.Get("Content-Encoding"), a.body)
	}
}

// testHTTPFrames compresses both ways with ClickHouse's own framing.
func testHTTPFrames(t *testing.T, s *suite) {
	s.post(t, "CREATE TABLE frames (n UInt64) ENGINE = MergeTree ORDER BY n")
	for name, method := range map[string]compress.Method{"LZ4": compress.LZ4, "ZSTD": compress.ZSTD} {
		t.Run(name, func(t *testing.T) {
			s.post(t, "TRUNCATE TABLE frames")
			var sent bytes.Buffer
			w := compress.NewWriter(0, method)
			for _, part := range []string{"1\n2\n", "3\n", strings.Repeat("4\n", 100_000)} {
				if err := w.Compress([]byte(part)); err != nil {
					t.Fatal(err)
				}
				sent.Write(w.Data)
			}
			whole := bytes.Clone(sent.Bytes())
			a := s.do(t, call{url: map[string]string{"query": "INSERT INTO frames FORMAT TSV", "decompress": "1"}, body: &sent})
			if a.status != http.StatusOK {
				t.Fatalf("insert: %d: %s", a.status, a.body)
			}
			a = s.do(t, call{url: map[string]string{"query": "SELECT n FROM frames ORDER BY n FORMAT TSV", "compress": "1", "network_compression_method": name}})
			got, err := io.ReadAll(compress.NewReader(strings.NewReader(a.body)))
			if err != nil && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			if want := "1\n2\n3\n" + strings.Repeat("4\n", 100_000); string(got) != want {
				t.Errorf("read %d bytes, want %d", len(got), len(want))
			}
			broken := bytes.Clone(whole)
			broken[len(broken)-1] ^= 1
			for what, body := range map[string][]byte{"a broken frame": broken, "half a frame": whole[:len(whole)-3], "a header without its frame": whole[:25]} {
				a := s.do(t, call{url: map[string]string{"query": "INSERT INTO frames FORMAT TSV", "decompress": "1"}, body: bytes.NewReader(body)})
				if a.status < 400 {
					t.Errorf("%s: status %d", what, a.status)
				}
			}
			if n := s.post(t, "SELECT count() FROM frames"); n != "100003\n" {
				t.Errorf("%s rows after broken uploads, want 100003", strings.TrimSpace(n))
			}
		})
	}
}

// testHTTPCutUpload breaks off in the middle of the data: no row may be stored.
func testHTTPCutUpload(t *testing.T, s *suite) {
	s.post(t, "CREATE TABLE cut (n UInt64) ENGINE = MergeTree ORDER BY n")
	sent, upload := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		r, err := client.Do(s.request(t, context.Background(), call{url: map[string]string{"query": "INSERT INTO cut FORMAT TSV"}, body: sent}))
		if err == nil {
			r.Body.Close()
		}
		failed <- err
	}()
	if _, err := io.WriteString(upload, strings.Repeat("1\n", 100_000)); err != nil {
		t.Fatal(err)
	}
	upload.CloseWithError(errors.New("cut off"))
	if err := <-failed; err == nil {
		t.Error("a cut upload came back without an error")
	}
	// The statement is gone from the list once the server has dealt with it.
	for s.post(t, "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO cut%'") != "0\n" {
	}
	if n := s.post(t, "SELECT count() FROM cut"); n != "0\n" {
		t.Errorf("%s rows of a cut upload are stored", strings.TrimSpace(n))
	}
}

// testHTTPMidStream reads what a plain client sees of a late failure.
func testHTTPMidStream(t *testing.T, s *suite) {
	a := s.do(t, call{body: strings.NewReader("SELECT number, repeat('x', 100), throwIf(number = 20000, 'too far') FROM numbers(30000) FORMAT TSV SETTINGS max_threads = 1, max_block_size = 2000")})
	if a.status != http.StatusOK {
		t.Fatalf("status %d: the first byte was to be out before the failure", a.status)
	}
	tag := a.header.Get("X-ClickHouse-Exception-Tag")
	at := strings.Index(a.body, "\r\n__exception__\r\n"+tag+"\r\nCode: 395. DB::Exception: ")
	if len(tag) != 16 || at < 0 || !strings.HasSuffix(a.body, " "+tag+"\r\n__exception__\r\n") {
		t.Errorf("tag %q; the body ends %q", tag, a.body[max(0, len(a.body)-400):])
	}
}
