package chtest

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// dirPattern names the data directories of test binaries.
const dirPattern = "trunkline-chtest-"

// keepFor is how long what a failed or killed test binary left behind is kept.
const keepFor = 24 * time.Hour

// sweep removes data directories that nobody has used for a day.
func sweep(temp string, now time.Time) {
	dirs, err := filepath.Glob(filepath.Join(temp, dirPattern+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || now.Sub(info.ModTime()) < keepFor || inUse(dir) {
			continue
		}
		_ = os.RemoveAll(dir) // another user's directory stays
	}
}

// inUse reports whether an engine has the directory.
func inUse(dir string) bool {
	lock, err := os.Open(filepath.Join(dir, "engine.lock"))
	if err != nil {
		return false
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}
