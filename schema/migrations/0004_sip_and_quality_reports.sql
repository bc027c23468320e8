-- What HEP and SIP PUBLISH bring beside RTCP: call attempts, the quality that
-- phones report, and reports of which nobody knows whose they are.
--
-- The key of a call is its tenant and Call-ID, without the time: what is
-- learned late of a call may move its beginning, and what is made of a stray
-- message must meet the call that it belongs to.

CREATE TABLE IF NOT EXISTS sip_calls
(
    tenant_id                  LowCardinality(String)         COMMENT 'Tenant the call belongs to; unit=none; source=attribution; privacy=none',
    time                       DateTime64(6, 'UTC')           COMMENT 'Capture time of the first INVITE, or of the earliest message seen; unit=s; source=capture; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    call_id                    String                         COMMENT 'SIP Call-ID; unit=none; source=RFC 3261 section 8.1.1.4; privacy=pseudonymous' CODEC(ZSTD(1)),
    trunk_id                   LowCardinality(String)         COMMENT 'SIP trunk, empty if unknown; unit=none; source=attribution; privacy=none',
    attribution_rule           LowCardinality(String)         COMMENT 'Rule that found the tenant; unit=none; source=attribution; privacy=none',
    direction                  LowCardinality(String)         COMMENT 'in: from the trunk, out: over the trunk, empty if unknown; unit=none; source=attribution; privacy=none',

    from_user                  String                         COMMENT 'User part of From: number or name of the caller; unit=none; source=RFC 3261 section 20.20; privacy=personal' CODEC(ZSTD(1)),
    from_host                  String                         COMMENT 'Host of From; unit=none; source=RFC 3261 section 20.20; privacy=pseudonymous' CODEC(ZSTD(1)),
    to_user                    String                         COMMENT 'User part of To: whom the caller meant; unit=none; source=RFC 3261 section 20.39; privacy=personal' CODEC(ZSTD(1)),
    to_host                    String                         COMMENT 'Host of To; unit=none; source=RFC 3261 section 20.39; privacy=pseudonymous' CODEC(ZSTD(1)),
    target_user                String                         COMMENT 'User part of the Request-URI: whom the call was sent to; unit=none; source=RFC 3261 section 8.1.1.1; privacy=personal' CODEC(ZSTD(1)),
    target_host                String                         COMMENT 'Host of the Request-URI; unit=none; source=RFC 3261 section 8.1.1.1; privacy=pseudonymous' CODEC(ZSTD(1)),

    has_invite                 Bool                           COMMENT 'The INVITE was seen: the call is known from its beginning; unit=none; source=sipcalls; privacy=none',
    state                      LowCardinality(String)         COMMENT 'Why the call is told: ended, timed_out, evicted; unit=none; source=sipcalls; privacy=none',
    outcome                    LowCardinality(String)         COMMENT 'How it ended: answered, busy, no_answer, rejected, cancelled, elsewhere, redirected, failed, unknown; unit=none; source=sipcalls; privacy=none',
    is_seized                  Bool                           COMMENT 'Counts in the denominator of ASR and NER; unit=none; source=ITU-T E.425; privacy=none',
    is_effective               Bool                           COMMENT 'Counts in the numerator of NER: the network did its part; unit=none; source=ITU-T E.425; privacy=none',
    final_status               Nullable(UInt16)               COMMENT 'Final SIP status of the attempt; unit=none; source=RFC 3261 section 21; privacy=none',
    reason_protocol            LowCardinality(String)         COMMENT 'Protocol of the Reason that came with the end: Q.850, SIP, empty if none; unit=none; source=RFC 3326; privacy=none',
    reason_cause               Nullable(UInt16)               COMMENT 'Cause of that Reason; unit=none; source=RFC 3326; privacy=none',
    reason_text                String                         COMMENT 'Text of that Reason; unit=none; source=RFC 3326; privacy=pseudonymous' CODEC(ZSTD(1)),
    ended_by                   LowCardinality(String)         COMMENT 'Who hung up or gave up: caller, callee, empty if unknown; unit=none; source=sipcalls; privacy=none',
    ringing_at                 Nullable(DateTime64(6, 'UTC')) COMMENT 'First 180, or 18x with media; unit=s; source=capture; privacy=none' CODEC(ZSTD(1)),
    answered_at                Nullable(DateTime64(6, 'UTC')) COMMENT 'First 2xx; unit=s; source=capture; privacy=none' CODEC(ZSTD(1)),
    ended_at                   Nullable(DateTime64(6, 'UTC')) COMMENT 'BYE, final failure or CANCEL; unit=s; source=capture; privacy=none' CODEC(ZSTD(1)),
    post_dial_delay_ms         Nullable(Int64)                COMMENT 'From INVITE to ringing or early media; unit=ms; source=ITU-T E.721; privacy=none' CODEC(ZSTD(1)),
    setup_ms                   Nullable(Int64)                COMMENT 'From INVITE to answer; unit=ms; source=sipcalls; privacy=none' CODEC(ZSTD(1)),
    talk_ms                    Nullable(Int64)                COMMENT 'From answer to BYE; unit=ms; source=sipcalls; privacy=none' CODEC(ZSTD(1)),

    source                     LowCardinality(String)         COMMENT 'Listener or import that the fact came from; unit=none; source=ingest; privacy=none',
    is_synthetic               Bool                           COMMENT 'Made up for a demonstration or a load test; unit=none; source=ingest; privacy=none',
    retention_days             UInt16                         COMMENT 'Days after time until the row expires, 0 = never; unit=d; source=configuration; privacy=none',
    version                    UInt64                         COMMENT 'The highest of a key holds; unit=none; source=ingest; privacy=none',
    is_deleted                 UInt8                          COMMENT 'Tombstone: the key has no fact; unit=none; source=ingest; privacy=none',
    ingested_at                DateTime64(3, 'UTC')           COMMENT 'When the row became durable in a journal; unit=s; source=journal; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    batch_id                   UUID                           COMMENT 'Journal file that the row came in; unit=none; source=journal; privacy=none' CODEC(ZSTD(1)),

    INDEX batch_id_bloom batch_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, call_id)
TTL toDateTime(time) + toIntervalDay(least(retention_days, 20000)) DELETE WHERE retention_days > 0
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Facts: one row per call attempt as its SIP tells it';

CREATE TABLE IF NOT EXISTS voip_reports
(
    tenant_id                  LowCardinality(String)         COMMENT 'Tenant the report belongs to; unit=none; source=attribution; privacy=none',
    time                       DateTime64(6, 'UTC')           COMMENT 'End of what was measured where the report tells it plausibly, else when it was captured; unit=s; source=ingest; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    report_id                  UUID                           COMMENT 'Identity of the report: hash of its content; unit=none; source=ingest; privacy=pseudonymous',
    side                       LowCardinality(String)         COMMENT 'local: measured by the reporter, remote: told by its peer, empty for RTCP XR; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    origin                     LowCardinality(String)         COMMENT 'rtcp_xr, session, interval or alert; unit=none; source=RFC 6035 section 4.6; privacy=none',
    trunk_id                   LowCardinality(String)         COMMENT 'SIP trunk, empty if unknown; unit=none; source=attribution; privacy=none',
    attribution_rule           LowCardinality(String)         COMMENT 'Rule that found the tenant; unit=none; source=attribution; privacy=none',
    call_id                    String                         COMMENT 'SIP Call-ID or correlation id, empty if unknown; unit=none; source=RFC 3261 section 8.1.1.4; privacy=pseudonymous' CODEC(ZSTD(1)),
    reporter_ip                Nullable(IPv6)                 COMMENT 'Address of the end that measured, IPv4 as mapped; unit=none; source=RFC 6035 section 4.6; privacy=personal',
    reporter_port              Nullable(UInt16)               COMMENT 'Port of the end that measured; unit=none; source=RFC 6035 section 4.6; privacy=pseudonymous',
    peer_ip                    Nullable(IPv6)                 COMMENT 'Address of the end that sent the stream, IPv4 as mapped; unit=none; source=RFC 6035 section 4.6; privacy=personal',
    peer_port                  Nullable(UInt16)               COMMENT 'Port of the end that sent the stream; unit=none; source=RFC 6035 section 4.6; privacy=pseudonymous',
    reporter_ssrc              Nullable(UInt32)               COMMENT 'SSRC that the measuring end sends with; unit=none; source=RFC 3611 section 2; privacy=pseudonymous',
    source_ssrc                Nullable(UInt32)               COMMENT 'SSRC of the stream that was measured; unit=none; source=RFC 3611 section 4.7; privacy=pseudonymous',
    sender_ip                  Nullable(IPv6)                 COMMENT 'Who brought the report to us, IPv4 as mapped; unit=none; source=ingest; privacy=personal',
    sender_port                Nullable(UInt16)               COMMENT 'Port of who brought the report to us; unit=none; source=ingest; privacy=pseudonymous',
    transport                  LowCardinality(String)         COMMENT 'How it was brought: udp, tcp, tls, empty if unknown; unit=none; source=ingest; privacy=none',
    local_id                   String                         COMMENT 'Address of record of the reporter; unit=none; source=RFC 6035 section 4.6; privacy=personal' CODEC(ZSTD(1)),
    remote_id                  String                         COMMENT 'Address of record of its peer; unit=none; source=RFC 6035 section 4.6; privacy=personal' CODEC(ZSTD(1)),
    orig_id                    String                         COMMENT 'Address of record of the one who began the call; unit=none; source=RFC 6035 section 4.6; privacy=personal' CODEC(ZSTD(1)),
    local_group                String                         COMMENT 'Group of the reporter; unit=none; source=RFC 6035 section 4.6; privacy=pseudonymous' CODEC(ZSTD(1)),
    remote_group               String                         COMMENT 'Group of its peer; unit=none; source=RFC 6035 section 4.6; privacy=pseudonymous' CODEC(ZSTD(1)),
    local_mac                  String                         COMMENT 'Link layer address of the reporter; unit=none; source=RFC 6035 section 4.6; privacy=personal' CODEC(ZSTD(1)),
    remote_mac                 String                         COMMENT 'Link layer address of its peer; unit=none; source=RFC 6035 section 4.6; privacy=personal' CODEC(ZSTD(1)),
    dialog_id                  String                         COMMENT 'Call-ID with the tags of the dialog; unit=none; source=RFC 6035 section 4.6; privacy=pseudonymous' CODEC(ZSTD(1)),
    user_agent                 String                         COMMENT 'Make of the measuring end; unit=none; source=RFC 3261 section 20.41; privacy=pseudonymous' CODEC(ZSTD(1)),
    is_call_term               Bool                           COMMENT 'Last report of the call; unit=none; source=RFC 6035 section 4.6; privacy=none',
    alert_type                 LowCardinality(String)         COMMENT 'Metric that crossed its threshold, empty if not an alert; unit=none; source=RFC 6035 section 4.6; privacy=none',
    alert_severity             LowCardinality(String)         COMMENT 'Warning, Critical or Clear, as sent; unit=none; source=RFC 6035 section 4.6; privacy=none',
    alert_side                 LowCardinality(String)         COMMENT 'local or remote: whose reception suffers; unit=none; source=RFC 6035 section 4.6; privacy=none',
    started_at                 Nullable(DateTime64(6, 'UTC')) COMMENT 'Beginning of what was measured, on the reporter clock; unit=s; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    stopped_at                 Nullable(DateTime64(6, 'UTC')) COMMENT 'End of what was measured, on the reporter clock; unit=s; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),

    payload_type               Nullable(UInt8)                COMMENT 'RTP payload type; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    codec                      LowCardinality(String)         COMMENT 'RTP encoding name, empty if unknown; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    clock_hz                   Nullable(UInt32)               COMMENT 'Sample rate; unit=Hz; source=RFC 6035 section 4.6.2; privacy=none',
    frame_ms                   Nullable(Float64)              COMMENT 'Duration of a frame; unit=ms; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    frame_bytes                Nullable(UInt32)               COMMENT 'Size of a frame; unit=octets; source=RFC 6035 section 4.6.2; privacy=none',
    frames_per_packet          Nullable(UInt32)               COMMENT 'Frames in a packet; unit=frames; source=RFC 6035 section 4.6.2; privacy=none',
    packets_per_second         Nullable(UInt32)               COMMENT 'Packets a second; unit=packets/s; source=RFC 6035 section 4.6.2; privacy=none',
    format_parameters          String                         COMMENT 'Format parameters of the codec; unit=none; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    plc                        LowCardinality(String)         COMMENT 'Packet loss concealment: unspecified, disabled, enhanced, standard, empty if unknown; unit=none; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.6; privacy=none',
    is_silence_suppressed      Nullable(Bool)                 COMMENT 'Silence suppression is on; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    jitter_buffer              LowCardinality(String)         COMMENT 'Kind: unknown, non_adaptive, adaptive, empty if not told; unit=none; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.7; privacy=none',
    jitter_buffer_rate         Nullable(UInt8)                COMMENT 'Speed of adaptation 0..15; unit=none; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.7; privacy=none',
    jitter_buffer_nominal_ms   Nullable(Float64)              COMMENT 'Delay of a packet that comes on time; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.7; privacy=none' CODEC(ZSTD(1)),
    jitter_buffer_maximum_ms   Nullable(Float64)              COMMENT 'Delay of the earliest packet that is not discarded; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.7; privacy=none' CODEC(ZSTD(1)),
    jitter_buffer_absolute_ms  Nullable(Float64)              COMMENT 'How far that delay may grow; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.7; privacy=none' CODEC(ZSTD(1)),
    network_loss_percent       Nullable(Float64)              COMMENT 'Packets lost on the way: 0..100; unit=%; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.1; privacy=none' CODEC(ZSTD(1)),
    discard_percent            Nullable(Float64)              COMMENT 'Packets that came and were discarded: 0..100; unit=%; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.1; privacy=none' CODEC(ZSTD(1)),
    burst_loss_percent         Nullable(Float64)              COMMENT 'Lost or discarded within bursts: 0..100; unit=%; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.2; privacy=none' CODEC(ZSTD(1)),
    burst_ms                   Nullable(Float64)              COMMENT 'Mean length of a burst; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.2; privacy=none' CODEC(ZSTD(1)),
    gap_loss_percent           Nullable(Float64)              COMMENT 'Lost or discarded within gaps: 0..100; unit=%; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.2; privacy=none' CODEC(ZSTD(1)),
    gap_ms                     Nullable(Float64)              COMMENT 'Mean length of a gap; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.2; privacy=none' CODEC(ZSTD(1)),
    gap_minimum                Nullable(UInt32)               COMMENT 'Packets received in a row that end a burst; unit=packets; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.2; privacy=none',
    rtt_ms                     Nullable(Float64)              COMMENT 'Round trip between the RTP interfaces; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.3; privacy=none' CODEC(ZSTD(1)),
    end_system_ms              Nullable(Float64)              COMMENT 'Delay that the measuring end adds; unit=ms; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.3; privacy=none' CODEC(ZSTD(1)),
    one_way_ms                 Nullable(Float64)              COMMENT 'One-way delay; unit=ms; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    symmetric_one_way_ms       Nullable(Float64)              COMMENT 'Half of the round trip and of the end systems; unit=ms; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    interarrival_jitter_ms     Nullable(Float64)              COMMENT 'Interarrival jitter; unit=ms; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    absolute_jitter_ms         Nullable(Float64)              COMMENT 'Mean absolute jitter; unit=ms; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    signal_dbm0                Nullable(Float64)              COMMENT 'Level of speech; unit=dBm0; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.4; privacy=none' CODEC(ZSTD(1)),
    noise_dbm0                 Nullable(Float64)              COMMENT 'Level of noise; unit=dBm0; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.4; privacy=none' CODEC(ZSTD(1)),
    echo_return_loss_db        Nullable(Float64)              COMMENT 'Residual echo return loss; unit=dB; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.4; privacy=none' CODEC(ZSTD(1)),

    listening_r                Nullable(Float64)              COMMENT 'R without delay and echo, as the reporter says; unit=R points; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    listening_r_by             LowCardinality(String)         COMMENT 'Algorithm that the reporter names for it; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    conversational_r           Nullable(Float64)              COMMENT 'R with delay and echo, as the reporter says; unit=R points; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.5; privacy=none' CODEC(ZSTD(1)),
    conversational_r_by        LowCardinality(String)         COMMENT 'Algorithm that the reporter names for it; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    external_in_r              Nullable(Float64)              COMMENT 'R of the network beyond the measuring end, incoming; unit=R points; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.5; privacy=none' CODEC(ZSTD(1)),
    external_in_r_by           LowCardinality(String)         COMMENT 'Algorithm that the reporter names for it; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    external_out_r             Nullable(Float64)              COMMENT 'R of the network beyond the measuring end, outgoing; unit=R points; source=RFC 6035 section 4.6.2; privacy=none' CODEC(ZSTD(1)),
    external_out_r_by          LowCardinality(String)         COMMENT 'Algorithm that the reporter names for it; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    listening_mos              Nullable(Float64)              COMMENT 'MOS without delay and echo, as the reporter says; unit=MOS; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.5; privacy=none' CODEC(ZSTD(1)),
    listening_mos_by           LowCardinality(String)         COMMENT 'Algorithm that the reporter names for it; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    conversational_mos         Nullable(Float64)              COMMENT 'MOS with delay and echo, as the reporter says; unit=MOS; source=RFC 6035 section 4.6.2, RFC 3611 section 4.7.5; privacy=none' CODEC(ZSTD(1)),
    conversational_mos_by      LowCardinality(String)         COMMENT 'Algorithm that the reporter names for it; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    estimated_by               LowCardinality(String)         COMMENT 'Algorithm of all scores where the reporter names one; unit=none; source=RFC 6035 section 4.6.2; privacy=none',
    mos_scale                  LowCardinality(String)         COMMENT 'Scale of the scores as the codec tells it: NB, WB, FB, empty if unknown; unit=none; source=mediaqos; privacy=none',
    problem_count              UInt32                         COMMENT 'Things that were sent wrongly and could be lived with; unit=none; source=ingest; privacy=none',
    unknown_count              UInt32                         COMMENT 'Fields that there is no column for; unit=none; source=ingest; privacy=none',
    unknown_fields             Array(String)                  COMMENT 'Names of those fields; unit=none; source=ingest; privacy=none' CODEC(ZSTD(1)),

    source                     LowCardinality(String)         COMMENT 'Listener or import that the fact came from; unit=none; source=ingest; privacy=none',
    is_synthetic               Bool                           COMMENT 'Made up for a demonstration or a load test; unit=none; source=ingest; privacy=none',
    retention_days             UInt16                         COMMENT 'Days after time until the row expires, 0 = never; unit=d; source=configuration; privacy=none',
    version                    UInt64                         COMMENT 'The highest of a key holds; unit=none; source=ingest; privacy=none',
    is_deleted                 UInt8                          COMMENT 'Tombstone: the key has no fact; unit=none; source=ingest; privacy=none',
    ingested_at                DateTime64(3, 'UTC')           COMMENT 'When the row became durable in a journal; unit=s; source=journal; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    batch_id                   UUID                           COMMENT 'Journal file that the row came in; unit=none; source=journal; privacy=none' CODEC(ZSTD(1)),

    INDEX call_id_bloom call_id TYPE bloom_filter GRANULARITY 1,
    INDEX batch_id_bloom batch_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant_id, time)
ORDER BY (tenant_id, time, report_id, side)
TTL toDateTime(time) + toIntervalDay(least(retention_days, 20000)) DELETE WHERE retention_days > 0
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Facts: one row per VoIP metrics block of RTCP XR or section of a SIP quality report';

CREATE TABLE IF NOT EXISTS quarantine
(
    tenant_id                  LowCardinality(String)         COMMENT 'Always empty: nobody owns the report and only the provider may read it; unit=none; source=attribution; privacy=none',
    time                       DateTime64(6, 'UTC')           COMMENT 'When the report was received; unit=s; source=ingest; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    quarantine_id              UUID                           COMMENT 'Identity: hash of how it came and what it says; unit=none; source=ingest; privacy=pseudonymous',
    captured_at                Nullable(DateTime64(6, 'UTC')) COMMENT 'Capture time that the agent claims; unit=s; source=capture; privacy=none' CODEC(ZSTD(1)),
    listener                   LowCardinality(String)         COMMENT 'Listener that it came by; unit=none; source=ingest; privacy=none',
    sender_ip                  Nullable(IPv6)                 COMMENT 'Who brought it to us, IPv4 as mapped; unit=none; source=ingest; privacy=personal',
    sender_port                Nullable(UInt16)               COMMENT 'Port of who brought it to us; unit=none; source=ingest; privacy=pseudonymous',
    capture_id                 Nullable(UInt32)               COMMENT 'Id that the capture agent claims; unit=none; source=HEP3 chunk 12; privacy=none',
    node_name                  LowCardinality(String)         COMMENT 'Name that the capture agent claims, empty if none; unit=none; source=HEP3 chunk 19; privacy=pseudonymous',
    from_ip                    Nullable(IPv6)                 COMMENT 'Source address of the report as captured, IPv4 as mapped; unit=none; source=capture; privacy=personal',
    from_port                  Nullable(UInt16)               COMMENT 'Source port of the report as captured; unit=none; source=capture; privacy=pseudonymous',
    to_ip                      Nullable(IPv6)                 COMMENT 'Destination address of the report as captured, IPv4 as mapped; unit=none; source=capture; privacy=personal',
    to_port                    Nullable(UInt16)               COMMENT 'Destination port of the report as captured; unit=none; source=capture; privacy=pseudonymous',
    call_id                    String                         COMMENT 'SIP Call-ID or correlation id, empty if unknown; unit=none; source=RFC 3261 section 8.1.1.4; privacy=pseudonymous' CODEC(ZSTD(1)),
    hosts                      Array(String)                  COMMENT 'Hosts that the call or the PUBLISH names, a hint for who assigns; unit=none; source=attribution; privacy=pseudonymous' CODEC(ZSTD(1)),
    form                       LowCardinality(String)         COMMENT 'What payload is: rtcp, rtcp_json, publish, vq, sip_call; unit=none; source=ingest; privacy=none',
    payload                    String                         COMMENT 'The report as it came, empty once dropped; unit=none; source=capture; privacy=personal' CODEC(ZSTD(1)),
    reason                     LowCardinality(String)         COMMENT 'Why nobody could say whose it is; unit=none; source=attribution; privacy=none',
    answers                    Array(String)                  COMMENT 'What the rules said, each as rule=tenant; unit=none; source=attribution; privacy=none' CODEC(ZSTD(1)),

    state                      LowCardinality(String)         COMMENT 'open, assigned or dropped; unit=none; source=quarantine; privacy=none',
    assigned_tenant            LowCardinality(String)         COMMENT 'Tenant that somebody named, empty while open; unit=none; source=quarantine; privacy=none',
    assigned_trunk             LowCardinality(String)         COMMENT 'Trunk that somebody named, empty if none; unit=none; source=quarantine; privacy=none',
    decided_at                 Nullable(DateTime64(6, 'UTC')) COMMENT 'When the state ceased to be open; unit=s; source=quarantine; privacy=none',

    source                     LowCardinality(String)         COMMENT 'Listener or import that the fact came from; unit=none; source=ingest; privacy=none',
    is_synthetic               Bool                           COMMENT 'Made up for a demonstration or a load test; unit=none; source=ingest; privacy=none',
    retention_days             UInt16                         COMMENT 'Days after time until the row expires, 0 = never; unit=d; source=configuration; privacy=none',
    version                    UInt64                         COMMENT 'The highest of a key holds; unit=none; source=ingest; privacy=none',
    is_deleted                 UInt8                          COMMENT 'Tombstone: the key has no fact; unit=none; source=ingest; privacy=none',
    ingested_at                DateTime64(3, 'UTC')           COMMENT 'When the row became durable in a journal; unit=s; source=journal; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    batch_id                   UUID                           COMMENT 'Journal file that the row came in; unit=none; source=journal; privacy=none' CODEC(ZSTD(1)),

    INDEX quarantine_id_bloom quarantine_id TYPE bloom_filter GRANULARITY 1,
    INDEX call_id_bloom call_id TYPE bloom_filter GRANULARITY 1,
    INDEX batch_id_bloom batch_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant_id, time)
ORDER BY (tenant_id, time, quarantine_id)
TTL toDateTime(time) + toIntervalDay(least(retention_days, 20000)) DELETE WHERE retention_days > 0
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Reports of which no rule could say whose they are: for the provider only';
