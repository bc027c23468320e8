package hours

import (
	"slices"
	"time"
)

// horizonDays is how far beyond today, or beyond the last dated exception or
// holiday, a change is looked for: the longest gap between two 29ths of
// February is 8 years.
const horizonDays = 9 * 366

// NextChange returns the first instant after now at which [Schedule.Open]
// gives another answer than at now, in the schedule's zone; false if that
// never happens.
func (s *Schedule) NextChange(now time.Time) (time.Time, bool) {
	if s.uniform && len(s.annual) == 0 && len(s.exceptions) == 0 && len(s.holidays) == 0 {
		return time.Time{}, false
	}
	open := s.Open(now)
	t := now.In(s.loc)
	first, _ := wall(t)
	horizon := max(first, s.last) + horizonDays
	for {
		// Between two changes of the zone's offset the wall clock runs evenly.
		_, zoneEnd := t.ZoneBounds()
		if !zoneEnd.IsZero() && !zoneEnd.After(t) {
			// For zones whose rules go on for ever, package time counts 365 days
			// to a leap year and, on its last day, names an end that has passed.
			zoneEnd = t.Add(time.Hour)
		}
		if at, ok := s.changeBefore(zoneEnd, t, now, open, horizon); ok {
			return at, true
		}
		if zoneEnd.IsZero() {
			return time.Time{}, false
		}
		t = zoneEnd.In(s.loc)
		if day, _ := wall(t); day > horizon {
			return time.Time{}, false
		}
		if s.Open(t) != open {
			return t, true
		}
	}
}

// changeBefore looks for a change after now, from the day of t on, while the
// offset of t holds: until end (zero: for ever) and the horizon.
func (s *Schedule) changeBefore(end, t, now time.Time, open bool, horizon date) (time.Time, bool) {
	_, offset := t.Zone()
	day, _ := wall(t)
	marks := make([]int, 0, 8)
	for ; day <= horizon; day++ {
		marks = s.marks(marks[:0], day)
		for _, minute := range marks {
			at := time.Unix(int64(day)*secondsPerDay+int64(minute*60-offset), 0)
			if !end.IsZero() && !at.Before(end) {
				return time.Time{}, false
			}
			if at.After(now) && !at.Before(t) && s.openAt(day, minute) != open {
				return at.In(s.loc), true
			}
		}
	}
	return time.Time{}, false
}

// marks appends the minutes of a day at which its hours may begin or end, in
// order.
func (s *Schedule) marks(marks []int, day date) []int {
	own, ordinary := s.spans(day)
	marks = append(marks, 0)
	if ordinary {
		before, _ := s.spans(day - 1)
		for _, sp := range before {
			if sp.to > minutesPerDay {
				marks = append(marks, sp.to-minutesPerDay)
			}
		}
	}
	for _, sp := range own {
		marks = append(marks, sp.from)
		if sp.to < minutesPerDay {
			marks = append(marks, sp.to)
		}
	}
	slices.Sort(marks)
	return marks
}

// wall returns the day and minute that the clock shows.
func wall(t time.Time) (date, int) {
	year, month, day := t.Date()
	return dateOf(year, month, day), t.Hour()*60 + t.Minute()
}
