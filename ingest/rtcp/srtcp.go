package rtcp

import "encoding/binary"

// SRTCP is what an encrypted datagram shows (RFC 3711 section 3.4). There is no
// quality in it.
type SRTCP struct {
	// ReporterSSRC is the sender of the first sub-packet.
	ReporterSSRC uint32
	// PacketType is the type of the first sub-packet.
	PacketType uint8
	// ReportCount is the first sub-packet's count of report blocks: 0..31.
	ReportCount uint8
	// Index is the SRTCP index, 31 bits, one more with each datagram of the sender.
	Index uint32
}

const (
	// maxIndex bounds what is believed to be an index: it is 0 when a call
	// begins and rises by one with each datagram, so this is seven weeks at one
	// a second.
	maxIndex = 1 << 22
	// minGCMTag stands in front of the index word where an AEAD seals the
	// datagram (RFC 7714 section 17.3).
	minGCMTag = 16
	// maxMKI is the longest master key identifier that is looked for. The
	// standard allows 128 bytes; what is in use has none, 1 or 4.
	maxMKI = 4
)

// authTags are the sizes of authentication tags behind the index word: HMAC-SHA1
// with 80 and 32 bits (RFC 3711 section 4.2, RFC 4568 section 6.2), and none for
// an AEAD, which has its tag in front.
var authTags = [...]int{10, 4, 0}

// seal decides whether a datagram whose chain breaks at offset end is
// encrypted, and if so forgets what the walk has found.
//
// A sub-packet behind the first one that names the same sender cannot be
// noise, so such a datagram is plain and its chain just broken. Otherwise an
// index word with the E bit at one of the places where the standards put it
// decides. Noise that is taken for report blocks is the worse mistake: figures
// would be made of it.
func (d *Datagram) seal(b []byte, end int) bool {
	if len(d.Packets) == 0 {
		return false
	}
	first := &d.Packets[0]
	if !first.SSRC.OK || d.showsSender(b, end) {
		return false
	}
	index, ok := findIndex(b, len(first.Raw))
	if !ok {
		return false
	}
	d.Encrypted = true
	d.SRTCP = SRTCP{ReporterSSRC: first.SSRC.V, PacketType: first.Type, ReportCount: first.Count, Index: index}
	d.Packets = d.Packets[:0]
	return true
}

// showsSender reports whether a sub-packet behind the first one, or what
// stands at the break, is by the sender of the first.
func (d *Datagram) showsSender(b []byte, end int) bool {
	sender := d.Packets[0].SSRC
	for i := range d.Packets[1:] {
		if d.Packets[1+i].SSRC == sender {
			return true
		}
	}
	return len(b)-end >= headerSize+ssrcSize && binary.BigEndian.Uint32(b[end+headerSize:]) == sender.V
}

// findIndex looks for the word E|index at each distance from the end that tag
// and MKI allow. first is the size of the first sub-packet: encryption keeps
// lengths, so the word cannot stand earlier.
func findIndex(b []byte, first int) (index uint32, ok bool) {
	for _, tag := range authTags {
		for mki := range maxMKI + 1 {
			at := len(b) - tag - mki - wordSize
			floor := first
			if tag == 0 {
				floor += minGCMTag
			}
			if at < floor || at%wordSize != 0 {
				continue
			}
			word := binary.BigEndian.Uint32(b[at:])
			if encrypted, index := word>>31 == 1, word&^(1<<31); encrypted && index < maxIndex {
				return index, true
			}
		}
	}
	return 0, false
}
