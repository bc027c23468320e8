package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/cli"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// roleEnv makes this test binary the process under test.
const roleEnv = "TRUNKLINE_INTERNAL_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleEnv) == "serve" {
		os.Exit(cli.Main("trunkline"))
	}
	chtest.Main(m)
}

const (
	// Each stream reports about once a second, so that what a restart reads
	// back is still within the window of reports that a stream remembers.
	faultStreams = 2000
	faultRounds  = 20
	faultSeed    = 7
)

// TestKillNine kills the listener or the engine twenty times while reports
// arrive, and then compares what was sent with the ledger, and the ledger with
// the table. The socket is held by the test, as systemd holds one over a
// restart, so that nothing has an excuse to be missing.
func TestKillNine(t *testing.T) {
	if runtime.GOOS != "linux" {
		testneed.Missing(t, "the receive ring and socket statistics are Linux's: run this test there")
	}
	w := newFaultWorld(t)
	w.startListener(t)
	sender := w.startSender(t)
	rng := rand.New(rand.NewPCG(faultSeed, 0))
	for round := range faultRounds {
		sender.wait(t, sender.sent.Load()+uint64(200+rng.IntN(1500)))
		if round%3 == 2 {
			w.killEngine(t)
		} else {
			w.killListener(t)
			w.startListener(t)
		}
	}
	sender.wait(t, sender.sent.Load()+500)
	sent := sender.stop(t)
	w.drain(t, sent)
	w.stopListener(t)
	w.check(t, sent)
}

// faultWorld is an engine, a socket and the process under test.
type faultWorld struct {
	engine *clickhouse.Engine
	cfg    config.Config
	dir    string
	path   string
	conn   *net.UDPConn
	socket *os.File
	child  *exec.Cmd
	http   string
	log    *os.File
}

func newFaultWorld(t *testing.T) *faultWorld {
	t.Helper()
	w := &faultWorld{dir: t.TempDir()}
	engine, err := clickhouse.Start(t.Context(), chtest.Options(t, filepath.Join(w.dir, "clickhouse")))
	if err != nil {
		t.Fatal(err)
	}
	w.engine = engine
	t.Cleanup(func() { _ = engine.Stop(context.Background()) })
	if w.conn, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	_ = w.conn.SetReadBuffer(8 << 20)
	if w.socket, err = w.conn.File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.socket.Close(); _ = w.conn.Close() })
	w.path = filepath.Join(w.dir, "trunkline.yaml")
	text := fmt.Sprintf(`
clickhouse: {dsn: %q}
journal: {dir: %q}
ingest: {commit_interval: 50ms}
rollups: {grace: 0s, interval: 200ms}
http: {address: 127.0.0.1:0}
log: {format: json}
listeners:
  - {name: sbc, address: %q, tenant: contoso, trunk: sbc.contoso.example, codec: PCMU, synthetic: true}
`, "http://default@"+engine.Addr()+"/default", filepath.Join(w.dir, "journal"), w.conn.LocalAddr().String())
	if err := os.WriteFile(w.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.cfg, err = config.Load(config.Source{Path: w.path, Environ: []string{"TRUNKLINE_CLICKHOUSE_PASSWORD=" + engine.Password()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Migrate(t.Context(), w.cfg); err != nil {
		t.Fatal(err)
	}
	if w.log, err = os.Create(filepath.Join(w.dir, "listener.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			data, _ := os.ReadFile(w.log.Name())
			t.Logf("end of the listener's log:\n%s", data[max(0, len(data)-4000):])
		}
		_ = w.log.Close()
	})
	return w
}

// startListener starts the process under test with the socket passed in as
// systemd does, and waits for its status page.
func (w *faultWorld) startListener(t *testing.T) {
	t.Helper()
	// LISTEN_PID is the child's own pid, which only a shell can put there.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0], "serve", "--config", w.path)
	cmd.Env = append(os.Environ(), roleEnv+"=serve", "LISTEN_FDS=1", "LISTEN_FDNAMES=sbc", "TRUNKLINE_CLICKHOUSE_PASSWORD="+w.engine.Password())
	cmd.ExtraFiles = []*os.File{w.socket}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.child = cmd
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			fmt.Fprintln(w.log, lines.Text())
			if _, url, ok := strings.Cut(lines.Text(), "status page: "); ok {
				address <- url
			}
		}
		close(address)
	}()
	select {
	case url, ok := <-address:
		if !ok {
			t.Fatal("the listener ended while it started")
		}
		w.http = strings.TrimSpace(url)
	case <-time.After(time.Minute):
		t.Fatal("the listener did not start within a minute")
	}
}

func (w *faultWorld) killListener(t *testing.T) {
	t.Helper()
	if err := w.child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = w.child.Wait()
}

func (w *faultWorld) killEngine(t *testing.T) {
	t.Helper()
	// One that is being restarted is dead already.
	if pid := w.engine.PID(); pid != 0 {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
}

// stopListener ends the process in order.
func (w *faultWorld) stopListener(t *testing.T) {
	t.Helper()
	if err := w.child.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := w.child.Wait(); err != nil {
		t.Errorf("stop in order: %v", err)
	}
}

// drain waits until the listener has read everything, the journal is empty and
// every minute is rolled up: the last of them has to end first.
func (w *faultWorld) drain(t *testing.T, sent uint64) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		var status app.Status
		if response, err := http.Get(w.http + "status.json"); err == nil {
			err = json.NewDecoder(response.Body).Decode(&status)
			_ = response.Body.Close()
			if err == nil && len(status.Listeners) == 1 && status.Listeners[0].HistoryRead && status.Listeners[0].RingUsed == 0 && status.Journal.Files == 0 &&
				status.Rollups.PendingMinutes == 0 && w.queued(t) == 0 {
				return
			}
		}
		select {
		case <-deadline:
			t.Fatalf("not drained: %+v, %d sent", status, sent)
		case <-ticker.C:
		}
	}
}

// check compares the three books.
func (w *faultWorld) check(t *testing.T, sent uint64) {
	t.Helper()
	j, err := journal.Open(journal.Options{Dir: w.cfg.Journal.Dir})
	if err != nil {
		t.Fatal(err)
	}
	ledger := j.Ledger()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if len(ledger) != 1 {
		t.Fatalf("ledger %+v, want one listener", ledger)
	}
	drops := w.drops(t)
	rows := w.number(t, "SELECT count() FROM media_reports FINAL")
	firsts := w.number(t, "SELECT countIf(baseline != '') FROM media_reports FINAL")
	distinct := w.number(t, "SELECT uniqExact(source_ssrc, extended_seq) FROM media_reports FINAL")
	rolled := w.number(t, "SELECT sum(reports) FROM quality_1m FINAL")
	expected := w.number(t, "SELECT toUInt64(sum(expected)) FROM media_reports FINAL")
	span := w.number(t, "SELECT toUInt64(sum(n)) FROM (SELECT max(extended_seq) - min(extended_seq) AS n FROM media_reports FINAL GROUP BY source_ssrc)")
	t.Logf("seed %d, %d kills: sent %d, ledger %d datagrams %d rows %d duplicates, kernel drops %d, table %d rows, rollups %d",
		faultSeed, faultRounds, sent, ledger[0].Datagrams, ledger[0].Rows, ledger[0].Duplicates, drops, rows, rolled)
	if ledger[0].Datagrams+drops != sent {
		t.Errorf("sender %d != ledger %d + drops %d", sent, ledger[0].Datagrams, drops)
	}
	if rows != ledger[0].Rows || distinct != rows {
		t.Errorf("ledger %d rows, table %d, distinct %d", ledger[0].Rows, rows, distinct)
	}
	if rolled != rows {
		t.Errorf("rollups count %d reports, the table has %d", rolled, rows)
	}
	if firsts != faultStreams {
		t.Errorf("%d reports without a predecessor, want one a stream: %d", firsts, faultStreams)
	}
	if expected != span {
		t.Errorf("intervals add up to %d packets, the streams span %d", expected, span)
	}
}

// number asks the engine for one number.
func (w *faultWorld) number(t *testing.T, sql string) uint64 {
	t.Helper()
	response, err := http.Post(w.cfg.SQLURL(), "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		t.Fatalf("%s: %s", sql, text)
	}
	return n
}

// drops and queued read the kernel's own statistics of the socket.
func (w *faultWorld) drops(t *testing.T) uint64 { return w.procNetUDP(t, 12, 10) }

func (w *faultWorld) queued(t *testing.T) uint64 { return w.procNetUDP(t, 4, 16) }

func (w *faultWorld) procNetUDP(t *testing.T, column, base int) uint64 {
	t.Helper()
	data, err := os.ReadFile("/proc/net/udp")
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprintf(":%04X", w.conn.LocalAddr().(*net.UDPAddr).Port)
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) > column && strings.HasSuffix(fields[1], port) {
			text := fields[column]
			if _, rx, ok := strings.Cut(text, ":"); ok {
				text = rx
			}
			n, err := strconv.ParseUint(text, base, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("the socket is not in /proc/net/udp")
	return 0
}

// faultSender sends distinct reports at a steady pace.
type faultSender struct {
	sent   atomic.Uint64
	cancel context.CancelFunc
	done   chan error
}

func (w *faultWorld) startSender(t *testing.T) *faultSender {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &faultSender{cancel: cancel, done: make(chan error, 1)}
	target := w.conn.LocalAddr().(*net.UDPAddr)
	go func() { s.done <- s.run(ctx, target) }()
	return s
}

// run sends 20 reports every 10 ms, over the streams in turn.
func (s *faultSender) run(ctx context.Context, target *net.UDPAddr) error {
	conn, err := net.DialUDP("udp", nil, target)
	if err != nil {
		return err
	}
	defer conn.Close()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for n := uint32(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		for range 20 {
			stream, report := n%faultStreams, n/faultStreams
			if _, err := conn.Write(faultReport(stream, report)); err != nil {
				return err
			}
			n++
			s.sent.Add(1)
		}
	}
}

// faultReport is a receiver report of which no two are alike.
func faultReport(stream, report uint32) []byte {
	b := []byte{0x81, 201, 0, 7}
	b = binary.BigEndian.AppendUint32(b, 0x10000+stream)
	b = binary.BigEndian.AppendUint32(b, 0x20000+stream)
	b = binary.BigEndian.AppendUint32(b, report/10&0xffffff)
	b = binary.BigEndian.AppendUint32(b, 1000+50*report)
	b = binary.BigEndian.AppendUint32(b, 80)
	return append(b, make([]byte, 8)...)
}

// wait returns when so many have been sent.
func (s *faultSender) wait(t *testing.T, n uint64) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for s.sent.Load() < n {
		select {
		case err := <-s.done:
			t.Fatalf("sender: %v", err)
		case <-ticker.C:
		}
	}
}

// stop ends the sender and returns how many it has sent.
func (s *faultSender) stop(t *testing.T) uint64 {
	t.Helper()
	s.cancel()
	if err := <-s.done; err != nil {
		t.Fatalf("sender: %v", err)
	}
	return s.sent.Load()
}
