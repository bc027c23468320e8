package chdb_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// engine is the one of this process, with the connection that keeps it up.
var engine struct {
	once    sync.Once
	lib     *chdb.Library
	options []string
	keeper  *chdb.Conn
	dir     string
	err     error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if engine.keeper != nil {
		engine.keeper.Close()
	}
	os.RemoveAll(engine.dir)
	os.Exit(code)
}

// connect opens a session of the process's engine.
func connect(t testing.TB, settings ...string) *chdb.Conn {
	t.Helper()
	path, err := clickhouse.FindLibrary("")
	if err != nil {
		testneed.Missing(t, "%v", err)
	}
	engine.once.Do(func() {
		if engine.dir, engine.err = os.MkdirTemp("", "trunkline-chdb-"); engine.err != nil {
			return
		}
		config := filepath.Join(engine.dir, "config.xml")
		if engine.err = os.WriteFile(config, []byte("<clickhouse/>"), 0o600); engine.err != nil {
			return
		}
		engine.options = []string{"path=" + filepath.Join(engine.dir, "store"), "config-file=" + config}
		if engine.lib, engine.err = chdb.Open(path); engine.err == nil {
			engine.keeper, engine.err = engine.lib.Connect(engine.options...)
		}
	})
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	c, err := engine.lib.Connect(append(engine.options, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func text(t testing.TB, c *chdb.Conn, sql string, params ...chdb.Param) string {
	t.Helper()
	r, err := c.Query(sql, "TabSeparated", params)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer r.Close()
	return string(r.Bytes())
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	other := filepath.Join(t.TempDir(), "libchdb.so")
	if err := os.WriteFile(other, []byte("not ELF"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", other, filepath.Join(t.TempDir(), "missing.so")} {
		if _, err := chdb.Open(path); !errors.Is(err, chdb.ErrLoad) {
			t.Errorf("%q: %v, want ErrLoad", path, err)
		}
	}
}

// TestGoKeepsItsSignals dereferences nil with the engine up: with the engine's
// handlers in place the process would hang. Connect has compared the kernel's
// table of handlers already.
func TestGoKeepsItsSignals(t *testing.T) {
	connect(t)
	func() {
		defer func() {
			if err, ok := recover().(runtime.Error); !ok {
				t.Errorf("recovered %v", err)
			}
		}()
		var nothing *struct{ n int }
		nothing.n++
	}()
}

func TestQuery(t *testing.T) {
	c := connect(t)
	if got := text(t, c, "SELECT 1, 'a\\tb'"); got != "1\ta\\tb\n" {
		t.Errorf("%q", got)
	}
	if got := text(t, c, "SELECT {a:String}, {b:Int64}", chdb.Param{Name: "a", Value: "it's"}, chdb.Param{Name: "b", Value: "-5"}); got != "it\\'s\t-5\n" {
		t.Errorf("with parameters: %q", got)
	}
	if got := text(t, c, "SELECT length({a:String})", chdb.Param{Name: "a", Value: ""}); got != "0\n" {
		t.Errorf("with an empty parameter: %q", got)
	}
	r, err := c.Query("SELECT number FROM numbers(10)", "Null", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if s := r.Stats(); s.ReadRows != 10 || len(r.Bytes()) != 0 {
		t.Errorf("stats %+v, %d bytes", s, len(r.Bytes()))
	}
	if strings.TrimSpace(engine.lib.Version()) == "" || engine.lib.Path() == "" {
		t.Error("no version or path")
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	c := connect(t)
	for sql, code := range map[string]int{"SELECT x": 47, "SELECT * FROM y": 60, "SELECT": 62, "SELECT throwIf(1)": 395} {
		_, err := c.Query(sql, "TSV", nil)
		var e *chdb.Error
		if !errors.As(err, &e) || e.Code != code || e.Name == "" || !strings.HasPrefix(e.Error(), fmt.Sprintf("Code: %d. DB::Exception: ", code)) {
			t.Errorf("%s: %v, want code %d", sql, err, code)
		}
	}
	if _, err := c.Stream("SHOW TABLES", "TSV", nil); err == nil {
		t.Error("SHOW as a stream: want an error")
	}
	if err := c.Exec("SELECT 1"); err != nil {
		t.Errorf("after errors: %v", err)
	}
}

// TestNoLeftovers fails a query whose output has begun: the next one must not
// begin with it.
func TestNoLeftovers(t *testing.T) {
	c := connect(t, "max_block_size=10")
	for range 3 {
		if _, err := c.Query("SELECT throwIf(number = 55) FROM numbers(100)", "JSON", nil); err == nil {
			t.Fatal("want an error")
		}
		if got := text(t, c, "SELECT 'next'"); got != "next\n" {
			t.Fatalf("the next query gives %.100q", got)
		}
	}
}

func TestStream(t *testing.T) {
	c := connect(t)
	s, err := c.Stream("SELECT number FROM numbers(200000) SETTINGS max_block_size = 50000", "TSV", nil)
	if err != nil {
		t.Fatal(err)
	}
	chunks, lines := 0, 0
	for {
		r, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		if r == nil {
			break
		}
		chunks++
		lines += strings.Count(string(r.Bytes()), "\n")
		r.Close()
	}
	if r, err := s.Next(); r != nil || err != nil {
		t.Errorf("behind the end: %v, %v", r, err)
	}
	s.Close()
	s.Close()
	if chunks < 4 || lines != 200_000 {
		t.Errorf("%d chunks with %d lines, want at least 4 with 200000", chunks, lines)
	}
	// One that is not read to its end leaves the connection usable.
	if s, err = c.Stream("SELECT number FROM numbers(1000000000)", "Null", nil); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if got := text(t, connect(t), "SELECT count() FROM system.processes WHERE query LIKE '%1000000000%' AND query NOT LIKE '%processes%'"); got != "0\n" {
		t.Errorf("%s streams are listed as running after one was abandoned", strings.TrimSpace(got))
	}
	if got := text(t, c, "SELECT 'next'"); got != "next\n" {
		t.Errorf("after an abandoned stream: %q", got)
	}
}

// TestFailedStreamIsGone: the engine lists no statement as running that failed.
func TestFailedStreamIsGone(t *testing.T) {
	c := connect(t)
	s, err := c.Stream("SELECT throwIf(number = 123456, 'gone') FROM numbers(1000000)", "Native", nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		r, err := s.Next()
		if err != nil {
			break
		}
		if r == nil {
			t.Fatal("no error")
		}
		r.Close()
	}
	s.Close()
	if got := text(t, connect(t), "SELECT count() FROM system.processes WHERE query LIKE '%123456%' AND query NOT LIKE '%processes%'"); got != "0\n" {
		t.Errorf("%s statements are listed as running after they failed", strings.TrimSpace(got))
	}
}

func TestInsert(t *testing.T) {
	c := connect(t)
	for _, sql := range []string{"CREATE DATABASE inserts", "USE inserts", "CREATE TABLE t (n UInt32, s String) ENGINE = MergeTree ORDER BY n"} {
		if err := c.Exec(sql); err != nil {
			t.Fatal(err)
		}
	}
	insert := func(pieces ...string) (chdb.Stats, error) {
		i, err := c.Insert("INSERT INTO t", "CSV", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer i.Close()
		for _, p := range pieces {
			if err := i.Append([]byte(p)); err != nil {
				return chdb.Stats{}, err
			}
		}
		return i.Done()
	}
	if stats, err := insert("1,a\n2,", "\"b", "", "\"\n"); err != nil || stats.WrittenRows != 2 {
		t.Errorf("stats %+v, %v", stats, err)
	}
	if _, err := insert("3,c\n", "many,d\n"); err == nil {
		t.Error("a line that is none: want an error")
	}
	i, err := c.Insert("INSERT INTO t", "CSV", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Append([]byte("9,cancelled\n")); err != nil {
		t.Fatal(err)
	}
	i.Close()
	i.Close()
	if got := text(t, c, "SELECT * FROM t ORDER BY n"); got != "1\ta\n2\tb\n" {
		t.Errorf("stored %q", got)
	}
	if _, err := c.Insert("INSERT INTO no_such_table", "CSV", nil); err == nil {
		t.Error("a table that is not there: want an error")
	}
}

func TestSessionsAreApart(t *testing.T) {
	a, b := connect(t), connect(t, "max_threads=3")
	if err := a.Exec("SET max_threads = 5"); err != nil {
		t.Fatal(err)
	}
	if got := text(t, a, "SELECT getSetting('max_threads')") + text(t, b, "SELECT getSetting('max_threads')"); got != "5\n3\n" {
		t.Errorf("settings of two sessions: %q", got)
	}
	if _, err := engine.lib.Connect(append(engine.options, "max_threads=many")...); !errors.Is(err, chdb.ErrConnect) {
		t.Errorf("a setting with a bad value: %v", err)
	}
	if _, err := engine.lib.Connect("path=x\x00y"); !errors.Is(err, chdb.ErrConnect) {
		t.Errorf("an option with a NUL byte: %v", err)
	}
}

func TestClassify(t *testing.T) {
	c := connect(t)
	for sql, want := range map[string]chdb.Analysis{
		"SELECT 1":                        {Statements: 1, Class: chdb.ReadOnly},
		"INSERT INTO t FORMAT CSV":        {Statements: 1, Class: chdb.Mutating},
		"CREATE FUNCTION f AS x -> x":     {Statements: 1, Class: chdb.MutatingGlobal},
		"SYSTEM SHUTDOWN":                 {Statements: 1, Class: chdb.Control},
		"SELECT 1 INTO OUTFILE 'x'":       {Statements: 1, Class: chdb.Control},
		"SELECT 1; DROP TABLE t":          {Statements: 2, Class: chdb.Mutating},
		"SELECT 1 PARALLEL WITH SELECT 2": {Statements: 2, Class: chdb.ReadOnly},
		"SELECT":                          {Statements: 0, Class: chdb.Unknown},
		"":                                {Statements: 0, Class: chdb.Unknown},
	} {
		got, err := c.Classify(sql)
		if err != nil || got != want {
			t.Errorf("%q: %d statements, %v, %v; want %d, %v", sql, got.Statements, got.Class, err, want.Statements, want.Class)
		}
	}
}

func TestConcurrentSessions(t *testing.T) {
	connect(t)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			c, err := engine.lib.Connect(engine.options...)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for i := range 20 {
				r, err := c.Query(fmt.Sprintf("SELECT %d + %d", w, i), "TSV", nil)
				if err != nil {
					t.Error(err)
					return
				}
				if got := string(r.Bytes()); got != fmt.Sprintf("%d\n", w+i) {
					t.Errorf("%d + %d is %q", w, i, got)
				}
				r.Close()
				runtime.GC()
			}
		})
	}
	wg.Wait()
}

func BenchmarkConnect(b *testing.B) {
	connect(b)
	for b.Loop() {
		c, err := engine.lib.Connect(engine.options...)
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}

func BenchmarkSelectOne(b *testing.B) {
	c := connect(b)
	for b.Loop() {
		if err := c.Exec("SELECT 1"); err != nil {
			b.Fatal(err)
		}
	}
}
