package statement

import (
	"strings"
	"unicode/utf8"
)

// Kind is the kind of a token.
type Kind uint8

// Kinds of tokens. Blanks and comments are no tokens.
const (
	End     Kind = iota // behind the last token
	Word                // a bare word: keyword, identifier or number
	Quoted              // an identifier in back ticks or double quotes
	String              // a string literal or here-document
	Punct               // one other character
	Invalid             // a piece that does not end, or no character of the language
)

// Token is a piece of a statement: text[Start:Stop].
type Token struct {
	Kind        Kind
	Start, Stop int
	// Text is a word or a string as written, the name in a quoted identifier
	// without its escapes, or a punctuation character.
	Text string
}

// is reports whether t is the given keyword, which has to be in upper case.
func (t Token) is(keyword string) bool {
	return t.Kind == Word && len(t.Text) == len(keyword) && strings.EqualFold(t.Text, keyword)
}

// isAny reports whether t is one of the keywords.
func (t Token) isAny(keywords ...string) bool {
	for _, k := range keywords {
		if t.is(k) {
			return true
		}
	}
	return false
}

func (t Token) punct(c string) bool { return t.Kind == Punct && t.Text == c }

// identifier reports whether t can name something.
func (t Token) identifier() bool { return t.Kind == Word || t.Kind == Quoted }

// Lexer cuts a text into tokens.
type Lexer struct {
	text string
	pos  int
	more bool // text goes on: what could still become a here-document is unfinished
}

// NewLexer starts at the beginning of text.
func NewLexer(text string) *Lexer { return &Lexer{text: text} }

// Next is the following token. After the last one, and after an [Invalid] one,
// it is [End] for ever.
func (l *Lexer) Next() Token {
	if !l.skipBlanks() {
		return l.invalid(l.pos)
	}
	start := l.pos
	if start == len(l.text) {
		return Token{Kind: End, Start: start, Stop: start}
	}
	rest := l.text[start:]
	switch c := rest[0]; {
	case c == '\'':
		return l.quoted(String, 1, "'")
	case c == '`' || c == '"':
		return l.quoted(Quoted, 1, string(c))
	case strings.HasPrefix(rest, "‘"):
		return l.until(String, len("‘"), "’")
	case strings.HasPrefix(rest, "“"):
		return l.until(Quoted, len("“"), "”")
	case c == '$':
		if n, begun := hereDoc(rest); n > 0 {
			return l.take(String, n, rest[:n])
		} else if begun && l.more {
			return l.invalid(start)
		}
		if len(rest) == 1 || !wordByte(rest[1]) {
			return l.take(Punct, 1, "$")
		}
		fallthrough
	case wordByte(c):
		n := 1
		for n < len(rest) && (wordByte(rest[n]) || rest[n] == '$') {
			n++
		}
		return l.take(Word, n, rest[:n])
	case c < utf8.RuneSelf && c > ' ' && c != 0x7f:
		return l.take(Punct, 1, rest[:1])
	default:
		_, n := utf8.DecodeRuneInString(rest)
		if n == len("−") && rest[:n] == "−" { // U+2212 is a minus sign to ClickHouse
			return l.take(Punct, n, "-")
		}
		return l.invalid(start)
	}
}

func (l *Lexer) take(kind Kind, n int, text string) Token {
	start := l.pos
	l.pos += n
	return Token{Kind: kind, Start: start, Stop: l.pos, Text: text}
}

// invalid gives up on the rest of the text.
func (l *Lexer) invalid(start int) Token {
	l.pos = len(l.text)
	return Token{Kind: Invalid, Start: start, Stop: l.pos}
}

// quoted takes a piece that ends with an undoubled, unescaped quote.
func (l *Lexer) quoted(kind Kind, open int, quote string) Token {
	start := l.pos
	for i := start + open; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case quote[0]:
			if i+1 < len(l.text) && l.text[i+1] == quote[0] {
				i++
				continue
			}
			t := Token{Kind: kind, Start: start, Stop: i + 1, Text: l.text[start : i+1]}
			if kind == Quoted {
				t.Text = unescape(l.text[start+open:i], quote[0])
			}
			l.pos = i + 1
			return t
		}
	}
	return l.invalid(start)
}

// until takes a piece that ends with the first occurrence of stop.
func (l *Lexer) until(kind Kind, open int, stop string) Token {
	start := l.pos
	n := strings.Index(l.text[start+open:], stop)
	if n < 0 {
		return l.invalid(start)
	}
	text := l.text[start : start+open+n+len(stop)]
	if kind == Quoted {
		text = text[open : open+n]
	}
	return l.take(kind, open+n+len(stop), text)
}

// unescape removes backslashes and doubled quotes. Escapes that stand for
// another character matter to nobody here and keep their letter.
func unescape(s string, quote byte) string {
	if !strings.ContainsAny(s, string(quote)+`\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if (s[i] == '\\' || s[i] == quote) && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hereDoc is the length of the here-document at the beginning of s, or 0, and
// whether s begins like one.
func hereDoc(s string) (length int, begun bool) {
	n := 1
	for n < len(s) && wordByte(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '$' {
		return 0, n == len(s)
	}
	tag := s[:n+1]
	end := strings.Index(s[len(tag):], tag)
	if end < 0 {
		return 0, true
	}
	return len(tag) + end + len(tag), true
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
