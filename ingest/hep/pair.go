package hep

import (
	"encoding/binary"
	"net/netip"
)

// Pair reads of a packet no more than where the captured message came from and
// went to, to choose who decodes it. ok is false for what has no addresses or
// cannot be walked; Decode says why. It does not allocate.
func Pair(b []byte) (src, dst netip.AddrPort, ok bool) {
	if len(b) < headerBytes || string(b[:4]) != "HEP3" {
		return src, dst, false
	}
	var from, to netip.Addr
	var fromPort, toPort uint16
	for at := headerBytes; at+chunkHeaderBytes <= len(b); {
		size := int(binary.BigEndian.Uint16(b[at+4:]))
		if size < chunkHeaderBytes || size > len(b)-at {
			return src, dst, false
		}
		v := b[at+chunkHeaderBytes : at+size]
		if binary.BigEndian.Uint16(b[at:]) == 0 {
			switch t := ChunkType(binary.BigEndian.Uint16(b[at+2:])); {
			case t == ChunkSrcIPv4 && len(v) == 4, t == ChunkSrcIPv6 && len(v) == 16:
				from, _ = netip.AddrFromSlice(v)
			case t == ChunkDstIPv4 && len(v) == 4, t == ChunkDstIPv6 && len(v) == 16:
				to, _ = netip.AddrFromSlice(v)
			case t == ChunkSrcPort && len(v) == 2:
				fromPort = binary.BigEndian.Uint16(v)
			case t == ChunkDstPort && len(v) == 2:
				toPort = binary.BigEndian.Uint16(v)
			}
		}
		at += size
	}
	return netip.AddrPortFrom(from.Unmap(), fromPort), netip.AddrPortFrom(to.Unmap(), toPort), from.IsValid() && to.IsValid()
}
