package clickhouse

import (
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Table says how rows R are stored: which columns there are, which partition a
// row belongs to and which bucket of the rollups it changes. A table
// may be used by many goroutines.
type Table[R any] struct {
	name    string
	columns []column[R]
	// month and bucket are nil in tables without partitions and rollups.
	month  func(*R) schema.Month
	bucket func(*R) (schema.TenantID, time.Time)
	// version names the column that two imports of one content may differ in.
	version string
	// released holds blocks whose memory may be used again.
	released sync.Pool
}

// Name is the table's name in the database.
func (t *Table[R]) Name() string { return t.name }

// Month is the partition that a row belongs to; 0 in a table without any.
func (t *Table[R]) Month(row *R) schema.Month {
	if t.month == nil {
		return 0
	}
	return t.month(row)
}

// Columns lists the names of all columns that an INSERT gives, in the order of
// an encoded block: those of the row, then those of the [Stamp].
func (t *Table[R]) Columns() []string {
	names := make([]string, 0, len(t.columns)+len(stampColumns))
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return append(names, stampColumns...)
}

// stampColumns are filled when a block is encoded.
var stampColumns = []string{"ingested_at", "batch_id"}

// Stamp is what all rows of a batch have in common.
type Stamp struct {
	// Batch is the id of the journal file.
	Batch schema.BatchID
	// IngestedAt is when the rows become durable, stored in milliseconds.
	IngestedAt time.Time
}
