package hours

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// weekdays gives Monday to Friday the same spans.
func weekdays(spans ...string) Week {
	return Week{Monday: spans, Tuesday: spans, Wednesday: spans, Thursday: spans, Friday: spans}
}

// everyDay gives all days the same spans.
func everyDay(spans ...string) Week {
	w := weekdays(spans...)
	w.Saturday, w.Sunday = spans, spans
	return w
}

func compile(t *testing.T, c Config) *Schedule {
	t.Helper()
	s, err := c.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOpen lists instants and what a correct clock on the wall implies. In
// each row `next` is the change that follows, "" for never.
func TestOpen(t *testing.T) {
	berlin := func(w Week) Config { return Config{TimeZone: "Europe/Berlin", Week: w} }
	christmas := berlin(weekdays("09:00-17:00"))
	christmas.Holidays = []Holiday{
		{Name: "Christmas Eve", Date: "12-24", Hours: []string{"09:00-12:00"}},
		{Name: "Christmas", Date: "12-25"},
		{Name: "Christmas 2026, half a day", Date: "2026-12-25", Hours: []string{"10:00-11:00"}},
	}
	christmas.Exceptions = []Exception{{Name: "stocktaking", From: "2027-01-04", Until: "2027-01-06", Hours: []string{"13:00-14:00"}}}
	nights := berlin(Week{Friday: []string{"22:00-06:00"}, Saturday: []string{"22:00-06:00"}})
	nights.Holidays = []Holiday{{Name: "a Saturday off", Date: "2026-11-28"}}
	leap := berlin(Week{})
	leap.Holidays = []Holiday{{Name: "leap day sale", Date: "02-29", Hours: []string{"10:00-12:00"}}}
	always := AlwaysOpen()
	alwaysButOnce := AlwaysOpen()
	alwaysButOnce.Exceptions = []Exception{{Name: "maintenance", From: "2030-05-05", Hours: []string{"04:00-24:00"}}}

	for _, tt := range []struct {
		name   string
		config Config
		now    string
		open   bool
		next   string
	}{
		{"a minute before", berlin(weekdays("09:00-17:00")), "2026-11-23T08:59:59+01:00", false, "2026-11-23T09:00:00+01:00"},
		{"the first instant", berlin(weekdays("09:00-17:00")), "2026-11-23T09:00:00+01:00", true, "2026-11-23T17:00:00+01:00"},
		{"the last instant", berlin(weekdays("09:00-17:00")), "2026-11-23T16:59:59.999+01:00", true, "2026-11-23T17:00:00+01:00"},
		{"the end is outside", berlin(weekdays("09:00-17:00")), "2026-11-23T17:00:00+01:00", false, "2026-11-24T09:00:00+01:00"},
		{"over a weekend", berlin(weekdays("09:00-17:00")), "2026-11-27T17:00:00+01:00", false, "2026-11-30T09:00:00+01:00"},
		{"asked in another zone", berlin(weekdays("09:00-17:00")), "2026-11-23T15:30:00Z", true, "2026-11-23T17:00:00+01:00"},
		{"touching spans are one", berlin(Week{Monday: []string{"12:00-17:00", "09:00-12:00"}}), "2026-11-23T09:30:00+01:00", true, "2026-11-23T17:00:00+01:00"},

		{"spring: 09:00 keeps its place", berlin(everyDay("09:00-17:00")), "2026-03-29T08:00:00+02:00", false, "2026-03-29T09:00:00+02:00"},
		{"spring: a night is an hour shorter", berlin(everyDay("01:00-04:00")), "2026-03-29T01:00:00+01:00", true, "2026-03-29T04:00:00+02:00"},
		{"spring: cut short by the jump", berlin(everyDay("01:00-02:30")), "2026-03-29T01:30:00+01:00", true, "2026-03-29T03:00:00+02:00"},
		{"spring: begins in the jump", berlin(everyDay("02:30-04:00")), "2026-03-29T01:59:00+01:00", false, "2026-03-29T03:00:00+02:00"},
		{"spring: wholly in the jump", berlin(everyDay("02:00-03:00")), "2026-03-29T01:59:00+01:00", false, "2026-03-30T02:00:00+02:00"},
		{"autumn: an hour longer", berlin(everyDay("01:00-04:00")), "2026-10-25T01:00:00+02:00", true, "2026-10-25T04:00:00+01:00"},
		{"autumn: the repeated hour, first time", berlin(everyDay("02:00-02:30")), "2026-10-25T02:10:00+02:00", true, "2026-10-25T02:30:00+02:00"},
		{"autumn: between the two", berlin(everyDay("02:00-02:30")), "2026-10-25T02:40:00+02:00", false, "2026-10-25T02:00:00+01:00"},
		{"autumn: the repeated hour, second time", berlin(everyDay("02:00-02:30")), "2026-10-25T02:10:00+01:00", true, "2026-10-25T02:30:00+01:00"},
		{"autumn: joined into one", berlin(everyDay("02:00-03:00")), "2026-10-25T02:00:00+02:00", true, "2026-10-25T03:00:00+01:00"},
		{"a jump of half an hour", Config{TimeZone: "Australia/Lord_Howe", Week: everyDay("02:00-02:45")}, "2026-10-04T01:59:00+10:30", false, "2026-10-04T02:30:00+11:00"},
		{"a day that was left out", Config{TimeZone: "Pacific/Apia", Week: Week{Friday: []string{"10:00-12:00"}, Sunday: []string{"10:00-11:00"}}}, "2011-12-29T23:59:00-10:00", false, "2012-01-01T10:00:00+14:00"},

		{"night: before midnight", nights, "2026-11-20T23:00:00+01:00", true, "2026-11-21T06:00:00+01:00"},
		{"night: after midnight", nights, "2026-11-21T05:59:00+01:00", true, "2026-11-21T06:00:00+01:00"},
		{"night: stops where a holiday begins", nights, "2026-11-27T23:00:00+01:00", true, "2026-11-28T00:00:00+01:00"},
		{"night: a holiday does not spill", nights, "2026-11-28T00:00:00+01:00", false, "2026-12-04T22:00:00+01:00"},
		{"night: Sunday after Saturday", nights, "2026-11-22T03:00:00+01:00", true, "2026-11-22T06:00:00+01:00"},
		{"night in spring is 7 hours", nights, "2026-03-28T22:00:00+01:00", true, "2026-03-29T06:00:00+02:00"},

		{"annual holiday, short", christmas, "2027-12-24T11:00:00+01:00", true, "2027-12-24T12:00:00+01:00"},
		{"annual holiday, closed", christmas, "2025-12-25T10:30:00+01:00", false, "2025-12-26T09:00:00+01:00"},
		{"a dated holiday wins over an annual one", christmas, "2026-12-25T10:30:00+01:00", true, "2026-12-25T11:00:00+01:00"},
		{"exception, first day", christmas, "2027-01-04T09:30:00+01:00", false, "2027-01-04T13:00:00+01:00"},
		{"exception, last day", christmas, "2027-01-06T14:00:00+01:00", false, "2027-01-07T09:00:00+01:00"},

		{"29 February comes", leap, "2027-03-01T00:00:00+01:00", false, "2028-02-29T10:00:00+01:00"},
		{"29 February over 2100", leap, "2096-02-29T12:00:00+01:00", false, "2104-02-29T10:00:00+01:00"},

		{"always", always, "2026-11-23T00:00:00Z", true, ""},
		{"never", berlin(Week{}), "2026-11-23T00:00:00Z", false, ""},
		{"always, until a date far off", alwaysButOnce, "2026-11-23T00:00:00Z", true, "2030-05-05T00:00:00Z"},
		{"always, after that date", alwaysButOnce, "2030-05-05T04:00:00Z", true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, now := compile(t, tt.config), instant(t, tt.now)
			if got := s.Open(now); got != tt.open {
				t.Errorf("Open(%s) = %v", tt.now, got)
			}
			next, ok := s.NextChange(now)
			switch {
			case ok != (tt.next != ""):
				t.Errorf("NextChange(%s) = %s, %v", tt.now, next, ok)
			case ok && !next.Equal(instant(t, tt.next)):
				t.Errorf("NextChange(%s) = %s, want %s", tt.now, next.Format(time.RFC3339), tt.next)
			case ok && s.Open(next) == tt.open:
				t.Errorf("Open does not change at %s", next)
			}
		})
	}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestReason(t *testing.T) {
	s := compile(t, Config{
		TimeZone:   "UTC",
		Week:       everyDay("09:00-17:00"),
		Holidays:   []Holiday{{Name: "May Day", Date: "05-01"}, {Name: "Open May Day", Date: "2027-05-01", Hours: []string{"09:00-12:00"}}},
		Exceptions: []Exception{{Name: "moving house", From: "2028-04-30", Until: "2028-05-02"}},
	})
	for _, tt := range []struct {
		day  string
		rule Rule
		name string
	}{
		{"2026-04-30", RuleWeek, ""},
		{"2026-05-01", RuleHoliday, "May Day"},
		{"2027-05-01", RuleHoliday, "Open May Day"},
		{"2028-05-01", RuleException, "moving house"},
		{"2028-05-03", RuleWeek, ""},
	} {
		if rule, name := s.Reason(instant(t, tt.day+"T12:00:00Z")); rule != tt.rule || name != tt.name {
			t.Errorf("Reason(%s) = %s %q, want %s %q", tt.day, rule, name, tt.rule, tt.name)
		}
	}
}

func TestCompileIn(t *testing.T) {
	s, err := Config{Week: everyDay("09:00-17:00")}.CompileIn(time.FixedZone("", -5*3600))
	if err != nil {
		t.Fatal(err)
	}
	if at := instant(t, "2026-11-23T14:00:00Z"); !s.Open(at) || s.Open(at.Add(-time.Second)) {
		t.Error("09:00 is not read on the clock of the location given")
	}
	if s, err := (Config{}).CompileIn(nil); err != nil || s.Location() != time.UTC {
		t.Errorf("a nil location is not UTC: %v", err)
	}
}

// TestFaults breaks a configuration in every way and expects each fault, by
// its path, in one error.
func TestFaults(t *testing.T) {
	_, err := Config{
		TimeZone: "Mars/Olympus",
		Week: Week{
			Monday:  []string{"9-17", "09:00-09:00", "24:00-03:00", "08:60-09:00", "00:00-24:01"},
			Tuesday: []string{"09:00-12:00", "11:59-13:00"},
			Sunday:  []string{"22:00-06:00"},
		},
		Holidays: []Holiday{
			{Date: "12-25"},
			{Name: "again", Date: "12-25"},
			{Name: "no day", Date: "02-30"},
			{Name: "not leap", Date: "2027-02-29"},
			{Name: "too late", Date: "2200-01-01"},
			{Name: "one", Date: "2027-05-05"},
			{Name: "two", Date: "2027-05-05"},
			{Name: "bad hours", Date: "2027-05-06", Hours: []string{"x"}},
		},
		Exceptions: []Exception{
			{From: "2027-01-05", Until: "2027-01-04"},
			{Name: "a", From: "soon"},
			{Name: "b", From: "2027-02-01", Until: "later"},
			{Name: "c", From: "2027-03-01", Until: "2027-03-10"},
			{Name: "d", From: "2027-03-10"},
			{Name: "e", From: "2027-04-01", Until: "2027-04-03", Hours: []string{"05:00-06:00", "22:00-05:30"}},
		},
	}.Compile()
	want := []string{
		`time_zone: "Mars/Olympus"`,
		`week.monday[0]: "9-17": expected HH:MM-HH:MM`,
		`week.monday[1]: "09:00-09:00": begins when it ends`,
		`week.monday[2]: "24:00-03:00"`,
		`week.monday[3]: "08:60-09:00"`,
		`week.monday[4]: "00:00-24:01"`,
		`week.tuesday[1]: "11:59-13:00" overlaps 09:00-12:00`,
		`holidays[0].name: missing`,
		`holidays[1].date: "12-25" is the date of holidays[0] too`,
		`holidays[2].date: "02-30"`,
		`holidays[3].date: "2027-02-29"`,
		`holidays[4].date: "2200-01-01"`,
		`holidays[6].date: 2027-05-05 is a day of holidays[5] too`,
		`holidays[7].hours[0]: "x"`,
		`exceptions[0].name: missing`,
		`exceptions[0].until: "2027-01-04" is before from`,
		`exceptions[1].from: "soon"`,
		`exceptions[2].until: "later"`,
		`exceptions[5].hours[1]: 22:00-05:30 runs over midnight`,
		`exceptions[4].from: 2027-03-10 is a day of exceptions[3] too`,
	}
	if !errors.Is(err, ErrInvalid) {
		t.Fatalf("not an ErrInvalid: %v", err)
	}
	got := strings.Split(err.Error(), "\n")
	for i, line := range got {
		if !strings.HasPrefix(line, "opening hours: ") {
			t.Errorf("fault %d: %q", i, line)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, "opening hours: "+w) }) {
			t.Errorf("not reported: %s", w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d faults, want %d:\n%v", len(got), len(want), err)
	}
}

func TestSpillOverlap(t *testing.T) {
	_, err := Config{TimeZone: "UTC", Week: Week{Sunday: []string{"22:00-06:00"}, Monday: []string{"05:00-09:00"}}}.Compile()
	if err == nil || !strings.Contains(err.Error(), "week.monday: 05:00-09:00 overlaps 22:00-06:00 of Sunday") {
		t.Errorf("got %v", err)
	}
	if _, err := (Config{TimeZone: "UTC", Week: Week{Sunday: []string{"22:00-06:00"}, Monday: []string{"06:00-09:00"}}}).Compile(); err != nil {
		t.Errorf("spans that touch: %v", err)
	}
}

func TestTimeZoneMustBeNamed(t *testing.T) {
	for _, zone := range []string{"", "Local", "../etc/passwd"} {
		if _, err := (Config{TimeZone: zone}).Compile(); err == nil {
			t.Errorf("zone %q is accepted", zone)
		}
	}
}
