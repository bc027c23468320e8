package httpfront

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/go-faster/city"
	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

// TestFramesRoundTrip writes with our writer and reads with ours and with
// ch-go's, and the other way round.
func TestFramesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]string{"LZ4", "ZSTD", "NONE"}).Draw(t, "method")
		var pieces [][]byte
		for range rapid.IntRange(0, 5).Draw(t, "pieces") {
			seed := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "seed")
			pieces = append(pieces, bytes.Repeat(seed, rapid.IntRange(1, 2000).Draw(t, "repeat")))
		}
		want := bytes.Join(pieces, nil)
		var ours bytes.Buffer
		w := newFrameWriter(&ours, method)
		for _, p := range pieces {
			if _, err := w.Write(p); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(newFrameReader(iotest.HalfReader(bytes.NewReader(ours.Bytes()))))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("ours by ours: %d bytes, %v; want %d", len(got), err, len(want))
		}
		got, err = io.ReadAll(compress.NewReader(bytes.NewReader(ours.Bytes())))
		if err != nil && !errors.Is(err, io.EOF) || !bytes.Equal(got, want) {
			t.Fatalf("ours by ch-go: %d bytes, %v; want %d", len(got), err, len(want))
		}
		var theirs bytes.Buffer
		enc := compress.NewWriter(0, map[string]compress.Method{"LZ4": compress.LZ4, "ZSTD": compress.ZSTD, "NONE": compress.None}[method])
		for _, p := range pieces {
			if err := enc.Compress(p); err != nil {
				t.Fatal(err)
			}
			theirs.Write(enc.Data)
		}
		got, err = io.ReadAll(newFrameReader(&theirs))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("ch-go's by ours: %d bytes, %v; want %d", len(got), err, len(want))
		}
	})
}

// frame builds a frame with a right checksum, whatever it claims.
func frame(method byte, rawSize, dataSize uint32, payload []byte) []byte {
	f := make([]byte, frameHashBytes+frameHeaderBytes, frameHashBytes+frameHeaderBytes+len(payload))
	f[16] = method
	binary.LittleEndian.PutUint32(f[17:], rawSize)
	binary.LittleEndian.PutUint32(f[21:], dataSize)
	f = append(f, payload...)
	h := city.CH128(f[16:])
	binary.LittleEndian.PutUint64(f, h.Low)
	binary.LittleEndian.PutUint64(f[8:], h.High)
	return f
}

func TestFramesThatLie(t *testing.T) {
	for name, c := range map[string]struct {
		frame []byte
		code  int
		text  string
	}{
		"unknown method":         {frame(0x77, 9, 0, nil), 271, "method 0x77"},
		"compressed size 8":      {frame(frameNone, 8, 0, nil), 271, "compressed size 8"},
		"compressed size 2 GiB":  {frame(frameLZ4, 1<<31, 1, nil), 271, "compressed size 2147483648"},
		"data size 2 GiB":        {frame(frameLZ4, 10, 1<<31, []byte{0}), 271, "data size 2147483648"},
		"LZ4 bomb":               {frame(frameLZ4, 10, 1<<30, []byte{0}), 271, "cannot hold"},
		"LZ4 garbage":            {frame(frameLZ4, 13, 100, []byte{0xff, 1, 2, 3}), 271, "LZ4"},
		"ZSTD garbage":           {frame(frameZSTD, 13, 100, []byte{0xff, 1, 2, 3}), 271, "ZSTD"},
		"announces more":         {frame(frameNone, 11, 100, []byte{1, 2}), 271, "holds 2 bytes and announces 100"},
		"announces less":         {frame(frameNone, 11, 1, []byte{1, 2}), 271, "holds 2 bytes and announces 1"},
		"checksum of other data": {append(make([]byte, 16), frame(frameNone, 11, 2, []byte{1, 2})[16:]...), 40, "checksum"},
	} {
		_, err := io.ReadAll(newFrameReader(bytes.NewReader(c.frame)))
		var e *chdb.Error
		if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(e.Message, c.text) {
			t.Errorf("%s: %v, want code %d with %q", name, err, c.code, c.text)
		}
	}
}

func TestFramesCutAnywhere(t *testing.T) {
	whole := append(frame(frameNone, 11, 2, []byte("ab")), frame(frameNone, 12, 3, []byte("cde"))...)
	for n := range whole {
		got, err := io.ReadAll(newFrameReader(bytes.NewReader(whole[:n])))
		switch n {
		case 0, 27: // between frames
			if err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
		default:
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d bytes: %q, %v; want an unexpected end", n, got, err)
			}
		}
	}
}

// FuzzFrames: no input makes the reader panic, ask for more memory than it was
// given bytes for, or give data that its frames do not hold.
func FuzzFrames(f *testing.F) {
	for _, method := range []string{"LZ4", "ZSTD", "NONE"} {
		var b bytes.Buffer
		w := newFrameWriter(&b, method)
		_, _ = w.Write([]byte(strings.Repeat("some data ", 20)))
		_ = w.Close()
		f.Add(b.Bytes())
		f.Add(b.Bytes()[:b.Len()-4])
	}
	f.Add(frame(frameLZ4, 10, 1<<30, []byte{0}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newFrameReader(bytes.NewReader(data))
		defer r.Close()
		got, err := io.ReadAll(r)
		if err == nil && len(data) > 0 && len(got) == 0 && len(data) < frameHashBytes+frameHeaderBytes {
			t.Fatalf("%d bytes are no frame, and no error", len(data))
		}
		// What decodes has to survive being encoded again.
		if err == nil {
			var b bytes.Buffer
			w := newFrameWriter(&b, "LZ4")
			_, _ = w.Write(got)
			_ = w.Close()
			again, err := io.ReadAll(newFrameReader(&b))
			if err != nil || !bytes.Equal(again, got) {
				t.Fatalf("%d bytes became %d, %v", len(got), len(again), err)
			}
		}
	})
}
