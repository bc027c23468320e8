package app_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/internal/testneed"
	"github.com/trunkline-cc/trunkline/schema"
)

// Bounds of the flood tests, small so that a quick flood reaches each.
const (
	floodStreams    = 1000 // of one sender half
	floodWaiting    = 300  // of one sender
	floodDialogs    = 200  // of one sender
	floodQuarantine = 400  // rows in all, of one sender a quarter
)

// configureFlood lowers every bound.
func configureFlood(t *testing.T, transports ...string) config.Config {
	t.Helper()
	cfg := configureHEP(t, transports...)
	// The flooder is an agent of a tenant, so that what it makes up is owned.
	cfg.Trunks = append(slices.Clone(cfg.Trunks), config.Trunk{Tenant: "flood", ID: "sbc.flood.example", Captures: []config.Capture{{ID: 6666, Key: config.NewSecret(hepKey)}}, Codec: "PCMU"})
	cfg.Ingest.MaxStreams = floodStreams
	c := &cfg.Attribution
	c.MaxWaiting, c.MaxWaitingPerSource = 2*floodWaiting, floodWaiting
	c.MaxDialogsPerTrunk, c.MaxDialogsPerSource, c.MaxCalls = floodDialogs, floodDialogs, 5*floodDialogs
	c.QuarantineMaxRows = floodQuarantine
	for i := range cfg.Listeners {
		if cfg.Listeners[i].Transport == config.TransportUDP {
			cfg.Listeners[i].RingSlots, cfg.Listeners[i].ReceiveBuffer = 2048, 4<<20
		}
	}
	return cfg
}

// dialFrom connects an agent from another loopback address: another sender.
func dialFrom(t *testing.T, a *app.App, listener, network, from string) *agent {
	t.Helper()
	addr := a.Addrs().Listeners[listener]
	local := net.Addr(&net.TCPAddr{IP: net.ParseIP(from)})
	if network == "udp" {
		local = &net.UDPAddr{IP: net.ParseIP(from)}
	}
	conn, err := (&net.Dialer{LocalAddr: local}).DialContext(t.Context(), network, addr)
	if err != nil {
		testneed.Missing(t, "no second loopback address, which Linux has: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return &agent{t: t, conn: conn, wrap: synthetic.Wrap{CaptureID: 6666, Node: "flood", Key: hepKey}}
}

// floods are what one agent sends, by the bound that holds it.
var floods = map[string]func(g *agent, rng *rand.Rand, at time.Time, i int){
	"streams": func(g *agent, rng *rand.Rand, at time.Time, _ int) {
		g.wrap.CaptureID = 6666
		g.send(g.wrap.Packet(hep.ProtoRTCP, at, ap(sbcAddr, uint16(rng.Uint32())), ap(teamsAddr, 40000), "", receiverReport(rng)))
	},
	"call-ids": func(g *agent, rng *rand.Rand, at time.Time, _ int) {
		g.wrap.CaptureID = 1
		g.send(g.wrap.Packet(hep.ProtoRTCP, at, ap(sbcAddr, uint16(rng.Uint32())), ap(teamsAddr, 40001), fmt.Sprintf("%x@nobody", rng.Uint64()), receiverReport(rng)))
	},
	"invites": func(g *agent, rng *rand.Rand, at time.Time, i int) {
		g.wrap.CaptureID = 1
		c := worldCalls()[""]
		c.ID = schema.CallID(fmt.Sprintf("%x@nobody", rng.Uint64()))
		c.Near = ap(sbcAddr, uint16(20000+i%20000))
		g.sip(at, true, c.Invite())
	},
	"garbage": func(g *agent, rng *rand.Rand, at time.Time, i int) {
		packet, err := g.wrap.Packet(hep.ProtoRTCP, at, ap(sbcAddr, 1), ap(teamsAddr, 1), "", receiverReport(rng))
		for range 1 + i%8 {
			packet[rng.IntN(len(packet))] = byte(rng.Uint32())
		}
		g.send(packet[:rng.IntN(len(packet))], err)
	},
	"huge": func(g *agent, rng *rand.Rand, at time.Time, _ int) {
		g.send(g.wrap.Packet(hep.ProtoRTCP, at, ap(sbcAddr, 1), ap(teamsAddr, 1), "", bytes.Repeat([]byte{byte(rng.Uint32())}, 60_000)))
	},
}

// receiverReport is one of a stream that nobody has heard of.
func receiverReport(rng *rand.Rand) []byte {
	rr := []byte{0x81, 201, 0, 7}
	for range 7 {
		rr = binary.BigEndian.AppendUint32(rr, rng.Uint32())
	}
	return rr
}

// TestFloodOfOneAgent lets an agent send all that it can make up as fast as the
// listener takes it, while another agent sends calls as ever: that one's rows
// are complete and its own, what is remembered of the flood is bounded, and
// each thing that was not used is counted by reason.
func TestFloodOfOneAgent(t *testing.T) {
	t.Parallel()
	const packets = 8000
	cfg := configureFlood(t, config.TransportUDP)
	a := start(t, cfg)
	g, flooder := dial(t, a, "hep-udp"), dialFrom(t, a, "hep-udp", "udp", "127.0.0.2")
	begin := time.Now().UTC().Add(-2 * time.Minute).Truncate(time.Second)
	calls := worldCalls()
	delete(calls, "")
	for _, call := range calls {
		g.setUp(call, begin)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	kinds := []string{"streams", "call-ids", "invites", "garbage", "huge"}
	before := heap()
	report := uint32(0)
	for i := range packets {
		kind := kinds[i%4]
		if i%200 == 0 {
			kind = "huge" // one takes as long as fifty others
		}
		floods[kind](flooder, rng, begin.Add(time.Second), i)
		if i%(packets/10) == packets/20 {
			for _, call := range calls {
				g.media(call, begin.Add(time.Second), report, report+1, report%2 == 0)
			}
			report++
		}
		if i%50 == 0 { // as fast as it is taken: what the kernel drops proves nothing
			sent := uint64(g.sent + flooder.sent)
			await(t, a, "the flood taken in", func(s app.Status) bool { return s.Listeners[0].Datagrams+100 >= sent })
		}
	}
	sent := uint64(g.sent + flooder.sent)
	s := await(t, a, "all taken in and nothing waiting", func(s app.Status) bool {
		l := s.Listeners[0]
		return l.Datagrams+l.KernelDrops >= sent && l.Waiting == 0 && l.RingUsed == 0
	})
	grown := heap() - before
	l := s.Listeners[0]
	if l.KernelDrops != 0 {
		t.Fatalf("%d dropped by the kernel: the test sends too fast for its own listener", l.KernelDrops)
	}
	ctx := t.Context()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}

	// The neighbours.
	var want []string
	for _, tenant := range []string{"anna", "bert", "carl"} {
		want = append(want, fmt.Sprintf("%s call-%s %d", tenant, tenant, report))
	}
	const rows = "SELECT concat(tenant_id, ' ', call_id, ' ', toString(count())) FROM media_reports FINAL WHERE tenant_id != 'flood' GROUP BY tenant_id, call_id ORDER BY tenant_id"
	if got := text(t, store(t, cfg), rows); !slices.Equal(got, want) {
		t.Errorf("neighbours have %q, want %q", got, want)
	}

	// The bounds.
	if s.Streams.Tracked > floodStreams/2+3 {
		t.Errorf("%d streams are followed, at most half of %d for the flood", s.Streams.Tracked, floodStreams)
	}
	if w := s.Attribution; w.Dialogs > 2*floodDialogs+3 || w.Waiting != 0 || w.CallsFollowed > 5*floodDialogs {
		t.Errorf("attribution remembers %+v", w)
	}
	if l.Quarantined > floodQuarantine/4 {
		t.Errorf("%d rows in quarantine, one sender may have %d", l.Quarantined, floodQuarantine/4)
	}
	if grown > 64<<20 {
		t.Errorf("the heap has grown by %d MB", grown>>20)
	}

	// The counters.
	for _, reason := range []string{"source_limit", "quarantine_full", "hep_not_hep", "hep_truncated"} {
		if l.Refused[reason] == 0 {
			t.Errorf("nothing is refused as %s: %v", reason, l.Refused)
		}
	}
	if s.Attribution.WaitingFull == 0 || s.Attribution.Evicted["source"]+s.Attribution.Evicted["trunk"] == 0 {
		t.Errorf("the flood has met no bound: %+v", s.Attribution)
	}
	e := a.Ledger("hep-udp")
	var refused uint64
	for _, reason := range []string{"stream_limit", "source_limit", "capture_time", "quarantine_full"} {
		refused += e.Refused[reason]
	}
	if e.Reports != e.Rows+e.Duplicates+refused+e.Quarantined+(e.Held-e.Released) || e.Datagrams != sent {
		t.Errorf("the ledger does not balance: %d sent, %+v", sent, e)
	}
}

// TestFloodOfConnections: one address opens more connections than it may, begins
// packets and TLS handshakes and never ends them; agents at another address come
// in and are served.
func TestFloodOfConnections(t *testing.T) {
	for _, transport := range []string{config.TransportTCP, config.TransportTLS} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			cfg := configureFlood(t, transport)
			cfg.Listeners[0].MaxConnections = 64
			a := start(t, cfg)
			addr := a.Addrs().Listeners["hep-"+transport]
			dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
			// A packet that says 60,000 bytes and has 6; over TLS that is a
			// handshake that does not get on.
			stalled := []byte("HEP3\xea\x60")
			for range 40 {
				conn, err := dialer.DialContext(t.Context(), "tcp", addr)
				if err != nil {
					testneed.Missing(t, "no second loopback address, which Linux has: %v", err)
				}
				defer conn.Close()
				_, _ = conn.Write(stalled[:2+len(stalled)/3])
			}
			s := await(t, a, "connections refused", func(s app.Status) bool { return s.Listeners[0].Connections.Refused["connections_of_address"] >= 32 })
			if active := s.Listeners[0].Connections.Active; active > 8 {
				t.Errorf("%d connections of one address, at most an eighth of 64", active)
			}
			g := dial(t, a, "hep-"+transport)
			call := worldCalls()["anna"]
			begin := time.Now().UTC().Add(-2 * time.Minute).Truncate(time.Second)
			g.setUp(call, begin)
			g.media(call, begin.Add(time.Second), 0, 11, true)
			settled(t, a, 11)
			if got := text(t, store(t, cfg), "SELECT concat(tenant_id, ' ', toString(count())) FROM media_reports FINAL GROUP BY tenant_id"); !slices.Equal(got, []string{"anna 11"}) {
				t.Errorf("the neighbour has %q", got)
			}
		})
	}
}

// TestFloodOfPublishes: a phone that publishes without end over UDP is told to
// come back later, and a neighbour's reports are taken all the same.
func TestFloodOfPublishes(t *testing.T) {
	t.Parallel()
	cfg := configurePublish(t)
	cfg.Attribution.QuarantineMaxRows = floodQuarantine
	a := start(t, cfg)
	addr := a.Addrs().Listeners["phones-udp"]
	conn, err := (&net.Dialer{LocalAddr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext(t.Context(), "udp", addr)
	if err != nil {
		testneed.Missing(t, "no second loopback address, which Linux has: %v", err)
	}
	defer conn.Close()
	const floodMessages = 3000
	retry := make(chan bool, 1)
	go func() { // what the flooder is told
		b, told := make([]byte, 8192), false
		for {
			n, err := conn.Read(b)
			if err != nil {
				retry <- told
				return
			}
			told = told || bytes.HasPrefix(b[:n], []byte("SIP/2.0 503 ")) && bytes.Contains(b[:n], []byte("\r\nRetry-After: "))
		}
	}()
	from := netip.MustParseAddrPort("127.0.0.2:5072")
	answers := map[string]int{}
	for i := range floodMessages {
		r := phone()
		r.CallID, r.Number = schema.CallID(fmt.Sprintf("flood-%d", i)), 1000+i
		r.Local, r.Remote = netip.MustParseAddrPort("198.51.100.1:1000"), netip.MustParseAddrPort("198.51.100.2:1000")
		if _, err := conn.Write(r.Publish(from, "UDP")); err != nil {
			t.Fatal(err)
		}
		if i%(floodMessages/20) == 10 {
			n := phone()
			n.Number, n.Stop = i, n.Stop.Add(time.Duration(i)*time.Second)
			for _, answer := range publishOver(t, "udp", addr, n.Publish(netip.MustParseAddrPort("127.0.0.1:5072"), "UDP")) {
				answers[answer]++
			}
		}
	}
	if answers["200"] != 20 {
		t.Errorf("the neighbour was answered %v, want 200 twenty times", answers)
	}
	s := await(t, a, "the flood answered", func(s app.Status) bool {
		l := s.Listeners[0]
		return l.Waiting == 0 && l.Publish.Answered[503] > 0
	})
	if q := s.Listeners[0].Quarantined; q > floodQuarantine/4 {
		t.Errorf("%d rows in quarantine, one sender may have %d", q, floodQuarantine/4)
	}
	if err := a.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := text(t, store(t, cfg), "SELECT concat(tenant_id, ' ', toString(count())) FROM voip_reports FINAL GROUP BY tenant_id"); !slices.Equal(got, []string{"dora 20"}) {
		t.Errorf("the store has %q", got)
	}
	_ = conn.Close()
	if !<-retry {
		t.Error("the flooder was not told when to come back")
	}
}

// heap is how much is in use after a collection.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what had a finalizer or lay in a pool
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
