package hours

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Schedule answers when a queue is open. It is immutable and safe to share.
type Schedule struct {
	loc        *time.Location
	week       [7][]span // by time.Weekday
	exceptions []special // sorted by from, disjoint
	holidays   []special // of one year each, sorted by from, disjoint
	annual     map[monthDay]special
	uniform    bool // the week is all open or all closed
	last       date // the last day that an exception or a dated holiday names
}

// special is a range of days with hours of their own.
type special struct {
	from, until date // inclusive
	name        string
	kind        Rule
	spans       []span
	path        string
}

// compile builds the schedule; found are the faults known already.
func (c Config) compile(loc *time.Location, found faults) (*Schedule, error) {
	s := &Schedule{loc: loc, annual: make(map[monthDay]special)}
	s.compileWeek(&c.Week, &found)
	s.compileHolidays(c.Holidays, &found)
	s.compileExceptions(c.Exceptions, &found)
	if len(found) > 0 {
		return nil, joined(found)
	}
	return s, nil
}

// joined is errors.Join on one line a fault.
type joined []error

func (j joined) Error() string {
	lines := make([]string, len(j))
	for i, err := range j {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the faults one by one.
func (j joined) Unwrap() []error { return j }

func (s *Schedule) compileWeek(week *Week, found *faults) {
	open := 0
	for day := time.Sunday; day <= time.Saturday; day++ {
		s.week[day] = parseSpans(dayPath(day), week.on(day), found)
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		next := (day + 1) % 7
		for _, over := range s.week[day] {
			open += over.to - over.from
			spill := span{0, over.to - minutesPerDay}
			for _, sp := range s.week[next] {
				if spill.to > 0 && spill.overlaps(sp) {
					found.add(dayPath(next), "%s overlaps %s of %s, which runs over midnight", sp, over, day)
				}
			}
		}
	}
	s.uniform = open == 0 || open == 7*minutesPerDay
}

func dayPath(day time.Weekday) string { return "week." + strings.ToLower(day.String()) }

// parseSpans reads the spans of one day and sorts them.
func parseSpans(path string, texts []string, found *faults) []span {
	var spans []span
	for i, text := range texts {
		sp, err := parseSpan(text)
		if err != nil {
			found.add(fmt.Sprintf("%s[%d]", path, i), "%q: %v", text, err)
			continue
		}
		for _, other := range spans {
			if sp.overlaps(other) {
				found.add(fmt.Sprintf("%s[%d]", path, i), "%q overlaps %s", text, other)
			}
		}
		spans = append(spans, sp)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return spans
}

func (s *Schedule) compileHolidays(holidays []Holiday, found *faults) {
	for i, h := range holidays {
		path := fmt.Sprintf("holidays[%d]", i)
		if h.Name == "" {
			found.add(path+".name", "missing")
		}
		sp := special{name: h.Name, kind: RuleHoliday, path: path, spans: parseSpans(path+".hours", h.Hours, found)}
		if md, ok := parseMonthDay(h.Date); ok {
			if other, twice := s.annual[md]; twice {
				found.add(path+".date", "%q is the date of %s too", h.Date, other.path)
			}
			s.annual[md] = sp
			continue
		}
		day, err := parseDate(h.Date)
		if err != nil {
			found.add(path+".date", "%q: expected a date as 2026-12-24, or 12-24 for every year", h.Date)
			continue
		}
		sp.from, sp.until = day, day
		s.holidays = append(s.holidays, sp)
	}
	s.holidays = s.settle(s.holidays, "date", found)
}

func (s *Schedule) compileExceptions(exceptions []Exception, found *faults) {
	for i, e := range exceptions {
		path := fmt.Sprintf("exceptions[%d]", i)
		if e.Name == "" {
			found.add(path+".name", "missing")
		}
		sp := special{name: e.Name, kind: RuleException, path: path, spans: parseSpans(path+".hours", e.Hours, found)}
		for j, one := range sp.spans {
			// Each day of a range spills into the next, which has the same spans.
			if spill := (span{0, one.to - minutesPerDay}); e.Until != "" && e.Until != e.From && spill.to > 0 && spill.overlaps(sp.spans[0]) {
				found.add(fmt.Sprintf("%s.hours[%d]", path, j), "%s runs over midnight into %s of the next day", one, sp.spans[0])
			}
		}
		var err error
		if sp.from, err = parseDate(e.From); err != nil {
			found.add(path+".from", "%q: %v", e.From, err)
			continue
		}
		sp.until = sp.from
		if e.Until != "" {
			if sp.until, err = parseDate(e.Until); err != nil {
				found.add(path+".until", "%q: %v", e.Until, err)
				continue
			}
		}
		if sp.until < sp.from {
			found.add(path+".until", "%q is before from, %q", e.Until, e.From)
			continue
		}
		s.exceptions = append(s.exceptions, sp)
	}
	s.exceptions = s.settle(s.exceptions, "from", found)
}

// settle sorts specials and reports days that two of them name.
func (s *Schedule) settle(all []special, field string, found *faults) []special {
	slices.SortStableFunc(all, func(a, b special) int { return cmp.Compare(a.from, b.from) })
	for i, sp := range all {
		s.last = max(s.last, sp.until)
		if i > 0 && all[i-1].until >= sp.from {
			found.add(sp.path+"."+field, "%s is a day of %s too", sp.from, all[i-1].path)
		}
	}
	return all
}

// String gives the span as it is configured.
func (s span) String() string {
	to := s.to
	if to > minutesPerDay {
		to -= minutesPerDay
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.from/60, s.from%60, to/60, to%60)
}

// String gives the date as it is configured.
func (d date) String() string { return d.midnightUTC().Format(time.DateOnly) }
