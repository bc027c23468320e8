package journal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// ErrCorrupt is wrapped by errors about a file of the journal that is not what
// was written: cut off, changed, or something else altogether.
var ErrCorrupt = errors.New("corrupt journal file")

// A batch file is
//
//	magic            8 bytes
//	header length    uint32, little-endian
//	header checksum  uint32, CRC-32C
//	header           JSON
//	body             Native, as long and with the checksum that the header says
var batchMagic = [8]byte{'T', 'R', 'N', 'K', 'B', 'A', '0', '1'}

const (
	batchPrefixBytes = 16
	maxHeaderBytes   = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header describes a batch file.
type header struct {
	Batch   string       `json:"batch"`
	Table   string       `json:"table"`
	Columns []string     `json:"columns"`
	Rows    int          `json:"rows"`
	Month   schema.Month `json:"month,omitempty"`
	// Created is in milliseconds since 1970.
	Created   int64  `json:"created_ms"`
	ContentID bool   `json:"content_id,omitempty"`
	BodyBytes int64  `json:"body_bytes"`
	BodyCRC   uint32 `json:"body_crc32c"`
	// Touched are the minutes that the rows change, by tenant.
	Touched map[schema.TenantID][]int64 `json:"touched,omitempty"`
}

// buckets lists what the batch touched.
func (h *header) buckets() []schema.Bucket {
	var buckets []schema.Bucket
	for tenant, minutes := range h.Touched {
		for _, minute := range minutes {
			buckets = append(buckets, schema.Bucket{Table: h.Table, Tenant: tenant, Minute: minute})
		}
	}
	return buckets
}

// encodeHead returns what stands before the body in a batch file.
func encodeHead(h *header, body []byte) ([]byte, error) {
	h.BodyBytes, h.BodyCRC = int64(len(body)), crc32.Checksum(body, castagnoli)
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("batch header: %w", err)
	}
	head := make([]byte, 0, batchPrefixBytes+len(text))
	head = append(head, batchMagic[:]...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(text)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(text, castagnoli))
	return append(head, text...), nil
}

// readHeader reads the head of a batch file of the given size and returns
// where its body begins. The error wraps ErrCorrupt, unless reading failed.
func readHeader(r io.Reader, size int64) (header, int64, error) {
	var h header
	prefix := make([]byte, batchPrefixBytes)
	if _, err := io.ReadFull(r, prefix); err != nil {
		return h, 0, shortRead(err, "the first %d bytes", batchPrefixBytes)
	}
	if !bytes.Equal(prefix[:8], batchMagic[:]) {
		return h, 0, fmt.Errorf("%w: begins with %q, want %q", ErrCorrupt, prefix[:8], batchMagic[:])
	}
	length := binary.LittleEndian.Uint32(prefix[8:])
	if length > maxHeaderBytes || int64(length) > size-batchPrefixBytes {
		return h, 0, fmt.Errorf("%w: a header of %d bytes does not fit into a file of %d", ErrCorrupt, length, size)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return h, 0, shortRead(err, "a header of %d bytes", length)
	}
	if sum := crc32.Checksum(text, castagnoli); sum != binary.LittleEndian.Uint32(prefix[12:]) {
		return h, 0, fmt.Errorf("%w: the header's checksum is %08x, want %08x", ErrCorrupt, sum, binary.LittleEndian.Uint32(prefix[12:]))
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, 0, fmt.Errorf("%w: header: %w", ErrCorrupt, err)
	}
	start := int64(batchPrefixBytes) + int64(length)
	if h.BodyBytes < 0 || start+h.BodyBytes != size {
		return h, 0, fmt.Errorf("%w: the file has %d bytes, want %d", ErrCorrupt, size, start+h.BodyBytes)
	}
	if h.Table == "" || len(h.Columns) == 0 || h.Rows <= 0 {
		return h, 0, fmt.Errorf("%w: the header names no table, no column or no row", ErrCorrupt)
	}
	return h, start, nil
}

// shortRead makes the end of a file a corruption and leaves other errors.
func shortRead(err error, format string, args ...any) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: ends before "+format, append([]any{ErrCorrupt}, args...)...)
	}
	return err
}

// Batch is a batch file that was opened to be sent; its checksum was right.
type Batch struct {
	// ID is the batch's, and the INSERT's deduplication token.
	ID schema.BatchID
	// Table and Columns of the INSERT.
	Table   string
	Columns []string
	// Rows is how many there are.
	Rows int
	// Month is the partition, 0 in a table without any.
	Month schema.Month
	// Created is when the batch was committed.
	Created time.Time
	// ContentID says that the id was made from the content.
	ContentID bool

	file  *os.File
	start int64
	size  int64
}

// Body returns a reader of the Native rows from their beginning; each call
// starts anew.
func (b *Batch) Body() io.Reader { return io.NewSectionReader(b.file, b.start, b.size) }

// Close closes the file.
func (b *Batch) Close() error { return b.file.Close() }

// openBatch opens a file and verifies all of it.
func openBatch(path string, id schema.BatchID) (*Batch, *header, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	b, h, err := verifyBatch(file, id)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return b, h, nil
}

func verifyBatch(file *os.File, id schema.BatchID) (*Batch, *header, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	h, start, err := readHeader(bufio.NewReader(file), info.Size())
	if err != nil {
		return nil, nil, err
	}
	if h.Batch != id.String() {
		return nil, nil, fmt.Errorf("%w: holds batch %s, want %s", ErrCorrupt, h.Batch, id)
	}
	b := &Batch{
		ID: id, Table: h.Table, Columns: h.Columns, Rows: h.Rows, Month: h.Month, Created: time.UnixMilli(h.Created).UTC(),
		ContentID: h.ContentID, file: file, start: start, size: h.BodyBytes,
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, b.Body()); err != nil {
		return nil, nil, err
	}
	if sum.Sum32() != h.BodyCRC {
		return nil, nil, fmt.Errorf("%w: the body's checksum is %08x, want %08x", ErrCorrupt, sum.Sum32(), h.BodyCRC)
	}
	return b, &h, nil
}
