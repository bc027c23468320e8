package hep_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// frame is one UDP datagram of a capture.
type frame struct {
	at      time.Time
	payload []byte
}

// capture reads the UDP payloads of one of our own pcap files: microseconds,
// little-endian, Ethernet, IPv4. It is no general reader, package pcap is; it
// keeps these tests independent of it.
func capture(t testing.TB, name string) []frame {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	if len(b) < 24 || le.Uint32(b) != 0xa1b2c3d4 || le.Uint32(b[20:]) != 1 {
		t.Fatalf("%s: not the kind of capture this test reads", name)
	}
	var frames []frame
	for b = b[24:]; len(b) >= 16; {
		sec, usec, n := le.Uint32(b), le.Uint32(b[4:]), int(le.Uint32(b[8:]))
		data := b[16 : 16+n]
		b = b[16+n:]
		ip := data[14:]
		if binary.BigEndian.Uint16(data[12:]) != 0x0800 || ip[9] != 17 {
			continue
		}
		udp := ip[int(ip[0]&15)*4:]
		frames = append(frames, frame{
			at:      time.Unix(int64(sec), int64(usec)*1000).UTC(),
			payload: udp[8:binary.BigEndian.Uint16(udp[4:])],
		})
	}
	if len(frames) == 0 {
		t.Fatalf("%s: no datagram", name)
	}
	return frames
}

// first is rtpengine's first datagram: 569 bytes, RTCP as JSON.
func first(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/rtpengine_hep_first.bin")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
