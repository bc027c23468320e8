-- Networks: what the building file of Microsoft's Call Quality Dashboard says
-- of an address range, and the longest-prefix match that names addresses when
-- a question is asked, so that a correction rewrites no fact.

ALTER TABLE networks
    ADD COLUMN IF NOT EXISTS name LowCardinality(String) COMMENT 'What people call the network, empty if unknown; unit=none; source=building file NetworkName; privacy=none' AFTER prefix,
    ADD COLUMN IF NOT EXISTS ownership_type LowCardinality(String) COMMENT 'Who owns the building, in the words of the file; unit=none; source=building file OwnershipType; privacy=none' AFTER building,
    ADD COLUMN IF NOT EXISTS building_type LowCardinality(String) COMMENT 'Kind of building, in the words of the file; unit=none; source=building file BuildingType; privacy=none' AFTER ownership_type,
    ADD COLUMN IF NOT EXISTS office_type LowCardinality(String) COMMENT 'Kind of office, in the words of the file; unit=none; source=building file BuildingOfficeType; privacy=none' AFTER building_type,
    ADD COLUMN IF NOT EXISTS city LowCardinality(String) COMMENT 'City, empty if unknown; unit=none; source=building file City; privacy=none' AFTER office_type,
    ADD COLUMN IF NOT EXISTS zip_code LowCardinality(String) COMMENT 'Postal code, empty if unknown; unit=none; source=building file ZipCode; privacy=none' AFTER city,
    ADD COLUMN IF NOT EXISTS country LowCardinality(String) COMMENT 'Country, empty if unknown; unit=none; source=building file Country; privacy=none' AFTER zip_code,
    ADD COLUMN IF NOT EXISTS state LowCardinality(String) COMMENT 'State or province, empty if unknown; unit=none; source=building file State; privacy=none' AFTER country,
    ADD COLUMN IF NOT EXISTS region LowCardinality(String) COMMENT 'Region, empty if unknown; unit=none; source=building file Region; privacy=none' AFTER state,
    ADD COLUMN IF NOT EXISTS is_inside Nullable(Bool) COMMENT 'The range is of the corporate network; unit=none; source=building file InsideCorp; privacy=none' AFTER region,
    ADD COLUMN IF NOT EXISTS is_express_route Nullable(Bool) COMMENT 'Traffic goes over ExpressRoute; unit=none; source=building file ExpressRoute; privacy=none' AFTER is_inside,
    ADD COLUMN IF NOT EXISTS is_vpn Nullable(Bool) COMMENT 'The range is of a VPN; unit=none; source=building file VPN; privacy=none' AFTER is_express_route;

-- Prefixes that overlap lie wholly within one another, so every prefix begins a
-- piece of the address space, and what follows its end is a piece again. A
-- piece belongs to the longest prefix that holds its first address: candidates
-- are found by masking that address to each length that the tenant uses. IPv4
-- has pieces of its own, since no IPv6 prefix holds its mapped form. A piece of
-- no network has an empty prefix, so that the last piece that begins at or
-- before an address is the answer:
--   ASOF LEFT JOIN network_pieces AS n ON n.tenant_id = f.tenant_id AND toUInt128(f.ip) >= n.first
CREATE OR REPLACE VIEW network_pieces AS
WITH
    named AS
    (
        SELECT
            tenant_id, toUInt128(first_ip) AS first, toUInt128(last_ip) AS last,
            toUInt8(toUInt8OrZero(splitByChar('/', prefix)[2]) + if(position(prefix, ':') = 0, 96, 0)) AS bits,
            tuple(prefix, name, site, building, city, country, region, is_inside) AS words
        FROM networks FINAL
    ),
    edges AS
    (
        SELECT tenant_id, first AS edge FROM named
        UNION DISTINCT
        SELECT tenant_id, last + 1 AS edge FROM named
        UNION DISTINCT
        SELECT tenant_id, arrayJoin([toUInt128(0), toUInt128(281470681743360), toUInt128(281474976710656)]) AS edge FROM named
    ),
    lengths AS
    (
        -- Unsigned, or the shift would give signed numbers; 128 so that every
        -- piece has a candidate.
        SELECT tenant_id, bits, toUInt8(128 - bits) AS host_bits FROM named
        UNION DISTINCT
        SELECT tenant_id, toUInt8(128) AS bits, toUInt8(0) AS host_bits FROM named
    ),
    candidates AS
    (
        SELECT
            e.tenant_id AS tenant_id, e.edge AS edge, l.bits AS bits,
            if(l.bits = 0, toUInt128(0), bitShiftLeft(bitShiftRight(e.edge, l.host_bits), l.host_bits)) AS masked
        FROM edges AS e
        INNER JOIN lengths AS l ON l.tenant_id = e.tenant_id
        WHERE l.bits >= 96 OR bitShiftRight(e.edge, 32) != 65535
    )
SELECT
    tenant_id, first,
    words.1 AS prefix, words.2 AS name, words.3 AS site, words.4 AS building,
    words.5 AS city, words.6 AS country, words.7 AS region, words.8 AS is_inside
FROM
(
    SELECT c.tenant_id AS tenant_id, c.edge AS first, argMax(n.words, if(n.words.1 = '', 0, 1 + c.bits)) AS words
    FROM candidates AS c
    LEFT JOIN named AS n ON n.tenant_id = c.tenant_id AND n.bits = c.bits AND n.first = c.masked
    GROUP BY tenant_id, first
);

-- Each media stream with the networks of both its ends: the reporter measured,
-- the peer is where the report was sent. Empty is: no network holds the
-- address, or it is not known.
CREATE OR REPLACE VIEW stream_networks AS
SELECT
    s.tenant_id AS tenant_id,
    s.stream_id AS stream_id,
    s.time AS time,
    s.trunk_id AS trunk_id,
    s.call_id AS call_id,
    s.codec AS codec,
    s.mos_scale AS mos_scale,
    s.is_synthetic AS is_synthetic,
    s.reporter_ip AS reporter_ip,
    if(s.reporter_ip IS NULL, '', r.prefix) AS reporter_prefix,
    if(s.reporter_ip IS NULL, '', r.site) AS reporter_site,
    if(s.reporter_ip IS NULL, '', r.building) AS reporter_building,
    s.peer_ip AS peer_ip,
    if(s.peer_ip IS NULL, '', p.prefix) AS peer_prefix,
    if(s.peer_ip IS NULL, '', p.site) AS peer_site,
    if(s.peer_ip IS NULL, '', p.building) AS peer_building,
    s.reports AS reports,
    s.expected AS expected,
    s.loss_ratio AS loss_ratio,
    s.jitter_ms_mean AS jitter_ms_mean,
    s.rtt_ms_mean AS rtt_ms_mean,
    s.mos_mean AS mos_mean,
    s.is_poor AS is_poor
FROM media_streams AS s FINAL
ASOF LEFT JOIN network_pieces AS r ON r.tenant_id = s.tenant_id AND ifNull(toUInt128(s.reporter_ip), 0) >= r.first
ASOF LEFT JOIN network_pieces AS p ON p.tenant_id = s.tenant_id AND ifNull(toUInt128(s.peer_ip), 0) >= p.first;
