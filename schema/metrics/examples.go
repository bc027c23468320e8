package metrics

// Example is a question that data teams ask, with its answer in SQL.
type Example struct {
	// Title is the question in short, Note how to read the answer.
	Title, Note string
	// SQL runs as it is; contoso stands for the tenant.
	SQL string
}

// Examples lists the questions of the documentation. Tests run each of them.
func Examples() []Example { return examples }

var examples = []Example{
	{
		Title: "Worst streams today",
		Note:  "Streams of the last 24 hours whose worst interval was lowest, of each scale apart, with where to look.",
		SQL: `
SELECT time, trunk_id, call_id, codec, mos_scale, round(r_min) AS worst_r, r_min_time, round(100 * loss_ratio, 2) AS loss_percent,
    round(jitter_ms_mean, 1) AS jitter_ms, round(rtt_ms_mean) AS rtt_ms, stream_id
FROM media_streams FINAL
WHERE tenant_id = 'contoso' AND time >= now() - INTERVAL 1 DAY AND r_count > 0
ORDER BY r_min
LIMIT 20 BY mos_scale`,
	},
	{
		Title: "Quality by trunk",
		Note:  "Sums are added first and divided last; a mean of means would weigh a quiet minute like a busy one.",
		SQL: `
SELECT trunk_id, mos_scale, sum(q.reports) AS reports, round(100 * greatest(sum(q.lost), 0) / nullIf(sum(q.expected), 0), 3) AS loss_percent,
    round(sum(jitter_us_sum) / nullIf(sum(q.jitter_count), 0) / 1000, 2) AS jitter_ms, round(sum(rtt_us_sum) / nullIf(sum(q.rtt_count), 0) / 1000, 1) AS rtt_ms,
    round(sum(r_milli_sum) / nullIf(sum(q.r_count), 0) / 1000, 1) AS r_mean
FROM quality_now AS q
WHERE tenant_id = 'contoso' AND minute >= now() - INTERVAL 1 DAY AND NOT is_synthetic
GROUP BY trunk_id, mos_scale
ORDER BY trunk_id, mos_scale`,
	},
	{
		Title: "Quality by codec over the day",
		Note:  "The 5th percentile of listening R in each hour: one interval in twenty was at or below this whole point.",
		SQL: `
SELECT toStartOfHour(minute) AS hour, codec, mos_scale, sumMap(r_histogram) AS points, sum(q.r_count) AS scored,
    arrayFirst((point, seen) -> seen * 20 >= scored, mapKeys(points), arrayCumSum(mapValues(points))) AS r_p05
FROM quality_now AS q
WHERE tenant_id = 'contoso' AND minute >= now() - INTERVAL 1 DAY AND NOT is_synthetic
GROUP BY hour, codec, mos_scale
HAVING scored > 0
ORDER BY hour, codec, mos_scale`,
	},
	{
		Title: "Quality by network and site",
		Note:  "The site is that of the longest prefix that holds the address of who measured; see networks.",
		SQL: `
SELECT reporter_site, reporter_prefix, count() AS streams, countIf(is_poor) AS poor, round(avg(jitter_ms_mean), 1) AS mean_of_streams_jitter_ms
FROM stream_networks
WHERE tenant_id = 'contoso' AND time >= now() - INTERVAL 1 DAY AND NOT is_synthetic
GROUP BY reporter_site, reporter_prefix
ORDER BY poor DESC, streams DESC`,
	},
	{
		Title: "Addresses that no network names",
		Note:  "What is missing in the building file, the busiest first, as /24 and /64.",
		SQL: `
SELECT if(startsWith(toString(reporter_ip), '::ffff:'), concat(IPv4NumToString(toUInt32(bitAnd(toUInt128(assumeNotNull(reporter_ip)), 4294967040))), '/24'),
    concat(toString(tupleElement(IPv6CIDRToRange(assumeNotNull(reporter_ip), 64), 1)), '/64')) AS range, count() AS streams
FROM stream_networks
WHERE tenant_id = 'contoso' AND time >= now() - INTERVAL 1 DAY AND reporter_ip IS NOT NULL AND reporter_prefix = ''
GROUP BY range
ORDER BY streams DESC`,
	},
	{
		Title: "Quality by phone",
		Note:  "What phones report of themselves (RTCP XR, SIP quality reports), by their make. Their scores are their own.",
		SQL: `
SELECT user_agent, codec, count() AS reports, round(avg(network_loss_percent), 2) AS loss_percent, round(avg(rtt_ms), 1) AS rtt_ms
FROM voip_reports FINAL
WHERE tenant_id = 'contoso' AND time >= now() - INTERVAL 1 DAY AND side != 'remote'
GROUP BY user_agent, codec
ORDER BY reports DESC`,
	},
	{
		Title: "Share of poor streams",
		Note:  "As Microsoft's Call Quality Dashboard counts, on the SBC's streams: those of at most 500 packets are left out of both sums.",
		SQL: `
SELECT toDate(time) AS day, trunk_id, countIf(expected > 500) AS classified, countIf(is_poor AND expected > 500) AS poor,
    round(100 * poor / nullIf(classified, 0), 2) AS poor_percent
FROM media_streams FINAL
WHERE tenant_id = 'contoso' AND time >= now() - INTERVAL 1 DAY AND NOT is_synthetic
GROUP BY day, trunk_id
ORDER BY day, trunk_id`,
	},
	{
		Title: "Poor streams of Teams clients, and why",
		Note:  "Microsoft's own figures by the platform and connection of who received. A stream with two reasons counts in both.",
		SQL: `
SELECT receiver_platform, receiver_connection_type, countIf(cqd = 'good') AS good, countIf(cqd = 'poor') AS poor, countIf(cqd = 'unclassified') AS unclassified,
    countIf(has(cqd_reasons, 'loss')) AS by_loss, countIf(has(cqd_reasons, 'jitter')) AS by_jitter, countIf(has(cqd_reasons, 'rtt')) AS by_rtt
FROM call_stream_quality
WHERE tenant_id = 'contoso' AND time >= now() - INTERVAL 1 DAY AND media_kind = 'audio'
GROUP BY receiver_platform, receiver_connection_type
ORDER BY poor DESC`,
	},
	{
		Title: "Network effectiveness by trunk",
		Note:  "ASR and NER of ITU-T E.425, and the mean post-dial delay.",
		SQL: `
SELECT trunk_id, direction, sum(m.seized) AS seizures, round(100 * sum(m.answered) / nullIf(seizures, 0), 2) AS asr_percent,
    round(100 * sum(m.effective) / nullIf(seizures, 0), 2) AS ner_percent, round(sum(m.post_dial_delay_ms_sum) / nullIf(sum(m.post_dial_delay_count), 0)) AS pdd_ms
FROM sip_trunk_minutes AS m
WHERE tenant_id = 'contoso' AND minute >= now() - INTERVAL 1 DAY AND NOT is_synthetic
GROUP BY trunk_id, direction
ORDER BY ner_percent`,
	},
	{
		Title: "Why calls fail",
		Note:  "Only what the network did wrong; the last example of each can be looked up.",
		SQL: `
SELECT trunk_id, final_status, reason_cause, sum(f.calls) AS failed, argMax(last_call_id, minute) AS example
FROM sip_failures AS f
WHERE tenant_id = 'contoso' AND minute >= now() - INTERVAL 1 DAY AND NOT is_effective
GROUP BY trunk_id, final_status, reason_cause
ORDER BY failed DESC`,
	},
	{
		Title: "Teams' view against the SBC's view of calls",
		Note:  "Each link of the last day with the worst stream of both sides; rule and confidence say how sure it is.",
		SQL: `
SELECT l.a_began_at AS time, l.a_id AS call_id, l.b_id AS record_id, l.rule AS rule, l.confidence AS confidence,
    s.worst_loss_percent AS sbc_loss_percent, s.worst_jitter_ms AS sbc_jitter_ms, s.worst_rtt_ms AS sbc_rtt_ms,
    100 * t.loss_ratio_worst AS teams_loss_percent, t.jitter_ms_worst AS teams_jitter_ms, t.rtt_ms_worst AS teams_rtt_ms, t.cqd AS teams_class, t.cqd_reasons AS teams_reasons
FROM call_links(tenant = 'contoso', from = now() - INTERVAL 1 DAY, to = now()) AS l
LEFT JOIN (SELECT * FROM calls_with_streams WHERE tenant_id = 'contoso') AS s ON s.call_id = l.a_id
LEFT JOIN (SELECT * FROM call_quality WHERE tenant_id = 'contoso') AS t ON t.record_id = l.b_id
WHERE l.a_side = 'sip' AND l.b_side = 'record'
ORDER BY time`,
	},
	{
		Title: "Calls that only one side knows",
		Note:  "The unmatched of the last day by side and reason; trunkline correlate report prints the same.",
		SQL: `
SELECT side, missing, reason, count() AS calls, max(time) AS last
FROM call_unmatched(tenant = 'contoso', from = now() - INTERVAL 1 DAY, to = now())
GROUP BY side, missing, reason
ORDER BY calls DESC`,
	},
}
