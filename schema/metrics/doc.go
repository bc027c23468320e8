// Package metrics is the catalogue of figures that can be asked of the store:
// one Go table that says of each its name, unit, formula, source, the moment it
// is bucketed by and what it does not count. Data sources, dashboards, the
// pages METRICS.md and README.md beside the migrations, and tests are made from
// it; nobody writes the SQL of a figure a second time.
//
// # Parts
//
// A figure is made of parts that add up: a ratio of a numerator and a
// denominator, a mean of a sum and a count, a percentile of a histogram. Parts
// of any division of the data (minutes, trunks, shards) give, once merged, the
// figure of the whole; figures themselves are never averaged. [Metric.Merge]
// and [Metric.Value] are that rule in Go, and [Query.Parts] asks for parts.
//
// A distinct count has no such parts and can only be asked of the range it is
// wanted for.
//
// # Bases
//
// A [Base] is what a figure is computed from: a rollup, or facts, or rows of
// whole streams or calls. A figure may have a [Form] on several. Compile takes
// the first base in the order of [Bases] that knows all metrics, dimensions and
// filters of the query, and whose grain suits its times; rollups stand before
// the facts they were made of and give the same figures.
//
// # What keeps figures honest
//
// Every query is of one tenant. Synthetic and real rows are never in one
// figure. Scores of different scales (narrowband, wideband, fullband) are never
// in one figure: a query for them is cut by mos_scale where it does not name
// one. Unknown is NULL, never 0. Values travel as bound parameters only.
package metrics

//go:generate go run ./gen
