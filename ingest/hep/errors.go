package hep

import (
	"errors"
	"fmt"
)

// Why a packet, a payload or a connection was refused. Decode, Scan, Next and
// Check return errors that wrap one of these.
var (
	// ErrNotHEP: the bytes do not start with "HEP3".
	ErrNotHEP = errors.New("not a HEP packet")
	// ErrVersion1 and ErrVersion2: an older version of HEP, see the package
	// comment.
	ErrVersion1 = errors.New("HEP version 1 is not supported: set the agent to version 3")
	ErrVersion2 = errors.New("HEP version 2 is not supported: set the agent to version 3")
	// ErrTruncated: fewer bytes than the packet's length field says.
	ErrTruncated = errors.New("truncated")
	// ErrLength: a length field that cannot be right.
	ErrLength = errors.New("wrong length")
	// ErrDuplicate: a generic chunk came twice, and which one to believe is
	// unknowable.
	ErrDuplicate = errors.New("chunk given twice")
	// ErrMissing: a packet with a payload lacks what is needed to place it.
	ErrMissing = errors.New("chunk missing")
	// ErrValue: a chunk's value is out of its range or contradicts another.
	ErrValue = errors.New("wrong value")
	// ErrCompression: a compressed payload that does not inflate.
	ErrCompression = errors.New("corrupt compressed payload")
	// ErrTooLarge: more bytes than the configured limit.
	ErrTooLarge = errors.New("over the size limit")
	// ErrAuth: the packet's key is absent or not the expected one.
	ErrAuth = errors.New("auth key refused")
	// ErrJSON: a payload that is no JSON, or JSON of another shape.
	ErrJSON = errors.New("malformed RTCP JSON")
	// ErrIncomplete: a JSON report without a figure that it cannot do
	// without.
	ErrIncomplete = errors.New("incomplete RTCP JSON")
	// ErrImplausible: a JSON report whose figures no receiver can have
	// measured, as an agent makes from RTCP that was encrypted (SRTCP).
	ErrImplausible = errors.New("implausible RTCP JSON")
)

// ChunkError says which chunk was refused and where it is.
type ChunkError struct {
	Vendor uint16    // 0 is generic
	Type   ChunkType // meaningful by its name only if Vendor is 0
	Offset int       // of the chunk's header, in bytes from the packet's start
	Detail string    // what was found and what was expected; may be empty
	Err    error     // one of the package's sentinels
}

// Error returns "chunk 12 (capture id) at offset 57: wrong length: 3 bytes, expected 4".
func (e *ChunkError) Error() string {
	name := e.Type.String()
	if e.Vendor != 0 {
		name = fmt.Sprintf("%d of vendor 0x%04x", uint16(e.Type), e.Vendor)
	}
	if e.Detail == "" {
		return fmt.Sprintf("chunk %s at offset %d: %v", name, e.Offset, e.Err)
	}
	return fmt.Sprintf("chunk %s at offset %d: %v: %s", name, e.Offset, e.Err, e.Detail)
}

// Unwrap returns the sentinel.
func (e *ChunkError) Unwrap() error { return e.Err }

// Reason is the label of a refusal counter.
type Reason uint8

// The reasons, one for each sentinel.
const (
	ReasonNone Reason = iota
	ReasonNotHEP
	ReasonVersion1
	ReasonVersion2
	ReasonTruncated
	ReasonLength
	ReasonDuplicate
	ReasonMissing
	ReasonValue
	ReasonCompression
	ReasonTooLarge
	ReasonAuth
	ReasonJSON
	ReasonIncomplete
	ReasonImplausible
	ReasonOther
	numReasons
)

// NumReasons is the number of reasons: Reason(0) to Reason(NumReasons-1).
const NumReasons = int(numReasons)

var reasons = [numReasons]struct {
	label string
	err   error
}{
	ReasonNone:        {"none", nil},
	ReasonNotHEP:      {"not_hep", ErrNotHEP},
	ReasonVersion1:    {"hep_version_1", ErrVersion1},
	ReasonVersion2:    {"hep_version_2", ErrVersion2},
	ReasonTruncated:   {"truncated", ErrTruncated},
	ReasonLength:      {"wrong_length", ErrLength},
	ReasonDuplicate:   {"duplicate_chunk", ErrDuplicate},
	ReasonMissing:     {"missing_chunk", ErrMissing},
	ReasonValue:       {"wrong_value", ErrValue},
	ReasonCompression: {"compression", ErrCompression},
	ReasonTooLarge:    {"too_large", ErrTooLarge},
	ReasonAuth:        {"auth", ErrAuth},
	ReasonJSON:        {"json_malformed", ErrJSON},
	ReasonIncomplete:  {"json_incomplete", ErrIncomplete},
	ReasonImplausible: {"json_implausible", ErrImplausible},
	ReasonOther:       {"other", nil},
}

// String returns a metric label such as "wrong_length".
func (r Reason) String() string {
	if r < numReasons {
		return reasons[r].label
	}
	return "other"
}

// ReasonOf returns the reason that an error of this package stands for:
// ReasonNone for nil, ReasonOther for an error that is not ours.
func ReasonOf(err error) Reason {
	if err == nil {
		return ReasonNone
	}
	for r := ReasonNotHEP; r < ReasonOther; r++ {
		if errors.Is(err, reasons[r].err) {
			return r
		}
	}
	return ReasonOther
}
