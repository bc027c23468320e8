package held

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// Bloated says that the file has doubled since it was last looked at, so that it
// is time for [Log.Forget] and [Log.Compact].
func (l *Log) Bloated() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken == nil && l.size > max(l.o.CompactBytes, 2*l.looked)
}

// Calls returns the Call-IDs of which SIP is kept, each once, in order.
func (l *Log) Calls() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var calls []string
	for _, it := range l.live {
		if it.kind == KindSIP {
			calls = append(calls, it.call)
		}
	}
	slices.Sort(calls)
	return slices.Compact(calls)
}

// Forget says that calls are over: their SIP is not kept any more. It is for
// before [Log.Compact]; nothing is written, and a crash brings them back.
func (l *Log) Forget(over func(call string) bool) {
	// What comes while the verdicts are asked for is of calls that live.
	last := l.id.Load()
	verdicts := map[string]bool{}
	for _, call := range l.Calls() {
		verdicts[call] = over(call)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, it := range l.live {
		if it.kind == KindSIP && id <= last && verdicts[it.call] {
			l.drop(id)
		}
	}
}

// Compact copies what is alive to a new file, which takes the place of the old
// one, if at least half of that is dead. After an error the old file is as it
// was, unless the error wraps ErrBroken.
func (l *Log) Compact() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	defer func() { l.looked = l.size }()
	if l.size <= 2*l.bytes {
		return nil
	}
	if err := l.rewrite(); err != nil {
		return fmt.Errorf("compact held log: %w", err)
	}
	l.stats.Compactions++
	return nil
}

// rewrite does it. The caller holds mu, or nobody else has the log yet.
func (l *Log) rewrite() (err error) {
	items := make([]*item, 0, len(l.live))
	for _, it := range l.live {
		items = append(items, it)
	}
	slices.SortFunc(items, func(a, b *item) int { return cmp.Compare(a.at, b.at) })
	path := l.o.Path + ".tmp"
	next, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && l.file != next {
			err = errors.Join(err, next.Close(), os.Remove(path))
		}
	}()
	size, places, err := l.copyTo(next, items)
	if err != nil {
		return err
	}
	if err := next.Sync(); err != nil {
		return err
	}
	if err := os.Rename(path, l.o.Path); err != nil {
		return err
	}
	old := l.file
	l.file, l.size = next, size
	for i, it := range items {
		it.at = places[i]
	}
	for _, s := range l.senders {
		s.sip = slices.DeleteFunc(s.sip, func(id uint64) bool { return l.live[id] == nil })
	}
	if err := errors.Join(syncDir(l.dir()), old.Close()); err != nil {
		l.broken = fmt.Errorf("%w: %w", ErrBroken, err)
		return l.broken
	}
	return nil
}

// copyTo writes the frames of live records, and the releases that are not
// committed yet, and says where each frame is now.
func (l *Log) copyTo(next *os.File, items []*item) (size int64, places []int64, err error) {
	places = make([]int64, len(items))
	for i, it := range items {
		places[i] = size
		n, err := io.Copy(io.NewOffsetWriter(next, size), io.NewSectionReader(l.file, it.at, int64(it.length)))
		if err != nil {
			return 0, nil, err
		}
		size += n
	}
	var frames []byte
	for key, ids := range l.pending {
		frames = appendRelease(frames, key.listener, key.cut, ids)
	}
	if _, err := next.WriteAt(frames, size); err != nil {
		return 0, nil, err
	}
	return size + int64(len(frames)), places, nil
}

// syncDir makes names in a folder durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
