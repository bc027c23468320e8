package interop

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// collector takes HEP with the decoders alone, without the pipeline: what is
// wrong here is wrong in a decoder.
type collector struct {
	addr netip.AddrPort

	mu      sync.Mutex
	decoder hep.Decoder
	scanner hep.Scanner
	packets []captured
	faults  []error
}

// captured is one HEP packet and, where it was RTCP as JSON, what it says.
type captured struct {
	hep.Packet
	Report *hep.Report
}

// collect listens until the test ends.
func collect(t *testing.T, transport string) *collector {
	t.Helper()
	c := &collector{}
	switch transport {
	case "udp":
		conn := socket(t, 0)
		c.addr = address(conn.LocalAddr())
		go func() {
			buf := make([]byte, hep.MaxPacketBytes)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				c.take(buf[:n])
			}
		}()
	case "tcp":
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.addr = address(ln.Addr())
		server := hep.NewServer(hep.ServerOptions{}, func(b hep.Batch) {
			for _, packet := range b.Packets {
				c.take(packet)
			}
		})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- server.Serve(ctx, ln) }()
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("HEP over TCP: %v", err)
			}
		})
	}
	return c
}

func (c *collector) take(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b = bytes.Clone(b) // packets alias it
	var p captured
	if err := c.decoder.Decode(b, &p.Packet); err != nil {
		c.faults = append(c.faults, err)
		return
	}
	if p.Proto == hep.ProtoRTCP && hep.Classify(p.Payload) == hep.FormJSON {
		p.Report = &hep.Report{}
		if err := c.scanner.Scan(p.Payload, p.Time, p.Report); err != nil {
			c.faults = append(c.faults, err)
			return
		}
	}
	c.packets = append(c.packets, p)
}

// taken returns what came so far, in the order of capture; faults fail the test.
func (c *collector) taken(t *testing.T) []captured {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range c.faults {
		t.Errorf("refused: %v", err)
	}
	packets := slices.Clone(c.packets)
	slices.SortStableFunc(packets, func(a, b captured) int { return a.Time.Compare(b.Time) })
	return packets
}

// await waits until as many packets have come as were sent, and returns them.
func (c *collector) await(t *testing.T, sent int) []captured {
	t.Helper()
	packets := c.taken(t)
	for deadline := time.Now().Add(patience); len(packets) < sent && time.Now().Before(deadline); packets = c.taken(t) {
		media(t.Context(), 20*time.Millisecond)
	}
	if len(packets) != sent {
		t.Errorf("%d HEP packets, the peer counts %d", len(packets), sent)
	}
	return packets
}

// derive makes figures of a relay's reports as the product does, all of PCMU.
func derive(t *testing.T, packets []captured) []figures {
	t.Helper()
	medium, ok := mediaqos.MediaOfPayloadType(0)
	if !ok {
		t.Fatal("no PCMU")
	}
	d := newDeriver(t, medium)
	far := farEnds(packets)
	for _, p := range packets {
		if p.Report == nil {
			continue
		}
		tap := mediaqos.Tap{Src: p.Src, Dst: p.Dst}
		if ends := far[string(p.CorrelationID)]; len(ends) == 2 {
			// A relay reports what it receives only: the two directions of a
			// call never share an address pair, though they are one path.
			tap.Dst = ends[0]
			if p.Src == ends[0] {
				tap.Dst = ends[1]
			}
		}
		d.add(p.Time, tap, string(p.CorrelationID), p.Report.Reports)
	}
	return d.figures()
}

// farEnds are the addresses that RTCP of each call came from.
func farEnds(packets []captured) map[string][]netip.AddrPort {
	ends := map[string][]netip.AddrPort{}
	for _, p := range packets {
		if id := string(p.CorrelationID); p.Report != nil && !slices.Contains(ends[id], p.Src) {
			ends[id] = append(ends[id], p.Src)
		}
	}
	return ends
}

// A relay's HEP over both transports: each figure is the network's, and the
// relay's own.
func TestRTPEngineReportsBecomeItsOwnFigures(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			c := collect(t, transport)
			engine := startRTPEngine(t, c.addr.String(), transport, 2001)
			call := relayCall(t, engine, "relayed-"+transport+"@pbx.example", 20*time.Second)
			packets := c.await(t, call.RTCPPackets)
			reports := uint64(0)
			for _, p := range packets {
				if !p.HasCaptureID || p.CaptureID != 2001 || p.Report == nil {
					t.Fatalf("capture id %d of protocol %v, want 2001 and RTCP as JSON", p.CaptureID, p.Proto)
				}
				if len(p.Report.Senders) > 0 {
					reports++
				}
				for _, s := range p.Report.Senders {
					if off := ntpTime(s.NTP).Sub(p.Time).Abs(); off > 5*time.Second {
						t.Errorf("NTP time %v away from the capture's", off)
					}
				}
			}
			if fixed := c.scanner.Stats().FixedNTPFraction; fixed == 0 || fixed > reports {
				t.Errorf("NTP fraction mended %d times in %d sender reports", fixed, reports)
			}
			call.check(t, derive(t, packets))
		})
	}
}

// ntpTime is a 32.32 fixed point NTP time (RFC 3550 section 4).
func ntpTime(ntp uint64) time.Time {
	const from1900To1970 = 2_208_988_800
	return time.Unix(int64(ntp>>32)-from1900To1970, int64(ntp&0xffffffff)*1e9>>32)
}
