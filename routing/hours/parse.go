package hours

import (
	"errors"
	"time"
)

const minutesPerDay = 24 * 60

// span is a part of a day on the wall clock, in minutes from its midnight:
// from inclusive, to exclusive, 0 <= from < to. To is over minutesPerDay for a
// span that runs into the next day, and at most from+minutesPerDay.
type span struct{ from, to int }

func (s span) overlaps(o span) bool { return s.from < o.to && o.from < s.to }

var errSpan = errors.New("expected HH:MM-HH:MM, from 00:00 to 24:00")

// parseSpan reads "HH:MM-HH:MM".
func parseSpan(text string) (span, error) {
	if len(text) != len("HH:MM-HH:MM") || text[5] != '-' {
		return span{}, errSpan
	}
	from, ok1 := parseClock(text[:5])
	to, ok2 := parseClock(text[6:])
	switch {
	case !ok1 || !ok2 || from == minutesPerDay:
		return span{}, errSpan
	case to == from:
		return span{}, errors.New("begins when it ends: write 00:00-24:00 for all day")
	case to < from:
		to += minutesPerDay
	}
	return span{from, to}, nil
}

// parseClock reads "HH:MM", 00:00 to 24:00, as minutes.
func parseClock(text string) (int, bool) {
	if text[2] != ':' {
		return 0, false
	}
	hour, ok1 := twoDigits(text[:2])
	minute, ok2 := twoDigits(text[3:])
	total := hour*60 + minute
	return total, ok1 && ok2 && minute < 60 && total <= minutesPerDay
}

func twoDigits(text string) (int, bool) {
	if text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9' {
		return 0, false
	}
	return int(text[0]-'0')*10 + int(text[1]-'0'), true
}

// date is a calendar day, counted from 1970-01-01 without regard to zones.
type date int

// dateOf returns the day of a proleptic Gregorian date.
func dateOf(year int, month time.Month, day int) date {
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

const secondsPerDay = 24 * 60 * 60

// weekday returns the day of the week; 1970-01-01 was a Thursday.
func (d date) weekday() time.Weekday {
	return time.Weekday(((int(d)+4)%7 + 7) % 7)
}

func (d date) midnightUTC() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

var errDate = errors.New("expected a date as 2026-12-24, from 1970 to 2199")

// lastYear bounds dates, so that a search for the next change is short.
const lastYear = 2199

// parseDate reads "2026-12-24".
func parseDate(text string) (date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1970 || t.Year() > lastYear {
		return 0, errDate
	}
	return date(t.Unix() / secondsPerDay), nil
}

// monthDay is a day of every year.
type monthDay struct {
	month time.Month
	day   int
}

// parseMonthDay reads "12-25". The day may be one that only leap years have.
func parseMonthDay(text string) (monthDay, bool) {
	t, err := time.Parse(time.DateOnly, "2000-"+text)
	if err != nil {
		return monthDay{}, false
	}
	return monthDay{t.Month(), t.Day()}, true
}
