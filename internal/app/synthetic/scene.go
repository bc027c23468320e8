package synthetic

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Network is the path between the two ends of a call.
type Network struct {
	Name string
	// AgentLeg and CustomerLeg are the one-way delays to the SBC.
	AgentLeg, CustomerLeg time.Duration
	// JitterMillis is the mean interarrival jitter.
	JitterMillis float64
	// LossGood and LossBad are the loss probabilities of the two states of the
	// channel, 0..1.
	LossGood, LossBad float64
	// BadShare is the share of time spent in the bad state, BadPackets the mean
	// length of a bad spell in packets.
	BadShare, BadPackets float64
}

// The networks that calls run over.
var (
	office    = Network{"office", 4 * time.Millisecond, 12 * time.Millisecond, 0.8, 0, 0.02, 0.005, 20}
	far       = Network{"far", 95 * time.Millisecond, 40 * time.Millisecond, 2.5, 0.001, 0.03, 0.01, 20}
	wireless  = Network{"wireless", 18 * time.Millisecond, 25 * time.Millisecond, 9, 0.004, 0.12, 0.05, 12}
	congested = Network{"congested", 45 * time.Millisecond, 60 * time.Millisecond, 24, 0.02, 0.25, 0.10, 40}
	bursty    = Network{"bursty", 10 * time.Millisecond, 20 * time.Millisecond, 14, 0.005, 0.55, 0.22, 60}
)

// Trunk is one SIP trunk whose calls use one codec.
type Trunk struct {
	Tenant schema.TenantID
	ID     schema.TrunkID
	// Codec is the RTP encoding name; ClockHz its RTP clock.
	Codec   string
	ClockHz uint32
	Network Network
	// CallsAtOnce is the mean number of calls in progress.
	CallsAtOnce int
	// BurstHour makes this trunk's network bursty during that hour of the
	// demonstration's day; 0 never.
	BurstHour int
}

// Scene returns the trunks of the demonstration: three tenants, five codecs,
// good and bad networks, and one trunk that turns bad at three in the afternoon.
func Scene() []Trunk {
	return []Trunk{
		{"contoso", "sbc-ams.contoso.example", "PCMU", 8000, office, 12, 0},
		{"contoso", "sbc-syd.contoso.example", "G729", 8000, far, 6, 0},
		{"fabrikam", "sbc-fra.fabrikam.example", "PCMA", 8000, office, 10, 15},
		{"fabrikam", "sbc-home.fabrikam.example", "opus", 48000, wireless, 6, 0},
		{"northwind", "sbc-nyc.northwind.example", "PCMU", 8000, congested, 8, 0},
		{"northwind", "sbc-gsm.northwind.example", "GSM-EFR", 8000, wireless, 4, 0},
	}
}

// networkAt is the trunk's network at an hour of the demonstration's day.
func (t *Trunk) networkAt(hour int) Network {
	if t.BurstHour != 0 && hour == t.BurstHour {
		return bursty
	}
	return t.Network
}
