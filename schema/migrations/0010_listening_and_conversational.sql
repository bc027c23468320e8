-- Rollups keep listening and conversational quality apart. The columns r_* and
-- mos_* are listening quality, which is there wherever a score is; cq_* are
-- conversational quality, of the reports whose delay is known, with their own
-- count. No mean is over both.
--
-- Rows that were rolled up before hold r_factor in r_* and nothing in cq_*. They
-- become right when their minutes are rolled up again: trunkline recompute
-- derives the facts anew and marks every minute that it changes.

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_count UInt64 COMMENT 'Reports with conversational quality, denominator of its mean R and MOS; unit=reports; source=media_reports; privacy=none' AFTER mos_min;

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_milli_sum Int64 COMMENT 'Sum of conversational R, each rounded to a thousandth; unit=1/1000 R point; source=media_reports; privacy=none' AFTER cq_count;

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_min Nullable(Float64) COMMENT 'Worst conversational R; unit=R points; source=media_reports; privacy=none' AFTER cq_milli_sum;

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_max Nullable(Float64) COMMENT 'Best conversational R; unit=R points; source=media_reports; privacy=none' AFTER cq_min;

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_histogram Map(Int16, UInt64) COMMENT 'Reports by floor(conversational R); unit=R points; source=media_reports; privacy=none' AFTER cq_max;

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_mos_milli_sum UInt64 COMMENT 'Sum of conversational MOS, each rounded to a thousandth; unit=1/1000 MOS; source=media_reports; privacy=none' AFTER cq_histogram;

ALTER TABLE quality_1m ADD COLUMN IF NOT EXISTS cq_mos_min Nullable(Float64) COMMENT 'Worst conversational MOS; unit=MOS; source=media_reports; privacy=none' AFTER cq_mos_milli_sum;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_count UInt64 COMMENT 'Reports with conversational quality on mos_scale; unit=reports; source=media_reports; privacy=none' AFTER mos_min;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_milli_sum Int64 COMMENT 'Sum of conversational R, each rounded to a thousandth; unit=1/1000 R point; source=media_reports; privacy=none' AFTER cq_count;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_min Nullable(Float64) COMMENT 'Conversational R of the worst interval; unit=R points; source=media_reports; privacy=none' AFTER cq_milli_sum;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_mos_milli_sum UInt64 COMMENT 'Sum of conversational MOS, each rounded to a thousandth; unit=1/1000 MOS; source=media_reports; privacy=none' AFTER cq_min;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_mos_min Nullable(Float64) COMMENT 'Conversational MOS of the worst interval; unit=MOS; source=media_reports; privacy=none' AFTER cq_mos_milli_sum;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_mean Nullable(Float64) ALIAS if(cq_count > 0, cq_milli_sum / cq_count / 1000, NULL) COMMENT 'Mean conversational R of the intervals; unit=R points; source=media_reports; privacy=none' AFTER mos_mean;

ALTER TABLE media_streams ADD COLUMN IF NOT EXISTS cq_mos_mean Nullable(Float64) ALIAS if(cq_count > 0, cq_mos_milli_sum / cq_count / 1000, NULL) COMMENT 'Mean conversational MOS of the intervals; unit=MOS; source=media_reports; privacy=none' AFTER cq_mean;

-- What was there says which of the two it is.

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS r_count COMMENT 'Reports with listening quality, denominator of its mean R and MOS; unit=reports; source=media_reports; privacy=none';

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS r_milli_sum COMMENT 'Sum of listening R, each rounded to a thousandth; unit=1/1000 R point; source=media_reports; privacy=none';

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS mos_milli_sum COMMENT 'Sum of listening MOS, each rounded to a thousandth; unit=1/1000 MOS; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS r_count COMMENT 'Reports with listening quality on mos_scale, denominator of its mean R and MOS; unit=reports; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS r_milli_sum COMMENT 'Sum of listening R, each rounded to a thousandth; unit=1/1000 R point; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS mos_milli_sum COMMENT 'Sum of listening MOS, each rounded to a thousandth; unit=1/1000 MOS; source=media_reports; privacy=none';

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS r_min COMMENT 'Worst listening R; unit=R points; source=media_reports; privacy=none';

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS r_max COMMENT 'Best listening R; unit=R points; source=media_reports; privacy=none';

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS r_histogram COMMENT 'Reports by floor(listening R); unit=R points; source=media_reports; privacy=none';

ALTER TABLE quality_1m MODIFY COLUMN IF EXISTS mos_min COMMENT 'Worst listening MOS; unit=MOS; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS r_min COMMENT 'Listening R of the worst interval; unit=R points; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS mos_min COMMENT 'Listening MOS of the worst interval; unit=MOS; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS r_mean COMMENT 'Mean listening R of the intervals; unit=R points; source=media_reports; privacy=none';

ALTER TABLE media_streams MODIFY COLUMN IF EXISTS mos_mean COMMENT 'Mean listening MOS of the intervals; unit=MOS; source=media_reports; privacy=none';

-- The views anew, with both.

CREATE OR REPLACE VIEW quality_1m_source AS
SELECT
    tenant_id,
    toStartOfMinute(time) AS minute,
    trunk_id,
    codec,
    mos_scale,
    source,
    is_synthetic,
    count() AS reports,
    uniqExact(stream_id) AS streams,
    countIf(baseline = '') AS intervals,
    sum(if(baseline = '', toUInt64(round(ifNull(interval_ms, 0) * 1000)), 0)) AS interval_us_sum,
    sum(toInt64(ifNull(f.expected, 0))) AS expected,
    sum(toInt64(ifNull(f.lost, 0))) AS lost,
    max(loss_ratio) AS loss_ratio_max,
    sumMapIf(map(toUInt16(floor(ifNull(loss_ratio, 0) * 1000)), toUInt64(1)), loss_ratio IS NOT NULL) AS loss_histogram,
    countIf(jitter_ms IS NOT NULL) AS jitter_count,
    sum(toUInt64(round(ifNull(jitter_ms, 0) * 1000))) AS jitter_us_sum,
    min(jitter_ms) AS jitter_ms_min,
    max(jitter_ms) AS jitter_ms_max,
    sumMapIf(map(toUInt16(multiIf(ifNull(jitter_ms, 0) < 50, floor(ifNull(jitter_ms, 0)),
                                  ifNull(jitter_ms, 0) < 500, floor(ifNull(jitter_ms, 0) / 10) * 10, 500)), toUInt64(1)),
             jitter_ms IS NOT NULL) AS jitter_histogram,
    countIf(rtt_ms IS NOT NULL) AS rtt_count,
    sum(toUInt64(round(ifNull(rtt_ms, 0) * 1000))) AS rtt_us_sum,
    min(rtt_ms) AS rtt_ms_min,
    max(rtt_ms) AS rtt_ms_max,
    sumMapIf(map(toUInt16(multiIf(ifNull(rtt_ms, 0) < 200, floor(ifNull(rtt_ms, 0) / 5) * 5,
                                  ifNull(rtt_ms, 0) < 1000, floor(ifNull(rtt_ms, 0) / 20) * 20,
                                  ifNull(rtt_ms, 0) < 10000, floor(ifNull(rtt_ms, 0) / 250) * 250, 10000)), toUInt64(1)),
             rtt_ms IS NOT NULL) AS rtt_histogram,
    countIf(r_lq IS NOT NULL) AS r_count,
    sum(toInt64(round(ifNull(r_lq, 0) * 1000))) AS r_milli_sum,
    min(r_lq) AS r_min,
    max(r_lq) AS r_max,
    sumMapIf(map(toInt16(floor(ifNull(r_lq, 0))), toUInt64(1)), r_lq IS NOT NULL) AS r_histogram,
    sum(toUInt64(round(ifNull(mos_lq, 0) * 1000))) AS mos_milli_sum,
    min(mos_lq) AS mos_min,
    countIf(r_cq IS NOT NULL) AS cq_count,
    sum(toInt64(round(ifNull(r_cq, 0) * 1000))) AS cq_milli_sum,
    min(r_cq) AS cq_min,
    max(r_cq) AS cq_max,
    sumMapIf(map(toInt16(floor(ifNull(r_cq, 0))), toUInt64(1)), r_cq IS NOT NULL) AS cq_histogram,
    sum(toUInt64(round(ifNull(mos_cq, 0) * 1000))) AS cq_mos_milli_sum,
    min(mos_cq) AS cq_mos_min,
    if(min(f.retention_days) = 0, 0, max(f.retention_days)) AS retention_days
FROM media_reports AS f FINAL
GROUP BY tenant_id, minute, trunk_id, codec, mos_scale, source, is_synthetic;

CREATE OR REPLACE VIEW media_streams_source AS
SELECT
    tenant_id,
    stream_id,
    min(f.time) AS time,
    max(f.time) AS last_time,
    argMaxIf(f.trunk_id, (f.time, report_id), f.trunk_id != '') AS trunk_id,
    argMaxIf(f.call_id, (f.time, report_id), f.call_id != '') AS call_id,
    argMin(f.reporter_ssrc, (f.time, report_id)) AS reporter_ssrc,
    argMin(f.source_ssrc, (f.time, report_id)) AS source_ssrc,
    tupleElement(argMin(tuple(f.reporter_ip), (f.time, report_id)), 1) AS reporter_ip,
    tupleElement(argMin(tuple(f.reporter_port), (f.time, report_id)), 1) AS reporter_port,
    tupleElement(argMin(tuple(f.peer_ip), (f.time, report_id)), 1) AS peer_ip,
    tupleElement(argMin(tuple(f.peer_port), (f.time, report_id)), 1) AS peer_port,
    argMaxIf(f.reporter_cname, (f.time, report_id), f.reporter_cname != '') AS reporter_cname,
    argMaxIf(f.codec, (f.time, report_id), f.codec != '') AS codec,
    argMax(f.clock_hz, (f.time, report_id)) AS clock_hz,
    uniqExactIf(f.mos_scale, r_lq IS NOT NULL) = 1 AS has_one_scale,
    if(has_one_scale, anyIf(f.mos_scale, r_lq IS NOT NULL), '') AS mos_scale,
    argMin(f.source, (f.time, report_id)) AS source,
    argMin(f.is_synthetic, (f.time, report_id)) AS is_synthetic,
    count() AS reports,
    countIf(baseline = '') AS intervals,
    sum(toInt64(ifNull(f.expected, 0))) AS expected,
    sum(toInt64(ifNull(f.lost, 0))) AS lost,
    max(f.loss_ratio) AS loss_ratio_max,
    countIf(jitter_ms IS NOT NULL) AS jitter_count,
    sum(toUInt64(round(ifNull(jitter_ms, 0) * 1000))) AS jitter_us_sum,
    max(jitter_ms) AS jitter_ms_max,
    countIf(rtt_ms IS NOT NULL) AS rtt_count,
    sum(toUInt64(round(ifNull(rtt_ms, 0) * 1000))) AS rtt_us_sum,
    max(rtt_ms) AS rtt_ms_max,
    if(has_one_scale, countIf(r_lq IS NOT NULL), 0) AS r_count,
    if(has_one_scale, sum(toInt64(round(ifNull(r_lq, 0) * 1000))), 0) AS r_milli_sum,
    if(has_one_scale, min(r_lq), NULL) AS r_min,
    if(has_one_scale, argMinIf(f.time, (assumeNotNull(r_lq), f.time), r_lq IS NOT NULL), NULL) AS r_min_time,
    if(has_one_scale, sum(toUInt64(round(ifNull(mos_lq, 0) * 1000))), 0) AS mos_milli_sum,
    if(has_one_scale, min(mos_lq), NULL) AS mos_min,
    if(has_one_scale, countIf(r_cq IS NOT NULL), 0) AS cq_count,
    if(has_one_scale, sum(toInt64(round(ifNull(r_cq, 0) * 1000))), 0) AS cq_milli_sum,
    if(has_one_scale, min(r_cq), NULL) AS cq_min,
    if(has_one_scale, sum(toUInt64(round(ifNull(mos_cq, 0) * 1000))), 0) AS cq_mos_milli_sum,
    if(has_one_scale, min(mos_cq), NULL) AS cq_mos_min,
    if(min(f.retention_days) = 0, 0, max(f.retention_days)) AS retention_days
FROM media_reports AS f FINAL
WHERE f.time >= fromUnixTimestamp64Micro({from_us:Int64}, 'UTC') AND f.time < fromUnixTimestamp64Micro({to_us:Int64}, 'UTC')
GROUP BY tenant_id, stream_id;

CREATE OR REPLACE VIEW quality_now AS
SELECT * EXCEPT (version, is_deleted)
FROM quality_1m FINAL
WHERE minute < (SELECT b.minute FROM quality_boundary AS b)
UNION ALL
SELECT *
FROM quality_1m_source
WHERE minute >= (SELECT b.minute FROM quality_boundary AS b);

-- r_* and mos_* are listening, cq_* conversational quality.
CREATE OR REPLACE VIEW quality_minutes AS
SELECT
    tenant_id,
    minute,
    trunk_id,
    codec,
    mos_scale,
    source,
    is_synthetic,
    reports,
    streams,
    if(expected > 0, 100 * greatest(lost, 0) / expected, NULL) AS loss_percent,
    if(jitter_count > 0, jitter_us_sum / jitter_count / 1000, NULL) AS jitter_ms_mean,
    jitter_ms_max,
    if(rtt_count > 0, rtt_us_sum / rtt_count / 1000, NULL) AS rtt_ms_mean,
    rtt_ms_max,
    if(r_count > 0, r_milli_sum / r_count / 1000, NULL) AS r_mean,
    r_min,
    if(r_count > 0, arrayFirst((point, seen) -> seen * 20 >= r_count, mapKeys(r_histogram), arrayCumSum(mapValues(r_histogram))), NULL) AS r_p05,
    if(r_count > 0, arrayFirst((point, seen) -> seen * 2 >= r_count, mapKeys(r_histogram), arrayCumSum(mapValues(r_histogram))), NULL) AS r_p50,
    if(r_count > 0, mos_milli_sum / r_count / 1000, NULL) AS mos_mean,
    mos_min,
    cq_count,
    if(cq_count > 0, cq_milli_sum / cq_count / 1000, NULL) AS cq_mean,
    cq_min,
    if(cq_count > 0, arrayFirst((point, seen) -> seen * 20 >= cq_count, mapKeys(cq_histogram), arrayCumSum(mapValues(cq_histogram))), NULL) AS cq_p05,
    if(cq_count > 0, arrayFirst((point, seen) -> seen * 2 >= cq_count, mapKeys(cq_histogram), arrayCumSum(mapValues(cq_histogram))), NULL) AS cq_p50,
    if(cq_count > 0, cq_mos_milli_sum / cq_count / 1000, NULL) AS cq_mos_mean,
    cq_mos_min
FROM quality_now;
