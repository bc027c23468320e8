package hours

import (
	"errors"
	"fmt"
	"time"
)

// ErrInvalid marks every fault that [Config.Compile] reports.
var ErrInvalid = errors.New("opening hours")

// Config is what an administrator writes about one queue's opening hours. The
// zero value is not valid: the time zone must be named.
type Config struct {
	// TimeZone is a name of the IANA time zone database, as Europe/Berlin or
	// UTC. Required; "Local" is refused, since it means another zone on each
	// machine.
	TimeZone string `json:"time_zone" yaml:"time_zone"`
	// Week holds the hours of ordinary days. A day without spans is closed.
	Week Week `json:"week" yaml:"week,omitempty"`
	// Holidays are days that do not follow the week.
	Holidays []Holiday `json:"holidays,omitempty" yaml:"holidays,omitempty"`
	// Exceptions are single days or ranges of days that win over holidays and
	// week.
	Exceptions []Exception `json:"exceptions,omitempty" yaml:"exceptions,omitempty"`
}

// Week lists the spans of each day of the week as "HH:MM-HH:MM" on the local
// clock, 00:00 to 24:00. An end at or before the beginning lies on the next
// day. Spans must not overlap, also not with what spills over from the day
// before; they may touch.
type Week struct {
	Monday    []string `json:"monday,omitempty" yaml:"monday,omitempty,flow"`
	Tuesday   []string `json:"tuesday,omitempty" yaml:"tuesday,omitempty,flow"`
	Wednesday []string `json:"wednesday,omitempty" yaml:"wednesday,omitempty,flow"`
	Thursday  []string `json:"thursday,omitempty" yaml:"thursday,omitempty,flow"`
	Friday    []string `json:"friday,omitempty" yaml:"friday,omitempty,flow"`
	Saturday  []string `json:"saturday,omitempty" yaml:"saturday,omitempty,flow"`
	Sunday    []string `json:"sunday,omitempty" yaml:"sunday,omitempty,flow"`
}

// on returns the spans of a weekday.
func (w *Week) on(day time.Weekday) []string {
	return [7][]string{w.Sunday, w.Monday, w.Tuesday, w.Wednesday, w.Thursday, w.Friday, w.Saturday}[day]
}

// Holiday is one day with hours of its own, mostly none.
type Holiday struct {
	// Name is for people; it need not be unique. Required.
	Name string `json:"name" yaml:"name"`
	// Date is "2026-12-24", that day only, or "12-25", that day of every year
	// ("02-29": of leap years). A date with a year wins over one without.
	Date string `json:"date" yaml:"date"`
	// Hours are the day's spans, as in [Week]. Default: none, closed.
	Hours []string `json:"hours,omitempty" yaml:"hours,omitempty,flow"`
}

// Exception is a range of days with hours of its own.
type Exception struct {
	// Name is for people; it need not be unique. Required.
	Name string `json:"name" yaml:"name"`
	// From is the first day, as "2026-07-01".
	From string `json:"from" yaml:"from"`
	// Until is the last day, inclusive. Default: From, one day.
	Until string `json:"until,omitempty" yaml:"until,omitempty"`
	// Hours are the spans of each of the days, as in [Week]. Default: none,
	// closed.
	Hours []string `json:"hours,omitempty" yaml:"hours,omitempty,flow"`
}

// AlwaysOpen returns a configuration that never closes.
func AlwaysOpen() Config {
	all := []string{"00:00-24:00"}
	return Config{TimeZone: "UTC", Week: Week{all, all, all, all, all, all, all}}
}

// Compile checks the configuration and returns its schedule. The error joins
// every fault found, each an [ErrInvalid] that begins with the path of the
// field, as in `week.monday[1]: "9-17": expected HH:MM-HH:MM`.
func (c Config) Compile() (*Schedule, error) {
	var faults faults
	loc := time.UTC
	switch c.TimeZone {
	case "":
		faults.add("time_zone", "missing: expected a name of the IANA time zone database, as Europe/Berlin")
	case "Local":
		faults.add("time_zone", "%q means another zone on each machine: expected a name of the IANA time zone database", c.TimeZone)
	default:
		var err error
		if loc, err = time.LoadLocation(c.TimeZone); err != nil {
			faults.add("time_zone", "%q is not in the IANA time zone database here", c.TimeZone)
			loc = time.UTC
		}
	}
	return c.compile(loc, faults)
}

// CompileIn is [Config.Compile] with the time zone given, whatever TimeZone
// says. A nil location means UTC.
func (c Config) CompileIn(loc *time.Location) (*Schedule, error) {
	if loc == nil {
		loc = time.UTC
	}
	return c.compile(loc, nil)
}

// faults collects what is wrong, in the order of the configuration.
type faults []error

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, fmt.Errorf("%w: %s: %s", ErrInvalid, path, fmt.Sprintf(format, args...)))
}
