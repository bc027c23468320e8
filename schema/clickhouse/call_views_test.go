package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// sceneAt is when the calls of the view tests happen.
var sceneAt = time.Date(2026, 11, 22, 12, 0, 5, 0, time.UTC)

// sceneCalls are twelve attempts of one tenant in one minute, and neighbours
// that must not be counted with them. By hand: of the eleven seized ones five
// were answered (ASR 5/11) and nine were effective (NER 9/11).
func sceneCalls() []schema.SIPCall {
	var calls []schema.SIPCall
	add := func(tenant schema.TenantID, outcome string, seized, effective bool, pdd schema.Opt[int64], change func(*schema.SIPCall)) {
		row := schema.SIPCall{
			Tenant: tenant, Time: sceneAt.Add(time.Duration(len(calls)) * time.Second), CallID: schema.CallID(fmt.Sprintf("call-%02d", len(calls))),
			Trunk: "sbc.example", Direction: "in", HasInvite: true, State: "ended", Outcome: outcome, IsSeized: seized, IsEffective: effective,
			PostDialDelayMillis: pdd, Fact: schema.Fact{Source: "hep", Version: 1},
		}
		if change != nil {
			change(&row)
		}
		calls = append(calls, row)
	}
	unknown := schema.Opt[int64]{}
	for i := range 5 { // 0..4
		add("acme", "answered", true, true, schema.Some(int64(1000*(i+1))), func(r *schema.SIPCall) { r.TalkMillis = schema.Some(int64(60_000)) })
	}
	add("acme", "busy", true, true, unknown, func(r *schema.SIPCall) { r.FinalStatus, r.ReasonText = schema.Some(uint16(486)), "Busy" })
	add("acme", "no_answer", true, true, schema.Some(int64(9000)), nil)
	add("acme", "no_answer", true, true, unknown, nil)
	add("acme", "rejected", true, true, unknown, nil)
	for i := range 2 { // 9, 10
		add("acme", "failed", true, false, unknown, func(r *schema.SIPCall) {
			r.FinalStatus, r.ReasonProtocol, r.ReasonCause = schema.Some(uint16(503)), "Q.850", schema.Some(uint16(34))
			r.ReasonText = fmt.Sprintf("no circuit %d", i)
		})
	}
	add("acme", "elsewhere", false, false, unknown, nil) // an attempt, not seized
	// Not of this sum: a fragment, another direction, made up, another tenant.
	add("acme", "answered", true, true, unknown, func(r *schema.SIPCall) { r.HasInvite = false })
	add("acme", "answered", true, true, unknown, func(r *schema.SIPCall) { r.Direction = "out" })
	add("acme", "failed", true, false, unknown, func(r *schema.SIPCall) { r.IsSynthetic = true })
	add("bolt", "failed", true, false, unknown, func(r *schema.SIPCall) { r.CallID = "call-00" })
	return calls
}

// sceneStreams are two streams of call-00 of acme, one of it without a score,
// and one of the other tenant's call of the same Call-ID.
const sceneStreams = `INSERT INTO media_streams
(tenant_id, stream_id, time, last_time, trunk_id, call_id, codec, mos_scale, reports, expected, lost, jitter_count, jitter_us_sum, rtt_count, rtt_us_sum, r_count, r_milli_sum, mos_milli_sum, version)
VALUES
('acme', '00000000-0000-0000-0000-000000000001', '2026-11-22 12:00:05', '2026-11-22 12:01:05', 'sbc.example', 'call-00', 'PCMA', 'NB', 3, 1000, 20, 2, 6000, 1, 80000, 2, 170000, 8200, 1),
('acme', '00000000-0000-0000-0000-000000000002', '2026-11-22 12:00:05', '2026-11-22 12:01:05', 'sbc.example', 'call-00', 'PCMA', 'NB', 4, 1000, 5, 2, 50000, 0, 0, 2, 150000, 7000, 1),
('acme', '00000000-0000-0000-0000-000000000003', '2026-11-22 12:00:05', '2026-11-22 12:01:05', 'sbc.example', 'call-01', 'opus', 'FB', 1, 0, 0, 0, 0, 0, 0, 1, 90000, 4000, 1),
('acme', '00000000-0000-0000-0000-000000000004', '2026-11-22 12:00:05', '2026-11-22 12:01:05', 'sbc.example', 'call-01', 'PCMA', 'NB', 1, 0, 0, 0, 0, 0, 0, 1, 80000, 3900, 1),
('acme', '00000000-0000-0000-0000-000000000005', '2026-11-22 12:00:05', '2026-11-22 12:01:05', 'sbc.example', '', 'PCMA', 'NB', 1, 0, 0, 0, 0, 0, 0, 1, 10000, 1000, 1),
('bolt', '00000000-0000-0000-0000-000000000006', '2026-11-22 12:00:05', '2026-11-22 12:01:05', 'sbc.example', 'call-00', 'PCMA', 'NB', 1, 100, 90, 0, 0, 0, 0, 1, 20000, 1500, 1)`

// openScene returns a database with the scene; every call is written twice,
// first as it looked earlier, so that views without FINAL count wrongly.
func openScene(t *testing.T) *Conn {
	t.Helper()
	ctx := context.Background()
	c := openMigrated(t)
	for version := range uint64(2) {
		block := SIPCalls.NewBlock()
		for _, row := range sceneCalls() {
			row.Version = version + 1
			if version == 0 {
				row.Outcome, row.IsSeized, row.IsEffective = "failed", true, false
			}
			block.Append(&row)
		}
		if err := InsertBlock(ctx, c, block, Stamp{Batch: schema.BatchID{byte(version)}, IngestedAt: sceneAt}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Exec(ctx, sceneStreams, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// lines returns a query's rows, one a line.
func lines(t *testing.T, c *Conn, sql string) string {
	t.Helper()
	var out []string
	err := c.Query(context.Background(), "SELECT arrayStringConcat(arrayMap(x -> ifNull(x, '-'), ["+sql, nil, func(scan func(...any) error) error {
		var line string
		if err := scan(&line); err != nil {
			return err
		}
		out = append(out, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// asText is columns as text, NULL as a dash.
func asText(columns ...string) string {
	for i, column := range columns {
		columns[i] = "toNullable(toString(" + column + "))"
	}
	return strings.Join(columns, ", ") + "]), ' ') AS line "
}

func TestTrunkMinutes(t *testing.T) {
	c := openScene(t)
	got := lines(t, c, asText("direction", "is_synthetic", "attempts", "fragments", "seized", "answered", "effective",
		"round(asr_percent, 4)", "round(ner_percent, 4)", "post_dial_delay_count", "post_dial_delay_ms_sum", "post_dial_delay_ms_mean",
		"post_dial_delay_ms_p95", "talk_count", "talk_ms_sum")+
		"FROM sip_trunk_minutes WHERE tenant_id = 'acme' AND minute = '2026-11-22 12:00:00' ORDER BY direction, is_synthetic")
	want := "in false 12 1 11 5 9 45.4545 81.8182 6 24000 4000 9000 5 300000\n" +
		"in true 1 0 1 0 0 0 0 0 0 - - 0 0\n" +
		"out false 1 0 1 1 1 100 100 0 0 - - 0 0"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := lines(t, c, asText("attempts", "asr_percent")+"FROM sip_trunk_minutes WHERE tenant_id = 'bolt'"); got != "1 0" {
		t.Errorf("the other tenant has %s, want its own call alone", got)
	}
}

func TestFailures(t *testing.T) {
	got := lines(t, openScene(t), asText("outcome", "is_effective", "final_status", "reason_protocol", "reason_cause", "calls", "last_reason_text", "last_call_id")+
		"FROM sip_failures WHERE tenant_id = 'acme' AND NOT is_synthetic ORDER BY outcome")
	want := "busy true 486  - 1 Busy call-05\n" +
		"failed false 503 Q.850 34 2 no circuit 1 call-10\n" +
		"no_answer true -  - 2  call-07\n" +
		"rejected true -  - 1  call-08"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestCallsWithStreams: the worst of each figure is of its own stream, scores
// of two scales are not compared, and the same Call-ID of another tenant adds
// nothing.
func TestCallsWithStreams(t *testing.T) {
	c := openScene(t)
	columns := []string{
		"tenant_id", "call_id", "outcome", "streams", "reports", "codecs", "mos_scale", "worst_mos", "substring(toString(worst_mos_stream_id), 36)",
		"worst_loss_percent", "worst_jitter_ms", "worst_rtt_ms",
	}
	got := lines(t, c, asText(columns...)+"FROM calls_with_streams WHERE call_id IN ('call-00', 'call-01', 'call-02') ORDER BY tenant_id, call_id")
	want := "acme call-00 answered 2 7 ['PCMA'] NB 3.5 2 2 25 80\n" +
		"acme call-01 answered 2 2 ['PCMA','opus']  - - - - -\n" +
		"acme call-02 answered 0 0 []  - - - - -\n" +
		"bolt call-00 failed 1 1 ['PCMA'] NB 1.5 6 90 - -"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := countRows(t, c, "SELECT count() FROM calls_with_streams"); n != 16 {
		t.Errorf("%d rows, want one of each call", n)
	}
}
