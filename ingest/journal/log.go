package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/trunkline-cc/trunkline/schema"
)

// The log is a sequence of records, each
//
//	payload length    uint32, little-endian
//	payload checksum  uint32, CRC-32C
//	payload           JSON of a record
//
// A record that is cut off or does not match its checksum ends the log: at the
// very end that is what a crash leaves, before it is damage.

const (
	frameBytes       = 8
	maxRecordBytes   = 256 << 20
	compactAtBytes   = 16 << 20
	compactOpenBytes = 64 << 10
)

// record is one line of the log. Exactly one field is set.
type record struct {
	// Snapshot stands first in a compacted log.
	Snapshot *snapshot `json:"snapshot,omitempty"`
	// Commit is a cut.
	Commit *commitRecord `json:"commit,omitempty"`
	// Adopted is what another volume handed over.
	Adopted *adoptedRecord `json:"adopted,omitempty"`
	// Dirty buckets were touched, Clean ones recomputed.
	Dirty bucketSet `json:"dirty,omitempty"`
	Clean bucketSet `json:"clean,omitempty"`
}

// commitRecord makes the named files durable together with the ledger's entries.
type commitRecord struct {
	Batches []string      `json:"batches,omitempty"`
	Ledger  []LedgerEntry `json:"ledger,omitempty"`
}

// adoptedRecord is taken in once for each volume.
type adoptedRecord struct {
	Volume string        `json:"volume"`
	Ledger []LedgerEntry `json:"ledger,omitempty"`
	Dirty  bucketSet     `json:"dirty,omitempty"`
}

// snapshot is all state of the log.
type snapshot struct {
	Ledger  []LedgerEntry `json:"ledger,omitempty"`
	Dirty   bucketSet     `json:"dirty,omitempty"`
	Adopted []string      `json:"adopted,omitempty"`
}

// bucketSet writes buckets compactly: minutes by table and tenant.
type bucketSet map[string]map[schema.TenantID][]int64

func (s *bucketSet) add(b schema.Bucket) {
	if *s == nil {
		*s = bucketSet{}
	}
	if (*s)[b.Table] == nil {
		(*s)[b.Table] = map[schema.TenantID][]int64{}
	}
	(*s)[b.Table][b.Tenant] = append((*s)[b.Table][b.Tenant], b.Minute)
}

// each calls f with every bucket, in no order.
func (s bucketSet) each(f func(schema.Bucket)) {
	for table, tenants := range s {
		for tenant, minutes := range tenants {
			for _, minute := range minutes {
				f(schema.Bucket{Table: table, Tenant: tenant, Minute: minute})
			}
		}
	}
}

// appendFrame appends a record with its frame.
func appendFrame(dst []byte, r *record) ([]byte, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return dst, fmt.Errorf("log record: %w", err)
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(payload, castagnoli))
	return append(dst, payload...), nil
}

// readLog reads records until the end of the stream and returns how many bytes
// of whole records there were. damaged says that more follows than a crash
// while appending can leave. Errors are those of reading and of apply.
func readLog(r io.Reader, apply func(*record) error) (whole int64, damaged bool, err error) {
	frame := make([]byte, frameBytes)
	for {
		if _, err := io.ReadFull(r, frame); err != nil {
			return whole, false, unlessCutOff(err)
		}
		length := binary.LittleEndian.Uint32(frame)
		if length == 0 || length > maxRecordBytes {
			// A crash may leave a longer file than was written, full of zeros.
			rest, err := io.ReadAll(r)
			return whole, len(bytes.Trim(append(rest, frame...), "\x00")) > 0, err
		}
		payload, err := readUpTo(r, int(length))
		if err != nil {
			return whole, false, unlessCutOff(err)
		}
		var rec record
		if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(frame[4:]) || json.Unmarshal(payload, &rec) != nil {
			// The last record may have been written in part; with more behind
			// it, the log was damaged afterwards.
			_, err := io.ReadFull(r, frame[:1])
			return whole, err == nil, unlessCutOff(err)
		}
		if err := apply(&rec); err != nil {
			return whole, false, err
		}
		whole += frameBytes + int64(length)
	}
}

// readUpTo reads n bytes without trusting n with memory.
func readUpTo(r io.Reader, n int) ([]byte, error) {
	payload, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(payload) < n {
		err = io.ErrUnexpectedEOF
	}
	return payload, err
}

// unlessCutOff drops the errors that mean the end of the stream.
func unlessCutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// wal is the open log of a journal.
type wal struct {
	path string
	file *os.File
	size int64
	// broken is set when nobody can know what is on the disk: from then on the
	// journal takes nothing until it is opened anew.
	broken error
}

// append writes a record at the end. A failed write is taken back; after a
// failed fsync the log is broken.
func (w *wal) append(r *record, sync bool) error {
	if w.broken != nil {
		return w.broken
	}
	frame, err := appendFrame(nil, r)
	if err != nil {
		return err
	}
	if _, err := w.file.WriteAt(frame, w.size); err != nil {
		if undo := w.file.Truncate(w.size); undo != nil {
			w.broken = fmt.Errorf("log: %w: %w", ErrBroken, errors.Join(err, undo))
			return w.broken
		}
		return fmt.Errorf("log: %w", err)
	}
	w.size += int64(len(frame))
	if !sync {
		return nil
	}
	if err := w.file.Sync(); err != nil {
		w.broken = fmt.Errorf("log: %w: %w", ErrBroken, err)
		return w.broken
	}
	return nil
}

// compact replaces the log by a snapshot.
func (w *wal) compact(s *snapshot) error {
	if w.broken != nil {
		return w.broken
	}
	frame, err := appendFrame(nil, &record{Snapshot: s})
	if err != nil {
		return err
	}
	next := w.path + ".tmp"
	if err := writeFile(next, frame); err != nil {
		return fmt.Errorf("compact log: %w", err)
	}
	file, err := os.OpenFile(next, os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("compact log: %w", err)
	}
	if err := renameDurably(next, w.path); err != nil {
		file.Close()
		w.broken = fmt.Errorf("compact log: %w: %w", ErrBroken, err)
		return w.broken
	}
	w.file.Close()
	w.file, w.size = file, int64(len(frame))
	return nil
}
