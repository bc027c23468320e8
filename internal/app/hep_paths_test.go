package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// mediaRows shows per tenant and call what matters of its rows.
const mediaRows = `
SELECT concat(tenant_id, ' ', call_id, ' ', trunk_id, ' ', attribution_rule, ' ', codec, ' ', toString(ifNull(clock_hz, 0)), ' ', max(mos_scale),
    ' jitter ', toString(round(max(ifNull(jitter_ms, -1)), 2)), ' rows ', toString(count()), ' lost ', toString(sum(ifNull(lost, 0))))
FROM media_reports FINAL GROUP BY tenant_id, call_id, trunk_id, attribution_rule, codec, clock_hz ORDER BY tenant_id, call_id`

// TestHEPOverEachTransport sends one call of each tenant over each transport:
// every report becomes a row of its own tenant, in ms by the clock of its own
// SDP, and what is nobody's lies in quarantine.
func TestHEPOverEachTransport(t *testing.T) {
	for _, transport := range []string{config.TransportUDP, config.TransportTCP, config.TransportTLS} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			cfg := configureHEP(t, transport)
			a := start(t, cfg)
			g := dial(t, a, "hep-"+transport)
			begin := time.Now().UTC().Add(-2 * time.Minute).Truncate(time.Second)
			for tenant, call := range worldCalls() {
				g.setUp(call, begin)
				g.media(call, begin.Add(time.Second), 0, 11, tenant != "carl")
			}
			g.send(g.wrap.KeepAlive(begin, ap(sbcAddr, 1), ap(teamsAddr, 1), 10))
			s := settled(t, a, 44)
			l := s.Listeners[0]
			if l.Rows != 33 || l.Quarantined != 11 || l.Types["sip"] != 16 || l.Types["rtcp"] != 44 || l.Types["keep_alive"] != 1 {
				t.Errorf("listener %+v", l)
			}
			if len(l.Agents) != 1 || l.Agents[0].Name() != "2001 sbc-1" || l.Agents[0].Packets != uint64(g.sent) || l.Agents[0].KeepAlives != 1 {
				t.Errorf("agents %+v", l.Agents)
			}
			if l.Repaired["packet_type"]+l.Repaired["loss_sign"] != 0 || len(l.Repaired) == 0 {
				t.Errorf("repaired %v of a sound agent", l.Repaired)
			}
			want := []string{
				"anna call-anna sbc.anna.example dialog PCMU 8000 NB jitter 20 rows 11 lost 5",
				"bert call-bert sbc.bert.example dialog opus 48000 FB jitter 3.33 rows 11 lost 5",
				"carl call-carl carl.sbc.example dialog PCMA 8000 NB jitter 20 rows 11 lost 5",
			}
			c := store(t, cfg)
			if got := text(t, c, mediaRows); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if got := text(t, c, "SELECT concat(reason, ' ', call_id, ' ', form, ' ', toString(count())) FROM quarantine FINAL GROUP BY reason, call_id, form ORDER BY form"); len(got) != 1 || !strings.HasSuffix(got[0], " call-nobody rtcp_json 11") {
				t.Errorf("quarantine %q", got)
			}
			if got := text(t, c, "SELECT concat(tenant_id, ' ', trunk_id, ' ', name, ' ', codec) FROM trunks FINAL ORDER BY tenant_id"); len(got) != 3 || got[0] != "anna sbc.anna.example Anna PCMU" {
				t.Errorf("trunks %q", got)
			}
		})
	}
}

// TestRefusedHEPIsCounted: a wrong key, a wrong version, bytes that are no HEP,
// and an oversized packet, each by its reason.
func TestRefusedHEPIsCounted(t *testing.T) {
	t.Parallel()
	cfg := configureHEP(t, config.TransportUDP, config.TransportTCP)
	cfg.Listeners[0].MaxDatagram = 2048
	a := start(t, cfg)
	u, stream := dial(t, a, "hep-udp"), dial(t, a, "hep-tcp")
	call := worldCalls()["anna"]
	for _, g := range []*agent{u, stream} {
		g.wrap.Key = "wrong"
		g.media(call, time.Now(), 0, 3, true)
		g.wrap.Key = ""
		g.media(call, time.Now(), 3, 5, true)
	}
	u.send([]byte("\x01\x10\x02\x11 version one of HEP"), nil)
	u.send([]byte("this is nothing"), nil)
	u.send(make([]byte, 3000), nil) // longer than the listener takes
	// A stream cannot be believed after its framing is lost.
	stream.send([]byte("GET / HTTP/1.1\r\n\r\n"), nil)
	s := await(t, a, "all refused", func(s app.Status) bool {
		return s.Listeners[0].Refused["hep_auth"] == 5 && s.Listeners[1].Refused["hep_auth"] == 5 && s.Listeners[1].Connections.Closed["framing_not_hep"] == 1 &&
			s.Listeners[0].Refused["hep_not_hep"]+s.Listeners[0].Refused["hep_hep_version_1"] == 2 && s.Listeners[0].Refused["unreadable"] == 1
	})
	if s.Listeners[0].Reports+s.Listeners[1].Reports != 0 {
		t.Errorf("reports of refused packets: %+v", s.Listeners)
	}
	_, metrics := get(t, a, "/metrics")
	for _, line := range []string{
		`trunkline_listener_refused_total{listener="hep-udp",reason="hep_auth"} 5`,
		`trunkline_listener_connections_closed_total{listener="hep-tcp",reason="framing_not_hep"} 1`,
		`trunkline_attribution_dialogs 0`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	_, page := get(t, a, "/")
	for _, want := range []string{"5 hep_auth", "Whose reports are", "hep/tcp", "by trunk"} {
		if !strings.Contains(page, want) {
			t.Errorf("the status page lacks %q", want)
		}
	}
	for _, secret := range []string{hepKey, "call-anna", "+4915550001"} {
		if strings.Contains(page+metrics, secret) {
			t.Errorf("the pages show %q", secret)
		}
	}
}

// TestRestartKeepsAttribution stops the process in the middle of the calls: the
// reports that come after the restart, without SIP, are attributed as before,
// and the streams go on.
func TestRestartKeepsAttribution(t *testing.T) {
	t.Parallel()
	cfg := configureHEP(t, config.TransportUDP)
	begin := time.Now().UTC().Add(-2 * time.Minute).Truncate(time.Second)
	calls := worldCalls()
	delete(calls, "")
	first, err := app.New(cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := dial(t, first, "hep-udp")
	for _, call := range calls {
		g.setUp(call, begin)
		g.media(call, begin.Add(time.Second), 0, 5, true)
	}
	settled(t, first, 15)
	stop(t, first)

	a := start(t, cfg)
	await(t, a, "history read", func(s app.Status) bool { return s.Listeners[0].HistoryRead })
	g = dial(t, a, "hep-udp")
	for _, call := range calls {
		g.media(call, begin.Add(time.Second), 5, 11, false)
		g.sip(begin.Add(65*time.Second), true, call.Bye())
	}
	s := settled(t, a, 18)
	if l := s.Listeners[0]; l.Rows != 18 || l.Quarantined != 0 {
		t.Errorf("after the restart %+v", l)
	}
	c := store(t, cfg)
	want := []string{
		"anna call-anna sbc.anna.example dialog PCMU 8000 NB jitter 20 rows 11 lost 5",
		"bert call-bert sbc.bert.example dialog opus 48000 FB jitter 3.33 rows 11 lost 5",
		"carl call-carl carl.sbc.example dialog PCMA 8000 NB jitter 20 rows 11 lost 5",
	}
	if got := text(t, c, mediaRows); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// The calls are over: facts of their own, joined with their streams.
	await(t, a, "calls told", func(s app.Status) bool { return s.Listeners[0].Calls == 3 })
	drained(t, a)
	wantCalls := []string{"anna answered 300 800 64200 in 1 11", "bert answered 300 800 64200 in 1 11", "carl answered 300 800 64200 in 1 11"}
	const callRows = `SELECT concat(c.tenant_id, ' ', c.outcome, ' ', toString(s.post_dial_delay_ms), ' ', toString(s.setup_ms), ' ', toString(s.talk_ms), ' ', s.direction, ' ', toString(c.streams), ' ', toString(c.reports))
FROM calls_with_streams AS c JOIN (SELECT * FROM sip_calls FINAL) AS s ON c.tenant_id = s.tenant_id AND c.call_id = s.call_id ORDER BY c.tenant_id`
	if got := text(t, c, callRows); !slices.Equal(got, wantCalls) {
		t.Errorf("calls %q, want %q", got, wantCalls)
	}
	if got := text(t, c, "SELECT concat(tenant_id, ' ', toString(seized), ' ', toString(asr_percent), ' ', toString(ner_percent)) FROM sip_trunk_minutes ORDER BY tenant_id"); !slices.Equal(got, []string{"anna 1 100 100", "bert 1 100 100", "carl 1 100 100"}) {
		t.Errorf("minutes %q", got)
	}
	// One report of each stream has no predecessor: its first.
	if got := text(t, c, "SELECT toString(countIf(baseline != '')) FROM media_reports FINAL"); got[0] != fmt.Sprint(3) {
		t.Errorf("%s reports have no interval, want one of each stream", got[0])
	}
}
