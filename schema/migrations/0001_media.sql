-- Media quality: facts, their rollups, and the dimensions they are read with.
--
-- Every column's COMMENT reads "meaning; unit=U; source=S; privacy=P", P being
-- none, pseudonymous or personal: masking and erasure are generated from it.
--
-- Facts are ReplacingMergeTree(version, is_deleted): read them with FINAL. A
-- retention of 0 days keeps a row for good; more than 20000 counts as 20000,
-- because the expiry is a 32-bit DateTime.
--
-- The deduplication window counts INSERTs of one table. Ten thousand are more
-- than eight minutes of twenty INSERTs a second.

CREATE TABLE IF NOT EXISTS media_reports
(
    tenant_id          LowCardinality(String)          COMMENT 'Tenant the report belongs to; unit=none; source=attribution; privacy=none',
    time               DateTime64(6, 'UTC')            COMMENT 'Capture time at the earliest tap; unit=s; source=capture; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    report_id          UUID                            COMMENT 'Identity of the report: hash of tenant and wire half; unit=none; source=mediaqos; privacy=pseudonymous',
    stream_id          UUID                            COMMENT 'Stream the report belongs to: one direction of RTP as one reporter saw it; unit=none; source=mediaqos; privacy=pseudonymous',
    trunk_id           LowCardinality(String)          COMMENT 'SIP trunk, empty if unknown; unit=none; source=attribution; privacy=none',
    attribution_rule   LowCardinality(String)          COMMENT 'Rule that found the tenant; unit=none; source=attribution; privacy=none',
    call_id            String                          COMMENT 'SIP Call-ID or correlation id, empty if unknown; unit=none; source=RFC 3261 section 8.1.1.4; privacy=pseudonymous' CODEC(ZSTD(1)),
    reporter_ssrc      UInt32                          COMMENT 'SSRC of the RTCP sender, who measured; unit=none; source=RFC 3550 section 6.4.1; privacy=pseudonymous',
    source_ssrc        UInt32                          COMMENT 'SSRC of the stream that was measured; unit=none; source=RFC 3550 section 6.4.1; privacy=pseudonymous',
    reporter_ip        Nullable(IPv6)                  COMMENT 'Address of the RTCP sender, IPv4 as mapped; unit=none; source=capture; privacy=personal',
    reporter_port      Nullable(UInt16)                COMMENT 'UDP port of the RTCP sender; unit=none; source=capture; privacy=pseudonymous',
    peer_ip            Nullable(IPv6)                  COMMENT 'Address the RTCP was sent to, IPv4 as mapped; unit=none; source=capture; privacy=personal',
    peer_port          Nullable(UInt16)                COMMENT 'UDP port the RTCP was sent to; unit=none; source=capture; privacy=pseudonymous',
    reporter_cname     String                          COMMENT 'Canonical name of the reporter, empty if none; unit=none; source=RFC 3550 section 6.5.1; privacy=personal' CODEC(ZSTD(1)),
    taps               Array(String)                   COMMENT 'Address pairs src>dst where the report was seen, earliest first; unit=none; source=capture; privacy=personal' CODEC(ZSTD(1)),

    packet_type        UInt8                           COMMENT 'RTCP packet type: 200 SR, 201 RR; unit=none; source=RFC 3550 section 12.1; privacy=none',
    fraction_lost      UInt8                           COMMENT 'Loss since the previous report as sent, never used for figures; unit=1/256; source=RFC 3550 section 6.4.1; privacy=none',
    cumulative_lost    Int32                           COMMENT 'Packets lost since the reporter began, signed 24 bit; unit=packets; source=RFC 3550 section 6.4.1; privacy=none',
    extended_seq       UInt32                          COMMENT 'Extended highest sequence number received; unit=none; source=RFC 3550 section 6.4.1; privacy=none',
    jitter_ticks       UInt32                          COMMENT 'Interarrival jitter; unit=RTP clock ticks; source=RFC 3550 section 6.4.1; privacy=none',
    lsr                UInt32                          COMMENT 'Middle 32 bits of the NTP time of the last SR received, 0 if none yet; unit=1/65536 s; source=RFC 3550 section 6.4.1; privacy=none',
    dlsr               UInt32                          COMMENT 'Delay since that SR was received; unit=1/65536 s; source=RFC 3550 section 6.4.1; privacy=none',
    sr_ntp             Nullable(UInt64)                COMMENT 'NTP time of the sender report; unit=2^-32 s since 1900; source=RFC 3550 section 6.4.1; privacy=none',
    sr_rtp_time        Nullable(UInt32)                COMMENT 'RTP time of the sender report; unit=RTP clock ticks; source=RFC 3550 section 6.4.1; privacy=none',
    sender_packets     Nullable(UInt32)                COMMENT 'Packets that the reporter itself has sent; unit=packets; source=RFC 3550 section 6.4.1; privacy=none',
    sender_octets      Nullable(UInt32)                COMMENT 'Payload octets that the reporter itself has sent; unit=octets; source=RFC 3550 section 6.4.1; privacy=none',

    codec              LowCardinality(String)          COMMENT 'RTP encoding name of the measured stream, empty if unknown; unit=none; source=clock_source; privacy=none',
    clock_hz           Nullable(UInt32)                COMMENT 'RTP clock rate; unit=Hz; source=clock_source; privacy=none',
    clock_source       LowCardinality(String)          COMMENT 'How codec and clock are known: empty, assumed, static_payload_type, config, sdp; unit=none; source=mediaqos; privacy=none',
    plc                LowCardinality(String)          COMMENT 'Packet loss concealment: on, off, empty if unknown; unit=none; source=clock_source; privacy=none',
    ptime_ms           Nullable(Float32)               COMMENT 'Audio in one packet; unit=ms; source=clock_source; privacy=none',
    baseline           LowCardinality(String)          COMMENT 'Why there are no interval figures, empty where they are valid; unit=none; source=mediaqos; privacy=none',
    interval_ms        Nullable(Float64)               COMMENT 'Capture time since the previous report of the stream; unit=ms; source=mediaqos; privacy=none' CODEC(ZSTD(1)),
    expected           Nullable(Int32)                 COMMENT 'Packets expected in the interval; unit=packets; source=RFC 3550 appendix A.3; privacy=none',
    lost               Nullable(Int32)                 COMMENT 'Packets lost in the interval, negative by duplicates; unit=packets; source=RFC 3550 appendix A.3; privacy=none',
    loss_ratio         Nullable(Float64)               COMMENT 'Lost, at least 0, by expected: 0..1; unit=1; source=RFC 3550 appendix A.3; privacy=none' CODEC(ZSTD(1)),
    jitter_ms          Nullable(Float64)               COMMENT 'Interarrival jitter on the wall clock; unit=ms; source=RFC 3550 section 6.4.1; privacy=none' CODEC(ZSTD(1)),
    rtt_ms             Nullable(Float64)               COMMENT 'Round trip between the two ends; unit=ms; source=RFC 3550 section 6.4.1; privacy=none' CODEC(ZSTD(1)),
    rtt_method         LowCardinality(String)          COMMENT 'How the round trip was found; unit=none; source=mediaqos; privacy=none',
    burst_ratio        Nullable(Float64)               COMMENT 'Burst ratio of loss, 1 = random; unit=1; source=ITU-T G.107 clause 7.4; privacy=none' CODEC(ZSTD(1)),
    burst_ratio_source LowCardinality(String)          COMMENT 'Whether the burst ratio was measured or assumed; unit=none; source=mediaqos; privacy=none',
    delay_ms           Nullable(Float64)               COMMENT 'One-way mouth-to-ear delay Ta used for the score; unit=ms; source=ITU-T G.107; privacy=none' CODEC(ZSTD(1)),
    delay_basis        LowCardinality(String)          COMMENT 'What delay_ms is made of; unit=none; source=mediaqos; privacy=none',
    ro                 Nullable(Float64)               COMMENT 'Basic signal-to-noise ratio Ro; unit=R points; source=ITU-T G.107 clause 7.2; privacy=none' CODEC(ZSTD(1)),
    is_factor          Nullable(Float64)               COMMENT 'Simultaneous impairment Is; unit=R points; source=ITU-T G.107 clause 7.3; privacy=none' CODEC(ZSTD(1)),
    id_factor          Nullable(Float64)               COMMENT 'Delay impairment Id; unit=R points; source=ITU-T G.107 clause 7.4; privacy=none' CODEC(ZSTD(1)),
    ie_eff             Nullable(Float64)               COMMENT 'Effective equipment impairment Ie,eff; unit=R points; source=ITU-T G.107 clause 7.5; privacy=none' CODEC(ZSTD(1)),
    r_factor           Nullable(Float64)               COMMENT 'Transmission rating factor R on mos_scale; unit=R points; source=ITU-T G.107; privacy=none' CODEC(ZSTD(1)),
    mos                Nullable(Float64)               COMMENT 'Mean opinion score estimated from R: 1..4.5; unit=MOS; source=ITU-T G.107 annex B; privacy=none' CODEC(ZSTD(1)),
    mos_scale          LowCardinality(String)          COMMENT 'Scale of R and MOS: NB, WB, FB, empty if unknown; unit=none; source=ITU-T G.107, G.107.1, G.107.2; privacy=none',
    grade              LowCardinality(String)          COMMENT 'User satisfaction band of R, empty without a score; unit=none; source=ITU-T G.107 annex B; privacy=none',
    score_basis        LowCardinality(String)          COMMENT 'What the codec values rest on: standard, provisional, none; unit=none; source=ITU-T G.113; privacy=none',
    formula_version    UInt16                          COMMENT 'Version of the formulas of the derived half; unit=none; source=mediaqos; privacy=none',

    source             LowCardinality(String)          COMMENT 'Listener or import that the fact came from; unit=none; source=ingest; privacy=none',
    is_synthetic       Bool                            COMMENT 'Made up for a demonstration or a load test; unit=none; source=ingest; privacy=none',
    retention_days     UInt16                          COMMENT 'Days after time until the row expires, 0 = never; unit=d; source=configuration; privacy=none',
    version            UInt64                          COMMENT 'The highest of a key holds; unit=none; source=ingest; privacy=none',
    is_deleted         UInt8                           COMMENT 'Tombstone: the key has no fact; unit=none; source=ingest; privacy=none',
    ingested_at        DateTime64(3, 'UTC')            COMMENT 'When the row became durable in a journal; unit=s; source=journal; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    batch_id           UUID                            COMMENT 'Journal file that the row came in; unit=none; source=journal; privacy=none' CODEC(ZSTD(1)),

    INDEX stream_id_bloom stream_id TYPE bloom_filter GRANULARITY 1,
    INDEX call_id_bloom call_id TYPE bloom_filter GRANULARITY 1,
    INDEX batch_id_bloom batch_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(time)
PRIMARY KEY (tenant_id, time)
ORDER BY (tenant_id, time, report_id)
TTL toDateTime(time) + toIntervalDay(least(retention_days, 20000)) DELETE WHERE retention_days > 0
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Facts: one row per RTCP report block, as on the wire and as derived';

CREATE TABLE IF NOT EXISTS quality_1m
(
    tenant_id          LowCardinality(String)          COMMENT 'Tenant; unit=none; source=media_reports; privacy=none',
    minute             DateTime('UTC')                 COMMENT 'Beginning of the minute of the capture time; unit=s; source=media_reports; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    trunk_id           LowCardinality(String)          COMMENT 'SIP trunk, empty if unknown; unit=none; source=media_reports; privacy=none',
    codec              LowCardinality(String)          COMMENT 'RTP encoding name, empty if unknown; unit=none; source=media_reports; privacy=none',
    mos_scale          LowCardinality(String)          COMMENT 'Scale of the scores, which are never added across scales; unit=none; source=media_reports; privacy=none',
    source             LowCardinality(String)          COMMENT 'Listener or import; unit=none; source=media_reports; privacy=none',
    is_synthetic       Bool                            COMMENT 'Made up for a demonstration or a load test; unit=none; source=media_reports; privacy=none',

    reports            UInt64                          COMMENT 'Report blocks; unit=reports; source=media_reports; privacy=none',
    streams            UInt64                          COMMENT 'Distinct streams in this minute, not to be added over minutes; unit=streams; source=media_reports; privacy=none',
    intervals          UInt64                          COMMENT 'Reports with valid interval figures; unit=reports; source=media_reports; privacy=none',
    interval_us_sum    UInt64                          COMMENT 'Time covered by those intervals; unit=us; source=media_reports; privacy=none',
    expected           Int64                           COMMENT 'Packets expected, denominator of loss; unit=packets; source=media_reports; privacy=none',
    lost               Int64                           COMMENT 'Packets lost, signed, numerator of loss; unit=packets; source=media_reports; privacy=none',
    loss_ratio_max     Nullable(Float64)               COMMENT 'Worst interval: 0..1; unit=1; source=media_reports; privacy=none',
    loss_histogram     Map(UInt16, UInt64)             COMMENT 'Intervals by floor(loss_ratio * 1000); unit=1/1000; source=media_reports; privacy=none',
    jitter_count       UInt64                          COMMENT 'Reports with jitter in ms, denominator of the mean; unit=reports; source=media_reports; privacy=none',
    jitter_us_sum      UInt64                          COMMENT 'Sum of jitter, each rounded to whole us; unit=us; source=media_reports; privacy=none',
    jitter_ms_min      Nullable(Float64)               COMMENT 'Least jitter; unit=ms; source=media_reports; privacy=none',
    jitter_ms_max      Nullable(Float64)               COMMENT 'Greatest jitter; unit=ms; source=media_reports; privacy=none',
    jitter_histogram   Map(UInt16, UInt64)             COMMENT 'Reports by lower bound of a jitter bucket: 1 wide below 50, 10 below 500, one above; unit=ms; source=media_reports; privacy=none',
    rtt_count          UInt64                          COMMENT 'Reports with a round trip, denominator of the mean; unit=reports; source=media_reports; privacy=none',
    rtt_us_sum         UInt64                          COMMENT 'Sum of round trips, each rounded to whole us; unit=us; source=media_reports; privacy=none',
    rtt_ms_min         Nullable(Float64)               COMMENT 'Least round trip; unit=ms; source=media_reports; privacy=none',
    rtt_ms_max         Nullable(Float64)               COMMENT 'Greatest round trip; unit=ms; source=media_reports; privacy=none',
    rtt_histogram      Map(UInt16, UInt64)             COMMENT 'Reports by lower bound of a round trip bucket: 5 wide below 200, 20 below 1000, 250 below 10000, one above; unit=ms; source=media_reports; privacy=none',
    r_count            UInt64                          COMMENT 'Reports with a score, denominator of mean R and MOS; unit=reports; source=media_reports; privacy=none',
    r_milli_sum        Int64                           COMMENT 'Sum of R, each rounded to a thousandth; unit=1/1000 R point; source=media_reports; privacy=none',
    r_min              Nullable(Float64)               COMMENT 'Worst R; unit=R points; source=media_reports; privacy=none',
    r_max              Nullable(Float64)               COMMENT 'Best R; unit=R points; source=media_reports; privacy=none',
    r_histogram        Map(Int16, UInt64)              COMMENT 'Reports by floor(R); unit=R points; source=media_reports; privacy=none',
    mos_milli_sum      UInt64                          COMMENT 'Sum of MOS, each rounded to a thousandth; unit=1/1000 MOS; source=media_reports; privacy=none',
    mos_min            Nullable(Float64)               COMMENT 'Worst MOS; unit=MOS; source=media_reports; privacy=none',

    retention_days     UInt16                          COMMENT 'Longest retention of the facts, 0 = never expires; unit=d; source=media_reports; privacy=none',
    version            UInt64                          COMMENT 'Revision: when the recount began, ns since 1970; unit=none; source=roller; privacy=none',
    is_deleted         UInt8                           COMMENT 'Tombstone: no fact is left in this group; unit=none; source=roller; privacy=none'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(minute)
PRIMARY KEY (tenant_id, minute)
ORDER BY (tenant_id, minute, trunk_id, codec, mos_scale, source, is_synthetic)
TTL minute + toIntervalDay(least(retention_days, 20000)) DELETE WHERE retention_days > 0
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Rollup: media quality a minute, recomputed whole from media_reports FINAL; all counts and sums are integers and add up exactly';

-- The key has no time: the first report of a stream may still come, and a row
-- must replace the one before it. A row may move to another partition then,
-- which FINAL looks across.
CREATE TABLE IF NOT EXISTS media_streams
(
    tenant_id          LowCardinality(String)          COMMENT 'Tenant; unit=none; source=media_reports; privacy=none',
    stream_id          UUID                            COMMENT 'One direction of RTP as one reporter saw it; unit=none; source=media_reports; privacy=pseudonymous',
    time               DateTime64(6, 'UTC')            COMMENT 'Capture time of the first report; unit=s; source=media_reports; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    last_time          DateTime64(6, 'UTC')            COMMENT 'Capture time of the last report; unit=s; source=media_reports; privacy=none' CODEC(DoubleDelta, ZSTD(1)),
    trunk_id           LowCardinality(String)          COMMENT 'SIP trunk last known, empty if unknown; unit=none; source=media_reports; privacy=none',
    call_id            String                          COMMENT 'SIP Call-ID last known, empty if unknown; unit=none; source=media_reports; privacy=pseudonymous',
    reporter_ssrc      UInt32                          COMMENT 'SSRC of who measured; unit=none; source=media_reports; privacy=pseudonymous',
    source_ssrc        UInt32                          COMMENT 'SSRC of what was measured; unit=none; source=media_reports; privacy=pseudonymous',
    reporter_ip        Nullable(IPv6)                  COMMENT 'Address of the RTCP sender in the first report; unit=none; source=media_reports; privacy=personal',
    reporter_port      Nullable(UInt16)                COMMENT 'UDP port of the RTCP sender in the first report; unit=none; source=media_reports; privacy=pseudonymous',
    peer_ip            Nullable(IPv6)                  COMMENT 'Address the first report was sent to; unit=none; source=media_reports; privacy=personal',
    peer_port          Nullable(UInt16)                COMMENT 'UDP port the first report was sent to; unit=none; source=media_reports; privacy=pseudonymous',
    reporter_cname     String                          COMMENT 'Canonical name last known, empty if none; unit=none; source=media_reports; privacy=personal',
    codec              LowCardinality(String)          COMMENT 'RTP encoding name last known, empty if unknown; unit=none; source=media_reports; privacy=none',
    clock_hz           Nullable(UInt32)                COMMENT 'RTP clock rate last known; unit=Hz; source=media_reports; privacy=none',
    mos_scale          LowCardinality(String)          COMMENT 'Scale of the scores, empty without one and where the stream changed scale: then it has no score; unit=none; source=media_reports; privacy=none',
    source             LowCardinality(String)          COMMENT 'Listener or import of the first report; unit=none; source=media_reports; privacy=none',
    is_synthetic       Bool                            COMMENT 'Made up for a demonstration or a load test; unit=none; source=media_reports; privacy=none',

    reports            UInt64                          COMMENT 'Report blocks; unit=reports; source=media_reports; privacy=none',
    intervals          UInt64                          COMMENT 'Reports with valid interval figures; unit=reports; source=media_reports; privacy=none',
    expected           Int64                           COMMENT 'Packets expected, denominator of loss; unit=packets; source=media_reports; privacy=none',
    lost               Int64                           COMMENT 'Packets lost, signed, numerator of loss; unit=packets; source=media_reports; privacy=none',
    loss_ratio_max     Nullable(Float64)               COMMENT 'Worst interval: 0..1; unit=1; source=media_reports; privacy=none',
    jitter_count       UInt64                          COMMENT 'Reports with jitter in ms; unit=reports; source=media_reports; privacy=none',
    jitter_us_sum      UInt64                          COMMENT 'Sum of jitter, each rounded to whole us; unit=us; source=media_reports; privacy=none',
    jitter_ms_max      Nullable(Float64)               COMMENT 'Greatest jitter; unit=ms; source=media_reports; privacy=none',
    rtt_count          UInt64                          COMMENT 'Reports with a round trip; unit=reports; source=media_reports; privacy=none',
    rtt_us_sum         UInt64                          COMMENT 'Sum of round trips, each rounded to whole us; unit=us; source=media_reports; privacy=none',
    rtt_ms_max         Nullable(Float64)               COMMENT 'Greatest round trip; unit=ms; source=media_reports; privacy=none',
    r_count            UInt64                          COMMENT 'Reports with a score on mos_scale; unit=reports; source=media_reports; privacy=none',
    r_milli_sum        Int64                           COMMENT 'Sum of R, each rounded to a thousandth; unit=1/1000 R point; source=media_reports; privacy=none',
    r_min              Nullable(Float64)               COMMENT 'R of the worst interval; unit=R points; source=media_reports; privacy=none',
    r_min_time         Nullable(DateTime64(6, 'UTC'))  COMMENT 'Capture time of the first interval with that R; unit=s; source=media_reports; privacy=none',
    mos_milli_sum      UInt64                          COMMENT 'Sum of MOS, each rounded to a thousandth; unit=1/1000 MOS; source=media_reports; privacy=none',
    mos_min            Nullable(Float64)               COMMENT 'MOS of the worst interval; unit=MOS; source=media_reports; privacy=none',

    retention_days     UInt16                          COMMENT 'Longest retention of the facts, 0 = never expires; unit=d; source=media_reports; privacy=none',
    version            UInt64                          COMMENT 'Revision: when the recount began, ns since 1970; unit=none; source=roller; privacy=none',
    is_deleted         UInt8                           COMMENT 'Tombstone: no fact of this stream is left; unit=none; source=roller; privacy=none',

    loss_ratio         Nullable(Float64)               ALIAS if(expected > 0, greatest(lost, 0) / expected, NULL) COMMENT 'Loss over the whole stream: 0..1; unit=1; source=RFC 3550 appendix A.3; privacy=none',
    jitter_ms_mean     Nullable(Float64)               ALIAS if(jitter_count > 0, jitter_us_sum / jitter_count / 1000, NULL) COMMENT 'Mean of the reported jitter; unit=ms; source=media_reports; privacy=none',
    rtt_ms_mean        Nullable(Float64)               ALIAS if(rtt_count > 0, rtt_us_sum / rtt_count / 1000, NULL) COMMENT 'Mean round trip; unit=ms; source=media_reports; privacy=none',
    r_mean             Nullable(Float64)               ALIAS if(r_count > 0, r_milli_sum / r_count / 1000, NULL) COMMENT 'Mean R of the intervals; unit=R points; source=media_reports; privacy=none',
    mos_mean           Nullable(Float64)               ALIAS if(r_count > 0, mos_milli_sum / r_count / 1000, NULL) COMMENT 'Mean MOS of the intervals; unit=MOS; source=media_reports; privacy=none',
    is_poor_loss       Bool                            ALIAS ifNull(loss_ratio > 0.1, false) COMMENT 'Loss over 10 percent; unit=none; source=Microsoft CQD stream classification; privacy=none',
    is_poor_jitter     Bool                            ALIAS ifNull(jitter_ms_mean > 30, false) COMMENT 'Mean jitter over 30 ms; unit=none; source=Microsoft CQD stream classification; privacy=none',
    is_poor_rtt        Bool                            ALIAS ifNull(rtt_ms_mean > 500, false) COMMENT 'Mean round trip over 500 ms; unit=none; source=Microsoft CQD stream classification; privacy=none',
    is_poor            Bool                            ALIAS is_poor_loss OR is_poor_jitter OR is_poor_rtt COMMENT 'Poor by any of the three; unit=none; source=Microsoft CQD stream classification; privacy=none'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(time)
ORDER BY (tenant_id, stream_id)
TTL toDateTime(last_time) + toIntervalDay(least(retention_days, 20000)) DELETE WHERE retention_days > 0
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Rollup: one row per media stream, recomputed whole from media_reports FINAL';

CREATE TABLE IF NOT EXISTS trunks
(
    tenant_id          LowCardinality(String)          COMMENT 'Tenant that owns the trunk; unit=none; source=configuration; privacy=none',
    trunk_id           String                          COMMENT 'FQDN of the SBC, with its port where that is not the default; unit=none; source=configuration; privacy=none',
    name               String                          COMMENT 'What people call it; unit=none; source=configuration; privacy=none',
    codec              LowCardinality(String)          COMMENT 'RTP encoding name that all calls use, empty if several; unit=none; source=configuration; privacy=none',
    clock_hz           Nullable(UInt32)                COMMENT 'RTP clock rate of that codec; unit=Hz; source=configuration; privacy=none',
    version            UInt64                          COMMENT 'The highest of a key holds; unit=none; source=configuration; privacy=none',
    is_deleted         UInt8                           COMMENT 'Tombstone: the trunk is no more; unit=none; source=configuration; privacy=none',
    ingested_at        DateTime64(3, 'UTC')            COMMENT 'When the row became durable in a journal; unit=s; source=journal; privacy=none',
    batch_id           UUID                            COMMENT 'Journal file that the row came in; unit=none; source=journal; privacy=none'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (tenant_id, trunk_id)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Dimension: SIP trunks of the tenants';

CREATE TABLE IF NOT EXISTS networks
(
    tenant_id          LowCardinality(String)          COMMENT 'Tenant that uses the network; unit=none; source=configuration; privacy=none',
    prefix             String                          COMMENT 'Address range in CIDR notation; unit=none; source=configuration; privacy=none',
    first_ip           IPv6                            COMMENT 'Lowest address of the range, IPv4 as mapped; unit=none; source=configuration; privacy=none',
    last_ip            IPv6                            COMMENT 'Highest address of the range, IPv4 as mapped; unit=none; source=configuration; privacy=none',
    site               String                          COMMENT 'Name of the site, empty if unknown; unit=none; source=configuration; privacy=none',
    building           String                          COMMENT 'Name of the building, empty if unknown; unit=none; source=configuration; privacy=none',
    version            UInt64                          COMMENT 'The highest of a key holds; unit=none; source=configuration; privacy=none',
    is_deleted         UInt8                           COMMENT 'Tombstone: the range is no more; unit=none; source=configuration; privacy=none',
    ingested_at        DateTime64(3, 'UTC')            COMMENT 'When the row became durable in a journal; unit=s; source=journal; privacy=none',
    batch_id           UUID                            COMMENT 'Journal file that the row came in; unit=none; source=journal; privacy=none'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (tenant_id, prefix)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Dimension: named address ranges of the tenants';
