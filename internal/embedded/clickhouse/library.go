package clickhouse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNoLibrary means that libchdb is not on this machine, or not where it is
// looked for.
var ErrNoLibrary = errors.New("libchdb not found")

// LibraryEnv names the environment variable with the path of libchdb.
const LibraryEnv = "TRUNKLINE_LIBCHDB"

// FindLibrary is the path of libchdb: given itself, if it is not empty, else
// what the environment, the executable's directory or a checkout offer. The
// error wraps [ErrNoLibrary].
func FindLibrary(given string) (string, error) {
	if given != "" {
		return stated(given, "the option")
	}
	if path := os.Getenv(LibraryEnv); path != "" {
		return stated(path, "$"+LibraryEnv)
	}
	var from []string
	if exe, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(exe), libraryName)
		if isFile(beside) {
			return beside, nil
		}
		from = append(from, filepath.Dir(exe))
	}
	if dir, err := os.Getwd(); err == nil {
		from = append(from, dir)
	}
	inCheckout, err := packaged()
	if err != nil {
		return "", err
	}
	for _, dir := range from {
		for ; ; dir = filepath.Dir(dir) {
			if path := filepath.Join(dir, inCheckout); isFile(path) {
				return path, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", fmt.Errorf("%w: run `make deps` in the checkout, or set %s to the path of %s", ErrNoLibrary, LibraryEnv, libraryName)
}

// libraryName is what the npm packages call it on every system.
const libraryName = "libchdb.so"

// packaged is the library's path below the root of a checkout.
func packaged() (string, error) {
	name := map[string]string{
		"linux/amd64": "lib-linux-x64-gnu", "linux/arm64": "lib-linux-arm64-gnu",
		"darwin/amd64": "lib-darwin-x64", "darwin/arm64": "lib-darwin-arm64",
	}[runtime.GOOS+"/"+runtime.GOARCH]
	if name == "" {
		return "", fmt.Errorf("%w: there is none for %s/%s", ErrNoLibrary, runtime.GOOS, runtime.GOARCH)
	}
	return filepath.Join("internal", "embedded", "clickhouse", "libchdb", "node_modules", "@chdb", name, libraryName), nil
}

func stated(path, by string) (string, error) {
	if !isFile(path) {
		return "", fmt.Errorf("%w: %s says %s, which is no file", ErrNoLibrary, by, path)
	}
	return filepath.Abs(path)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
