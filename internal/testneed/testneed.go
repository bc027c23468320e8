// Package testneed is what tests ask for parts that a machine may lack: a
// program, a folder beside the repository. With CI=true a missing part fails
// the test, elsewhere it is skipped by name, and the test run counts skips at
// its end.
package testneed

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Missing skips the test, or fails it where nothing may be missing.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// Tool returns the path of a program that `make deps` installs.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "no %s on this machine: make deps", name)
	}
	return path
}

// Shared returns the path of a file or folder of ../shared, which holds
// captures and samples; TRUNKLINE_SHARED names another place for it.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	root := os.Getenv("TRUNKLINE_SHARED")
	if root == "" {
		_, self, _, ok := runtime.Caller(0)
		if !ok || !filepath.IsAbs(self) {
			Missing(t, "set TRUNKLINE_SHARED: the place of the sources is not known")
		}
		root = filepath.Join(filepath.Dir(self), "..", "..", "..", "shared")
	}
	path := filepath.Join(append([]string{root}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		Missing(t, "no %s (set TRUNKLINE_SHARED)", path)
	}
	return path
}
