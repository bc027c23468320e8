package mediaqos

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRLECheck(t *testing.T) {
	for _, c := range []struct {
		name string
		rle  RLE
		text string // of the error; "" is none
	}{
		{"empty range", RLE{BeginSeq: 7, EndSeq: 7}, ""},
		{"empty range, padded", RLE{BeginSeq: 7, EndSeq: 7, Chunks: []RLEChunk{0, 0}}, ""},
		{"run", RLE{EndSeq: 100, Chunks: []RLEChunk{0x4000 | 100, 0}}, ""},
		{"over the wrap", RLE{BeginSeq: 65530, EndSeq: 4, Chunks: []RLEChunk{0x4000 | 10}}, ""},
		{"vector longer than the range", RLE{EndSeq: 3, Chunks: []RLEChunk{0xffff}}, ""},
		{"thinned", RLE{BeginSeq: 1, EndSeq: 9, Thinning: 2, Chunks: []RLEChunk{2}}, ""},
		{"thinned to nothing", RLE{BeginSeq: 1, EndSeq: 9, Thinning: 4}, ""},
		{"longest range", RLE{EndSeq: 65533, Chunks: []RLEChunk{16383, 16383, 16383, 16383, 1}}, ""},
		{"range too long", RLE{EndSeq: 65534}, "range 0..65534: malformed run length encoding, want at most 65533 sequence numbers, have 65534"},
		{"too few bits", RLE{EndSeq: 100, Chunks: []RLEChunk{99}}, "want 100 bits, have 99"},
		{"no chunks", RLE{EndSeq: 1}, "want 1 bits, have 0"},
		{"run beyond the end", RLE{EndSeq: 100, Chunks: []RLEChunk{101}}, "want 100 bits, have 101"},
		{"chunk behind the end", RLE{EndSeq: 3, Chunks: []RLEChunk{3, 0xffff}}, "want 3 bits, have 18"},
		{"empty chunks on the way", RLE{EndSeq: 3, Chunks: []RLEChunk{1, 0, 0x4000, 2}}, ""},
		{"vector behind the end of a vector", RLE{EndSeq: 3, Chunks: []RLEChunk{0x8000, 0x8000}}, "want 3 bits, have 18"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.rle.Check()
			if c.text == "" && err != nil || c.text != "" && (!errors.Is(err, ErrRLE) || !contains(err, c.text)) {
				t.Errorf("got %v, want %q", err, c.text)
			}
			b := newBursts(t, 0, 20)
			if added := b.AddRLE(&c.rle); (added == nil) != (c.text == "" && c.rle.Thinning == 0) || added != nil && !errors.Is(added, ErrRLE) {
				t.Errorf("added to bursts: %v", added)
			}
		})
	}
}

// TestRLEExample has a run, a vector and a run that goes on where it ends.
func TestRLEExample(t *testing.T) {
	rle := RLE{
		BeginSeq: 65510, EndSeq: 14, // 26 before the wrap, 14 after
		Chunks: []RLEChunk{0x4000 | 20, 0x8000 | 0b011_1111_1111_1100, 5, 0},
	}
	var got []int
	rle.Runs(func(one bool, n int) bool {
		if !one {
			n = -n
		}
		got = append(got, n)
		return true
	})
	if want := []int{20, -1, 12, -7}; !slices.Equal(got, want) || rle.Zeros() != 8 || rle.Check() != nil {
		t.Errorf("runs %v, want %v; %d zeros; %v", got, want, rle.Zeros(), rle.Check())
	}
	stopped := 0
	rle.Runs(func(bool, int) bool { stopped++; return stopped < 2 })
	if stopped != 2 {
		t.Errorf("went on for %d runs", stopped)
	}
}

// encodeRLE writes bits as chunks, in the mixture that choose makes: true for
// a vector, false for a run.
func encodeRLE(bits []bool, choose func() bool) []RLEChunk {
	var chunks []RLEChunk
	for at := 0; at < len(bits); {
		if choose() {
			chunk := RLEChunk(rleVector)
			for i := range rleVectorBits {
				if at+i < len(bits) && bits[at+i] {
					chunk |= 1 << (rleVectorBits - 1 - i)
				}
			}
			chunks, at = append(chunks, chunk), at+rleVectorBits
			continue
		}
		n := 1
		for at+n < len(bits) && bits[at+n] == bits[at] && n < rleRunMask {
			n++
		}
		chunk := RLEChunk(n)
		if bits[at] {
			chunk |= rleOnes
		}
		chunks, at = append(chunks, chunk), at+n
	}
	if len(chunks)%2 != 0 {
		chunks = append(chunks, 0)
	}
	return chunks
}

// TestRLERoundTrip: whatever mixture of chunks, thinning and place in the
// sequence space, the bits that come out are those of the bitmap.
func TestRLERoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := RLE{BeginSeq: rapid.Uint16().Draw(t, "begin"), Thinning: rapid.Uint8Max(15).Draw(t, "thinning")}
		span := rapid.OneOf(rapid.IntRange(0, 80), rapid.IntRange(0, MaxRLESpan)).Draw(t, "span")
		r.EndSeq = r.BeginSeq + uint16(span)
		// The bitmap, by looking at every sequence number.
		every := rapid.IntRange(1, 40).Draw(t, "every")
		var bits []bool
		zeros := 0
		for seq := r.BeginSeq; seq != r.EndSeq; seq++ {
			if int(seq)%(1<<r.Thinning) == 0 {
				one := int(seq)*7%(every+1) != 0
				bits = append(bits, one)
				if !one {
					zeros++
				}
			}
		}
		r.Chunks = encodeRLE(bits, func() bool { return rapid.Bool().Draw(t, "vector") })
		if err := r.Check(); err != nil || r.Bits() != len(bits) {
			t.Fatalf("%v; %d bits of %d", err, r.Bits(), len(bits))
		}
		var got []bool
		last, first := false, true
		r.Runs(func(one bool, n int) bool {
			if n <= 0 || !first && one == last {
				t.Fatalf("run of %d after a run of the same", n)
			}
			last, first = one, false
			for range n {
				got = append(got, one)
			}
			return true
		})
		if !slices.Equal(got, bits) || r.Zeros() != zeros {
			t.Fatalf("got %d bits with %d zeros, want %d with %d", len(got), r.Zeros(), len(bits), zeros)
		}
	})
}

// TestBurstsOfRLE: bursts found in blocks, cut anywhere, are those of the packets.
func TestBurstsOfRLE(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) bool { return rapid.IntRange(0, 5).Draw(t, "lost") > 0 }), 0, 120).Draw(t, "bits")
		whole, blocks := newBursts(t, 3, 20), newBursts(t, 3, 20)
		for _, received := range bits {
			fate := FateLost
			if received {
				fate = FateReceived
			}
			whole.Add(time.Time{}, fate, 1)
		}
		seq := rapid.Uint16().Draw(t, "seq")
		for len(bits) > 0 {
			n := rapid.IntRange(1, len(bits)).Draw(t, "cut")
			r := RLE{BeginSeq: seq, EndSeq: seq + uint16(n), Chunks: encodeRLE(bits[:n], func() bool { return n%2 == 0 })}
			if err := blocks.AddRLE(&r); err != nil {
				t.Fatal(err)
			}
			bits, seq = bits[n:], r.EndSeq
		}
		if got, want := blocks.Snapshot(), whole.Snapshot(); got != want {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}
