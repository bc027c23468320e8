package interop

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/internal/testneed"
)

func TestMain(m *testing.M) {
	// Daemons live in sbin, which an ordinary user's PATH lacks on Debian.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin")
	// Tests wait for media most of the time, so more of them run at once than
	// there are processors; the flag on the command line has the last word.
	_ = flag.Set("test.parallel", "16")
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // the endpoints' own, which nobody reads
	chtest.Main(m)
}

const (
	// patience is how long a test waits for what must happen, on a busy machine.
	patience = 45 * time.Second
	// grace is how long a peer has to end by itself before it is killed.
	grace = 5 * time.Second
)

// peer is a child process, whose output is kept for a test that fails.
type peer struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser

	mu      sync.Mutex
	log     bytes.Buffer
	changed chan struct{} // closed and made anew with each read
	ended   chan struct{}
}

// launch describes a peer to start.
type launch struct {
	Program string
	Args    []string
	Env     []string // beside those of the test
	Dir     string
}

// start runs a program until the test ends.
func start(t *testing.T, l launch) *peer {
	t.Helper()
	p := &peer{t: t, name: l.Program, changed: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(testneed.Tool(t, l.Program), l.Args...)
	p.cmd.Dir = l.Dir
	p.cmd.Env = append(os.Environ(), l.Env...)
	setProcessAttributes(p.cmd)
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", l.Program, err)
	}
	w.Close()
	read := make(chan struct{})
	go func() {
		defer close(read)
		p.read(out)
	}()
	go func() {
		_ = p.cmd.Wait()
		<-read
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("output of %s:\n%s", p.name, tail(p.output(), 8<<10))
		}
	})
	return p
}

func (p *peer) read(out *os.File) {
	defer out.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := out.Read(buf)
		p.mu.Lock()
		p.log.Write(buf[:n])
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (p *peer) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// await waits until the peer has written what pattern matches, and returns its
// groups.
func (p *peer) await(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	timeout := time.After(patience)
	for {
		p.mu.Lock()
		text, changed := p.log.String(), p.changed
		p.mu.Unlock()
		if m := re.FindStringSubmatch(text); m != nil {
			return m
		}
		select {
		case <-changed:
		case <-p.ended:
			if re.FindString(p.output()) == "" {
				p.t.Fatalf("%s ended without %q", p.name, pattern)
			}
		case <-timeout:
			p.t.Fatalf("%s did not write %q", p.name, pattern)
		}
	}
}

// say writes a line to the peer's console.
func (p *peer) say(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatalf("%s takes no input: %v", p.name, err)
	}
}

// signal asks the peer to do something; it may have ended already.
func (p *peer) signal(s os.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Logf("signal %s: %v", p.name, err)
	}
}

// stop ends the peer, kindly first. It may be called again.
func (p *peer) stop() {
	_ = p.in.Close()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return
	case <-time.After(grace):
	}
	p.t.Logf("%s (pid %d) did not end within %v: killed", p.name, p.cmd.Process.Pid, grace)
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// tail is the end of a text.
func tail(s string, n int) string {
	if len(s) > n {
		return "...\n" + s[len(s)-n:]
	}
	return s
}

// media lets a peer play for a while: RTCP is paced by the clock, so there is
// no event to wait for but time itself. It ends early with the test.
func media(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
