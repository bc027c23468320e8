-- How people read call records. The views whose names end in _now have the
-- rows of the version that holds, whatever the order in which versions came:
-- call_records keeps one row of a call, and the others join on its version.

CREATE OR REPLACE VIEW call_records_now AS
SELECT * EXCEPT (version, is_deleted)
FROM call_records FINAL;

CREATE OR REPLACE VIEW call_sessions_now AS
SELECT * EXCEPT (version, is_deleted)
FROM call_sessions FINAL
WHERE (tenant_id, record_id, record_version) IN (SELECT tenant_id, record_id, record_version FROM call_records FINAL);

CREATE OR REPLACE VIEW call_segments_now AS
SELECT * EXCEPT (version, is_deleted)
FROM call_segments FINAL
WHERE (tenant_id, record_id, record_version) IN (SELECT tenant_id, record_id, record_version FROM call_records FINAL);

-- Without the rows of media that have no stream.
CREATE OR REPLACE VIEW call_media_streams_now AS
SELECT * EXCEPT (version, is_deleted, has_stream)
FROM call_media_streams FINAL
WHERE has_stream AND (tenant_id, record_id, record_version) IN (SELECT tenant_id, record_id, record_version FROM call_records FINAL);

-- Streams with their class in the Teams Call Quality Dashboard (CQD), by its
-- present text (cqd) and by its earlier one (cqd_legacy): good, poor or
-- unclassified, with the reasons for the latter two. Package mediaqos has the
-- same rules in Go, and a test holds one against the other. Audio is poor if
--   cqd:        rtt_ms > 500, loss_ratio > 0.1 or jitter_ms > 30, of more than 500 packets
--   cqd_legacy: the same of any number of packets, or degradation_mos > 1.0, or concealed_ratio > 0.07
-- and video by the first figure that there is: video_frame_loss_percent > 50,
-- video_frame_rate < 7 (2 for screen sharing), post_fec_loss_ratio > 0.15.
-- All bounds are strict. receiver_ and sender_ are the ends by who measured.
CREATE OR REPLACE VIEW call_stream_quality AS
SELECT * EXCEPT (network_reasons, audio_reasons, video_reasons)
FROM
(
SELECT
    s.*,
    arrayConcat(
        if(ifNull(rtt_ms > 500, false), ['rtt'], []),
        if(ifNull(loss_ratio > 0.1, false), ['loss'], []),
        if(ifNull(jitter_ms > 30, false), ['jitter'], [])) AS network_reasons,
    arrayConcat(
        network_reasons,
        if(ifNull(degradation_mos > 1.0, false), ['degradation'], []),
        if(ifNull(concealed_ratio > 0.07, false), ['concealed'], [])) AS audio_reasons,
    multiIf(
        video_frame_loss_percent IS NOT NULL, if(ifNull(video_frame_loss_percent > 50, false), ['frame_loss'], []),
        video_frame_rate IS NOT NULL, if(ifNull(video_frame_rate < if(media_kind = 'vbss', 2, 7), false), ['frame_rate'], []),
        post_fec_loss_ratio IS NOT NULL, if(ifNull(post_fec_loss_ratio > 0.15, false), ['post_fec_loss'], []),
        ['no_figures']) AS video_reasons,
    multiIf(
        media_kind IN ('video', 'vbss'), video_reasons,
        media_kind != 'audio', ['media_kind'],
        packet_utilization IS NULL, ['no_packet_count'],
        ifNull(packet_utilization <= 500, false), ['few_packets'],
        rtt_ms IS NULL AND loss_ratio IS NULL AND jitter_ms IS NULL, ['no_figures'],
        network_reasons) AS cqd_reasons,
    multiIf(
        media_kind IN ('video', 'vbss'), video_reasons,
        media_kind != 'audio', ['media_kind'],
        rtt_ms IS NULL AND loss_ratio IS NULL AND jitter_ms IS NULL AND degradation_mos IS NULL AND concealed_ratio IS NULL, ['no_figures'],
        audio_reasons) AS cqd_legacy_reasons,
    multiIf(
        hasAny(cqd_reasons, ['media_kind', 'no_packet_count', 'few_packets', 'no_figures']), 'unclassified',
        empty(cqd_reasons), 'good', 'poor') AS cqd,
    multiIf(
        hasAny(cqd_legacy_reasons, ['media_kind', 'no_figures']), 'unclassified',
        empty(cqd_legacy_reasons), 'good', 'poor') AS cqd_legacy,
    multiIf(receiver = 'callee', callee_user_id, receiver = 'caller', caller_user_id, '') AS receiver_user_id,
    multiIf(receiver = 'callee', callee_user_agent, receiver = 'caller', caller_user_agent, '') AS receiver_user_agent,
    multiIf(receiver = 'callee', callee_platform, receiver = 'caller', caller_platform, '') AS receiver_platform,
    multiIf(receiver = 'callee', callee_service_role, receiver = 'caller', caller_service_role, '') AS receiver_service_role,
    multiIf(receiver = 'callee', callee_ip, receiver = 'caller', caller_ip, '') AS receiver_ip,
    multiIf(receiver = 'callee', callee_subnet, receiver = 'caller', caller_subnet, '') AS receiver_subnet,
    multiIf(receiver = 'callee', callee_connection_type, receiver = 'caller', caller_connection_type, '') AS receiver_connection_type,
    multiIf(receiver = 'callee', callee_transport, receiver = 'caller', caller_transport, '') AS receiver_transport,
    multiIf(receiver = 'callee', callee_render_device, receiver = 'caller', caller_render_device, '') AS receiver_render_device,
    multiIf(receiver = 'callee', caller_user_id, receiver = 'caller', callee_user_id, '') AS sender_user_id,
    multiIf(receiver = 'callee', caller_platform, receiver = 'caller', callee_platform, '') AS sender_platform,
    multiIf(receiver = 'callee', caller_service_role, receiver = 'caller', callee_service_role, '') AS sender_service_role,
    multiIf(receiver = 'callee', caller_ip, receiver = 'caller', callee_ip, '') AS sender_ip,
    multiIf(receiver = 'callee', caller_subnet, receiver = 'caller', callee_subnet, '') AS sender_subnet,
    multiIf(receiver = 'callee', caller_connection_type, receiver = 'caller', callee_connection_type, '') AS sender_connection_type,
    multiIf(receiver = 'callee', caller_capture_device, receiver = 'caller', callee_capture_device, '') AS sender_capture_device
FROM call_media_streams_now AS s
);

-- How many streams of an hour were good, poor and unclassified, and why the
-- poor ones were: a stream with two reasons counts in both.
CREATE OR REPLACE VIEW call_quality_hours AS
SELECT
    tenant_id,
    toStartOfHour(time) AS hour,
    media_kind,
    receiver_platform,
    receiver_connection_type,
    receiver_service_role,
    is_synthetic,
    count() AS streams,
    countIf(cqd = 'good') AS cqd_good,
    countIf(cqd = 'poor') AS cqd_poor,
    countIf(cqd = 'unclassified') AS cqd_unclassified,
    countIf(cqd = 'poor' AND has(cqd_reasons, 'rtt')) AS cqd_poor_rtt,
    countIf(cqd = 'poor' AND has(cqd_reasons, 'loss')) AS cqd_poor_loss,
    countIf(cqd = 'poor' AND has(cqd_reasons, 'jitter')) AS cqd_poor_jitter,
    countIf(cqd = 'poor' AND hasAny(cqd_reasons, ['frame_loss', 'frame_rate', 'post_fec_loss'])) AS cqd_poor_video,
    countIf(cqd_legacy = 'good') AS cqd_legacy_good,
    countIf(cqd_legacy = 'poor') AS cqd_legacy_poor,
    countIf(cqd_legacy = 'unclassified') AS cqd_legacy_unclassified,
    countIf(cqd_legacy = 'poor' AND has(cqd_legacy_reasons, 'rtt')) AS cqd_legacy_poor_rtt,
    countIf(cqd_legacy = 'poor' AND has(cqd_legacy_reasons, 'loss')) AS cqd_legacy_poor_loss,
    countIf(cqd_legacy = 'poor' AND has(cqd_legacy_reasons, 'jitter')) AS cqd_legacy_poor_jitter,
    countIf(cqd_legacy = 'poor' AND has(cqd_legacy_reasons, 'degradation')) AS cqd_legacy_poor_degradation,
    countIf(cqd_legacy = 'poor' AND has(cqd_legacy_reasons, 'concealed')) AS cqd_legacy_poor_concealed
FROM call_stream_quality
GROUP BY tenant_id, hour, media_kind, receiver_platform, receiver_connection_type, receiver_service_role, is_synthetic;

-- Calls with what their streams say: a call is poor by the worst of its audio
-- streams, and unclassified where none could be classified.
CREATE OR REPLACE VIEW call_quality AS
SELECT
    r.tenant_id AS tenant_id,
    r.time AS time,
    r.record_id AS record_id,
    r.record_version AS record_version,
    r.type AS type,
    r.ended_at AS ended_at,
    r.organizer_id AS organizer_id,
    r.participant_ids AS participant_ids,
    r.has_sessions AS has_sessions,
    r.is_complete AS is_complete,
    r.is_synthetic AS is_synthetic,
    r.sessions AS sessions,
    r.streams AS streams,
    q.audio_streams AS audio_streams,
    q.cqd_poor AS cqd_poor_streams,
    q.cqd_good AS cqd_good_streams,
    multiIf(q.cqd_poor > 0, 'poor', q.cqd_good > 0, 'good', 'unclassified') AS cqd,
    q.cqd_reasons AS cqd_reasons,
    q.cqd_legacy_poor AS cqd_legacy_poor_streams,
    q.cqd_legacy_good AS cqd_legacy_good_streams,
    multiIf(q.cqd_legacy_poor > 0, 'poor', q.cqd_legacy_good > 0, 'good', 'unclassified') AS cqd_legacy,
    q.cqd_legacy_reasons AS cqd_legacy_reasons,
    q.loss_ratio_worst AS loss_ratio_worst,
    q.jitter_ms_worst AS jitter_ms_worst,
    q.rtt_ms_worst AS rtt_ms_worst,
    q.degradation_mos_worst AS degradation_mos_worst
FROM call_records_now AS r
LEFT JOIN
(
    SELECT
        tenant_id,
        record_id,
        count() AS audio_streams,
        countIf(cqd = 'poor') AS cqd_poor,
        countIf(cqd = 'good') AS cqd_good,
        arraySort(groupUniqArrayArray(if(cqd = 'poor', cqd_reasons, []))) AS cqd_reasons,
        countIf(cqd_legacy = 'poor') AS cqd_legacy_poor,
        countIf(cqd_legacy = 'good') AS cqd_legacy_good,
        arraySort(groupUniqArrayArray(if(cqd_legacy = 'poor', cqd_legacy_reasons, []))) AS cqd_legacy_reasons,
        max(loss_ratio) AS loss_ratio_worst,
        max(jitter_ms) AS jitter_ms_worst,
        max(rtt_ms) AS rtt_ms_worst,
        max(degradation_mos) AS degradation_mos_worst
    FROM call_stream_quality
    WHERE media_kind = 'audio'
    GROUP BY tenant_id, record_id
) AS q ON q.tenant_id = r.tenant_id AND q.record_id = r.record_id;
