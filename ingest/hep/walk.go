package hep

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// walk is what Decode has to remember between chunks of one packet: the parts
// of what a Packet gives as one.
type walk struct {
	packet           *Packet
	seen             uint32 // bit n: generic chunk n was there
	family           uint8
	src4, dst4       [4]byte
	src6, dst6       [16]byte
	seconds, micros  uint32
	srcPort, dstPort uint16
	compressed       []byte
	compressedAt     int
}

func (w *walk) has(t ChunkType) bool { return w.seen&(1<<t) != 0 }

// chunk takes the value v of one generic chunk, whose header is at offset at.
func (w *walk) chunk(t ChunkType, at int, v []byte) error {
	if t == 0 || int(t) >= len(chunkSpecs) {
		w.packet.SkippedGeneric++
		return nil
	}
	if want := chunkSpecs[t].size; want >= 0 && len(v) != want {
		return &ChunkError{
			Type: t, Offset: at, Err: ErrLength,
			Detail: fmt.Sprintf("value of %d bytes, expected %d", len(v), want),
		}
	}
	if w.has(t) {
		return &ChunkError{Type: t, Offset: at, Err: ErrDuplicate}
	}
	w.seen |= 1 << t
	p := w.packet
	switch t {
	case ChunkFamily:
		w.family = v[0]
	case ChunkIPProto:
		p.IPProto = v[0]
	case ChunkSrcIPv4:
		w.src4 = [4]byte(v)
	case ChunkDstIPv4:
		w.dst4 = [4]byte(v)
	case ChunkSrcIPv6:
		w.src6 = [16]byte(v)
	case ChunkDstIPv6:
		w.dst6 = [16]byte(v)
	case ChunkSrcPort:
		w.srcPort = binary.BigEndian.Uint16(v)
	case ChunkDstPort:
		w.dstPort = binary.BigEndian.Uint16(v)
	case ChunkTimeSeconds:
		w.seconds = binary.BigEndian.Uint32(v)
	case ChunkTimeMicros:
		if w.micros = binary.BigEndian.Uint32(v); w.micros > 999_999 {
			return &ChunkError{Type: t, Offset: at, Err: ErrValue, Detail: fmt.Sprintf("%d, expected 0 to 999999", w.micros)}
		}
	case ChunkProto:
		p.Proto = Proto(v[0])
	case ChunkCaptureID:
		p.CaptureID, p.HasCaptureID = binary.BigEndian.Uint32(v), true
	case ChunkKeepAlive:
		p.KeepAliveSeconds = binary.BigEndian.Uint16(v)
	case ChunkAuthKey:
		p.AuthKey = v
	case ChunkPayload:
		p.Payload = v
	case ChunkCompressed:
		w.compressed, w.compressedAt = v, at
	case ChunkCorrelationID:
		p.CorrelationID = v
	case ChunkVLAN:
		p.VLAN, p.HasVLAN = binary.BigEndian.Uint16(v), true
	case ChunkNodeName:
		p.NodeName = v
	}
	return nil
}

// finish puts the parts together and checks that they fit.
func (d *Decoder) finish(w *walk) error {
	p := w.packet
	// An agent that writes 0 does not mean 1970: it does not know.
	if w.seconds != 0 {
		p.Time = time.Unix(int64(w.seconds), int64(w.micros)*1000).UTC()
	}
	if err := w.addresses(); err != nil {
		return err
	}
	if w.has(ChunkCompressed) && len(w.compressed) > 0 {
		if len(p.Payload) > 0 {
			return &ChunkError{Type: ChunkCompressed, Offset: w.compressedAt, Err: ErrDuplicate, Detail: "a plain payload is there too"}
		}
		payload, err := d.inflate.inflate(w.compressed, d.maxInflated())
		if err != nil {
			return &ChunkError{Type: ChunkCompressed, Offset: w.compressedAt, Err: err}
		}
		p.Payload = payload
		d.stats.Inflated++
	}
	if len(p.Payload) == 0 {
		p.Payload = nil
		return nil
	}
	switch {
	case !w.has(ChunkProto):
		return fmt.Errorf("packet: %w: %v", ErrMissing, ChunkProto)
	case !p.Src.Addr().IsValid():
		return fmt.Errorf("packet: %w: source address (3 or 5)", ErrMissing)
	case !p.Dst.Addr().IsValid():
		return fmt.Errorf("packet: %w: destination address (4 or 6)", ErrMissing)
	}
	return nil
}

// addresses makes Src and Dst of whichever address chunks came. The family
// chunk holds the agent's AF_INET6, which is 10 on Linux and another number
// elsewhere, so only "IPv4 or not" is believed of it.
func (w *walk) addresses() error {
	const v4 = 1<<ChunkSrcIPv4 | 1<<ChunkDstIPv4
	const v6 = 1<<ChunkSrcIPv6 | 1<<ChunkDstIPv6
	has4, has6 := w.seen&v4 != 0, w.seen&v6 != 0
	if has4 && has6 {
		return fmt.Errorf("packet: %w: both IPv4 and IPv6 addresses", ErrValue)
	}
	if w.has(ChunkFamily) && (has4 && w.family != familyIPv4 || has6 && w.family == familyIPv4) {
		return fmt.Errorf("packet: %w: IP family %d does not go with the address chunks", ErrValue, w.family)
	}
	var src, dst netip.Addr
	switch {
	case w.has(ChunkSrcIPv4):
		src = netip.AddrFrom4(w.src4)
	case w.has(ChunkSrcIPv6):
		src = netip.AddrFrom16(w.src6)
	}
	switch {
	case w.has(ChunkDstIPv4):
		dst = netip.AddrFrom4(w.dst4)
	case w.has(ChunkDstIPv6):
		dst = netip.AddrFrom16(w.dst6)
	}
	if (src.Is4In6() || !src.IsValid()) && (dst.Is4In6() || !dst.IsValid()) {
		src, dst = src.Unmap(), dst.Unmap()
	}
	w.packet.Src = netip.AddrPortFrom(src, w.srcPort)
	w.packet.Dst = netip.AddrPortFrom(dst, w.dstPort)
	return nil
}
