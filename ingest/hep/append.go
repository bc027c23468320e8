package hep

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// The IP families as agents on Linux write them.
const (
	familyIPv4 = 2
	familyIPv6 = 10
)

// Append writes p as one HEP packet behind dst and returns the longer slice.
// It is the inverse of Decode: what p lacks is not written, and the payload is
// written uncompressed. The order of chunks is fixed.
//
// The error wraps ErrTooLarge if the packet would not fit its 16-bit length,
// ErrValue if one address is IPv4 and the other IPv6 or the time is before
// 1970 or after 2106; dst is then returned as it was.
func Append(dst []byte, p *Packet) ([]byte, error) {
	src, to := p.Src.Addr(), p.Dst.Addr()
	if src.IsValid() && to.IsValid() && src.Is4() != to.Is4() {
		return dst, fmt.Errorf("packet: %w: from %v to %v", ErrValue, src, to)
	}
	seconds := p.Time.Unix()
	if !p.Time.IsZero() && (seconds < 1 || seconds > 1<<32-1) {
		return dst, fmt.Errorf("packet: %w: time %v, expected 1970 to 2106", ErrValue, p.Time)
	}

	start := len(dst)
	b := append(dst, "HEP3\x00\x00"...)
	switch {
	case src.Is4() || to.Is4():
		b = appendChunk8(b, ChunkFamily, familyIPv4)
	case src.Is6() || to.Is6():
		b = appendChunk8(b, ChunkFamily, familyIPv6)
	}
	if p.IPProto != 0 {
		b = appendChunk8(b, ChunkIPProto, p.IPProto)
	}
	b = appendAddr(b, src, ChunkSrcIPv4, ChunkSrcIPv6)
	b = appendAddr(b, to, ChunkDstIPv4, ChunkDstIPv6)
	if p.Src.Port() != 0 {
		b = appendChunk16(b, ChunkSrcPort, p.Src.Port())
	}
	if p.Dst.Port() != 0 {
		b = appendChunk16(b, ChunkDstPort, p.Dst.Port())
	}
	if !p.Time.IsZero() {
		b = appendChunk32(b, ChunkTimeSeconds, uint32(seconds))
		b = appendChunk32(b, ChunkTimeMicros, uint32(p.Time.Nanosecond()/1000))
	}
	if len(p.Payload) > 0 || p.Proto != 0 {
		b = appendChunk8(b, ChunkProto, uint8(p.Proto))
	}
	if p.HasCaptureID {
		b = appendChunk32(b, ChunkCaptureID, p.CaptureID)
	}
	if p.KeepAliveSeconds != 0 {
		b = appendChunk16(b, ChunkKeepAlive, p.KeepAliveSeconds)
	}
	if p.HasVLAN {
		b = appendChunk16(b, ChunkVLAN, p.VLAN)
	}
	b = appendBytes(b, ChunkAuthKey, p.AuthKey)
	b = appendBytes(b, ChunkCorrelationID, p.CorrelationID)
	b = appendBytes(b, ChunkNodeName, p.NodeName)
	if len(p.Payload) > 0 {
		b = appendBytes(b, ChunkPayload, p.Payload)
	}
	size := len(b) - start
	if size > MaxPacketBytes {
		return dst, fmt.Errorf("packet: %w: %d bytes, at most %d", ErrTooLarge, size, MaxPacketBytes)
	}
	binary.BigEndian.PutUint16(b[start+4:], uint16(size))
	return b, nil
}

func appendChunk(b []byte, t ChunkType, size int) []byte {
	b = append(b, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(t))
	return binary.BigEndian.AppendUint16(b, uint16(chunkHeaderBytes+size))
}

func appendChunk8(b []byte, t ChunkType, v uint8) []byte {
	return append(appendChunk(b, t, 1), v)
}

func appendChunk16(b []byte, t ChunkType, v uint16) []byte {
	return binary.BigEndian.AppendUint16(appendChunk(b, t, 2), v)
}

func appendChunk32(b []byte, t ChunkType, v uint32) []byte {
	return binary.BigEndian.AppendUint32(appendChunk(b, t, 4), v)
}

// appendBytes writes a text chunk; nil means that there is none, an empty
// value is written as such.
func appendBytes(b []byte, t ChunkType, v []byte) []byte {
	if v == nil {
		return b
	}
	return append(appendChunk(b, t, len(v)), v...)
}

func appendAddr(b []byte, a netip.Addr, t4, t6 ChunkType) []byte {
	switch {
	case a.Is4():
		v := a.As4()
		return append(appendChunk(b, t4, 4), v[:]...)
	case a.Is6():
		v := a.As16()
		return append(appendChunk(b, t6, 16), v[:]...)
	}
	return b
}
