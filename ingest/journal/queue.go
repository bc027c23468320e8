package journal

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Entry is a batch that waits to be stored.
type Entry struct {
	ID    schema.BatchID
	Table string
	Rows  int
	// Bytes of the file, header included.
	Bytes int64
	// Month is the partition, 0 in a table without any.
	Month schema.Month
	// Created is when the batch was committed.
	Created time.Time
	// Sent is when the first byte may first have left; zero while none has.
	Sent time.Time
	// ContentID says that the id was made from the content, so that the store
	// may have had the batch before it was sent from here.
	ContentID bool
}

func entryOf(id schema.BatchID, h *header, size int64) Entry {
	return Entry{
		ID: id, Table: h.Table, Rows: h.Rows, Bytes: size, Month: h.Month,
		Created: time.UnixMilli(h.Created).UTC(), ContentID: h.ContentID,
	}
}

// touch notes buckets in a header.
func (h *header) touch(buckets []schema.Bucket) {
	for _, b := range buckets {
		if h.Touched == nil {
			h.Touched = map[schema.TenantID][]int64{}
		}
		h.Touched[b.Tenant] = append(h.Touched[b.Tenant], b.Minute)
	}
}

// queue holds the entries, oldest first.
type queue struct {
	entries []Entry
	ids     map[schema.BatchID]bool
	bytes   int64
}

func (q *queue) has(id schema.BatchID) bool { return q.ids[id] }

func (q *queue) add(e Entry) {
	if q.ids == nil {
		q.ids = map[schema.BatchID]bool{}
	}
	at, _ := slices.BinarySearchFunc(q.entries, e, olderFirst)
	q.entries = slices.Insert(q.entries, at, e)
	q.ids[e.ID] = true
	q.bytes += e.Bytes
}

func olderFirst(a, b Entry) int {
	return cmp.Or(a.Created.Compare(b.Created), bytes.Compare(a.ID[:], b.ID[:]))
}

// find returns the place of a batch, or -1.
func (q *queue) find(id schema.BatchID) int {
	if !q.ids[id] {
		return -1
	}
	return slices.IndexFunc(q.entries, func(e Entry) bool { return e.ID == id })
}

func (q *queue) remove(at int) {
	delete(q.ids, q.entries[at].ID)
	q.bytes -= q.entries[at].Bytes
	if at == 0 { // as good as always: no need to move the others
		q.entries = q.entries[1:]
		return
	}
	q.entries = slices.Delete(q.entries, at, at+1)
}

// Pending returns up to n waiting batches, oldest first, without those that
// skip (may be nil) does not want.
func (j *Journal) Pending(n int, skip func(*Entry) bool) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var pending []Entry
	for i := range j.queue.entries {
		if len(pending) >= n {
			break
		}
		if e := &j.queue.entries[i]; skip == nil || !skip(e) {
			pending = append(pending, *e)
		}
	}
	return pending
}

// MarkSent notes durably that a batch's first byte is about to leave, and
// returns when that was first noted: now, or long ago.
func (j *Journal) MarkSent(id schema.BatchID) (time.Time, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, err := j.entry(id)
	if err != nil {
		return time.Time{}, err
	}
	e := &j.queue.entries[at]
	if !e.Sent.IsZero() {
		return e.Sent, nil
	}
	marked := *e
	// As much of it as a file name holds.
	marked.Sent = j.o.Now().UTC().Truncate(time.Millisecond)
	if err := renameDurably(j.batchPath(e), j.batchPath(&marked)); err != nil {
		return time.Time{}, fmt.Errorf("mark %s sent: %w", id, err)
	}
	*e = marked
	return marked.Sent, nil
}

// OpenBatch opens a batch to be sent, after its checksum has been verified. A
// file that is not what was written goes to the dead letters; the error then
// wraps ErrCorrupt.
func (j *Journal) OpenBatch(id schema.BatchID) (*Batch, error) {
	j.mu.Lock()
	at, err := j.entry(id)
	if err != nil {
		j.mu.Unlock()
		return nil, err
	}
	path := j.batchPath(&j.queue.entries[at])
	j.mu.Unlock()
	b, _, err := openBatch(path, id)
	if errors.Is(err, ErrCorrupt) {
		if failed := j.Bury(id, err.Error()); failed != nil {
			return nil, failed
		}
	}
	if err != nil {
		return nil, fmt.Errorf("batch %s: %w", id, err)
	}
	return b, nil
}

// Done notes durably which buckets a stored batch touched, and then removes
// its file.
func (j *Journal) Done(id schema.BatchID) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	at, err := j.entry(id)
	if err != nil {
		return err
	}
	path := j.batchPath(&j.queue.entries[at])
	h, err := headerOf(path)
	if err != nil {
		return fmt.Errorf("batch %s: %w", id, err)
	}
	if err := j.touch(h.buckets()); err != nil {
		return err
	}
	if err := j.o.crash("noted"); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("batch %s: %w", id, err)
	}
	j.queue.remove(at)
	return nil
}

// headerOf reads the header of a batch file.
func headerOf(path string) (header, error) {
	file, err := os.Open(path)
	if err != nil {
		return header{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return header{}, err
	}
	h, _, err := readHeader(bufio.NewReader(file), info.Size())
	return h, err
}

// entry finds a batch in the queue. The caller holds mu.
func (j *Journal) entry(id schema.BatchID) (int, error) {
	if err := j.usable(); err != nil {
		return 0, err
	}
	at := j.queue.find(id)
	if at < 0 {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return at, nil
}

func (j *Journal) batchPath(e *Entry) string {
	return filepath.Join(j.path(batchesDir), fileName{id: e.ID, sent: e.Sent}.String())
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
