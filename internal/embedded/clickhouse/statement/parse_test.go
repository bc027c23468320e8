package statement

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseInsert(t *testing.T) {
	for _, c := range []struct{ text, sql, format, inline string }{
		{"INSERT INTO t FORMAT CSV\n1,2\n", "INSERT INTO t ", "CSV", "1,2\n"},
		{"INSERT INTO t FORMAT CSV 1,2", "INSERT INTO t ", "CSV", "1,2"},
		{"insert into t format native", "insert into t ", "native", ""},
		{"INSERT INTO t FORMAT Native\n\x00\x01'\n", "INSERT INTO t ", "Native", "\x00\x01'\n"},
		{"INSERT INTO t FORMAT TSV\r\n\na", "INSERT INTO t ", "TSV", "\na"},
		{"INSERT INTO t FORMAT TSV  \t\f \n x", "INSERT INTO t ", "TSV", " x"},
		{"INSERT INTO t VALUES (1, 'a;b')", "INSERT INTO t ", "Values", " (1, 'a;b')"},
		{"INSERT INTO t VALUES(1)", "INSERT INTO t ", "Values", "(1)"},
		{"INSERT INTO db.t (a, b) VALUES (1)", "INSERT INTO db.t (a, b) ", "Values", " (1)"},
		{"INSERT INTO TABLE db . `t` (* EXCEPT(b)) VALUES (1)", "INSERT INTO TABLE db . `t` (* EXCEPT(b)) ", "Values", " (1)"},
		{"INSERT t FORMAT CSV\n1", "INSERT t ", "CSV", "1"},
		{"INSERT INTO {db:Identifier}.{t:Identifier} FORMAT CSV\n1", "INSERT INTO {db:Identifier}.{t:Identifier} ", "CSV", "1"},
		{"INSERT INTO format FORMAT CSV\n1", "INSERT INTO format ", "CSV", "1"},
		{"INSERT INTO db.values VALUES (1)", "INSERT INTO db.values ", "Values", " (1)"},
		{"INSERT INTO t (`FORMAT CSV`, \"VALUES\") FORMAT TSV\nx", "INSERT INTO t (`FORMAT CSV`, \"VALUES\") ", "TSV", "x"},
		{"INSERT INTO t SETTINGS a = 'FORMAT CSV', b = -1.5e-3, c = [1, 2], d = {'x': 1} FORMAT TSV\nx", "INSERT INTO t SETTINGS a = 'FORMAT CSV', b = -1.5e-3, c = [1, 2], d = {'x': 1} ", "TSV", "x"},
		{"INSERT INTO t FORMAT CSV SETTINGS a = 1, b = 'x' 7,8", "INSERT INTO t  SETTINGS a = 1, b = 'x'", "CSV", "7,8"},
		{"INSERT INTO t FORMAT CSV SETTINGS\n", "INSERT INTO t ", "CSV", "SETTINGS\n"},
		{"/* FORMAT A */ INSERT INTO t -- FORMAT B\nFORMAT TSV\nx", "INSERT INTO t -- FORMAT B\n", "TSV", "x"},
		{";; INSERT INTO t FORMAT TSV\nx", "INSERT INTO t ", "TSV", "x"},
	} {
		s, err := Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if !s.Data || s.SQL != c.sql || s.Format != c.format || s.Inline != c.inline {
			t.Errorf("%q: data %v, SQL %q, format %q, inline %q; want %q, %q, %q", c.text, s.Data, s.SQL, s.Format, s.Inline, c.sql, c.format, c.inline)
		}
	}
}

func TestParseOther(t *testing.T) {
	for _, c := range []struct{ text, sql, verb, format string }{
		{"SELECT 1", "SELECT 1", "SELECT", ""},
		{" select 1 ; ", "select 1 ", "SELECT", ""},
		{"SELECT 1 FORMAT JSON", "SELECT 1 FORMAT JSON", "SELECT", "JSON"},
		{"SELECT 1 format json settings a = 1;", "SELECT 1 format json settings a = 1", "SELECT", "json"},
		{"SELECT 1 SETTINGS a = 1 FORMAT JSON -- x", "SELECT 1 SETTINGS a = 1 FORMAT JSON -- x", "SELECT", "JSON"},
		{"SELECT a FROM t ORDER BY format ASC", "SELECT a FROM t ORDER BY format ASC", "SELECT", ""},
		{"SELECT format FROM t", "SELECT format FROM t", "SELECT", ""},
		{"SELECT (SELECT 1 FORMAT x)", "SELECT (SELECT 1 FORMAT x)", "SELECT", ""},
		{"SELECT ' FORMAT JSON'", "SELECT ' FORMAT JSON'", "SELECT", ""},
		{"(SELECT 1)", "(SELECT 1)", "(", ""},
		{"INSERT INTO t SELECT 1 FORMAT CSV", "INSERT INTO t SELECT 1 FORMAT CSV", "INSERT", "CSV"},
		{"INSERT INTO t (SELECT 1)", "INSERT INTO t (SELECT 1)", "INSERT", ""},
		{"INSERT INTO t (a) SELECT ' VALUES ' -- FORMAT CSV", "INSERT INTO t (a) SELECT ' VALUES ' -- FORMAT CSV", "INSERT", ""},
		{"INSERT INTO FUNCTION null('a UInt8') VALUES (1)", "INSERT INTO FUNCTION null('a UInt8') VALUES (1)", "INSERT", ""},
		{"INSERT INTO t", "INSERT INTO t", "INSERT", ""},
		{"INSERT INTO t FROM INFILE 'x' FORMAT CSV", "INSERT INTO t FROM INFILE 'x' FORMAT CSV", "INSERT", "CSV"},
		{"INSERT INTO", "INSERT INTO", "INSERT", ""},
	} {
		s, err := Parse(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if s.Data || s.SQL != c.sql || s.Verb != c.verb || s.Format != c.format {
			t.Errorf("%q: data %v, SQL %q, verb %q, format %q; want %q, %q, %q", c.text, s.Data, s.SQL, s.Verb, s.Format, c.sql, c.verb, c.format)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]error{
		"":                                 ErrEmpty,
		" ;; -- nothing":                   ErrEmpty,
		"SELECT 1; SELECT 2":               ErrSeveral,
		"SELECT 1;;;DROP TABLE t":          ErrSeveral,
		"SELECT 1; 'unterminated":          ErrSeveral,
		"INSERT INTO t SELECT 1; SELECT 2": ErrSeveral,
		"INSERT INTO t FORMAT CSV; 1,2":    ErrSemicolon,
	} {
		if _, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	s, err := Parse("SELECT 'unterminated; SELECT 2")
	if err != nil || s.Lexed() {
		t.Errorf("an unterminated string: lexed %v, %v", err == nil && s.Lexed(), err)
	}
}

// TestSplitKeepsData builds INSERTs out of pieces that try to mislead the
// split, and expects exactly the data behind exactly the statement.
func TestSplitKeepsData(t *testing.T) {
	noise := rapid.SampledFrom([]string{" ", "\n", "\t", " /* FORMAT CSV */ ", " -- VALUES (1)\n", " /* /* ; */ FORMAT */ ", "\r\n", " # FORMAT x\n"})
	name := rapid.SampledFrom([]string{"t", "`FORMAT CSV`", "\"VALUES (\"", "db.format", "`a``b`.values", "{p:Identifier}", "TABLE `x\\`y`"})
	columns := rapid.SampledFrom([]string{"", "(a)", "(`VALUES`, \"FORMAT x\")", "(* EXCEPT (b, c))"})
	settings := rapid.SampledFrom([]string{"", "SETTINGS a = 1", "SETTINGS a = ' FORMAT CSV ', b = -2.5", "SETTINGS x = $h$ FORMAT $h$"})
	rapid.Check(t, func(t *rapid.T) {
		gap := func() string { return " " + noise.Draw(t, "noise") }
		sql := "INSERT INTO" + gap() + name.Draw(t, "name") + gap() + columns.Draw(t, "columns") + gap() + settings.Draw(t, "settings") + gap()
		data := string(rapid.SliceOf(rapid.Byte()).Draw(t, "data"))
		text := sql + "FORMAT" + gap() + "TSV\n" + data
		s, err := Parse(text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !s.Data || s.SQL != sql || s.Format != "TSV" || s.Inline != data {
			t.Fatalf("%q: data %v, SQL %q, format %q, inline %q", text, s.Data, s.SQL, s.Format, s.Inline)
		}
	})
}

// FuzzParse: the inline data is the end of the text, and nothing but the
// separator and the clause lies between it and the statement.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"INSERT INTO t FORMAT CSV\n1,2", "INSERT INTO t (a) VALUES (1)", "INSERT INTO t FORMAT CSV SETTINGS a=1\nx",
		"SELECT 1 FORMAT JSON;", "INSERT INTO {a:Identifier} SETTINGS b='FORMAT' FORMAT Native\x00", "insert into t select $x$ values $x$",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		_, _, _ = s.Refusal(), s.RefuseControl(), s.RefuseGlobal()
		if !s.Data {
			if !strings.Contains(text, s.SQL) || s.Inline != "" {
				t.Fatalf("%q: SQL %q, inline %q", text, s.SQL, s.Inline)
			}
			return
		}
		head, ok := strings.CutSuffix(text, s.Inline)
		if !ok {
			t.Fatalf("%q: the data %q is not its end", text, s.Inline)
		}
		// The same statement with other data splits at the same place.
		marked := head + "\x00data"
		if s.Inline != "" {
			again, err := Parse(marked)
			if err != nil || again.Inline != "\x00data" || again.SQL != s.SQL {
				t.Fatalf("%q splits as %q | %q, with other data as %+v, %v", text, s.SQL, s.Inline, again, err)
			}
		}
	})
}
