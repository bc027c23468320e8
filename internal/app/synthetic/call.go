package synthetic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"
)

const (
	packetsPerSecond = 50 // 20 ms of speech a packet, what SBCs negotiate by default
	octetsPerPacket  = 160
)

// Party is one end of a call, agent or customer.
type party struct {
	ssrc   uint32
	cname  string
	clock  time.Duration // how far its clock is from the world's
	leg    time.Duration // one way to the SBC
	sent   uint32        // packets
	octets uint32
	rtp    uint32

	// What it received of the other end's media.
	extSeq     uint32
	cumulative int32
	jitter     float64
	bad        bool
	expectedAt uint32 // at its last report, for the fraction
	lostAt     int32

	lastSRMid    uint32
	lastSRArrive time.Time
	reported     time.Time
}

// Call is one call on a trunk. All its chance comes from the generator it was
// made with.
type Call struct {
	rng     *rand.Rand
	clockHz uint32
	network Network
	parties [2]party
}

// NewCall begins a call at a moment.
func NewCall(rng *rand.Rand, trunk *Trunk, network Network, now time.Time) *Call {
	c := &Call{rng: rng, clockHz: trunk.ClockHz, network: network}
	for i, role := range []string{"agent", "customer"} {
		leg := network.AgentLeg
		if i == 1 {
			leg = network.CustomerLeg
		}
		c.parties[i] = party{
			ssrc:     rng.Uint32(),
			cname:    fmt.Sprintf("%s-%04d@%s", role, rng.IntN(10_000), trunk.ID),
			clock:    time.Duration(rng.NormFloat64() * float64(200*time.Millisecond)),
			leg:      leg,
			rtp:      rng.Uint32(),
			extSeq:   rng.Uint32N(1 << 16),
			jitter:   network.JitterMillis * float64(trunk.ClockHz) / 1000,
			reported: now,
		}
		c.parties[i].expectedAt = c.parties[i].extSeq
	}
	return c
}

// SetNetwork changes the path under the call.
func (c *Call) SetNetwork(n Network) { c.network = n }

// Report returns the compound packet that one end (0 agent, 1 customer) sends
// now, and when the SBC in the middle sees it. last adds a BYE.
func (c *Call) Report(end int, now time.Time, last bool) (datagram []byte, atSBC time.Time, err error) {
	me, other := &c.parties[end], &c.parties[1-end]
	c.receive(me, now)
	ntp := ntpTime(now.Add(me.clock))
	packets := []rtcp.Packet{&rtcp.SenderReport{
		SSRC: me.ssrc, NTPTime: ntp, RTPTime: me.rtp, PacketCount: me.sent, OctetCount: me.octets,
		Reports: []rtcp.ReceptionReport{c.block(me, other, now)},
	}, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: me.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: me.cname}},
	}}}}
	if last {
		packets = append(packets, &rtcp.Goodbye{Sources: []uint32{me.ssrc}})
	}
	other.lastSRMid = uint32(ntp >> 16)
	other.lastSRArrive = now.Add(me.leg + other.leg)
	datagram, err = rtcp.Marshal(packets)
	return datagram, now.Add(me.leg), err
}

// receive lets the media of the time since the last report arrive.
func (c *Call) receive(me *party, now time.Time) {
	n := int(now.Sub(me.reported).Seconds() * packetsPerSecond)
	me.reported = now
	lost := int32(0)
	for range n {
		lost += c.packetLost(me)
	}
	me.extSeq += uint32(n)
	me.cumulative += lost
	me.sent += uint32(n)
	me.octets += uint32(n) * octetsPerPacket
	me.rtp += uint32(n) * c.clockHz / packetsPerSecond
	target := c.network.JitterMillis * float64(c.clockHz) / 1000
	if me.bad {
		target *= 2
	}
	me.jitter += (target*(0.7+0.6*c.rng.Float64()) - me.jitter) / 2
}

// packetLost moves the Gilbert-Elliott channel one packet on.
func (c *Call) packetLost(me *party) int32 {
	leaveBad := 1 / c.network.BadPackets
	enterBad := leaveBad * c.network.BadShare / (1 - c.network.BadShare)
	p := c.network.LossGood
	if me.bad {
		me.bad = c.rng.Float64() >= leaveBad
	} else {
		me.bad = c.rng.Float64() < enterBad
	}
	if me.bad {
		p = c.network.LossBad
	}
	if c.rng.Float64() < p {
		return 1
	}
	return 0
}

// block is what one end says of the other's media (RFC 3550 section 6.4.1).
func (c *Call) block(me, other *party, now time.Time) rtcp.ReceptionReport {
	fraction := uint8(0)
	if expected, lost := me.extSeq-me.expectedAt, me.cumulative-me.lostAt; expected > 0 && lost > 0 {
		fraction = uint8(min(255, int64(lost)*256/int64(expected)))
	}
	me.expectedAt, me.lostAt = me.extSeq, me.cumulative
	block := rtcp.ReceptionReport{
		SSRC: other.ssrc, FractionLost: fraction, TotalLost: uint32(me.cumulative) & 0xffffff,
		LastSequenceNumber: me.extSeq, Jitter: uint32(math.Round(me.jitter)),
	}
	if me.lastSRMid != 0 && now.After(me.lastSRArrive) {
		block.LastSenderReport = me.lastSRMid
		block.Delay = uint32(now.Sub(me.lastSRArrive).Seconds() * 65536)
	}
	return block
}

// ntpTime is a moment as 32.32 fixed point seconds since 1900 (RFC 5905).
func ntpTime(t time.Time) uint64 {
	const since1900 = 2_208_988_800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1_000_000_000
}
