package statement

import (
	"strings"
	"testing"
)

// kinds writes a text's tokens as one word each: kind and text.
func kinds(text string) string {
	names := map[Kind]string{Word: "w", Quoted: "q", String: "s", Punct: "p", Invalid: "!"}
	var out []string
	for l := NewLexer(text); ; {
		t := l.Next()
		if t.Kind == End {
			return strings.Join(out, " ")
		}
		if t.Kind == String {
			t.Text = ""
		}
		out = append(out, names[t.Kind]+t.Text)
	}
}

func TestLexer(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"SELECT a1, b FROM t", "wSELECT wa1 p, wb wFROM wt"},
		{`'a''b\'c' x`, "s wx"},
		{"`a``b` \"c\\\"d\"", "qa`b qc\"d"},
		{"'never ends", "!"},
		{"`never ends", "!"},
		{`'ends with a backslash\`, "!"},
		{"a -- b c\nd", "wa wd"},
		{"a --", "wa"},
		{"a # b\nc", "wa wc"},
		{"a #! b\nc", "wa wc"},
		{"a #b", "wa p# wb"},
		{"a /* b /* c */ d */ e", "wa we"},
		{"a /* b", "wa !"},
		{"a - b / c", "wa p- wb p/ wc"},
		{"$$ FORMAT 'x $$ y", "s wy"},
		{"$tag$ $$ $other$ $tag$ y", "s wy"},
		{"$tag$ never ends", "w$tag$ wnever wends"},
		{"$ x", "p$ wx"},
		{"$1 a$b$c", "w$1 wa$b$c"},
		{"‘it's’ “na'me”", "s qna'me"},
		{"a\u00a0b\u3000c\ufeffd", "wa wb wc wd"},
		{"1 − 2", "w1 p- w2"},
		{"a \x00 b", "wa !"},
		{"a \xff b", "wa !"},
		{"1.5e-3", "w1 p. w5e p- w3"},
		{"{p:Array(String)}", "p{ wp p: wArray p( wString p) p}"},
		{"", ""},
	} {
		if got := kinds(c.text); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// FuzzLexer: every byte of a text belongs to one token or lies between two, in
// order, and the lexer ends.
func FuzzLexer(f *testing.F) {
	for _, s := range []string{"SELECT 'a' /* /* */ */ `b`", "$a$x$a$ -- c\n\"d\"", "‘x’ “y” − #! z", "INSERT INTO t FORMAT CSV\n1,2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for l := NewLexer(text); ; {
			tok := l.Next()
			if tok.Start < at || tok.Stop < tok.Start || tok.Stop > len(text) {
				t.Fatalf("token %+v after %d of %d bytes", tok, at, len(text))
			}
			if tok.Kind == End {
				if tok.Start != len(text) {
					t.Fatalf("ends at %d of %d", tok.Start, len(text))
				}
				return
			}
			if tok.Stop == tok.Start {
				t.Fatalf("empty token %+v", tok)
			}
			at = tok.Stop
		}
	})
}
