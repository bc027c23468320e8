package pipeline

import (
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Kinds of source, as facts store them.
const (
	KindUDP  = "udp"
	KindPcap = "pcap"
)

// RuleListener is the attribution rule of facts whose tenant is that of the
// listener (or the import) they came by.
const RuleListener = "listener"

// Source is where datagrams come from, and what is known of them beforehand.
type Source struct {
	// Name of the listener, or of the capture without its folder.
	Name string
	// Kind is KindUDP or KindPcap.
	Kind string
	// Tenant and Trunk own what comes from here; Trunk may be empty.
	Tenant schema.TenantID
	Trunk  schema.TrunkID
	// Media is what is configured about its calls.
	Media mediaqos.Media
	// AtEndpoint says that captures are taken where the sender reports come
	// from, on the clock that stamps them; see mediaqos.Sighting.
	AtEndpoint bool
	// Synthetic marks facts as made up.
	Synthetic bool
	// RetentionDays of its facts.
	RetentionDays uint16
}

// Datagram is one captured UDP payload. Payload is only read while it is
// processed; nil is a datagram that the listener could not take, which counts.
type Datagram struct {
	At       time.Time
	Src, Dst netip.AddrPort
	Payload  []byte
}

// Fact is a media fact with where it came from, ready to be a row.
type Fact struct {
	mediaqos.Emission
	// Source that the stream was first seen at.
	Source *Source
	// CNAME of the reporter (RFC 3550 section 6.5.1), where it was ever seen.
	CNAME string
	// Version rises over everything that one process writes; a [Late] fact has
	// the lowest.
	Version uint64
}

// lateVersion loses against every version that was derived in order.
const lateVersion = 1
