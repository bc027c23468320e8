package chtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// ServerEnv names the environment variable with the DSN of a real server, such
// as http://user:password@host:8123/default.
const ServerEnv = "CLICKHOUSE_DSN"

// roleEnv makes a test binary the engine's process.
const roleEnv = "TRUNKLINE_CHTEST_ROLE"

// startTimeout bounds the start of the engine on a busy machine.
const startTimeout = 2 * time.Minute

// shared is the engine of this test binary.
var shared struct {
	main   bool // Main was called
	once   sync.Once
	engine *clickhouse.Engine
	dir    string
	err    error
	keep   atomic.Bool // a failed test has left its database
}

// Main runs the tests and exits; in the engine's process it runs the engine.
// Call it from TestMain, before anything else.
func Main(m *testing.M) {
	if os.Getenv(roleEnv) == clickhouse.Role {
		os.Exit(clickhouse.Main(os.Args[1:]))
	}
	shared.main = true
	code := m.Run()
	stop()
	os.Exit(code)
}

// Options are those of an engine of one's own in a test binary: its child is
// this binary, and it logs into the test's output.
func Options(t testing.TB, dataDir string) clickhouse.Options {
	t.Helper()
	requireMain(t)
	requireLibrary(t)
	return clickhouse.Options{
		DataDir: dataDir, Args: []string{clickhouse.Role}, Env: []string{roleEnv + "=" + clickhouse.Role},
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

// Engine is the embedded engine of this test binary. Tests that a real server
// would do for take [DSN] or [Database] instead.
func Engine(t testing.TB) *clickhouse.Engine {
	t.Helper()
	requireMain(t)
	requireLibrary(t)
	shared.once.Do(start)
	if shared.err != nil {
		t.Fatalf("embedded ClickHouse: %v", shared.err)
	}
	return shared.engine
}

// DSN is the address of a ClickHouse with a user who may do everything that the
// product does, in the form that clickhouse-go takes.
func DSN(t testing.TB) string {
	t.Helper()
	if dsn := os.Getenv(ServerEnv); dsn != "" {
		return dsn
	}
	return Engine(t).DSN()
}

// Database is the DSN of a new, empty database.
func Database(t testing.TB) string {
	t.Helper()
	base, err := url.Parse(DSN(t))
	if err != nil {
		t.Fatalf("%s: %v", ServerEnv, err)
	}
	name := databaseName(t)
	if err := exec(base, "CREATE DATABASE `"+name+"`"); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			shared.keep.Store(true)
			t.Logf("kept database %s on %s%s", name, base.Host, keptIn())
			return
		}
		if err := exec(base, "DROP DATABASE `"+name+"`"); err != nil {
			t.Logf("database %s is left behind: %v", name, err)
		}
	})
	own := *base
	own.Path = "/" + name
	return own.String()
}

// requireMain fails a test binary whose child would run the tests again.
func requireMain(t testing.TB) {
	t.Helper()
	if !shared.main {
		t.Fatal("chtest: TestMain has to call chtest.Main: the engine's process is the test binary started once more")
	}
}

// requireLibrary skips where there is no libchdb, or fails where that must not
// be.
func requireLibrary(t testing.TB) {
	t.Helper()
	if _, err := clickhouse.FindLibrary(""); err != nil {
		testneed.Missing(t, "%v", err)
	}
}

// start starts the shared engine.
func start() {
	sweep(os.TempDir(), time.Now())
	shared.dir, shared.err = os.MkdirTemp("", dirPattern)
	if shared.err != nil {
		return
	}
	var out io.Writer = io.Discard
	if testing.Verbose() {
		out = os.Stderr
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	shared.engine, shared.err = clickhouse.Start(ctx, clickhouse.Options{
		DataDir: shared.dir, Args: []string{clickhouse.Role}, Env: []string{roleEnv + "=" + clickhouse.Role},
		Logger: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
}

// stop ends the shared engine and removes its data, unless a failed test has
// left a database there.
func stop() {
	if shared.engine != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		_ = shared.engine.Stop(ctx)
	}
	if shared.dir != "" && !shared.keep.Load() {
		_ = os.RemoveAll(shared.dir)
	}
}

func keptIn() string {
	if shared.dir == "" {
		return ""
	}
	return ", data directory " + filepath.Clean(shared.dir)
}

// databaseName is the test's name with something random behind it.
func databaseName(t testing.TB) string {
	var id [4]byte
	_, _ = rand.Read(id[:])
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, t.Name())
	return fmt.Sprintf("%.60s_%s", name, hex.EncodeToString(id[:]))
}

// exec runs a statement on the server at base.
func exec(base *url.URL, sql string) error {
	target := url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/"}
	r, err := http.NewRequest(http.MethodPost, target.String(), strings.NewReader(sql))
	if err != nil {
		return err
	}
	if password, ok := base.User.Password(); ok || base.User != nil {
		r.SetBasicAuth(base.User.Username(), password)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(text)))
	}
	return err
}
