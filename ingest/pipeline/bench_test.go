package pipeline

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/schema"
)

// discard is a Batch that makes rows and keeps none.
type discard struct {
	row  schema.MediaReport
	rows int
}

func (d *discard) Append(f *Fact)                    { f.Row(&d.row); d.rows++ }
func (d *discard) AppendCall(*CallFact)              {}
func (d *discard) AppendVoIP(*VoIPFact)              {}
func (d *discard) AppendQuarantined(*QuarantineFact) {}
func (d *discard) Len() int                          { return d.rows }

// relayJSON is what rtpengine makes of a sender report with one block and a name.
const relayJSON = `{"sender_information":{"ntp_timestamp_sec":3981441604,"ntp_timestamp_usec":1889785610,"octets":%d,"rtp_timestamp":%d,"packets":%d},"ssrc":%d,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":%d,"highest_seq_no":%d,"fraction_lost":0,"ia_jitter":11,"packets_lost":3,"lsr":0,"dlsr":0}],"sdes_ssrc":%d,"sdes_report_count":1,"sdes_information":[{"type":1,"text":"8f2c1d3e4a5b"}]}`

// relayed are HEP packets of n streams, one report of each, as one relay sends
// them, after the SIP that says whose they are.
func relayed(b *testing.B, p *process, n int) []Datagram {
	b.Helper()
	var all []Datagram
	for i := range n {
		c := call{
			id: fmt.Sprintf("%08x-1c2d-4f6a@sbc", i*7919), host: "anna.sbc.example", to: fmt.Sprintf("+4915%08d", i),
			port: uint16(10000 + 2*(i%20000)), codec: "8",
		}
		p.feed(c.sip(epoch)[:4]...)
		body := fmt.Sprintf(relayJSON, 160000, 160000, 1000, 0x1000+i, 0x900000+i, firstSeq, 0x1000+i)
		all = append(all, Datagram{At: epoch, Src: agentAt, Dst: usAt, Payload: packet(hep.ProtoRTCP, epoch, rtcpOf(c.near()), rtcpOf(c.far()), c.id, []byte(body))})
	}
	p.cut()
	return all
}

const firstSeq = 1_000_000_000

// next makes a packet the next report of its stream: five seconds and 250
// packets later.
func next(payload []byte, timeAt, seqAt int) {
	binary.BigEndian.PutUint32(payload[timeAt:], binary.BigEndian.Uint32(payload[timeAt:])+5)
	add := 250
	for i := seqAt + 9; add > 0; i-- {
		digit := int(payload[i]-'0') + add%10
		add /= 10
		if digit > 9 {
			digit, add = digit-10, add+1
		}
		payload[i] = byte('0' + digit)
	}
}

// BenchmarkHEP is the way of a HEP packet with rtpengine's JSON from the ring to
// a row: decoded, scanned, attributed by its dialog, followed, derived and
// scored, for 5,000 streams in turn. The case scan is decoding and scanning
// alone; x_scan is the ratio of the two, measured in turns.
func BenchmarkHEP(b *testing.B) {
	now := &clock{now: epoch.Add(10 * time.Second)}
	p := setup{form: FormHEP, table: threeTenants}.start(b, newRowStore(), now)
	packets := relayed(b, p, 5000)
	p.stop()
	first := packets[0].Payload
	timeAt := bytes.Index(first, binary.BigEndian.AppendUint32([]byte{0, 0, 0, 9, 0, 10}, uint32(epoch.Unix()))) + 6
	seqAt := bytes.Index(first, []byte(fmt.Sprint(firstSeq)))
	s := p.live.shards[0]
	out := &discard{}
	s.batch = out
	at := 0
	row := func() {
		d := &packets[at]
		next(d.Payload, timeAt, seqAt)
		s.datagram(d, now.now)
		at = (at + 1) % len(packets)
	}
	var decoder hep.Decoder
	var opened hep.Packet
	var scanner hep.Scanner
	var report hep.Report
	scan := func() {
		d := &packets[at]
		next(d.Payload, timeAt, seqAt)
		if err := errors.Join(decoder.Decode(d.Payload, &opened), scanner.Scan(opened.Payload, opened.Time, &report)); err != nil {
			b.Fatal(err)
		}
		at = (at + 1) % len(packets)
	}
	for range 2 * len(packets) { // whose they are is asked once
		row()
	}
	if c := s.worker.counts; out.rows < 2*len(packets) || c.Cached < uint64(len(packets)) {
		b.Fatalf("%d rows, %+v", out.rows, c)
	}
	b.Run("row", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			row()
		}
		ratio, each := turns(row, scan)
		b.ReportMetric(ratio, "x_scan")
		b.ReportMetric(float64(each.Nanoseconds()), "cpu-ns/op")
	})
	b.Run("scan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			scan()
		}
	})
	if stats := p.stripes.Stats(); stats.Rebuilds > 3*uint64(len(packets)) {
		b.Fatalf("the short way was not taken: %+v", stats)
	}
}

// turns is how many times longer a takes than b on a processor, and how long a
// takes: the best of several rounds in turns, since a busy machine slows both.
func turns(a, b func()) (ratio float64, each time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const rounds, times = 8, 20_000
	best := func(f func(), so time.Duration) time.Duration {
		start := cpuNow()
		for range times {
			f()
		}
		return min(so, cpuNow()-start)
	}
	of, to := time.Hour, time.Hour
	for range rounds {
		of, to = best(a, of), best(b, to)
	}
	return float64(of) / float64(to), of / times
}
