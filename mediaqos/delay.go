package mediaqos

import "fmt"

// DelayBasis says what DelayMillis is made of. RTCP shows the round trip and
// the jitter only; the rest of mouth-to-ear delay is assumed, and what was
// assumed is part of the fact. The zero DelayBasis: there is no delay figure.
//
// Every figure is RTT/2 + jitter buffer + packet + lookahead: half the round
// trip (paths taken as symmetric), a jitter buffer of twice the interarrival
// jitter, one packet's audio, and the look-ahead of the codec.
type DelayBasis uint8

// Parts of the basis; DelayKnown is set in every basis but the zero one.
const (
	// DelayKnown: there is a figure, from RTT/2 + 2*jitter + ptime + lookahead.
	DelayKnown DelayBasis = 1 << iota
	// DelayClockAssumed: the jitter rests on an assumed clock rate.
	DelayClockAssumed
	// DelayPtimeAssumed: 20 ms of audio in a packet is assumed.
	DelayPtimeAssumed
	// DelayNoJitter: no clock rate is known, the jitter buffer is left out.
	DelayNoJitter
	// DelayNoLookahead: the codec's look-ahead is not known and left out.
	DelayNoLookahead
	delayBasisEnd
)

// AssumedPtimeMillis is the packet length where nothing says otherwise
// (RFC 3551 section 4.2: the default of sampled audio codecs).
const AssumedPtimeMillis = 20

// delayBasisTexts holds the text of every basis, so that storing one
// allocates nothing.
var delayBasisTexts = func() (texts [delayBasisEnd]string) {
	for b := DelayKnown; b < delayBasisEnd; b++ {
		if b&DelayKnown == 0 || b&DelayNoJitter != 0 && b&DelayClockAssumed != 0 {
			continue // does not occur
		}
		text := "rtt/2"
		switch {
		case b&DelayNoJitter != 0:
		case b&DelayClockAssumed != 0:
			text += "+2*jitter(clock assumed)"
		default:
			text += "+2*jitter"
		}
		if b&DelayPtimeAssumed != 0 {
			text += fmt.Sprintf("+ptime(%d assumed)", AssumedPtimeMillis)
		} else {
			text += "+ptime"
		}
		if b&DelayNoLookahead == 0 {
			text += "+lookahead"
		}
		texts[b] = text
	}
	return texts
}()

// String is the stored text, like "rtt/2+2*jitter+ptime(20 assumed)+lookahead";
// "" where there is no delay figure.
func (b DelayBasis) String() string {
	if b >= delayBasisEnd {
		return fmt.Sprintf("invalid(%d)", uint8(b))
	}
	return delayBasisTexts[b]
}

// MarshalText writes the stored text.
func (b DelayBasis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads the stored text; the error wraps ErrName.
func (b *DelayBasis) UnmarshalText(text []byte) error {
	return parseEnum(b, "delay basis", text, delayBasisTexts[:])
}

// oneWayDelay estimates Ta in milliseconds.
func oneWayDelay(m *Media, lookahead Opt[float64], rtt, jitter Opt[float64]) (Opt[float64], DelayBasis) {
	if !rtt.OK {
		return Opt[float64]{}, 0
	}
	basis := DelayKnown
	delay := rtt.V / 2
	switch {
	case !jitter.OK:
		basis |= DelayNoJitter
	default:
		delay += 2 * jitter.V
		if m.ClockAssumed() {
			basis |= DelayClockAssumed
		}
	}
	if m.PtimeMillis > 0 {
		delay += float64(m.PtimeMillis)
	} else {
		delay += AssumedPtimeMillis
		basis |= DelayPtimeAssumed
	}
	if lookahead.OK {
		delay += lookahead.V
	} else {
		basis |= DelayNoLookahead
	}
	return Some(delay), basis
}
