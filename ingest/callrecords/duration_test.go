package callrecords

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"PT0.016S": 16 * time.Millisecond, "PT30S": 30 * time.Second, "PT2M17S": 137 * time.Second, "-PT2M17.1S": -137100 * time.Millisecond,
		"PT0S": 0, "-PT0S": 0, "P1D": 24 * time.Hour, "P1DT2H3M4.5S": 26*time.Hour + 3*time.Minute + 4500*time.Millisecond,
		"PT1H": time.Hour, "PT90M": 90 * time.Minute, "PT0.000000001S": 1, "PT0.0000001S": 100, "PT0.1234567S": 123456700,
		"PT0.0160000000000S": 16 * time.Millisecond, "PT9223372036.854775807S": math.MaxInt64, "P106751D": 106751 * 24 * time.Hour,
		"PT007S": 7 * time.Second, "PT0.5S": 500 * time.Millisecond,
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "P", "PT", "-", "-P", "0", "PT5", "5S", "P5S", "PT1D", "P1H", "PT1S1M", "PT1S1S", "PT1.5M", "PT.5S", "PT1.S", "PT1,5S", "pt1s", "PT1s",
		"+PT1S", "PT-1S", "P1Y", "P1W", "P1M", "PT1ST", "PTT1S", "P1DT", " PT1S", "PT1S ", "PT0.0000000001S", "PT9223372036.854775808S",
		"PT9223372037S", "P106752D", "PT99999999999999999999S", "PT1S\x00", "P1D1D", "PT\u0661S",
	} {
		if got, err := ParseDuration([]byte(text)); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		} else if !strings.Contains(err.Error(), "duration") || errors.Unwrap(err) == nil && !strings.Contains(err.Error(), "292") {
			t.Errorf("%q: the error says %v", text, err)
		}
	}
}

func TestDurationsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.OneOf(rapid.Int64Range(-1e10, 1e10), rapid.Int64Range(math.MinInt64+1, math.MaxInt64)).Draw(t, "ns"))
		text := FormatDuration(d)
		if got, err := ParseDuration(text); err != nil || got != d {
			t.Fatalf("%d ns is %s, read as %d, %v", d, text, got, err)
		}
	})
}
