package held

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrBroken is wrapped by errors of a log after an fsync has failed: nobody can
// know what is on the disk until it is opened anew.
var ErrBroken = errors.New("held log broken")

// ErrRecord is wrapped by errors about a record that cannot be kept.
var ErrRecord = errors.New("held record")

// Options say where a log is and how much it may hold.
type Options struct {
	// Path of the file. It belongs to this process; the caller has locked the
	// volume that it is in.
	Path string
	// MaxBytes of what is alive. 256 MiB.
	MaxBytes int64
	// CompactBytes is the least file length at which compaction is worth it.
	// 4 MiB.
	CompactBytes int64
	// Committed is the number of the last cut that the journal has of a
	// listener: frames of later cuts do not count. Nil believes all.
	Committed func(listener string) uint64
	// Logger is told of damage and of what was dropped. None.
	Logger *slog.Logger
}

// Log is an open log. Its methods may be called by many goroutines.
type Log struct {
	o  Options
	id atomic.Uint64

	mu      sync.Mutex
	file    *os.File
	size    int64
	looked  int64 // size when compaction was last thought of
	live    map[uint64]*item
	bytes   int64
	reports int
	senders map[netip.Addr]*sender
	// pending are releases that no committed cut has made yet.
	pending map[cutKey][]uint64
	replay  []Record
	stats   Stats
	broken  error
}

// cutKey is one cut of one listener.
type cutKey struct {
	listener string
	cut      uint64
}

// item is where a live record is.
type item struct {
	id     uint64
	at     int64
	length int
	kind   Kind
	call   string
	sender netip.Addr
	cut    cutKey
}

// sender is what is kept of one sender's SIP, the oldest first.
type sender struct {
	bytes int64
	sip   []uint64 // ids, those of dead records among them
}

// Open opens or makes a log and reads what is alive in it ([Log.Replay]).
func Open(o Options) (*Log, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 256 << 20
	}
	if o.CompactBytes <= 0 {
		o.CompactBytes = 4 << 20
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Committed == nil {
		o.Committed = func(string) uint64 { return ^uint64(0) }
	}
	l := &Log{o: o, live: map[uint64]*item{}, senders: map[netip.Addr]*sender{}, pending: map[cutKey][]uint64{}}
	if err := os.Remove(o.Path + ".tmp"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("held log: %w", err)
	}
	file, err := os.OpenFile(o.Path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("held log: %w", err)
	}
	l.file = file
	if err := l.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("held log: %w", err), file.Close())
	}
	return l, nil
}

// load reads the file, cuts off a torn tail and writes what is alive anew.
func (l *Log) load() error {
	content, err := io.ReadAll(l.file)
	if err != nil {
		return err
	}
	type found struct {
		*Record
		it *item
	}
	records := map[uint64]found{}
	released := map[uint64]bool{}
	believed := map[string]uint64{}
	greatest := uint64(0)
	s := scan(content, func(at int64, length int, f frame) {
		last, known := believed[f.listener]
		if !known {
			last = l.o.Committed(f.listener)
			believed[f.listener] = last
		}
		if f.record != nil {
			greatest = max(greatest, f.record.ID)
		}
		if f.cut > last {
			return
		}
		for _, id := range f.released {
			released[id] = true
		}
		if r := f.record; r != nil {
			it := &item{id: r.ID, at: at, length: length, kind: r.Kind, call: r.Call, sender: r.Src.Addr(), cut: cutKey{f.listener, f.cut}}
			records[r.ID] = found{r, it}
		}
	})
	l.id.Store(greatest)
	l.size, l.stats.Damaged, l.stats.CutOff = s.end, s.damaged, int64(len(content))-s.end
	if tail := content[s.end:]; len(bytes.Trim(tail, "\x00")) > 0 || s.damaged > 0 {
		l.o.Logger.Warn("held log damaged", "path", l.o.Path, "frames", s.damaged, "cut_off_bytes", len(tail))
	}
	ids := make([]uint64, 0, len(records))
	for id := range records {
		if !released[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		l.add(records[id].it)
		l.replay = append(l.replay, *records[id].Record)
	}
	slices.SortStableFunc(l.replay, func(a, b Record) int { return cmp.Compare(a.Kind, b.Kind) })
	// Frames of cuts that never came about must not be believed when a later
	// cut takes their number.
	if l.size != l.bytes || l.stats.CutOff > 0 {
		err = l.rewrite()
	}
	l.looked = l.size
	return err
}

// Replay returns what was alive when the log was opened, SIP before reports and
// each in the order in which it came, and forgets it: the records stay in the
// file until they are released.
func (l *Log) Replay() []Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.replay
	l.replay = nil
	return all
}

// NextID returns an id for a record.
func (l *Log) NextID() uint64 { return l.id.Add(1) }

// Append writes the records that a cut of a listener adds and the ids of those
// that it releases, and returns when they are durable. On error nothing is
// kept, and the same may be tried again unless the error wraps ErrBroken; but
// with one that wraps ErrRecord all is kept that can be, and only the records
// that it names are not.
func (l *Log) Append(listener string, cut uint64, records []Record, released []uint64) error {
	if len(records) == 0 && len(released) == 0 {
		return nil
	}
	key := cutKey{listener, cut}
	var frames []byte
	var bad []error
	items := make([]*item, 0, len(records))
	for i := range records {
		r := &records[i]
		at := len(frames)
		frames = appendRecord(frames, cut, r)
		if len(frames)-at > maxFrameBytes || r.Listener != listener {
			bad = append(bad, fmt.Errorf("%w %d: %d bytes of %s in a cut of %s, at most %d", ErrRecord, r.ID, len(frames)-at, r.Listener, listener, maxFrameBytes))
			frames = frames[:at]
			continue
		}
		items = append(items, &item{id: r.ID, at: int64(at), length: len(frames) - at, kind: r.Kind, call: r.Call, sender: r.Src.Addr(), cut: key})
	}
	for ids := range slices.Chunk(released, maxFrameBytes/16) {
		frames = appendRelease(frames, listener, cut, ids)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if _, err := l.file.WriteAt(frames, l.size); err != nil {
		if undo := l.file.Truncate(l.size); undo != nil {
			l.broken = fmt.Errorf("%w: %w", ErrBroken, errors.Join(err, undo))
			return l.broken
		}
		return fmt.Errorf("held log: %w", err)
	}
	if err := l.file.Sync(); err != nil {
		l.broken = fmt.Errorf("%w: %w", ErrBroken, err)
		return l.broken
	}
	for _, it := range items {
		it.at += l.size
		l.add(it)
	}
	l.size += int64(len(frames))
	if len(released) > 0 {
		l.pending[key] = append(l.pending[key], released...)
	}
	l.bound()
	return errors.Join(bad...)
}

// Committed says that the journal has a cut, so that its releases count.
func (l *Log) Committed(listener string, cut uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := cutKey{listener, cut}
	for _, id := range l.pending[key] {
		l.drop(id)
	}
	delete(l.pending, key)
}

// Close closes the file; what is durable stays so.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil {
		l.broken = fmt.Errorf("held log: %w", os.ErrClosed)
	}
	return l.file.Close()
}

// Stats returns a snapshot.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stats
	s.Records, s.Reports, s.LiveBytes, s.FileBytes, s.MaxBytes = len(l.live), l.reports, l.bytes, l.size, l.o.MaxBytes
	if !errors.Is(l.broken, os.ErrClosed) {
		s.Err = l.broken
	}
	return s
}

// dir is the folder of the file.
func (l *Log) dir() string { return filepath.Dir(l.o.Path) }
