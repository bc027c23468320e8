package statement

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// skipBlanks moves to the next token. It is false where a comment does not end.
func (l *Lexer) skipBlanks() bool {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch c := rest[0]; {
		case blank(c):
			l.pos++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "# "), strings.HasPrefix(rest, "#!"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest) - 1
			}
			l.pos += n + 1
		case strings.HasPrefix(rest, "/*"):
			n := comment(rest)
			if n == 0 {
				return false
			}
			l.pos += n
		case c >= utf8.RuneSelf:
			n := foreignBlank(rest)
			if n == 0 {
				return true
			}
			l.pos += n
		default:
			return true
		}
	}
	return true
}

func blank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}

// foreignBlank is the length of the blank outside ASCII at the beginning of s,
// as text copied from a word processor has them, or 0.
func foreignBlank(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if unicode.IsSpace(r) || r >= '\u200b' && r <= '\u200d' || r == '\u2060' || r == '\u180e' || r == '\ufeff' {
		return n
	}
	return 0
}

// comment is the length of the /* comment */ at the beginning of s, which may
// hold others, or 0 where it does not end.
func comment(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); {
		switch s[i : i+2] {
		case "/*":
			depth++
			i += 2
		case "*/":
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return 0
}
