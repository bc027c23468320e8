package embedded

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// report is a child's one line on fd 4, or that there was none.
type report struct{ err error }

// message is that line.
type message struct {
	Ready  bool   `json:"ready"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// child is a running process.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	report chan report
	ended  chan struct{} // closed when the process has been waited for
	output tail
}

// spawn starts the executable with its four descriptors.
func (s *Supervisor) spawn() (*child, error) {
	config, err := json.Marshal(s.opt.Config)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	reports, reporter, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reporter.Close()
	cmd := exec.Command(s.opt.Path, s.opt.Args...)
	cmd.Dir = s.opt.Dir
	cmd.Env = append(os.Environ(), s.opt.Env...)
	cmd.ExtraFiles = []*os.File{s.socket, reporter}
	setProcessAttributes(cmd)
	c := &child{cmd: cmd, report: make(chan report, 1), ended: make(chan struct{})}
	out := &lines{log: s.opt.Logger, tail: &c.output}
	cmd.Stdout, cmd.Stderr = out, out
	// A process that outlives the child may hold its output open.
	cmd.WaitDelay = time.Second
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		reports.Close()
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		reports.Close()
		return nil, err
	}
	go func() {
		_ = cmd.Wait()
		out.flush()
		close(c.ended)
	}()
	go func() {
		_, _ = c.stdin.Write(append(config, '\n')) // a child that does not read it reports nothing
	}()
	go func() {
		defer reports.Close()
		c.report <- s.readReport(reports)
	}()
	return c, nil
}

// readReport waits for the child's line; the pipe ends with the child.
func (s *Supervisor) readReport(r io.Reader) report {
	line, err := bufio.NewReader(io.LimitReader(r, 1<<20)).ReadBytes('\n')
	if err != nil {
		return report{fmt.Errorf("start %s: it ended before it was ready", s.opt.Name)}
	}
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return report{fmt.Errorf("start %s: it reported %q: %w", s.opt.Name, line, err)}
	}
	if !m.Ready {
		return report{&ChildError{Engine: s.opt.Name, Code: m.Code, Reason: m.Reason}}
	}
	return report{}
}

// end closes the child's fd 0 and waits; it kills what is still there after the
// timeout, and tells so.
func (c *child) end(timeout time.Duration) (forced bool) {
	_ = c.stdin.Close()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-c.ended:
		return false
	default:
	}
	select {
	case <-c.ended:
		return false
	case <-timer.C:
		_ = c.cmd.Process.Kill()
		<-c.ended
		return true
	}
}

// state is how the process ended.
func (c *child) state() string {
	select {
	case <-c.ended:
		return c.cmd.ProcessState.String()
	default:
		return "still running"
	}
}

// said is the end of what the child wrote, for messages.
func (c *child) said() string {
	if text := strings.TrimSpace(c.output.String()); text != "" {
		return "; it wrote: " + text
	}
	return ""
}

// tail keeps the last bytes written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 4 << 10

func (t *tail) add(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if extra := len(t.buf) - tailBytes; extra > 0 {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}

// lines passes output on line by line. A line that is a slog record in JSON, as
// our own children write, keeps its level.
type lines struct {
	log  *slog.Logger
	tail *tail
	mu   sync.Mutex
	part []byte
}

// maxLineBytes is where a line without end is cut.
const maxLineBytes = 16 << 10

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail.add(p)
	l.part = append(l.part, p...)
	for {
		n := bytes.IndexByte(l.part, '\n')
		if n < 0 {
			if len(l.part) < maxLineBytes {
				return len(p), nil
			}
			n = len(l.part) - 1
		}
		l.emit(l.part[:n+1])
		l.part = l.part[n+1:]
	}
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit(l.part)
	l.part = nil
}

func (l *lines) emit(line []byte) {
	text := strings.TrimRight(string(line), "\r\n")
	if text == "" {
		return
	}
	level, message, args, err := record(line)
	if err != nil {
		l.log.Info(text, "from", "child")
		return
	}
	l.log.Log(context.Background(), level, message, args...)
}

var errNoRecord = errors.New("no record")

// record reads a line of slog's JSON handler.
func record(line []byte) (level slog.Level, message string, args []any, err error) {
	var fields map[string]any
	if len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &fields) != nil {
		return 0, "", nil, errNoRecord
	}
	message, isText := fields[slog.MessageKey].(string)
	name, isLevel := fields[slog.LevelKey].(string)
	if !isText || !isLevel || level.UnmarshalText([]byte(name)) != nil {
		return 0, "", nil, errNoRecord
	}
	for key, value := range fields {
		if key != slog.MessageKey && key != slog.LevelKey && key != slog.TimeKey {
			args = append(args, slog.Any(key, value))
		}
	}
	return level, message, args, nil
}
