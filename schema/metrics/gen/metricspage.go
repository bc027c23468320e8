package main

import (
	"fmt"
	"strings"

	"github.com/trunkline-cc/trunkline/schema/metrics"
)

const generated = "<!-- Written by `go generate ./schema/metrics`; do not edit. -->\n\n"

// metricsPage is METRICS.md.
func metricsPage() string {
	var b strings.Builder
	b.WriteString(generated)
	b.WriteString(`# Metrics

Every figure of Trunkline, from the catalogue in [metrics](metrics/metric.go). Figures are made of parts that add up
(numerator and denominator, sum and count, histogram); parts of any pieces of the data give the figure of the whole, and
figures themselves are never averaged. Unknown is NULL, never 0. Scores of different scales (NB, WB, FB) are never in one
figure. Percentiles come from histograms and name the lower edge of the bucket in which the rank falls. Synthetic and real
facts are never in one figure.

| metric | unit | kind | what |
|---|---|---|---|
`)
	for _, m := range metrics.Catalogue() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", m.Name, m.Name, m.Unit, m.Kind, cell(m.Title))
	}
	b.WriteString("\n## Bases\n\nA figure is computed from the first of these that knows everything asked for.\n\n| base | rows of | bucketed by | dimensions |\n|---|---|---|---|\n")
	for _, base := range metrics.Bases() {
		var names []string
		for _, d := range base.Dimensions {
			names = append(names, string(d.Name))
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", base.Name, strings.Fields(base.From)[0], base.TimeMeaning, strings.Join(names, ", "))
	}
	b.WriteString("\n## Dimensions\n\n| dimension | what |\n|---|---|\n")
	for _, d := range metrics.Dimensions() {
		fmt.Fprintf(&b, "| %s | %s: %s |\n", d.Name, d.Title, cell(d.Meaning))
	}
	for _, m := range metrics.Catalogue() {
		writeMetric(&b, &m)
	}
	return b.String()
}

// writeMetric is the section of one metric.
func writeMetric(b *strings.Builder, m *metrics.Metric) {
	fmt.Fprintf(b, "\n### %s\n\n%s, in %s (%s). %s\n\n- Source: %s\n- Does not count: %s\n", m.Name, m.Title, m.Unit, m.Kind, m.Definition, m.Standard, m.Excludes)
	if m.PerScale {
		b.WriteString("- On one mos_scale at a time\n")
	}
	for _, f := range m.Forms {
		fmt.Fprintf(b, "- From %s: `%s`", f.Base, f.Num)
		if f.Den != "" {
			fmt.Fprintf(b, " by `%s`", f.Den)
		}
		if m.Scale != 1 {
			fmt.Fprintf(b, ", times %v", m.Scale)
		}
		b.WriteString("\n")
	}
}

// cell makes text fit for a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
