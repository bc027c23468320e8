package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/httpfront"
)

// Role is the argument that makes the program the engine's process.
const Role = "engine-clickhouse"

// drainTimeout is what running requests get when the engine is stopped.
const drainTimeout = 5 * time.Second

// Main is the engine's process: it takes over what its supervisor left it,
// serves until that is gone, and returns the exit code. args are ignored; the
// configuration comes from the supervisor.
func Main(_ []string) int {
	// The supervisor decides when to stop; a hang-up of the terminal is not meant
	// for this process.
	signal.Ignore(syscall.SIGHUP)
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	var config childConfig
	child, err := embedded.Attach(&config)
	if err != nil {
		fmt.Fprintln(os.Stderr, Role+":", err)
		return 2
	}
	if err := serve(child, config, log); err != nil {
		code := ""
		switch {
		case errors.Is(err, ErrInUse):
			code = codeInUse
		case errors.Is(err, chdb.ErrLoad):
			code = codeNoLibrary
		}
		child.Fail(code, err)
		log.Error("engine failed", "error", err)
		return 1
	}
	return 0
}

// serve runs the engine until the child is told to stop.
func serve(child *embedded.Child, config childConfig, log *slog.Logger) error {
	lock, err := lockDir(config.DataDir, owner{PID: os.Getpid(), Program: config.Parent, Started: time.Now().UTC().Truncate(time.Second), Addr: child.Listener.Addr().String()})
	if err != nil {
		return err
	}
	defer lock.Close()
	files, err := writeConfig(config)
	if err != nil {
		return err
	}
	if healed, err := healDeduplication(storeDir(config.DataDir)); err != nil {
		return err
	} else if healed > 0 {
		log.Warn("removed blocks that were never stored from the deduplication logs: the last process was killed while it stored them", "blocks", healed)
	}
	lib, err := chdb.Open(config.LibPath)
	if err != nil {
		return err
	}
	base := []string{"path=" + storeDir(config.DataDir), "config-file=" + files}
	front, err := httpfront.New(httpfront.Options{
		Connect:  func(settings ...string) (*chdb.Conn, error) { return lib.Connect(append(base, settings...)...) },
		User:     config.User,
		Password: config.Password, MaxConcurrent: config.MaxConcurrent, Logger: log,
	})
	if err != nil {
		return fmt.Errorf("open %s: %w", config.DataDir, err)
	}
	server := &http.Server{
		Handler: front, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 10 * time.Minute, MaxHeaderBytes: 2 << 20,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(child.Listener) }()
	child.Ready()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-child.Done.Done():
	}
	stop(server, front)
	return nil
}

// stop lets running requests end for a while, then interrupts them. Should the
// engine not come to rest, the process ends nevertheless: what was acknowledged
// is stored.
func stop(server *http.Server, front *httpfront.Handler) {
	watchdog := time.AfterFunc(2*drainTimeout, func() { os.Exit(3) })
	defer watchdog.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	_ = server.Shutdown(ctx)
	front.Close()
	_ = server.Close()
}

// storeDir is where the engine keeps its own files, apart from ours.
func storeDir(dir string) string { return filepath.Join(dir, "store") + string(filepath.Separator) }
