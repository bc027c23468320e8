package httpfront_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/httpfront"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// engine is the one of this process. What clickhouse-go and curl see of it is
// in package contract; these tests are about limits, which need a handler of
// their own.
var engine struct {
	once    sync.Once
	connect func(settings ...string) (*chdb.Conn, error)
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

// serve starts a server with a handler of the test's own.
func serve(t *testing.T, opt httpfront.Options) (*httpfront.Handler, *httptest.Server) {
	t.Helper()
	path, err := clickhouse.FindLibrary("")
	if err != nil {
		testneed.Missing(t, "%v", err)
	}
	engine.once.Do(func() {
		var lib *chdb.Library
		if engine.dir, engine.err = os.MkdirTemp("", "trunkline-httpfront-"); engine.err != nil {
			return
		}
		config := filepath.Join(engine.dir, "config.xml")
		if engine.err = os.WriteFile(config, []byte("<clickhouse/>"), 0o600); engine.err != nil {
			return
		}
		base := []string{"path=" + filepath.Join(engine.dir, "store"), "config-file=" + config}
		if lib, engine.err = chdb.Open(path); engine.err != nil {
			return
		}
		engine.connect = func(settings ...string) (*chdb.Conn, error) { return lib.Connect(append(base, settings...)...) }
		engine.keeper, engine.err = engine.connect()
	})
	if engine.err != nil {
		t.Fatal(engine.err)
	}
	opt.Connect, opt.Password, opt.Logger = engine.connect, "secret", slog.New(slog.DiscardHandler)
	h, err := httpfront.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return h, server
}

// post sends a query and gives status, exception code and body.
func post(t *testing.T, ctx context.Context, server *httptest.Server, sql string, keys ...string) (int, string, string) {
	t.Helper()
	q := url.Values{}
	for i := 0; i+1 < len(keys); i += 2 {
		q.Set(keys[i], keys[i+1])
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/?"+q.Encode(), strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("default", "secret")
	a, err := server.Client().Do(r)
	if err != nil {
		return 0, "", err.Error()
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		return a.StatusCode, "", err.Error()
	}
	return a.StatusCode, a.Header.Get("X-ClickHouse-Exception-Code"), string(body)
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// occupy runs a query that takes for ever, and returns when the engine has it;
// leave lets its client go away.
func occupy(t *testing.T, server *httptest.Server, watch *chdb.Conn, keys ...string) (leave func()) {
	t.Helper()
	mark := "occupied by " + t.Name()
	ctx, cancel := context.WithCancel(within(t))
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		post(t, ctx, server, "SELECT sleepEachRow(0.01), '"+mark+"' FROM numbers(1000000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0", keys...)
	}()
	await(t, watch, mark, "1\n")
	return func() {
		cancel()
		<-gone
		await(t, watch, mark, "0\n")
	}
}

// await asks the engine until as many queries as wanted hold the mark.
func await(t *testing.T, watch *chdb.Conn, mark, want string) {
	t.Helper()
	for ctx := within(t); ; {
		r, err := watch.Query("SELECT count() FROM system.processes WHERE position(query, concat('"+mark[:3]+"', '"+mark[3:]+"')) > 0", "TSV", nil)
		if err != nil {
			t.Fatal(err)
		}
		got := string(r.Bytes())
		r.Close()
		if got == want {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s queries with the mark %q, want %s", got, mark, want)
		}
	}
}

func watcher(t *testing.T) *chdb.Conn {
	t.Helper()
	c, err := engine.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestOneAtATime: a second query waits for its turn, is refused when that does
// not come, and gets it when the client of the first goes away.
func TestOneAtATime(t *testing.T) {
	_, server := serve(t, httpfront.Options{MaxConcurrent: 1, QueueTimeout: 100 * time.Millisecond})
	leave := occupy(t, server, watcher(t))
	if status, code, body := post(t, within(t), server, "SELECT 1"); status != http.StatusServiceUnavailable || code != "202" {
		t.Errorf("while another runs: %d, code %s: %s", status, code, body)
	}
	leave()
	if status, _, body := post(t, within(t), server, "SELECT 1"); status != http.StatusOK || body != "1\n" {
		t.Errorf("after it was abandoned: %d: %s", status, body)
	}
}

func TestCloseInterrupts(t *testing.T) {
	h, server := serve(t, httpfront.Options{})
	watch := watcher(t)
	mark := "interrupted by Close"
	answer := make(chan string, 1)
	go func() {
		_, code, body := post(t, within(t), server, "SELECT sleepEachRow(0.01), '"+mark+"' FROM numbers(1000000) SETTINGS max_block_size = 10, function_sleep_max_microseconds_per_block = 0")
		answer <- code + " " + body
	}()
	await(t, watch, mark, "1\n")
	h.Close()
	await(t, watch, mark, "0\n")
	if got := <-answer; !strings.Contains(got, "394") {
		t.Errorf("the interrupted query got %q", got)
	}
	if status, _, _ := post(t, within(t), server, "SELECT 1"); status != http.StatusServiceUnavailable {
		t.Errorf("a request after Close: status %d", status)
	}
}

func TestSizes(t *testing.T) {
	_, server := serve(t, httpfront.Options{MaxQueryBytes: 1000, MaxBodyBytes: 5000, MaxBufferedResultBytes: 10_000})
	long := "SELECT '" + strings.Repeat("x", 1000) + "'"
	for name, c := range map[string]struct {
		sql    string
		keys   []string
		status int
		code   string
	}{
		"query in the body":          {long, nil, 413, "229"},
		"query in the URL":           {"", []string{"query", long}, 413, "229"},
		"query in both":              {strings.Repeat(" ", 900) + ", 2", []string{"query", "SELECT " + strings.Repeat("1", 200)}, 413, "229"},
		"short query":                {"SELECT 1", nil, 200, ""},
		"body":                       {strings.Repeat("1\n", 3000), []string{"query", "INSERT INTO sizes FORMAT TSV"}, 413, "307"},
		"long data behind its query": {"INSERT INTO sizes FORMAT TSV\n" + strings.Repeat("1\n", 2000), nil, 200, ""},
		"result in memory":           {"SELECT number FROM numbers(10000) FORMAT JSON", nil, 500, "396"},
		"streamed result":            {"SELECT number FROM numbers(10000) FORMAT TSV", nil, 200, ""},
		"result that is waited for":  {"SELECT number FROM numbers(10000) FORMAT TSV", []string{"wait_end_of_query", "1"}, 500, "396"},
	} {
		if _, _, body := post(t, within(t), server, "CREATE OR REPLACE TABLE sizes (n UInt8) ENGINE = MergeTree ORDER BY n"); body != "" {
			t.Fatal(body)
		}
		status, code, body := post(t, within(t), server, c.sql, c.keys...)
		if status != c.status || code != c.code {
			t.Errorf("%s: status %d, code %q, %.200s; want %d, %q", name, status, code, body, c.status, c.code)
		}
		want := "0\n"
		if name == "long data behind its query" {
			want = "2000\n"
		}
		if _, _, n := post(t, within(t), server, "SELECT count() FROM sizes"); n != want {
			t.Errorf("%s: %q rows stored, want %q", name, n, want)
		}
	}
}

func TestSessionLimits(t *testing.T) {
	h, server := serve(t, httpfront.Options{MaxSessions: 2})
	leave := occupy(t, server, watcher(t), "session_id", "busy")
	if status, code, body := post(t, within(t), server, "SELECT 1", "session_id", "busy"); code != "373" {
		t.Errorf("a busy session: %d, code %s: %s", status, code, body)
	}
	post(t, within(t), server, "SELECT 1", "session_id", "second")
	if status, code, body := post(t, within(t), server, "SELECT 1", "session_id", "third"); code != "202" {
		t.Errorf("one session too many: %d, code %s: %s", status, code, body)
	}
	leave()
	// The session is free once the handler has noticed that its client left.
	for ctx := within(t); ; {
		status, code, body := post(t, ctx, server, "SELECT 1", "session_id", "busy", "close_session", "1")
		if status == http.StatusOK {
			break
		}
		if code != "373" || ctx.Err() != nil {
			t.Fatalf("closing a session: %d, code %s: %s", status, code, body)
		}
	}
	if n := h.OpenSessions(); n != 1 {
		t.Errorf("%d sessions are open, want the second one only", n)
	}
	post(t, within(t), server, "SELECT 1", "session_id", "second", "session_timeout", "1")
	for ctx := within(t); h.OpenSessions() > 0; {
		if ctx.Err() != nil {
			t.Fatal("a session of one second is still open after 30")
		}
		time.Sleep(10 * time.Millisecond) // its timer is the event, and belongs to the handler
	}
}

// TestHello reads the driver's first answer as the driver does, at the revision
// that it asked for, and one that is no such query at revision 0.
func TestHello(t *testing.T) {
	_, server := serve(t, httpfront.Options{})
	const revision = 54460
	_, _, body := post(t, within(t), server, "SELECT displayName(), version(), revision(), timezone()", "default_format", "Native", "client_protocol_version", "54460")
	var name, version, zone proto.ColStr
	var rev proto.ColUInt32
	results := proto.Results{{Name: "displayName()", Data: &name}, {Name: "version()", Data: &version}, {Name: "revision()", Data: &rev}, {Name: "timezone()", Data: &zone}}
	var block proto.Block
	if err := block.DecodeBlock(proto.NewReader(strings.NewReader(body)), revision, results); err != nil {
		t.Fatal(err)
	}
	if block.Rows != 1 || rev[0] != 0 || version.Row(0) == "" || zone.Row(0) == "" {
		t.Errorf("%d rows: %q, %q, revision %v, %q", block.Rows, name.Row(0), version.Row(0), rev, zone.Row(0))
	}
	// Without a revision asked for it is a query like any other.
	if _, _, body := post(t, within(t), server, "SELECT displayName(), version(), revision(), timezone() FORMAT TSV"); strings.Contains(body, "\t0\t") {
		t.Errorf("a plain client is told %q", body)
	}
}

func TestPaths(t *testing.T) {
	_, server := serve(t, httpfront.Options{})
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/ping", 200}, {"HEAD", "/ping", 200}, {"GET", "/", 200}, {"GET", "/play", 404}, {"PUT", "/", 405}, {"POST", "/", 401}, {"GET", "/?query=SELECT+1", 401},
	} {
		r, err := http.NewRequest(c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.path, a.StatusCode, c.status)
		}
	}
}

func TestOptionsAreRequired(t *testing.T) {
	fails := func(...string) (*chdb.Conn, error) { return nil, errors.New("no engine") }
	for name, opt := range map[string]httpfront.Options{"no password": {Connect: fails}, "no engine": {Password: "x"}, "an engine that fails": {Connect: fails, Password: "x"}} {
		if _, err := httpfront.New(opt); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}
