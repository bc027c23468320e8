package chdb

import (
	"fmt"
	"strings"
	"syscall"
	"unsafe"
)

// watched are the signals whose handlers the engine is known to replace.
var watched = [...]syscall.Signal{
	syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGILL, syscall.SIGBUS,
	syscall.SIGSYS, syscall.SIGFPE, syscall.SIGTSTP, syscall.SIGTRAP,
}

// sigaction is large enough for the kernel's struct on every 64-bit port.
type sigaction [8]uint64

// signalHandlers asks the kernel for the handlers of the watched signals. It
// goes past the C library, which would show its own wrappers.
func signalHandlers() ([]sigaction, error) {
	const sigsetBytes = 8
	table := make([]sigaction, len(watched))
	for i, sig := range watched {
		if _, _, errno := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(sig), 0, uintptr(unsafe.Pointer(&table[i])), sigsetBytes, 0, 0); errno != 0 {
			return nil, fmt.Errorf("rt_sigaction %v: %w", sig, errno)
		}
	}
	return table, nil
}

// sameHandlers names the signals whose handlers differ.
func sameHandlers(before, after []sigaction) error {
	var changed []string
	for i, sig := range watched {
		if before[i] != after[i] {
			changed = append(changed, sig.String())
		}
	}
	if changed != nil {
		return fmt.Errorf("%w: %s", ErrSignals, strings.Join(changed, ", "))
	}
	return nil
}
