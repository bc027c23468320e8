package httpfront

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// encodings are the HTTP content codings, the preferred ones first. "deflate"
// is zlib's format (RFC 9110, section 8.4.1.2).
var encodings = []string{"zstd", "gzip", "deflate", "lz4", "br"}

// negotiate picks an encoding that the client takes; "" is none.
func negotiate(accept []string) string {
	var taken []string
	for _, header := range accept {
		for part := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
			if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
				if weight, err := strconv.ParseFloat(q, 64); err != nil || weight <= 0 {
					continue
				}
			}
			taken = append(taken, strings.ToLower(strings.TrimSpace(name)))
		}
	}
	for _, e := range encodings {
		if slices.Contains(taken, e) {
			return e
		}
	}
	return ""
}

// decoder undoes a Content-Encoding.
func decoder(encoding string, src io.Reader) (io.ReadCloser, error) {
	var r io.Reader
	var err error
	switch encoding {
	case "", "identity":
		return io.NopCloser(src), nil
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(src)
	case "deflate":
		r, err = zlib.NewReader(src)
	case "br":
		r = brotli.NewReader(src)
	case "lz4":
		r = lz4.NewReader(src)
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(128<<20)); err == nil {
			return d.IOReadCloser(), nil
		}
	default:
		return nil, codeNotImplemented.errorf("Content-Encoding %q: want one of %s", encoding, strings.Join(encodings, ", "))
	}
	if err != nil {
		return nil, codeDecompress.errorf("Content-Encoding %s: %v", encoding, err)
	}
	return io.NopCloser(r), nil
}

// encoder applies a content coding to an answer. Levels are low: the way is
// the loopback interface.
func encoder(encoding string, dst io.Writer) io.WriteCloser {
	switch encoding {
	case "gzip":
		w, _ := gzip.NewWriterLevel(dst, 3)
		return w
	case "deflate":
		w, _ := zlib.NewWriterLevel(dst, 3)
		return w
	case "br":
		return brotli.NewWriterLevel(dst, 2)
	case "lz4":
		return lz4.NewWriter(dst)
	case "zstd":
		w, _ := zstd.NewWriter(dst, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return w
	}
	return nil
}
