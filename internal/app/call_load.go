package app

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// callLoader reads one call.
type callLoader struct {
	ctx    context.Context
	store  *clickhouse.Conn
	tenant schema.TenantID
}

// telling is one side's telling of a call.
type telling struct {
	side, id string
	at       time.Time
}

// each runs a query about one id, or some.
func (l *callLoader) each(what, sql string, ids []string, scan func(scan func(...any) error) error) error {
	err := l.store.Query(l.ctx, sql, clickhouse.Params{"tenant": clickhouse.Text(l.tenant), "ids": clickhouse.Texts(ids)}, scan)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// find looks for an id on all sides.
func (l *callLoader) find(id string) (found []telling, err error) {
	err = l.each("find call", `
SELECT 'sip' AS side, call_id AS id, time FROM sip_calls FINAL WHERE tenant_id = {tenant:String} AND call_id IN {ids:Array(String)}
UNION ALL
SELECT 'record' AS side, record_id AS id, time FROM call_records FINAL WHERE tenant_id = {tenant:String} AND lower(record_id) IN arrayMap(i -> lower(i), {ids:Array(String)})
UNION ALL
SELECT 'log' AS side, row_id AS id, time FROM direct_routing_calls FINAL
WHERE tenant_id = {tenant:String} AND (lower(row_id) IN arrayMap(i -> lower(i), {ids:Array(String)}) OR lower(correlation_id) IN arrayMap(i -> lower(i), {ids:Array(String)}))`,
		[]string{id}, func(scan func(...any) error) error {
			var t telling
			err := scan(&t.side, &t.id, &t.at)
			found = append(found, t)
			return err
		})
	return found, err
}

// legSpan is how long after its record a leg may begin.
const legSpan = 4 * time.Hour

// connected follows links from what was found, and gives the ids of each side.
func (l *callLoader) connected(found []telling) (map[string][]string, []Link, error) {
	from, to := found[0].at, found[0].at
	in := map[[2]string]bool{}
	members := map[string][]string{}
	take := func(side, id string) bool {
		if in[[2]string{side, id}] {
			return false
		}
		in[[2]string{side, id}] = true
		members[side] = append(members[side], id)
		return true
	}
	for _, t := range found {
		take(t.side, t.id)
		end := t.at
		if t.side == SideRecord {
			end = end.Add(legSpan)
		}
		if t.at.Before(from) {
			from = t.at
		}
		if end.After(to) {
			to = end
		}
	}
	all, err := Links(l.ctx, l.store, l.tenant, from.Add(-time.Minute).Truncate(time.Second), to.Add(2*time.Minute).Truncate(time.Second))
	if err != nil {
		return nil, nil, err
	}
	for grown := true; grown; {
		grown = false
		for _, k := range all {
			if in[[2]string{k.A, k.AID}] != in[[2]string{k.B, k.BID}] {
				take(k.A, k.AID)
				take(k.B, k.BID)
				grown = true
			}
		}
	}
	var links []Link
	for _, k := range all {
		if in[[2]string{k.A, k.AID}] && in[[2]string{k.B, k.BID}] {
			links = append(links, k)
		}
	}
	return members, links, nil
}

// sbc reads calls and their streams.
func (l *callLoader) sbc(ids []string) ([]SBCCall, error) {
	calls := []SBCCall{}
	if len(ids) == 0 {
		return calls, nil
	}
	err := l.each("SIP calls", `
SELECT call_id, time, toString(trunk_id), toString(direction), from_user, if(to_user != '', to_user, target_user), toString(outcome), is_seized, is_effective, final_status, toString(ended_by),
    toFloat64(post_dial_delay_ms), toFloat64(talk_ms)
FROM sip_calls FINAL WHERE tenant_id = {tenant:String} AND call_id IN {ids:Array(String)} ORDER BY time, call_id`, ids,
		func(scan func(...any) error) error {
			c := SBCCall{Streams: []SBCStream{}}
			var status *uint16
			var pdd, talk *float64
			err := scan(&c.CallID, &c.Time, &c.Trunk, &c.Direction, &c.From, &c.To, &c.Outcome, &c.Seized, &c.Effective, &status, &c.EndedBy, &pdd, &talk)
			c.FinalStatus, c.PDDMillis, c.TalkMillis = known(status), known(pdd), known(talk)
			calls = append(calls, c)
			return err
		})
	if err != nil {
		return nil, err
	}
	return calls, l.each("streams", `
SELECT call_id, toString(stream_id), time, ifNull(toString(reporter_ip), ''), reporter_prefix, reporter_site, ifNull(toString(peer_ip), ''), peer_prefix, peer_site,
    toString(codec), toString(mos_scale), reports, expected, 100 * loss_ratio, jitter_ms_mean, rtt_ms_mean, mos_mean,
    multiIf(expected <= 500, 'unclassified', is_poor, 'poor', 'good')
FROM stream_networks WHERE tenant_id = {tenant:String} AND call_id IN {ids:Array(String)} ORDER BY time, stream_id`, ids,
		func(scan func(...any) error) error {
			var s SBCStream
			var call string
			var loss, jitter, rtt, mos *float64
			err := scan(&call, &s.StreamID, &s.Time, &s.Reporter.IP, &s.Reporter.Prefix, &s.Reporter.Site, &s.Peer.IP, &s.Peer.Prefix, &s.Peer.Site,
				&s.Codec, &s.Scale, &s.Reports, &s.Packets, &loss, &jitter, &rtt, &mos, &s.Class)
			s.Reporter.IP, s.Peer.IP = unmapped(s.Reporter.IP), unmapped(s.Peer.IP)
			s.LossPercent, s.JitterMillis, s.RTTMillis, s.MOS = known(loss), known(jitter), known(rtt), known(mos)
			for i := range calls {
				if calls[i].CallID == call {
					calls[i].Streams = append(calls[i].Streams, s)
				}
			}
			return err
		})
}

// log reads rows of the direct routing log.
func (l *callLoader) log(ids []string) ([]LogCall, error) {
	calls := []LogCall{}
	if len(ids) == 0 {
		return calls, nil
	}
	return calls, l.each("direct routing log", `
SELECT row_id, correlation_id, time, toString(trunk_id), toString(call_type), caller_number, callee_number, is_successful, final_sip_code, toString(final_sip_phrase), toFloat64(duration_s)
FROM direct_routing_calls FINAL WHERE tenant_id = {tenant:String} AND row_id IN {ids:Array(String)} ORDER BY time, row_id`, ids,
		func(scan func(...any) error) error {
			var c LogCall
			var ok *bool
			var code *int32
			var seconds *float64
			err := scan(&c.RowID, &c.CorrelationID, &c.Time, &c.Trunk, &c.Type, &c.Caller, &c.Callee, &ok, &code, &c.Phrase, &seconds)
			c.Successful, c.FinalSIPCode, c.Seconds = known(ok), known(code), known(seconds)
			calls = append(calls, c)
			return err
		})
}

// records reads call records and their audio streams.
func (l *callLoader) records(ids []string) ([]RecordCall, error) {
	calls := []RecordCall{}
	if len(ids) == 0 {
		return calls, nil
	}
	err := l.each("call records", `
SELECT record_id, record_version, time, toString(type) FROM call_records FINAL WHERE tenant_id = {tenant:String} AND record_id IN {ids:Array(String)} ORDER BY time, record_id`, ids,
		func(scan func(...any) error) error {
			c := RecordCall{Streams: []TeamsStream{}}
			err := scan(&c.RecordID, &c.Version, &c.Time, &c.Type)
			calls = append(calls, c)
			return err
		})
	if err != nil {
		return nil, err
	}
	return calls, l.each("call record streams", `
SELECT q.record_id, toString(q.direction), if(q.receiver_platform != '', q.receiver_platform, q.receiver_service_role), if(q.sender_platform != '', q.sender_platform, q.sender_service_role),
    q.receiver_ip, if(toIPv6OrNull(q.receiver_ip) IS NULL, '', n.prefix), if(toIPv6OrNull(q.receiver_ip) IS NULL, '', n.site), q.receiver_connection_type, toString(q.audio_codec),
    toFloat64(q.packet_utilization), 100 * q.loss_ratio, q.jitter_ms, q.rtt_ms, q.degradation_mos, q.cqd, q.cqd_reasons, q.cqd_legacy, q.cqd_legacy_reasons
FROM call_stream_quality AS q
ASOF LEFT JOIN network_pieces AS n ON n.tenant_id = q.tenant_id AND ifNull(toUInt128(toIPv6OrNull(q.receiver_ip)), 0) >= n.first
WHERE q.tenant_id = {tenant:String} AND q.record_id IN {ids:Array(String)} AND q.media_kind = 'audio'
ORDER BY q.time, q.session_id, q.segment_id, q.media_index, q.stream_index`, ids,
		func(scan func(...any) error) error {
			var s TeamsStream
			var record string
			var packets, loss, jitter, rtt, degradation *float64
			err := scan(&record, &s.Direction, &s.Receiver, &s.Sender, &s.Place.IP, &s.Place.Prefix, &s.Place.Site, &s.Connection, &s.Codec,
				&packets, &loss, &jitter, &rtt, &degradation, &s.Class, &s.Reasons, &s.ClassLegacy, &s.ReasonsLegacy)
			s.Packets, s.LossPercent, s.JitterMillis, s.RTTMillis, s.DegradationMOS = known(packets), known(loss), known(jitter), known(rtt), known(degradation)
			for i := range calls {
				if calls[i].RecordID == record {
					calls[i].Streams = append(calls[i].Streams, s)
				}
			}
			return err
		})
}

// known turns a NULL into an unknown value.
func known[T any](v *T) schema.Opt[T] {
	if v == nil {
		return schema.Opt[T]{}
	}
	return schema.Some(*v)
}
