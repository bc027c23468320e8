package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	driver "github.com/ClickHouse/clickhouse-go/v2"
)

// Sentinels that every error of the server, or of the way to it, wraps one of.
var (
	// ErrUpstream: the server cannot do it now (unreachable, overloaded, out
	// of memory, too many parts, read-only replica). The same request may
	// succeed later.
	ErrUpstream = errors.New("clickhouse unavailable")
	// ErrRefused: the server will never take these rows.
	ErrRefused = errors.New("rows refused")
	// ErrSetup: what we ask is wrong whatever the rows: no such table, column
	// or database, bad credentials, no rights, a syntax error. The rows are
	// good; try again after somebody has put it right.
	ErrSetup = errors.New("clickhouse set-up")
)

// Codes of the server's exceptions, from its ErrorCodes.cpp.
var (
	refusedCodes = map[int32]bool{
		6:   true, // CANNOT_PARSE_TEXT
		9:   true, // SIZES_OF_COLUMNS_DOESNT_MATCH
		26:  true, // CANNOT_PARSE_QUOTED_STRING
		27:  true, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
		32:  true, // ATTEMPT_TO_READ_AFTER_EOF
		33:  true, // CANNOT_READ_ALL_DATA
		38:  true, // CANNOT_PARSE_DATE
		41:  true, // CANNOT_PARSE_DATETIME
		49:  true, // LOGICAL_ERROR, which a malformed block may cause
		53:  true, // TYPE_MISMATCH
		69:  true, // ARGUMENT_OUT_OF_BOUND
		70:  true, // CANNOT_CONVERT_TYPE
		72:  true, // CANNOT_PARSE_NUMBER
		117: true, // INCORRECT_DATA
		131: true, // TOO_LARGE_STRING_SIZE
		190: true, // SIZES_OF_ARRAYS_DONT_MATCH
		271: true, // CANNOT_DECOMPRESS
		321: true, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
		349: true, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
		376: true, // CANNOT_PARSE_UUID
		469: true, // VIOLATED_CONSTRAINT
	}
	setupCodes = map[int32]bool{
		8:   true, // THERE_IS_NO_COLUMN
		10:  true, // NOT_FOUND_COLUMN_IN_BLOCK
		16:  true, // NO_SUCH_COLUMN_IN_TABLE
		20:  true, // NUMBER_OF_COLUMNS_DOESNT_MATCH
		36:  true, // BAD_ARGUMENTS
		46:  true, // UNKNOWN_FUNCTION
		47:  true, // UNKNOWN_IDENTIFIER
		48:  true, // NOT_IMPLEMENTED
		57:  true, // TABLE_ALREADY_EXISTS
		60:  true, // UNKNOWN_TABLE
		62:  true, // SYNTAX_ERROR
		73:  true, // UNKNOWN_FORMAT
		81:  true, // UNKNOWN_DATABASE
		115: true, // UNKNOWN_SETTING
		164: true, // READONLY
		192: true, // UNKNOWN_USER
		193: true, // WRONG_PASSWORD
		194: true, // REQUIRED_PASSWORD
		195: true, // IP_ADDRESS_NOT_ALLOWED
		291: true, // DATABASE_ACCESS_DENIED
		344: true, // SUPPORT_IS_DISABLED
		392: true, // QUERY_IS_PROHIBITED
		452: true, // SETTING_CONSTRAINT_VIOLATION
		497: true, // ACCESS_DENIED
		516: true, // AUTHENTICATION_FAILED
	}
)

// classify wraps err with the sentinel that says who can do something about
// it, and with what was being done. nil stays nil, and the end of the caller's
// context stays what it is.
func classify(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, errors.Join(ctx.Err(), err))
	}
	return fmt.Errorf("%s: %w: %w", doing, classOf(err), err)
}

// classOf picks the sentinel; what nobody can name is tried again.
func classOf(err error) error {
	var exception *driver.Exception
	if errors.As(err, &exception) {
		switch {
		case refusedCodes[exception.Code]:
			return ErrRefused
		case setupCodes[exception.Code]:
			return ErrSetup
		default:
			return ErrUpstream
		}
	}
	var status *driver.HTTPError
	if errors.As(err, &status) {
		switch status.StatusCode {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			return ErrSetup
		}
	}
	return ErrUpstream
}
