package app_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
)

// publishOver sends requests over one connection and returns the status lines of
// the answers.
func publishOver(t *testing.T, transport, addr string, requests ...[]byte) (answers []string) {
	t.Helper()
	var conn net.Conn
	var err error
	if transport == config.TransportTLS {
		conn, err = tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the test's own certificate
	} else {
		conn, err = net.Dial(transport, addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReaderSize(conn, 64<<10)
	for _, request := range requests {
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if status, ok := strings.CutPrefix(line, "SIP/2.0 "); ok {
				answers = append(answers, status[:3])
			}
			if strings.TrimSpace(line) == "" {
				break
			}
		}
	}
	return answers
}

// phone is a report of a phone behind the SBC of a tenant that is known by its
// address.
func phone() *synthetic.PhoneReport {
	stop := time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC)
	return &synthetic.PhoneReport{
		CallID: "phone", Phone: "+4915550009@phones.dora.example", Peer: "+33123@sbc.dora.example",
		Local: netip.MustParseAddrPort("203.0.113.9:30000"), Remote: netip.MustParseAddrPort("203.0.113.1:40000"),
		LocalSSRC: 0x11, RemoteSSRC: 0x22, Start: stop.Add(-30 * time.Second), Stop: stop, Codec: "PCMA", PayloadType: 8, ClockHz: 8000,
		LossPercent: 1.5, RTTMillis: 85, JitterMillis: 7, MOSLQ: 4.1, MOSCQ: 3.9, Last: true,
	}
}

// configurePublish has one listener of each transport and a tenant that is
// known by address.
func configurePublish(t *testing.T) config.Config {
	t.Helper()
	cfg := configure(t)
	cfg.Trunks = []config.Trunk{{Tenant: "dora", ID: "sbc.dora.example", Addresses: []config.Network{config.Network(netip.MustParsePrefix("203.0.113.0/24"))}}}
	cfg.Attribution.Grace = config.Duration(time.Second)
	cfg.Listeners = nil
	for _, transport := range []string{config.TransportUDP, config.TransportTCP, config.TransportTLS} {
		l := config.Listener{Name: "phones-" + transport, Kind: config.KindVQReport, Transport: transport, Address: "127.0.0.1:0", ReceiveBuffer: 1 << 20, MaxConnections: 16}
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

// TestPublishOverEachTransport: 200 means that the row is in the journal, the
// same report again is one row, and nobody's reports lie in quarantine.
func TestPublishOverEachTransport(t *testing.T) {
	t.Parallel()
	cfg := configurePublish(t)
	a := start(t, cfg)
	from := netip.MustParseAddrPort("127.0.0.1:5072")
	for i, transport := range []string{config.TransportUDP, config.TransportTCP, config.TransportTLS} {
		r := phone()
		r.CallID, r.Number = "phone-call", i
		r.Stop = r.Stop.Add(time.Duration(i) * time.Minute)
		again := *r
		again.Number += 10 // another request, the same report
		stranger := *r
		stranger.CallID, stranger.Number = "stranger", i+20
		stranger.Local, stranger.Remote = netip.MustParseAddrPort("198.51.100.1:1000"), netip.MustParseAddrPort("198.51.100.2:1000")
		wire := strings.ToUpper(transport)
		broken := *r
		broken.Number += 30
		got := publishOver(t, transport, a.Addrs().Listeners["phones-"+transport],
			r.Publish(from, wire), again.Publish(from, wire), stranger.Publish(from, wire), []byte(strings.Replace(string(broken.Publish(from, wire)), "VQSession", "VQNothing", 1)))
		if got[0] != "200" || got[1] != "200" || got[2] != "200" || got[3] == "200" {
			t.Errorf("%s: answers %q, want 200 three times and a refusal", transport, got)
		}
		// Durable before the answer.
		if l := a.Status().Listeners[i]; l.Rows != 1 || l.Duplicates != 1 {
			t.Errorf("%s: after the answers %d rows, %d duplicates", transport, l.Rows, l.Duplicates)
		}
	}
	s := settled(t, a, 9)
	for _, l := range s.Listeners {
		if l.Rows != 1 || l.Duplicates != 1 || l.Quarantined != 1 || l.Publish.Answered[200] != 3 {
			t.Errorf("listener %+v %+v", l, l.Publish)
		}
	}
	c := store(t, cfg)
	got := text(t, c, `SELECT concat(tenant_id, ' ', trunk_id, ' ', attribution_rule, ' ', call_id, ' ', origin, ' ', side, ' ', codec, ' ', mos_scale, ' ', transport, ' ',
toString(network_loss_percent), ' ', toString(rtt_ms), ' ', toString(interarrival_jitter_ms), ' ', toString(listening_mos), ' ', toString(conversational_mos), ' ', toString(reporter_ip), ' ', toString(source_ssrc), ' ', toString(time))
FROM voip_reports FINAL ORDER BY time`)
	var want []string
	for i, transport := range []string{"udp", "tcp", "tls"} {
		want = append(want, fmt.Sprintf("dora sbc.dora.example address phone-call session local PCMA NB %s 1.5 85 7 4.1 3.9 ::ffff:203.0.113.9 34 2026-11-22 12:0%d:30.000000", transport, i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := text(t, c, "SELECT concat(call_id, ' ', listener, ' ', form) FROM quarantine FINAL ORDER BY listener"); len(got) != 3 || !strings.HasPrefix(got[0], "stranger phones-tcp ") {
		t.Errorf("quarantine %q", got)
	}
}

// TestPublishIsRefusedWhenTheJournalIsFull: the phone is told to come again, and
// nothing is counted as taken.
func TestPublishIsRefusedWhenTheJournalIsFull(t *testing.T) {
	t.Parallel()
	cfg := configurePublish(t)
	cfg.ClickHouse.DSN = "http://default@127.0.0.1:1/trunkline" // nothing leaves
	cfg.Journal.MaxBytes = 4096
	a := start(t, cfg)
	addr, from := a.Addrs().Listeners["phones-tcp"], netip.MustParseAddrPort("127.0.0.1:5072")
	answers := map[string]int{}
	for i := range 20 {
		r := phone()
		r.Number = i
		r.Stop = r.Stop.Add(time.Duration(i) * time.Second)
		for _, answer := range publishOver(t, config.TransportTCP, addr, r.Publish(from, "TCP")) {
			answers[answer]++
		}
	}
	if answers["503"] == 0 || answers["200"]+answers["503"] != 20 {
		t.Errorf("answers %v, want 200 until the journal is full, then 503", answers)
	}
	if l := a.Status().Listeners[1]; int(l.Rows) != answers["200"] && l.Refused["journal_full"] == 0 {
		t.Errorf("listener %+v, answers %v", l, answers)
	}
}
