package cli

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
)

// Charts are inline SVG without scripts or outside resources. Colours come from
// the page's style, by class; every mark has a title that says its numbers.

// plot is a chart being drawn: a frame with margins and an axis of values.
type plot struct {
	b             strings.Builder
	width, height float64
	left, right   float64
	top, bottom   float64
	max           float64 // the value at the top
}

// Widths of charts that share a line, and of those that have it alone; text
// keeps its size in both.
const (
	halfWidth   = 540.0
	fullWidth   = 1130.0
	chartHeight = 210.0
)

// newPlot opens a chart for values up to max.
func newPlot(title string, width, max float64) *plot {
	p := &plot{width: width, height: chartHeight, left: 44, right: 12, top: 10, bottom: 26, max: max}
	p.open(title)
	return p
}

func (p *plot) open(title string) {
	p.printf(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, p.width, p.height, html.EscapeString(title))
}

func (p *plot) printf(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// done closes the chart.
func (p *plot) done() template.HTML {
	p.b.WriteString("</svg>")
	return template.HTML(p.b.String()) // all text in it was escaped where it was written
}

// x maps a share of the width, y a value.
func (p *plot) x(share float64) float64 { return p.left + share*(p.width-p.left-p.right) }

func (p *plot) y(v float64) float64 {
	return p.height - p.bottom - v/p.max*(p.height-p.top-p.bottom)
}

// scale draws lines at round values.
func (p *plot) scale(format func(float64) string) {
	step := roundStep(p.max / 4)
	for v := 0.0; v <= p.max*1.0001; v += step {
		p.printf(`<line class="grid" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, p.left, p.width-p.right, p.y(v), p.y(v))
		p.printf(`<text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, p.left-6, p.y(v)+4, html.EscapeString(format(v)))
	}
}

// labels writes every so many labels below, each at the left edge of its slot.
func (p *plot) labels(names []string) {
	every := 1
	for float64(len(names)/every) > p.width/52 {
		every *= 2
	}
	for i := 0; i < len(names); i += every {
		p.printf(`<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, p.x(float64(i)/float64(len(names))), p.height-8, html.EscapeString(names[i]))
	}
}

// column draws one of n columns from a value to a value.
func (p *plot) column(class string, i, n int, from, to float64, title string) {
	slot := 1 / float64(n)
	x0, x1 := p.x(float64(i)*slot+slot*0.12), p.x(float64(i+1)*slot-slot*0.12)
	p.printf(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s</title></rect>`,
		class, x0, p.y(to), x1-x0, math.Max(0, p.y(from)-p.y(to)), html.EscapeString(title))
}

// steps draws a line that holds each value for its slot; nil is a gap.
func (p *plot) steps(class string, values []*float64) {
	var path strings.Builder
	pen := false
	for i, v := range values {
		if v == nil {
			pen = false
			continue
		}
		verb := "L"
		if !pen {
			verb = "M"
		}
		n := float64(len(values))
		fmt.Fprintf(&path, "%s%.1f %.1fH%.1f", verb, p.x(float64(i)/n), p.y(*v), p.x(float64(i+1)/n))
		pen = true
	}
	p.printf(`<path class="%s" d="%s"/>`, class, path.String())
}

// dots draws a line through the middles of the slots, with a dot each.
func (p *plot) dots(class string, values []*float64, titles []string) {
	var path strings.Builder
	pen := false
	n := float64(len(values))
	for i, v := range values {
		if v == nil {
			pen = false
			continue
		}
		verb := "L"
		if !pen {
			verb = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", verb, p.x((float64(i)+0.5)/n), p.y(*v))
		pen = true
	}
	p.printf(`<path class="%s" d="%s"/>`, class, path.String())
	for i, v := range values {
		if v != nil {
			p.printf(`<circle class="%s" cx="%.1f" cy="%.1f" r="3.2"><title>%s</title></circle>`, class, p.x((float64(i)+0.5)/n), p.y(*v), html.EscapeString(titles[i]))
		}
	}
}

// level draws a dashed line across at a value.
func (p *plot) level(v float64, text string) {
	p.printf(`<line class="goal" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, p.left, p.width-p.right, p.y(v), p.y(v))
	p.printf(`<text class="axis" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, p.width-p.right, p.y(v)-5, html.EscapeString(text))
}

// bar is one row of a chart of horizontal bars.
type bar struct {
	name   string
	parts  []barPart // drawn one over the other, the longest first
	text   string    // at the end of the bar
	from   float64   // of a range; drawn from there to the longest part
	middle *float64  // a mark within a range
}

type barPart struct {
	class string
	value float64
	title string
}

// bars draws horizontal bars on one scale from min to max, with a line at 0.
func bars(title string, rows []bar, min, max float64, format func(float64) string) template.HTML {
	const row = 28.0
	p := &plot{width: halfWidth, height: float64(len(rows))*row + 30, left: 132, right: 118, top: 4, bottom: 26, max: 1}
	p.open(title)
	if max <= min {
		max = min + 1
	}
	x := func(v float64) float64 { return p.x((v - min) / (max - min)) }
	step := roundStep((max - min) / 4)
	for v := math.Ceil(min/step) * step; v <= max*1.0001; v += step {
		class := "grid"
		if math.Abs(v) < step/1000 {
			class, v = "zero", 0
		}
		p.printf(`<line class="%s" x1="%.1f" x2="%.1f" y1="0" y2="%.1f"/>`, class, x(v), x(v), p.height-p.bottom)
		p.printf(`<text class="axis" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`, x(v), p.height-8, html.EscapeString(format(v)))
	}
	for i, r := range rows {
		y := float64(i)*row + p.top
		p.printf(`<text class="name" x="%.1f" y="%.1f" text-anchor="end">%s</text>`, p.left-10, y+row/2+3, html.EscapeString(r.name))
		end := x(r.from)
		for _, part := range r.parts {
			x0, x1 := math.Min(x(r.from), x(part.value)), math.Max(x(r.from), x(part.value))
			end = math.Max(end, x1)
			p.printf(`<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"><title>%s</title></rect>`,
				part.class, x0, y+6, math.Max(x1-x0, 1.5), row-12, html.EscapeString(part.title))
		}
		if r.middle != nil {
			p.printf(`<line class="mark" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(*r.middle), x(*r.middle), y+3, y+row-3)
			end = math.Max(end, x(*r.middle))
		}
		p.printf(`<text class="value" x="%.1f" y="%.1f">%s</text>`, end+7, y+row/2+3, html.EscapeString(r.text))
	}
	return p.done()
}

// roundStep returns 1, 2 or 5 times a power of ten, not below v.
func roundStep(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{1, 2, 5} {
		if factor*power >= v*0.9999 {
			return factor * power
		}
	}
	return 10 * power
}

// ceiling returns a round value at or above the greatest.
func ceiling(values ...float64) float64 {
	most := 0.0
	for _, v := range values {
		most = math.Max(most, v)
	}
	step := roundStep(most / 4)
	return math.Max(step*math.Ceil(most/step-1e-9), step)
}
