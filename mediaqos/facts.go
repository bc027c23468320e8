package mediaqos

import (
	"cmp"
	"slices"

	"github.com/trunkline-cc/trunkline/schema"
)

// Facts holds the final facts of a stretch of reports, as the store would
// after all versions are merged: of emissions with one key the last applied
// holds, a tombstone removes, a late fact does not replace a better one. It
// is for analyses that fit in memory and for tests.
type Facts struct {
	index map[factKey]int
	rows  []Emission
}

type factKey struct {
	tenant schema.TenantID
	micros int64
	report schema.ReportID
}

// Apply takes emissions in the order in which they were handed out.
func (f *Facts) Apply(emissions ...Emission) {
	if f.index == nil {
		f.index = make(map[factKey]int)
	}
	for _, e := range emissions {
		key := factKey{e.Tenant, e.Time.UnixMicro(), e.ReportID}
		at, known := f.index[key]
		switch {
		case !known:
			f.index[key] = len(f.rows)
			f.rows = append(f.rows, e)
		case e.Late && !f.rows[at].Deleted:
		default:
			f.rows[at] = e
		}
	}
}

// Rows returns the facts in order of tenant, stream, time and sequence.
func (f *Facts) Rows() []Emission {
	rows := make([]Emission, 0, len(f.rows))
	for _, e := range f.rows {
		if !e.Deleted {
			rows = append(rows, e)
		}
	}
	slices.SortFunc(rows, func(a, b Emission) int {
		return cmp.Or(
			cmp.Compare(a.Tenant, b.Tenant),
			slices.Compare(a.StreamID[:], b.StreamID[:]),
			CompareReports(&a, &b),
		)
	})
	return rows
}

// Streams returns the facts of each stream, streams in order of their first
// report.
func (f *Facts) Streams() [][]Emission {
	rows := f.Rows()
	var streams [][]Emission
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && rows[n].Tenant == rows[0].Tenant && rows[n].StreamID == rows[0].StreamID {
			n++
		}
		streams = append(streams, rows[:n:n])
		rows = rows[n:]
	}
	slices.SortStableFunc(streams, func(a, b []Emission) int { return a[0].Time.Compare(b[0].Time) })
	return streams
}

// CompareReports is the order of the reports of one stream: capture time first,
// then the sequence, then everything else, so that it is total.
func CompareReports(a, b *Emission) int {
	ra, rb := newRecord(a.Time.UnixMicro(), &a.Wire), newRecord(b.Time.UnixMicro(), &b.Wire)
	return ra.compare(&rb)
}
