package callrecords

import (
	"errors"
	"fmt"
)

// Sentinels of this package's errors.
var (
	// ErrDocument is wrapped by errors about one document: the others of its
	// file can be read.
	ErrDocument = errors.New("document refused")
	// ErrFile is wrapped by errors after which the rest of a file cannot be
	// read.
	ErrFile = errors.New("file damaged")
)

// Reasons for which a document is refused: few words, to be counted by.
const (
	// ReasonJSON: it is not JSON (RFC 8259), or not UTF-8.
	ReasonJSON = "not JSON"
	// ReasonKind: it is none of the documents that this package reads.
	ReasonKind = "other document"
	// ReasonValue: a value is not of the type that the schema says.
	ReasonValue = "wrong value"
	// ReasonMissing: it lacks what a row cannot be without.
	ReasonMissing = "missing value"
	// ReasonSize: it is larger than Options.MaxDocumentBytes.
	ReasonSize = "too large"
)

// DocumentError says why one document was refused and where. It wraps
// ErrDocument.
type DocumentError struct {
	// Reason is one of the constants.
	Reason string
	// Path within the document, such as sessions[0].caller.name; "" is the
	// document itself.
	Path string
	// Want is what was expected there, Got what there was, cut short.
	Want, Got string
	// Index counts the documents of a file from 0; Offset is the byte at which
	// this one begins in the uncompressed file. Both are the Reader's.
	Index  int
	Offset int64
}

// Error implements error.
func (e *DocumentError) Error() string {
	text := fmt.Sprintf("document %d at byte %d: %s", e.Index+1, e.Offset, e.Reason)
	if e.Path != "" {
		text += ": " + e.Path
	}
	if e.Want != "" {
		text += ": want " + e.Want
	}
	if e.Got != "" {
		text += ", got " + e.Got
	}
	return text
}

// Unwrap returns ErrDocument.
func (e *DocumentError) Unwrap() error { return ErrDocument }

// FileError says at which byte of the uncompressed file reading ended. It
// wraps ErrFile and what went wrong.
type FileError struct {
	Offset int64
	Err    error
}

// Error implements error.
func (e *FileError) Error() string { return fmt.Sprintf("at byte %d: %v", e.Offset, e.Err) }

// Unwrap returns ErrFile and the cause.
func (e *FileError) Unwrap() []error { return []error{ErrFile, e.Err} }
