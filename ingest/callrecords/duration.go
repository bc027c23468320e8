package callrecords

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseDuration reads an Edm.Duration (OData 4.01 ABNF durationValue; a subset
// of ISO 8601 and of XML Schema's dayTimeDuration) exactly: "PT0.016S" is 16
// ms, "-PT2M17.1S" is negative, "P1DT12H" has a day of 24 hours. It refuses
// what the form does not have (years, months, weeks, lower case, a comma, a
// part without digits), what is finer than a nanosecond, and what is longer
// than the 292 years of a time.Duration.
func ParseDuration[S string | []byte](text S) (time.Duration, error) {
	s := text
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		s = s[1:]
	}
	if len(s) < 3 || s[0] != 'P' {
		return 0, fmt.Errorf("duration %q: %w", string(text), errDuration)
	}
	s = s[1:]
	var total uint64 // nanoseconds
	inTime := false
	// Parts must come in this order, each at most once.
	next := 0
	for len(s) > 0 {
		if s[0] == 'T' && !inTime {
			inTime = true
			next = max(next, 1)
			s = s[1:]
			if len(s) == 0 {
				return 0, fmt.Errorf("duration %q: %w", string(text), errDuration)
			}
			continue
		}
		value, fraction, hasFraction, n := digits(s)
		if n < 0 || n >= len(s) {
			return 0, fmt.Errorf("duration %q: %w", string(text), errDuration)
		}
		part := strings.IndexByte("DHMS", s[n])
		s = s[n+1:]
		if part < next || (part > 0) != inTime || hasFraction && part != 3 {
			return 0, fmt.Errorf("duration %q: %w", string(text), errDuration)
		}
		next = part + 1
		unit := [...]uint64{24 * uint64(time.Hour), uint64(time.Hour), uint64(time.Minute), uint64(time.Second)}[part]
		if value > math.MaxInt64/unit || total+value*unit+fraction > math.MaxInt64 {
			return 0, fmt.Errorf("duration %q: longer than 292 years", string(text))
		}
		total += value*unit + fraction
	}
	if negative {
		return -time.Duration(total), nil
	}
	return time.Duration(total), nil
}

var errDuration = fmt.Errorf("want a duration such as PT0.016S or P1DT2H3M4.5S")

// digits reads a number and an optional fraction of nine places; n is how many
// bytes they take, -1 if they are none or too many.
func digits[S string | []byte](s S) (value, fraction uint64, hasFraction bool, n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		if value > (math.MaxInt64-9)/10 {
			return 0, 0, false, -1
		}
		value = value*10 + uint64(s[n]-'0')
		n++
	}
	if n == 0 {
		return 0, 0, false, -1
	}
	if n == len(s) || s[n] != '.' {
		return value, 0, false, n
	}
	n++
	start, scale := n, uint64(time.Second)
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		scale /= 10
		if scale == 0 && s[n] != '0' {
			return 0, 0, false, -1
		}
		fraction += uint64(s[n]-'0') * scale
		n++
	}
	if n == start {
		return 0, 0, false, -1
	}
	return value, fraction, true, n
}

// FormatDuration writes a duration as Graph does, in hours, minutes and
// seconds: ParseDuration reads back the same.
func FormatDuration(d time.Duration) string {
	b := make([]byte, 0, 24)
	u := uint64(d)
	if d < 0 {
		b = append(b, '-')
		u = -u
	}
	b = append(b, "PT"...)
	for _, part := range []struct {
		unit time.Duration
		name byte
	}{{time.Hour, 'H'}, {time.Minute, 'M'}} {
		if n := u / uint64(part.unit); n > 0 {
			b = append(strconv.AppendUint(b, n, 10), part.name)
			u %= uint64(part.unit)
		}
	}
	if u == 0 && b[len(b)-1] != 'T' {
		return string(b)
	}
	b = strconv.AppendUint(b, u/uint64(time.Second), 10)
	if ns := u % uint64(time.Second); ns > 0 {
		b = append(b, strings.TrimRight(fmt.Sprintf(".%09d", ns), "0")...)
	}
	return string(append(b, 'S'))
}
