package metrics

// Figures of call attempts, as the SIP that capture agents saw tells them.

const (
	attempt   = "f.has_invite"
	seizure   = "f.has_invite AND f.is_seized"
	noPartial = "Calls whose INVITE was not seen (fragments), and calls that are still going on: a call is told when it ends."
	e425      = "ITU-T E.425"
)

// pddHistogram has the buckets that the percentile's definition names.
const pddHistogram = "sumMapIf(map(toInt64(if(ifNull(f.post_dial_delay_ms, 0) < 10000, intDiv(ifNull(f.post_dial_delay_ms, 0), 50) * 50, least(intDiv(ifNull(f.post_dial_delay_ms, 0), 1000) * 1000, 180000))), toUInt64(1)), f.post_dial_delay_ms IS NOT NULL)"

// onCalls is the one form of a metric of calls.
func onCalls(num, den string) []Form { return []Form{{BaseCalls, num, den}} }

var callMetrics = []Metric{
	{
		Name: "call_attempts", Title: "Call attempts", Unit: "calls", Kind: KindCount, Scale: 1,
		Definition: "INVITEs outside of a dialog, one for each Call-ID; what a challenge or a fork repeats is one attempt.",
		Standard:   e425, Excludes: noPartial, Forms: onCalls("countIf("+attempt+")", ""),
	},
	{
		Name: "call_seizures", Title: "Seizures", Unit: "calls", Kind: KindCount, Scale: 1,
		Definition: "Attempts with a known end that were neither redirected nor answered elsewhere.",
		Standard:   e425, Excludes: noPartial, Forms: onCalls("countIf("+seizure+")", ""),
	},
	{
		Name: "calls_answered", Title: "Calls answered", Unit: "calls", Kind: KindCount, Scale: 1,
		Definition: "Seizures that were answered with a 2xx.",
		Standard:   e425, Excludes: noPartial, Forms: onCalls("countIf("+seizure+" AND f.outcome = 'answered')", ""),
	},
	{
		Name: "calls_failed", Title: "Calls failed", Unit: "calls", Kind: KindCount, Scale: 1,
		Definition: "Seizures in which the network did not do its part: neither answered nor busy, unanswered or declined by the called party.",
		Standard:   e425, Excludes: noPartial, Forms: onCalls("countIf("+seizure+" AND NOT f.is_effective)", ""),
	},
	{
		Name: "asr_percent", Title: "Answer seizure ratio", Unit: "percent", Kind: KindRatio, Scale: 100,
		Definition: "100 x answered / seizures.", Standard: e425, Excludes: noPartial,
		Forms: onCalls("countIf("+seizure+" AND f.outcome = 'answered')", "countIf("+seizure+")"),
	},
	{
		Name: "ner_percent", Title: "Network effectiveness ratio", Unit: "percent", Kind: KindRatio, Scale: 100,
		Definition: "100 x (answered + busy + unanswered + declined by the called party) / seizures: what the network did right, whatever the people did.",
		Standard:   e425, Excludes: noPartial,
		Forms: onCalls("countIf("+seizure+" AND f.is_effective)", "countIf("+seizure+")"),
	},
	{
		Name: "pdd_mean_ms", Title: "Post-dial delay, mean", Unit: "ms", Kind: KindMean, Scale: 1,
		Definition: "Mean time from INVITE to ringing or early media.", Standard: "ITU-T E.721",
		Excludes: "Calls that never rang. " + noPartial,
		Forms:    onCalls("sum(ifNull(f.post_dial_delay_ms, 0))", "count(f.post_dial_delay_ms)"),
	},
	{
		Name: "pdd_p95_ms", Title: "Post-dial delay, 95th percentile", Unit: "ms", Kind: KindPercentile, Rank: 950, Scale: 1,
		Definition: "95 % of the calls that rang did so within this (lower edge of a bucket: 50 ms below 10 s, 1 s above, one above 3 min).",
		Standard:   "ITU-T E.721", Excludes: "Calls that never rang. " + noPartial,
		Forms: onCalls(pddHistogram, ""),
	},
	{
		Name: "talk_mean_seconds", Title: "Talk time, mean", Unit: "s", Kind: KindMean, Scale: 0.001,
		Definition: "Mean time from answer to BYE of the calls of which both were seen.", Standard: "Trunkline",
		Excludes: "Calls without an answer or whose end was not seen.",
		Forms:    onCalls("sum(ifNull(f.talk_ms, 0))", "count(f.talk_ms)"),
	},
}
