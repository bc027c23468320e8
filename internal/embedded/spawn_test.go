package embedded

import (
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// selfCommand runs this test binary in a role, without a supervisor.
func selfCommand(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	return cmd
}

func TestLinesKeepLevelsAndBounds(t *testing.T) {
	out := new(log)
	l := &lines{log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug})), tail: new(tail)}
	for _, piece := range []string{
		`{"time":"2026-01-01T00:00:00Z","level":"ERROR","msg":"broken`, `","code":60}` + "\n",
		"<Error> something\r\n\n", `{"no":"record"}` + "\n", strings.Repeat("x", maxLineBytes+10), "\nlast without end",
	} {
		if n, err := l.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	l.flush()
	text := out.String()
	for _, want := range []string{"level=ERROR msg=broken code=60\n", `msg="<Error> something" from=child`, `msg="{\"no\":\"record\"}"`, `msg="last without end"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q:\n%.2000s", want, text)
		}
	}
	if n := strings.Count(text, "\n"); n != 5 {
		t.Errorf("%d records, want 5", n)
	}
	if tail := l.tail.String(); len(tail) != tailBytes || !strings.HasSuffix(tail, "last without end") {
		t.Errorf("the tail has %d bytes and ends %q", len(tail), tail[len(tail)-20:])
	}
}
