package hep_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// pieces is a reader that gives its bytes in pieces of the drawn lengths, the
// last of which repeats.
type pieces struct {
	b    []byte
	lens []int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := min(len(b), len(p.b), p.lens[0])
	if len(p.lens) > 1 {
		p.lens = p.lens[1:]
	}
	copy(b, p.b[:n])
	p.b = p.b[n:]
	return n, nil
}

// TestReaderSplits sends packets of all sizes in pieces of all sizes: the same
// packets must come out, and those of one read must stay whole together.
func TestReaderSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want [][]byte
		var stream []byte
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 30), rapid.IntRange(0, 65_000)), 0, 8).Draw(t, "payloads") {
			p := packet(chunk(hep.ChunkPayload, strings.Repeat(string(rune('a'+n%26)), n)))
			want = append(want, p)
			stream = append(stream, p...)
		}
		lens := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 8), rapid.IntRange(1, 70_000)), 1, 20).Draw(t, "pieces")
		if len(stream) > 1000 {
			lens = append(lens, 5000) // or the test is slow
		}
		r := hep.NewReader(&pieces{b: stream, lens: lens}, hep.ReaderOptions{})
		for len(want) > 0 {
			var batch [][]byte
			for {
				p, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				batch = append(batch, p)
				if !r.Buffered() {
					break
				}
			}
			for _, p := range batch {
				if len(want) == 0 || !bytes.Equal(p, want[0]) {
					t.Fatalf("packet of %d bytes is not what was sent", len(p))
				}
				want = want[1:]
			}
		}
		if p, err := r.Next(); err != io.EOF {
			t.Fatalf("after the last packet: %d bytes, %v", len(p), err)
		}
	})
}

func TestReaderRefuses(t *testing.T) {
	good := string(packet(sip))
	for name, tc := range map[string]struct {
		in   string
		is   error
		says string
		left int // bytes of the stream that must not have been waited for
	}{
		"first byte":      {"G" + strings.Repeat("x", 9), hep.ErrNotHEP, `"G"`, 9},
		"fourth byte":     {"HEP2" + strings.Repeat("x", 9), hep.ErrNotHEP, `"HEP2"`, 9},
		"after a packet":  {good + "\r\n", hep.ErrNotHEP, `"\r"`, 1},
		"version 1":       {"\x01\x10" + strings.Repeat("x", 9), hep.ErrVersion1, "version 1", 9},
		"version 2":       {"\x02\x1c" + strings.Repeat("x", 9), hep.ErrVersion2, "version 2", 9},
		"no version":      {"\x02\xff" + strings.Repeat("x", 9), hep.ErrNotHEP, "HEP3", 9},
		"length below 6":  {"HEP3\x00\x05xxxxx", hep.ErrLength, "length field 5", 5},
		"over the limit":  {"HEP3\x04\x01xxxxx", hep.ErrTooLarge, "1025 bytes, at most 1024", 5},
		"cut in header":   {good + "HEP3\x00", hep.ErrTruncated, "5 bytes into a packet", 0},
		"cut in packet":   {good[:len(good)-1], hep.ErrTruncated, "12 bytes into a packet", 0},
		"cut after magic": {"HEP", io.ErrUnexpectedEOF, "3 bytes", 0},
	} {
		t.Run(name, func(t *testing.T) {
			src := strings.NewReader(tc.in)
			r := hep.NewReader(iotest.OneByteReader(src), hep.ReaderOptions{MaxPacketBytes: 1024})
			var err error
			for err == nil {
				_, err = r.Next()
			}
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want %v that says %q", err, tc.is, tc.says)
			}
			if src.Len() != tc.left {
				t.Errorf("%d bytes were left unread, want %d", src.Len(), tc.left)
			}
			if _, again := r.Next(); again != err || !r.Buffered() {
				t.Errorf("the error does not stay: %v", again)
			}
		})
	}
}

func TestReaderNoProgress(t *testing.T) {
	r := hep.NewReader(&pieces{b: []byte("HEP3"), lens: []int{2, 0}}, hep.ReaderOptions{})
	if _, err := r.Next(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v, want %v", err, io.ErrNoProgress)
	}
	r = hep.NewReader(iotest.ErrReader(io.ErrClosedPipe), hep.ReaderOptions{})
	if _, err := r.Next(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want %v", err, io.ErrClosedPipe)
	}
}
