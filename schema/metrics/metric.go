package metrics

// Kind says what parts a metric has and how parts merge.
type Kind string

// Kinds of metric.
const (
	// KindCount is a sum of whole things.
	KindCount Kind = "count"
	// KindRatio is one sum by another.
	KindRatio Kind = "ratio"
	// KindMean is a sum by the count of what was summed.
	KindMean Kind = "mean"
	// KindPercentile is read from a histogram, and so is as fine as its
	// buckets: the lower edge of the bucket in which the rank falls.
	KindPercentile Kind = "percentile"
	// KindMin and KindMax are extremes.
	KindMin Kind = "min"
	KindMax Kind = "max"
	// KindDistinct counts different values; those of parts cannot be merged.
	KindDistinct Kind = "distinct count"
)

// Additive reports whether parts of this kind can be merged.
func (k Kind) Additive() bool { return k != KindDistinct }

// Metric is one figure of the catalogue.
type Metric struct {
	// Name is what queries say: lower case, with the unit at its end where
	// there is one.
	Name string
	// Title is what people read.
	Title string
	// Unit is a unit of measurement: ms, percent, "R points", streams ...
	Unit string
	Kind Kind
	// Definition says what it is, with its formula.
	Definition string
	// Standard is the clause or the vendor's text that the formula follows;
	// "Trunkline" where it is our own.
	Standard string
	// Excludes says what the figure does not count.
	Excludes string
	// Rank of a percentile in thousandths: 950 is the 95th percentile.
	Rank int
	// Scale multiplies the value of the parts: 100 makes percent of a ratio.
	Scale float64
	// NotNegative takes a negative numerator as 0.
	NotNegative bool
	// PerScale marks scores: they hold on one mos_scale only.
	PerScale bool
	// Forms say how it is computed from each base that knows it.
	Forms []Form
}

// Form is how a metric is computed from one base. Columns are of the alias f.
type Form struct {
	Base BaseName
	// Num is the SQL aggregate that gives the numerator, the sum, the count,
	// the extreme, or a percentile's histogram (a map of lower edges to counts).
	Num string
	// Den is the SQL aggregate of the denominator of a ratio or mean.
	Den string
}

// form returns the metric's form on a base.
func (m *Metric) form(base BaseName) (Form, bool) {
	for _, f := range m.Forms {
		if f.Base == base {
			return f, true
		}
	}
	return Form{}, false
}

// Catalogue lists all metrics, in the order of the documentation.
func Catalogue() []Metric { return catalogue }

// Lookup finds a metric by its name.
func Lookup(name string) (Metric, bool) {
	for i := range catalogue {
		if catalogue[i].Name == name {
			return catalogue[i], true
		}
	}
	return Metric{}, false
}

var catalogue = join(qualityMetrics, scoreMetrics, streamMetrics, callMetrics, teamsMetrics)

func join(parts ...[]Metric) []Metric {
	var all []Metric
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
