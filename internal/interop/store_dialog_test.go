package interop

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// A proxy and a relay of the same call, which know nothing of each other and
// report to one listener: the relay's reports are the tenant's because of the
// host in the proxy's SIP, are read with the codec of its SDP, and stand beside
// the call.
func TestRelayedCallBelongsToItsSIPDialog(t *testing.T) {
	t.Parallel()
	p := startProduct(t, []config.Trunk{{Tenant: tenant, ID: trunk, FQDN: trunkFQDN}},
		config.Listener{Name: "site", Kind: config.KindHEP, Transport: config.TransportUDP})
	hep := p.listener(t, "site")
	pair := newPair(t)
	k := startKamailio(t, startCallee(t, pair.b.sdpAddr().sdp()), hep, 2002, "")
	engine := startRTPEngine(t, hep.String(), "udp", 2001)
	var call relayed
	id, status := newCaller(t, k.addr).callWith(userAnswers, pair.a.sdpAddr().sdp(), 0, func(callID string) {
		call = pair.run(t, engine, callID, 15*time.Second)
	})
	if status != 200 {
		t.Fatalf("the call got %d", status)
	}
	engine.stop()
	k.stop()
	p.await(t, "calls", "SELECT count() FROM sip_calls FINAL", 1)
	call.check(t, p.mediaReports(t, "dialog"))

	var callID, outcome string
	var streams, reports uint64
	// The view calls_with_streams has the streams once their minute is over.
	p.query(t, `SELECT c.call_id, toString(c.outcome), uniqExact(m.stream_id), count() FROM sip_calls AS c FINAL
		JOIN media_reports AS m FINAL ON c.tenant_id = m.tenant_id AND c.trunk_id = m.trunk_id AND c.call_id = m.call_id
		WHERE m.time BETWEEN c.answered_at AND c.ended_at AND m.codec = 'PCMU' AND m.clock_source = 'sdp'
		GROUP BY c.call_id, c.outcome`, func(scan func(...any) error) error {
		return scan(&callID, &outcome, &streams, &reports)
	})
	if callID != id || outcome != "answered" || streams != 2 || reports == 0 {
		t.Errorf("call %q, %s, with %d streams and %d reports, want %q, answered, with 2", callID, outcome, streams, reports, id)
	}
	p.checkClean(t, "site")
}
