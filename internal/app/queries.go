package app

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// TrunkNow is how a trunk sounds at the moment.
type TrunkNow struct {
	Streams, Reports        uint64
	LossRatio, JitterMillis schema.Opt[float64]
	RTTMillis, R, MOS       schema.Opt[float64]
}

// TrunksNow asks the store about the last while of each trunk. Loss is lost
// packets by expected ones; the others are means over reports.
func (a *App) TrunksNow(ctx context.Context, last time.Duration) (map[schema.TrunkID]TrunkNow, error) {
	now := map[schema.TrunkID]TrunkNow{}
	err := a.store.Query(ctx, `
SELECT toString(trunk_id), uniqExact(stream_id), count(), sum(lost) / nullIf(sum(expected), 0), avg(jitter_ms), avg(rtt_ms), avg(r_factor), avg(mos)
FROM media_reports FINAL
WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND trunk_id != ''
GROUP BY trunk_id`,
		clickhouse.Params{"since": clickhouse.Int(time.Now().Add(-last).UnixMicro())},
		func(scan func(...any) error) error {
			var trunk string
			var n TrunkNow
			var loss, jitter, rtt, r, mos *float64
			if err := scan(&trunk, &n.Streams, &n.Reports, &loss, &jitter, &rtt, &r, &mos); err != nil {
				return err
			}
			n.LossRatio, n.JitterMillis, n.RTTMillis, n.R, n.MOS = optional(loss), optional(jitter), optional(rtt), optional(r), optional(mos)
			now[schema.TrunkID(trunk)] = n
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("trunks now: %w", err)
	}
	return now, nil
}

// SourceCount is what one listener or import has produced.
type SourceCount struct {
	Tenant           schema.TenantID
	Reports, Streams uint64
	MeanR            schema.Opt[float64]
}

// CountBySource counts the stored reports of every listener and import.
func (a *App) CountBySource(ctx context.Context) (map[string]SourceCount, error) {
	counts := map[string]SourceCount{}
	err := a.store.Query(ctx, `
SELECT toString(source), toString(any(tenant_id)), count(), uniqExact(stream_id), avg(r_factor)
FROM media_reports FINAL GROUP BY source`, nil,
		func(scan func(...any) error) error {
			var source, tenant string
			var c SourceCount
			var r *float64
			if err := scan(&source, &tenant, &c.Reports, &c.Streams, &r); err != nil {
				return err
			}
			c.Tenant, c.MeanR = schema.TenantID(tenant), optional(r)
			counts[source] = c
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("count by source: %w", err)
	}
	return counts, nil
}

// optional turns a NULL into an unknown value.
func optional(v *float64) schema.Opt[float64] {
	if v == nil {
		return schema.Opt[float64]{}
	}
	return schema.Some(*v)
}
