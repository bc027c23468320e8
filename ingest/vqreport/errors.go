package vqreport

import (
	"errors"
	"fmt"
)

// Why a body was refused. Parse returns errors that wrap one of these.
var (
	// ErrNotReport: the first line is none of VQSessionReport,
	// VQIntervalReport and VQAlertReport.
	ErrNotReport = errors.New("not a voice quality report")
	// ErrTooLarge: over [MaxBodyBytes], [MaxLines] or [MaxLineBytes].
	ErrTooLarge = errors.New("over the size limit")
	// ErrMissing: without what is needed to place the report: a CallID or an
	// address, and one of LocalMetrics and RemoteMetrics.
	ErrMissing = errors.New("field missing")
	// ErrSyntax: bytes that no text has.
	ErrSyntax = errors.New("malformed")
)

// ParseError says where in a body the trouble is.
type ParseError struct {
	// Line counts from 1; 0 means the body as a whole.
	Line int
	// Field is the line's name, or "LocalMetrics"; empty if there is none.
	Field string
	// Detail is what was found and what was expected.
	Detail string
	// Err is one of the package's sentinels.
	Err error
}

// Error returns "line 1: not a voice quality report: found ..., expected ...".
func (e *ParseError) Error() string {
	where := "body"
	if e.Line > 0 {
		where = fmt.Sprintf("line %d", e.Line)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return fmt.Sprintf("%s: %v: %s", where, e.Err, e.Detail)
}

// Unwrap returns the sentinel.
func (e *ParseError) Unwrap() error { return e.Err }
