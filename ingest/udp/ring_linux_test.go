//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

var testLayout = layoutFor(8, 256, messageSize, slotSize)

// memoryRing is a ring in memory that is aligned as a mapping is.
func memoryRing() *ring {
	words := make([]uint64, testLayout.size/8)
	memory := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), testLayout.size)
	copy(memory, testLayout.header(ringABI))
	r := newRing(memory, testLayout)
	r.recover(true)
	return r
}

// crash is what the next process finds: the memory and nothing else.
func (r *ring) crash() *ring {
	next := memoryRing()
	copy(next.memory, r.memory)
	next.armedTo = 0
	return next
}

// fill does what the kernel does for one datagram, up to a step: 0 nothing, 1
// payload, 2 address, 3 control and flags, 4 all.
func (r *ring) fill(seq uint64, payload []byte, steps int) {
	m, s := r.message(seq), r.slot(seq)
	if steps >= 1 {
		copy(r.payload(seq), payload)
	}
	if steps >= 2 {
		binary.NativeEndian.PutUint16(s.name[:], unix.AF_INET)
		copy(s.name[2:], []byte{0x13, 0x8d, 192, 0, 2, 1})
		m.namelen = 16
	}
	if steps >= 3 {
		m.controllen = 0
		m.flags = 0
	}
	if steps >= 4 {
		m.length = uint32(len(payload))
	}
}

// contents decodes all that a recovered ring holds.
func contents(r *ring, found recovery) (seqs []uint64, damaged []uint64, payloads []string) {
	for seq := found.head; seq < found.tail; seq++ {
		d := Datagram{Seq: seq, Replayed: true}
		r.decode(seq, &d)
		if d.Refused != Accepted {
			damaged = append(damaged, seq)
			continue
		}
		seqs = append(seqs, seq)
		payloads = append(payloads, string(d.Payload))
	}
	return seqs, damaged, payloads
}

// TestRecoveryModel drives a ring through arming, receiving, releasing and
// deaths at any step of these, and holds what is recovered against a list.
func TestRecoveryModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := memoryRing()
		head, tail := uint64(1), uint64(1)
		var held []string // payloads of head..tail-1
		received := 0
		payload := func() string {
			received++
			return string(numbered(received))
		}
		die := func(torn uint64) {
			r = r.crash()
			found := r.recover(true)
			if found.head != head || found.tail != tail || found.torn != torn {
				t.Fatalf("recovered %+v, want head %d, tail %d, torn %d", found, head, tail, torn)
			}
			if _, damaged, payloads := contents(r, found); !slices.Equal(payloads, held) || len(damaged) > 0 {
				t.Fatalf("recovered %q, want %q; damaged %v", payloads, held, damaged)
			}
		}
		arm := func(n int) { r.arm(tail + uint64(min(n, int(head)+testLayout.slots-int(tail)))) }
		t.Repeat(map[string]func(*rapid.T){
			"receive": func(t *rapid.T) {
				room := int(head) + testLayout.slots - int(tail)
				arm(rapid.IntRange(0, testLayout.slots).Draw(t, "arm more"))
				n := rapid.IntRange(0, room).Draw(t, "n")
				arm(n)
				for range n {
					p := payload()
					r.fill(tail, []byte(p), 4)
					held = append(held, p)
					tail++
				}
				if rapid.Bool().Draw(t, "sealed") {
					for seq := head; seq < tail; seq++ {
						r.seal(seq)
					}
				}
			},
			"release": func(t *rapid.T) {
				n := rapid.IntRange(0, len(held)).Draw(t, "n")
				head += uint64(n)
				held = slices.Delete(held, 0, n)
				r.release(head)
			},
			"die": func(t *rapid.T) { die(0) },
			"die within a datagram": func(t *rapid.T) {
				if int(tail-head) == testLayout.slots {
					t.Skip("the ring is full")
				}
				arm(1)
				steps := rapid.IntRange(0, 3).Draw(t, "steps")
				r.fill(tail, []byte("half a datagram"), steps)
				die(map[bool]uint64{true: 1}[steps >= 2])
			},
			"die within arming": func(t *rapid.T) {
				if int(tail-head) == testLayout.slots || r.armedTo > tail {
					t.Skip("nothing to arm")
				}
				r.message(tail).length = armed // its first store, and some later ones
				if rapid.Bool().Draw(t, "further") {
					r.slot(tail).sum = 0
					r.slot(tail).name = [nameSize]byte{}
				}
				die(0)
			},
		})
	})
}

// TestFullRingThenRelease is the case that a recovery by length alone gets
// wrong: behind the window stand released slots that still look received.
func TestFullRingThenRelease(t *testing.T) {
	r := memoryRing()
	r.arm(1 + 8)
	for seq := uint64(1); seq < 9; seq++ {
		r.fill(seq, numbered(int(seq)), 4)
	}
	r.release(4)
	next := r.crash()
	found := next.recover(true)
	if seqs, _, _ := contents(next, found); !slices.Equal(seqs, []uint64{4, 5, 6, 7, 8}) {
		t.Errorf("recovered %v", seqs)
	}
}

// TestOtherBoot believes checksums only.
func TestOtherBoot(t *testing.T) {
	r := memoryRing()
	r.arm(1 + 8)
	for seq := uint64(1); seq < 7; seq++ {
		r.fill(seq, numbered(int(seq)), 4)
		r.seal(seq)
	}
	r.slot(5).sum = 0    // received, but the process died before it looked
	r.payload(2)[7] ^= 1 // a page of another age
	r.slot(4).seq = 99   // and another
	for start := range 3 {
		// What the first start on the new boot found is what further ones find.
		r = r.crash()
		found := r.recover(start > 0)
		seqs, damaged, payloads := contents(r, found)
		if !slices.Equal(seqs, []uint64{1, 3, 6}) || !slices.Equal(damaged, []uint64{2, 4, 5}) || payloads[2] != string(numbered(6)) {
			t.Errorf("start %d: recovered %v %q, damaged %v", start, seqs, payloads, damaged)
		}
		if r.armedTo != found.tail {
			t.Errorf("start %d: armed to %d, tail %d", start, r.armedTo, found.tail)
		}
	}
}

// TestSameBootChecksSeals: damage of the file on a running machine shows too.
func TestSameBootChecksSeals(t *testing.T) {
	r := memoryRing()
	r.arm(1 + 2)
	for seq := uint64(1); seq < 3; seq++ {
		r.fill(seq, numbered(int(seq)), 4)
		r.seal(seq)
	}
	r.payload(1)[0] ^= 1
	next := r.crash()
	if seqs, damaged, _ := contents(next, next.recover(true)); !slices.Equal(seqs, []uint64{2}) || !slices.Equal(damaged, []uint64{1}) {
		t.Errorf("recovered %v, damaged %v", seqs, damaged)
	}
}

func TestLayoutCheck(t *testing.T) {
	l := testLayout
	good := l.header(ringABI)
	if err := l.check(good, int64(l.size), ringABI); err != nil {
		t.Fatal(err)
	}
	other := func(slots, bytes int, abi uint32) []byte {
		return layoutFor(slots, bytes, messageSize, slotSize).header(abi)
	}
	version := slices.Clone(good)
	version[offsetVersion] = 2
	flipped := slices.Clone(good)
	flipped[offsetSlots] ^= 1
	tests := []struct {
		name   string
		header []byte
		size   int
		text   string
	}{
		{"empty file", nil, 0, "header: want 4096 bytes, have 0"},
		{"another kind of file", make([]byte, pageSize), l.size, `magic: want "TLUDPRNG"`},
		{"flipped bit", flipped, l.size, "checksum of header"},
		{"other version", version, l.size, "checksum of header"},
		{"other number of slots", other(16, 256, ringABI), l.size, "slots: want 8, have 16 (run once with the old settings to empty it, or remove it)"},
		{"other size of slots", other(8, 512, ringABI), l.size, "slot bytes: want 256, have 512"},
		{"other machine", other(8, 256, ringABI+1), l.size, "machine: want"},
		{"cut file", good, l.size - pageSize, "file size: want"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := l.check(tt.header, int64(tt.size), ringABI)
			if !errors.Is(err, ErrRingFormat) {
				t.Fatalf("got %v", err)
			}
			if got := err.Error(); !strings.Contains(got, tt.text) {
				t.Errorf("%q does not say %q", got, tt.text)
			}
		})
	}
}
