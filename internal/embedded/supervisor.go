package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// Errors that callers tell apart.
var (
	// ErrNotLoopback means that an engine was to listen where others can reach it.
	ErrNotLoopback = errors.New("an embedded engine listens on a loopback address only")
	// ErrStopped means that the supervisor has been stopped.
	ErrStopped = errors.New("the engine has been stopped")
)

// ChildError is the failure that a child reported while it started.
type ChildError struct {
	Engine string
	Code   string // a word of the engine's own, for callers to branch on; may be ""
	Reason string
}

func (e *ChildError) Error() string { return e.Engine + ": " + e.Reason }

// Options of a [Supervisor]. Zero values stand for the defaults.
type Options struct {
	// Name of the engine in messages and logs. Required.
	Name string
	// Path of the executable. Default: this program's.
	Path string
	// Args of the child, without the program's name.
	Args []string
	// Env is added to this process's environment, as "NAME=value".
	Env []string
	// Dir is the child's working directory. Default: this process's.
	Dir string
	// Listen is the loopback address and port. Default "127.0.0.1:0".
	Listen string
	// Config is encoded as JSON and handed to each child; secrets in it are not
	// visible in the list of processes.
	Config any
	// ReadyTimeout bounds the start of a child. Default 1 minute.
	ReadyTimeout time.Duration
	// StopTimeout is what a child has to end by itself. Default 15 seconds.
	StopTimeout time.Duration
	// MaxBackoff bounds the pause between restarts, which starts at 100 ms and
	// doubles while children die within a minute. Default 15 seconds.
	MaxBackoff time.Duration
	// Probe asks the engine whether it works; see [Supervisor.Health]. Default:
	// it works while its process is ready.
	Probe func(ctx context.Context, addr string) error
	// Logger gets starts, ends and what children write to their standard output
	// and error. Default slog.Default().
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	o.ReadyTimeout = cmp.Or(o.ReadyTimeout, time.Minute)
	o.StopTimeout = cmp.Or(o.StopTimeout, 15*time.Second)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 15*time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Logger = o.Logger.With("engine", o.Name)
	return o
}

// State of an engine.
type State string

// States.
const (
	Starting   State = "starting"
	Ready      State = "ready"
	Restarting State = "restarting"
	Stopped    State = "stopped"
)

// Status is a snapshot.
type Status struct {
	State    State
	PID      int    // of the child; 0 while there is none
	Restarts int    // children started after the first
	LastExit string // how the last child ended; "" if none has
	Since    time.Time
}

// Supervisor keeps one engine running. Its methods may be called concurrently.
type Supervisor struct {
	opt      Options
	listener *net.TCPListener
	socket   *os.File

	stop     chan struct{} // closed by Stop
	finished chan struct{} // closed when the loop has ended
	once     sync.Once

	mu      sync.Mutex
	status  Status
	changed chan struct{} // closed and replaced whenever status changes
}

// Start opens the socket and starts the first child. It returns when that is
// ready; its failure to become so is a [*ChildError] or says how it ended. ctx
// bounds the start only.
func Start(ctx context.Context, opt Options) (*Supervisor, error) {
	if opt.Name == "" {
		return nil, errors.New("embedded: Options.Name is required")
	}
	opt = opt.withDefaults()
	if opt.Path == "" {
		path, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("%s: own executable: %w", opt.Name, err)
		}
		opt.Path = path
	}
	listener, err := listen(ctx, opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", opt.Name, err)
	}
	socket, err := listener.File()
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("%s: socket: %w", opt.Name, err)
	}
	s := &Supervisor{
		opt: opt, listener: listener, socket: socket,
		stop: make(chan struct{}), finished: make(chan struct{}), changed: make(chan struct{}),
		status: Status{State: Starting, Since: time.Now()},
	}
	first := make(chan error, 1)
	go s.supervise(ctx, first)
	if err := <-first; err != nil {
		<-s.finished
		return nil, err
	}
	return s, nil
}

func listen(ctx context.Context, address string) (*net.TCPListener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%w: %q is none", ErrNotLoopback, address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return listener.(*net.TCPListener), nil
}

// Addr is the address of the engine, the same for all its children.
func (s *Supervisor) Addr() string { return s.listener.Addr().String() }

// Status tells how the engine is.
func (s *Supervisor) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// WaitReady returns when a child is ready, with [ErrStopped] when there will be
// none, or with the error of ctx.
func (s *Supervisor) WaitReady(ctx context.Context) error {
	for {
		s.mu.Lock()
		state, changed := s.status.State, s.changed
		s.mu.Unlock()
		switch state {
		case Ready:
			return nil
		case Stopped:
			return ErrStopped
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", s.opt.Name, ctx.Err())
		}
	}
}

// Health is nil while a child is ready and passes the probe.
func (s *Supervisor) Health(ctx context.Context) error {
	status := s.Status()
	if status.State != Ready {
		return fmt.Errorf("%s is %s (%s)", s.opt.Name, status.State, cmp.Or(status.LastExit, "no child has ended"))
	}
	if s.opt.Probe == nil {
		return nil
	}
	return s.opt.Probe(ctx, s.Addr())
}

// Stop ends the child, by force once StopTimeout has passed or ctx has ended,
// and closes the socket. Further calls wait for the first.
func (s *Supervisor) Stop(ctx context.Context) error {
	s.once.Do(func() { close(s.stop) })
	select {
	case <-s.finished:
		return nil
	case <-ctx.Done():
		s.kill()
		<-s.finished
		return fmt.Errorf("stop %s: killed: %w", s.opt.Name, ctx.Err())
	}
}

// kill ends the child by force, if there is one.
func (s *Supervisor) kill() {
	if pid := s.Status().PID; pid > 0 {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
	}
}

func (s *Supervisor) set(change func(*Status)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.status)
	s.status.Since = time.Now()
	close(s.changed)
	s.changed = make(chan struct{})
}
