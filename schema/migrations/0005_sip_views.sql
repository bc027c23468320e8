-- How people read calls. Ratios come with their numerator and denominator, and
-- means with their sums, so that they can be added up over any span.

-- ASR and NER by the minute in which the attempt began (ITU-T E.425): answered,
-- or effective, by seized. Calls whose INVITE was not seen are no attempts and
-- stand apart as fragments. An outcome is known at the end of a call, so the
-- last minutes lack the calls that are still going on.
CREATE OR REPLACE VIEW sip_trunk_minutes AS
SELECT
    tenant_id,
    toStartOfMinute(c.time) AS minute,
    trunk_id,
    direction,
    is_synthetic,
    countIf(has_invite) AS attempts,
    countIf(NOT has_invite) AS fragments,
    countIf(has_invite AND is_seized) AS seized,
    countIf(has_invite AND is_seized AND outcome = 'answered') AS answered,
    countIf(has_invite AND is_seized AND is_effective) AS effective,
    if(seized > 0, 100 * answered / seized, NULL) AS asr_percent,
    if(seized > 0, 100 * effective / seized, NULL) AS ner_percent,
    countIf(post_dial_delay_ms IS NOT NULL) AS post_dial_delay_count,
    sum(ifNull(post_dial_delay_ms, 0)) AS post_dial_delay_ms_sum,
    if(post_dial_delay_count > 0, post_dial_delay_ms_sum / post_dial_delay_count, NULL) AS post_dial_delay_ms_mean,
    quantileExact(0.95)(post_dial_delay_ms) AS post_dial_delay_ms_p95,
    countIf(talk_ms IS NOT NULL) AS talk_count,
    sum(ifNull(talk_ms, 0)) AS talk_ms_sum
FROM sip_calls AS c FINAL
GROUP BY tenant_id, minute, trunk_id, direction, is_synthetic;

-- Attempts that were not answered, by what the network said. Where is_effective
-- is true the network did its part and the people did not (busy, no answer,
-- declined); where it is false somebody has to look into it.
CREATE OR REPLACE VIEW sip_failures AS
SELECT
    tenant_id,
    toStartOfMinute(c.time) AS minute,
    trunk_id,
    direction,
    is_synthetic,
    outcome,
    is_effective,
    final_status,
    reason_protocol,
    reason_cause,
    count() AS calls,
    argMax(c.reason_text, (c.time, c.call_id)) AS last_reason_text,
    argMax(c.call_id, (c.time, c.call_id)) AS last_call_id
FROM sip_calls AS c FINAL
WHERE has_invite AND outcome IN ('busy', 'no_answer', 'rejected', 'cancelled', 'failed')
GROUP BY tenant_id, minute, trunk_id, direction, is_synthetic, outcome, is_effective, final_status, reason_protocol, reason_cause;

-- Each call with the media streams that are known to be its own. Scores of
-- several scales are not compared, so the worst is told of one scale only.
CREATE OR REPLACE VIEW calls_with_streams AS
SELECT
    c.tenant_id AS tenant_id,
    c.time AS time,
    c.call_id AS call_id,
    c.trunk_id AS trunk_id,
    c.direction AS direction,
    c.from_user AS from_user,
    c.to_user AS to_user,
    c.outcome AS outcome,
    c.final_status AS final_status,
    c.reason_cause AS reason_cause,
    c.ended_by AS ended_by,
    c.post_dial_delay_ms AS post_dial_delay_ms,
    c.talk_ms AS talk_ms,
    c.is_synthetic AS is_synthetic,
    s.streams AS streams,
    s.reports AS reports,
    s.codecs AS codecs,
    s.mos_scale AS mos_scale,
    s.worst_mos AS worst_mos,
    s.worst_mos_stream_id AS worst_mos_stream_id,
    s.worst_loss_percent AS worst_loss_percent,
    s.worst_jitter_ms AS worst_jitter_ms,
    s.worst_rtt_ms AS worst_rtt_ms
FROM
(
    SELECT * FROM sip_calls FINAL
) AS c
LEFT JOIN
(
    SELECT
        tenant_id,
        call_id,
        count() AS streams,
        sum(m.reports) AS reports,
        arraySort(groupUniqArrayIf(toString(codec), codec != '')) AS codecs,
        uniqExactIf(m.mos_scale, r_count > 0) = 1 AS has_one_scale,
        if(has_one_scale, anyIf(toString(m.mos_scale), r_count > 0), '') AS mos_scale,
        if(has_one_scale, min(mos_mean), NULL) AS worst_mos,
        if(has_one_scale, argMinIf(toNullable(stream_id), (assumeNotNull(mos_mean), stream_id), mos_mean IS NOT NULL), NULL) AS worst_mos_stream_id,
        100 * max(loss_ratio) AS worst_loss_percent,
        max(jitter_ms_mean) AS worst_jitter_ms,
        max(rtt_ms_mean) AS worst_rtt_ms
    FROM media_streams AS m FINAL
    WHERE call_id != ''
    GROUP BY tenant_id, call_id
) AS s ON c.tenant_id = s.tenant_id AND c.call_id = s.call_id;
