package app

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// hasOneScale says in SQL that all scores of a group are on one scale: those of
// several have no common mean.
const hasOneScale = "uniqExactIf(mos_scale, r_lq IS NOT NULL) = 1"

// TrunkNow is how a trunk sounds at the moment.
type TrunkNow struct {
	Streams, Reports        uint64
	LossRatio, JitterMillis schema.Opt[float64]
	RTTMillis               schema.Opt[float64]
	// R and MOS are of listening quality, on Scale; unknown where reports of
	// several scales came, which have no common mean.
	R, MOS schema.Opt[float64]
	Scale  string
}

// TrunksNow asks the store about the last while of each trunk. Loss is lost
// packets by expected ones; the others are means over reports.
func (a *App) TrunksNow(ctx context.Context, last time.Duration) (map[schema.TrunkID]TrunkNow, error) {
	now := map[schema.TrunkID]TrunkNow{}
	err := a.store.Query(ctx, `
SELECT toString(trunk_id), uniqExact(stream_id), count(), sum(lost) / nullIf(sum(expected), 0), avg(jitter_ms), avg(rtt_ms),
    if(`+hasOneScale+`, avg(r_lq), NULL), if(`+hasOneScale+`, avg(mos_lq), NULL),
    if(`+hasOneScale+`, toString(anyIf(mos_scale, r_lq IS NOT NULL)), '')
FROM media_reports FINAL
WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND trunk_id != ''
GROUP BY trunk_id`,
		clickhouse.Params{"since": clickhouse.Int(time.Now().Add(-last).UnixMicro())},
		func(scan func(...any) error) error {
			var trunk string
			var n TrunkNow
			var loss, jitter, rtt, r, mos *float64
			if err := scan(&trunk, &n.Streams, &n.Reports, &loss, &jitter, &rtt, &r, &mos, &n.Scale); err != nil {
				return err
			}
			n.LossRatio, n.JitterMillis, n.RTTMillis, n.R, n.MOS = known(loss), known(jitter), known(rtt), known(r), known(mos)
			now[schema.TrunkID(trunk)] = n
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("trunks now: %w", err)
	}
	return now, nil
}

// CallsOfTrunk is how the calls of a trunk went.
type CallsOfTrunk struct {
	Tenant schema.TenantID
	Trunk  schema.TrunkID
	// Attempts, of them Seized, Answered and Effective (ITU-T E.425).
	Attempts, Seized, Answered, Effective uint64
	PostDialDelayMillis                   schema.Opt[float64]
	TalkMillis                            schema.Opt[float64]
}

// CallsNow asks the store about the calls that began in the last while, by
// trunk. Durations are means.
func (a *App) CallsNow(ctx context.Context, last time.Duration) ([]CallsOfTrunk, error) {
	var calls []CallsOfTrunk
	err := a.store.Query(ctx, `
SELECT toString(tenant_id), toString(trunk_id), sum(attempts), sum(seized), sum(answered), sum(effective),
    sum(post_dial_delay_ms_sum) / nullIf(sum(post_dial_delay_count), 0), sum(talk_ms_sum) / nullIf(sum(talk_count), 0)
FROM sip_trunk_minutes
WHERE minute >= toStartOfMinute(fromUnixTimestamp64Micro({since:Int64}, 'UTC'))
GROUP BY tenant_id, trunk_id ORDER BY tenant_id, trunk_id`,
		clickhouse.Params{"since": clickhouse.Int(time.Now().Add(-last).UnixMicro())},
		func(scan func(...any) error) error {
			var c CallsOfTrunk
			var tenant, trunk string
			var delay, talk *float64
			if err := scan(&tenant, &trunk, &c.Attempts, &c.Seized, &c.Answered, &c.Effective, &delay, &talk); err != nil {
				return err
			}
			c.Tenant, c.Trunk = schema.TenantID(tenant), schema.TrunkID(trunk)
			c.PostDialDelayMillis, c.TalkMillis = known(delay), known(talk)
			calls = append(calls, c)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("calls now: %w", err)
	}
	return calls, nil
}

// SourceCount is what one listener or import has produced: report blocks, or
// sections of quality reports where it takes those.
type SourceCount struct {
	// Tenant is "several" where there are.
	Tenant           schema.TenantID
	Reports, Streams uint64
	// MeanR is of listening quality, of phones' reports what they say of
	// conversation; on Scale, and unknown where there are several scales.
	MeanR schema.Opt[float64]
	Scale string
}

// CountBySource counts the stored reports of every listener and import.
func (a *App) CountBySource(ctx context.Context) (map[string]SourceCount, error) {
	counts := map[string]SourceCount{}
	err := a.store.Query(ctx, `
SELECT toString(source), if(uniqExact(tenant_id) = 1, toString(any(tenant_id)), 'several'), count(), uniqExact(stream_id),
    if(`+hasOneScale+`, avg(r_lq), NULL), if(`+hasOneScale+`, toString(anyIf(mos_scale, r_lq IS NOT NULL)), '')
FROM media_reports FINAL GROUP BY source
UNION ALL
SELECT toString(source), if(uniqExact(tenant_id) = 1, toString(any(tenant_id)), 'several'), count(), uniqExact(call_id, source_ssrc),
    if(uniqExactIf(mos_scale, conversational_r IS NOT NULL) = 1, avg(conversational_r), NULL),
    if(uniqExactIf(mos_scale, conversational_r IS NOT NULL) = 1, toString(anyIf(mos_scale, conversational_r IS NOT NULL)), '')
FROM voip_reports FINAL WHERE origin != 'rtcp_xr' GROUP BY source`, nil,
		func(scan func(...any) error) error {
			var source, tenant string
			var c SourceCount
			var r *float64
			if err := scan(&source, &tenant, &c.Reports, &c.Streams, &r, &c.Scale); err != nil {
				return err
			}
			c.Tenant, c.MeanR = schema.TenantID(tenant), known(r)
			counts[source] = c
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("count by source: %w", err)
	}
	return counts, nil
}
