package metrics_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
	"github.com/trunkline-cc/trunkline/schema/metrics"
)

// bind makes the driver's parameters of a statement's.
func bind(t testing.TB, args map[string]any) clickhouse.Params {
	t.Helper()
	params := clickhouse.Params{}
	for name, value := range args {
		switch v := value.(type) {
		case string:
			params[name] = clickhouse.Text(v)
		case []string:
			params[name] = clickhouse.Texts(v)
		case int64:
			params[name] = clickhouse.Int(v)
		case bool:
			params[name] = fmt.Sprint(v)
		default:
			t.Fatalf("argument %s is a %T", name, value)
		}
	}
	return params
}

// answer is one row: its key (bucket and dimensions) and what it says.
type answer struct {
	values map[string]figure
	parts  map[string]metrics.Parts
}

// ask runs a query and gives its rows by key.
func ask(t testing.TB, store *clickhouse.Conn, q metrics.Query) map[string]answer {
	t.Helper()
	s, err := metrics.Compile(q)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]answer{}
	err = store.Query(context.Background(), s.SQL, bind(t, s.Args), func(scan func(...any) error) error {
		cells := make([]any, len(s.Columns))
		for i, c := range s.Columns {
			switch c.Role {
			case metrics.RoleBucket:
				cells[i] = new(time.Time)
			case metrics.RoleDimension:
				cells[i] = new(string)
			case metrics.RoleDen:
				cells[i] = new(float64)
			case metrics.RoleHistogram:
				cells[i] = new(map[int64]uint64)
			default:
				cells[i] = new(*float64)
			}
		}
		if err := scan(cells...); err != nil {
			return err
		}
		key, a := rowOf(s.Columns, cells)
		if _, twice := answers[key]; twice {
			t.Errorf("two rows of %s", key)
		}
		answers[key] = a
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, s.SQL)
	}
	return answers
}

func rowOf(columns []metrics.Column, cells []any) (string, answer) {
	var key []string
	a := answer{values: map[string]figure{}, parts: map[string]metrics.Parts{}}
	for i, c := range columns {
		part := a.parts[c.Of]
		switch c.Role {
		case metrics.RoleBucket:
			key = append(key, cells[i].(*time.Time).UTC().Format(time.TimeOnly))
		case metrics.RoleDimension:
			key = append(key, *cells[i].(*string))
		case metrics.RoleValue:
			a.values[c.Of] = optional(*cells[i].(**float64))
		case metrics.RoleNum:
			part.Num = optional(*cells[i].(**float64))
		case metrics.RoleDen:
			part.Den = *cells[i].(*float64)
		case metrics.RoleHistogram:
			part.Histogram = *cells[i].(*map[int64]uint64)
		}
		a.parts[c.Of] = part
	}
	return strings.Join(key, "|"), a
}

func optional(v *float64) figure {
	if v == nil {
		return figure{}
	}
	return schema.Some(*v)
}

// same compares figures; sums are of values rounded to thousandths.
func same(a, b figure) bool {
	return a.OK == b.OK && (!a.OK || math.Abs(a.V-b.V) <= 0.001+1e-9*math.Abs(b.V))
}

// TestMetricsAgreeWithReference asks for every metric on every base, by scale
// alone, by more dimensions and by the quarter of an hour, and does the same row
// by row.
func TestMetricsAgreeWithReference(t *testing.T) {
	store := openMigrated(t)
	w := newWorld(1, 60, 40)
	roll(t, store, insert(t, store, clickhouse.MediaReports, 1, w.stored))
	for _, base := range []metrics.BaseName{metrics.BaseQuality, metrics.BaseReports, metrics.BaseStreams} {
		names := metricsOf(base)
		for _, by := range [][]metrics.DimensionName{{metrics.DimScale}, {metrics.DimScale, metrics.DimCodec, metrics.DimTrunk}} {
			for _, every := range []time.Duration{0, 15 * time.Minute} {
				if base == metrics.BaseStreams && every > 0 {
					continue // whole streams are in the bucket of their first report
				}
				q := metrics.Query{Tenant: tenant, Metrics: names, By: by, Every: every, From: w.from, To: w.to, Facts: base != metrics.BaseQuality}
				if s, err := metrics.Compile(q); err != nil || s.Base != base {
					t.Fatalf("%s answers, not %s: %v", s.Base, base, err)
				}
				got := ask(t, store, q)
				for _, name := range names {
					compare(t, name, q, got, expect(w, q, reportReference[name]))
				}
			}
		}
	}
}

// metricsOf lists the metrics of reports that a base knows.
func metricsOf(base metrics.BaseName) (names []string) {
	for _, m := range metrics.Catalogue() {
		for _, f := range m.Forms {
			if f.Base == base && reportReference[m.Name] != nil {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// expect computes a query's figures row by row.
func expect(w *world, q metrics.Query, reference func([]schema.MediaReport) figure) map[string]figure {
	groups := map[string][]schema.MediaReport{}
	for _, r := range w.final {
		if r.Tenant != q.Tenant || r.IsSynthetic != q.Synthetic || r.Time.Before(q.From) || !r.Time.Before(q.To) {
			continue
		}
		var key []string
		if q.Every > 0 {
			key = append(key, r.Time.Truncate(q.Every).Format(time.TimeOnly))
		}
		for _, d := range q.By {
			key = append(key, dimensionOf(&r, d))
		}
		k := strings.Join(key, "|")
		groups[k] = append(groups[k], r)
	}
	figures := map[string]figure{}
	for k, rows := range groups {
		figures[k] = reference(rows)
	}
	return figures
}

func compare(t *testing.T, name string, q metrics.Query, got map[string]answer, want map[string]figure) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Errorf("%s by %v every %s: %d rows, want %d", name, q.By, q.Every, len(got), len(want))
	}
	for key, v := range want {
		if g := got[key].values[name]; !same(g, v) {
			t.Errorf("%s by %v every %s, %q: got %+v, row by row %+v", name, q.By, q.Every, key, g, v)
		}
	}
}

// TestEveryMetricHasAReference keeps new metrics from being untested.
func TestEveryMetricHasAReference(t *testing.T) {
	for _, m := range metrics.Catalogue() {
		if reportReference[m.Name] == nil && callReference[m.Name] == nil && teamsReference[m.Name] == nil {
			t.Errorf("%s: nothing computes it row by row", m.Name)
		}
	}
}

// TestRollupsAndFactsAgree asks both for everything that both know.
func TestRollupsAndFactsAgree(t *testing.T) {
	store := openMigrated(t)
	w := newWorld(2, 40, 60)
	roll(t, store, insert(t, store, clickhouse.MediaReports, 1, w.stored))
	q := metrics.Query{
		Tenant: tenant, By: []metrics.DimensionName{metrics.DimScale, metrics.DimTrunk, metrics.DimCodec},
		From: w.from, To: w.to, Every: time.Minute,
	}
	for _, m := range metrics.Catalogue() {
		if m.Forms[0].Base == metrics.BaseQuality {
			q.Metrics = append(q.Metrics, m.Name)
		}
	}
	rollups := ask(t, store, q)
	q.Facts = true
	facts := ask(t, store, q)
	if len(rollups) != len(facts) || len(facts) < 100 {
		t.Fatalf("%d rows from rollups, %d from facts", len(rollups), len(facts))
	}
	for key, f := range facts {
		for name, v := range f.values {
			if rollups[key].values[name] != v {
				t.Errorf("%s of %q: %+v from rollups, %+v from facts", name, key, rollups[key].values[name], v)
			}
		}
	}
}

// TestPartsRecombine divides the data by minute, trunk and source, merges the
// parts in Go and compares with the figure of the whole: what would fail if a
// figure were averaged.
func TestPartsRecombine(t *testing.T) {
	store := openMigrated(t)
	w := newWorld(3, 50, 30)
	roll(t, store, insert(t, store, clickhouse.MediaReports, 1, w.stored))
	for _, base := range []metrics.BaseName{metrics.BaseQuality, metrics.BaseStreams} {
		whole := metrics.Query{
			Tenant: tenant, Metrics: metricsOf(base), From: w.from, To: w.to,
			Where: []metrics.Filter{{Dimension: metrics.DimScale, Values: []string{"NB"}}},
		}
		divided := whole
		divided.Parts, divided.Every = true, time.Minute
		divided.By = []metrics.DimensionName{metrics.DimTrunk, metrics.DimSource}
		pieces, all := ask(t, store, divided), ask(t, store, whole)
		for _, name := range whole.Metrics {
			m, _ := metrics.Lookup(name)
			var merged metrics.Parts
			for _, piece := range pieces {
				merged, _ = m.Merge(merged, piece.parts[name])
			}
			if got, want := m.Value(merged), all[""].values[name]; len(pieces) < 5 || !same(got, want) || !want.OK {
				t.Errorf("%s: %+v of %d pieces, %+v of the whole", name, got, len(pieces), want)
			}
		}
	}
	if _, ok := (&metrics.Metric{Kind: metrics.KindDistinct}).Merge(metrics.Parts{}, metrics.Parts{}); ok {
		t.Error("distinct counts were merged")
	}
}

// TestFiltersAndWalls looks at who and what is left out.
func TestFiltersAndWalls(t *testing.T) {
	store := openMigrated(t)
	w := newWorld(4, 40, 10)
	roll(t, store, insert(t, store, clickhouse.MediaReports, 1, w.stored))
	count := func(keep func(*schema.MediaReport) bool) (n float64) {
		for i := range w.final {
			if keep(&w.final[i]) {
				n++
			}
		}
		return n
	}
	whole := metrics.Query{Tenant: tenant, Metrics: []string{"reports"}, From: w.from, To: w.to}
	for name, c := range map[string]struct {
		change func(*metrics.Query)
		want   float64
	}{
		"one tenant": {func(*metrics.Query) {}, count(func(r *schema.MediaReport) bool { return r.Tenant == tenant && !r.IsSynthetic })},
		"the other":  {func(q *metrics.Query) { q.Tenant = other }, count(func(r *schema.MediaReport) bool { return r.Tenant == other && !r.IsSynthetic })},
		"nobody":     {func(q *metrics.Query) { q.Tenant = "x' OR '1'='1" }, 0},
		"made up":    {func(q *metrics.Query) { q.Synthetic = true }, count(func(r *schema.MediaReport) bool { return r.Tenant == tenant && r.IsSynthetic })},
		"two codecs": {
			func(q *metrics.Query) { q.Where = []metrics.Filter{{metrics.DimCodec, []string{"PCMU", "opus"}}} },
			count(func(r *schema.MediaReport) bool {
				return r.Tenant == tenant && !r.IsSynthetic && (r.Codec == "PCMU" || r.Codec == "opus")
			}),
		},
		"a value that is SQL": {func(q *metrics.Query) { q.Where = []metrics.Filter{{metrics.DimCodec, []string{"') OR ('1'='1"}}} }, 0},
	} {
		for _, facts := range []bool{false, true} {
			q := whole
			q.Facts = facts
			c.change(&q)
			if got := ask(t, store, q)[""].values["reports"]; got != schema.Some(c.want) {
				t.Errorf("%s, facts %v: %v, want %v", name, facts, got, c.want)
			}
		}
	}
}
