package journal

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/trunkline-cc/trunkline/schema"
)

// Sentinels of a journal's methods.
var (
	// ErrFull: the volume is at its limit and takes no new rows until some are
	// stored. The ledger has counted what was refused.
	ErrFull = errors.New("journal full")
	// ErrBroken: an fsync or a rename failed after the commit point, so nobody
	// can know what is on the disk. The journal takes nothing until it is
	// opened anew, which sorts it out.
	ErrBroken = errors.New("journal broken")
	// ErrClosed: the journal was closed.
	ErrClosed = errors.New("journal closed")
	// ErrUnknown: there is no such batch.
	ErrUnknown = errors.New("no such batch")
)

// Options configure a journal.
type Options struct {
	// Dir belongs to this journal; it is made if it does not exist.
	Dir string
	// MaxBytes of batch files, dead letters not counted. 10 GiB.
	MaxBytes int64
	// Now is the clock. time.Now.
	Now func() time.Time
	// Logger is told of damage and of what was taken over. None.
	Logger *slog.Logger

	// newID and crash are replaced by tests: crash ends a commit at a step as
	// the death of the process would.
	newID func() schema.BatchID
	crash func(step string) error
	// adopter is the journal that takes this one over.
	adopter string
}

func (o *Options) setDefaults() {
	if o.MaxBytes == 0 {
		o.MaxBytes = 10 << 30
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.newID == nil {
		// Version 7 sorts by time, which makes a listing readable.
		o.newID = func() schema.BatchID { return schema.BatchID(uuid.Must(uuid.NewV7())) }
	}
	if o.crash == nil {
		o.crash = func(string) error { return nil }
	}
}

// Journal is an open journal directory. Its methods may be called by many
// goroutines.
type Journal struct {
	o    Options
	lock *os.File
	// ready has an element when there may be something new for the sink.
	ready chan struct{}
	// buffers are the bodies of earlier commits.
	buffers sync.Pool

	mu       sync.Mutex
	closed   bool
	volume   string
	wal      wal
	ledger   map[string]*LedgerEntry
	dirty    dirtySet
	adopted  map[string]bool
	queue    queue
	reserved int64
	dead     int
	counters counters
}

// Open takes a directory for this process, finishes or undoes what a crash
// interrupted, and returns its journal. A damaged batch file goes to the dead
// letters and holds up nobody; a damaged log is kept beside the new one. The
// error wraps ErrInUse when the directory belongs to another process.
func Open(o Options) (*Journal, error) {
	o.setDefaults()
	if err := makeDirs(o.Dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir, o.Now())
	if err != nil {
		return nil, err
	}
	j := &Journal{o: o, lock: lock, ready: make(chan struct{}, 1), ledger: map[string]*LedgerEntry{}, adopted: map[string]bool{}}
	j.dirty.init()
	if err := checkHandedOver(o.Dir, o.adopter); err != nil {
		lock.Close()
		return nil, err
	}
	if err := j.recover(); err != nil {
		lock.Close()
		return nil, fmt.Errorf("journal %s: %w", o.Dir, err)
	}
	return j, nil
}

// recover brings memory and disk in agreement.
func (j *Journal) recover() error {
	var err error
	if j.volume, err = readVolume(j.path(volumeName)); err != nil {
		return err
	}
	committed := map[string]bool{}
	damaged, err := j.openLog(committed)
	if err != nil {
		return err
	}
	if err := j.settle(committed, damaged); err != nil {
		return err
	}
	// The files have their names: the log need not remember them.
	if damaged || j.wal.size > compactOpenBytes {
		if err := j.compact(); err != nil {
			return err
		}
	}
	return j.rescan()
}

// openLog reads the log into memory and cuts off what a crash left at its end.
func (j *Journal) openLog(committed map[string]bool) (damaged bool, err error) {
	path := j.path(logName)
	os.Remove(path + tmpSuffix)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return false, err
	}
	j.wal = wal{path: path, file: file}
	j.wal.size, damaged, err = readLog(bufio.NewReaderSize(file, 1<<20), func(r *record) error {
		if r.Commit != nil {
			for _, id := range r.Commit.Batches {
				committed[id] = true
			}
		}
		j.apply(r)
		return nil
	})
	if err != nil {
		file.Close()
		return false, fmt.Errorf("log: %w", err)
	}
	if damaged {
		j.o.Logger.Error("journal log damaged: its end is ignored and kept", "file", path, "whole_bytes", j.wal.size)
		if err := copyFile(path, filepath.Join(j.path(deadDir), "log-"+j.o.Now().UTC().Format("20060102T150405.000")+".damaged")); err != nil {
			file.Close()
			return false, fmt.Errorf("keep damaged log: %w", err)
		}
	}
	return damaged, errors.Join(file.Truncate(j.wal.size), syncDir(j.o.Dir))
}

// settle gives committed files their names and removes those that were never
// committed; behind a damaged log nobody knows, and they are kept.
func (j *Journal) settle(committed map[string]bool, damaged bool) error {
	entries, err := os.ReadDir(j.path(batchesDir))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, ok := parseFileName(entry.Name())
		if !ok || !name.tmp {
			continue
		}
		path := filepath.Join(j.path(batchesDir), entry.Name())
		switch {
		case committed[name.id.String()]:
			err = os.Rename(path, filepath.Join(j.path(batchesDir), fileName{id: name.id}.String()))
		case damaged:
			err = j.buryFile(path, name.id, "the log that says whether it was committed is damaged")
		default:
			err = os.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return syncDir(j.path(batchesDir))
}

// apply puts a record of the log into memory.
func (j *Journal) apply(r *record) {
	add := func(entries []LedgerEntry) {
		for i := range entries {
			e := &entries[i]
			if j.ledger[e.Listener] == nil {
				j.ledger[e.Listener] = &LedgerEntry{Listener: e.Listener}
			}
			j.ledger[e.Listener].add(e)
		}
	}
	switch {
	case r.Snapshot != nil:
		add(r.Snapshot.Ledger)
		r.Snapshot.Dirty.each(j.dirty.touch)
		for _, volume := range r.Snapshot.Adopted {
			j.adopted[volume] = true
		}
	case r.Commit != nil:
		add(r.Commit.Ledger)
	case r.Adopted != nil:
		j.adopted[r.Adopted.Volume] = true
		for _, e := range r.Adopted.Ledger {
			e.Mark, e.Cut = 0, 0 // the numbers of a listener elsewhere
			add([]LedgerEntry{e})
		}
		r.Adopted.Dirty.each(j.dirty.touch)
	case r.Dirty != nil:
		r.Dirty.each(j.dirty.touch)
	case r.Clean != nil:
		r.Clean.each(j.dirty.remove)
	}
}

// compact replaces the log by a snapshot of memory.
func (j *Journal) compact() error {
	s := &snapshot{Ledger: j.totals(), Dirty: j.dirty.all(), Adopted: sortedKeys(j.adopted)}
	return j.wal.compact(s)
}

// Close ends the journal; what is durable stays so.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	return errors.Join(j.wal.file.Close(), j.lock.Close())
}

// Dir is the journal's directory.
func (j *Journal) Dir() string { return j.o.Dir }

// Ready is a channel that has an element after there may be something new to
// send; one goroutine waits on it.
func (j *Journal) Ready() <-chan struct{} { return j.ready }

func (j *Journal) signal() {
	select {
	case j.ready <- struct{}{}:
	default:
	}
}

func (j *Journal) path(name string) string { return filepath.Join(j.o.Dir, name) }

// Ledger returns the sums of every listener that ever committed here, in the
// order of names.
func (j *Journal) Ledger() []LedgerEntry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.totals()
}

func (j *Journal) totals() []LedgerEntry {
	totals := make([]LedgerEntry, 0, len(j.ledger))
	for _, name := range sortedKeys(j.ledger) {
		totals = append(totals, j.ledger[name].clone())
	}
	return totals
}

// Mark is the sequence number of the last datagram of a listener that is
// accounted for, 0 if there is none.
func (j *Journal) Mark(listener string) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if e := j.ledger[listener]; e != nil {
		return e.Mark
	}
	return 0
}

// LastCut is the number of the last cut of a listener that is accounted for, 0
// if there is none.
func (j *Journal) LastCut(listener string) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if e := j.ledger[listener]; e != nil {
		return e.Cut
	}
	return 0
}

// usable tells why the journal takes nothing, if so. The caller holds mu.
func (j *Journal) usable() error {
	if j.closed {
		return ErrClosed
	}
	return j.wal.broken
}
