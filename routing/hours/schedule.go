package hours

import (
	"cmp"
	"slices"
	"time"
)

// Rule names what a calendar day's hours come from.
type Rule string

// The rules, in the order in which they win.
const (
	RuleException Rule = "exception"
	RuleHoliday   Rule = "holiday"
	RuleWeek      Rule = "week"
)

// Location returns the zone whose wall clock the schedule reads.
func (s *Schedule) Location() *time.Location { return s.loc }

// Open says whether the queue is open at an instant.
func (s *Schedule) Open(now time.Time) bool {
	local := now.In(s.loc)
	year, month, day := local.Date()
	return s.openAt(dateOf(year, month, day), local.Hour()*60+local.Minute())
}

// Reason says what the hours of the instant's calendar day come from, and the
// name of the exception or holiday ("" for the week).
func (s *Schedule) Reason(now time.Time) (rule Rule, name string) {
	year, month, day := now.In(s.loc).Date()
	if sp, ok := s.special(dateOf(year, month, day)); ok {
		return sp.kind, sp.name
	}
	return RuleWeek, ""
}

// openAt is Open for a reading of the wall clock.
func (s *Schedule) openAt(day date, minute int) bool {
	own, ordinary := s.spans(day)
	for _, sp := range own {
		if sp.from <= minute && minute < sp.to {
			return true
		}
	}
	if !ordinary {
		return false
	}
	before, _ := s.spans(day - 1)
	for _, sp := range before {
		if minute+minutesPerDay < sp.to {
			return true
		}
	}
	return false
}

// spans returns the spans that begin on a day, and whether the day is one of
// the week, into which the day before may spill.
func (s *Schedule) spans(day date) (spans []span, ordinary bool) {
	if sp, ok := s.special(day); ok {
		return sp.spans, false
	}
	return s.week[day.weekday()], true
}

// special finds the exception or holiday of a day.
func (s *Schedule) special(day date) (special, bool) {
	if sp, ok := find(s.exceptions, day); ok {
		return sp, true
	}
	if sp, ok := find(s.holidays, day); ok {
		return sp, true
	}
	if len(s.annual) == 0 {
		return special{}, false
	}
	_, month, dayOfMonth := day.midnightUTC().Date()
	sp, ok := s.annual[monthDay{month, dayOfMonth}]
	return sp, ok
}

// find looks a day up among sorted, disjoint ranges.
func find(sorted []special, day date) (special, bool) {
	i, exact := slices.BinarySearchFunc(sorted, day, func(sp special, d date) int { return cmp.Compare(sp.from, d) })
	if exact {
		return sorted[i], true
	}
	if i > 0 && day <= sorted[i-1].until {
		return sorted[i-1], true
	}
	return special{}, false
}
