package chtest

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestMain(m *testing.M) { Main(m) }

func TestDatabaseIsFresh(t *testing.T) {
	opt, err := clickhouse.ParseDSN(Database(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := clickhouse.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx := context.Background()
	var database string
	var tables uint64
	if err := conn.QueryRow(ctx, "SELECT currentDatabase(), (SELECT count() FROM system.tables WHERE database = currentDatabase())").Scan(&database, &tables); err != nil {
		t.Fatal(err)
	}
	if database != opt.Auth.Database || tables != 0 {
		t.Errorf("database %q with %d tables, want %q with none", database, tables, opt.Auth.Database)
	}
}

func TestSweep(t *testing.T) {
	temp := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{"fresh": time.Hour, "old": 25 * time.Hour, "busy": 25 * time.Hour} {
		dir := filepath.Join(temp, dirPattern+name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "engine.lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := os.Open(filepath.Join(temp, dirPattern+"busy", "engine.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	sweep(temp, now)
	for name, want := range map[string]bool{"fresh": true, "old": false, "busy": true} {
		if _, err := os.Stat(filepath.Join(temp, dirPattern+name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
