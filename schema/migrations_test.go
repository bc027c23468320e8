package schema

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSplitStatements(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		want []string
	}{
		"two":                  {"SELECT 1;\nSELECT 2;\n", []string{"SELECT 1", "SELECT 2"}},
		"last has no end":      {"SELECT 1", []string{"SELECT 1"}},
		"semicolon in strings": {"SELECT ';', \"a;b\", `c;d`;SELECT 2", []string{"SELECT ';', \"a;b\", `c;d`", "SELECT 2"}},
		"escaped quotes":       {`SELECT 'it''s; \'; x';SELECT 2`, []string{`SELECT 'it''s; \'; x'`, "SELECT 2"}},
		"comments between":     {"-- a; b's\nSELECT 1; /* c; ' */ -- d\nSELECT 2;", []string{"SELECT 1", "SELECT 2"}},
		"comment within":       {"SELECT -- one;\n1;", []string{"SELECT -- one;\n1"}},
		"nothing":              {" ; -- x\n ; ", nil},
	} {
		got, err := SplitStatements(c.sql)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
		}
	}
	for _, sql := range []string{"SELECT 'a;", "SELECT 1;\n/* b", "SELECT `c\\`"} {
		if got, err := SplitStatements(sql); !errors.Is(err, ErrStatement) {
			t.Errorf("%q: got %q, %v, want ErrStatement", sql, got, err)
		}
	}
}

func FuzzSplitStatements(f *testing.F) {
	f.Add("SELECT ';'; -- a\n/* b */ SELECT `x`")
	f.Add("a'\\';b")
	f.Fuzz(func(t *testing.T, sql string) {
		statements, err := SplitStatements(sql)
		if err != nil {
			return
		}
		for _, statement := range statements {
			again, err := SplitStatements(statement)
			if err != nil || len(again) != 1 || again[0] != statement {
				t.Fatalf("%q split again: %q, %v", statement, again, err)
			}
			if !strings.Contains(sql, statement) {
				t.Fatalf("%q is not in %q", statement, sql)
			}
		}
	})
}

func TestLoadMigrationsRefusesNames(t *testing.T) {
	for name, files := range map[string][]string{
		"gap":       {"0001_a.sql", "0003_b.sql"},
		"no number": {"a.sql"},
		"twice":     {"0001_a.sql", "0001_b.sql"},
	} {
		fsys := fstest.MapFS{}
		for _, file := range files {
			fsys[file] = &fstest.MapFile{Data: []byte("SELECT 1;")}
		}
		if _, err := LoadMigrations(fsys); !errors.Is(err, ErrMigrationName) {
			t.Errorf("%s: got %v, want ErrMigrationName", name, err)
		}
	}
}

// TestMigrationsCanBeRepeated keeps what Migration promises: a step that
// stopped half way is run again from its start.
func TestMigrationsCanBeRepeated(t *testing.T) {
	migrations, err := Migrations()
	if err != nil || len(migrations) < 2 {
		t.Fatalf("got %d migrations, %v", len(migrations), err)
	}
	repeatable := regexp.MustCompile(`(?i)^(CREATE TABLE IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE \S+\s+(ADD|DROP|MODIFY) \S+ IF (NOT )?EXISTS|DROP \S+ IF EXISTS) `)
	for _, m := range migrations {
		for _, statement := range m.Statements {
			if !repeatable.MatchString(statement) {
				t.Errorf("%s: cannot be repeated: %.60s", m.Name, statement)
			}
		}
	}
}

// TestTablesFollowTheDesign looks at the words of each CREATE TABLE.
func TestTablesFollowTheDesign(t *testing.T) {
	migrations, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	tables := 0
	for _, m := range migrations {
		for _, statement := range m.Statements {
			if !strings.HasPrefix(statement, "CREATE TABLE") {
				continue
			}
			tables++
			for _, want := range []string{"non_replicated_deduplication_window = ", "ReplacingMergeTree(version, is_deleted)", "tenant_id "} {
				if !strings.Contains(statement, want) {
					t.Errorf("%.60s: has no %s", statement, want)
				}
			}
			if strings.Contains(statement, "PARTITION BY") && !strings.Contains(statement, "PARTITION BY toYYYYMM(") {
				t.Errorf("%.60s: is not partitioned by month", statement)
			}
			checkColumnComments(t, statement)
		}
	}
	if tables == 0 {
		t.Error("looked at no table")
	}
}

var columnLine = regexp.MustCompile(`(?m)^    ([a-z][a-z0-9_]*) .*$`)

// checkColumnComments parses the COMMENT of each column line.
func checkColumnComments(t *testing.T, create string) {
	t.Helper()
	columns := columnLine.FindAllStringSubmatch(create, -1)
	if len(columns) == 0 {
		t.Errorf("%.60s: found no column", create)
	}
	comment := regexp.MustCompile(` COMMENT '([^']*)'`)
	for _, column := range columns {
		found := comment.FindStringSubmatch(column[0])
		if found == nil {
			t.Errorf("%.60s: column %s has no COMMENT", create, column[1])
			continue
		}
		if _, err := ParseColumnComment(found[1]); err != nil {
			t.Errorf("%.60s: column %s: %v", create, column[1], err)
		}
	}
}

func TestParseColumnComment(t *testing.T) {
	got, err := ParseColumnComment("Round trip; unit=ms; source=RFC 3550 section 6.4.1; privacy=none")
	want := ColumnDoc{Meaning: "Round trip", Unit: "ms", Source: "RFC 3550 section 6.4.1", Privacy: PrivacyNone}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{
		"", "Round trip", "a; unit=; source=b; privacy=none", "a; source=b; unit=ms; privacy=none",
		"a; unit=ms; source=b; privacy=secret", "a; unit=ms; source=b; privacy=none; more=1",
	} {
		if _, err := ParseColumnComment(bad); !errors.Is(err, ErrComment) {
			t.Errorf("%q: got %v, want ErrComment", bad, err)
		}
	}
}
