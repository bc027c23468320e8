package contract

import (
	"strings"
	"testing"
)

// Refusals runs statements that must not reach files, hosts, programs or the
// engine's process, and fails where one is answered otherwise than with an
// exception. secret is the path of a file whose content must not appear.
func Refusals(t *testing.T, dsn, secret, content string) {
	s := newSuite(t, dsn)
	s.post(t, "CREATE TABLE refusals (n UInt64, text String) ENGINE = MergeTree ORDER BY n")
	quoted := "'" + strings.ReplaceAll(secret, "'", "\\'") + "'"
	for _, sql := range []string{
		// files
		"SELECT file(" + quoted + ")",
		"SELECT `file`(" + quoted + ")",
		"SELECT FILE(" + quoted + ")",
		"SELECT /* x */ file /* y */ (" + quoted + ")",
		"SELECT * FROM file(" + quoted + ", 'LineAsString')",
		"SELECT * APPLY file FROM (SELECT " + quoted + " AS x)",
		"SELECT arrayMap(file, [" + quoted + "])",
		"INSERT INTO refusals VALUES (1, file(" + quoted + "))",
		"INSERT INTO refusals FORMAT Values (1, (SELECT `file`(" + quoted + ")))",
		"SELECT * FROM format(Values, 's String', $$(file(" + quoted + "))$$)",
		"SELECT * FROM format(concat('Val', 'ues'), 's String', $$(file(" + quoted + "))$$)",
		"SELECT 1 FORMAT Template SETTINGS format_template_row = " + quoted,
		"SELECT 1 FORMAT Protobuf SETTINGS format_schema = '" + secret + ":x'",
		"DESCRIBE TABLE file(" + quoted + ", 'LineAsString')",
		"SELECT * FROM fileCluster('default', " + quoted + ", 'LineAsString')",
		"SELECT * FROM filesystem('/')",
		"SELECT * FROM `" + secret + "`",
		"SELECT * FROM default.`" + secret + "`",
		"SELECT * FROM sqlite(" + quoted + ", 't')",
		"SELECT 1 INTO OUTFILE " + quoted,
		"SELECT 1 INTO/**/OUTFILE " + quoted + " APPEND",
		"INSERT INTO refusals FROM INFILE " + quoted + " FORMAT CSV",
		"INSERT INTO FUNCTION file(" + quoted + ") SELECT 1",
		"INSERT INTO TABLE FUNCTION file(" + quoted + ") SELECT 1",
		"CREATE TABLE f (n UInt8) ENGINE = File(CSV, " + quoted + ")",
		"CREATE TABLE f (n UInt8) ENGINE File(CSV)",
		"CREATE TABLE f AS file(" + quoted + ", 'LineAsString')",
		"CREATE TABLE f (n UInt8) ENGINE = FileLog('/tmp', 'CSV')",
		"CREATE TABLE f (n UInt8) ENGINE = SQLite('/tmp/x.db', 't')",
		"CREATE TABLE f (n UInt8) ENGINE = EmbeddedRocksDB(0, '/tmp/no-such') PRIMARY KEY n",
		"CREATE TABLE f (n UInt8) ENGINE = MergeTree ORDER BY n SETTINGS disk = disk(type = local, path = '/tmp/no-such/')",
		"CREATE VIEW f AS SELECT file(" + quoted + ")",
		"CREATE DATABASE f ENGINE = Filesystem('/')",
		"CREATE DICTIONARY f (k UInt64, v String) PRIMARY KEY k SOURCE(FILE(path " + quoted + " format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"CREATE DICTIONARY f (k UInt64, v String) PRIMARY KEY k SOURCE(CLICKHOUSE(TABLE 'refusals')) LAYOUT(SSD_CACHE(PATH '/tmp/no-such')) LIFETIME(1)",
		"ATTACH TABLE f FROM '/tmp' (n UInt8) ENGINE = MergeTree ORDER BY n",
		"BACKUP TABLE refusals TO File('/tmp/no-such')",
		"RESTORE TABLE refusals FROM File('/tmp/no-such')",
		"ALTER TABLE refusals FREEZE",
		// other hosts
		"SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'n UInt8')",
		"SELECT * FROM remote('127.0.0.1:1', system.one)",
		"SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
		"SELECT * FROM cluster('default', system.one)",
		"SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'n UInt8')",
		"SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"SELECT * FROM icebergS3('http://127.0.0.1:1/')",
		"INSERT INTO FUNCTION url('http://127.0.0.1:1/', 'CSV', 'n UInt8') VALUES (1)",
		"CREATE TABLE f (n UInt8) ENGINE = URL('http://127.0.0.1:1/', CSV)",
		"CREATE TABLE f (n UInt8) ENGINE = Kafka('127.0.0.1:1', 't', 'g', 'CSV')",
		"CREATE DATABASE f ENGINE = MySQL('127.0.0.1:1', 'a', 'b', 'c')",
		"CREATE DICTIONARY f (k UInt64, v String) PRIMARY KEY k SOURCE(HTTP(url 'http://127.0.0.1:1/' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"CREATE DICTIONARY f (k UInt64, v String) PRIMARY KEY k SOURCE(CLICKHOUSE(HOST '127.0.0.1' PORT 1 TABLE 't')) LAYOUT(FLAT()) LIFETIME(0)",
		// programs
		"CREATE DICTIONARY f (k UInt64, v String) PRIMARY KEY k SOURCE(EXECUTABLE(command 'true' format 'CSV')) LAYOUT(FLAT()) LIFETIME(0)",
		"CREATE OR REPLACE DICTIONARY f (k UInt64, v String) PRIMARY KEY k LAYOUT(FLAT()) SOURCE(executable_pool(command 'true' format 'CSV')) LIFETIME(0)",
		"CREATE TABLE f (n UInt8) ENGINE = Executable('x.sh', 'CSV')",
		"SELECT * FROM executable('x.sh', 'CSV', 'n UInt8')",
		// the engine
		"SYSTEM SHUTDOWN",
		"SYSTEM KILL",
		"/* x */ SYSTEM SHUTDOWN",
		"SYSTEM RELOAD CONFIG",
		"SELECT * FROM system.stack_trace",
		"CREATE USER f",
		"CREATE NAMED COLLECTION f AS a = 1",
		"GRANT ALL ON *.* TO default",
		"EXECUTE AS default SELECT 1",
		"SET max_memory_usage = 0",
		"SELECT 1 SETTINGS max_memory_usage = 1000000000000",
		"SELECT 1; SYSTEM SHUTDOWN",
		"SELECT 1 PARALLEL WITH SELECT 2",
		"CREATE TABLE f (n UInt8) ENGINE = MergeTree ORDER BY n PARALLEL WITH DROP TABLE refusals",
	} {
		a := s.do(t, call{body: strings.NewReader(sql)})
		if a.status < 400 || a.header.Get("X-ClickHouse-Exception-Code") == "" {
			t.Errorf("%s: status %d, body %q", sql, a.status, a.body)
		}
		if strings.Contains(a.body, content) {
			t.Errorf("%s gave away the content of the file: %q", sql, a.body)
		}
	}
	if n := s.post(t, "SELECT count() FROM refusals"); n != "0\n" {
		t.Errorf("%s rows were stored by refused statements", strings.TrimSpace(n))
	}
	// What only looks like it is answered.
	for _, sql := range []string{
		"SELECT 'file(''/etc/hostname'')', ' INTO OUTFILE ' -- file('x')",
		"INSERT INTO refusals VALUES (1 + 1, 'file(''x'')'), (2, format('{}', concat('a', 'b')))",
		"SELECT n AS file, text AS url FROM refusals",
		"CREATE TABLE url (file String, engine String) ENGINE = MergeTree ORDER BY file",
		"INSERT INTO url (file, engine) SELECT name, engine FROM system.tables LIMIT 1",
		"INSERT INTO url (file, engine) VALUES ('a', 'b')",
		"CREATE VIEW engines AS SELECT engine FROM system.tables",
		"SELECT * FROM numbers(3)",
		"SELECT * FROM format('CSV', '1,2')",
		"CREATE DICTIONARY names (n UInt64, text String) PRIMARY KEY n SOURCE(CLICKHOUSE(TABLE 'refusals' DB '" + s.database + "')) LAYOUT(HASHED()) LIFETIME(0)",
		"SELECT dictGetOrDefault('names', 'text', toUInt64(1), 'none')",
		"SYSTEM FLUSH LOGS",
		"SYSTEM DROP MARK CACHE",
		"SYSTEM STOP MERGES refusals",
		"KILL QUERY WHERE query_id = 'no such query'",
		"CREATE FUNCTION plus_one_" + s.database + " AS (x) -> x + 1",
		"DROP FUNCTION plus_one_" + s.database,
		"DETACH TABLE refusals",
		"ATTACH TABLE refusals",
		"OPTIMIZE TABLE refusals FINAL",
	} {
		if a := s.do(t, call{body: strings.NewReader(sql)}); a.status != 200 {
			t.Errorf("%s: status %d: %s", sql, a.status, a.body)
		}
	}
}
