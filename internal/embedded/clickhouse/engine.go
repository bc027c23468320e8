package clickhouse

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/trunkline-cc/trunkline/internal/embedded"
)

// ErrInUse means that another engine has the data directory. The message says
// which.
var ErrInUse = errors.New("the data directory is in use")

// Codes that the child reports.
const (
	codeInUse     = "in use"
	codeNoLibrary = "no library"
)

// Engine is a running embedded ClickHouse. Its methods may be called
// concurrently.
type Engine struct {
	*embedded.Supervisor
	user, password string
}

// Start starts an engine on its data directory and returns when it answers. The
// error wraps [ErrNoLibrary] or [ErrInUse] where that is the reason. ctx bounds
// the start only; the engine runs until Stop.
func Start(ctx context.Context, opt Options) (*Engine, error) {
	if opt.DataDir == "" {
		return nil, errors.New("clickhouse: Options.DataDir is required")
	}
	opt = opt.withDefaults()
	dir, err := filepath.Abs(opt.DataDir)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: data directory: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("clickhouse: data directory: %w", err)
	}
	lib, err := FindLibrary(opt.LibPath)
	if err != nil {
		return nil, fmt.Errorf("clickhouse: %w", err)
	}
	if opt.Password == "" {
		if opt.Password, err = randomPassword(); err != nil {
			return nil, fmt.Errorf("clickhouse: %w", err)
		}
	}
	s, err := embedded.Start(ctx, embedded.Options{
		Name: "clickhouse", Path: opt.Executable, Args: opt.Args, Dir: dir,
		// The engine takes its time zone from here, not from its configuration.
		Env:         append([]string{"TZ=UTC"}, opt.Env...),
		StopTimeout: opt.StopTimeout, Probe: ping, Logger: opt.Logger,
		Config: childConfig{
			DataDir: dir, LibPath: lib, User: opt.User, Password: opt.Password,
			MaxServerMemoryBytes: opt.MaxServerMemoryBytes, MaxQueryMemoryBytes: opt.MaxQueryMemoryBytes,
			MaxQuerySeconds: int64(opt.MaxQueryTime.Seconds()), MaxConcurrent: opt.MaxConcurrent,
			Parent: filepath.Base(os.Args[0]),
		},
	})
	if err != nil {
		return nil, known(err)
	}
	return &Engine{Supervisor: s, user: opt.User, password: opt.Password}, nil
}

// known gives the child's failures their sentinels back.
func known(err error) error {
	var reported *embedded.ChildError
	if errors.As(err, &reported) {
		switch reported.Code {
		case codeInUse:
			return fmt.Errorf("%w: %w", ErrInUse, err)
		case codeNoLibrary:
			return fmt.Errorf("%w: %w", ErrNoLibrary, err)
		}
	}
	return err
}

// DSN is the address with credentials, as clickhouse-go takes it.
func (e *Engine) DSN() string {
	u := url.URL{Scheme: "http", User: url.UserPassword(e.user, e.password), Host: e.Addr(), Path: "/default"}
	return u.String()
}

// URL is the address without credentials: http://127.0.0.1:PORT.
func (e *Engine) URL() string { return "http://" + e.Addr() }

// User is the name of the one user.
func (e *Engine) User() string { return e.user }

// Password is that of the one user.
func (e *Engine) Password() string { return e.password }

// PID is the process that runs the engine now; 0 while there is none.
func (e *Engine) PID() int { return e.Status().PID }

// ping asks the front whether it is up. It does not ask the engine behind it,
// which may be busy for good reason.
func ping(ctx context.Context, addr string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/ping", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("ping: status %s", answer.Status)
	}
	return nil
}

func randomPassword() (string, error) {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
