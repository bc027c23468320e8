package synthetic

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/schema"
)

// LoadOptions say what a Load sends.
type LoadOptions struct {
	// Lines that the calls are spread over. SharedScene() without the calls
	// that are nobody's.
	Lines []Line
	// Streams at once, two of each call. 1000.
	Streams int
	// Rate is how many reports a second are sent; 0 as fast as it goes.
	Rate float64
	// Reports to send; 0 until the context ends.
	Reports int
	// JSON sends RTCP as media relays do, with the Call-ID beside it; else
	// binary RTCP, whose call is found by its addresses.
	JSON bool
	// Wrap is the capture agent. Id 1001.
	Wrap Wrap
	// Batch is how many packets are written at once over a stream connection;
	// datagrams go one by one. 16.
	Batch int
}

func (o *LoadOptions) setDefaults() {
	if o.Lines == nil {
		for _, line := range SharedScene() {
			if line.Tenant != "" {
				o.Lines = append(o.Lines, line)
			}
		}
	}
	if o.Streams == 0 {
		o.Streams = 1000
	}
	if o.Wrap == (Wrap{}) {
		o.Wrap = Wrap{CaptureID: 1001}
	}
	if o.Batch == 0 {
		o.Batch = 16
	}
}

// LoadStats is what a Load has sent.
type LoadStats struct {
	// SIP messages, Reports (one report block each), and Bytes of both.
	SIP, Reports, Bytes uint64
	// Refused datagrams found nobody listening.
	Refused uint64
	// Elapsed from the first report to the last.
	Elapsed time.Duration
}

// Load makes HEP of many calls for benchmarks, cheaply: every stream's figures
// go on evenly, without the chance of an [SBC]. It belongs to one goroutine.
type Load struct {
	o       LoadOptions
	calls   []SIPCall
	next    int
	rounds  uint32
	payload []byte
}

// NewLoad returns a load that has sent nothing yet.
func NewLoad(o LoadOptions) *Load {
	o.setDefaults()
	l := &Load{o: o}
	for i := range (o.Streams + 1) / 2 {
		line := &o.Lines[i%len(o.Lines)]
		// 8,000 calls share an address of the centre's side.
		far := CentreAddr
		for range i / 8000 {
			far = far.Next()
		}
		port := uint16(16_384 + 4*(i%8000))
		l.calls = append(l.calls, SIPCall{
			ID: schema.CallID(fmt.Sprintf("load-%08d@%s", i, line.Host)), Host: line.Host, Caller: fmt.Sprintf("+4915550%06d", i%1_000_000), Called: line.Called,
			Near: netip.AddrPortFrom(SBCAddr, port), Far: netip.AddrPortFrom(far, port), PayloadType: line.PayloadType, Codec: line.Codec,
		})
	}
	return l
}

// Begin returns the packets that let call i of Streams/2 begin: INVITE and
// answer.
func (l *Load) Begin(i int, at time.Time) ([][]byte, error) {
	c := &l.calls[i]
	near, far := netip.AddrPortFrom(SBCAddr, 5061), netip.AddrPortFrom(CentreAddr, 5061)
	invite, err := l.o.Wrap.Packet(hep.ProtoSIP, at, near, far, "", c.Invite())
	if err != nil {
		return nil, err
	}
	answer, err := l.o.Wrap.Packet(hep.ProtoSIP, at.Add(time.Millisecond), far, near, "", c.Answer())
	return [][]byte{invite, answer}, err
}

// Calls is how many there are.
func (l *Load) Calls() int { return len(l.calls) }

// Append adds the packet of the next report to dst: the streams take turns.
func (l *Load) Append(dst []byte, at time.Time) ([]byte, error) {
	stream := l.next
	if l.next++; l.next == l.o.Streams {
		l.next = 0
		l.rounds++
	}
	c, end := &l.calls[stream/2], uint32(stream%2)
	l.fill(uint32(stream)+1, uint32(stream^1)+1)
	from, to := next(c.Near), next(c.Far)
	if end == 1 {
		from, to = to, from
	}
	p := hep.Packet{
		Src: from, Dst: to, Time: at, Proto: hep.ProtoRTCP, IPProto: 17, HasCaptureID: true, CaptureID: l.o.Wrap.CaptureID, Payload: l.payload,
	}
	if l.o.Wrap.Key != "" {
		p.AuthKey = []byte(l.o.Wrap.Key)
	}
	if l.o.JSON {
		p.CorrelationID = []byte(c.ID)
	}
	return hep.Append(dst, &p)
}

// fill writes the next receiver report of one end about the other.
func (l *Load) fill(reporter, source uint32) {
	seq, jitter := 1000+250*l.rounds, 80+(reporter+l.rounds)%40
	if l.o.JSON {
		l.payload = fmt.Appendf(l.payload[:0],
			`{"ssrc":%d,"type":201,"report_count":1,"report_blocks":[{"source_ssrc":%d,"highest_seq_no":%d,"fraction_lost":0,"ia_jitter":%d,"packets_lost":%d,"lsr":0,"dlsr":0}]}`,
			reporter, source, seq, jitter, l.rounds)
		return
	}
	l.payload = append(l.payload[:0], 0x81, 201, 0, 7)
	for _, word := range [...]uint32{reporter, source, l.rounds & 0x7fffff, seq, jitter, 0, 0} {
		l.payload = binary.BigEndian.AppendUint32(l.payload, word)
	}
}

// Run lets all calls begin and then sends reports over a connection to a HEP
// listener, UDP or a stream, until there were enough or ctx ends.
func (l *Load) Run(ctx context.Context, conn net.Conn) (stats LoadStats, err error) {
	for i := range l.calls {
		packets, err := l.Begin(i, time.Now())
		if err != nil {
			return stats, err
		}
		for _, packet := range packets {
			if err := stats.write(conn, packet); err != nil {
				return stats, err
			}
			stats.SIP++
		}
		if ctx.Err() != nil {
			return stats, nil
		}
	}
	batch := 1
	if _, datagrams := conn.(*net.UDPConn); !datagrams {
		batch = l.o.Batch
	}
	begin := time.Now()
	defer func() { stats.Elapsed = time.Since(begin) }()
	var b []byte
	for ctx.Err() == nil && (l.o.Reports == 0 || stats.Reports < uint64(l.o.Reports)) {
		l.pace(ctx, begin, stats.Reports)
		now := time.Now()
		n := batch
		if l.o.Reports > 0 {
			n = min(n, l.o.Reports-int(stats.Reports))
		}
		b = b[:0]
		for range n {
			if b, err = l.Append(b, now); err != nil {
				return stats, err
			}
		}
		if err := stats.write(conn, b); err != nil {
			return stats, err
		}
		stats.Reports += uint64(n)
	}
	return stats, nil
}

// pace waits until the next report is due.
func (l *Load) pace(ctx context.Context, begin time.Time, sent uint64) {
	if l.o.Rate <= 0 {
		return
	}
	ahead := time.Until(begin.Add(time.Duration(float64(sent) / l.o.Rate * float64(time.Second))))
	if ahead < time.Millisecond {
		return // timers are no finer
	}
	timer := time.NewTimer(ahead)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// write sends bytes and counts them.
func (s *LoadStats) write(conn net.Conn, b []byte) error {
	n, err := conn.Write(b)
	s.Bytes += uint64(n)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOBUFS) {
		s.Refused++
		return nil
	}
	return err
}
