package cli

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/trunkline-cc/trunkline/routing/sim"
)

// loadChart shows contacts by interval: answered, gave up, elsewhere.
func loadChart(day []sim.Interval) template.HTML {
	most := 0.0
	for _, i := range day {
		most = math.Max(most, i.Offered)
	}
	p := newPlot("contacts in each interval of the mean day", halfWidth, ceiling(most))
	p.scale(func(v float64) string { return trimmed(v) })
	for k, i := range day {
		title := fmt.Sprintf("%s: %.1f contacts, %.1f answered, %.1f gave up", i.From, i.Offered, i.Answered, i.Abandoned)
		p.column("answered", k, len(day), 0, i.Answered, title)
		p.column("gone", k, len(day), i.Answered, i.Answered+i.Abandoned, title)
		if rest := i.Answered + i.Abandoned; i.Offered > rest*1.001 {
			p.column("elsewhere", k, len(day), rest, i.Offered, title)
		}
	}
	p.labels(intervalNames(day))
	return p.done()
}

func intervalNames(day []sim.Interval) []string {
	names := make([]string, len(day))
	for i := range day {
		names[i] = day[i].From
	}
	return names
}

// levelSeries is one run's service level by interval.
type levelSeries struct {
	class, name string
	day         []sim.Interval
}

// levelChart shows the share answered in target by interval, against a goal.
func levelChart(width, goal float64, series ...levelSeries) template.HTML {
	p := newPlot("share answered in target in each interval of the mean day", width, 1)
	p.scale(func(v float64) string { return fixed(100*v, 0) + " %" })
	p.level(goal, "goal "+fixed(100*goal, 0)+" %")
	for _, s := range series {
		values, titles := make([]*float64, len(s.day)), make([]string, len(s.day))
		for k, i := range s.day {
			values[k] = i.ServiceLevel.Value()
			if values[k] != nil {
				titles[k] = strings.TrimSpace(fmt.Sprintf("%s %s: %s of %.1f contacts in target", s.name, i.From, share(*values[k]), i.Offered))
			}
		}
		p.dots(s.class, values, titles)
	}
	p.labels(intervalNames(series[0].day))
	return p.done()
}

// agentsChart shows agents present and at work.
func agentsChart(day []sim.Interval) template.HTML {
	present, busy := make([]*float64, len(day)), make([]*float64, len(day))
	most := 0.0
	for k, i := range day {
		present[k], busy[k] = i.Present.Value(), i.Busy.Value()
		if present[k] != nil {
			most = math.Max(most, *present[k])
		}
	}
	p := newPlot("agents present and at work in each interval of the mean day", halfWidth, ceiling(most))
	p.scale(func(v float64) string { return trimmed(v) })
	for k, i := range day {
		if busy[k] != nil {
			p.column("busy", k, len(day), 0, *busy[k], fmt.Sprintf("%s: %.1f agents present, %.1f at work", i.From, *present[k], *busy[k]))
		}
	}
	p.steps("present", present)
	p.labels(intervalNames(day))
	return p.done()
}

// tailChart shows how long waits get.
func tailChart(rep *sim.Report) template.HTML {
	var rows []bar
	most := 0.0
	for _, l := range append(append([]sim.Line{}, rep.Types...), rep.Total) {
		if l.Tail.P99 == nil {
			continue
		}
		most = math.Max(most, *l.Tail.P99)
		rows = append(rows, bar{name: l.Name, text: fmt.Sprintf("99 %% within %s", clockOf(l.Tail.P99)), parts: []barPart{
			{"tail-99", *l.Tail.P99, "99 % waited at most " + clockOf(l.Tail.P99)},
			{"tail-95", *l.Tail.P95, "95 % waited at most " + clockOf(l.Tail.P95)},
			{"tail-90", *l.Tail.P90, "90 % waited at most " + clockOf(l.Tail.P90)},
			{"tail-50", *l.Tail.P50, "half waited at most " + clockOf(l.Tail.P50)},
		}})
	}
	return bars("distribution of waits by type", rows, 0, ceiling(most), func(v float64) string { return trimmed(v) + " s" })
}

// boundsChart compares the mean wait with what is possible, and says what that
// means.
func boundsChart(rep *sim.Report) (template.HTML, string) {
	b := rep.Bounds
	if b == nil || b.PooledASASeconds == nil || rep.Total.ASASeconds.Value == nil {
		return "", ""
	}
	asa := *rep.Total.ASASeconds.Value
	rows := []bar{{name: "as configured", text: clockOf(&asa), parts: []barPart{{"series-a", asa, "measured " + clockOf(&asa)}}}}
	most := asa
	if b.CutASASeconds != nil && b.Kind != sim.BoundReference {
		most = math.Max(most, *b.CutASASeconds)
		rows = append(rows, bar{name: "best with these skills", text: "not below " + clockOf(b.CutASASeconds), parts: []barPart{{"series-c", *b.CutASASeconds, "no rule gets below"}}})
	}
	most = math.Max(most, *b.PooledASASeconds)
	rows = append(rows, bar{name: "all agents can do all", text: clockOf(b.PooledASASeconds), parts: []barPart{{"series-b", *b.PooledASASeconds, "one team that does everything"}}})
	note := "The lowest bar is what the same agents would reach as one team in which everybody can do everything. What lies above it is the price of divided skills, ringing and habits; what is below it no routing can save, only more agents or fewer contacts."
	if b.Kind == sim.BoundReference {
		note += " Callers who give up make it a yardstick rather than a strict bound."
	}
	return bars("mean wait against what is possible", rows, 0, ceiling(most), func(v float64) string { return trimmed(v) + " s" }), note
}

// maxFairGroups is how many groups of equal agents a chart shows.
const maxFairGroups = 12

// fairChart shows how evenly work falls on equal agents.
func fairChart(rep *sim.Report) template.HTML {
	var rows []bar
	most := 0.0
	for _, g := range rep.Groups {
		if g.Agents < 2 || len(rows) == maxFairGroups {
			continue
		}
		mean := g.Occupancy.Mean
		most = math.Max(most, g.Occupancy.Max)
		rows = append(rows, bar{
			name: fmt.Sprintf("%s (%d)", shorten(g.Name, 14), g.Agents), from: g.Occupancy.Min, middle: &mean,
			text:  fmt.Sprintf("%s to %s", share(g.Occupancy.Min), share(g.Occupancy.Max)),
			parts: []barPart{{"series-a", g.Occupancy.Max, fmt.Sprintf("least %s, mean %s, most %s; contacts %.0f to %.0f", share(g.Occupancy.Min), share(mean), share(g.Occupancy.Max), g.Answered.Min, g.Answered.Max)}},
		})
	}
	if len(rows) == 0 {
		return ""
	}
	return bars("share of time at work among equal agents", rows, 0, math.Min(1, ceiling(most)), func(v float64) string { return fixed(100*v, 0) + " %" })
}

// differenceChart shows differences with their intervals around zero.
func differenceChart(title string, names []string, all []sim.Difference) template.HTML {
	var rows []bar
	low, high := 0.0, 0.0
	var f figure
	for i, d := range all {
		if d.BMinusA.Value == nil || d.BMinusA.HalfWidth == nil {
			continue
		}
		f = figureNames[d.Figure]
		factor := 1.0
		if f.share {
			factor = 100
		}
		value, half := factor**d.BMinusA.Value, factor**d.BMinusA.HalfWidth
		low, high = math.Min(low, value-half), math.Max(high, value+half)
		class := verdictClass(f, d.BMinusA)
		if class == "" {
			class = "neutral"
		}
		rows = append(rows, bar{name: names[i], from: value - half, middle: &value, text: f.difference(d.BMinusA), parts: []barPart{{class, value + half, f.difference(d.BMinusA)}}})
	}
	if len(rows) == 0 {
		return ""
	}
	unit := " s"
	if f.share {
		unit = ""
	}
	if low < 0 {
		low = -ceiling(-low)
	}
	if high > 0 {
		high = ceiling(high)
	}
	return bars(title, rows, low, high, func(v float64) string { return trimmed(v) + unit })
}

// trimmed formats a round number without needless decimals.
func trimmed(v float64) string { return fmt.Sprintf("%.4g", v) }

// shorten cuts a name that would not fit.
func shorten(text string, runes int) string {
	if r := []rune(text); len(r) > runes {
		return string(r[:runes-1]) + "…"
	}
	return text
}

// capital begins a sentence.
func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
