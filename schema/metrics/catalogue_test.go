package metrics

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	metricName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	// unitSuffix is how a name ends whose unit is one of these.
	unitSuffix = map[string]string{"ms": "_ms", "percent": "_percent", "s": "_seconds"}
)

// TestCatalogueIsComplete holds every entry against what the types promise.
func TestCatalogueIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Catalogue() {
		if seen[m.Name] || !metricName.MatchString(m.Name) {
			t.Errorf("%s: name taken or not in lower case", m.Name)
		}
		seen[m.Name] = true
		if suffix := unitSuffix[m.Unit]; !strings.HasSuffix(m.Name, suffix) {
			t.Errorf("%s: unit %s belongs at the end of the name, %s", m.Name, m.Unit, suffix)
		}
		for what, text := range map[string]string{"title": m.Title, "unit": m.Unit, "definition": m.Definition, "standard": m.Standard, "excludes": m.Excludes} {
			if text == "" {
				t.Errorf("%s: no %s", m.Name, what)
			}
		}
		if m.Scale == 0 || len(m.Forms) == 0 {
			t.Errorf("%s: scale %v, %d forms", m.Name, m.Scale, len(m.Forms))
		}
		if (m.Kind == KindPercentile) != (m.Rank > 0 && m.Rank < 1000) {
			t.Errorf("%s: kind %s with rank %d", m.Name, m.Kind, m.Rank)
		}
		divides := m.Kind == KindRatio || m.Kind == KindMean
		for _, f := range m.Forms {
			b := slices.IndexFunc(Bases(), func(b Base) bool { return b.Name == f.Base })
			if b < 0 || f.Num == "" || (f.Den != "") != divides {
				t.Errorf("%s: form %+v: no such base, or not the parts of a %s", m.Name, f, m.Kind)
				continue
			}
			if _, ok := Bases()[b].dimension(DimScale); m.PerScale && !ok {
				t.Errorf("%s: base %s cannot tell scores of different scales apart", m.Name, f.Base)
			}
		}
	}
	for _, b := range Bases() {
		for _, d := range b.Dimensions {
			if !slices.ContainsFunc(Dimensions(), func(known Dimension) bool { return known.Name == d.Name }) {
				t.Errorf("base %s: dimension %s is not in the catalogue", b.Name, d.Name)
			}
		}
	}
}

var (
	testFrom = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	testTo   = testFrom.Add(time.Hour)
)

func TestCompileRefuses(t *testing.T) {
	good := Query{Tenant: "acme", Metrics: []string{"reports"}, From: testFrom, To: testTo}
	if _, err := Compile(good); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Query)
		want   error
	}{
		"no tenant":              {func(q *Query) { q.Tenant = "" }, ErrQuery},
		"no metric":              {func(q *Query) { q.Metrics = nil }, ErrQuery},
		"metric twice":           {func(q *Query) { q.Metrics = []string{"reports", "reports"} }, ErrQuery},
		"unknown metric":         {func(q *Query) { q.Metrics = []string{"reports; DROP"} }, ErrUnknown},
		"unknown dimension":      {func(q *Query) { q.By = []DimensionName{"1) --"} }, ErrUnknown},
		"unknown filter":         {func(q *Query) { q.Where = []Filter{{"x", []string{"y"}}} }, ErrUnknown},
		"dimension twice":        {func(q *Query) { q.By = []DimensionName{DimCodec, DimCodec} }, ErrQuery},
		"filter without a value": {func(q *Query) { q.Where = []Filter{{Dimension: DimCodec}} }, ErrQuery},
		"no range":               {func(q *Query) { q.From = time.Time{} }, ErrQuery},
		"range turned round":     {func(q *Query) { q.From, q.To = q.To, q.From }, ErrQuery},
		"half a second":          {func(q *Query) { q.Every = time.Second / 2 }, ErrQuery},
		"limit":                  {func(q *Query) { q.Limit = MaxRows + 1 }, ErrQuery},
		"no base for both":       {func(q *Query) { q.Metrics = []string{"streams", "loss_p95_percent"} }, ErrNoBase},
		"no base for the cut": {func(q *Query) {
			q.Metrics, q.By = []string{"streams_active"}, []DimensionName{DimPeerSite}
		}, ErrNoBase},
	} {
		q := good
		c.change(&q)
		if s, err := Compile(q); !errors.Is(err, c.want) {
			t.Errorf("%s: got %q, %v, want %v", name, s.SQL, err, c.want)
		}
	}
}

// TestCompileChoosesTheCheapestBase looks at which base answers.
func TestCompileChoosesTheCheapestBase(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Query)
		want   BaseName
	}{
		"whole minutes":          {func(*Query) {}, BaseQuality},
		"facts asked for":        {func(q *Query) { q.Facts = true }, BaseReports},
		"not whole minutes":      {func(q *Query) { q.From = q.From.Add(time.Second) }, BaseReports},
		"buckets of ten seconds": {func(q *Query) { q.Every = 10 * time.Second }, BaseReports},
		"whose clients":          {func(q *Query) { q.Metrics = []string{"teams_loss_percent"} }, BaseTeams},
		"only facts know it":     {func(q *Query) { q.Metrics = append(q.Metrics, "streams_active") }, BaseReports},
		"cut by network":         {func(q *Query) { q.By = []DimensionName{DimPeerNetwork} }, BaseStreams},
	} {
		q := Query{Tenant: "acme", Metrics: []string{"loss_percent"}, From: testFrom, To: testTo, Every: time.Minute}
		c.change(&q)
		if s, err := Compile(q); err != nil || s.Base != c.want {
			t.Errorf("%s: got %s, %v, want %s", name, s.Base, err, c.want)
		}
	}
}

// TestScoresAreCutByScale holds the promise that no figure mixes scales.
func TestScoresAreCutByScale(t *testing.T) {
	for _, m := range Catalogue() {
		if !m.PerScale {
			continue
		}
		q := Query{Tenant: "acme", Metrics: []string{m.Name}, From: testFrom, To: testTo}
		for _, scales := range [][]string{nil, {"NB"}, {"NB", "WB"}} {
			q.Where = nil
			if scales != nil {
				q.Where = []Filter{{DimScale, scales}}
			}
			s, err := Compile(q)
			if err != nil {
				t.Fatal(err)
			}
			cut := slices.ContainsFunc(s.Columns, func(c Column) bool { return c.Of == string(DimScale) })
			if cut != (len(scales) != 1) {
				t.Errorf("%s where mos_scale in %q: cut by scale %v", m.Name, scales, cut)
			}
		}
	}
}

// TestValuesAreBound looks for values of a query in its SQL.
func TestValuesAreBound(t *testing.T) {
	q := Query{
		Tenant: "t'); DROP", Metrics: []string{"loss_percent", "r_lq_p05"}, By: []DimensionName{DimTrunk},
		Where: []Filter{{DimCodec, []string{"x') OR 1"}}}, From: testFrom, To: testTo, Every: time.Minute, Limit: 12345,
	}
	s, err := Compile(q)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"DROP", "OR 1", "12345", "1795"} {
		if strings.Contains(s.SQL, secret) {
			t.Errorf("%q stands in the SQL:\n%s", secret, s.SQL)
		}
	}
	for _, placeholder := range regexp.MustCompile(`\{(\w+):`).FindAllStringSubmatch(s.SQL, -1) {
		if _, ok := s.Args[placeholder[1]]; !ok {
			t.Errorf("nothing is bound to %s", placeholder[1])
		}
	}
}
