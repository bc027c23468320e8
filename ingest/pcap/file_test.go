package pcap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var (
	second = int64(1_790_000_000)
	frame4 = slices.Concat(ether(etherIPv4), packet4())
	frame6 = slices.Concat(ether(etherIPv6), packet6())
)

// times are the capture times of what was read.
func times(res result) []time.Time {
	var out []time.Time
	for _, d := range res.datagrams {
		out = append(out, d.At)
	}
	return out
}

func TestClassicFormats(t *testing.T) {
	tests := []struct {
		name  string
		order appender
		magic uint32
		nanos int64
	}{
		{"little endian, microseconds", binary.LittleEndian, magicMicros, 123456000},
		{"big endian, microseconds", binary.BigEndian, magicMicros, 123456000},
		{"little endian, nanoseconds", binary.LittleEndian, magicNanos, 123456},
		{"big endian, nanoseconds", binary.BigEndian, magicNanos, 123456},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := classicFile(tt.order, tt.magic, linkEthernet,
				record{seconds: uint32(second), fraction: 123456, data: frame4},
				record{seconds: uint32(second) + 1, data: frame6})
			for name, file := range map[string][]byte{"plain": file, "gzip": zip(t, file)} {
				res := readAll(file, Options{})
				if res.err != nil || len(res.datagrams) != 2 {
					t.Fatalf("%s: %+v", name, res)
				}
				want := []time.Time{time.Unix(second, tt.nanos).UTC(), time.Unix(second+1, 0).UTC()}
				if !slices.Equal(times(res), want) {
					t.Errorf("%s: times: got %v, want %v", name, times(res), want)
				}
				if d := res.datagrams[1]; d.Packet != 2 || d.Offset != int64(24+16+len(frame4)) || d.Src != src6 {
					t.Errorf("%s: second: %+v", name, d)
				}
			}
		})
	}
}

// TestLinkTypeOfOldHeader: the upper half of the field is not part of it.
func TestLinkTypeOfOldHeader(t *testing.T) {
	file := classicFile(binary.BigEndian, magicMicros, linkEthernet, record{data: append(slices.Clone(frame4), 1, 2, 3, 4)})
	copy(file[20:], []byte{0x24, 0}) // frame check sequence of 4 bytes, length valid
	res := readAll(file, Options{})
	if len(res.datagrams) != 1 || string(res.datagrams[0].Payload) != string(payload) {
		t.Errorf("got %+v", res)
	}
}

func TestNG(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	micros := uint64(second)*1e6 + 123456
	exact := time.Unix(second, 123456000).UTC()
	tests := []struct {
		name string
		file []byte
		want []time.Time
	}{
		{"default resolution", slices.Concat(ngSection(le), ngDescribe(le, linkEthernet, 0), ngEnhanced(le, 0, micros, frame4)), []time.Time{exact}},
		{"big endian", slices.Concat(ngSection(be), ngDescribe(be, linkEthernet, 0), ngEnhanced(be, 0, micros, frame4)), []time.Time{exact}},
		{"several interfaces", slices.Concat(
			ngSection(le),
			ngDescribe(le, linkEthernet, 0, ngOption(le, optionResolution, 9), ngOption(le, optionEnd)),
			ngDescribe(le, linkRaw, 0, ngOption(le, 2, 'e', 't', 'h'), ngOption(le, optionResolution, 3)),
			ngDescribe(le, linkRaw, 0, ngOption(le, optionResolution, 0x80|10), ngOption(le, optionOffset, le.AppendUint64(nil, uint64(second))...)),
			ngEnhanced(le, 2, 512, packet4()),
			ngEnhanced(le, 1, uint64(second)*1000+7, packet6()),
			ngEnhanced(le, 0, uint64(second)*1e9+7, frame4),
		), []time.Time{time.Unix(second, 5e8).UTC(), time.Unix(second, 7e6).UTC(), time.Unix(second, 7).UTC()}},
		{"attoseconds", slices.Concat(
			ngSection(le), ngDescribe(le, linkEthernet, 0, ngOption(le, optionResolution, 18)), ngEnhanced(le, 0, 5_999_999_999_000_000_000, frame4),
		), []time.Time{time.Unix(5, 999999999).UTC()}},
		{"other blocks between", slices.Concat(
			ngSection(le), ngBlock(le, 4, make([]byte, 40)), ngDescribe(le, linkEthernet, 0),
			ngBlock(le, 5, make([]byte, 12)), ngBlock(le, 0xbad, make([]byte, 100_000)), ngEnhanced(le, 0, micros, frame4), ngBlock(le, 5, make([]byte, 12)),
		), []time.Time{exact}},
		{"options behind the packet", slices.Concat(
			ngSection(le), ngDescribe(le, linkEthernet, 0),
			ngBlock(le, blockEnhanced, ngEnhanced(le, 0, micros, frame4)[8:28+len(frame4)+(4-len(frame4)%4)%4], ngOption(le, 1, []byte("comment")...), ngOption(le, 0)),
		), []time.Time{exact}},
		{"sections of either order", slices.Concat(
			ngSection(le), ngDescribe(le, linkEthernet, 0), ngEnhanced(le, 0, micros, frame4),
			ngSection(be), ngDescribe(be, linkRaw, 0), ngEnhanced(be, 0, micros, packet6()),
		), []time.Time{exact, exact}},
		{"simple packet", slices.Concat(
			ngSection(le), ngDescribe(le, linkEthernet, 0), ngBlock(le, blockSimple, le.AppendUint32(nil, uint32(len(frame4))), frame4),
		), []time.Time{{}}},
		{"obsolete packet", slices.Concat(
			ngSection(le), ngDescribe(le, linkEthernet, 0),
			ngBlock(le, blockPacket, le.AppendUint32(nil, 7<<16), ngEnhanced(le, 0, micros, frame4)[12:28+len(frame4)]),
		), []time.Time{exact}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, file := range map[string][]byte{"plain": tt.file, "gzip": zip(t, tt.file)} {
				res := readAll(file, Options{})
				if res.err != nil || !slices.Equal(times(res), tt.want) {
					t.Fatalf("%s: got %v %+v, want %v", name, times(res), res, tt.want)
				}
				for _, d := range res.datagrams {
					if string(d.Payload) != string(payload) {
						t.Errorf("%s: payload %q", name, d.Payload)
					}
				}
			}
		})
	}
}

// TestSimplePacketOfSnapLength: a simple packet does not say how much of it was
// kept; the interface's limit does.
func TestSimplePacketOfSnapLength(t *testing.T) {
	le := binary.LittleEndian
	file := slices.Concat(ngSection(le), ngDescribe(le, linkEthernet, 44),
		ngBlock(le, blockSimple, le.AppendUint32(nil, uint32(len(frame4))), frame4[:44]))
	res := readAll(file, Options{})
	if len(res.faults) != 1 || res.faults[0].Reason != Cut {
		t.Errorf("got %+v", res)
	}
}

func TestOpen(t *testing.T) {
	file := classicFile(binary.LittleEndian, magicMicros, linkEthernet, record{data: frame4})
	name := filepath.Join(t.TempDir(), "one.pcap")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var d Datagram
	if err := r.Next(&d); err != nil || d.Src != src4 {
		t.Errorf("got %+v, %v", d, err)
	}
	for range 2 {
		if err := r.Next(&d); !errors.Is(err, io.EOF) {
			t.Errorf("behind the end: %v", err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(name+".missing", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// TestOpenStandardInput reads from a pipe that is put in place of standard input.
func TestOpenStandardInput(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	os.Stdin = in
	t.Cleanup(func() { os.Stdin = stdin; in.Close() })
	go func() {
		out.Write(zip(t, classicFile(binary.LittleEndian, magicMicros, linkEthernet, record{data: frame4})))
		out.Close()
	}()
	r, err := Open("-", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var d Datagram
	if err := r.Next(&d); err != nil || d.Src != src4 {
		t.Errorf("got %+v, %v", d, err)
	}
	if err := r.Next(&d); !errors.Is(err, io.EOF) {
		t.Errorf("behind the end: %v", err)
	}
}

// TestMemoryIsConstant reads a hundred thousand packets of both formats.
func TestMemoryIsConstant(t *testing.T) {
	le := binary.LittleEndian
	one := classicFile(le, magicMicros, linkEthernet, record{data: frame4})
	ngHead := slices.Concat(ngSection(le), ngDescribe(le, linkEthernet, 0))
	for name, file := range map[string]io.Reader{
		"pcap":   io.MultiReader(bytes.NewReader(one[:24]), &repeat{part: one[24:], times: 100_001}),
		"pcapng": io.MultiReader(bytes.NewReader(ngHead), &repeat{part: slices.Concat(ngEnhanced(le, 0, 1, frame4), ngBlock(le, 4, make([]byte, 64))), times: 100_001}),
	} {
		r, err := NewReader(file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var d Datagram
		read := func() {
			for range 1000 {
				if err := r.Next(&d); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := r.Next(&d); err != nil {
			t.Fatal(err)
		}
		if allocs := testing.AllocsPerRun(99, read); allocs != 0 {
			t.Errorf("%s: %v allocations in a thousand packets", name, allocs)
		}
	}
}

// repeat is part again and again.
type repeat struct {
	part  []byte
	times int
	at    int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && r.times > 0 {
		step := copy(p[n:], r.part[r.at:])
		n += step
		if r.at += step; r.at == len(r.part) {
			r.at = 0
			r.times--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
