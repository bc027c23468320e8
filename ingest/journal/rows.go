package journal

import (
	"fmt"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// MaxBatchRows is how many rows a batch holds at most.
const MaxBatchRows = 150_000

// RowSet is rows of one table on their way into a cut: a *[Rows] of any type.
type RowSet interface {
	// Len is how many rows there are.
	Len() int

	tableName() string
	batches() []encoder
	merged(others []RowSet) RowSet
	release()
}

// encoder is a block of any type of row.
type encoder interface {
	Rows() int
	Touched() []schema.Bucket
	AppendNative(dst []byte, stamp clickhouse.Stamp) ([]byte, error)
	ContentID() (schema.BatchID, error)
}

// Rows gathers rows of one table and sorts them into batches: one partition
// each and at most MaxBatchRows. It belongs to one goroutine until it is
// handed to Commit.
type Rows[R any] struct {
	table  *clickhouse.Table[R]
	months []*month[R]
	last   *month[R]
	rows   int
}

// month holds the blocks of one partition, all but the last of them full.
type month[R any] struct {
	partition schema.Month
	blocks    []*clickhouse.Block[R]
}

// NewRows returns an empty set of rows of a table.
func NewRows[R any](table *clickhouse.Table[R]) *Rows[R] { return &Rows[R]{table: table} }

// Append adds a row; it keeps no reference to it.
func (r *Rows[R]) Append(row *R) {
	partition := r.table.Month(row)
	if r.last == nil || r.last.partition != partition {
		r.last = r.partition(partition)
	}
	r.last.block(r.table, 1).Append(row)
	r.rows++
}

// Len is how many rows there are.
func (r *Rows[R]) Len() int { return r.rows }

// partition finds or makes the blocks of a partition; there are few.
func (r *Rows[R]) partition(partition schema.Month) *month[R] {
	for _, m := range r.months {
		if m.partition == partition {
			return m
		}
	}
	m := &month[R]{partition: partition}
	r.months = append(r.months, m)
	return m
}

// block returns one that has room for so many rows more.
func (m *month[R]) block(table *clickhouse.Table[R], rows int) *clickhouse.Block[R] {
	if n := len(m.blocks); n > 0 && m.blocks[n-1].Rows()+rows <= MaxBatchRows {
		return m.blocks[n-1]
	}
	b := table.NewBlock()
	m.blocks = append(m.blocks, b)
	return b
}

func (r *Rows[R]) tableName() string { return r.table.Name() }

func (r *Rows[R]) batches() []encoder {
	var all []encoder
	for _, m := range r.months {
		for _, b := range m.blocks {
			all = append(all, partitioned{encoder: b, month: m.partition, columns: r.table.Columns()})
		}
	}
	return all
}

// partitioned is a block that knows its partition and its columns.
type partitioned struct {
	encoder
	month   schema.Month
	columns []string
}

// release empties the set and gives its memory to later ones.
func (r *Rows[R]) release() {
	for _, m := range r.months {
		for _, b := range m.blocks {
			b.Release()
		}
	}
	*r = Rows[R]{table: r.table}
}

// merged returns a set with the rows of this and of others of the same type;
// the sets themselves stay as they are, since a failed commit is repeated.
func (r *Rows[R]) merged(others []RowSet) RowSet {
	all := NewRows(r.table)
	for _, set := range append([]RowSet{r}, others...) {
		other, ok := set.(*Rows[R])
		if !ok {
			panic(fmt.Sprintf("journal: rows of table %s have two types, %T and %T", r.table.Name(), r, set))
		}
		for _, m := range other.months {
			into := all.partition(m.partition)
			for _, b := range m.blocks {
				into.block(r.table, b.Rows()).Extend(b)
			}
		}
		all.rows += other.rows
	}
	return all
}

// mergeByTable makes one set for each table, in the order in which tables
// first occur, so that the shards of a listener share files.
func mergeByTable(sets []RowSet) []RowSet {
	var tables [][]RowSet
	index := map[string]int{}
	for _, set := range sets {
		if set.Len() == 0 {
			continue
		}
		at, ok := index[set.tableName()]
		if !ok {
			at = len(tables)
			index[set.tableName()] = at
			tables = append(tables, nil)
		}
		tables[at] = append(tables[at], set)
	}
	merged := make([]RowSet, len(tables))
	for i, sets := range tables {
		merged[i] = sets[0]
		if len(sets) > 1 {
			merged[i] = sets[0].merged(sets[1:])
		}
	}
	return merged
}
