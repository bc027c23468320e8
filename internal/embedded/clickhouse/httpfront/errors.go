package httpfront

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/statement"
)

// ClickHouse's numbers and names for the failures that arise here.
var (
	codeSyntax           = code{62, "SYNTAX_ERROR"}
	codeArguments        = code{36, "BAD_ARGUMENTS"}
	codeNotImplemented   = code{48, "NOT_IMPLEMENTED"}
	codeChecksum         = code{40, "CHECKSUM_DOESNT_MATCH"}
	codeUnknownFormat    = code{73, "UNKNOWN_FORMAT"}
	codeReadOnly         = code{164, "READONLY"}
	codePasswordRequired = code{194, "REQUIRED_PASSWORD"}
	codeTooMany          = code{202, "TOO_MANY_SIMULTANEOUS_QUERIES"}
	codeNetwork          = code{210, "NETWORK_ERROR"}
	codeQueryTooLarge    = code{229, "QUERY_IS_TOO_LARGE"}
	codeDecompress       = code{271, "CANNOT_DECOMPRESS"}
	codeTooManyBytes     = code{307, "TOO_MANY_BYTES"}
	codeSessionNotFound  = code{372, "SESSION_NOT_FOUND"}
	codeSessionLocked    = code{373, "SESSION_IS_LOCKED"}
	codeCancelled        = code{394, "QUERY_WAS_CANCELLED"}
	codeResultTooLarge   = code{396, "TOO_MANY_ROWS_OR_BYTES"}
	codeSessionTimeout   = code{374, "INVALID_SESSION_TIMEOUT"}
	codeAccessDenied     = code{497, "ACCESS_DENIED"}
	codeAuthentication   = code{516, "AUTHENTICATION_FAILED"}
	codeInternal         = code{1002, "UNKNOWN_EXCEPTION"}
)

type code struct {
	number int
	name   string
}

// errorf makes a failure in ClickHouse's terms.
func (c code) errorf(format string, args ...any) *chdb.Error {
	return &chdb.Error{Code: c.number, Name: c.name, Message: fmt.Sprintf(format, args...)}
}

// asError gives every failure a code.
func asError(err error) *chdb.Error {
	var e *chdb.Error
	var refused *statement.Refusal
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &refused):
		return codeAccessDenied.errorf("%v", err)
	case errors.Is(err, statement.ErrEmpty), errors.Is(err, statement.ErrSeveral), errors.Is(err, statement.ErrSemicolon), errors.Is(err, statement.ErrValues):
		return codeSyntax.errorf("%v", err)
	}
	return codeInternal.errorf("%v", err)
}

// statuses are those that a ClickHouse server gives for its codes; others are
// 500. Those marked are ours, for codes that a server has no status for.
var statuses = map[int]int{
	194: http.StatusUnauthorized,                         // REQUIRED_PASSWORD
	192: http.StatusForbidden, 193: http.StatusForbidden, // UNKNOWN_USER, WRONG_PASSWORD
	497: http.StatusForbidden, 512: http.StatusForbidden, // ACCESS_DENIED, SET_NON_GRANTED_ROLE
	516: http.StatusForbidden,                            // AUTHENTICATION_FAILED
	6:   http.StatusBadRequest, 8: http.StatusBadRequest, // CANNOT_PARSE_TEXT, THERE_IS_NO_COLUMN
	15: http.StatusBadRequest, 25: http.StatusBadRequest, // DUPLICATE_COLUMN, CANNOT_PARSE_ESCAPE_SEQUENCE
	26: http.StatusBadRequest, 27: http.StatusBadRequest, // CANNOT_PARSE_QUOTED_STRING, CANNOT_PARSE_INPUT_ASSERTION_FAILED
	36: http.StatusBadRequest, 37: http.StatusBadRequest, // BAD_ARGUMENTS, UNKNOWN_ELEMENT_IN_AST
	38: http.StatusBadRequest, 41: http.StatusBadRequest, // CANNOT_PARSE_DATE, CANNOT_PARSE_DATETIME
	44: http.StatusBadRequest, 53: http.StatusBadRequest, // ILLEGAL_COLUMN, TYPE_MISMATCH
	62: http.StatusBadRequest, 72: http.StatusBadRequest, // SYNTAX_ERROR, CANNOT_PARSE_NUMBER
	117: http.StatusBadRequest, 123: http.StatusBadRequest, // INCORRECT_DATA, UNKNOWN_TYPE_OF_AST_NODE
	167: http.StatusBadRequest, 168: http.StatusBadRequest, // TOO_DEEP_AST, TOO_BIG_AST
	223: http.StatusBadRequest, 321: http.StatusBadRequest, // UNEXPECTED_AST_STRUCTURE, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
	376: http.StatusBadRequest, 427: http.StatusBadRequest, // CANNOT_PARSE_UUID, CANNOT_COMPILE_REGEXP
	441: http.StatusBadRequest,                             // CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING
	675: http.StatusBadRequest, 676: http.StatusBadRequest, // CANNOT_PARSE_IPV4, CANNOT_PARSE_IPV6
	46: http.StatusNotFound, 47: http.StatusNotFound, // UNKNOWN_FUNCTION, UNKNOWN_IDENTIFIER
	50: http.StatusNotFound, 56: http.StatusNotFound, // UNKNOWN_TYPE, UNKNOWN_STORAGE
	60: http.StatusNotFound, 63: http.StatusNotFound, // UNKNOWN_TABLE, UNKNOWN_AGGREGATE_FUNCTION
	73: http.StatusNotFound, 78: http.StatusNotFound, // UNKNOWN_FORMAT, UNKNOWN_TYPE_OF_QUERY
	81: http.StatusNotFound, 115: http.StatusNotFound, // UNKNOWN_DATABASE, UNKNOWN_SETTING
	152: http.StatusNotFound, 336: http.StatusNotFound, // UNKNOWN_DIRECTION_OF_SORTING, UNKNOWN_DATABASE_ENGINE
	511: http.StatusNotFound,                                              // UNKNOWN_ROLE
	372: http.StatusNotFound,                                              // SESSION_NOT_FOUND (ours)
	229: http.StatusRequestEntityTooLarge,                                 // QUERY_IS_TOO_LARGE
	307: http.StatusRequestEntityTooLarge,                                 // TOO_MANY_BYTES (ours)
	48:  http.StatusNotImplemented,                                        // NOT_IMPLEMENTED
	209: http.StatusServiceUnavailable, 76: http.StatusServiceUnavailable, // SOCKET_TIMEOUT, CANNOT_OPEN_FILE
	439: http.StatusServiceUnavailable,   // CANNOT_SCHEDULE_TASK
	202: http.StatusServiceUnavailable,   // TOO_MANY_SIMULTANEOUS_QUERIES (ours)
	159: http.StatusRequestTimeout,       // TIMEOUT_EXCEEDED
	779: http.StatusUnsupportedMediaType, // UNSUPPORTED_MEDIA_TYPE
}

// statusOf is the HTTP status for a code.
func statusOf(number int) int {
	if status, ok := statuses[number]; ok {
		return status
	}
	return http.StatusInternalServerError
}
