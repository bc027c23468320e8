package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Rescan notices what other processes have put into the directory: dead
// letters to be tried again, and what another volume handed over. The sink
// calls it now and then.
func (j *Journal) Rescan() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return err
	}
	return j.rescan()
}

func (j *Journal) rescan() error {
	before := len(j.queue.entries)
	if err := j.takeIn(); err != nil {
		return fmt.Errorf("incoming: %w", err)
	}
	if err := j.scanBatches(); err != nil {
		return fmt.Errorf("batches: %w", err)
	}
	dead, err := deadLetters(j.o.Dir)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	j.dead = len(dead)
	if len(j.queue.entries) > before {
		j.signal()
	}
	return nil
}

// scanBatches puts files into the queue that are not in it.
func (j *Journal) scanBatches() error {
	entries, err := os.ReadDir(j.path(batchesDir))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, ok := parseFileName(entry.Name())
		if !ok {
			j.o.Logger.Warn("not a journal file", "file", entry.Name())
			continue
		}
		if name.tmp || j.queue.has(name.id) {
			continue
		}
		if err := j.scanBatch(name); err != nil {
			return err
		}
	}
	return nil
}

// scanBatch puts one file into the queue, or to the dead letters.
func (j *Journal) scanBatch(name fileName) error {
	path := filepath.Join(j.path(batchesDir), name.String())
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	h, err := headerOf(path)
	if errors.Is(err, ErrCorrupt) {
		j.counters.buried++
		j.o.Logger.Error("batch is a dead letter", "batch", name.id.String(), "reason", err)
		return j.buryFile(path, name.id, err.Error())
	}
	if err != nil {
		return err
	}
	e := entryOf(name.id, &h, info.Size())
	e.Sent = name.sent
	j.queue.add(e)
	return nil
}

// handOverName is the file in incoming/VOLUME that says whose it is. It is
// written last and removed last.
const handOverName = "volume.json"

// takeIn moves what other volumes handed over into this one. Each step can be
// repeated: files move first, then one record of the log takes the ledger in,
// once for each volume.
func (j *Journal) takeIn() error {
	volumes, err := os.ReadDir(j.path(incomingDir))
	if err != nil {
		return err
	}
	for _, volume := range volumes {
		if !volume.IsDir() || strings.HasSuffix(volume.Name(), tmpSuffix) {
			continue
		}
		if err := j.takeInVolume(filepath.Join(j.path(incomingDir), volume.Name())); err != nil {
			return fmt.Errorf("%s: %w", volume.Name(), err)
		}
	}
	return nil
}

func (j *Journal) takeInVolume(dir string) error {
	for _, name := range []string{batchesDir, deadDir} {
		if err := moveFiles(filepath.Join(dir, name), j.path(name)); err != nil {
			return err
		}
	}
	if err := j.o.crash("moved in"); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, handOverName))
	if err != nil {
		return err
	}
	var adopted adoptedRecord
	if err := json.Unmarshal(text, &adopted); err != nil || adopted.Volume == "" {
		return errors.Join(fmt.Errorf("%w: %s names no volume", ErrCorrupt, handOverName), err)
	}
	if !j.adopted[adopted.Volume] {
		r := &record{Adopted: &adopted}
		if err := j.wal.append(r, true); err != nil {
			return err
		}
		j.apply(r)
		j.o.Logger.Info("took over a journal", "volume", adopted.Volume)
	}
	return os.RemoveAll(dir)
}

// moveFiles renames all files of a directory into another, durably.
func moveFiles(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return syncDir(to)
}
