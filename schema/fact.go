package schema

import "time"

// Fact holds what every fact row carries beside what it states. Its batch id
// and the moment it was stored are not here: they belong to the journal file
// that the row travels in and are stamped when that file is written.
type Fact struct {
	// Source is where the fact came from: the name of a listener, an import or
	// a reconciler. It tells apart rows that must not be added together twice.
	Source string
	// IsSynthetic marks facts made up for demonstrations and load tests; they
	// are never mixed with real ones in a rollup.
	IsSynthetic bool
	// RetentionDays after the event is when the row expires; 0 keeps it for
	// good. 0..65535.
	RetentionDays uint16
	// Version decides between rows of one key: the highest holds. Writers give
	// later derivations higher ones, also over a restart.
	Version uint64
	// IsDeleted makes the row a tombstone: while it holds, its key has no fact.
	IsDeleted bool
}

// Bucket is one minute of one tenant in one table of facts: the unit in which
// rollups are recomputed.
type Bucket struct {
	// Table is the table of facts that was written.
	Table string `json:"table"`
	// Tenant whose facts changed.
	Tenant TenantID `json:"tenant"`
	// Minute is the beginning of the minute, in minutes since 1970-01-01 UTC.
	Minute int64 `json:"minute"`
}

// Time is the beginning of the bucket.
func (b Bucket) Time() time.Time { return time.Unix(b.Minute*60, 0).UTC() }

// MinuteOf returns the bucket minute that a moment falls into. Moments before
// 1970 fall into the minute that began before them, as in ClickHouse.
func MinuteOf(t time.Time) int64 {
	seconds := t.Unix()
	minute := seconds / 60
	if seconds%60 < 0 {
		minute--
	}
	return minute
}

// Month is a partition of a fact table: year*100 + month of the event's UTC
// time, ClickHouse's toYYYYMM.
type Month uint32

// MonthOf returns the partition of a moment.
func MonthOf(t time.Time) Month {
	year, month, _ := t.UTC().Date()
	return Month(year*100 + int(month))
}
