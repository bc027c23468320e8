package rtcp

// Kind is what a datagram on a media port looks like from its first bytes.
type Kind uint8

// Kinds of datagrams.
const (
	// KindOther is none of the below, or too short to tell.
	KindOther Kind = iota
	// KindRTCP is RTCP or SRTCP.
	KindRTCP
	// KindRTP is RTP or SRTP.
	KindRTP
	// KindSTUN is a STUN message (RFC 8489).
	KindSTUN
	// KindDTLS is a DTLS record (RFC 9147).
	KindDTLS

	numKinds
)

var kindNames = [numKinds]string{"other", "rtcp", "rtp", "stun", "dtls"}

// String is a word for counters: other, rtcp, rtp, stun or dtls.
func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return kindNames[KindOther]
}

// First and last packet type that is RTCP when RTP and RTCP share a port
// (RFC 5761 section 4). RTP with the marker bit set would stand here for
// payload types 64..95, which senders that share a port must not use.
const (
	minPacketType = 192
	maxPacketType = 223
)

// Classify tells RTCP from what else arrives on media ports, by the first byte
// (RFC 7983 section 7) and the packet type (RFC 5761 section 4). It needs two
// bytes, and four of a datagram that is RTP or RTCP; it does not look further,
// so KindRTCP says what to try and not that b is well formed.
func Classify(b []byte) Kind {
	if len(b) < 2 {
		return KindOther
	}
	switch first := b[0]; {
	case first <= 3:
		return KindSTUN
	case first >= 20 && first <= 63:
		return KindDTLS
	case first>>6 != version || len(b) < headerSize:
		return KindOther
	case isPacketType(b[1]):
		return KindRTCP
	default:
		return KindRTP
	}
}

func isPacketType(t byte) bool { return t >= minPacketType && t <= maxPacketType }
