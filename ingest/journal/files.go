package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Names inside a journal's directory.
const (
	batchesDir  = "batches"
	deadDir     = "dead"
	incomingDir = "incoming"
	logName     = "log"
	volumeName  = "volume"
	lockName    = "lock"

	tmpSuffix    = ".tmp"
	batchSuffix  = ".batch"
	sentSuffix   = ".sent"
	reasonSuffix = ".json"
)

// Rows hold addresses of people: nobody else on the machine reads them.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// fileName is a parsed name of a file in batches.
type fileName struct {
	id schema.BatchID
	// sent is when the file was first marked sent; zero while it was not.
	sent time.Time
	// tmp is a file that was being written.
	tmp bool
}

func (n fileName) String() string {
	switch {
	case n.tmp:
		return n.id.String() + tmpSuffix
	case n.sent.IsZero():
		return n.id.String() + batchSuffix
	default:
		return n.id.String() + "." + strconv.FormatInt(n.sent.UnixMilli(), 10) + sentSuffix
	}
}

// parseFileName reads a name; false means that the file is none of ours.
func parseFileName(name string) (fileName, bool) {
	base, suffix := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	var parsed fileName
	switch suffix {
	case batchSuffix:
	case tmpSuffix:
		parsed.tmp = true
	case sentSuffix:
		id, millis, ok := strings.Cut(base, ".")
		n, err := strconv.ParseInt(millis, 10, 64)
		if !ok || err != nil || n <= 0 {
			return parsed, false
		}
		base, parsed.sent = id, time.UnixMilli(n).UTC()
	default:
		return parsed, false
	}
	id, err := schema.ParseBatchID(base)
	parsed.id = id
	return parsed, err == nil && parsed.String() == name
}

// writeFile writes a new file of several parts and fsyncs it; a file that could
// not be finished is removed.
func writeFile(path string, parts ...[]byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err == nil {
			_, err = file.Write(part)
		}
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// renameDurably renames within one directory or across two of one volume and
// makes the new name durable.
func renameDurably(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// makeDirs makes the journal's directories.
func makeDirs(dir string) error {
	for _, name := range []string{"", batchesDir, deadDir, incomingDir} {
		if err := os.MkdirAll(filepath.Join(dir, name), dirMode); err != nil {
			return fmt.Errorf("journal: %w", err)
		}
	}
	return syncDir(dir)
}
