package clickhouse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
)

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// startOwn starts an engine of the test's own.
func startOwn(t *testing.T, dir string) *clickhouse.Engine {
	t.Helper()
	engine, err := clickhouse.Start(within(t, time.Minute), chtest.Options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Stop(within(t, time.Minute)); err != nil {
			t.Error(err)
		}
	})
	return engine
}

func open(t *testing.T, engine *clickhouse.Engine) driver.Conn {
	t.Helper()
	opt, err := driver.ParseDSN(engine.DSN())
	if err != nil {
		t.Fatal(err)
	}
	opt.MaxOpenConns = 8
	conn, err := driver.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestKillUnderLoad kills the engine's process three times while batches are
// stored. Each acknowledged batch has to be there, whole and once, though
// writers retry what was not acknowledged; the address stays, and the same
// client goes on.
func TestKillUnderLoad(t *testing.T) {
	const writers, batches, rows, kills = 4, 16, 2000, 3
	engine := startOwn(t, t.TempDir())
	conn := open(t, engine)
	ctx := within(t, 2*time.Minute)
	if err := conn.Exec(ctx, "CREATE TABLE t (batch String, n UInt32, pad String) ENGINE = MergeTree ORDER BY (batch, n) SETTINGS non_replicated_deduplication_window = 10000"); err != nil {
		t.Fatal(err)
	}
	addr := engine.Addr()
	var acknowledged, retried atomic.Int64
	progress := make(chan int64, writers*batches)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for b := range batches {
				id := fmt.Sprintf("w%d-b%d", w, b)
				var data strings.Builder
				for n := range rows {
					fmt.Fprintf(&data, "%s\t%d\t%064d\n", id, n, n)
				}
				token := driver.Context(ctx, driver.WithSettings(driver.Settings{"insert_deduplication_token": id}))
				for conn.InsertFormat(token, "TSV", "INSERT INTO t (batch, n, pad)", strings.NewReader(data.String())) != nil {
					retried.Add(1)
					if ctx.Err() != nil {
						t.Errorf("batch %s was never acknowledged", id)
						return
					}
					_ = engine.WaitReady(ctx)
				}
				progress <- acknowledged.Add(1)
			}
		})
	}
	killed := 0
	for n := range progress {
		if killed < kills && n >= int64((killed+1)*writers*batches/(kills+1)) {
			if err := engine.WaitReady(ctx); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(engine.PID(), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			killed++
		}
		if n == writers*batches {
			break
		}
	}
	wg.Wait()
	if err := engine.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	var whole, other, total uint64
	if err := conn.QueryRow(ctx, "SELECT countIf(c = ? AND u = ?), countIf(NOT (c = ? AND u = ?)), sum(c) FROM (SELECT batch, count() AS c, uniqExact(n) AS u FROM t GROUP BY batch)",
		rows, rows, rows, rows).Scan(&whole, &other, &total); err != nil {
		t.Fatal(err)
	}
	if whole != writers*batches || other != 0 {
		t.Errorf("%d whole batches, %d others, %d rows; want %d, 0, %d", whole, other, total, writers*batches, writers*batches*rows)
	}
	status := engine.Status()
	if status.Restarts != kills || engine.Addr() != addr || !strings.Contains(status.LastExit, "killed") {
		t.Errorf("%+v at %s; want %d restarts at %s", status, engine.Addr(), kills, addr)
	}
	t.Logf("%d kills, %d retries", killed, retried.Load())
}

func TestSecondEngineOnTheDirectory(t *testing.T) {
	dir := t.TempDir()
	first := startOwn(t, dir)
	_, err := clickhouse.Start(within(t, time.Minute), chtest.Options(t, dir))
	if !errors.Is(err, clickhouse.ErrInUse) {
		t.Fatalf("a second engine: %v", err)
	}
	for _, part := range []string{dir, fmt.Sprintf("process %d", first.PID()), first.Addr(), filepath.Base(os.Args[0])} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %q", err, part)
		}
	}
	if err := open(t, first).Ping(within(t, time.Minute)); err != nil {
		t.Errorf("the first engine after that: %v", err)
	}
}

// TestRestartKeepsData stops an engine and starts another on its directory.
func TestRestartKeepsData(t *testing.T) {
	dir := t.TempDir()
	engine, err := clickhouse.Start(within(t, time.Minute), chtest.Options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	ctx := within(t, time.Minute)
	conn := open(t, engine)
	for _, sql := range []string{"CREATE DATABASE kept", "CREATE TABLE kept.t (n UInt8) ENGINE = MergeTree ORDER BY n", "INSERT INTO kept.t VALUES (1), (2)"} {
		if err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	password := engine.Password()
	if err := engine.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	again := startOwn(t, dir)
	var n uint64
	if err := open(t, again).QueryRow(ctx, "SELECT sum(n) FROM kept.t").Scan(&n); err != nil || n != 3 {
		t.Errorf("after a restart: %d, %v", n, err)
	}
	if again.Password() == password || len(password) < 32 {
		t.Error("the password is not made anew at each start")
	}
}

func TestStartWithoutLibrary(t *testing.T) {
	opt := chtest.Options(t, t.TempDir())
	opt.LibPath = filepath.Join(t.TempDir(), "libchdb.so")
	if _, err := clickhouse.Start(within(t, time.Minute), opt); !errors.Is(err, clickhouse.ErrNoLibrary) || !strings.Contains(err.Error(), opt.LibPath) {
		t.Errorf("a path without a file: %v", err)
	}
	if err := os.WriteFile(opt.LibPath, []byte("no library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := clickhouse.Start(within(t, time.Minute), opt); !errors.Is(err, clickhouse.ErrNoLibrary) {
		t.Errorf("a file that is no library: %v", err)
	}
}

// parent is a program of its own with an engine.
func parent(dir string) {
	opt := clickhouse.Options{DataDir: dir, Env: []string{parentEnv + "=", "TRUNKLINE_CHTEST_ROLE=" + clickhouse.Role}}
	engine, err := clickhouse.Start(context.Background(), opt)
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("ready", engine.PID())
	select {}
}

// TestEngineDiesWithItsParent kills a program that has an engine: the lock on
// the directory comes free, which only the end of the engine's process does.
func TestEngineDiesWithItsParent(t *testing.T) {
	chtest.Options(t, "") // skips without the library
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), parentEnv+"="+dir)
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready") {
		t.Fatalf("the program said %q, %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	lock, err := os.Open(filepath.Join(dir, "engine.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	free := make(chan error, 1)
	go func() { free <- syscall.Flock(int(lock.Fd()), syscall.LOCK_EX) }()
	select {
	case err := <-free:
		if err != nil {
			t.Fatal(err)
		}
	case <-within(t, 30*time.Second).Done():
		t.Fatal("the engine's process outlived its parent")
	}
}

// TestRetryAfterACrashIsStored makes what a kill between log and part leaves
// behind: the second attempt has to store the rows.
func TestRetryAfterACrashIsStored(t *testing.T) {
	dir := t.TempDir()
	engine, err := clickhouse.Start(within(t, time.Minute), chtest.Options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	ctx := within(t, time.Minute)
	insert := func(conn driver.Conn, token string) {
		t.Helper()
		with := driver.Context(ctx, driver.WithSettings(driver.Settings{"insert_deduplication_token": token}))
		if err := conn.InsertFormat(with, "TSV", "INSERT INTO t (token)", strings.NewReader(token+"\n")); err != nil {
			t.Fatal(err)
		}
	}
	conn := open(t, engine)
	if err := conn.Exec(ctx, "CREATE TABLE t (token String) ENGINE = MergeTree ORDER BY token SETTINGS non_replicated_deduplication_window = 100"); err != nil {
		t.Fatal(err)
	}
	insert(conn, "stored")
	insert(conn, "killed")
	if err := engine.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	parts, err := filepath.Glob(filepath.Join(dir, "store", "store", "*", "*", "all_2_2_0"))
	if err != nil || len(parts) != 1 {
		t.Fatalf("the second part is at %v, %v", parts, err)
	}
	if err := os.RemoveAll(parts[0]); err != nil {
		t.Fatal(err)
	}
	conn = open(t, startOwn(t, dir))
	insert(conn, "stored")
	insert(conn, "killed")
	insert(conn, "killed")
	var got []string
	if err := conn.QueryRow(ctx, "SELECT arraySort(groupArray(token)) FROM t").Scan(&got); err != nil || fmt.Sprint(got) != "[killed stored]" {
		t.Errorf("stored %v, %v; want each token once", got, err)
	}
}
