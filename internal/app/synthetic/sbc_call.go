package synthetic

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/schema"
)

// dialled is one call at an SBC.
type dialled struct {
	line  *Line
	rng   *rand.Rand
	sip   SIPCall
	media *Call
	began time.Time
	ends  time.Time
	// published counts the phone's reports.
	published int
}

// How attempts end that nobody answers, each with its share of all attempts.
var failures = []struct {
	share       float64
	status      int
	phrase      string
	cause       int
	doesItRing  bool
	ringSeconds float64
}{
	{0.08, 486, "Busy Here", 17, false, 0},
	{0.06, 480, "Temporarily Unavailable", 19, true, 6},
	{0.03, 603, "Decline", 21, true, 3},
	{0.04, 503, "Service Unavailable", 34, false, 0},
}

// begin sends the INVITE of a new call and plans what follows.
func (s *SBC) begin(line *Line, rng *rand.Rand, now time.Time) error {
	s.calls++
	s.counts.calls.Add(1)
	// Ports go round: a call has four, RTP and RTCP at both ends.
	port := uint16(16_384 + 4*(s.calls%8000))
	c := &dialled{line: line, rng: rng, began: now}
	c.sip = SIPCall{
		ID: schema.CallID(fmt.Sprintf("%016x-%d@%s", rng.Uint64(), s.calls, line.Host)), Host: line.Host,
		Caller: fmt.Sprintf("+4915550%06d", rng.IntN(1_000_000)), Called: line.Called,
		Near: netip.AddrPortFrom(SBCAddr, port), Far: netip.AddrPortFrom(CentreAddr, port),
		PayloadType: line.PayloadType, Codec: line.Codec,
	}
	if err := s.sip(now, true, c.sip.Invite()); err != nil {
		return err
	}
	ring := now.Add(time.Duration((0.2 + 0.8*rng.Float64()) * float64(time.Second)))
	chance := rng.Float64()
	for _, f := range failures {
		if chance -= f.share; chance >= 0 {
			continue
		}
		if f.doesItRing {
			s.at(ring, func(now time.Time) error { return s.sip(now, false, c.sip.Ringing()) })
		}
		s.at(ring.Add(time.Duration(f.ringSeconds*float64(time.Second))+100*time.Millisecond), func(now time.Time) error {
			s.next(c, now)
			return s.sip(now, false, c.sip.Refuse(f.status, f.phrase, f.cause))
		})
		return nil
	}
	s.at(ring, func(now time.Time) error { return s.sip(now, false, c.sip.Ringing()) })
	s.at(ring.Add(time.Duration((0.5+2*rng.Float64())*float64(time.Second))), func(now time.Time) error { return s.answer(c, now) })
	return nil
}

// next lets another call of the line begin.
func (s *SBC) next(c *dialled, now time.Time) {
	pause := time.Duration(c.rng.ExpFloat64() * float64(s.o.CallLength) / 20)
	s.at(now.Add(pause), func(now time.Time) error { return s.begin(c.line, c.rng, now) })
}

// answer lets the media of a call flow.
func (s *SBC) answer(c *dialled, now time.Time) error {
	s.counts.answered.Add(1)
	c.ends = now.Add(time.Duration((0.3 + c.rng.ExpFloat64()) * float64(s.o.CallLength)))
	trunk := Trunk{ID: c.line.Trunk, ClockHz: c.line.ClockHz, Network: c.line.Network}
	c.media = NewCall(c.rng, &trunk, c.line.Network, now)
	for end := range 2 {
		s.plan(c, end, now)
	}
	s.at(c.ends, func(now time.Time) error { return s.hangUp(c, now) })
	if first := now.Add(s.o.ReportInterval); first.Before(c.ends) {
		s.at(first, func(now time.Time) error { return s.publish(c, now, false) })
	}
	if err := s.sip(now, false, c.sip.Answer()); err != nil {
		return err
	}
	return s.sip(now.Add(20*time.Millisecond), true, c.sip.Ack())
}

// plan schedules the next report of one end (RFC 3550 section 6.3).
func (s *SBC) plan(c *dialled, end int, now time.Time) {
	at := now.Add(time.Duration((0.5 + c.rng.Float64()) * float64(s.o.ReportInterval)))
	if at.Before(c.ends) {
		s.at(at, func(now time.Time) error { return s.report(c, end, now) })
	}
}

// report lets one end (0 the centre, 1 the customer) report; the agent sees it
// at the SBC and sends it on as JSON with the Call-ID.
func (s *SBC) report(c *dialled, end int, now time.Time) error {
	datagram, seen, err := c.media.Report(end, now, false)
	if err != nil {
		return fmt.Errorf("report on %s: %w", c.line.Host, err)
	}
	payload, err := RTCPAsJSON(datagram)
	if err != nil {
		return err
	}
	src, dst := next(c.sip.Near), next(c.sip.Far)
	if end == 0 {
		src, dst = dst, src
	}
	s.plan(c, end, now)
	s.at(seen, func(now time.Time) error {
		return s.put(s.o.Wrap.Packet(hep.ProtoRTCP, now, src, dst, string(c.sip.ID), payload))
	})
	return nil
}

// next is the RTCP address that belongs to one of RTP (RFC 3550 section 11).
func next(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }

// hangUp ends a call; a phone says then how it was.
func (s *SBC) hangUp(c *dialled, now time.Time) error {
	s.next(c, now)
	if err := s.sip(now, true, c.sip.Bye()); err != nil {
		return err
	}
	return s.publish(c, now, true)
}

// publish lets the phone of a call say how it is, or how it was.
func (s *SBC) publish(c *dialled, now time.Time, last bool) error {
	if s.phones == nil || !c.line.HasPhones {
		return nil
	}
	c.published++
	local := netip.AddrPortFrom(PhoneNet.Addr().Next().Next(), c.sip.Near.Port())
	r := PhoneReport{
		CallID: c.sip.ID, Number: c.published, Phone: c.sip.Caller + "@" + c.line.Host, Peer: c.sip.Called + "@" + farHost,
		Local: local, Remote: c.sip.Near, LocalSSRC: c.media.parties[1].ssrc, RemoteSSRC: c.media.parties[0].ssrc,
		Start: c.began, Stop: now, Codec: c.line.Name, PayloadType: c.line.PayloadType, ClockHz: c.line.ClockHz,
		LossPercent: 100 * c.line.Network.LossGood, RTTMillis: int((c.line.Network.AgentLeg + c.line.Network.CustomerLeg) * 2 / time.Millisecond),
		JitterMillis: int(c.line.Network.JitterMillis), MOSLQ: 4.2, MOSCQ: 4.1, Last: last,
	}
	from, _ := netip.ParseAddrPort(s.phones.LocalAddr().String())
	s.counts.publishes.Add(1)
	return send(s.phones, r.Publish(from, "UDP"))
}
