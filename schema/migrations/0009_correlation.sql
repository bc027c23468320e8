-- Which call of Microsoft's is which call of the SBC's. Links are computed from
-- the facts as they hold when the question is asked: whatever came late, twice
-- or in another version, the answer is that of the facts. Ask for a tenant and a
-- range of time:
--   SELECT * FROM call_links(tenant = 'contoso', from = now() - INTERVAL 1 DAY, to = now())
--
-- The sides are the SBC's calls (sip), Microsoft's log of direct routing (log)
-- and call records (record). Rules, the surest first:
--   call_id             the SIP Call-ID, or what stands before its @, is the    certain
--                       correlation, row or record id of the other side
--   correlation_id      the log's correlation id is the id of the record        certain
--   trunk_numbers_time  same trunk, caller and callee agree                     high
--   numbers_time        caller and callee agree, a trunk is not known           medium
--   trunk_number_time   same trunk, one number agrees, the other is not known   medium
--   number_time         one number agrees, no more is known                     low
-- By numbers, calls are candidates that began at most 30 s apart. Trunks or
-- numbers that contradict one another make no link. Of several candidates the
-- surest rule wins, then the least distance in time, then the lower id; a link
-- holds where each side is the other's best. One record may have several legs:
-- by correlation id each of them is linked.

-- The calls of all sides, as far as matching needs them: numbers are digits,
-- with * where Microsoft masks their end. The numbers of a record are those of
-- its phones, and any of them may be caller or callee. A SIP call whose INVITE
-- was not seen has no beginning. A leg may begin hours after its record.
CREATE OR REPLACE VIEW call_sides AS
SELECT side, id, began_at, has_beginning, trunk, is_synthetic, ids, callers, if(side = 'record', callers, callees) AS callees
FROM
(
    SELECT side, id, began_at, has_beginning, trunk, is_synthetic, ids,
        arrayFilter(n -> match(n, '^[0-9]{3,}[*]*$'), arrayMap(n -> replaceRegexpAll(n, '^([+]|00)|[^0-9*]', ''), arrayDistinct(caller_words))) AS callers,
        arrayFilter(n -> match(n, '^[0-9]{3,}[*]*$'), arrayMap(n -> replaceRegexpAll(n, '^([+]|00)|[^0-9*]', ''), arrayDistinct(callee_words))) AS callees
    FROM
    (
        SELECT
            'sip' AS side, c.call_id AS id, c.time AS began_at, c.has_invite AS has_beginning,
            lower(splitByChar(':', toString(c.trunk_id))[1]) AS trunk, c.is_synthetic AS is_synthetic,
            arrayDistinct([lower(c.call_id), lower(splitByChar('@', c.call_id)[1])]) AS ids,
            [c.from_user] AS caller_words, [c.to_user, c.target_user] AS callee_words
        FROM sip_calls AS c FINAL
        WHERE c.tenant_id = {tenant:String} AND c.time >= {from:DateTime} - 120 AND c.time < {to:DateTime} + 120
        UNION ALL
        SELECT
            'log' AS side, d.row_id AS id, ifNull(d.invited_at, d.time) AS began_at, true AS has_beginning,
            lower(splitByChar(':', toString(d.trunk_id))[1]) AS trunk, d.is_synthetic AS is_synthetic,
            arrayDistinct([lower(d.row_id), lower(d.correlation_id)]) AS ids,
            [d.caller_number] AS caller_words, [d.callee_number] AS callee_words
        FROM direct_routing_calls AS d FINAL
        WHERE d.tenant_id = {tenant:String} AND d.time >= {from:DateTime} - 300 AND d.time < {to:DateTime} + 14400
        UNION ALL
        SELECT
            'record' AS side, r.record_id AS id, r.time AS began_at, true AS has_beginning,
            '' AS trunk, r.is_synthetic AS is_synthetic,
            [lower(r.record_id)] AS ids,
            arrayMap((u, kind) -> if(kind = 'phone', u, ''), arrayConcat(r.participant_ids, [r.organizer_id]), arrayConcat(r.participant_kinds, [toString(r.organizer_kind)])) AS caller_words,
            CAST([], 'Array(String)') AS callee_words
        FROM call_records AS r FINAL
        WHERE r.tenant_id = {tenant:String} AND r.time >= {from:DateTime} - 14400 AND r.time < {to:DateTime} + 120
    )
);

-- Every pair of calls of two sides that a rule allows, and whether the link
-- holds. Numbers agree that have a key in common: n and the last seven digits,
-- which national and international forms share; v or p and the text with its
-- last 2 to 4 digits masked, where the other one is masked so; q where both
-- are. Candidates share a word, which spares comparing every call with every
-- other of its half minute: a caller that is known on both sides has to agree
-- (c), so callees matter only where it is not (k, u).
CREATE OR REPLACE VIEW call_candidates AS
WITH
    sides AS (SELECT * FROM call_sides(tenant = {tenant:String}, from = {from:DateTime}, to = {to:DateTime})),
    a_sides AS
    (
        SELECT side, id, began_at, has_beginning, trunk, is_synthetic, ids,
            arrayFlatten(arrayMap(n -> if(endsWith(n, '*'), ['p' || n, 'q' || n], arrayConcat(['n' || right(n, 7)], arrayMap(m -> 'v' || left(n, length(n) - m) || repeat('*', m), if(length(n) > 8, [2, 3, 4], [])))), callers)) AS caller_keys,
            arrayFlatten(arrayMap(n -> if(endsWith(n, '*'), ['p' || n, 'q' || n], arrayConcat(['n' || right(n, 7)], arrayMap(m -> 'v' || left(n, length(n) - m) || repeat('*', m), if(length(n) > 8, [2, 3, 4], [])))), callees)) AS callee_keys,
            arrayConcat(arrayMap(n -> 'c' || n, caller_keys), arrayMap(n -> 'k' || n, callee_keys), if(empty(caller_keys), arrayMap(n -> 'u' || n, callee_keys), [])) AS words
        FROM sides WHERE side != 'record'
    ),
    b_sides AS
    (
        SELECT side, id, began_at, has_beginning, trunk, is_synthetic, ids,
            arrayFlatten(arrayMap(n -> if(endsWith(n, '*'), ['v' || n, 'q' || n], arrayConcat(['n' || right(n, 7)], arrayMap(m -> 'p' || left(n, length(n) - m) || repeat('*', m), if(length(n) > 8, [2, 3, 4], [])))), callers)) AS caller_keys,
            arrayFlatten(arrayMap(n -> if(endsWith(n, '*'), ['v' || n, 'q' || n], arrayConcat(['n' || right(n, 7)], arrayMap(m -> 'p' || left(n, length(n) - m) || repeat('*', m), if(length(n) > 8, [2, 3, 4], [])))), callees)) AS callee_keys,
            arrayConcat(arrayMap(n -> 'c' || n, caller_keys), arrayMap(n -> 'u' || n, callee_keys), if(empty(caller_keys) OR side = 'record', arrayMap(n -> 'k' || n, callee_keys), [])) AS words
        FROM sides WHERE side != 'sip'
    ),
    by_id AS
    (
        SELECT a.side AS a_side, a.id AS a_id, b.side AS b_side, b.id AS b_id, a.began_at AS a_began_at, b.began_at AS b_began_at,
            if(a.side = 'log', 'correlation_id', 'call_id') AS rule, toUInt8(4) AS rank
        FROM (SELECT side, id, began_at, is_synthetic, arrayJoin(ids) AS key FROM a_sides) AS a
        INNER JOIN (SELECT side, id, began_at, is_synthetic, arrayJoin(ids) AS key FROM b_sides) AS b ON a.key = b.key
        WHERE a.side != b.side AND length(a.key) >= 16 AND a.is_synthetic = b.is_synthetic
    ),
    by_numbers AS
    (
        SELECT a.side AS a_side, a.id AS a_id, b.side AS b_side, b.id AS b_id, a.began_at AS a_began_at, b.began_at AS b_began_at,
            a.trunk != '' AND a.trunk = b.trunk AS same_trunk,
            hasAny(a.caller_keys, b.caller_keys) AS same_caller,
            hasAny(a.callee_keys, b.callee_keys) AS same_callee,
            -- A record that names one number says nothing of the other end.
            same_caller OR empty(a.caller_keys) OR empty(b.caller_keys) OR b.side = 'record' AS caller_fits,
            same_callee OR empty(a.callee_keys) OR empty(b.callee_keys) OR b.side = 'record' AS callee_fits,
            multiIf(
                same_caller AND same_callee AND same_trunk, 'trunk_numbers_time',
                same_caller AND same_callee, 'numbers_time',
                same_trunk, 'trunk_number_time',
                'number_time') AS rule,
            toUInt8(multiIf(rule = 'trunk_numbers_time', 3, rule IN ('numbers_time', 'trunk_number_time'), 2, 1)) AS rank
        FROM (SELECT *, arrayJoin([-1, 0, 1]) + toInt64(intDiv(toUnixTimestamp(began_at), 30)) AS slot, arrayJoin(words) AS word FROM a_sides WHERE has_beginning AND began_at >= {from:DateTime} - 150 AND began_at < {to:DateTime} + 150) AS a
        INNER JOIN (SELECT *, toInt64(intDiv(toUnixTimestamp(began_at), 30)) AS slot, arrayJoin(words) AS word FROM b_sides WHERE has_beginning AND began_at >= {from:DateTime} - 150 AND began_at < {to:DateTime} + 150) AS b
            ON a.slot = b.slot AND a.word = b.word
        WHERE a.side != b.side AND a.is_synthetic = b.is_synthetic
            AND abs(dateDiff('millisecond', a.began_at, b.began_at)) <= 30000
            AND (a.trunk = '' OR b.trunk = '' OR a.trunk = b.trunk)
            AND (same_caller OR same_callee) AND caller_fits AND callee_fits
    ),
    pairs AS
    (
        SELECT a_side, a_id, b_side, b_id, any(a_began_at) AS a_began_at, any(b_began_at) AS b_began_at,
            argMax(rule, rank) AS rule, max(rank) AS best_rank, abs(dateDiff('millisecond', a_began_at, b_began_at)) AS apart_ms
        FROM
        (
            SELECT a_side, a_id, b_side, b_id, a_began_at, b_began_at, rule, rank FROM by_id
            UNION ALL
            SELECT a_side, a_id, b_side, b_id, a_began_at, b_began_at, rule, rank FROM by_numbers
        )
        GROUP BY a_side, a_id, b_side, b_id
    )
SELECT
    {tenant:String} AS tenant_id, a_side, a_id, b_side, b_id, a_began_at, b_began_at, apart_ms, rule,
    ['low', 'medium', 'high', 'certain'][best_rank] AS confidence,
    count() OVER (PARTITION BY a_side, b_side, a_id) AS a_candidates,
    count() OVER (PARTITION BY a_side, b_side, b_id) AS b_candidates,
    row_number() OVER (PARTITION BY a_side, b_side, a_id ORDER BY best_rank DESC, apart_ms ASC, b_id ASC) = 1
        AND (rule = 'correlation_id' OR row_number() OVER (PARTITION BY a_side, b_side, b_id ORDER BY best_rank DESC, apart_ms ASC, a_id ASC) = 1) AS is_link
FROM pairs;

-- The links that hold, by the beginning of their first side.
CREATE OR REPLACE VIEW call_links AS
SELECT * EXCEPT (is_link)
FROM call_candidates(tenant = {tenant:String}, from = {from:DateTime}, to = {to:DateTime})
WHERE is_link AND a_began_at >= {from:DateTime} AND a_began_at < {to:DateTime};

-- What has no counterpart on another side, and why: no_candidate, taken (every
-- candidate fits another call better), fragment (the beginning was not seen). A
-- record without a phone number has no SBC to be seen at and is not expected
-- there. An SBC's stream without a call has no Call-ID (no_call_id), or one of
-- which no SIP came (no_sip).
CREATE OR REPLACE VIEW call_unmatched AS
SELECT {tenant:String} AS tenant_id, s.side AS side, s.id AS id, s.began_at AS time, s.trunk AS trunk, s.missing AS missing,
    multiIf(e.candidates > 0, 'taken', NOT s.has_beginning, 'fragment', 'no_candidate') AS reason
FROM
(
    SELECT side, id, began_at, trunk, has_beginning, arrayJoin(multiIf(side = 'sip', ['log', 'record'], side = 'log', ['sip', 'record'], notEmpty(callers), ['sip'], [])) AS missing
    FROM call_sides(tenant = {tenant:String}, from = {from:DateTime}, to = {to:DateTime})
    WHERE began_at >= {from:DateTime} AND began_at < {to:DateTime}
) AS s
LEFT JOIN
(
    SELECT tupleElement(end, 1) AS side, tupleElement(end, 2) AS id, tupleElement(end, 3) AS missing, toUInt64(count()) AS candidates, max(is_link) AS is_linked
    FROM (SELECT arrayJoin([(a_side, a_id, b_side), (b_side, b_id, a_side)]) AS end, is_link
        FROM call_candidates(tenant = {tenant:String}, from = {from:DateTime}, to = {to:DateTime}))
    GROUP BY end
) AS e ON e.side = s.side AND e.id = s.id AND e.missing = s.missing
WHERE NOT ifNull(e.is_linked, 0)
UNION ALL
SELECT
    {tenant:String} AS tenant_id, 'stream' AS side, toString(m.stream_id) AS id, m.time AS time, toString(m.trunk_id) AS trunk, 'sip' AS missing,
    if(m.call_id = '', 'no_call_id', 'no_sip') AS reason
FROM media_streams AS m FINAL
WHERE m.tenant_id = {tenant:String} AND m.time >= {from:DateTime} AND m.time < {to:DateTime}
    AND m.call_id NOT IN (SELECT call_id FROM sip_calls FINAL WHERE tenant_id = {tenant:String});
