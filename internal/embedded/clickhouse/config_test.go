package clickhouse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// TestConfigIsAWallOfItsOwn runs statements on an engine with the generated
// configuration and without the front, in this process: what grants and
// constraints are there for has to fail in the engine itself.
func TestConfigIsAWallOfItsOwn(t *testing.T) {
	path, err := FindLibrary("")
	if err != nil {
		testneed.Missing(t, "%v", err)
	}
	dir := filepath.Join(t.TempDir(), "a & b")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	config, err := writeConfig(childConfig{DataDir: dir, MaxServerMemoryBytes: 1 << 30, MaxQueryMemoryBytes: 1 << 29, MaxQuerySeconds: 77})
	if err != nil {
		t.Fatal(err)
	}
	lib, err := chdb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	// It stays open: an engine cannot be booted twice in one process.
	conn, err := lib.Connect("path="+storeDir(dir), "config-file="+config)
	if err != nil {
		t.Fatal(err)
	}
	for sql, code := range map[string]int{
		"SELECT * FROM file('/etc/hostname', 'LineAsString')":        497,
		"SELECT * FROM `/etc/hostname`":                              497,
		"SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'n UInt8')": 497,
		"SELECT * FROM remote('127.0.0.1:1', system.one)":            497,
		"INSERT INTO FUNCTION file('/tmp/no-such-file') SELECT 1":    497,
		"CREATE TABLE f (n UInt8) ENGINE = File(CSV)":                497,
		"CREATE DATABASE f ENGINE = Filesystem('/')":                 497,
		"CREATE NAMED COLLECTION f AS a = 1":                         497,
		"BACKUP TABLE system.one TO File('/tmp/no-such-file')":       497,
		"CREATE USER f":                     497,
		"SET max_memory_usage = 1000000000": 452,
		"SET max_memory_usage = 0":          452,
		"SET format_schema = 'x:y'":         452,
		"SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/hosts'": 452,
	} {
		err := conn.Exec(sql)
		var e *chdb.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: %v, want code %d", sql, err, code)
		}
	}
	r, err := conn.Query("SELECT getSetting('max_execution_time'), getSetting('max_memory_usage'), (SELECT value FROM system.server_settings WHERE name = 'max_server_memory_usage')", "TSV", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := strings.TrimSpace(string(r.Bytes())); got != "77\t536870912\t1073741824" {
		t.Errorf("limits in force: %q", got)
	}
}
