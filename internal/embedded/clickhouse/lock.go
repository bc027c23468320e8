package clickhouse

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockName is the file whose lock means that the directory is in use. The
// kernel frees the lock when its owner ends, however it does.
const lockName = "engine.lock"

// owner is who holds the lock; the file says it for people and for messages.
type owner struct {
	PID     int       `json:"pid"`
	Program string    `json:"program"`
	Started time.Time `json:"started"`
	Addr    string    `json:"addr"`
}

func (o owner) String() string {
	return fmt.Sprintf("%s (process %d, since %s, serving %s)", o.Program, o.PID, o.Started.Format(time.RFC3339), o.Addr)
}

// lockDir takes the directory for this process, or fails with [ErrInUse] and
// says who has it.
func lockDir(dir string, self owner) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		var other owner
		text, _ := io.ReadAll(io.LimitReader(f, 4<<10))
		if json.Unmarshal(text, &other) != nil {
			return nil, fmt.Errorf("%w: another process has %s: stop it, or choose another directory", ErrInUse, dir)
		}
		return nil, fmt.Errorf("%w: %s has %s: stop it, or choose another directory", ErrInUse, other, dir)
	}
	text, err := json.Marshal(self)
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
