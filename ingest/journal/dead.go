package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// deadReason is the file beside a dead letter.
type deadReason struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Bury moves a batch to the dead letters with a reason for people. It will not
// be sent again unless somebody asks for it ([Retry]).
func (j *Journal) Bury(id schema.BatchID, reason string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, err := j.entry(id)
	if err != nil {
		return err
	}
	e := j.queue.entries[at]
	if err := j.buryFile(j.batchPath(&e), id, reason); err != nil {
		return fmt.Errorf("bury %s: %w", id, err)
	}
	j.queue.remove(at)
	j.counters.buried++
	j.o.Logger.Error("batch is a dead letter", "batch", id.String(), "table", e.Table, "rows", e.Rows, "reason", reason)
	return nil
}

// buryFile moves a file with its reason, the reason first: a letter without
// one would be worse than a reason without a letter.
func (j *Journal) buryFile(path string, id schema.BatchID, reason string) error {
	name := fileName{id: id}.String()
	if err := writeReason(j.path(deadDir), name, reason, j.o.Now()); err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(j.path(deadDir), name)); err != nil {
		return err
	}
	j.dead++
	return errors.Join(syncDir(j.path(deadDir)), syncDir(filepath.Dir(path)))
}

func writeReason(dir, name, reason string, at time.Time) error {
	text, err := json.Marshal(deadReason{Reason: reason, At: at.UTC()})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, name+reasonSuffix), text)
}

// readReason reads the file beside a dead letter; without one the reason is
// not known.
func readReason(dir, name string) deadReason {
	var r deadReason
	text, err := os.ReadFile(filepath.Join(dir, name+reasonSuffix))
	if err != nil || json.Unmarshal(text, &r) != nil {
		return deadReason{Reason: "not known"}
	}
	return r
}

// deadLetters lists the names of the dead letters in a journal's directory.
func deadLetters(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, deadDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if name := entry.Name(); entry.Type().IsRegular() && !strings.HasSuffix(name, reasonSuffix) && !strings.HasSuffix(name, tmpSuffix) {
			names = append(names, name)
		}
	}
	return names, nil
}
