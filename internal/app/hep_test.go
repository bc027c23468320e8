package app_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// The world of the HEP tests: one SBC address that serves three tenants, two
// known by host and one by number, and a call of nobody's.
var (
	sbcAddr   = netip.MustParseAddr("192.0.2.10")
	teamsAddr = netip.MustParseAddr("198.51.100.7")
	hepKey    = "hep-listener-key"
)

var sharedTrunks = []config.Trunk{
	{Tenant: "anna", ID: "sbc.anna.example", FQDN: "sbc.anna.example", Addresses: []config.Network{config.Network(netip.PrefixFrom(sbcAddr, 32))}, Name: "Anna", Codec: "PCMU"},
	{Tenant: "bert", ID: "sbc.bert.example", FQDN: "sbc.bert.example", Addresses: []config.Network{config.Network(netip.PrefixFrom(sbcAddr, 32))}},
	{Tenant: "carl", ID: "carl.sbc.example", FQDN: "sbc.example", Numbers: []config.Numbers{{First: "493012000", Last: "493012999"}}},
}

// calls of the world. All streams have the same SSRCs: only their calls tell
// them apart.
func worldCalls() map[schema.TenantID]*synthetic.SIPCall {
	return map[schema.TenantID]*synthetic.SIPCall{
		"anna": {ID: "call-anna", Host: "sbc.anna.example", Caller: "+33123", Called: "+4915550001", Near: ap(sbcAddr, 10000), Far: ap(teamsAddr, 20000), PayloadType: 0},
		"bert": {ID: "call-bert", Host: "sbc.bert.example", Caller: "+33124", Called: "+4915550002", Near: ap(sbcAddr, 10002), Far: ap(teamsAddr, 20002), PayloadType: 97, Codec: "opus/48000/2"},
		"carl": {ID: "call-carl", Host: "sbc.example", Caller: "+33125", Called: "+493012345", Near: ap(sbcAddr, 10004), Far: ap(teamsAddr, 20004), PayloadType: 8},
		"":     {ID: "call-nobody", Host: "sbc.stranger.example", Caller: "+33126", Called: "+4915559999", Near: ap(sbcAddr, 10006), Far: ap(teamsAddr, 20006), PayloadType: 0},
	}
}

func ap(a netip.Addr, port uint16) netip.AddrPort { return netip.AddrPortFrom(a, port) }

// agent sends HEP over one connection, as an SBC does.
type agent struct {
	t    *testing.T
	wrap synthetic.Wrap
	conn net.Conn
	sent int
}

func (g *agent) send(packet []byte, err error) {
	g.t.Helper()
	if err == nil {
		_, err = g.conn.Write(packet)
	}
	if err != nil {
		g.t.Fatal(err)
	}
	g.sent++
}

// sip sends messages of a call: those of the SBC from its signalling address,
// the others to it.
func (g *agent) sip(at time.Time, fromSBC bool, message []byte) {
	src, dst := ap(sbcAddr, 5061), ap(teamsAddr, 5061)
	if !fromSBC {
		src, dst = dst, src
	}
	g.t.Helper()
	g.send(g.wrap.Packet(hep.ProtoSIP, at, src, dst, "", message))
}

// setUp lets a call begin.
func (g *agent) setUp(c *synthetic.SIPCall, at time.Time) {
	g.sip(at, true, c.Invite())
	g.sip(at.Add(300*time.Millisecond), false, c.Ringing())
	g.sip(at.Add(800*time.Millisecond), false, c.Answer())
	g.sip(at.Add(850*time.Millisecond), true, c.Ack())
}

// media sends receiver reports from..to of the SBC's end, as JSON with the
// Call-ID beside them as rtpengine does, or in binary without.
func (g *agent) media(c *synthetic.SIPCall, start time.Time, from, to uint32, asJSON bool) {
	g.t.Helper()
	for i := from; i < to; i++ {
		rr := []byte{0x81, 201, 0, 7}
		// Highest sequence 1000 + 250 i, of which every tenth interval lost 5.
		// Equal reports of two calls of one tenant would be one.
		for _, word := range []uint32{0x1001, 0x2002, 5 * (i / 10), 1000 + 250*i + uint32(c.Near.Port())<<16, 160, 0, 0} {
			rr = binary.BigEndian.AppendUint32(rr, word)
		}
		payload, call, err := rr, "", error(nil)
		if asJSON {
			call = string(c.ID)
			payload, err = synthetic.RTCPAsJSON(rr)
		}
		if err != nil {
			g.t.Fatal(err)
		}
		src, dst := ap(c.Near.Addr(), c.Near.Port()+1), ap(c.Far.Addr(), c.Far.Port()+1)
		g.send(g.wrap.Packet(hep.ProtoRTCP, start.Add(time.Duration(i)*5*time.Second), src, dst, call, payload))
	}
}

// configureHEP returns a configuration whose listeners are of the kind hep, one
// of each transport, and know tenants by their trunks.
func configureHEP(t *testing.T, transports ...string) config.Config {
	t.Helper()
	cfg := configure(t)
	cfg.Trunks = sharedTrunks
	cfg.Attribution.Grace = config.Duration(2 * time.Second)
	cfg.Listeners = nil
	for _, transport := range transports {
		l := config.Listener{Name: "hep-" + transport, Kind: config.KindHEP, Transport: transport, Address: "127.0.0.1:0", AuthKey: config.NewSecret(hepKey)}
		if transport == config.TransportUDP {
			l.ReceiveBuffer, l.RingSlots, l.MaxDatagram = 1<<20, 512, 64<<10
		} else {
			l.MaxConnections = 16
		}
		if transport == config.TransportTLS {
			l.TLS = certificate(t)
		}
		cfg.Listeners = append(cfg.Listeners, l)
	}
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// certificate makes files of a certificate for localhost.
func certificate(t *testing.T) config.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := config.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	for name, block := range map[string]*pem.Block{files.CertFile: {Type: "CERTIFICATE", Bytes: der}, files.KeyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// dial connects an agent to a listener.
func dial(t *testing.T, a *app.App, listener string) *agent {
	t.Helper()
	addr := a.Addrs().Listeners[listener]
	var conn net.Conn
	var err error
	switch listener[len(listener)-3:] {
	case config.TransportTLS:
		conn, err = tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the test's own certificate
	default:
		conn, err = net.Dial(listener[len(listener)-3:], addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &agent{t: t, conn: conn, wrap: synthetic.Wrap{CaptureID: 2001, Node: "sbc-1", Key: hepKey}}
}

// stop takes an App down before the test ends.
func stop(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		t.Fatal(err)
	}
}

// store opens the database of a configuration.
func store(t *testing.T, cfg config.Config) *clickhouse.Conn {
	t.Helper()
	c, err := app.OpenStore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// text runs a query of one column of text.
func text(t *testing.T, c *clickhouse.Conn, sql string) (lines []string) {
	t.Helper()
	err := c.Query(t.Context(), sql, nil, func(scan func(...any) error) error {
		var line string
		if err := scan(&line); err != nil {
			return err
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// settled waits until nothing waits any more and all is stored.
func settled(t *testing.T, a *app.App, reports uint64) app.Status {
	t.Helper()
	s := await(t, a, fmt.Sprintf("%d reports settled and stored", reports), func(s app.Status) bool {
		var done, waiting uint64
		for _, l := range s.Listeners {
			done += l.Rows + l.Duplicates + l.Quarantined
			waiting += l.Waiting
		}
		return done >= reports && waiting == 0
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}
