package vqreport

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// notice is what reading a value had to say; the zero notice is nothing.
type notice = Flaw

// unavailable is RFC 3611's mark for a level or factor that was not measured.
const unavailable = 127

// readNumber reads a decimal number within lo..hi. Reporters write decimals
// where the grammar has integers, so all figures may have a fraction.
func readNumber(s string, lo, hi float64, marked bool) (mediaqos.Opt[float64], notice) {
	v, ok := decimal(s)
	switch {
	case !ok:
		return mediaqos.Opt[float64]{}, FlawMalformed
	case marked && v == unavailable:
		return mediaqos.Opt[float64]{}, FlawUnavailable
	case v < lo || v > hi:
		return mediaqos.Some(v), FlawRange
	}
	return mediaqos.Some(v), 0
}

// readCount reads a whole number within 0..hi.
func readCount(s string, hi uint32) (mediaqos.Opt[uint32], notice) {
	v, ok := decimal(s)
	switch {
	case !ok || v != math.Trunc(v):
		return mediaqos.Opt[uint32]{}, FlawMalformed
	case v < 0 || v > math.MaxUint32:
		return mediaqos.Opt[uint32]{}, FlawRange
	case v > float64(hi):
		return mediaqos.Some(uint32(v)), FlawRange
	}
	return mediaqos.Some(uint32(v)), 0
}

// decimal reads digits with a sign and a fraction, and nothing else that
// ParseFloat would take (exponents, hexadecimal, Inf, NaN). A percent sign at
// the end is passed over.
func decimal(s string) (float64, bool) {
	s = strings.TrimSuffix(s, "%")
	if s == "" || len(s) > 20 || strings.Trim(s, "+-.0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// readSwitch reads on or off.
func readSwitch(s string) (mediaqos.Opt[bool], notice) {
	switch strings.ToLower(s) {
	case "on", "1":
		return mediaqos.Some(true), 0
	case "off", "0":
		return mediaqos.Some(false), 0
	}
	return mediaqos.Opt[bool]{}, FlawMalformed
}

// timeLayouts are RFC 3339 as the grammar asks, and what is sent instead: no
// zone (taken as UTC) or a blank for the T. A fraction of a second is accepted
// with each.
var timeLayouts = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700"}

// readTime reads a moment. Years outside 1970..2261 are clocks that were never
// set, or do not fit the store.
func readTime(s string) (time.Time, notice) {
	if len(s) > 40 {
		return time.Time{}, FlawMalformed
	}
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if t = t.UTC(); t.Year() < 1970 || t.Year() > 2261 {
			return time.Time{}, FlawRange
		}
		return t, 0
	}
	return time.Time{}, FlawMalformed
}

// readSSRC reads 0x and hexadecimal digits, or decimal, or hexadecimal
// without 0x where a letter gives it away.
func readSSRC(s string) (mediaqos.Opt[uint32], notice) {
	digits, base, flaw := s, 10, notice(0)
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		digits, base = s[2:], 16
	} else if strings.ContainsAny(s, "abcdefABCDEF") {
		base = 16
	} else if len(s) == 8 {
		flaw = FlawAmbiguous
	}
	if digits == "" || len(digits) > 10 || strings.Trim(digits, "0123456789abcdefABCDEF") != "" {
		return mediaqos.Opt[uint32]{}, FlawMalformed
	}
	v, err := strconv.ParseUint(digits, base, 32)
	switch {
	case err != nil:
		return mediaqos.Opt[uint32]{}, FlawMalformed
	case v == 0:
		return mediaqos.Opt[uint32]{}, FlawUnavailable
	}
	return mediaqos.Some(uint32(v)), flaw
}

// readPort reads 1..65535; 0 says that there is none.
func readPort(s string) (mediaqos.Opt[uint16], notice) {
	v, err := strconv.ParseUint(s, 10, 16)
	switch {
	case err != nil:
		return mediaqos.Opt[uint16]{}, FlawMalformed
	case v == 0:
		return mediaqos.Opt[uint16]{}, FlawUnavailable
	}
	return mediaqos.Some(uint16(v)), 0
}

// readIP reads an address, with or without the brackets of a URI. The
// unspecified address says that there is none.
func readIP(s string) (netip.Addr, notice) {
	ip, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	switch {
	case err != nil:
		return netip.Addr{}, FlawMalformed
	case ip.IsUnspecified():
		return netip.Addr{}, FlawUnavailable
	}
	return ip.Unmap().WithZone(""), 0
}
