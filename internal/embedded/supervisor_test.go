package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// roleEnv makes the test binary a toy engine.
const roleEnv = "TRUNKLINE_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(toy(role))
	}
	os.Exit(m.Run())
}

// toyConfig is what the parent hands to a toy.
type toyConfig struct{ Greeting string }

// toy is an engine that answers with its process id and its greeting.
func toy(role string) int {
	if role == "silent" {
		return 7
	}
	var config toyConfig
	child, err := Attach(&config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	switch role {
	case "refuses":
		child.Fail("taken", errors.New("the toy is taken"))
		return 1
	case "dawdles":
		<-child.Done.Done()
		return 0
	case "stubborn":
		child.Ready()
		select {}
	}
	slog.New(slog.NewJSONHandler(os.Stderr, nil)).Warn("toy warning", "greeting", config.Greeting)
	fmt.Println("plain text")
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%d %s", os.Getpid(), config.Greeting)
	})}
	go func() { _ = server.Serve(child.Listener) }()
	child.Ready()
	<-child.Done.Done()
	return 0
}

// log collects a logger's text.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func options(role string) (Options, *log) {
	out := new(log)
	return Options{
		Name: "toy", Env: []string{roleEnv + "=" + role}, Config: toyConfig{Greeting: "hello"},
		ReadyTimeout: 30 * time.Second, StopTimeout: 10 * time.Second, MaxBackoff: 200 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(out, nil)),
	}, out
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// greet asks the engine once, over a connection of its own, for its process id.
func greet(t *testing.T, addr string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	r, err := client.Get("http://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	pid, greeting, _ := strings.Cut(string(body), " ")
	n, err := strconv.Atoi(pid)
	if err != nil || greeting != "hello" {
		t.Fatalf("answer %q", body)
	}
	return n
}

func TestStartAndStop(t *testing.T) {
	opt, out := options("answers")
	s, err := Start(within(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	status := s.Status()
	if status.State != Ready || status.PID == 0 || status.PID == os.Getpid() || status.Restarts != 0 {
		t.Errorf("status %+v", status)
	}
	if pid := greet(t, s.Addr()); pid != status.PID {
		t.Errorf("process %d answers, status says %d", pid, status.PID)
	}
	if err := s.Health(within(t)); err != nil {
		t.Errorf("health: %v", err)
	}
	if err := s.Stop(within(t)); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := s.Stop(within(t)); err != nil {
		t.Errorf("second stop: %v", err)
	}
	if _, err := net.Dial("tcp", s.Addr()); err == nil {
		t.Error("the port still takes connections after Stop")
	}
	if err := s.WaitReady(within(t)); !errors.Is(err, ErrStopped) {
		t.Errorf("WaitReady after Stop: %v", err)
	}
	if s.Health(within(t)) == nil {
		t.Error("healthy after Stop")
	}
	for _, want := range []string{"level=WARN msg=\"toy warning\" engine=toy greeting=hello", "level=INFO msg=\"plain text\" engine=toy from=child", "forced=false"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, out)
		}
	}
}

// TestConnectionsQueueDuringRestart kills the child: a connection made right
// away waits for the next one, on the same port.
func TestConnectionsQueueDuringRestart(t *testing.T) {
	opt, _ := options("answers")
	s, err := Start(within(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(within(t))
	addr := s.Addr()
	for round := 1; round <= 3; round++ {
		before := s.Status().PID
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// Whatever the dying process accepted is reset; what comes later is not.
		for s.Status().PID == before {
			if err := s.waitChange(within(t)); err != nil {
				t.Fatal(err)
			}
		}
		after := greet(t, addr)
		if after == before {
			t.Fatalf("round %d: process %d answers after it was killed", round, before)
		}
		if err := s.WaitReady(within(t)); err != nil {
			t.Fatal(err)
		}
		status := s.Status()
		if status.PID != after || status.Restarts != round || !strings.Contains(status.LastExit, "killed") || s.Addr() != addr {
			t.Errorf("round %d: %+v at %s, want process %d at %s", round, status, s.Addr(), after, addr)
		}
	}
}

// waitChange waits until the status is another.
func (s *Supervisor) waitChange(ctx context.Context) error {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestStartFailures(t *testing.T) {
	opt, _ := options("refuses")
	_, err := Start(within(t), opt)
	var reported *ChildError
	if !errors.As(err, &reported) || reported.Code != "taken" || reported.Reason != "the toy is taken" {
		t.Errorf("a child that refuses: %v", err)
	}

	opt, _ = options("silent")
	if _, err = Start(within(t), opt); err == nil || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("a child that ends at once: %v", err)
	}

	opt, _ = options("dawdles")
	opt.ReadyTimeout = 200 * time.Millisecond
	if _, err = Start(within(t), opt); err == nil || !strings.Contains(err.Error(), "not ready within 200ms") {
		t.Errorf("a child that does not become ready: %v", err)
	}

	opt, _ = options("dawdles")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err = Start(ctx, opt); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a start that its caller gives up: %v", err)
	}

	opt, _ = options("answers")
	opt.Path = "/no/such/program"
	if _, err = Start(within(t), opt); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: %v", err)
	}

	for _, addr := range []string{"0.0.0.0:0", "192.0.2.1:80", ":0", "example.org:0", "[::]:0"} {
		opt, _ = options("answers")
		opt.Listen = addr
		if _, err = Start(within(t), opt); !errors.Is(err, ErrNotLoopback) {
			t.Errorf("listening on %q: %v", addr, err)
		}
	}
}

func TestStopByForce(t *testing.T) {
	opt, out := options("stubborn")
	opt.StopTimeout = 200 * time.Millisecond
	s, err := Start(within(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	pid := s.Status().PID
	if err := s.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", pid, err)
	}
	if !strings.Contains(out.String(), "forced=true") {
		t.Errorf("the log does not say that it was forced:\n%s", out)
	}

	opt, _ = options("stubborn")
	s, err = Start(within(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Stop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a stop without patience: %v", err)
	}
	if s.Status().State != Stopped {
		t.Errorf("state %s", s.Status().State)
	}
}

// TestRetriesForEver lets the program vanish between two children: the
// supervisor goes on trying, says so, and can be stopped.
func TestRetriesForEver(t *testing.T) {
	opt, out := options("answers")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	opt.Path = t.TempDir() + "/program"
	if err := os.Symlink(self, opt.Path); err != nil {
		t.Fatal(err)
	}
	s, err := Start(within(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(opt.Path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.Status().PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for s.Status().Restarts < 2 {
		if err := s.waitChange(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if status := s.Status(); status.State != Restarting || s.Health(within(t)) == nil {
		t.Errorf("status %+v while there is no program", status)
	}
	if err := os.Symlink(self, opt.Path); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitReady(within(t)); err != nil {
		t.Error(err)
	}
	if err := s.Stop(within(t)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(out.String(), "engine does not start") {
		t.Errorf("the log does not tell of failed starts:\n%s", out)
	}
}

func TestAttachWithoutSupervisor(t *testing.T) {
	cmd := selfCommand(t, "answers")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no supervisor") {
		t.Errorf("a role started by hand: %v, %q", err, out)
	}
}

func TestHealthProbe(t *testing.T) {
	opt, _ := options("answers")
	sick := errors.New("sick")
	opt.Probe = func(_ context.Context, addr string) error {
		if addr == "" {
			t.Error("the probe got no address")
		}
		return sick
	}
	s, err := Start(within(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop(within(t))
	if err := s.Health(within(t)); !errors.Is(err, sick) {
		t.Errorf("health: %v, want the probe's answer", err)
	}
}
