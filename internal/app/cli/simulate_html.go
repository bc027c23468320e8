package cli

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"github.com/trunkline-cc/trunkline/routing/sim"
)

//go:embed simulate.html
var simulatePage string

// page is what the template shows. Everything in it is formatted already.
type page struct {
	Title     string
	Subtitle  string
	Sentences []string
	Cards     []card
	Contrast  *contrastPage
	Runs      []runPage
	Staff     []staffDay
	StaffGoal string
	Peak      int // most agents of the plan, for shading
}

// card is one headline figure.
type card struct{ Name, Value, Note string }

// runPage shows one run.
type runPage struct {
	Name   string
	Day    string // the kind of day that charts show
	Titled bool   // there are several
	Lines  []linePage
	Load   template.HTML
	Level  template.HTML
	Agents template.HTML
	Tail   template.HTML
	Bounds template.HTML
	Bound  string
	Fair   template.HTML
	Note   string
}

// linePage is a row of the table of types.
type linePage struct {
	Name, Offered, Answered, GaveUp, Elsewhere, Target string
	Handled, NoAbandon, Positive, Negative             string
	ASA, AHT                                           string
	Total                                              bool
}

// contrastPage shows a comparison.
type contrastPage struct {
	A, B     string
	Rows     []contrastRow
	LevelGap template.HTML
	WaitGap  template.HTML
	Course   template.HTML
}

type contrastRow struct{ Part, Figure, A, B, Difference, Verdict, Class string }

// writeHTML writes a page that needs nothing but itself.
func (r *simulateResult) writeHTML(w io.Writer) error {
	tmpl, err := template.New("simulate").Funcs(template.FuncMap{"shade": shade, "busy": anyStaff}).Parse(simulatePage)
	if err != nil {
		return err
	}
	p := &page{Title: r.Config}
	if c := r.Comparison; c != nil {
		p.Title = r.Config + " against " + r.Against
		p.describe(c.A)
		p.Contrast = r.contrastPage()
		p.Sentences = contrastSentences(r)
		p.Runs = []runPage{newRunPage("A: "+r.Config, c.A, r.goal, true), newRunPage("B: "+r.Against, c.B, r.goal, true)}
	} else {
		p.describe(r.Report)
		p.Sentences, p.Cards = sentences(r.Report), cards(r.Report)
		p.Runs = []runPage{newRunPage(r.Config, r.Report, r.goal, false)}
	}
	if len(r.Staff) > 0 {
		p.Staff, p.StaffGoal = staffDays(r.Staff), share(r.goal)
		for i := range r.Staff {
			p.Peak = max(p.Peak, r.Staff[i].Pooled)
		}
	}
	return tmpl.Execute(w, p)
}

// shade returns how strongly a cell of the plan is coloured, 0..9.
func shade(agents, peak int) int {
	if agents == 0 || peak == 0 {
		return 0
	}
	return 1 + agents*8/peak
}

func (p *page) describe(rep *sim.Report) {
	p.Subtitle = fmt.Sprintf("%s simulated days from %s, %d contacts, seed %d",
		fixed(rep.MeasuredHours/24, 0), rep.Start.Format("Monday 2 January 2006"), rep.Total.Offered+rep.Total.TurnedAway, rep.Seed)
}

// sentences say in words what a run came to.
func sentences(rep *sim.Report) []string {
	t := &rep.Total
	if t.Offered == 0 || t.Answered == 0 {
		return []string{"Nobody was answered in this simulation."}
	}
	var out []string
	in := "the target time of their type"
	if t.TargetSeconds != nil {
		in = clockOf(t.TargetSeconds)
	}
	out = append(out, fmt.Sprintf("Of %d contacts, %s were answered within %s and %s gave up.", t.Offered, share(*t.ServiceLevel.NegativeAbandon.Value), in, share(*t.AbandonRate.Value)))
	out = append(out, fmt.Sprintf("Whoever was answered had waited %s on average; one in twenty waited longer than %s.", clockOf(t.ASASeconds.Value), clockOf(t.Tail.P95)))
	if worst, ok := worstInterval(rep); ok {
		out = append(out, fmt.Sprintf("The hardest time of the mean %s begins at %s: %s in target, with %s agents present.", mainCourse(rep).Name, worst.From, share(*worst.ServiceLevel.Value()), fixed(*worst.Present.Value(), 1)))
	}
	return out
}

// worstInterval finds the interval of the least service level among those with
// a fair share of contacts.
func worstInterval(rep *sim.Report) (worst sim.Interval, ok bool) {
	most := 0.0
	day := mainCourse(rep).Intervals
	for _, i := range day {
		most = math.Max(most, i.Offered)
	}
	for _, i := range day {
		if v := i.ServiceLevel.Value(); v != nil && i.Present.Value() != nil && i.Offered > most/10 && (!ok || *v < *worst.ServiceLevel.Value()) {
			worst, ok = i, true
		}
	}
	return worst, ok
}

func cards(rep *sim.Report) []card {
	t := &rep.Total
	return []card{
		{"answered in target", percent(t.ServiceLevel.NegativeAbandon), "of all who called"},
		{"mean wait", secondsOf(t.ASASeconds), "of the answered"},
		{"gave up", percent(t.AbandonRate), "of all who called"},
		{"at work", percent(rep.Occupancy), "of agents' time"},
		{"95 % waited at most", clockOf(t.Tail.P95), "longest " + clockOf(t.Tail.Max)},
	}
}

func newRunPage(name string, rep *sim.Report, goal float64, titled bool) runPage {
	day := trimDay(mainCourse(rep).Intervals)
	p := runPage{
		Name: name, Day: mainCourse(rep).Name, Titled: titled, Load: loadChart(day), Level: levelChart(halfWidth, goal, levelSeries{"series-a", "", day}), Agents: agentsChart(day),
		Tail: tailChart(rep), Fair: fairChart(rep),
	}
	p.Bounds, p.Bound = boundsChart(rep)
	for i := range rep.Types {
		p.Lines = append(p.Lines, newLinePage(&rep.Types[i]))
	}
	total := newLinePage(&rep.Total)
	total.Total = true
	p.Lines = append(p.Lines, total)
	switch {
	case rep.Refused > 0:
		p.Note = fmt.Sprintf("The routing state refused %d events, the first because %s.", rep.Refused, rep.FirstRefusal)
	case rep.Total.Unfinished > 0:
		p.Note = fmt.Sprintf("%d contacts were still waiting a day after the end: nobody serves them.", rep.Total.Unfinished)
	}
	return p
}

func newLinePage(l *sim.Line) linePage {
	s := &l.ServiceLevel
	target := "own"
	if l.TargetSeconds != nil {
		target = clockOf(l.TargetSeconds)
	}
	return linePage{
		Name: l.Name, Offered: fmt.Sprint(l.Offered), Answered: fmt.Sprint(l.Answered), GaveUp: percent(l.AbandonRate), Elsewhere: fmt.Sprint(l.Overflowed + l.TurnedAway),
		Target: target, Handled: percent(s.Handled), NoAbandon: percent(s.NoAbandon), Positive: percent(s.PositiveAbandon), Negative: percent(s.NegativeAbandon),
		ASA: secondsOf(l.ASASeconds), AHT: secondsOf(l.AHTSeconds),
	}
}

// mainCourse returns the mean day that brings most contacts.
func mainCourse(rep *sim.Report) *sim.Course {
	main := &rep.Days[0]
	for i := range rep.Days {
		if rep.Days[i].Contacts() > main.Contacts() {
			main = &rep.Days[i]
		}
	}
	return main
}

// trimDay drops the intervals before the first and after the last in which
// anything happens.
func trimDay(day []sim.Interval) []sim.Interval {
	alive := func(i sim.Interval) bool { v := i.Present.Value(); return i.Offered > 0 || v != nil && *v > 0.01 }
	first, last := 0, len(day)
	for first < last && !alive(day[first]) {
		first++
	}
	for last > first && !alive(day[last-1]) {
		last--
	}
	if first == last {
		return day
	}
	return day[first:last]
}

// contrastPage prepares the comparison.
func (r *simulateResult) contrastPage() *contrastPage {
	c := r.Comparison
	p := &contrastPage{A: r.Config, B: r.Against}
	var levels, waits []sim.Difference
	var names []string
	for _, part := range comparisonParts(c) {
		names = append(names, part.Name)
		for i, d := range part.Differences {
			f := figureNames[d.Figure]
			row := contrastRow{
				Part: part.Name, Figure: f.name, A: f.format(d.A), B: f.format(d.B), Difference: f.difference(d.BMinusA),
				Verdict: f.verdict(d.BMinusA, r.Config, r.Against), Class: verdictClass(f, d.BMinusA),
			}
			if i > 0 {
				row.Part = ""
			}
			p.Rows = append(p.Rows, row)
			switch d.Figure {
			case sim.FigureServiceLevel:
				levels = append(levels, d)
			case sim.FigureASA:
				waits = append(waits, d)
			}
		}
	}
	p.LevelGap = differenceChart("difference in the share answered in target", names, levels)
	p.WaitGap = differenceChart("difference in the mean wait", names, waits)
	p.Course = levelChart(fullWidth, r.goal, levelSeries{"series-a", "A", trimDay(mainCourse(c.A).Intervals)}, levelSeries{"series-b", "B", trimDay(mainCourse(c.B).Intervals)})
	return p
}

func verdictClass(f figure, e sim.Estimate) string {
	if e.Value == nil || e.HalfWidth == nil || f.better == 0 || math.Abs(*e.Value) <= *e.HalfWidth {
		return ""
	}
	if (*e.Value > 0) == (f.better > 0) {
		return "better"
	}
	return "worse"
}

// contrastSentences say in words what a comparison came to.
func contrastSentences(r *simulateResult) []string {
	var out []string
	for _, d := range r.Comparison.Total {
		f := figureNames[d.Figure]
		if d.A == nil || d.B == nil || f.better == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %s with %s, %s with %s; %s.", capital(f.name), f.format(d.A), r.Config, f.format(d.B), r.Against, f.verdict(d.BMinusA, r.Config, r.Against)))
	}
	return out
}
