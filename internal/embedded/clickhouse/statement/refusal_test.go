package statement

import "testing"

func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		text string
		what string // "" is none
	}{
		{"SELECT * FROM file('x')", "file(...)"},
		{"SELECT FiLe ('x')", "FiLe(...)"},
		{"SELECT `file`('x')", "file(...)"},
		{"SELECT \"url\" /* */ ('x')", "url(...)"},
		{"SELECT * FROM s3Cluster('x')", "s3Cluster(...)"},
		{"SELECT * FROM iceberg('x')", "iceberg(...)"},
		{"DESCRIBE TABLE file('x')", "file(...)"},
		{"INSERT INTO FUNCTION file('x') SELECT 1", "file(...)"},
		{"INSERT INTO t SELECT * FROM url('x')", "url(...)"},
		{"SELECT 1 INTO OUTFILE 'x'", "INTO OUTFILE"},
		{"SELECT 1 into -- x\n outfile 'x'", "INTO OUTFILE"},
		{"INSERT INTO t FROM INFILE 'x' FORMAT CSV", "FROM INFILE"},
		{"SELECT * FROM system.stack_trace", "system.stack_trace"},
		{"CREATE TABLE t (a Int) ENGINE = File(CSV)", "ENGINE = File"},
		{"CREATE TABLE t (a Int) engine url('x')", "ENGINE = url"},
		{"CREATE TABLE t (a Int) ENGINE = `File`(CSV)", "ENGINE = File"},
		{"CREATE MATERIALIZED VIEW v INNER ENGINE = Kafka AS SELECT 1", "ENGINE = Kafka"},
		{"ATTACH DATABASE d ENGINE = MySQL('x')", "ENGINE = MySQL"},
		{"CREATE DICTIONARY d (a Int) PRIMARY KEY a SOURCE(FILE(path 'x'))", "SOURCE(FILE)"},
		{"CREATE OR REPLACE DICTIONARY d (a Int) PRIMARY KEY a LAYOUT(FLAT()) source ( executable(command 'x'))", "SOURCE(executable)"},
		{"CREATE DICTIONARY d (a Int) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't' host 'x'))", "a dictionary source with HOST"},
		{"CREATE DICTIONARY d (a Int) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't')) LAYOUT(COMPLEX_KEY_SSD_CACHE(PATH 'x'))", "LAYOUT(COMPLEX_KEY_SSD_CACHE)"},

		{"SELECT * APPLY file FROM t", "file(...)"},
		{"SELECT COLUMNS('x') APPLY ( `file` ) FROM t", "file(...)"},
		{"SELECT arrayMap(file, ['x'])", "file(...)"},
		{"SELECT mapApply(\"FILE\", m)", "FILE(...)"},
		{"SELECT * FROM format(Values, '(1)')", "format(Values, ...)"},
		{"SELECT * FROM format(' values', '(1)')", "format(Values, ...)"},
		{"SELECT * FROM format(concat('Val', 'ues'), '(1)')", "format(Values, ...)"},
		{"SELECT * FROM format({f:String}, '(1)')", "format(Values, ...)"},

		{"SELECT 'file(''x'')' -- url(1)", ""},
		{"SELECT count(file), arrayMap(x -> x, file), arraySort(file) FROM t", ""},
		{"SELECT format('{}: {}', a, b) FROM format(JSONEachRow, 'x')", ""},
		{"SELECT file, url FROM t", ""},
		{"SELECT t.file FROM t WHERE url IN ('x')", ""},
		{"INSERT INTO file (a) VALUES (1)", ""},
		{"INSERT INTO db.url (a) SELECT 1", ""},
		{"CREATE TABLE IF NOT EXISTS url (file String) ENGINE = MergeTree ORDER BY file", ""},
		{"CREATE TABLE t (engine String, source String) ENGINE = ReplacingMergeTree(v) ORDER BY engine", ""},
		{"CREATE VIEW v AS SELECT engine FROM system.tables", ""},
		{"CREATE TABLE t ENGINE = Memory AS SELECT engine x FROM y", ""},
		{"CREATE DATABASE d", ""},
		{"CREATE DICTIONARY d (host String, a Int) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't' DB 'd')) LAYOUT(HASHED())", ""},
		{"SELECT * FROM numbers(3)", ""},
		{"INSERT INTO t VALUES (file('x'))", ""}, // data: the engine evaluates it, see TestValues
	} {
		s, err := Parse(c.text)
		if err != nil {
			t.Fatalf("%q: %v", c.text, err)
		}
		got := ""
		if r := s.Refusal(); r != nil {
			got = r.What
		}
		if got != c.what {
			t.Errorf("%q: refused for %q, want %q", c.text, got, c.what)
		}
	}
}

func TestRefuseControlAndGlobal(t *testing.T) {
	for text, allowed := range map[string]bool{
		"SET max_threads = 1":                           true,
		"SET ROLE x":                                    false,
		"SET DEFAULT ROLE x TO y":                       false,
		"SET TRANSACTION SNAPSHOT 1":                    false,
		"USE x":                                         true,
		"KILL QUERY WHERE 1":                            true,
		"KILL MUTATION WHERE 1":                         true,
		"KILL TRANSACTION WHERE 1":                      false,
		"CREATE TEMPORARY TABLE t (a Int)":              true,
		"CREATE OR REPLACE TEMPORARY TABLE t (a Int)":   true,
		"SYSTEM SHUTDOWN":                               false,
		"SYSTEM KILL":                                   false,
		"SYSTEM FLUSH LOGS":                             true,
		"SYSTEM DROP MARK CACHE":                        true,
		"SYSTEM DROP REPLICA 'x'":                       false,
		"SYSTEM CLEAR DISK METADATA CACHE x":            false,
		"SYSTEM RELOAD CONFIG":                          false,
		"SYSTEM RELOAD DICTIONARY d":                    true,
		"SYSTEM STOP MERGES t":                          true,
		"SYSTEM STOP LISTEN HTTP":                       false,
		"SYSTEM REFRESH VIEW v":                         true,
		"SYSTEM ENABLE FAILPOINT x":                     false,
		"DETACH TABLE t":                                true,
		"ATTACH TABLE t":                                true,
		"ATTACH TABLE t FROM '/x' (a Int) ENGINE = Log": false,
		"ATTACH TABLE t UUID 'x' (a Int)":               false,
		"DETACH DATABASE d":                             false,
		"BACKUP TABLE t TO Disk('x', 'y')":              false,
		"ALTER TABLE t FREEZE":                          false,
		"WATCH v":                                       false,
		"BEGIN TRANSACTION":                             false,
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if refused := s.RefuseControl(); (refused == nil) != allowed {
			t.Errorf("%s: %v", text, refused)
		}
	}
	for text, allowed := range map[string]bool{
		"CREATE FUNCTION f AS (x) -> x + 1":                 true,
		"CREATE OR REPLACE FUNCTION f AS x -> x":            true,
		"DROP FUNCTION IF EXISTS f":                         true,
		"CREATE FUNCTION f LANGUAGE WASM FROM 'x'":          false,
		"CREATE FUNCTION f AS (x) -> x ENGINE = Executable": false,
		"CREATE USER u":                      false,
		"CREATE NAMED COLLECTION c AS a = 1": false,
		"INSERT INTO system.one SELECT 1":    false,
		"GRANT ALL ON *.* TO default":        false,
		"DROP USER u":                        false,
		"CREATE OR REPLACE FUNCTION f ARGUMENTS (x Int) RETURNS Int AS x": false,
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if refused := s.RefuseGlobal(); (refused == nil) != allowed {
			t.Errorf("%s: %v", text, refused)
		}
	}
}
