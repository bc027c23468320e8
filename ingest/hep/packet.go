package hep

import (
	"net/netip"
	"time"
)

// MaxPacketBytes is the longest packet the format can express: its length
// field has 16 bits.
const MaxPacketBytes = 1<<16 - 1

// Packet is one HEP packet. The zero value is an empty packet; reuse one for
// many Decode calls.
type Packet struct {
	// Src and Dst are where the captured message came from and went to (not
	// where the HEP packet came from). IPv4-mapped IPv6 addresses are given
	// as IPv4. An address that the packet lacks is invalid, a port 0.
	Src, Dst netip.AddrPort
	// Time is when the agent captured the message, UTC, to the microsecond.
	// The zero Time means that the packet does not say.
	Time time.Time
	// Proto is what Payload is. Meaningless when Payload is nil.
	Proto Proto
	// IPProto is the captured message's IP protocol (6 TCP, 17 UDP); 0 means
	// that the packet does not say.
	IPProto uint8
	// HasCaptureID tells a capture id of 0 from none.
	HasCaptureID bool
	// HasVLAN tells VLAN 0 from none.
	HasVLAN bool
	// CaptureID is the number that the agent was given by its operator.
	CaptureID uint32
	// KeepAliveSeconds is how often the agent promises to be heard of;
	// 0 means that it promises nothing.
	KeepAliveSeconds uint16
	// VLAN is the 802.1Q id the message was seen in.
	VLAN uint16
	// AuthKey is the shared secret in clear, nil if there is none. See Policy.
	AuthKey []byte
	// CorrelationID ties packets of one call together; it is the SIP Call-ID
	// with most agents. Nil means none.
	CorrelationID []byte
	// NodeName is what the agent calls itself. Nil means none.
	NodeName []byte
	// Payload is the captured message, inflated if it came compressed. It is
	// nil in a keep-alive.
	Payload []byte
	// SkippedVendor and SkippedGeneric count the chunks that were passed
	// over: those of other vendors, and generic ones with no use here.
	SkippedVendor, SkippedGeneric int
}

// IsKeepAlive reports whether the packet carries no payload, which is how an
// agent says that it lives.
func (p *Packet) IsKeepAlive() bool { return len(p.Payload) == 0 }
