-- What rollups are made of and how people read them. The two views whose names
-- end in _source are the definition of a rollup: the roller inserts what they
-- say, and a recount compares with what they say.

-- Filters on tenant_id and minute reach the key of media_reports through the
-- GROUP BY.
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
    countIf(r_factor IS NOT NULL) AS r_count,
    sum(toInt64(round(ifNull(r_factor, 0) * 1000))) AS r_milli_sum,
    min(r_factor) AS r_min,
    max(r_factor) AS r_max,
    sumMapIf(map(toInt16(floor(ifNull(r_factor, 0))), toUInt64(1)), r_factor IS NOT NULL) AS r_histogram,
    sum(toUInt64(round(ifNull(mos, 0) * 1000))) AS mos_milli_sum,
    min(mos) AS mos_min,
    if(min(f.retention_days) = 0, 0, max(f.retention_days)) AS retention_days
FROM media_reports AS f FINAL
GROUP BY tenant_id, minute, trunk_id, codec, mos_scale, source, is_synthetic;

-- A stream's row needs all its facts, so the range [from_time, to_time) must
-- hold the whole stream.
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
    uniqExactIf(f.mos_scale, r_factor IS NOT NULL) = 1 AS has_one_scale,
    if(has_one_scale, anyIf(f.mos_scale, r_factor IS NOT NULL), '') AS mos_scale,
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
    if(has_one_scale, countIf(r_factor IS NOT NULL), 0) AS r_count,
    if(has_one_scale, sum(toInt64(round(ifNull(r_factor, 0) * 1000))), 0) AS r_milli_sum,
    if(has_one_scale, min(r_factor), NULL) AS r_min,
    if(has_one_scale, argMinIf(f.time, (assumeNotNull(r_factor), f.time), r_factor IS NOT NULL), NULL) AS r_min_time,
    if(has_one_scale, sum(toUInt64(round(ifNull(mos, 0) * 1000))), 0) AS mos_milli_sum,
    if(has_one_scale, min(mos), NULL) AS mos_min,
    if(min(f.retention_days) = 0, 0, max(f.retention_days)) AS retention_days
FROM media_reports AS f FINAL
WHERE f.time >= fromUnixTimestamp64Micro({from_us:Int64}, 'UTC') AND f.time < fromUnixTimestamp64Micro({to_us:Int64}, 'UTC')
GROUP BY tenant_id, stream_id;

-- The first minute that is not answered from the rollup: two minutes ago, or
-- earlier where the roller lags behind.
CREATE OR REPLACE VIEW quality_boundary AS
SELECT least(toStartOfMinute(now('UTC') - 120), (SELECT max(minute) FROM quality_1m) + 60) AS minute;

-- Quality by the minute up to this moment: closed minutes from the rollup,
-- open ones from the facts.
CREATE OR REPLACE VIEW quality_now AS
SELECT * EXCEPT (version, is_deleted)
FROM quality_1m FINAL
WHERE minute < (SELECT b.minute FROM quality_boundary AS b)
UNION ALL
SELECT *
FROM quality_1m_source
WHERE minute >= (SELECT b.minute FROM quality_boundary AS b);

-- The same in units that people read. Percentiles come from the histogram, so
-- that they say which whole R point a share of the reports was at or below.
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
    mos_min
FROM quality_now;
