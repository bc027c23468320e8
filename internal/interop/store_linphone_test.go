package interop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// columns of voip_reports, by what the report calls them. Those of an address
// are told by the section: the end that measured is "reporter".
var columns = map[string]string{
	"Timestamps.STOP":  "toString(toUnixTimestamp(stopped_at))",
	"Timestamps.START": "toString(toUnixTimestamp(started_at))",
	"SessionDesc.PT":   "toString(payload_type)",
	"SessionDesc.PD":   "codec",
	"SessionDesc.SR":   "toString(clock_hz)",
	"SessionDesc.FMTP": "format_parameters",
	"PacketLoss.NLR":   "toString(network_loss_percent)",
	"PacketLoss.JDR":   "toString(discard_percent)",
	"JitterBuffer.JBN": "toString(jitter_buffer_nominal_ms)",
	"JitterBuffer.JBM": "toString(jitter_buffer_maximum_ms)",
	"JitterBuffer.JBX": "toString(jitter_buffer_absolute_ms)",
	"JitterBuffer.JBR": "toString(jitter_buffer_rate)",
	"Delay.RTD":        "toString(rtt_ms)",
	"Delay.ESD":        "toString(end_system_ms)",
	"Delay.IAJ":        "toString(interarrival_jitter_ms)",
	"QualityEst.MOSLQ": "toString(listening_mos)",
	"QualityEst.MOSCQ": "toString(conversational_mos)",
	"QualityEst.RLQ":   "toString(listening_r)",
	"QualityEst.RCQ":   "toString(conversational_r)",
	"LinphoneExt.UA":   "user_agent",
	"CallID":           "call_id",
	"LocalID":          "local_id",
	"RemoteID":         "remote_id",
	"OrigID":           "orig_id",
	"LocalGroup":       "local_group",
	"RemoteGroup":      "remote_group",
	"DialogID":         "dialog_id",
	"reporter.PORT":    "toString(reporter_port)",
	"reporter.SSRC":    "toString(reporter_ssrc)",
	"reporter.IP":      "replaceOne(toString(reporter_ip), '::ffff:', '')",
	"peer.PORT":        "toString(peer_port)",
	"peer.SSRC":        "toString(source_ssrc)",
	"peer.IP":          "replaceOne(toString(peer_ip), '::ffff:', '')",
	"kind":             "concat(origin, if(is_call_term, ' last', ''))",
	"transport":        "transport",
	"side":             "side",
	"owner":            "concat(tenant_id, ' ', attribution_rule)",
	"unknown":          "toString(unknown_count)",
}

// stored is a row of voip_reports as text.
type stored map[string]string

// voipReports reads all rows.
func (p *product) voipReports(t *testing.T) []stored {
	t.Helper()
	names := slices.Sorted(maps.Keys(columns))
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf("ifNull(%s, 'unknown')", columns[name]))
	}
	var rows []stored
	p.query(t, "SELECT ["+strings.Join(list, ", ")+"] FROM voip_reports FINAL ORDER BY time", func(scan func(...any) error) error {
		var values []string
		if err := scan(&values); err != nil {
			return err
		}
		row := stored{}
		for i, name := range names {
			row[name] = values[i]
		}
		rows = append(rows, row)
		return nil
	})
	return rows
}

// expect makes of a phone's report what the row of one of its sections must hold.
func expect(body, section, transport string) stored {
	sent := fields(body)
	local, remote := "reporter", "peer"
	row := stored{"side": "local", "kind": "interval", "transport": transport, "owner": tenant + " listener", "unknown": "0"}
	if section == "RemoteMetrics" {
		local, remote = remote, local
		row["side"] = "remote"
	}
	if strings.Contains(body, "CallTerm") {
		row["kind"] = "session last"
	}
	for name, value := range sent {
		if key, ok := strings.CutPrefix(name, "LocalAddr."); ok {
			name = local + "." + key
		} else if key, ok := strings.CutPrefix(name, "RemoteAddr."); ok {
			name = remote + "." + key
		} else if key, ok := strings.CutPrefix(name, section+"."); ok {
			name = key
		} else if strings.Contains(name, "Metrics.") {
			continue // of the other section
		}
		if strings.HasPrefix(name, "Timestamps.") {
			at, _ := time.Parse(time.RFC3339, value)
			value = fmt.Sprint(at.Unix())
		}
		row[name] = value
	}
	return row
}

// From a softphone's PUBLISH to SQL: each value of each section that its log
// says it sent stands in a column, once.
func TestLinphoneReportsInTheStore(t *testing.T) {
	t.Parallel()
	p := startProduct(t, nil,
		config.Listener{Name: "phones-udp", Kind: config.KindVQReport, Transport: config.TransportUDP, Tenant: tenant},
		config.Listener{Name: "phones-tcp", Kind: config.KindVQReport, Transport: config.TransportTCP, Tenant: tenant})
	portA, portB := ports(t, 4), ports(t, 4)
	a := startLinphone(t, "agent42", portA, at(portB), fmt.Sprintf("sip:collector@%s;transport=udp", p.listener(t, "phones-udp")))
	b := startLinphone(t, "customer7", portB, at(portA), fmt.Sprintf("sip:collector@%s;transport=tcp", p.listener(t, "phones-tcp")))
	a.call(b, "customer7")
	p.await(t, "interval reports of both phones", "SELECT uniqExact(local_id) FROM voip_reports FINAL WHERE origin = 'interval'", 2)
	a.say("terminate")
	p.await(t, "last reports of both phones", "SELECT uniqExact(local_id) FROM voip_reports FINAL WHERE is_call_term", 2)
	for _, l := range []*linphone{a, b} {
		l.awaitAnswers(t)
		l.stop()
	}
	rows := p.voipReports(t)
	wanted := 0
	for transport, l := range map[string]*linphone{"udp": a, "tcp": b} {
		answers := l.answers(t)
		for _, report := range l.published(t) {
			if answers[report.Branch] != "200" {
				t.Errorf("a PUBLISH over %s got the answer %q, want 200", transport, answers[report.Branch])
			}
			for _, section := range []string{"LocalMetrics", "RemoteMetrics"} {
				if !strings.Contains(report.Body, section+":") {
					continue
				}
				wanted++
				checkRow(t, rows, expect(report.Body, section, transport))
			}
		}
	}
	if wanted != len(rows) || wanted < 4 {
		t.Errorf("%d rows, the phones sent %d sections", len(rows), wanted)
	}
	p.checkClean(t, "phones-udp")
	p.checkClean(t, "phones-tcp")
}

// checkRow finds the row that a section must have become and compares all of it.
func checkRow(t *testing.T, rows []stored, want stored) {
	t.Helper()
	i := slices.IndexFunc(rows, func(r stored) bool {
		for _, key := range []string{"LocalID", "side", "kind", "Timestamps.STOP"} {
			if r[key] != want[key] {
				return false
			}
		}
		return true
	})
	if i < 0 {
		t.Errorf("no row of %v", want)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		got, ok := rows[i][name]
		if !ok {
			t.Errorf("the phone sends %s=%s, which stands in no column", name, want[name])
		} else if !same(want[name], got) {
			t.Errorf("%s: sent %q, stored %q", name, want[name], got)
		}
	}
}
