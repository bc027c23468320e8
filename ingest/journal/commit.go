package journal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// staged is a batch file under its temporary name.
type staged struct {
	entry      Entry
	head, body []byte
}

// Commit makes a cut durable; see the package comment for what that promises.
// When it returns nil, the cut's sets are empty and may be filled again. When it
// returns an error nothing of the cut is kept and the same cut may be
// committed again, but for two: after ErrFull it is counted as refused, and
// after ErrBroken only opening the journal anew tells what became of it.
func (j *Journal) Commit(ctx context.Context, cut Cut) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	files, err := j.stage(cut)
	if err != nil {
		return Receipt{}, err
	}
	if len(files) == 0 && len(cut.Ledger) == 0 {
		return Receipt{}, nil
	}
	bytes, err := j.reserve(files, cut)
	if err != nil {
		return Receipt{}, err
	}
	if err := j.write(files); err != nil {
		j.release(bytes)
		return Receipt{}, err
	}
	receipt, err := j.finish(files, bytes, cut.Ledger)
	for i := range files {
		j.buffers.Put(&files[i].body)
	}
	if err == nil {
		for _, set := range cut.Rows {
			set.release()
		}
	}
	return receipt, err
}

// stage encodes a cut's rows into batch files.
func (j *Journal) stage(cut Cut) ([]staged, error) {
	now := j.o.Now().UTC()
	var files []staged
	for _, set := range mergeByTable(cut.Rows) {
		for _, b := range set.batches() {
			part := b.(partitioned)
			id := j.o.newID()
			if cut.ContentIDs {
				var err error
				if id, err = part.ContentID(); err != nil {
					return nil, err
				}
			}
			body, err := part.AppendNative(j.buffer(), clickhouse.Stamp{Batch: id, IngestedAt: now})
			if err != nil {
				return nil, err
			}
			h := &header{
				Batch: id.String(), Table: set.tableName(), Columns: part.columns, Rows: part.Rows(), Month: part.month,
				Created: now.UnixMilli(), ContentID: cut.ContentIDs,
			}
			h.touch(part.Touched())
			head, err := encodeHead(h, body)
			if err != nil {
				return nil, err
			}
			files = append(files, staged{entry: entryOf(id, h, int64(len(head)+len(body))), head: head, body: body})
		}
		if !slices.Contains(cut.Rows, set) {
			set.release() // it was merged from several
		}
	}
	return files, nil
}

// buffer returns memory for a body, that of an earlier one if there is any.
func (j *Journal) buffer() []byte {
	if b, ok := j.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// reserve takes room for the files, or counts the cut as refused.
func (j *Journal) reserve(files []staged, cut Cut) (int64, error) {
	bytes, rows := int64(0), 0
	for i := range files {
		bytes += files[i].entry.Bytes
		rows += files[i].entry.Rows
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return 0, err
	}
	if bytes == 0 || j.queue.bytes+j.reserved+bytes <= j.o.MaxBytes {
		j.reserved += bytes
		return bytes, nil
	}
	refused := make([]LedgerEntry, len(cut.Ledger))
	for i := range cut.Ledger {
		refused[i] = cut.Ledger[i].refused()
	}
	r := &record{Commit: &commitRecord{Ledger: refused}}
	if err := j.wal.append(r, true); err != nil {
		return 0, err
	}
	j.apply(r)
	j.counters.refusedRows += uint64(rows)
	j.counters.refusedCuts++
	return 0, fmt.Errorf("%w: %d of %d bytes are taken, %d rows in %d bytes more do not fit", ErrFull, j.queue.bytes+j.reserved, j.o.MaxBytes, rows, bytes)
}

func (j *Journal) release(bytes int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reserved -= bytes
}

// write puts the files on the disk under their temporary names.
func (j *Journal) write(files []staged) error {
	for i := range files {
		if err := writeFile(j.tmpPath(files[i].entry.ID), files[i].head, files[i].body); err != nil {
			for n := range i {
				os.Remove(j.tmpPath(files[n].entry.ID))
			}
			return fmt.Errorf("write batch: %w", err)
		}
	}
	return j.o.crash("written")
}

func (j *Journal) tmpPath(id schema.BatchID) string {
	return filepath.Join(j.path(batchesDir), fileName{id: id, tmp: true}.String())
}

// finish is the commit point and what follows it.
func (j *Journal) finish(files []staged, bytes int64, ledger []LedgerEntry) (Receipt, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reserved -= bytes
	if err := j.usable(); err != nil {
		return Receipt{}, err
	}
	var receipt Receipt
	r := &record{Commit: &commitRecord{Ledger: ledger}}
	for i := range files {
		r.Commit.Batches = append(r.Commit.Batches, files[i].entry.ID.String())
	}
	if err := j.wal.append(r, true); err != nil {
		if j.wal.broken == nil {
			for i := range files {
				os.Remove(j.tmpPath(files[i].entry.ID))
			}
		}
		return Receipt{}, err
	}
	if err := j.o.crash("logged"); err != nil {
		return Receipt{}, err
	}
	j.apply(r)
	for i := range files {
		if err := j.name(&files[i].entry); err != nil {
			return Receipt{}, err
		}
		receipt.Batches = append(receipt.Batches, files[i].entry.ID)
		receipt.Rows += files[i].entry.Rows
	}
	if len(files) > 0 {
		if err := syncDir(j.path(batchesDir)); err != nil {
			j.wal.broken = fmt.Errorf("batches: %w: %w", ErrBroken, err)
			return Receipt{}, j.wal.broken
		}
		j.signal()
	}
	j.counters.commits++
	if j.wal.size > compactAtBytes {
		if err := j.compact(); err != nil {
			j.o.Logger.Warn("journal log not compacted", "error", err)
		}
	}
	return receipt, nil
}

// name gives a committed file its name and puts it into the queue. A file of
// the same name, from an import that was repeated before it was sent, stays.
func (j *Journal) name(e *Entry) error {
	tmp := j.tmpPath(e.ID)
	if j.queue.has(e.ID) {
		os.Remove(tmp) // left behind, it would only be sent again
		return nil
	}
	if err := os.Rename(tmp, j.batchPath(e)); err != nil {
		j.wal.broken = fmt.Errorf("batches: %w: %w", ErrBroken, err)
		return j.wal.broken
	}
	j.queue.add(*e)
	return j.o.crash("named")
}
