package rtcp

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// sealed encrypts a plain datagram the way SRTCP does, with noise for the
// cipher: the first eight bytes stay, lengths stay, index, MKI and tag follow.
func sealed(seed uint64, plain []byte, index uint32, gcm bool, mki, tag int) []byte {
	noise := rand.New(rand.NewPCG(seed, 1))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(noise.Uint32())
		}
		return b
	}
	b := append(slices.Clone(plain[:8]), random(len(plain)-8)...)
	if gcm {
		b = append(b, random(16)...)
	}
	b = binary.BigEndian.AppendUint32(b, 1<<31|index)
	return append(b, random(mki+tag)...)
}

// TestSRTCP runs every layout over many keys, since what is told from noise
// must not depend on what the noise looks like.
func TestSRTCP(t *testing.T) {
	layouts := []struct {
		name     string
		gcm      bool
		mki, tag int
	}{
		{"HMAC-SHA1-80", false, 0, 10},
		{"HMAC-SHA1-80, MKI of 1", false, 1, 10},
		{"HMAC-SHA1-80, MKI of 4", false, 4, 10},
		{"HMAC-SHA1-32", false, 0, 4},
		{"GCM", true, 0, 0},
		{"GCM, MKI of 4", true, 4, 0},
	}
	plain := []struct {
		name  string
		bytes []byte
		want  SRTCP
	}{
		{"SR+SDES", chain(srBytes, sdesBytes), SRTCP{ReporterSSRC: sender, PacketType: 200, ReportCount: 1}},
		{"SR", srBytes, SRTCP{ReporterSSRC: sender, PacketType: 200, ReportCount: 1}},
		{"RR of 2 blocks", rrBytes, SRTCP{ReporterSSRC: sender, PacketType: 201, ReportCount: 2}},
		{"empty RR", []byte{0x80, 201, 0, 1, 0x99, 0x9b, 0x37, 0x38}, SRTCP{ReporterSSRC: sender, PacketType: 201}},
		{"feedback", nackBytes, SRTCP{ReporterSSRC: sender, PacketType: 205, ReportCount: 1}},
	}
	const keys = 2000
	var d Datagram
	for _, l := range layouts {
		for _, p := range plain {
			t.Run(l.name+"/"+p.name, func(t *testing.T) {
				for seed := range uint64(keys) {
					p.want.Index = uint32(seed)
					in := sealed(seed, p.bytes, p.want.Index, l.gcm, l.mki, l.tag)
					if err := d.Decode(in); err != nil {
						t.Fatalf("key %d: %v", seed, err)
					}
					if !d.Encrypted || len(d.Packets)+len(d.Reports)+len(d.Faults) > 0 {
						t.Fatalf("key %d: decoded from noise: %+v", seed, got(&d))
					}
					if d.SRTCP.ReporterSSRC != p.want.ReporterSSRC || d.SRTCP.PacketType != p.want.PacketType || d.SRTCP.ReportCount != p.want.ReportCount {
						t.Fatalf("key %d: got %+v, want %+v", seed, d.SRTCP, p.want)
					}
					// A tag of a few bytes can itself look like an index word;
					// the layout that is in use everywhere comes first.
					if l.tag == 10 && l.mki == 0 && d.SRTCP != p.want {
						t.Fatalf("key %d: got %+v, want %+v", seed, d.SRTCP, p.want)
					}
				}
			})
		}
	}
}

// TestPlainIsNotSRTCP: what looks like an index word does not make a datagram
// SRTCP whose second sub-packet is plainly by the sender of the first.
func TestPlainIsNotSRTCP(t *testing.T) {
	trailer := chain([]byte{0x80, 0, 0, 7}, make([]byte, 10))
	tests := map[string][]byte{
		"chain then a trailer":             chain(srBytes, sdesBytes, trailer),
		"broken at the second, by sender":  chain(srBytes, set(xrBytes[:8], 2, 0xff, 0xff), trailer),
		"authenticated only, E bit 0":      chain(srBytes, sdesBytes, set(trailer, 0, 0)),
		"trailer of the size, E bit 0":     chain(srBytes, set(trailer, 0, 0)),
		"index that no call can reach":     chain(srBytes, set(trailer, 0, 0x80, 0xc0)),
		"trailer too short for tag":        chain(srBytes, trailer[:6]),
		"GCM trailer without room for tag": chain(srBytes, make([]byte, 12), []byte{0x80, 0, 0, 7}),
	}
	var d Datagram
	for name, in := range tests {
		t.Run(name, func(t *testing.T) {
			if err := d.Decode(in); err != nil {
				t.Fatal(err)
			}
			if d.Encrypted || len(d.Faults) != 1 {
				t.Errorf("encrypted %v, faults %+v", d.Encrypted, d.Faults)
			}
			if len(d.Reports) != 1 || !reflect.DeepEqual(d.Reports[0], srReport) {
				t.Errorf("got %+v", d.Reports)
			}
		})
	}
}
