package mediaqos

import "time"

// RTTMethod says how a round trip was found.
type RTTMethod uint8

// Methods, weakest first; the strongest one that answers is used.
const (
	// RTTNone: there is no round trip.
	RTTNone RTTMethod = iota
	// RTTFromNTP uses the NTP times and delays of three successive sender
	// reports and no capture clock.
	RTTFromNTP
	// RTTFromDLRR sums the capture-time round trips from the tap to a receiver
	// that sends no media and to the end that echoes its reference times (RFC
	// 3611 section 4.5), or is that echo's at the receiver itself.
	RTTFromDLRR
	// RTTFromHalfLegs sums the capture-time round trips from the tap to
	// either end.
	RTTFromHalfLegs
	// RTTAtEndpoint is arrival - LSR - DLSR on the clock of the SR's sender
	// (RFC 3550 section 6.4.1).
	RTTAtEndpoint
)

var rttMethodNames = []string{"none", "ntp", "dlrr", "half_legs", "endpoint"}

// String is the stored word: none, ntp, dlrr, half_legs or endpoint.
func (m RTTMethod) String() string { return enumText(m, rttMethodNames) }

// MarshalText writes the stored word.
func (m RTTMethod) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (m *RTTMethod) UnmarshalText(text []byte) error {
	return parseEnum(m, "rtt method", text, rttMethodNames)
}

// RTT is a round trip and how it was found. The zero RTT is none.
type RTT struct {
	// Method is RTTNone where nothing is known; Micros is then 0.
	Method RTTMethod
	// Micros is the round trip in microseconds: 0..10,000,000.
	Micros uint32
}

// MaxRTT is the longest round trip that is believed; a longer one is a clock
// or a mismatch, and is discarded.
const MaxRTT = 10 * time.Second

// clockSlack is how far below zero a measured round trip may fall and still
// count as zero: DLSR is cut to 1/65536 s, and a reporter's clock may drift by
// 100 ppm over a few seconds.
const clockSlack = time.Millisecond

const (
	maxRTTMicros     = int64(MaxRTT / time.Microsecond)
	clockSlackMicros = int64(clockSlack / time.Microsecond)
)

// Millis returns the round trip in milliseconds, unknown for RTTNone.
func (r RTT) Millis() Opt[float64] {
	if r.Method == RTTNone {
		return Opt[float64]{}
	}
	return Some(float64(r.Micros) / 1000)
}

// makeRTT accepts a measured round trip or discards it.
func makeRTT(method RTTMethod, micros int64) RTT {
	if micros < -clockSlackMicros || micros > maxRTTMicros {
		return RTT{}
	}
	return RTT{Method: method, Micros: uint32(max(0, micros))}
}

// RoundTrip is RFC 3550 section 6.4.1: arrival - lsr - dlsr, all in 1/65536 s
// and modulo 2^32. arrival must be read from the clock of whoever sent the SR
// that lsr names. There is none where lsr is 0, and a result below zero or
// above MaxRTT is discarded.
func RoundTrip(arrival, lsr, dlsr uint32) RTT {
	if lsr == 0 {
		return RTT{}
	}
	return makeRTT(RTTAtEndpoint, shortMicros(int32(arrival-lsr-dlsr)))
}

// shortMicros turns 1/65536 s into microseconds, rounded to nearest.
func shortMicros(units int32) int64 {
	return (int64(units)*1_000_000 + 1<<15) >> 16
}

// dlsrMicros is a DLSR field in microseconds; it is unsigned, up to 18 hours.
func dlsrMicros(dlsr uint32) int64 {
	return (int64(dlsr)*1_000_000 + 1<<15) >> 16
}

// ntpEpoch is the distance from the NTP epoch (1900) to the Unix epoch.
const ntpEpoch = 2_208_988_800

// NTPMiddle returns the middle 32 bits of the NTP timestamp of t, in 1/65536 s:
// the unit of LSR.
func NTPMiddle(t time.Time) uint32 {
	return uint32(t.Unix()+ntpEpoch)<<16 | uint32(t.Nanosecond()/1000<<16/1_000_000)
}

// ntpMiddle cuts the 64-bit timestamp of an SR to what LSR repeats of it.
func ntpMiddle(ntp uint64) uint32 { return uint32(ntp >> 16) }
