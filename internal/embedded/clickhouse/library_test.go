package clickhouse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindLibrary(t *testing.T) {
	dir := t.TempDir()
	lib := filepath.Join(dir, "some.so")
	if err := os.WriteFile(lib, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(LibraryEnv, filepath.Join(dir, "other.so"))
	if got, err := FindLibrary(lib); err != nil || got != lib {
		t.Errorf("an option comes before the environment: %q, %v", got, err)
	}
	if _, err := FindLibrary(""); !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), LibraryEnv) {
		t.Errorf("an environment that names no file: %v", err)
	}
	t.Setenv(LibraryEnv, lib)
	if got, err := FindLibrary(""); err != nil || got != lib {
		t.Errorf("the environment: %q, %v", got, err)
	}
	if _, err := FindLibrary(dir); !errors.Is(err, ErrNoLibrary) {
		t.Errorf("a directory: %v", err)
	}

	// A checkout is found from any directory below its root.
	t.Setenv(LibraryEnv, "")
	below, err := packaged()
	if err != nil {
		t.Skip(err)
	}
	inTree := filepath.Join(dir, below)
	deep := filepath.Join(dir, "some", "where", "deep")
	for _, d := range []string{filepath.Dir(inTree), deep} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(deep)
	if _, err := FindLibrary(""); !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), "make deps") {
		t.Errorf("no library anywhere: %v", err)
	}
	if err := os.WriteFile(inTree, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := FindLibrary(""); err != nil || !strings.HasSuffix(got, below) {
		t.Errorf("in a checkout: %q, %v", got, err)
	}
}
