package hours

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slowOpen reads the configuration word by word at each question: the
// definition of the package comment, without any of its shortcuts.
func slowOpen(c Config, loc *time.Location, at time.Time) bool {
	local := at.In(loc)
	today, weekly := slowHours(c, local.Format(time.DateOnly))
	clock := local.Format("15:04")
	for _, text := range today {
		from, to, _ := strings.Cut(text, "-")
		if clock >= from && (clock < to || to <= from) {
			return true
		}
	}
	if !weekly {
		return false
	}
	date, _ := time.Parse(time.DateOnly, local.Format(time.DateOnly))
	yesterday, _ := slowHours(c, date.AddDate(0, 0, -1).Format(time.DateOnly))
	for _, text := range yesterday {
		from, to, _ := strings.Cut(text, "-")
		if to <= from && clock < to {
			return true
		}
	}
	return false
}

func slowHours(c Config, day string) (spans []string, weekly bool) {
	for _, e := range c.Exceptions {
		if until := max(e.From, e.Until); e.From <= day && day <= until {
			return e.Hours, false
		}
	}
	for _, h := range c.Holidays {
		if h.Date == day {
			return h.Hours, false
		}
	}
	for _, h := range c.Holidays {
		if h.Date == day[5:] {
			return h.Hours, false
		}
	}
	date, _ := time.Parse(time.DateOnly, day)
	return c.Week.on(date.Weekday()), true
}

// drawSpans draws spans of a day; they may collide with others, in which case
// the configuration is refused and drawn again.
func drawSpans(t *rapid.T, label string) []string {
	var spans []string
	for range rapid.IntRange(0, 2).Draw(t, label) {
		from := rapid.IntRange(0, 95).Draw(t, "from") * 15
		to := from + rapid.IntRange(1, 60).Draw(t, "length")*15
		if to > minutesPerDay {
			to -= minutesPerDay
		}
		spans = append(spans, fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60))
	}
	return spans
}

// nights are instants just before clocks change, or days begin oddly.
var nights = []struct{ zone, at string }{
	{"Europe/Berlin", "2026-03-28T20:00:00Z"},
	{"Europe/Berlin", "2026-10-24T20:00:00Z"},
	{"America/New_York", "2027-03-13T22:00:00Z"},
	{"America/Sao_Paulo", "2018-11-03T20:00:00Z"}, // midnight is skipped
	{"Australia/Lord_Howe", "2026-10-03T08:00:00Z"},
	{"Pacific/Apia", "2011-12-29T20:00:00Z"}, // a day is skipped
	{"Antarctica/Troll", "2026-03-28T18:00:00Z"},
	{"Asia/Kathmandu", "2028-02-28T10:00:00Z"},
	{"UTC", "2026-12-31T12:00:00Z"},
}

func TestEqualsMinuteByMinuteReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		night := rapid.SampledFrom(nights).Draw(t, "night")
		loc, err := time.LoadLocation(night.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, night.at)
		c := Config{TimeZone: night.zone}
		for _, day := range []*[]string{&c.Week.Monday, &c.Week.Tuesday, &c.Week.Wednesday, &c.Week.Thursday, &c.Week.Friday, &c.Week.Saturday, &c.Week.Sunday} {
			*day = drawSpans(t, "spans")
		}
		near := func(label string) time.Time {
			return at.In(loc).AddDate(0, 0, rapid.IntRange(-1, 4).Draw(t, label))
		}
		for range rapid.IntRange(0, 2).Draw(t, "holidays") {
			layout := rapid.SampledFrom([]string{time.DateOnly, "01-02"}).Draw(t, "layout")
			c.Holidays = append(c.Holidays, Holiday{Name: "h", Date: near("day").Format(layout), Hours: drawSpans(t, "spans")})
		}
		if rapid.Bool().Draw(t, "exception") {
			from := near("day")
			until := from.AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "days"))
			c.Exceptions = []Exception{{Name: "e", From: from.Format(time.DateOnly), Until: until.Format(time.DateOnly), Hours: drawSpans(t, "spans")}}
		}
		s, err := c.Compile()
		if err != nil {
			t.Skip("spans that collide")
		}

		const minutes = 3 * minutesPerDay
		next, ok := s.NextChange(at.Add(-time.Minute))
		was := slowOpen(c, loc, at.Add(-time.Minute))
		for m := range minutes {
			now := at.Add(time.Duration(m) * time.Minute)
			open := slowOpen(c, loc, now)
			if s.Open(now) != open {
				t.Fatalf("Open(%s) = %v", now.In(loc), !open)
			}
			changed := ok && next.Equal(now)
			if (open != was) != changed {
				t.Fatalf("at %s open goes from %v to %v; NextChange said %s, %v", now.In(loc), was, open, next, ok)
			}
			if changed {
				next, ok = s.NextChange(now)
			}
			was = open
		}
	})
}

// FuzzCompile: no configuration panics, and one that is accepted answers
// consistently.
func FuzzCompile(f *testing.F) {
	f.Add([]byte(`{"time_zone":"Europe/Berlin","week":{"monday":["09:00-17:00"],"friday":["22:00-06:00"]},"holidays":[{"name":"x","date":"12-25"}]}`), int64(1774738800))
	f.Add([]byte(`{"time_zone":"Pacific/Apia","exceptions":[{"name":"x","from":"2011-12-30","until":"2199-12-31","hours":["00:00-24:00"]}]}`), int64(1325239200))
	f.Add([]byte(`{"time_zone":"UTC","week":{"sunday":["23:59-23:58"]},"holidays":[{"name":"","date":"02-29","hours":["x"]}]}`), int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, unix int64) {
		var c Config
		if json.Unmarshal(data, &c) != nil {
			return
		}
		s, err := c.Compile()
		if err != nil {
			return
		}
		now := time.Unix(unix%(1<<33), 0)
		next, ok := s.NextChange(now)
		if !ok {
			return
		}
		if !next.After(now) || s.Open(next) == s.Open(now) || s.Open(next.Add(-time.Second)) != s.Open(now) {
			t.Errorf("NextChange(%d) = %s is not a change", unix, next)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s, err := Config{TimeZone: "Europe/Berlin", Week: weekdays("09:00-17:00"), Holidays: []Holiday{{Name: "x", Date: "12-25"}}}.Compile()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			s.Open(now)
		}
	})
	b.Run("NextChange", func(b *testing.B) {
		for b.Loop() {
			s.NextChange(now)
		}
	})
}
