package hep

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/trunkline-cc/trunkline/ingest/rtcp"
)

// sdesCNAME is the item type of the canonical name (RFC 3550 section 6.5).
const sdesCNAME = 1

// maxNames is how many names of one payload are taken: two SDES packets full.
const maxNames = 64

// sdesInformation reads rtpengine's and captagent's list of SDES items, each
// with the SSRC of its chunk. captagent gives the SSRC beside the list.
func (s *scan) sdesInformation() {
	if s.null() {
		return
	}
	for more := s.open('['); more; more = s.next('[') {
		s.sdesItem(0, false)
	}
}

// sdesChunks reads the list that the first 2.0 releases of heplify wrote:
// chunks with an SSRC and their items.
func (s *scan) sdesChunks() {
	if s.null() {
		return
	}
	for more := s.open('['); more; more = s.next('[') {
		var ssrc uint32
		has := false
		for more := s.open('{'); more; more = s.next('{') {
			switch string(s.name()) {
			case "ssrc":
				ssrc, has = s.uint32()
			case "items":
				if s.null() {
					continue
				}
				for more := s.open('['); more; more = s.next('[') {
					s.sdesItem(ssrc, has)
				}
			default:
				s.skip(0)
			}
		}
	}
}

func (s *scan) sdesItem(ssrc uint32, has bool) {
	var text []byte
	escaped := false
	typ := uint8(0)
	for more := s.open('{'); more; more = s.next('{') {
		switch string(s.name()) {
		case "sdes_chunk_ssrc":
			ssrc, has = s.uint32()
		case "type":
			typ, _ = s.uint8()
		case "text":
			text, escaped = s.text()
		default:
			s.skip(0)
		}
	}
	if s.err != nil || typ != sdesCNAME || len(s.r.CNAMEs) == maxNames {
		return
	}
	if escaped {
		start := len(s.r.text)
		s.r.text = unescape(s.r.text, text)
		text = s.r.text[start:len(s.r.text):len(s.r.text)]
	}
	if !has {
		s.unnamed |= 1 << len(s.r.CNAMEs)
	}
	s.r.CNAMEs = append(s.r.CNAMEs, rtcp.CNAME{SSRC: ssrc, Name: text})
}

// nameSender gives the names that came without an SSRC that of the sender, and
// drops them where it is unknown too.
func (s *scan) nameSender() {
	if s.unnamed == 0 {
		return
	}
	ssrc, known := s.sdesSSRC, s.hasSDESSSRC
	if !known {
		ssrc, known = s.r.ReporterSSRC, s.r.HasReporter
	}
	kept := s.r.CNAMEs[:0]
	for i, c := range s.r.CNAMEs {
		if s.unnamed&(1<<i) != 0 {
			if !known {
				continue
			}
			c.SSRC = ssrc
		}
		kept = append(kept, c)
	}
	s.r.CNAMEs = kept
}

// unescape appends the string that raw, the inside of a JSON string, stands
// for. An escape that the standard does not know is taken as it is.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			dst = append(dst, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, ok := hex4(raw[i+1:])
			if !ok {
				dst = append(dst, "\\u"...)
				continue
			}
			i += 4
			if utf16.IsSurrogate(r) && len(raw) > i+2 && raw[i+1] == '\\' && raw[i+2] == 'u' {
				if low, ok := hex4(raw[i+3:]); ok {
					if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
						r = pair
						i += 6
					}
				}
			}
			dst = utf8.AppendRune(dst, r)
		default: // quote, backslash, slash
			dst = append(dst, raw[i])
		}
	}
	return dst
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, ch := range b[:4] {
		switch {
		case ch >= '0' && ch <= '9':
			r = r<<4 | rune(ch-'0')
		case ch|0x20 >= 'a' && ch|0x20 <= 'f':
			r = r<<4 | rune(ch|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
