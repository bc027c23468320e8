package metrics

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Errors of a query that cannot be compiled.
var (
	// ErrUnknown is wrapped where a metric or dimension is not in the catalogue.
	ErrUnknown = errors.New("not in the catalogue")
	// ErrNoBase is wrapped where no one base knows all that was asked for.
	ErrNoBase = errors.New("no base answers this in one query")
	// ErrQuery is wrapped where the query itself makes no sense.
	ErrQuery = errors.New("metric query")
)

// MaxRows is the highest limit of a query's rows.
const MaxRows = 100_000

// Query asks for figures of one tenant.
type Query struct {
	// Tenant whose figures are wanted; required.
	Tenant schema.TenantID
	// Metrics by name, at least one.
	Metrics []string
	// By are the dimensions that the figures are cut by; none gives one figure
	// for all.
	By []DimensionName
	// Where keeps only rows whose dimension has one of the values.
	Where []Filter
	// From and To bound the range [From, To); required.
	From, To time.Time
	// Every cuts the range into buckets that begin at multiples of it since
	// 1970 UTC, in whole seconds. 0 makes one bucket of it.
	Every time.Duration
	// Synthetic asks for made-up facts instead of real ones; never both.
	Synthetic bool
	// Facts leaves out rollups.
	Facts bool
	// Parts asks for parts instead of values.
	Parts bool
	// Limit bounds the rows. 10,000; at most MaxRows.
	Limit int
}

// Filter keeps rows whose dimension has one of the values.
type Filter struct {
	Dimension DimensionName
	Values    []string
}

// Role says what a column of the answer is.
type Role string

// Roles of columns.
const (
	// RoleBucket is the beginning of a time bucket, DateTime in UTC.
	RoleBucket Role = "bucket"
	// RoleDimension is a value of a dimension, String.
	RoleDimension Role = "dimension"
	// RoleValue is a figure, Nullable(Float64).
	RoleValue Role = "value"
	// RoleNum, RoleDen and RoleHistogram are parts: Nullable(Float64),
	// Float64, Map(Int64, UInt64).
	RoleNum       Role = "numerator"
	RoleDen       Role = "denominator"
	RoleHistogram Role = "histogram"
)

// Column is one column of the answer.
type Column struct {
	Name string
	Role Role
	// Of is the metric or dimension that it belongs to.
	Of string
}

// Statement is SQL with its values apart.
type Statement struct {
	SQL string
	// Args are the values of the {name:Type} placeholders: string, []string,
	// int64 or bool.
	Args map[string]any
	// Base that answers, whose Time says which moment buckets go by.
	Base    BaseName
	Columns []Column
}

// number writes a constant of the catalogue.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// check refuses a query that makes no sense and fills in defaults.
func (q *Query) check() error {
	switch {
	case q.Tenant == "":
		return fmt.Errorf("%w: no tenant", ErrQuery)
	case len(q.Metrics) == 0:
		return fmt.Errorf("%w: no metric", ErrQuery)
	case q.From.IsZero() || !q.From.Before(q.To):
		return fmt.Errorf("%w: range %s to %s: want a beginning before its end", ErrQuery, q.From, q.To)
	case q.Every < 0 || q.Every%time.Second != 0:
		return fmt.Errorf("%w: buckets of %s: want whole seconds", ErrQuery, q.Every)
	case q.Limit < 0 || q.Limit > MaxRows:
		return fmt.Errorf("%w: limit %d: want 1 to %d", ErrQuery, q.Limit, MaxRows)
	}
	if q.Limit == 0 {
		q.Limit = 10_000
	}
	for i, m := range q.Metrics {
		if slices.Contains(q.Metrics[:i], m) {
			return fmt.Errorf("%w: metric %s twice", ErrQuery, m)
		}
	}
	for i, d := range q.By {
		if slices.Contains(q.By[:i], d) {
			return fmt.Errorf("%w: dimension %s twice", ErrQuery, d)
		}
	}
	for _, f := range q.Where {
		if len(f.Values) == 0 {
			return fmt.Errorf("%w: filter on %s without a value", ErrQuery, f.Dimension)
		}
	}
	return nil
}

// metrics looks up what the query names.
func (q *Query) metrics() ([]Metric, error) {
	found := make([]Metric, len(q.Metrics))
	for i, name := range q.Metrics {
		m, ok := Lookup(name)
		if !ok {
			return nil, fmt.Errorf("metric %q: %w", name, ErrUnknown)
		}
		found[i] = m
	}
	for _, d := range q.dimensions() {
		if !slices.ContainsFunc(dimensions, func(known Dimension) bool { return known.Name == d }) {
			return nil, fmt.Errorf("dimension %q: %w", d, ErrUnknown)
		}
	}
	return found, nil
}

// dimensions are all that the query names.
func (q *Query) dimensions() []DimensionName {
	all := slices.Clone(q.By)
	for _, f := range q.Where {
		all = append(all, f.Dimension)
	}
	return all
}

// oneScale cuts scores by their scale where the query does not name one.
func (q *Query) oneScale(wanted []Metric) {
	scored := slices.ContainsFunc(wanted, func(m Metric) bool { return m.PerScale })
	named := slices.ContainsFunc(q.Where, func(f Filter) bool { return f.Dimension == DimScale && len(f.Values) == 1 })
	if scored && !named && !slices.Contains(q.By, DimScale) {
		q.By = append(slices.Clone(q.By), DimScale)
	}
}

// choose finds the first base that answers the whole query.
func (q *Query) choose(wanted []Metric) (*Base, error) {
	for i := range bases {
		if b := &bases[i]; q.answeredBy(b, wanted) {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: metrics %q cut by %q: ask for them apart", ErrNoBase, q.Metrics, q.dimensions())
}

// answeredBy reports whether a base knows everything that is asked for.
func (q *Query) answeredBy(b *Base, wanted []Metric) bool {
	if b.Grain > 0 && (q.Facts || q.From.Truncate(b.Grain) != q.From || q.To.Truncate(b.Grain) != q.To || q.Every%b.Grain != 0) {
		return false
	}
	for i := range wanted {
		if _, ok := wanted[i].form(b.Name); !ok {
			return false
		}
	}
	for _, d := range q.dimensions() {
		if _, ok := b.dimension(d); !ok {
			return false
		}
	}
	return true
}
