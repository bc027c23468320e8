package mediaqos

import "strings"

// Codec is one row of the codec table: how RTP names it, and what was
// published about its quality. A value that nobody published is unknown, and
// so is the score that would need it.
type Codec struct {
	// Name is the RTP encoding name as registered, like "PCMU".
	Name string
	// Family is what people call it, like "g711": the same for encodings that
	// sound alike. It is lower case and what commands take and rows hold.
	Family string
	// ClockHz is the RTP clock rate; 0 where it is signalled per call. It is
	// not always the sampling rate: G722 counts 8000 and opus 48000 (RFC 3551
	// section 4.5.2, RFC 7587 section 4.1).
	ClockHz uint32
	// Scale is the bandwidth that the codec is rated on.
	Scale Scale
	// LookaheadMillis is the codec's algorithmic look-ahead (ITU-T G.114 table
	// I.4).
	LookaheadMillis Opt[float64]
	// Ie is the equipment impairment factor on Scale: 0..95, on ScaleFB 0..132.
	Ie Opt[float64]
	// BplPLC and BplNoPLC are the packet-loss robustness factors with and
	// without concealment. Codecs that conceal by design have both alike.
	BplPLC, BplNoPLC Opt[float64]
	// Grounding says what the values rest on; GroundingNone = there are none.
	Grounding Grounding
	// Source names where the values, or their absence, come from.
	Source string
}

// Bpl returns the packet-loss robustness for a state of concealment.
func (c *Codec) Bpl(plc PLC) Opt[float64] {
	if plc == PLCOff {
		return c.BplNoPLC
	}
	return c.BplPLC
}

// LookupCodec finds a codec by RTP encoding name or family, whatever the case.
// The row must not be changed. It reports false for a name that is not in the
// table: such a codec has no clock rate and no score.
func LookupCodec(name string) (*Codec, bool) {
	if c, ok := codecsByName[name]; ok {
		return c, true
	}
	c, ok := codecsByName[strings.ToLower(name)]
	return c, ok
}

// CodecOfPayloadType finds the codec of a static RTP payload type (RFC 3551
// tables 4 and 5). Dynamic types (96..127) and unassigned ones report false.
func CodecOfPayloadType(payloadType uint8) (*Codec, bool) {
	if int(payloadType) >= len(staticPayloadTypes) || staticPayloadTypes[payloadType] == "" {
		return nil, false
	}
	return LookupCodec(staticPayloadTypes[payloadType])
}

// Codecs returns a copy of the table in its own order, for listings.
func Codecs() []Codec { return append([]Codec(nil), codecTable...) }

// MediaOfPayloadType is the Media of a static payload type.
func MediaOfPayloadType(payloadType uint8) (Media, bool) {
	c, ok := CodecOfPayloadType(payloadType)
	if !ok {
		return Media{}, false
	}
	clock := c.ClockHz
	if hz := staticClocks[payloadType]; hz != 0 {
		clock = hz
	}
	return Media{Codec: c.Family, ClockHz: clock, Source: MediaStaticPayloadType}, true
}
