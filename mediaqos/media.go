package mediaqos

// MediaSource says how a fact about the medium is known, weakest first: a
// stronger source replaces what a weaker one said.
type MediaSource uint8

// Sources of media facts.
const (
	// MediaUnknown: nobody said anything.
	MediaUnknown MediaSource = iota
	// MediaAssumed: the configured default; figures made from it say so.
	MediaAssumed
	// MediaStaticPayloadType: the static payload type of RFC 3551.
	MediaStaticPayloadType
	// MediaConfig: the trunk's or the command's configuration.
	MediaConfig
	// MediaSDP: the session description of the call.
	MediaSDP
)

var mediaSourceNames = []string{"", "assumed", "static_payload_type", "config", "sdp"}

// String is the stored word: "" for unknown, assumed, static_payload_type,
// config or sdp.
func (s MediaSource) String() string { return enumText(s, mediaSourceNames) }

// MarshalText writes the stored word.
func (s MediaSource) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (s *MediaSource) UnmarshalText(text []byte) error {
	return parseEnum(s, "media source", text, mediaSourceNames)
}

// PLC says whether the receiver conceals lost packets (packet loss
// concealment, ITU-T G.711 Appendix I and the like).
type PLC uint8

// States of concealment.
const (
	// PLCUnknown: nobody said; scored as PLCOn and marked provisional.
	PLCUnknown PLC = iota
	PLCOn
	PLCOff
)

var plcNames = []string{"", "on", "off"}

// String is "", "on" or "off".
func (p PLC) String() string { return enumText(p, plcNames) }

// MarshalText writes the stored word.
func (p PLC) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the stored word; the error wraps ErrName.
func (p *PLC) UnmarshalText(text []byte) error { return parseEnum(p, "plc", text, plcNames) }

// Media is what is known about the medium of a stream. The zero Media knows
// nothing: no jitter in milliseconds, no score.
type Media struct {
	// Codec is an RTP encoding name or family that [LookupCodec] may know; ""
	// is unknown.
	Codec string
	// Source says how Codec and ClockHz are known.
	Source MediaSource
	// PLC says whether losses are concealed.
	PLC PLC
	// ClockHz is the RTP clock rate; 0 is unknown.
	ClockHz uint32
	// PtimeMillis is the length of audio in one packet; 0 is unknown, and 20
	// is assumed where delay needs it.
	PtimeMillis float32
}

// ClockAssumed says that the clock rate is the configured default rather than
// anything known about this stream.
func (m *Media) ClockAssumed() bool { return m.Source <= MediaAssumed }
