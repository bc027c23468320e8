package hep

import "github.com/trunkline-cc/trunkline/ingest/rtcp"

// Form is how a payload of type ProtoRTCP is written.
type Form uint8

// The forms.
const (
	FormUnknown Form = iota // neither: to be refused
	FormBinary              // RTCP as on the wire (RFC 3550), or SRTCP: for package rtcp
	FormJSON                // for a Scanner
)

// String returns "binary", "json" or "unknown".
func (f Form) String() string {
	switch f {
	case FormBinary:
		return "binary"
	case FormJSON:
		return "json"
	}
	return "unknown"
}

// Classify tells by its first bytes which form an RTCP payload has. Binary is
// version 2 and a packet type from 192 to 223 (RFC 5761 section 4); JSON is an
// object, with white space before it at most. The two never overlap.
func Classify(payload []byte) Form {
	if rtcp.Classify(payload) == rtcp.KindRTCP {
		return FormBinary
	}
	for _, ch := range payload {
		switch ch {
		case ' ', '\t', '\n', '\r':
			continue
		case '{':
			return FormJSON
		}
		return FormUnknown
	}
	return FormUnknown
}
