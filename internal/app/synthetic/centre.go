package synthetic

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Options of a Centre.
type Options struct {
	// Seed of all chance. The same seed gives the same calls.
	Seed uint64
	// Trunks to run. Scene().
	Trunks []Trunk
	// Targets are the listeners' addresses, by trunk.
	Targets map[schema.TrunkID]string
	// Hour is how much real time one hour of the demonstration's day takes. 10 s.
	Hour time.Duration
	// StartHour of the day, 0..23. 13.
	StartHour int
	// ReportInterval is the mean time between two reports of one end; RFC 3550
	// has 5 s. 2 s.
	ReportInterval time.Duration
	// CallLength is the mean length of a call. 45 s.
	CallLength time.Duration
	Logger     *slog.Logger
}

func (o *Options) setDefaults() {
	if o.Trunks == nil {
		o.Trunks = Scene()
	}
	if o.Hour == 0 {
		o.Hour = 10 * time.Second
	}
	if o.StartHour == 0 {
		o.StartHour = 13
	}
	if o.ReportInterval == 0 {
		o.ReportInterval = 2 * time.Second
	}
	if o.CallLength == 0 {
		o.CallLength = 45 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Counts is what a Centre has sent so far.
type Counts struct {
	Calls, ActiveCalls, Datagrams, Refused uint64
	Hour                                   int
}

// Centre sends the reports of all its calls.
type Centre struct {
	o       Options
	start   time.Time
	pending schedule
	seq     uint64
	open    map[*session]struct{}

	calls, active, datagrams, refused atomic.Uint64
	hour                              atomic.Int64
}

// New returns a centre that has sent nothing yet.
func New(o Options) *Centre {
	o.setDefaults()
	return &Centre{o: o, open: map[*session]struct{}{}}
}

// Counts tells what has been sent.
func (c *Centre) Counts() Counts {
	return Counts{c.calls.Load(), c.active.Load(), c.datagrams.Load(), c.refused.Load(), int(c.hour.Load())}
}

// line is a trunk with calls on it.
type line struct {
	trunk *Trunk
	rng   *rand.Rand
	conn  *net.UDPAddr
}

// session is one call in progress.
type session struct {
	line *line
	call *Call
	conn *net.UDPConn
	ends time.Time
	left int
}

// Run sends until ctx ends. The error is that of an address that cannot be
// dialled; a listener that is away for a while only costs datagrams, counted
// as refused.
func (c *Centre) Run(ctx context.Context) error {
	defer c.hangUp()
	c.start = time.Now()
	c.hour.Store(int64(c.o.StartHour))
	for i := range c.o.Trunks {
		trunk := &c.o.Trunks[i]
		target, ok := c.o.Targets[trunk.ID]
		if !ok {
			return fmt.Errorf("trunk %s has no listener", trunk.ID)
		}
		addr, err := net.ResolveUDPAddr("udp", target)
		if err != nil {
			return fmt.Errorf("trunk %s: %w", trunk.ID, err)
		}
		l := &line{trunk: trunk, rng: rand.New(rand.NewPCG(c.o.Seed, hash(trunk.ID))), conn: addr}
		// The calls of the first moment are spread over their length, so that
		// the demonstration starts in the middle of a day.
		for range trunk.CallsAtOnce {
			c.at(c.start.Add(time.Duration(l.rng.Float64()*float64(c.o.ReportInterval))), func(now time.Time) error { return c.begin(l, now) })
		}
	}
	return c.loop(ctx)
}

// loop performs what is due until ctx ends.
func (c *Centre) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for len(c.pending) > 0 {
		next := c.pending[0].at
		timer.Reset(time.Until(next))
		select {
		case <-ctx.Done():
			return nil
		case now := <-timer.C:
			for len(c.pending) > 0 && !c.pending[0].at.After(now) {
				due := heap.Pop(&c.pending).(event)
				if err := due.do(due.at); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// begin starts a call and plans its reports.
func (c *Centre) begin(l *line, now time.Time) error {
	conn, err := net.DialUDP("udp", nil, l.conn)
	if err != nil {
		return fmt.Errorf("call on %s: %w", l.trunk.ID, err)
	}
	c.calls.Add(1)
	c.active.Add(1)
	s := &session{
		line: l, conn: conn, left: 2,
		call: NewCall(l.rng, l.trunk, l.trunk.networkAt(c.hourAt(now)), now),
		ends: now.Add(time.Duration((0.3 + l.rng.ExpFloat64()) * float64(c.o.CallLength))),
	}
	c.open[s] = struct{}{}
	for end := range 2 {
		c.plan(s, end, now)
	}
	return nil
}

// hangUp closes the sockets of the calls that are still in progress.
func (c *Centre) hangUp() {
	for s := range c.open {
		_ = s.conn.Close()
	}
}

// plan schedules the next report of one end, its interval drawn as RFC 3550
// section 6.3 has it: evenly between half and one and a half times the mean.
func (c *Centre) plan(s *session, end int, now time.Time) {
	wait := time.Duration((0.5 + s.line.rng.Float64()) * float64(c.o.ReportInterval))
	c.at(now.Add(wait), func(now time.Time) error { return c.report(s, end, now) })
}

// report lets one end report, and ends the call when its time is over.
func (c *Centre) report(s *session, end int, now time.Time) error {
	s.call.SetNetwork(s.line.trunk.networkAt(c.hourAt(now)))
	last := now.After(s.ends)
	datagram, seen, err := s.call.Report(end, now, last)
	if err != nil {
		return fmt.Errorf("report on %s: %w", s.line.trunk.ID, err)
	}
	c.at(seen, func(now time.Time) error {
		if err := c.send(s, datagram); err != nil {
			return err
		}
		if last {
			if s.left--; s.left == 0 {
				return c.end(s, now)
			}
		}
		return nil
	})
	if !last {
		c.plan(s, end, now)
	}
	return nil
}

// send puts one datagram on the wire. A refused one is what a listener that is
// restarting looks like from outside.
func (c *Centre) send(s *session, datagram []byte) error {
	_, err := s.conn.Write(datagram)
	switch {
	case err == nil:
		c.datagrams.Add(1)
		return nil
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOBUFS):
		c.refused.Add(1)
		return nil
	default:
		return fmt.Errorf("send on %s: %w", s.line.trunk.ID, err)
	}
}

// end closes a call and lets the next one of its line begin.
func (c *Centre) end(s *session, now time.Time) error {
	c.active.Add(^uint64(0))
	delete(c.open, s)
	pause := time.Duration(s.line.rng.ExpFloat64() * float64(c.o.CallLength) / 20)
	c.at(now.Add(pause), func(now time.Time) error { return c.begin(s.line, now) })
	return s.conn.Close()
}

// hourAt is the hour of the demonstration's day at a moment.
func (c *Centre) hourAt(now time.Time) int {
	hour := (c.o.StartHour + int(now.Sub(c.start)/c.o.Hour)) % 24
	c.hour.Store(int64(hour))
	return hour
}

// at plans something; equal times keep the order in which they were planned.
func (c *Centre) at(t time.Time, do func(time.Time) error) {
	c.seq++
	heap.Push(&c.pending, event{t, c.seq, do})
}

type event struct {
	at  time.Time
	seq uint64
	do  func(time.Time) error
}

type schedule []event

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	return s[i].at.Before(s[j].at) || s[i].at.Equal(s[j].at) && s[i].seq < s[j].seq
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)   { *s = append(*s, x.(event)) }
func (s *schedule) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}

func hash(id schema.TrunkID) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return h.Sum64()
}
