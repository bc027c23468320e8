package sim

// Stream is a sequence of random numbers of its own: SplitMix64 (G. Steele,
// D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA
// 2014), which passes the usual batteries. It belongs to this package so that
// a seed means the same run under every version of Go.
type Stream struct{ state uint64 }

// NewStream returns the stream that a seed and a path of keys name. Streams of
// different keys are independent, so that one part of a run can change without
// moving the luck of the others.
func NewStream(seed uint64, keys ...uint64) Stream {
	state := mix(seed + golden)
	for _, key := range keys {
		// The factor keeps seed and key apart: a sum of two hashes would cancel
		// or agree where they are equal or swapped.
		state = mix(state*keyFactor + mix(key+golden))
	}
	return Stream{state}
}

// golden is 2^64 divided by the golden ratio, made odd.
const golden = 0x9e3779b97f4a7c15

const keyFactor = 0xd1342543de82ef95

// mix is SplitMix64's bijection.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Uint64 returns the next 64 bits.
func (s *Stream) Uint64() uint64 {
	s.state += golden
	return mix(s.state)
}

// Float64 returns the next number of the open interval (0, 1), in steps of
// 2^-53.
func (s *Stream) Float64() float64 {
	return (float64(s.Uint64()>>11) + 0.5) / (1 << 53)
}
