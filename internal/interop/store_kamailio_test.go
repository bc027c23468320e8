package interop

import (
	"math"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// From a proxy's socket to SQL: calls with the proxy's own times, the ratios of
// ITU-T E.425 over them, and the quality report that passed the proxy.
func TestKamailioCallsInTheStore(t *testing.T) {
	t.Parallel()
	const key = "a key of the test"
	const captureID = 2002
	p := startProduct(t,
		[]config.Trunk{{Tenant: tenant, ID: trunk, FQDN: trunkFQDN, Captures: []config.Capture{{ID: captureID, Key: config.NewSecret(key)}}}},
		config.Listener{Name: "proxy", Kind: config.KindHEP, Transport: config.TransportUDP})
	k := startKamailio(t, startCallee(t, ""), p.listener(t, "proxy"), captureID, key)
	calls := placeCalls(t, k)
	const reported = "c1@pbx.example"
	if status := newCaller(t, k.addr).publish(reportBody(reported)); status != 200 {
		t.Errorf("PUBLISH through the proxy: %d", status)
	}
	k.stop()
	times(calls, k.seen(t))

	p.await(t, "calls", "SELECT count() FROM sip_calls FINAL", uint64(len(calls)))
	p.await(t, "quality reports", "SELECT count() FROM voip_reports FINAL", 1)
	got := p.calls(t)
	if len(got) != len(calls) {
		t.Errorf("%d calls in the store, %d were placed", len(got), len(calls))
	}
	answered, effective := 0, 0
	for _, c := range calls {
		c.check(t, got[c.CallID])
		if want[c.User].outcome == "answered" {
			answered++
		}
		if want[c.User].effective {
			effective++
		}
	}
	var attempts, seized, answeredStored, effectiveStored uint64
	p.query(t, `SELECT sum(attempts), sum(seized), sum(answered), sum(effective) FROM sip_trunk_minutes
		WHERE tenant_id = 'contoso' AND trunk_id = 'sbc1.contoso.example'`, func(scan func(...any) error) error {
		return scan(&attempts, &seized, &answeredStored, &effectiveStored)
	})
	if attempts != uint64(len(calls)) || seized != attempts || answeredStored != uint64(answered) || effectiveStored != uint64(effective) {
		t.Errorf("%d attempts, %d seized, %d answered, %d effective; placed were %d, of which %d answered and %d effective",
			attempts, seized, answeredStored, effectiveStored, len(calls), answered, effective)
	}
	var ner *float64
	p.query(t, `SELECT 100 * sum(effective) / sum(seized) FROM sip_trunk_minutes`, func(scan func(...any) error) error { return scan(&ner) })
	if ner == nil || math.Abs(*ner-75) > 1e-9 {
		t.Errorf("NER %v, three of four calls did their part", ner)
	}
	p.checkPublished(t, reported)
	p.checkClean(t, "proxy")
}

// calls reads the stored calls by Call-ID. Each must be the tenant's, by the
// capture agent's id and key.
func (p *product) calls(t *testing.T) map[string]callFigures {
	t.Helper()
	calls := map[string]callFigures{}
	p.query(t, `SELECT call_id, target_user, target_host, outcome, ended_by, final_status, is_seized, is_effective, has_invite,
		post_dial_delay_ms, setup_ms, talk_ms, tenant_id, trunk_id, attribution_rule FROM sip_calls FINAL`, func(scan func(...any) error) error {
		var f callFigures
		var host, tenantID, trunkID, rule string
		var status *uint16
		var whole bool
		var pdd, setup, talk *int64
		if err := scan(&f.CallID, &f.User, &host, &f.Outcome, &f.EndedBy, &status, &f.Seized, &f.Effective, &whole,
			&pdd, &setup, &talk, &tenantID, &trunkID, &rule); err != nil {
			return err
		}
		if tenantID != tenant || trunkID != trunk || rule != "capture" || host != trunkFQDN || !whole {
			t.Errorf("call %s: tenant %q, trunk %q, rule %q, host %q, with its INVITE: %t", f.CallID, tenantID, trunkID, rule, host, whole)
		}
		if status != nil {
			f.Status = int(*status)
		}
		f.PDD, f.Setup, f.Talk = opt(pdd), opt(setup), opt(talk)
		calls[f.CallID] = f
		return nil
	})
	return calls
}

// checkPublished holds the stored report against the text of reportBody.
func (p *product) checkPublished(t *testing.T, callID string) {
	t.Helper()
	rows := 0
	p.query(t, `SELECT call_id, origin, side, is_call_term, time, codec, network_loss_percent, discard_percent, rtt_ms,
		interarrival_jitter_ms, listening_mos, conversational_r, source_ssrc, tenant_id, attribution_rule, problem_count
		FROM voip_reports FINAL`, func(scan func(...any) error) error {
		var id, origin, side, codec, tenantID, rule string
		var last bool
		var stop time.Time
		var loss, discard, rtt, jitter, mos, r *float64
		var ssrc *uint32
		var problems uint32
		if err := scan(&id, &origin, &side, &last, &stop, &codec, &loss, &discard, &rtt, &jitter, &mos, &r, &ssrc, &tenantID, &rule, &problems); err != nil {
			return err
		}
		rows++
		type line struct {
			Call, Origin, Side, Codec, Tenant, Rule string
			Last                                    bool
			Loss, Discard, RTT, Jitter, MOS, R      float64
			SSRC                                    uint32
		}
		value := func(v *float64) float64 {
			if v == nil {
				return math.NaN()
			}
			return *v
		}
		if ssrc == nil {
			ssrc = new(uint32)
		}
		got := line{id, origin, side, codec, tenantID, rule, last, value(loss), value(discard), value(rtt), value(jitter), value(mos), value(r), *ssrc}
		want := line{callID, "session", "local", "PCMA", tenant, "capture", true, 2.5, 0.5, 117, 7, 4.2, 85, 0x55667788}
		if got != want || problems != 0 {
			t.Errorf("stored quality report %+v with %d problems, want %+v", got, problems, want)
		}
		if end := time.Date(2026, 11, 22, 10, 1, 0, 0, time.UTC); !stop.Equal(end) {
			t.Errorf("stored quality report of %v, it says %v", stop, end)
		}
		return nil
	})
	if rows != 1 {
		t.Errorf("%d rows of a report with one section", rows)
	}
}
