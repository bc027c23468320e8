package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/trunkline-cc/trunkline/routing/sim"
)

// writeText prints what a person reads in a terminal.
func (r *simulateResult) writeText(w io.Writer) error {
	var err error
	if r.Comparison != nil {
		err = writeComparison(w, r)
	} else {
		err = writeReport(w, r.Config, r.Report)
	}
	if err == nil && len(r.Staff) > 0 {
		err = writeStaff(w, r.Staff)
	}
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// writeReport prints one run.
func writeReport(w io.Writer, name string, rep *sim.Report) error {
	fmt.Fprintf(w, "%s: %s hours from %s, seed %d, %d contacts, %d events\n\n",
		name, fixed(rep.MeasuredHours, 0), rep.Start.Format("Mon 2 Jan 2006"), rep.Seed, rep.Total.Offered+rep.Total.TurnedAway, rep.Steps)
	t := newTable("", ">offered", ">answered", ">gave up", ">elsewhere", ">in target", ">ASA", ">half", ">95 %", ">99 %", ">longest", ">AHT")
	for _, l := range append(append([]sim.Line{}, rep.Types...), rep.Total) {
		t.add(l.Name, fmt.Sprint(l.Offered), fmt.Sprint(l.Answered), percent(l.AbandonRate), fmt.Sprint(l.Overflowed+l.TurnedAway), percent(l.ServiceLevel.NegativeAbandon),
			secondsOf(l.ASASeconds), clockOf(l.Tail.P50), clockOf(l.Tail.P95), clockOf(l.Tail.P99), clockOf(l.Tail.Max), secondsOf(l.AHTSeconds))
	}
	if err := t.write(w); err != nil {
		return err
	}
	fmt.Fprintln(w, "\nhalf, 95 %, 99 %, longest: the wait that so many of the answered did not exceed")
	level := rep.Total.ServiceLevel
	fmt.Fprintf(w, "service level: of offered %s, of answered %s, without early abandons %s, early abandons as met %s\n",
		percent(level.NegativeAbandon), percent(level.Handled), percent(level.NoAbandon), percent(level.PositiveAbandon))
	fmt.Fprintf(w, "agents: %s present on average, at work %s of their time\n", estimate(sim.Estimate{Value: rep.PresentAgents.Value}, 1, 1), percent(rep.Occupancy))
	if b := rep.Bounds; b != nil && b.PooledASASeconds != nil {
		fmt.Fprintf(w, "waiting: %s on average; one team that does everything %s; %s\n", secondsOf(rep.Total.ASASeconds), clockOf(b.PooledASASeconds), boundNote(b))
	}
	if rep.Refused > 0 {
		fmt.Fprintf(w, "warning: the routing state refused %d events, the first because %s\n", rep.Refused, rep.FirstRefusal)
	}
	if rep.Total.Unfinished > 0 {
		fmt.Fprintf(w, "warning: %d contacts were still waiting a day after the end\n", rep.Total.Unfinished)
	}
	return writeFairness(w, rep)
}

// boundNote says what the bounds promise.
func boundNote(b *sim.Bounds) string {
	switch b.Kind {
	case sim.BoundPath, sim.BoundMean:
		return fmt.Sprintf("no rule can get below %s with these skills", clockOf(b.CutASASeconds))
	default:
		return "a yardstick, not a bound, since callers give up or lengths differ"
	}
}

// writeFairness prints how evenly work falls on equal agents.
func writeFairness(w io.Writer, rep *sim.Report) error {
	t := newTable("equal agents", ">agents", ">at work, least", ">mean", ">most", ">contacts, least", ">mean", ">most")
	rows := 0
	for _, g := range rep.Groups {
		if g.Agents < 2 {
			continue
		}
		rows++
		t.add(g.Name, fmt.Sprint(g.Agents), share(g.Occupancy.Min), share(g.Occupancy.Mean), share(g.Occupancy.Max),
			fixed(g.Answered.Min, 0), fixed(g.Answered.Mean, 0), fixed(g.Answered.Max, 0))
	}
	if rows == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return t.write(w)
}

// writeComparison prints two runs and their difference.
func writeComparison(w io.Writer, r *simulateResult) error {
	c := r.Comparison
	fmt.Fprintf(w, "A %s, B %s: %s hours from %s, seed %d, the same %d contacts\n\n",
		r.Config, r.Against, fixed(c.A.MeasuredHours, 0), c.A.Start.Format("Mon 2 Jan 2006"), c.A.Seed, c.A.Total.Offered+c.A.Total.TurnedAway)
	t := newTable("", "figure", ">A", ">B", ">B - A (95 %)", "")
	for _, part := range comparisonParts(c) {
		for i, d := range part.Differences {
			name := part.Name
			if i > 0 {
				name = ""
			}
			f := figureNames[d.Figure]
			t.add(name, f.name, f.format(d.A), f.format(d.B), f.difference(d.BMinusA), f.verdict(d.BMinusA, r.Config, r.Against))
		}
	}
	return t.write(w)
}

// comparisonParts lists all types, then the total.
func comparisonParts(c *sim.Comparison) []sim.TypeContrast {
	return append(append([]sim.TypeContrast{}, c.Types...), sim.TypeContrast{Name: "total", Differences: c.Total})
}

// writeStaff prints the suggestion, one row an interval of days alike.
func writeStaff(w io.Writer, plan []sim.StaffInterval) error {
	days := staffDays(plan)
	heads := []string{"from"}
	for _, d := range days {
		heads = append(heads, ">"+d.Name)
	}
	t := newTable(heads...)
	for i := range days[0].Rows {
		if !anyStaff(days, i) {
			continue
		}
		row := []string{days[0].Rows[i].From}
		for _, d := range days {
			s := &d.Rows[i]
			text := ""
			if s.Pooled > 0 {
				text = fmt.Sprintf("%d..%d", s.Pooled, s.Separate)
				if s.Scheduled > s.Pooled {
					text += fmt.Sprintf(" (%d)", s.Scheduled)
				}
			}
			row = append(row, text)
		}
		t.add(row...)
	}
	fmt.Fprintln(w, "\nagents to reach the goal, from one team that does everything to one team a type (with shrinkage):")
	return t.write(w)
}

// staffDay is a run of days with the same plan.
type staffDay struct {
	Name string // as mon-fri
	Rows []sim.StaffInterval
}

// staffDays joins neighbouring days that are alike.
func staffDays(plan []sim.StaffInterval) []staffDay {
	perDay := len(plan) / 7
	var days []staffDay
	first := ""
	for d := range 7 {
		rows := plan[d*perDay : (d+1)*perDay]
		name := rows[0].Day[:3]
		if n := len(days); n > 0 && sameStaff(days[n-1].Rows, rows) {
			days[n-1].Name = first + "-" + name
			continue
		}
		first = name
		days = append(days, staffDay{Name: name, Rows: rows})
	}
	return days
}

// anyStaff tells whether an interval needs anybody on any day.
func anyStaff(days []staffDay, i int) bool {
	for _, d := range days {
		if d.Rows[i].Pooled > 0 {
			return true
		}
	}
	return false
}

func sameStaff(a, b []sim.StaffInterval) bool {
	for i := range a {
		if a[i].Contacts != b[i].Contacts || a[i].Pooled != b[i].Pooled || a[i].Separate != b[i].Separate {
			return false
		}
	}
	return true
}

// none stands for a figure that does not exist.
const none = "-"

// fixed formats with a fixed count of decimals.
func fixed(v float64, decimals int) string { return fmt.Sprintf("%.*f", decimals, v) }

// share formats a part of a whole.
func share(v float64) string { return fixed(100*v, 1) + " %" }

// estimate formats a figure times a factor, and its half width.
func estimate(e sim.Estimate, factor float64, decimals int) string {
	if e.Value == nil {
		return none
	}
	text := fixed(factor**e.Value, decimals)
	if e.HalfWidth != nil {
		text += " ±" + fixed(factor**e.HalfWidth, decimals)
	}
	return text
}

// percent formats a share with its half width.
func percent(e sim.Estimate) string {
	if e.Value == nil {
		return none
	}
	return estimate(e, 100, 1) + " %"
}

// secondsOf formats seconds with their half width.
func secondsOf(e sim.Estimate) string {
	if e.Value == nil {
		return none
	}
	return estimate(e, 1, 1) + " s"
}

// clockOf formats a length of time: 48 s, 3:05.
func clockOf(v *float64) string {
	switch {
	case v == nil:
		return none
	case *v < 10:
		return fixed(*v, 1) + " s"
	case *v < 99.5:
		return fixed(*v, 0) + " s"
	}
	whole := int(math.Round(*v))
	if whole >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", whole/3600, whole/60%60, whole%60)
	}
	return fmt.Sprintf("%d:%02d", whole/60, whole%60)
}

// figure says how a compared figure is shown and which way is better.
type figure struct {
	name   string
	share  bool
	better int // +1 more is better, -1 less, 0 neither
}

var figureNames = map[string]figure{
	sim.FigureServiceLevel: {"answered in target", true, +1},
	sim.FigureASA:          {"mean wait of the answered", false, -1},
	sim.FigureWait:         {"mean wait of all", false, -1},
	sim.FigureAbandonRate:  {"gave up", true, -1},
	sim.FigureAHT:          {"handling time", false, 0},
	sim.FigureOccupancy:    {"agents at work", true, 0},
}

func (f figure) format(v *float64) string {
	switch {
	case v == nil:
		return none
	case f.share:
		return share(*v)
	default:
		return fixed(*v, 1) + " s"
	}
}

// difference formats B - A with a sign.
func (f figure) difference(e sim.Estimate) string {
	if e.Value == nil {
		return none
	}
	factor, unit := 1.0, " s"
	if f.share {
		factor, unit = 100, " points"
	}
	text := fmt.Sprintf("%+.1f", factor**e.Value)
	if e.HalfWidth != nil {
		text += " ±" + fixed(factor**e.HalfWidth, 1)
	}
	return text + unit
}

// verdict says what the interval allows to say.
func (f figure) verdict(e sim.Estimate, a, b string) string {
	if e.Value == nil || e.HalfWidth == nil {
		return "unknown"
	}
	if math.Abs(*e.Value) <= *e.HalfWidth {
		return "no clear difference"
	}
	switch direction := int(math.Copysign(1, *e.Value)); {
	case f.better == 0 && direction > 0:
		return "more in " + b
	case f.better == 0:
		return "less in " + b
	case f.better == direction:
		return b + " is better"
	default:
		return a + " is better"
	}
}
