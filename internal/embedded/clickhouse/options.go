package clickhouse

import (
	"cmp"
	"log/slog"
	"time"
)

// Options of [Start]. Zero values stand for the defaults.
type Options struct {
	// DataDir is where the engine keeps everything; made if it is missing.
	// Required.
	DataDir string
	// LibPath is the path of libchdb. Default: see [FindLibrary].
	LibPath string
	// Listen is the loopback address and port. Default "127.0.0.1:0", a free port.
	Listen string
	// User and Password of the one user. Default "default" and 128 random bits.
	User, Password string
	// MaxServerMemoryBytes bounds the engine as a whole: a query that would
	// exceed it fails with code 241. Default 3 GiB.
	MaxServerMemoryBytes int64
	// MaxQueryMemoryBytes bounds one query, and no query may ask for more.
	// Default two thirds of MaxServerMemoryBytes.
	MaxQueryMemoryBytes int64
	// MaxQueryTime bounds one query, unless it sets max_execution_time itself.
	// Default 10 minutes.
	MaxQueryTime time.Duration
	// MaxConcurrent bounds the statements that run at once. Default 16, or four
	// per CPU if that is more.
	MaxConcurrent int
	// StopTimeout is what the engine has to end by itself. Default 15 seconds.
	StopTimeout time.Duration
	// Executable and Args start a child that calls [Main]. Default: this program
	// with the argument [Role].
	Executable string
	Args       []string
	// Env is added to the child's environment, as "NAME=value".
	Env []string
	// Logger gets what happens to the engine. Default slog.Default().
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	o.User = cmp.Or(o.User, "default")
	o.MaxServerMemoryBytes = cmp.Or(o.MaxServerMemoryBytes, 3<<30)
	o.MaxQueryMemoryBytes = cmp.Or(o.MaxQueryMemoryBytes, o.MaxServerMemoryBytes/3*2)
	o.MaxQueryTime = cmp.Or(o.MaxQueryTime, 10*time.Minute)
	if o.Args == nil {
		o.Args = []string{Role}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// childConfig is what the parent hands to the child.
type childConfig struct {
	DataDir              string
	LibPath              string
	User, Password       string
	MaxServerMemoryBytes int64
	MaxQueryMemoryBytes  int64
	MaxQuerySeconds      int64
	MaxConcurrent        int
	Parent               string // who started it, for the lock
}
