//go:build unix

package udp

import (
	"errors"
	"strings"
	"testing"
)

func TestInheritedSocketIsRefused(t *testing.T) {
	tests := []struct {
		name, pid, fds, names, ask string
		none                       bool // ErrNoSocket
		text                       string
	}{
		{"no supervisor", "", "", "", "", true, `LISTEN_PID: want 7, have ""`},
		{"meant for another process", "8", "1", "", "", true, `LISTEN_PID: want 7, have "8"`},
		{"no count", "7", "", "", "", false, `LISTEN_FDS: want a number up to 1024, have ""`},
		{"negative count", "7", "-1", "", "", false, `have "-1"`},
		{"endless count", "7", "100000", "", "", false, `have "100000"`},
		{"none passed", "7", "0", "", "", true, "want one socket, or a name to choose by, have 0"},
		{"two, which one?", "7", "2", "rtcp:hep", "", true, "have 2"},
		{"unknown name", "7", "2", "rtcp:hep", "sip", true, `socket "sip" among LISTEN_FDNAMES ["rtcp" "hep"]`},
		{"name without descriptor", "7", "1", "rtcp:hep", "hep", true, `socket "hep"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{"LISTEN_PID": tt.pid, "LISTEN_FDS": tt.fds, "LISTEN_FDNAMES": tt.names}
			f, err := inherited(tt.ask, func(name string) string { return env[name] }, 7)
			if err == nil {
				f.Close()
				t.Fatal("accepted")
			}
			if errors.Is(err, ErrNoSocket) != tt.none || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %q, ErrNoSocket %v", err, tt.text, tt.none)
			}
		})
	}
}
