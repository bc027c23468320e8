package chdb

import (
	"errors"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// TestHandlersAreCompared changes a handler between two looks at the kernel's
// table.
func TestHandlersAreCompared(t *testing.T) {
	before, err := signalHandlers()
	if err != nil {
		t.Fatal(err)
	}
	if err := sameHandlers(before, before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGTSTP)
	defer signal.Reset(syscall.SIGTSTP)
	after, err := signalHandlers()
	if err != nil {
		t.Fatal(err)
	}
	if err := sameHandlers(before, after); !errors.Is(err, ErrSignals) || !strings.Contains(err.Error(), syscall.SIGTSTP.String()) || strings.Contains(err.Error(), syscall.SIGSEGV.String()) {
		t.Errorf("a changed handler of SIGTSTP: %v", err)
	}
}
