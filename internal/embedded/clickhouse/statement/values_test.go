package statement

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCheckValues(t *testing.T) {
	for _, c := range []struct{ data, refused string }{
		{"(1, 'file(x)'), (now(), `a`) -- file(", ""},
		{"(1, file('x'))", "file(...)"},
		{"(1, file /* x */ -- y\n ('x'))", "file(...)"},
		{"(1, (SELECT * APPLY(file) FROM t))", "file(...)"},
		{"(arrayMap(`file`, ['x']))", "file(...)"},
		{"((SELECT * FROM format('Values', 's String', '(1)')))", "format(Values, ...)"},
		{"(format('{}', 1)), ($a$ file('x') $a$), (file)", ""},
		{"(1, '" + strings.Repeat("x", 200_000) + "', url('x'))", "url(...)"},
		{"(1, " + strings.Repeat(" ", 200_000) + "remote('x'))", "remote(...)"},
	} {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "halves": iotest.HalfReader,
		} {
			if name == "byte by byte" && len(c.data) > 1000 {
				continue
			}
			got, err := io.ReadAll(CheckValues(wrap(strings.NewReader(c.data))))
			var refused *Refusal
			switch {
			case c.refused == "" && (err != nil || string(got) != c.data):
				t.Errorf("%.60q %s: %v, %d bytes", c.data, name, err, len(got))
			case c.refused != "" && (!errors.As(err, &refused) || refused.What != c.refused):
				t.Errorf("%.60q %s: %v, want refused for %s", c.data, name, err, c.refused)
			case !strings.HasPrefix(c.data, string(got)):
				t.Errorf("%.60q %s: passed on %q", c.data, name, got)
			}
		}
	}
	if _, err := io.ReadAll(CheckValues(strings.NewReader("(1, 'never ends"))); !errors.Is(err, ErrValues) {
		t.Errorf("an unterminated string: %v", err)
	}
	if _, err := io.ReadAll(CheckValues(iotest.TimeoutReader(strings.NewReader(strings.Repeat("(1),", 50_000))))); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("the source's error became %v", err)
	}
}

// FuzzCheckValues: the pieces that data comes in make no difference, and no
// byte is lost or added.
func FuzzCheckValues(f *testing.F) {
	f.Add("(1, 'a'), (file('x'))")
	f.Add("($a$ ' $a$, `b`) /* /* */ */ -- c")
	f.Add("(‘x’, 1 − 2)")
	f.Fuzz(func(t *testing.T, data string) {
		whole, err1 := io.ReadAll(CheckValues(strings.NewReader(data)))
		pieces, err2 := io.ReadAll(CheckValues(iotest.OneByteReader(strings.NewReader(data))))
		if (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q: whole %v, byte by byte %v", data, err1, err2)
		}
		if err1 == nil && (string(whole) != data || string(pieces) != data) {
			t.Fatalf("%q became %q and %q", data, whole, pieces)
		}
		if !strings.HasPrefix(data, string(whole)) || !strings.HasPrefix(data, string(pieces)) {
			t.Fatalf("%q: passed on %q and %q", data, whole, pieces)
		}
	})
}
