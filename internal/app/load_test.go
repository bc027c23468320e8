package app_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/schema"
)

// loadEnv makes this test binary a sender of HEP, so that what sending takes is
// not counted for the receiver.
const loadEnv = "TRUNKLINE_APP_TEST_ROLE"

// loadOrder is one line of the sender's standard input; each is answered with
// one line, the number of datagrams sent.
type loadOrder struct {
	Target string
	// Streams, two of each call; they report in turns. Binary sends RTCP as on
	// the wire instead of rtpengine's JSON.
	Streams int
	Binary  bool
	// CaptureID and Key go into every packet.
	CaptureID uint32
	Key       string
	// SIP sends the messages that begin each call instead of reports.
	SIP bool
	// Reports in all, and how many a second; a rate of 0 is as fast as it goes.
	Reports, Rate int
}

// runLoad is the sender's process.
func runLoad(in io.Reader, out io.Writer) int {
	var l *load
	decoder := json.NewDecoder(in)
	for {
		var o loadOrder
		if err := decoder.Decode(&o); err == io.EOF {
			return 0
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "order:", err)
			return 1
		}
		if l == nil || l.target != o.Target || len(l.streams) != o.Streams {
			conn, err := net.Dial("udp", o.Target)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			l = newLoad(conn, o.Streams, time.Now)
			l.target = o.Target
		}
		n, err := l.do(&o)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Fprintln(out, n)
	}
}

// load is a relay with many calls.
type load struct {
	target  string // of the sender that was asked for
	conn    io.Writer
	now     func() time.Time
	streams []loadStream
	next    int
	packet  hep.Packet
	payload []byte
	out     []byte
	sent    int
}

// loadStream is what one end of a call reports: of the other's media, and of its
// own.
type loadStream struct {
	call        schema.CallID
	from, to    netip.AddrPort // of RTCP
	ssrc, peer  uint32
	start, last time.Time
	lost        uint32
	srNTP       uint64
	srAt        time.Time
	name        string
}

// newLoad writes to conn, a packet at a time.
func newLoad(conn io.Writer, streams int, now func() time.Time) *load {
	l := &load{conn: conn, now: now, streams: make([]loadStream, streams)}
	start := now()
	for i := range l.streams {
		call, back := i/2, i%2 == 1
		near := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(call / 25_000), 1}), uint16(10_001+2*(call%25_000)))
		far := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(call / 25_000)}), uint16(10_001+2*(call%25_000)))
		s := &l.streams[i]
		*s = loadStream{
			call: schema.CallID(fmt.Sprintf("%08x-6d1f4a@pbx.example", call*2654435761%(1<<32))),
			from: near, to: far, ssrc: uint32(0x10000001 + 2*call), peer: uint32(0x10000002 + 2*call), start: start, last: start,
			name: fmt.Sprintf("customer%d@pstn.example", call),
		}
		if back {
			s.from, s.to, s.ssrc, s.peer = s.to, s.from, s.peer, s.ssrc
		}
	}
	return l
}

// do follows one order.
func (l *load) do(o *loadOrder) (int, error) {
	l.sent = 0
	l.packet.HasCaptureID, l.packet.CaptureID, l.packet.IPProto = true, o.CaptureID, 17
	l.packet.AuthKey = []byte(o.Key)
	if o.SIP {
		for i := 0; i < len(l.streams); i += 2 {
			if err := l.setUp(i); err != nil {
				return 0, err
			}
			if i%16 == 0 { // what listens has to keep up: nothing repeats SIP here
				time.Sleep(3 * time.Millisecond)
			}
		}
		return l.sent, nil
	}
	begin := time.Now()
	for l.sent < o.Reports {
		burst := o.Reports - l.sent
		now := time.Now()
		if o.Rate > 0 {
			burst = min(burst, int(now.Sub(begin).Seconds()*float64(o.Rate))-l.sent)
			if burst <= 0 {
				time.Sleep(time.Millisecond)
				continue
			}
		}
		for range min(burst, 64) {
			if err := l.report(now, o.Binary); err != nil {
				return 0, err
			}
		}
	}
	return l.sent, nil
}

// setUp sends the SIP of the call of a stream.
func (l *load) setUp(i int) error {
	s := &l.streams[i]
	hosts := [...]struct{ host, called string }{
		{"sbc.anna.example", "+49155" + fmt.Sprintf("%07d", i)}, {"sbc.bert.example", "+49156" + fmt.Sprintf("%07d", i)}, {"sbc.example", "+493012" + fmt.Sprintf("%03d", i%1000)},
	}
	h := hosts[i/2%len(hosts)]
	c := synthetic.SIPCall{
		ID: s.call, Host: h.host, Caller: "+33123", Called: h.called, PayloadType: 8,
		Near: netip.AddrPortFrom(s.from.Addr(), s.from.Port()-1), Far: netip.AddrPortFrom(s.to.Addr(), s.to.Port()-1),
	}
	sbc, teams := ap(sbcAddr, 5061), ap(teamsAddr, 5061)
	at := l.now()
	for n, message := range [][]byte{c.Invite(), c.Ringing(), c.Answer(), c.Ack()} {
		l.packet.Src, l.packet.Dst = sbc, teams
		if n == 1 || n == 2 {
			l.packet.Src, l.packet.Dst = teams, sbc
		}
		l.packet.Proto, l.packet.Time, l.packet.CorrelationID, l.packet.Payload = hep.ProtoSIP, at, nil, message
		if err := l.send(); err != nil {
			return err
		}
	}
	return nil
}

func (l *load) send() (err error) {
	if l.out, err = hep.Append(l.out[:0], &l.packet); err != nil {
		return err
	}
	if _, err = l.conn.Write(l.out); err == nil {
		l.sent++
	}
	return err
}

// report sends the next report of the next stream.
func (l *load) report(now time.Time, binary bool) error {
	s, other := &l.streams[l.next], &l.streams[l.next^1]
	l.next = (l.next + 1) % len(l.streams)
	r := s.report(other, now)
	l.payload = l.payload[:0]
	if binary {
		l.payload = r.appendBinary(l.payload)
	} else {
		l.payload = r.appendJSON(l.payload)
	}
	l.packet.Src, l.packet.Dst, l.packet.Time, l.packet.Proto = s.from, s.to, now, hep.ProtoRTCP
	l.packet.CorrelationID, l.packet.Payload = append(l.packet.CorrelationID[:0], s.call...), l.payload
	return l.send()
}

// loadReport is a sender report with one block and a name.
type loadReport struct {
	ssrc, peer            uint32
	ntp                   uint64
	rtp, packets, octets  uint32
	highest, lost, jitter uint32
	fraction              uint8
	lsr, dlsr             uint32
	name                  string
}

// report is what the stream's end says now, fifty packets a second after its
// call began.
func (s *loadStream) report(other *loadStream, now time.Time) loadReport {
	packets := uint32(now.Sub(s.start).Milliseconds() / 20)
	interval := uint32(now.Sub(s.last).Milliseconds() / 20)
	const since1900 = 2_208_988_800
	ntp := uint64(now.Unix()+since1900)<<32 | uint64(now.Nanosecond())<<32/1_000_000_000
	r := loadReport{
		ssrc: s.ssrc, peer: s.peer, ntp: ntp, rtp: 160 * packets, packets: packets, octets: 160 * packets,
		highest: s.ssrc<<16&0xff0000 + 1000 + packets, jitter: 20 + (packets+s.ssrc)%60, name: s.name,
	}
	if (packets+s.ssrc)%7 == 0 && interval > 0 { // now and then one is lost
		s.lost++
		r.fraction = uint8(min(255, 256/interval))
	}
	r.lost = s.lost
	if other.srNTP != 0 {
		r.lsr, r.dlsr = uint32(other.srNTP>>16), uint32(now.Sub(other.srAt).Seconds()*65536)
	}
	s.srNTP, s.srAt, s.last = ntp, now.Add(20*time.Millisecond), now
	return r
}

// appendJSON writes the report as rtpengine does.
func (r *loadReport) appendJSON(b []byte) []byte {
	number := func(key string, v uint64) { b = strconv.AppendUint(append(b, key...), v, 10) }
	number(`{ "sender_information":{"ntp_timestamp_sec":`, r.ntp>>32)
	number(`,"ntp_timestamp_usec":`, uint64(uint32(r.ntp))) // the fraction, whatever it is called
	number(`,"octets":`, uint64(r.octets))
	number(`,"rtp_timestamp":`, uint64(r.rtp))
	number(`, "packets":`, uint64(r.packets))
	number(`},"ssrc":`, uint64(r.ssrc))
	number(`,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":`, uint64(r.peer))
	number(`,"highest_seq_no":`, uint64(r.highest))
	number(`,"fraction_lost":`, uint64(r.fraction))
	number(`,"ia_jitter":`, uint64(r.jitter))
	number(`,"packets_lost":`, uint64(r.lost))
	number(`,"lsr":`, uint64(r.lsr))
	number(`,"dlsr":`, uint64(r.dlsr))
	number(`}],"sdes_report_count":1,"sdes_information": [ {"sdes_chunk_ssrc":`, uint64(r.ssrc))
	b = append(b, `,"type":1,"text":"`...)
	b = append(b, r.name...)
	return append(b, `"}] }`...)
}

// appendBinary writes the report as SR and SDES.
func (r *loadReport) appendBinary(b []byte) []byte {
	word := func(v uint32) { b = append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v)) }
	b = append(b, 0x81, 200, 0, 12)
	for _, v := range []uint32{
		r.ssrc, uint32(r.ntp >> 32), uint32(r.ntp), r.rtp, r.packets, r.octets,
		r.peer, uint32(r.fraction)<<24 | r.lost, r.highest, r.jitter, r.lsr, r.dlsr,
	} {
		word(v)
	}
	item := (2 + len(r.name) + 4) / 4 // type, length, text, at least one 0; in words
	b = append(b, 0x81, 202, 0, byte(1+item))
	word(r.ssrc)
	end := len(b) + 4*item
	b = append(append(b, 1, byte(len(r.name))), r.name...)
	for len(b) < end {
		b = append(b, 0)
	}
	return b
}

// sender is the process that sends.
type sender struct {
	tb      testing.TB
	orders  *json.Encoder
	answers *bufio.Scanner
	order   loadOrder
}

// startSender starts the process; order holds what all its orders share.
func startSender(tb testing.TB, order loadOrder) *sender {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), loadEnv+"=load", "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = cmd.Wait()
	})
	return &sender{tb: tb, orders: json.NewEncoder(in), answers: bufio.NewScanner(out), order: order}
}

// begin gives an order and returns at once.
func (s *sender) begin(change func(*loadOrder)) {
	s.tb.Helper()
	o := s.order
	change(&o)
	if err := s.orders.Encode(o); err != nil {
		s.tb.Fatal(err)
	}
}

// done waits for the end of an order and tells how much was sent.
func (s *sender) done() uint64 {
	s.tb.Helper()
	if !s.answers.Scan() {
		s.tb.Fatal("the sender has gone")
	}
	n, err := strconv.ParseUint(s.answers.Text(), 10, 64)
	if err != nil {
		s.tb.Fatal(err)
	}
	return n
}

// send gives an order and waits for its end.
func (s *sender) send(change func(*loadOrder)) uint64 {
	s.tb.Helper()
	s.begin(change)
	return s.done()
}
