//go:build unix

package udp

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// firstInherited is the descriptor of the first socket that is passed.
const firstInherited = 3

// InheritedSocket returns a socket that a supervisor passed to this process as
// sd_listen_fds(3) describes it: LISTEN_PID is our process id, LISTEN_FDS the
// number of descriptors from 3 on and LISTEN_FDNAMES their names, separated by
// colons. name "" takes the only one. Close the file after Listen.
func InheritedSocket(name string) (*os.File, error) {
	return inherited(name, os.Getenv, os.Getpid())
}

func inherited(name string, getenv func(string) string, pid int) (*os.File, error) {
	if getenv("LISTEN_PID") != strconv.Itoa(pid) {
		return nil, fmt.Errorf("udp: LISTEN_PID: want %d, have %q: %w", pid, getenv("LISTEN_PID"), ErrNoSocket)
	}
	count, err := strconv.Atoi(getenv("LISTEN_FDS"))
	if err != nil || count < 0 || count > 1024 {
		return nil, fmt.Errorf("udp: LISTEN_FDS: want a number up to 1024, have %q", getenv("LISTEN_FDS"))
	}
	index := 0
	if name != "" {
		names := strings.Split(getenv("LISTEN_FDNAMES"), ":")
		if index = slices.Index(names, name); index < 0 || index >= count {
			return nil, fmt.Errorf("udp: socket %q among LISTEN_FDNAMES %q: %w", name, names, ErrNoSocket)
		}
	} else if count != 1 {
		return nil, fmt.Errorf("udp: LISTEN_FDS: want one socket, or a name to choose by, have %d: %w", count, ErrNoSocket)
	}
	fd := firstInherited + index
	// Children of this process must not keep the socket open.
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "inherited:"+name), nil
}
