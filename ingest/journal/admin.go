package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// States of a file in a journal.
const (
	// StateWaiting: durable, not sent yet.
	StateWaiting = "waiting"
	// StateSent: sent, not confirmed.
	StateSent = "sent"
	// StateDead: a dead letter.
	StateDead = "dead"
)

// Item is a file of a journal, as people look at it.
type Item struct {
	// Name is what Retry and Drop take.
	Name  string `json:"name"`
	State string `json:"state"`
	Table string `json:"table,omitempty"`
	Rows  int    `json:"rows"`
	Bytes int64  `json:"bytes"`
	// Created is when the batch was committed, Sent when it was first sent;
	// zero if not known or not yet.
	Created time.Time `json:"created,omitzero"`
	Sent    time.Time `json:"sent,omitzero"`
	// Reason is why a dead letter is one, or why a file cannot be read.
	Reason string `json:"reason,omitempty"`
}

// List returns the files of a journal's directory, waiting and sent ones
// oldest first, then the dead letters. The owner may be at work meanwhile.
func List(dir string) ([]Item, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, batchesDir))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var items []Item
	for _, entry := range entries {
		name, ok := parseFileName(entry.Name())
		if !ok || name.tmp {
			continue
		}
		item := describe(filepath.Join(dir, batchesDir, entry.Name()))
		item.Name, item.State, item.Sent = name.id.String(), StateWaiting, name.sent
		if !name.sent.IsZero() {
			item.State = StateSent
		}
		if item.Bytes > 0 || item.Reason == "" { // else it was stored meanwhile
			items = append(items, item)
		}
	}
	slices.SortStableFunc(items, func(a, b Item) int { return a.Created.Compare(b.Created) })
	dead, err := deadLetters(dir)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	for _, name := range dead {
		item := describe(filepath.Join(dir, deadDir, name))
		item.Name, item.State = name, StateDead
		item.Reason = readReason(filepath.Join(dir, deadDir), name).Reason
		items = append(items, item)
	}
	return items, nil
}

// checkDir refuses a directory that is no journal, instead of calling it empty.
func checkDir(dir string) error {
	if info, err := os.Stat(filepath.Join(dir, batchesDir)); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is no journal: it has no folder %s", dir, batchesDir)
	}
	return nil
}

// describe reads what a file says of itself.
func describe(path string) Item {
	var item Item
	info, err := os.Stat(path)
	if err != nil {
		item.Reason = err.Error()
		return item
	}
	item.Bytes = info.Size()
	h, err := headerOf(path)
	if err != nil {
		item.Reason = err.Error()
		return item
	}
	item.Table, item.Rows, item.Created = h.Table, h.Rows, time.UnixMilli(h.Created).UTC()
	return item
}

// Retry puts dead letters back among the batches to be sent, all of them if no
// name is given, and returns the names of those it has. The owner may be at
// work meanwhile and notices at its next rescan. A letter that is corrupt stays
// where it is, and the error wraps ErrCorrupt.
func Retry(dir string, names ...string) ([]string, error) {
	return eachDead(dir, names, func(path string) error {
		parsed, ok := parseFileName(filepath.Base(path))
		if !ok {
			return fmt.Errorf("%w: %s is no batch", ErrCorrupt, filepath.Base(path))
		}
		b, _, err := openBatch(path, parsed.id)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		b.Close()
		if err := renameDurably(path, filepath.Join(dir, batchesDir, fileName{id: parsed.id}.String())); err != nil {
			return err
		}
		return removeReason(path)
	})
}

// Drop removes dead letters for good, all of them if no name is given, and
// returns the names of those it has.
func Drop(dir string, names ...string) ([]string, error) {
	return eachDead(dir, names, func(path string) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		return removeReason(path)
	})
}

// eachDead calls f with the path of each named dead letter; all errors are
// returned, and what could be done is done.
func eachDead(dir string, names []string, f func(path string) error) ([]string, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	dead, err := deadLetters(dir)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var errs []error
	if len(names) == 0 {
		names = dead
	}
	var done []string
	for _, name := range names {
		if !strings.Contains(name, ".") {
			name += batchSuffix // the bare id
		}
		if !slices.Contains(dead, name) {
			errs = append(errs, fmt.Errorf("%w among the dead letters: %s", ErrUnknown, name))
			continue
		}
		if err := f(filepath.Join(dir, deadDir, name)); err != nil {
			errs = append(errs, err)
			continue
		}
		done = append(done, name)
	}
	return done, errors.Join(errs...)
}

func removeReason(path string) error {
	if err := os.Remove(path + reasonSuffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
