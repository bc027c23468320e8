package app_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(loadEnv) != "" {
		os.Exit(runLoad(os.Stdin, os.Stdout))
	}
	chtest.Main(m)
}

// configure returns a configuration on a database of the test's own.
func configure(t testing.TB, set ...string) config.Config {
	t.Helper()
	dsn, err := url.Parse(chtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	dsn.User = url.User(dsn.User.Username())
	cfg, err := config.Load(config.Source{
		Environ: []string{"TRUNKLINE_CLICKHOUSE_PASSWORD=" + password},
		Set: append([]string{
			"clickhouse.dsn=" + dsn.String(), "journal.dir=" + t.TempDir(), "http.address=127.0.0.1:0",
			"ingest.commit_interval=20ms", "rollups.interval=100ms", "rollups.grace=0s",
		}, set...),
	})
	if err != nil {
		t.Fatal(err)
	}
	listener := config.LocalListener()
	listener.Address, listener.Codec = "127.0.0.1:0", "PCMU"
	cfg.Listeners = []config.Listener{listener}
	return cfg
}

// start runs an App until the test ends.
func start(t *testing.T, cfg config.Config) *app.App {
	t.Helper()
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(config.Log{Level: "warn"}, t.Output())})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return a
}

// get asks the status page's server.
func get(t *testing.T, a *app.App, path string) (int, string) {
	t.Helper()
	response, err := http.Get("http://" + a.Addrs().HTTP + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// send sends receiver reports of one stream, and one datagram that is none.
func send(t *testing.T, a *app.App, n uint32) {
	t.Helper()
	conn, err := net.Dial("udp", a.Addrs().Listeners["local"])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range n {
		b := []byte{0x81, 201, 0, 7}
		for _, word := range []uint32{1, 2, i, 1000 + 50*i, 80, 0, 0} {
			b = binary.BigEndian.AppendUint32(b, word)
		}
		if _, err := conn.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.Write([]byte("no RTCP at all")); err != nil {
		t.Fatal(err)
	}
}

// await polls the status until it is as wanted.
func await(t *testing.T, a *app.App, what string, done func(app.Status) bool) app.Status {
	t.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(time.Minute)
	for {
		status := a.Status()
		if done(status) {
			return status
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("%s did not come about: %+v", what, status)
		}
	}
}

func TestReportsReachTheStoreAndEveryPageAgrees(t *testing.T) {
	cfg := configure(t)
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	a := start(t, cfg)
	send(t, a, 30)
	await(t, a, "all stored", func(s app.Status) bool { return s.Sink.Rows >= 30 && s.Journal.Files == 0 })
	counts, err := a.CountBySource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := counts["local"]; c.Reports != 30 || c.Streams != 1 || c.Tenant != "local" {
		t.Errorf("the store has %+v, want 30 reports of one stream", c)
	}
	code, body := get(t, a, "/status.json")
	var status app.Status
	if err := json.Unmarshal([]byte(body), &status); err != nil || code != http.StatusOK {
		t.Fatalf("%d %v", code, err)
	}
	l := status.Listeners[0]
	if l.Datagrams != 31 || l.Rows != 30 || l.Refused["not_rtcp"] != 1 {
		t.Errorf("status %+v, want 31 datagrams, 30 facts, 1 refused", l)
	}
	_, metrics := get(t, a, "/metrics")
	for _, line := range []string{
		`trunkline_listener_datagrams_total{listener="local"} 31`,
		`trunkline_listener_facts_total{listener="local"} 30`,
		`trunkline_listener_refused_total{listener="local",reason="not_rtcp"} 1`,
		`trunkline_ready 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	if _, page := get(t, a, "/"); !strings.Contains(page, "Working") || !strings.Contains(page, l.Address) {
		t.Error("the status page does not show the listener at work")
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/nothing": 404} {
		if code, _ := get(t, a, path); code != want {
			t.Errorf("%s answers %d, want %d", path, code, want)
		}
	}
}

func TestWithoutAStoreInputIsKeptAndReadinessSaysWhy(t *testing.T) {
	cfg := configure(t)
	cfg.ClickHouse.DSN = "http://default@127.0.0.1:1/trunkline"
	a := start(t, cfg)
	send(t, a, 10)
	status := await(t, a, "a waiting batch and a problem", func(s app.Status) bool {
		return s.Journal.Files > 0 && len(s.Problems) > 0 && s.Listeners[0].Rows == 10
	})
	if status.Sink.Rows != 0 {
		t.Errorf("%d rows stored in a store that is not there", status.Sink.Rows)
	}
	code, body := get(t, a, "/readyz")
	if code != http.StatusServiceUnavailable || !strings.Contains(body, "store") {
		t.Errorf("readyz answers %d %s, want 503 and the reason", code, body)
	}
	if code, _ := get(t, a, "/healthz"); code != http.StatusOK {
		t.Errorf("healthz answers %d: a restart would not help", code)
	}
}

func TestStartThatFailsStopsWhatItStarted(t *testing.T) {
	cfg := configure(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cfg.HTTP.Address = taken.Addr().String()
	a, err := app.New(cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "status page") {
		t.Fatalf("got %v, want an error of the status page", err)
	}
	// The journal is free again: its lock went with the failed start.
	cfg.HTTP.Address = "127.0.0.1:0"
	start(t, cfg)
}
