package clickhouse

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/google/uuid"

	"github.com/trunkline-cc/trunkline/schema"
)

// Block is rows of one table as columns. It belongs to one goroutine.
type Block[R any] struct {
	table   *Table[R]
	cells   []cells[R]
	rows    int
	touched map[schema.Bucket]struct{}
	last    schema.Bucket
	// The stamp's columns, filled when the block is encoded.
	ingested *proto.ColDateTime64
	batch    *proto.ColUUID
}

// NewBlock returns an empty block, one that was released if there is one.
func (t *Table[R]) NewBlock() *Block[R] {
	if b, ok := t.released.Get().(*Block[R]); ok {
		return b
	}
	b := &Block[R]{
		table: t, cells: make([]cells[R], len(t.columns)), touched: map[schema.Bucket]struct{}{},
		ingested: newDateTime64(proto.PrecisionMilli), batch: new(proto.ColUUID),
	}
	for i, c := range t.columns {
		b.cells[i] = c.make()
	}
	return b
}

// Release gives the block's memory to a later NewBlock; it must not be used
// any more.
func (b *Block[R]) Release() {
	for i := range b.cells {
		b.cells[i].data.Reset()
	}
	b.rows, b.last = 0, schema.Bucket{}
	clear(b.touched)
	b.table.released.Put(b)
}

// Table returns the block's table.
func (b *Block[R]) Table() *Table[R] { return b.table }

// Rows is how many rows the block has.
func (b *Block[R]) Rows() int { return b.rows }

// Append adds a row; it keeps no reference to it.
func (b *Block[R]) Append(row *R) {
	for i := range b.cells {
		b.cells[i].append(row)
	}
	b.rows++
	if b.table.bucket == nil {
		return
	}
	tenant, at := b.table.bucket(row)
	bucket := schema.Bucket{Table: b.table.name, Tenant: tenant, Minute: schema.MinuteOf(at)}
	if bucket != b.last {
		b.touched[bucket] = struct{}{}
		b.last = bucket
	}
}

// Extend adds all rows of another block of the same table.
func (b *Block[R]) Extend(other *Block[R]) {
	for i := range b.cells {
		b.cells[i].extend(other.cells[i].data)
	}
	b.rows += other.rows
	for bucket := range other.touched {
		b.touched[bucket] = struct{}{}
	}
}

// Touched lists the buckets that the rows change, in order.
func (b *Block[R]) Touched() []schema.Bucket {
	buckets := make([]schema.Bucket, 0, len(b.touched))
	for bucket := range b.touched {
		buckets = append(buckets, bucket)
	}
	slices.SortFunc(buckets, func(x, y schema.Bucket) int {
		if x.Minute != y.Minute {
			return int(x.Minute - y.Minute)
		}
		return strings.Compare(string(x.Tenant), string(y.Tenant))
	})
	return buckets
}

// AppendNative appends the block in Native format at revision 0 to dst. All
// rows get the stamp.
func (b *Block[R]) AppendNative(dst []byte, stamp Stamp) ([]byte, error) {
	b.ingested.Reset()
	b.batch.Reset()
	for range b.rows {
		b.ingested.AppendRaw(proto.DateTime64(stamp.IngestedAt.UnixMilli()))
		b.batch.Append(uuid.UUID(stamp.Batch))
	}
	input := append(b.input(), proto.InputColumn{Name: stampColumns[0], Data: b.ingested}, proto.InputColumn{Name: stampColumns[1], Data: b.batch})
	// A guess that spares most of the growing.
	buf := proto.Buffer{Buf: slices.Grow(dst, 4096+8*b.rows*len(input))}
	if err := (proto.Block{Columns: len(input), Rows: b.rows}).EncodeRawBlock(&buf, 0, input); err != nil {
		return dst, fmt.Errorf("encode %s: %w", b.table.name, err)
	}
	return buf.Buf, nil
}

// ContentID is a batch id made from what the rows say, the same for the same
// rows in the same order whenever they are written: the first 16 bytes of a
// SHA-256 over the table's name and every column but the version.
func (b *Block[R]) ContentID() (schema.BatchID, error) {
	input := slices.DeleteFunc(b.input(), func(c proto.InputColumn) bool { return c.Name == b.table.version })
	var buf proto.Buffer
	buf.PutString(b.table.name)
	if err := (proto.Block{Columns: len(input), Rows: b.rows}).EncodeRawBlock(&buf, 0, input); err != nil {
		return schema.BatchID{}, fmt.Errorf("encode %s: %w", b.table.name, err)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(buf.Buf, uint64(b.rows)))
	// Marked as a UUID made from content (RFC 9562 section 5.8).
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return schema.BatchID(sum[:16]), nil
}

// input lists the row's columns for encoding.
func (b *Block[R]) input() []proto.InputColumn {
	input := make([]proto.InputColumn, 0, len(b.cells)+len(stampColumns))
	for i, c := range b.table.columns {
		input = append(input, proto.InputColumn{Name: c.name, Data: b.cells[i].data})
	}
	return input
}
