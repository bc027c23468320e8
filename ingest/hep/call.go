package hep

import "encoding/binary"

// CallOfRTCP reads of a packet with RTCP no more than its correlation id, to
// choose who decodes it. It is nil where there is none, for any other payload,
// and for what cannot be walked; Decode says why. It is part of b.
func CallOfRTCP(b []byte) []byte {
	if len(b) < headerBytes || string(b[:4]) != "HEP3" {
		return nil
	}
	var id []byte
	var proto Proto
	for at := headerBytes; at+chunkHeaderBytes <= len(b); {
		size := int(binary.BigEndian.Uint16(b[at+4:]))
		if size < chunkHeaderBytes || size > len(b)-at {
			return nil
		}
		v := b[at+chunkHeaderBytes : at+size : at+size]
		if binary.BigEndian.Uint16(b[at:]) == 0 {
			switch t := ChunkType(binary.BigEndian.Uint16(b[at+2:])); {
			case t == ChunkProto && len(v) == 1:
				proto = Proto(v[0])
			case t == ChunkCorrelationID:
				id = v
			}
		}
		at += size
	}
	if proto != ProtoRTCP || len(id) == 0 {
		return nil
	}
	return id
}
