package synthetic

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/schema"
)

// SBCOptions configure an SBC.
type SBCOptions struct {
	// Seed of all chance.
	Seed uint64
	// Lines that share it. SharedScene().
	Lines []Line
	// HEP and Phones are the addresses of the listeners, both UDP.
	HEP, Phones string
	// Wrap is the capture agent in it. Id 1001, node sbc-1.
	Wrap Wrap
	// ReportInterval is the mean time between two reports of one end. 2 s.
	ReportInterval time.Duration
	// CallLength is the mean length of a call. 20 s.
	CallLength time.Duration
}

func (o *SBCOptions) setDefaults() {
	if o.Lines == nil {
		o.Lines = SharedScene()
	}
	if o.Wrap == (Wrap{}) {
		o.Wrap = Wrap{CaptureID: 1001, Node: "sbc-1"}
	}
	if o.ReportInterval == 0 {
		o.ReportInterval = 2 * time.Second
	}
	if o.CallLength == 0 {
		o.CallLength = 20 * time.Second
	}
}

// SBCCounts is what an SBC has sent so far.
type SBCCounts struct {
	// Calls begun, of them Answered.
	Calls, Answered uint64
	// Packets of HEP, Publishes of phones, and those of them that were answered
	// with 200.
	Packets, Publishes, Accepted uint64
}

// SBC is a session border controller of several tenants with a capture agent in
// it: it sends the SIP of each call, and the RTCP of both ends as JSON, over
// HEP, and its phones send voice quality reports.
type SBC struct {
	o       SBCOptions
	pending schedule
	seq     uint64
	calls   uint64
	hep     net.Conn
	phones  net.Conn

	counts struct{ calls, answered, packets, publishes, accepted atomic.Uint64 }
}

// NewSBC returns an SBC that has sent nothing yet.
func NewSBC(o SBCOptions) *SBC {
	o.setDefaults()
	return &SBC{o: o}
}

// Counts tells what has been sent.
func (s *SBC) Counts() SBCCounts {
	c := &s.counts
	return SBCCounts{c.calls.Load(), c.answered.Load(), c.packets.Load(), c.publishes.Load(), c.accepted.Load()}
}

// Run sends until ctx ends. The error is that of an address that cannot be
// dialled.
func (s *SBC) Run(ctx context.Context) (err error) {
	if s.hep, err = net.Dial("udp", s.o.HEP); err != nil {
		return fmt.Errorf("HEP: %w", err)
	}
	defer s.hep.Close()
	if s.o.Phones != "" {
		if s.phones, err = net.Dial("udp", s.o.Phones); err != nil {
			return fmt.Errorf("phones: %w", err)
		}
		var wg sync.WaitGroup
		wg.Go(s.readAnswers)
		defer func() {
			s.phones.Close()
			wg.Wait()
		}()
	}
	start := time.Now()
	for i := range s.o.Lines {
		line := &s.o.Lines[i]
		rng := rand.New(rand.NewPCG(s.o.Seed, hash(schema.TrunkID(line.Host))))
		for range line.CallsAtOnce {
			s.at(start.Add(time.Duration(rng.Float64()*float64(2*time.Second))), func(now time.Time) error { return s.begin(line, rng, now) })
		}
	}
	s.at(start, s.keepAlive)
	return s.loop(ctx)
}

// loop performs what is due until ctx ends.
func (s *SBC) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for len(s.pending) > 0 {
		timer.Reset(time.Until(s.pending[0].at))
		select {
		case <-ctx.Done():
			return nil
		case now := <-timer.C:
			for len(s.pending) > 0 && !s.pending[0].at.After(now) {
				due := heap.Pop(&s.pending).(event)
				if err := due.do(due.at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// at plans something; equal times keep the order in which they were planned.
func (s *SBC) at(t time.Time, do func(time.Time) error) {
	s.seq++
	heap.Push(&s.pending, event{t, s.seq, do})
}

// keepAlive says now and then that the agent lives.
func (s *SBC) keepAlive(now time.Time) error {
	const every = 10 * time.Second
	s.at(now.Add(every), s.keepAlive)
	return s.put(s.o.Wrap.KeepAlive(now, netip.AddrPortFrom(SBCAddr, 5061), netip.AddrPortFrom(CentreAddr, 5061), uint16(every/time.Second)))
}

// put sends a HEP packet.
func (s *SBC) put(packet []byte, err error) error {
	if err != nil {
		return fmt.Errorf("HEP: %w", err)
	}
	if err := send(s.hep, packet); err != nil {
		return fmt.Errorf("HEP: %w", err)
	}
	s.counts.packets.Add(1)
	return nil
}

// send puts bytes on the wire. A refused datagram is what a listener that is
// restarting looks like from outside.
func send(conn net.Conn, b []byte) error {
	_, err := conn.Write(b)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOBUFS) {
		return nil
	}
	return err
}

// sip sends a message of a call, from the SBC or to it.
func (s *SBC) sip(now time.Time, fromSBC bool, message []byte) error {
	src, dst := netip.AddrPortFrom(SBCAddr, 5061), netip.AddrPortFrom(CentreAddr, 5061)
	if !fromSBC {
		src, dst = dst, src
	}
	return s.put(s.o.Wrap.Packet(hep.ProtoSIP, now, src, dst, "", message))
}

// readAnswers counts what phones were answered, until their socket is closed.
func (s *SBC) readAnswers() {
	b := make([]byte, 4096)
	for {
		n, err := s.phones.Read(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && n > 11 && string(b[:11]) == "SIP/2.0 200" {
			s.counts.accepted.Add(1)
		}
	}
}
