package cli

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestRecomputeRefusesAWrongCall names the flag and what it wants, before
// anything is opened.
func TestRecomputeRefusesAWrongCall(t *testing.T) {
	now := time.Now().UTC().Format(time.RFC3339)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no from":    {nil, "--from is required"},
		"no to":      {[]string{"--from", "2026-11-01"}, "--to is required"},
		"not a time": {[]string{"--from", "yesterday", "--to", "2026-11-01"}, `--from "yesterday": want a time`},
		"backwards":  {[]string{"--from", "2026-11-02", "--to", "2026-11-01"}, "is not before"},
		"too young":  {[]string{"--from", "2026-11-01", "--to", now}, "less than 10m0s ago"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := runCommand(t, newRecomputeCommand(), c.args...)
			if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a usage error with %q", err, c.want)
			}
		})
	}
}
