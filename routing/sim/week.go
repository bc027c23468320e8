package sim

import (
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

const (
	minutesPerDay = 24 * 60
	hourMillis    = 3600 * 1000
	dayMillis     = 24 * hourMillis
)

// clock is a wall clock in minutes from midnight.
type clock int

// parseClock reads "HH:MM", 00:00 to 24:00.
func parseClock(text string) (clock, bool) {
	if text == "24:00" {
		return minutesPerDay, true
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return clock(t.Hour()*60 + t.Minute()), true
}

// on returns the instant at which a day's wall clock shows c: the first of two
// where an hour is repeated, and as much later as the clock jumps where it is
// left out.
func (c clock) on(day time.Time) routing.Time {
	year, month, d := day.Date()
	t := time.Date(year, month, d, 0, int(c), 0, 0, day.Location())
	if change, _ := t.ZoneBounds(); !change.IsZero() {
		_, offset := t.Zone()
		_, before := change.Add(-1).Zone()
		if repeated := time.Duration(before-offset) * time.Second; t.Sub(change) < repeated {
			t = t.Add(-repeated)
		}
	}
	return routing.Time(t.UnixMilli())
}

// weekdays is a set of days of the week.
type weekdays uint8

func (w weekdays) has(day time.Weekday) bool { return w&(1<<day) != 0 }

// parseDays reads names of days; none mean all.
func parseDays(path string, names []string, faults *faults) weekdays {
	if len(names) == 0 {
		return 1<<7 - 1
	}
	var set weekdays
	for _, name := range names {
		days, ok := dayNames[strings.ToLower(name)]
		if !ok {
			faults.add(path, "%q: expected monday to sunday, weekdays or weekend", name)
		}
		set |= days
	}
	return set
}

var dayNames = map[string]weekdays{
	"sunday": 1 << time.Sunday, "monday": 1 << time.Monday, "tuesday": 1 << time.Tuesday,
	"wednesday": 1 << time.Wednesday, "thursday": 1 << time.Thursday, "friday": 1 << time.Friday,
	"saturday": 1 << time.Saturday, "weekdays": 0b0111110, "weekend": 0b1000001,
}

// on returns the intervals of a day of the week.
func (r *Rates) on(day time.Weekday) []float64 {
	own := [7][]float64{r.Sunday, r.Monday, r.Tuesday, r.Wednesday, r.Thursday, r.Friday, r.Saturday}[day]
	switch {
	case own != nil:
		return own
	case day == time.Saturday || day == time.Sunday:
		return r.Weekend
	default:
		return r.Weekdays
	}
}

// empty tells whether no day has rates.
func (r *Rates) empty() bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if len(r.on(day)) > 0 {
			return false
		}
	}
	return true
}
