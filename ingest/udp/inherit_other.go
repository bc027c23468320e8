//go:build !unix

package udp

import (
	"fmt"
	"os"
)

// InheritedSocket passes sockets on Unix only; the error wraps [ErrNoSocket].
func InheritedSocket(name string) (*os.File, error) {
	return nil, fmt.Errorf("udp: socket %q: %w on this system", name, ErrNoSocket)
}
