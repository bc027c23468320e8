package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// files are one of each format, with datagrams, other traffic and a fault.
func files() map[string][]byte {
	le, be := binary.LittleEndian, binary.BigEndian
	return map[string][]byte{
		"pcap": classicFile(be, magicMicros, linkEthernet,
			record{data: frame4}, record{data: ether(0x0806)}, record{data: frame6}, record{data: frame4[:30], length: 48}),
		"pcapng": slices.Concat(ngSection(le),
			ngDescribe(le, linkEthernet, 0, ngOption(le, 2, 'e', 't', 'h', '0'), ngOption(le, optionResolution, 9), ngOption(le, optionOffset, 1, 0, 0, 0, 0, 0, 0, 0)),
			ngEnhanced(le, 0, 1, frame4), ngBlock(le, 4, make([]byte, 20)), ngEnhanced(le, 9, 2, frame4),
			ngBlock(le, blockSimple, le.AppendUint32(nil, uint32(len(frame6))), frame6)),
	}
}

// TestCutAnywhere: a file that ends at any byte gives all datagrams that lie
// before the cut, then says that it was cut and where.
func TestCutAnywhere(t *testing.T) {
	for name, whole := range files() {
		t.Run(name, func(t *testing.T) {
			all := readAll(whole, Options{})
			if all.err != nil || len(all.datagrams) != 2 || len(all.faults) != 1 {
				t.Fatalf("whole file: %+v", all)
			}
			ends := 0
			for n := range len(whole) {
				res := readAll(whole[:n], Options{})
				if res.err == nil {
					ends++ // between two records
				} else {
					var at *FileError
					if !errors.Is(res.err, ErrTruncated) || !errors.As(res.err, &at) || at.Offset > int64(n) {
						t.Fatalf("cut at %d: %v", n, res.err)
					}
				}
				if len(res.datagrams) > 0 && !reflect.DeepEqual(res.datagrams, all.datagrams[:len(res.datagrams)]) {
					t.Fatalf("cut at %d: %+v", n, res.datagrams)
				}
				for _, d := range all.datagrams[len(res.datagrams):] {
					if d.Offset+100 < int64(n) {
						t.Fatalf("cut at %d: the datagram at %d is missing", n, d.Offset)
					}
				}
			}
			if ends == 0 || ends > 8 {
				t.Errorf("%d cuts look like the end of a file", ends)
			}
		})
	}
}

// TestGzipCutAnywhere cannot keep as much, since a cut block does not unpack.
func TestGzipCutAnywhere(t *testing.T) {
	for name, whole := range files() {
		packed := zip(t, whole)
		for n := range len(packed) {
			res := readAll(packed[:n], Options{})
			if !errors.Is(res.err, ErrTruncated) && !errors.Is(res.err, ErrFormat) {
				t.Fatalf("%s: cut at %d of %d: %v", name, n, len(packed), res.err)
			}
		}
		packed[len(packed)-6] ^= 1 // checksum
		if res := readAll(packed, Options{}); !errors.Is(res.err, ErrFormat) || len(res.datagrams) != 2 {
			t.Errorf("%s: checksum: %+v", name, res)
		}
		packed[20] ^= 0xff
		if res := readAll(packed, Options{}); res.err == nil {
			t.Errorf("%s: damaged stream read without an error", name)
		}
	}
}

func TestFileErrors(t *testing.T) {
	le := binary.LittleEndian
	classic := classicFile(le, magicMicros, linkEthernet, record{data: frame4}, record{data: frame4})
	section, description := ngSection(le), ngDescribe(le, linkEthernet, 0)
	ngHead := slices.Concat(section, description)
	tests := []struct {
		name   string
		file   []byte
		is     error
		offset int64
		text   string
		kept   int // datagrams before
	}{
		{"empty", nil, ErrFormat, 0, "magic number: want 4 bytes, have 0", 0},
		{"text", []byte("GET / HTTP/1.1"), ErrFormat, 0, "have 47455420", 0},
		{"modified pcap of the 1990s", edit(classic, 0, 0x34, 0xcd, 0xb2, 0xa1), ErrFormat, 0, "have 34cdb2a1", 0},
		{"version 2.3", edit(classic, 6, 3), ErrFormat, 4, "version: want 2.4, have 2.3", 0},
		{"captured length", edit(classic, 24+16+len(frame4)+8, 0, 0, 0, 1), ErrFormat, int64(24 + 16 + len(frame4) + 8), "captured length: want at most 262144, have 16777216", 1},

		{"byte order", edit(section, 8, 1, 2, 3, 4), ErrFormat, 8, "byte order of section: want 1a2b3c4d in either order, have 01020304", 0},
		{"section version", edit(section, 12, 2), ErrFormat, 12, "version of section: want 1, have 2", 0},
		{"short section", slices.Concat(le.AppendUint32([]byte{10, 13, 13, 10}, 16), le.AppendUint32(nil, byteOrderNG), le.AppendUint32(nil, 16)), ErrFormat, 4, "section header: want at least 28 bytes, have 16", 0},
		{"block length of 11", slices.Concat(ngHead, le.AppendUint32(le.AppendUint32(nil, 99), 11)), ErrFormat, 52, "block length: want a multiple of 4 from 12 on, have 11", 0},
		{"block length of 14", slices.Concat(ngHead, le.AppendUint32(le.AppendUint32(nil, 99), 14)), ErrFormat, 52, "have 14", 0},
		{"lengths that differ", slices.Concat(ngHead, ngEnhanced(le, 0, 1, frame4), edit(ngBlock(le, 99), 8, 16)), ErrFormat, 48 + 80 + 8, "block length at its end: want 12 as at its start, have 16", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := readAll(tt.file, Options{})
			var at *FileError
			if !errors.Is(res.err, tt.is) || !errors.As(res.err, &at) {
				t.Fatalf("got %v", res.err)
			}
			if at.Offset != tt.offset || !strings.Contains(at.Error(), tt.text) {
				t.Errorf("got %v, want at byte %d %q", at, tt.offset, tt.text)
			}
			if len(res.datagrams) != tt.kept {
				t.Errorf("%d datagrams before, want %d", len(res.datagrams), tt.kept)
			}
		})
	}
}

// TestDamagedBlocks: a pcapng block that contradicts itself costs itself only.
func TestDamagedBlocks(t *testing.T) {
	le := binary.LittleEndian
	section, description, good := ngSection(le), ngDescribe(le, linkEthernet, 0), ngEnhanced(le, 0, 1, frame4)
	front := slices.Concat(section, description)
	tests := []struct {
		name  string
		front []byte
		bad   []byte
		fault Fault
	}{
		{"captured length above the block", front, edit(good, 20, 200), Fault{Packet: 1, Reason: BadBlock, What: "captured length: want at most the block's 48 bytes, have 200"}},
		{"captured length above the limit", front, ngEnhanced(le, 0, 1, make([]byte, 2048)), Fault{Packet: 1, Reason: BadBlock, What: "captured length: want at most 1024, have 2048"}},
		{"packet block of 16", front, ngBlock(le, blockEnhanced, make([]byte, 4)), Fault{Packet: 1, Reason: BadBlock, What: "packet block: want at least 32 bytes, have 16"}},
		{"no such interface", front, ngEnhanced(le, 1, 1, frame4), Fault{Packet: 1, Reason: BadInterface, What: "interface: want one of 1 described, have number 1"}},
		{"time too late", front, ngEnhanced(le, 0, 1<<63, frame4), Fault{Packet: 1, Reason: BadTime, What: "time: want a year in 1..9999, have 9223372036854775808 units of 1/1000000 s, offset 0 s"}},
		{"simple packet of 12", front, ngBlock(le, blockSimple), Fault{Packet: 1, Reason: BadBlock, What: "simple packet block: want at least 16 bytes, have 12"}},
		{"simple packet above the block", front, ngBlock(le, blockSimple, le.AppendUint32(nil, 9)), Fault{Packet: 1, Reason: BadBlock, What: "packet length: want at most the block's 0 bytes, have 9"}},
		{"simple packet above the limit", front, ngBlock(le, blockSimple, le.AppendUint32(nil, 2048), make([]byte, 2048)), Fault{Packet: 1, Reason: BadBlock, What: "packet length: want at most 1024, have 2048"}},
		{"interface description of 16", front, ngBlock(le, blockInterface, make([]byte, 4)), Fault{Reason: BadBlock, What: "interface description: want at least 20 bytes, have 16"}},
		{"simple packet before interfaces", section, slices.Concat(ngBlock(le, blockSimple, le.AppendUint32(nil, 0)), description), Fault{Packet: 1, Reason: BadInterface, What: "interface: want one described before a simple packet, have none"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := readAll(slices.Concat(tt.front, tt.bad, good), Options{MaxPacketBytes: 1024})
			tt.fault.Offset = int64(len(tt.front))
			if res.err != nil || len(res.faults) != 1 || res.faults[0] != tt.fault {
				t.Fatalf("got  %+v %v\nwant %+v", res.faults, res.err, tt.fault)
			}
			if len(res.datagrams) != 1 || string(res.datagrams[0].Payload) != string(payload) {
				t.Errorf("the packet behind: %+v", res.datagrams)
			}
			sum := res.stats.Datagrams
			for _, n := range res.stats.Passed {
				sum += n
			}
			if sum != res.stats.Packets || res.stats.BadBlocks != 1-res.faults[0].Packet {
				t.Errorf("stats do not add up: %+v", res.stats)
			}
		})
	}
}

// TestInterfaceKeepsItsNumber: a description that cannot be read, or has a time
// resolution that cannot, refuses its own packets and leaves the next its number.
func TestInterfaceKeepsItsNumber(t *testing.T) {
	le := binary.LittleEndian
	file := slices.Concat(ngSection(le),
		ngBlock(le, blockInterface, make([]byte, 4)),
		ngDescribe(le, linkEthernet, 0, ngOption(le, optionResolution, 20)),
		ngDescribe(le, linkEthernet, 0, ngOption(le, optionResolution, 0x80|64)),
		ngDescribe(le, linkEthernet, 0),
		ngEnhanced(le, 0, 1, frame4), ngEnhanced(le, 1, 1, frame4), ngEnhanced(le, 2, 1, frame4), ngEnhanced(le, 3, 1, frame4))
	res := readAll(file, Options{})
	if len(res.datagrams) != 1 || res.datagrams[0].Packet != 4 || res.stats.Passed[BadInterface] != 3 {
		t.Errorf("got %+v", res)
	}
}

func TestInterfaceTableIsBounded(t *testing.T) {
	le := binary.LittleEndian
	file := ngSection(le)
	for range maxInterfaces + 1 {
		file = append(file, ngDescribe(le, linkEthernet, 0)...)
	}
	file = slices.Concat(file, ngEnhanced(le, maxInterfaces-1, 1, frame4), ngEnhanced(le, maxInterfaces, 1, frame4))
	res := readAll(file, Options{})
	if len(res.datagrams) != 1 || res.stats.BadBlocks != 1 || res.stats.Passed[BadInterface] != 1 || res.err != nil {
		t.Errorf("got %+v", res.stats)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, n := range []int{-1, limitMaxPacketBytes + 1} {
		if _, err := NewReader(bytes.NewReader(files()["pcap"]), Options{MaxPacketBytes: n}); err == nil {
			t.Errorf("MaxPacketBytes %d is accepted", n)
		}
	}
}

// TestMediumFails: an error of the medium is not taken for the end of the file.
func TestMediumFails(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, whole := range files() {
		for n := range len(whole) {
			r, err := NewReader(io.MultiReader(bytes.NewReader(whole[:n]), failing{broken}), Options{})
			var d Datagram
			for err == nil {
				err = r.Next(&d)
			}
			if !errors.Is(err, broken) {
				t.Fatalf("%s: failing at %d: %v", name, n, err)
			}
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
