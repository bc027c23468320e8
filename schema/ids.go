package schema

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// TenantID names one customer organisation. It is the Entra tenant id in
// lower-case dashed form, or a short name given in the configuration; it is
// part of every row, key and query.
type TenantID string

// TrunkID names a tenant's SIP trunk: the SBC's FQDN, with ":port" where the
// port is not the default one.
type TrunkID string

// CallID is a SIP Call-ID (RFC 3261 section 8.1.1.4) or the correlation id
// that a capture agent sent in its place. Empty means unknown.
type CallID string

// ReportID identifies one media report whatever the tap it was seen at and
// however often: a hash of what was on the wire.
type ReportID [16]byte

// StreamID identifies one direction of RTP as one reporter saw it, from its
// first report to its last.
type StreamID [16]byte

// QuarantineID identifies one report in quarantine: a hash of how it came and
// what it says, the same if it comes again.
type QuarantineID [16]byte

// BatchID identifies one journal file, and with it one INSERT.
type BatchID [16]byte

// String returns the id in the dashed form of a UUID.
func (id ReportID) String() string { return dashed(id) }

// String returns the id in the dashed form of a UUID.
func (id StreamID) String() string { return dashed(id) }

// String returns the id in the dashed form of a UUID.
func (id QuarantineID) String() string { return dashed(id) }

// String returns the id in the dashed form of a UUID.
func (id BatchID) String() string { return dashed(id) }

// dashed writes 16 bytes as ClickHouse prints a UUID.
func dashed(b [16]byte) string {
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], b[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], b[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], b[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], b[10:16])
	return string(out[:])
}

// ErrID is wrapped by errors about text that is no identifier.
var ErrID = errors.New("want a UUID, 8-4-4-4-12 hexadecimal digits")

// ParseBatchID reads the dashed form that String writes. The error wraps ErrID.
func ParseBatchID(text string) (BatchID, error) {
	id, err := parseDashed(text)
	if err != nil {
		return BatchID{}, fmt.Errorf("batch id %q: %w", text, err)
	}
	return id, nil
}

// ParseQuarantineID reads the dashed form that String writes. The error wraps
// ErrID.
func ParseQuarantineID(text string) (QuarantineID, error) {
	id, err := parseDashed(text)
	if err != nil {
		return QuarantineID{}, fmt.Errorf("quarantine id %q: %w", text, err)
	}
	return id, nil
}

// parseDashed reads a UUID.
func parseDashed(text string) (id [16]byte, err error) {
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		digits := text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
		if n, err := hex.Decode(id[:], []byte(digits)); err == nil && n == len(id) {
			return id, nil
		}
	}
	return [16]byte{}, ErrID
}
