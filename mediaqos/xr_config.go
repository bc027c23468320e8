package mediaqos

// Concealment says what a receiver plays instead of a missing packet. The
// values are those on the wire (RFC 3611 section 4.7.6, RFC 6035 "PLC").
type Concealment uint8

// Kinds of concealment.
const (
	// ConcealmentUnknown: the receiver did not say.
	ConcealmentUnknown Concealment = iota
	// ConcealmentDisabled: silence is played.
	ConcealmentDisabled
	// ConcealmentEnhanced: an interpolation better than the standard one.
	ConcealmentEnhanced
	// ConcealmentStandard: a simple replay or interpolation, good for low loss.
	ConcealmentStandard
)

var concealmentNames = []string{"", "disabled", "enhanced", "standard"}

// String is the stored word: "", disabled, enhanced or standard.
func (c Concealment) String() string { return enumText(c, concealmentNames) }

// MarshalText writes the stored word.
func (c Concealment) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (c *Concealment) UnmarshalText(text []byte) error {
	return parseEnum(c, "concealment", text, concealmentNames)
}

// PLC is what the E-model needs to know of it.
func (c Concealment) PLC() PLC {
	switch c {
	case ConcealmentDisabled:
		return PLCOff
	case ConcealmentEnhanced, ConcealmentStandard:
		return PLCOn
	default:
		return PLCUnknown
	}
}

// JitterBufferKind says whether a receiver's jitter buffer adapts. The values
// are those on the wire (RFC 3611 section 4.7.6, RFC 6035 "JBA").
type JitterBufferKind uint8

// Kinds of jitter buffer.
const (
	// JitterBufferUnknown: the receiver did not say.
	JitterBufferUnknown JitterBufferKind = iota
	// JitterBufferReserved is a value without a meaning.
	JitterBufferReserved
	// JitterBufferFixed does not adapt.
	JitterBufferFixed
	// JitterBufferAdaptive changes its size with the jitter.
	JitterBufferAdaptive
)

var jitterBufferNames = []string{"", "reserved", "fixed", "adaptive"}

// String is the stored word: "", reserved, fixed or adaptive.
func (k JitterBufferKind) String() string { return enumText(k, jitterBufferNames) }

// MarshalText writes the stored word.
func (k JitterBufferKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (k *JitterBufferKind) UnmarshalText(text []byte) error {
	return parseEnum(k, "jitter buffer", text, jitterBufferNames)
}
