package chdb_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/statement"
)

// TestLexerAgreesWithTheEngine puts a call of file() and a second statement
// among strings, comments and quotes of all kinds. Whether they are code or
// text, our lexer and the engine's parser have to see alike: what the engine
// takes for one harmless statement must not have been text to us only.
func TestLexerAgreesWithTheEngine(t *testing.T) {
	c := connect(t)
	piece := rapid.SampledFrom([]string{
		"'", "''", "\\", "\\'", "`", "\"", "\"\"", "$a$", "$$", "$", "$b", "/*", "*/", "--", "-", "\n", "#", "# ", "#!", "‘", "’", "“", "”", "—", "−",
		" ", " ", "x", "1", ",", "(", ")", "'t'", "`q`", "\u00a0", "\ufeff", "\r", "\x00", ";", " -- c\n", "/* c */", "e'", "x'41'", "b'1'",
	})
	rapid.Check(t, func(t *rapid.T) {
		noise := func(label string) string { return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, label), "") }
		sql := "SELECT 1 AS a" + noise("before") + ", file('x')" + noise("after")
		if rapid.Bool().Draw(t, "second") {
			sql += "; DROP TABLE t" + noise("end")
		}
		engine, err := c.Classify(sql)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := statement.Parse(sql)
		switch {
		case engine.Class == chdb.Unknown:
			// Not a statement: it is never run.
		case engine.Statements > 1 && err == nil:
			t.Fatalf("%q: %d statements to the engine, one to us: %q", sql, engine.Statements, ours.SQL)
		case engine.Statements == 1 && err == nil && ours.Lexed():
			if calls := callsFile(t, c, sql); calls && ours.Refusal() == nil {
				t.Fatalf("%q: a call of file() to the engine, none to us", sql)
			}
		}
	})
}

// callsFile asks the engine's parser whether the statement calls file().
func callsFile(t *rapid.T, c *chdb.Conn, sql string) bool {
	r, err := c.Query("EXPLAIN AST "+sql, "TSV", nil)
	if err != nil {
		return false
	}
	defer r.Close()
	return strings.Contains(string(r.Bytes()), "Function file")
}
