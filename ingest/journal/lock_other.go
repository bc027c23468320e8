//go:build !unix

package journal

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"
)

// ErrInUse is wrapped by the error about a journal that another process owns.
var ErrInUse = errors.New("journal in use")

// lockDir refuses: without a lock that ends with its process, two owners could
// not be told apart from one that crashed.
func lockDir(dir string, _ time.Time) (*os.File, error) {
	return nil, fmt.Errorf("journal lock %s: %s is not supported: %w", dir, runtime.GOOS, errors.ErrUnsupported)
}
