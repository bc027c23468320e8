package held

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"net/netip"
	"time"
)

// Frames of the file.
const (
	frameBytes    = 8
	kindRecord    = 1
	kindRelease   = 2
	maxFrameBytes = 1 << 20
)

// errFrame is wrapped by errors about the inside of a frame whose checksum is
// right: a version that we do not know.
var errFrame = errors.New("held frame")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one frame read: a record or a release, of one cut.
type frame struct {
	cut      uint64
	listener string
	record   *Record
	released []uint64
}

// appendFrame seals what body appends.
func appendFrame(dst []byte, body func([]byte) []byte) []byte {
	at := len(dst)
	dst = body(append(dst, make([]byte, frameBytes)...))
	payload := dst[at+frameBytes:]
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(dst[at+4:], crc32.Checksum(payload, castagnoli))
	return dst
}

// appendRecord writes a record of a cut as a frame.
func appendRecord(dst []byte, cut uint64, r *Record) []byte {
	return appendFrame(dst, func(b []byte) []byte {
		b = append(b, kindRecord)
		b = binary.AppendUvarint(b, cut)
		b = appendText(b, r.Listener)
		b = binary.AppendUvarint(b, r.ID)
		b = append(b, byte(r.Kind), r.Form)
		b = appendText(b, r.Call)
		b = binary.AppendUvarint(b, uint64(r.Reports))
		b = appendTime(b, r.Received)
		b = appendTime(b, r.At)
		b = appendAddr(b, r.Src)
		b = appendAddr(b, r.Dst)
		return append(b, r.Payload...)
	})
}

// appendRelease writes the ids that a cut releases as a frame.
func appendRelease(dst []byte, listener string, cut uint64, ids []uint64) []byte {
	return appendFrame(dst, func(b []byte) []byte {
		b = append(b, kindRelease)
		b = binary.AppendUvarint(b, cut)
		b = appendText(b, listener)
		for _, id := range ids {
			b = binary.AppendUvarint(b, id)
		}
		return b
	})
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTime writes nanoseconds; the zero Time has a value of its own.
func appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return binary.AppendVarint(b, math.MinInt64)
	}
	return binary.AppendVarint(b, t.UnixNano())
}

func appendAddr(b []byte, a netip.AddrPort) []byte {
	text, _ := a.MarshalBinary()
	return appendText(b, string(text))
}

// parser takes a frame's payload apart; after the first failure all is zero.
type parser struct {
	b      []byte
	failed bool
}

func (p *parser) fail() { p.b, p.failed = nil, true }

func (p *parser) byte() byte {
	if len(p.b) == 0 {
		p.fail()
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
}

func (p *parser) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) text() string {
	n := p.uint()
	if n > uint64(len(p.b)) {
		p.fail()
		return ""
	}
	s := string(p.b[:n])
	p.b = p.b[n:]
	return s
}

func (p *parser) time() time.Time {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.fail()
		return time.Time{}
	}
	p.b = p.b[n:]
	if v == math.MinInt64 {
		return time.Time{}
	}
	return time.Unix(0, v).UTC()
}

func (p *parser) addr() netip.AddrPort {
	var a netip.AddrPort
	if a.UnmarshalBinary([]byte(p.text())) != nil {
		p.fail()
	}
	return a
}

// parseFrame reads a frame's payload. The record shares no memory with it.
func parseFrame(payload []byte) (frame, error) {
	p := parser{b: payload}
	kind := p.byte()
	f := frame{cut: p.uint(), listener: p.text()}
	switch kind {
	case kindRecord:
		r := &Record{Listener: f.listener, ID: p.uint(), Kind: Kind(p.byte()), Form: p.byte(), Call: p.text()}
		r.Reports = uint32(p.uint())
		r.Received, r.At, r.Src, r.Dst = p.time(), p.time(), p.addr(), p.addr()
		r.Payload = append([]byte(nil), p.b...)
		if r.Kind != KindSIP && r.Kind != KindReport {
			p.fail()
		}
		f.record = r
	case kindRelease:
		for len(p.b) > 0 {
			f.released = append(f.released, p.uint())
		}
	default:
		return frame{}, fmt.Errorf("%w: kind %d, expected %d or %d", errFrame, kind, kindRecord, kindRelease)
	}
	if p.failed {
		return frame{}, fmt.Errorf("%w: kind %d: cut off", errFrame, kind)
	}
	return f, nil
}
