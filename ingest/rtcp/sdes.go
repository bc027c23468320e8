package rtcp

import "encoding/binary"

// CNAME is the canonical name of a source (RFC 3550 section 6.5.1): it stays
// while the SSRC may change.
type CNAME struct {
	SSRC uint32
	// Name aliases the datagram. UTF-8 by the standard, often user@host:
	// personal data.
	Name []byte
}

// SDES item types (RFC 3550 section 12.2).
const (
	sdesEnd   = 0
	sdesCNAME = 1
)

// decodeSDES reads chunks: an SSRC, items, and zero bytes up to the next word.
func (d *Datagram) decodeSDES(p *Packet, b []byte) {
	at := headerSize
	for chunk := range int(p.Count) {
		if len(b)-at < ssrcSize {
			d.fault(Fault{Reason: ReasonSDESChunk, PacketType: p.Type, Offset: p.Offset + at, Want: int(p.Count), Have: chunk})
			return
		}
		ssrc := binary.BigEndian.Uint32(b[at:])
		next, ok := d.decodeItems(p, b, at+ssrcSize, ssrc)
		if !ok {
			return
		}
		at = next
	}
}

// decodeItems reads one chunk's items from offset at on and returns where the
// next chunk begins.
func (d *Datagram) decodeItems(p *Packet, b []byte, at int, ssrc uint32) (next int, ok bool) {
	for at < len(b) && b[at] != sdesEnd {
		if len(b)-at < 2 {
			d.fault(Fault{Reason: ReasonSDESItem, PacketType: p.Type, Offset: p.Offset + at, Want: len(b) - at, Have: 2})
			return 0, false
		}
		size := 2 + int(b[at+1])
		if size > len(b)-at {
			d.fault(Fault{Reason: ReasonSDESItem, PacketType: p.Type, Offset: p.Offset + at, Want: len(b) - at, Have: size})
			return 0, false
		}
		if b[at] == sdesCNAME {
			d.CNAMEs = append(d.CNAMEs, CNAME{SSRC: ssrc, Name: b[at+2 : at+size : at+size]})
		} else {
			d.otherItems++
		}
		at += size
	}
	if at >= len(b) {
		d.fault(Fault{Reason: ReasonSDESEnd, PacketType: p.Type, Offset: p.Offset + at, Want: 1, Have: 0})
		return 0, false
	}
	// One to four zero bytes: the list ends with at least one, and the next
	// chunk starts on a word. Sub-packets are whole words, so this stays inside.
	return (at/wordSize + 1) * wordSize, true
}
