package chdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// codeLogical is ClickHouse's LOGICAL_ERROR, for what the engine cannot explain.
const codeLogical = 49

// Error is a failure that the engine reports, in ClickHouse's numbering.
type Error struct {
	Code    int    // for example 60; always positive
	Name    string // for example UNKNOWN_TABLE; "" where the engine gave none
	Message string // without the "Code: N. DB::Exception:" prefix
}

func (e *Error) Error() string {
	text := fmt.Sprintf("Code: %d. DB::Exception: %s", e.Code, e.Message)
	if e.Name == "" || strings.Contains(e.Message, "("+e.Name+")") {
		return text
	}
	return text + " (" + e.Name + ")"
}

var (
	errorPrefix = regexp.MustCompile(`^(?:Code:\s*(\d+)\.\s*)?(?:DB::[A-Za-z]*Exception:\s*)?`)
	errorName   = regexp.MustCompile(`\(([A-Z][A-Z0-9_]{2,})\)`)
)

// ParseError reads the engine's text. One without a code counts as
// LOGICAL_ERROR, so that a failure is never taken for code 0.
func ParseError(text string) *Error {
	text = strings.TrimSpace(text)
	e := &Error{Code: codeLogical}
	m := errorPrefix.FindStringSubmatch(text)
	if n, err := strconv.Atoi(m[1]); err == nil && n > 0 {
		e.Code = n
	}
	e.Message = strings.TrimSpace(text[len(m[0]):])
	if names := errorName.FindAllStringSubmatch(e.Message, -1); names != nil {
		e.Name = names[len(names)-1][1]
	}
	return e
}
