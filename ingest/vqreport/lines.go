package vqreport

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a body. A full report is 2 kB; vendors' lines add to it.
const (
	// MaxBodyBytes is the longest body that is read.
	MaxBodyBytes = 32 << 10
	// MaxLines is the greatest number of lines as sent.
	MaxLines = 512
	// MaxLineBytes is the longest line after unfolding.
	MaxLineBytes = 4 << 10
	// MaxUnknown is how many distinct unknown names are told apart.
	MaxUnknown = 64
	// MaxNameBytes is the longest unknown name kept.
	MaxNameBytes = 64
	// MaxProblems is how many problems are kept.
	MaxProblems = 32
	// MaxProblemValueBytes is how much of a wrong value is kept.
	MaxProblemValueBytes = 64
)

// line is a line after unfolding, without the space around it.
type line struct {
	number int // of its first line as sent, from 1
	text   string
}

// split cuts a body into lines and undoes folding (RFC 3261 section 7.3.1: a
// line that starts with a space or tab continues the one before). Empty lines
// are dropped.
func split(body []byte) ([]line, error) {
	if len(body) > MaxBodyBytes {
		return nil, &ParseError{Detail: fmt.Sprintf("%d bytes, at most %d expected", len(body), MaxBodyBytes), Err: ErrTooLarge}
	}
	var lines []line
	for number := 1; len(body) > 0; number++ {
		if number > MaxLines {
			return nil, &ParseError{Line: number, Detail: fmt.Sprintf("more than %d lines", MaxLines), Err: ErrTooLarge}
		}
		var raw []byte
		if end := bytes.IndexByte(body, '\n'); end >= 0 {
			raw, body = body[:end], body[end+1:]
		} else {
			raw, body = body, nil
		}
		if i := bytes.IndexByte(raw, 0); i >= 0 {
			return nil, &ParseError{Line: number, Detail: fmt.Sprintf("NUL at column %d, text expected", i+1), Err: ErrSyntax}
		}
		text := strings.ToValidUTF8(string(bytes.TrimSpace(raw)), string(utf8.RuneError))
		if text == "" {
			continue
		}
		if last := len(lines) - 1; last >= 0 && (raw[0] == ' ' || raw[0] == '\t') {
			lines[last].text += " " + text
		} else {
			lines = append(lines, line{number, text})
		}
		if got := len(lines[len(lines)-1].text); got > MaxLineBytes {
			return nil, &ParseError{Line: number, Detail: fmt.Sprintf("%d bytes in one line, at most %d expected", got, MaxLineBytes), Err: ErrTooLarge}
		}
	}
	return lines, nil
}

// header cuts "Name: value". A line without a colon is all name.
func (l line) header() (name, value string, colon bool) {
	name, value, colon = strings.Cut(l.text, ":")
	return strings.TrimSpace(name), strings.TrimSpace(value), colon
}

// pair is one key=value of a line.
type pair struct {
	key, value string
	// equals is false for a word that stands alone.
	equals bool
	// open is true for a quoted value whose end is missing.
	open bool
}

// pairs cuts `PT=0 PD=PCMU FMTP="a=b c"`. Values may be quoted, and then hold
// anything; a comma or semicolon after a quoted value is passed over.
func pairs(text string) []pair {
	var all []pair
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t,;") {
		var p pair
		end := strings.IndexAny(text, "= \t")
		switch {
		case end < 0:
			p.key, text = text, ""
		case text[end] != '=':
			p.key, text = text[:end], text[end:]
		default:
			p.key, p.equals = text[:end], true
			text = text[end+1:]
			p.value, text, p.open = quoted(text)
		}
		all = append(all, p)
	}
	return all
}

// quoted takes a value off the front of text.
func quoted(text string) (value, rest string, open bool) {
	if !strings.HasPrefix(text, `"`) {
		if end := strings.IndexAny(text, " \t"); end >= 0 {
			return text[:end], text[end:], false
		}
		return text, "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], false
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), "", true
}

// clip shortens a string to at most n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
