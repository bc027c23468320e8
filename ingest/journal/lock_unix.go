//go:build unix

package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrInUse is wrapped by the error about a journal that another process owns.
var ErrInUse = errors.New("journal in use")

// lockDir takes the directory for this process. The kernel lets go of the lock
// when the process ends, however it ends.
func lockDir(dir string, now time.Time) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, fmt.Errorf("journal lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner, _ := os.ReadFile(file.Name())
		file.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("journal lock %s: %w", dir, err)
		}
		return nil, fmt.Errorf("%w: %s belongs to %s; each process needs a journal directory of its own", ErrInUse, dir, ownerText(owner))
	}
	owner := fmt.Sprintf("process %d since %s\n", os.Getpid(), now.UTC().Format(time.RFC3339))
	if err := errors.Join(file.Truncate(0), writeAt(file, owner)); err != nil {
		file.Close()
		return nil, fmt.Errorf("journal lock %s: %w", dir, err)
	}
	return file, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

func ownerText(owner []byte) string {
	if text := strings.TrimSpace(string(owner)); text != "" {
		return text
	}
	return "another process"
}
