package roller

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Columns that the source views define, in their order; a test holds them
// against the tables. version and is_deleted follow them.
const (
	qualityColumns = `tenant_id, minute, trunk_id, codec, mos_scale, source, is_synthetic,
    reports, streams, intervals, interval_us_sum, expected, lost, loss_ratio_max, loss_histogram,
    jitter_count, jitter_us_sum, jitter_ms_min, jitter_ms_max, jitter_histogram,
    rtt_count, rtt_us_sum, rtt_ms_min, rtt_ms_max, rtt_histogram,
    r_count, r_milli_sum, r_min, r_max, r_histogram, mos_milli_sum, mos_min,
    cq_count, cq_milli_sum, cq_min, cq_max, cq_histogram, cq_mos_milli_sum, cq_mos_min, retention_days`

	streamColumns = `tenant_id, stream_id, time, last_time, trunk_id, call_id, reporter_ssrc, source_ssrc,
    reporter_ip, reporter_port, peer_ip, peer_port, reporter_cname, codec, clock_hz, mos_scale, source, is_synthetic,
    reports, intervals, expected, lost, loss_ratio_max, jitter_count, jitter_us_sum, jitter_ms_max,
    rtt_count, rtt_us_sum, rtt_ms_max, r_count, r_milli_sum, r_min, r_min_time, mos_milli_sum, mos_min,
    cq_count, cq_milli_sum, cq_min, cq_mos_milli_sum, cq_mos_min, retention_days`

	qualityKey = `tenant_id, minute, trunk_id, codec, mos_scale, source, is_synthetic`

	// buckets are the touched (tenant_id, minute).
	buckets = `(SELECT arrayJoin(arrayMap((t, m) -> (t, toDateTime(m, 'UTC')), {tenants:Array(String)}, {minutes:Array(Int64)})))`

	// affected are the streams with a fact in a touched minute, deleted and
	// replaced ones too, and those whose row covers one: their facts there may
	// be gone. A stream too many costs a recount and no truth.
	affected = `(
    SELECT tenant_id, stream_id FROM media_reports WHERE (tenant_id, toStartOfMinute(time)) IN ` + buckets + `
    UNION DISTINCT
    SELECT tenant_id, stream_id FROM media_streams
    WHERE tenant_id IN {tenants:Array(String)}
      AND time < fromUnixTimestamp64Micro({end_us:Int64}, 'UTC') AND last_time >= fromUnixTimestamp64Micro({begin_us:Int64}, 'UTC'))`
)

// begin reads what a recount must know before it reads any fact: its version,
// and the range of time that holds all facts of the affected streams.
const begin = `
SELECT
    greatest(toUInt64(toUnixTimestamp64Nano(now64(9))), 1 + max(version)) AS version,
    least({begin_us:Int64}, minIf(from_us, from_us != 0)) AS from_us,
    greatest({end_us:Int64}, max(to_us)) AS to_us
FROM
(
    SELECT version, toInt64(0) AS from_us, toInt64(0) AS to_us FROM quality_1m WHERE (tenant_id, minute) IN ` + buckets + `
    UNION ALL
    SELECT version, toUnixTimestamp64Micro(time) AS from_us, toUnixTimestamp64Micro(last_time) + 1 AS to_us
    FROM media_streams WHERE (tenant_id, stream_id) IN ` + affected + `
    UNION ALL
    SELECT toUInt64(0), {begin_us:Int64}, {end_us:Int64}
)`

// The rows that the source views have now.
const (
	rollQuality = `
INSERT INTO quality_1m (` + qualityColumns + `, version, is_deleted)
SELECT ` + qualityColumns + `, {version:UInt64}, 0 FROM quality_1m_source WHERE (tenant_id, minute) IN ` + buckets

	rollStreams = `
INSERT INTO media_streams (` + streamColumns + `, version, is_deleted)
SELECT ` + streamColumns + `, {version:UInt64}, 0
FROM media_streams_source(from_us = {from_us:Int64}, to_us = {to_us:Int64}) WHERE (tenant_id, stream_id) IN ` + affected
)

// Rows that should have been written again and were not: their facts are gone.
// Mostly there are none.
const (
	staleQuality = `FROM quality_1m FINAL WHERE (tenant_id, minute) IN ` + buckets + ` AND version < {version:UInt64}`
	staleStreams = `FROM media_streams FINAL WHERE (tenant_id, stream_id) IN ` + affected + ` AND version < {version:UInt64}`

	countStale = `SELECT toInt64((SELECT count() ` + staleQuality + `)), toInt64((SELECT count() ` + staleStreams + `))`

	buryQuality = `
INSERT INTO quality_1m (` + qualityColumns + `, version, is_deleted)
SELECT ` + qualityColumns + `, {version:UInt64}, 1 ` + staleQuality

	// The set of affected streams may have grown since the rows were written,
	// so that a stale row need not be one without facts.
	buryStreams = `
INSERT INTO media_streams (` + streamColumns + `, version, is_deleted)
SELECT ` + streamColumns + `, {version:UInt64}, 1 ` + staleStreams + ` AND (tenant_id, stream_id) NOT IN
    (SELECT tenant_id, stream_id FROM media_streams_source(from_us = {from_us:Int64}, to_us = {to_us:Int64}) WHERE tenant_id IN {tenants:Array(String)})`
)

// write recomputes the rollups of a chunk. The rows of quality_1m are of one
// partition, and so stored wholly or not at all; those of media_streams may be
// of several. A failure in between is repeated with the notes.
func (r *Roller) write(ctx context.Context, chunk []journal.DirtyBucket) error {
	params := paramsOf(chunk)
	if err := r.begin(ctx, params); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := r.exec(ctx, rollQuality, params); err != nil {
		return fmt.Errorf("recompute %s: %w", schema.TableQuality1m, err)
	}
	if err := r.exec(ctx, rollStreams, params); err != nil {
		return fmt.Errorf("recompute %s: %w", schema.TableMediaStreams, err)
	}
	quality, streams, err := r.countStale(ctx, params)
	if err != nil {
		return fmt.Errorf("count stale rows: %w", err)
	}
	if quality > 0 {
		if err := r.exec(ctx, buryQuality, params); err != nil {
			return fmt.Errorf("tombstones of %s: %w", schema.TableQuality1m, err)
		}
	}
	if streams > 0 {
		if err := r.exec(ctx, buryStreams, params); err != nil {
			return fmt.Errorf("tombstones of %s: %w", schema.TableMediaStreams, err)
		}
	}
	return nil
}

// countStale counts rows that were not written again.
func (r *Roller) countStale(ctx context.Context, params clickhouse.Params) (quality, streams int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	err = r.o.Store.Query(ctx, countStale, params, func(scan func(...any) error) error { return scan(&quality, &streams) })
	return quality, streams, err
}

// paramsOf are the touched buckets and the range of time that they span.
func paramsOf(chunk []journal.DirtyBucket) clickhouse.Params {
	tenants, minutes := make([]schema.TenantID, len(chunk)), make([]int64, len(chunk))
	first, last := chunk[0].Minute, chunk[0].Minute
	for i, b := range chunk {
		tenants[i], minutes[i] = b.Tenant, b.Minute*60
		first, last = min(first, b.Minute), max(last, b.Minute)
	}
	return clickhouse.Params{
		"tenants": clickhouse.Texts(tenants), "minutes": clickhouse.Ints(minutes),
		"begin_us": clickhouse.Int(first * time.Minute.Microseconds()), "end_us": clickhouse.Int((last + 1) * time.Minute.Microseconds()),
	}
}

// begin fixes the version and the range of a recount.
func (r *Roller) begin(ctx context.Context, params clickhouse.Params) error {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	return r.o.Store.Query(ctx, begin, params, func(scan func(...any) error) error {
		var version uint64
		var from, to int64
		if err := scan(&version, &from, &to); err != nil {
			return err
		}
		params["version"], params["from_us"], params["to_us"] = clickhouse.Int(version), clickhouse.Int(from), clickhouse.Int(to)
		return nil
	})
}

func (r *Roller) exec(ctx context.Context, sql string, params clickhouse.Params) error {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	return r.o.Store.Exec(ctx, sql, params)
}
