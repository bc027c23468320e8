package held

import (
	"encoding/binary"
	"hash/crc32"
)

// scanned is what a file holds.
type scanned struct {
	// end is behind the last whole frame; what follows is a torn tail.
	end     int64
	damaged uint64
}

// scan calls f with every sound frame of a file's content, its place and its
// length. A frame that does not match its checksum is passed over by looking
// for the next sound one, so that a damaged sector costs what it held.
func scan(content []byte, f func(at int64, length int, fr frame)) scanned {
	var s scanned
	for at := 0; at < len(content); {
		payload, ok := soundAt(content, at)
		if !ok {
			next := nextSound(content, at+1)
			if next < 0 {
				return s
			}
			s.damaged++
			at = next
			continue
		}
		length := frameBytes + len(payload)
		if fr, err := parseFrame(payload); err != nil {
			s.damaged++
		} else {
			f(int64(at), length, fr)
		}
		at += length
		s.end = int64(at)
	}
	return s
}

// soundAt returns the payload of a frame that begins at a place.
func soundAt(content []byte, at int) ([]byte, bool) {
	if len(content)-at < frameBytes+1 {
		return nil, false
	}
	length := int(binary.LittleEndian.Uint32(content[at:]))
	if length == 0 || length > maxFrameBytes || length > len(content)-at-frameBytes {
		return nil, false
	}
	payload := content[at+frameBytes : at+frameBytes+length]
	return payload, crc32.Checksum(payload, castagnoli) == binary.LittleEndian.Uint32(content[at+4:])
}

// maxSearch bounds how far behind damage the next frame is looked for.
const maxSearch = 1 << 20

// nextSound finds the next place at which a sound frame begins, or -1. Places
// that cannot be one are told by their length and kind, so that few checksums
// are made.
func nextSound(content []byte, from int) int {
	budget := 64 << 20 // bytes to checksum
	for at := from; at < len(content) && at < from+maxSearch && budget > 0; at++ {
		if len(content)-at < frameBytes+1 || content[at+frameBytes] != kindRecord && content[at+frameBytes] != kindRelease {
			continue
		}
		if length := int(binary.LittleEndian.Uint32(content[at:])); length > maxFrameBytes || length > len(content)-at-frameBytes {
			continue
		} else {
			budget -= length
		}
		if _, ok := soundAt(content, at); ok {
			return at
		}
	}
	return -1
}
