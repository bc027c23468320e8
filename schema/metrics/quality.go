package metrics

// Figures of report blocks. The facts' forms round and bucket as the view
// quality_1m_source does, so that both forms agree to the last digit.

// Histograms of facts, with the buckets of quality_1m.
const (
	lossHistogram   = "sumMapIf(map(toInt64(floor(ifNull(f.loss_ratio, 0) * 1000)), toUInt64(1)), f.loss_ratio IS NOT NULL)"
	jitterHistogram = `sumMapIf(map(toInt64(multiIf(ifNull(f.jitter_ms, 0) < 50, floor(ifNull(f.jitter_ms, 0)), ifNull(f.jitter_ms, 0) < 500, floor(ifNull(f.jitter_ms, 0) / 10) * 10, 500)), toUInt64(1)), f.jitter_ms IS NOT NULL)`
	rttHistogram    = `sumMapIf(map(toInt64(multiIf(ifNull(f.rtt_ms, 0) < 200, floor(ifNull(f.rtt_ms, 0) / 5) * 5, ifNull(f.rtt_ms, 0) < 1000, floor(ifNull(f.rtt_ms, 0) / 20) * 20, ifNull(f.rtt_ms, 0) < 10000, floor(ifNull(f.rtt_ms, 0) / 250) * 250, 10000)), toUInt64(1)), f.rtt_ms IS NOT NULL)`
	rHistogram      = "sumMapIf(map(toInt64(floor(ifNull(f.r_lq, 0))), toUInt64(1)), f.r_lq IS NOT NULL)"
)

const (
	noFirstReports = "The first report of a stream and those after a gap or a restart, which have no interval (baseline)."
	noUnknown      = "Reports that do not tell it."
)

var qualityMetrics = []Metric{
	{
		Name: "reports", Title: "Reports", Unit: "reports", Kind: KindCount, Scale: 1,
		Definition: "RTCP report blocks, each once however many taps saw it.", Standard: "RFC 3550 section 6.4",
		Excludes: "Reports that were refused or are in quarantine.",
		Forms:    []Form{{BaseQuality, "sum(f.reports)", ""}, {BaseReports, "count()", ""}, {BaseStreams, "sum(f.reports)", ""}},
	},
	{
		Name: "streams_active", Title: "Active streams", Unit: "streams", Kind: KindDistinct, Scale: 1,
		Definition: "Distinct media streams with at least one report in the bucket.", Standard: "Trunkline",
		Excludes: "Streams that nobody reports on. Those of parts of a range must not be added.",
		Forms:    []Form{{BaseReports, "uniqExact(f.stream_id)", ""}},
	},
	{
		Name: "measured_seconds", Title: "Measured time", Unit: "s", Kind: KindCount, Scale: 1e-6,
		Definition: "Sum of the time that reports with valid interval figures cover.", Standard: "RFC 3550 appendix A.3",
		Excludes: noFirstReports,
		Forms: []Form{
			{BaseQuality, "sum(f.interval_us_sum)", ""},
			{BaseReports, "sum(if(f.baseline = '', toUInt64(round(ifNull(f.interval_ms, 0) * 1000)), 0))", ""},
		},
	},
	{
		Name: "packets_expected", Title: "Packets expected", Unit: "packets", Kind: KindCount, Scale: 1,
		Definition: "Packets that should have arrived, by sequence numbers.", Standard: "RFC 3550 appendix A.3",
		Excludes: noFirstReports,
		Forms: []Form{
			{BaseQuality, "sum(f.expected)", ""},
			{BaseReports, "sum(toInt64(ifNull(f.expected, 0)))", ""},
			{BaseStreams, "sum(f.expected)", ""},
		},
	},
	{
		Name: "loss_percent", Title: "Packet loss", Unit: "percent", Kind: KindRatio, Scale: 100, NotNegative: true,
		Definition: "100 x packets lost / packets expected. Duplicates count against losses within the range; a negative sum is 0.",
		Standard:   "RFC 3550 appendix A.3", Excludes: noFirstReports + " Packets that came too late to be played (see RTCP XR).",
		Forms: []Form{
			{BaseQuality, "sum(f.lost)", "sum(f.expected)"},
			{BaseReports, "sum(toInt64(ifNull(f.lost, 0)))", "sum(toInt64(ifNull(f.expected, 0)))"},
			{BaseStreams, "sum(f.lost)", "sum(f.expected)"},
		},
	},
	{
		Name: "loss_p95_percent", Title: "Packet loss, 95th percentile", Unit: "percent", Kind: KindPercentile, Rank: 950, Scale: 0.1,
		Definition: "95 % of the intervals between reports lost at most this share (lower edge of a bucket of 0.1 percent).",
		Standard:   "RFC 3550 appendix A.3", Excludes: noFirstReports,
		Forms: []Form{{BaseQuality, "sumMap(f.loss_histogram)", ""}, {BaseReports, lossHistogram, ""}},
	},
	{
		Name: "loss_max_percent", Title: "Packet loss, worst interval", Unit: "percent", Kind: KindMax, Scale: 100,
		Definition: "Loss of the worst interval between two reports.", Standard: "RFC 3550 appendix A.3", Excludes: noFirstReports,
		Forms: []Form{
			{BaseQuality, "max(f.loss_ratio_max)", ""},
			{BaseReports, "max(f.loss_ratio)", ""},
			{BaseStreams, "max(f.loss_ratio_max)", ""},
		},
	},
	{
		Name: "jitter_mean_ms", Title: "Jitter, mean", Unit: "ms", Kind: KindMean, Scale: 0.001,
		Definition: "Mean of the interarrival jitter over reports.", Standard: "RFC 3550 section 6.4.1",
		Excludes: "Reports whose clock rate is not known, as jitter comes in ticks of it.",
		Forms: []Form{
			{BaseQuality, "sum(f.jitter_us_sum)", "sum(f.jitter_count)"},
			{BaseReports, "sum(toUInt64(round(ifNull(f.jitter_ms, 0) * 1000)))", "count(f.jitter_ms)"},
			{BaseStreams, "sum(f.jitter_us_sum)", "sum(f.jitter_count)"},
		},
	},
	percentileOf("jitter", "Jitter", "jitter", 500, "1 ms below 50, 10 ms below 500, one above", jitterHistogram),
	percentileOf("jitter", "Jitter", "jitter", 950, "1 ms below 50, 10 ms below 500, one above", jitterHistogram),
	{
		Name: "jitter_max_ms", Title: "Jitter, highest", Unit: "ms", Kind: KindMax, Scale: 1,
		Definition: "Highest interarrival jitter of a report.", Standard: "RFC 3550 section 6.4.1", Excludes: "Reports whose clock rate is not known.",
		Forms: []Form{{BaseQuality, "max(f.jitter_ms_max)", ""}, {BaseReports, "max(f.jitter_ms)", ""}, {BaseStreams, "max(f.jitter_ms_max)", ""}},
	},
	{
		Name: "rtt_mean_ms", Title: "Round trip, mean", Unit: "ms", Kind: KindMean, Scale: 0.001,
		Definition: "Mean of the round trips over the reports that tell one.", Standard: "RFC 3550 section 6.4.1", Excludes: noUnknown,
		Forms: []Form{
			{BaseQuality, "sum(f.rtt_us_sum)", "sum(f.rtt_count)"},
			{BaseReports, "sum(toUInt64(round(ifNull(f.rtt_ms, 0) * 1000)))", "count(f.rtt_ms)"},
			{BaseStreams, "sum(f.rtt_us_sum)", "sum(f.rtt_count)"},
		},
	},
	percentileOf("rtt", "Round trip", "rtt", 500, "5 ms below 200, 20 ms below 1 s, 250 ms below 10 s, one above", rttHistogram),
	percentileOf("rtt", "Round trip", "rtt", 950, "5 ms below 200, 20 ms below 1 s, 250 ms below 10 s, one above", rttHistogram),
	{
		Name: "rtt_max_ms", Title: "Round trip, highest", Unit: "ms", Kind: KindMax, Scale: 1,
		Definition: "Highest round trip of a report.", Standard: "RFC 3550 section 6.4.1", Excludes: noUnknown,
		Forms: []Form{{BaseQuality, "max(f.rtt_ms_max)", ""}, {BaseReports, "max(f.rtt_ms)", ""}, {BaseStreams, "max(f.rtt_ms_max)", ""}},
	},
}

// percentileOf is a percentile of jitter or round trip.
func percentileOf(name, title, column string, rank int, buckets, histogram string) Metric {
	label, word := "p95", "95th percentile"
	share := "95 %"
	if rank == 500 {
		label, word, share = "p50", "median", "half"
	}
	return Metric{
		Name: name + "_" + label + "_ms", Title: title + ", " + word, Unit: "ms", Kind: KindPercentile, Rank: rank, Scale: 1,
		Definition: "In " + share + " of the reports it was at most this (lower edge of a bucket: " + buckets + ").",
		Standard:   "RFC 3550 section 6.4.1", Excludes: noUnknown,
		Forms: []Form{{BaseQuality, "sumMap(f." + column + "_histogram)", ""}, {BaseReports, histogram, ""}},
	}
}

// Streams, classified as Microsoft's Call Quality Dashboard does.

// classified streams have enough packets and at least one of the three figures.
const classified = "f.expected > 500 AND (f.jitter_count > 0 OR f.rtt_count > 0 OR f.intervals > 0)"

const cqdStandard = "Microsoft Call Quality Dashboard, stream classification (current text)"

var streamMetrics = []Metric{
	{
		Name: "streams", Title: "Streams", Unit: "streams", Kind: KindCount, Scale: 1,
		Definition: "Media streams: one direction of RTP as one reporter saw it.", Standard: "Trunkline",
		Excludes: "Streams that nobody reports on. Both reporters of one call count.",
		Forms:    []Form{{BaseStreams, "count()", ""}},
	},
	{
		Name: "streams_classified", Title: "Streams classified", Unit: "streams", Kind: KindCount, Scale: 1,
		Definition: "Streams of more than 500 expected packets with loss, jitter or round trip known: good or poor.", Standard: cqdStandard,
		Excludes: "Short streams and those without any of the three: unclassified.",
		Forms:    []Form{{BaseStreams, "countIf(" + classified + ")", ""}},
	},
	{
		Name: "streams_poor", Title: "Poor streams", Unit: "streams", Kind: KindCount, Scale: 1,
		Definition: "Classified streams with loss over 10 %, mean jitter over 30 ms or mean round trip over 500 ms.", Standard: cqdStandard,
		Excludes: "Unclassified streams.",
		Forms:    []Form{{BaseStreams, "countIf(f.is_poor AND " + classified + ")", ""}},
	},
	{
		Name: "poor_stream_percent", Title: "Poor streams, share", Unit: "percent", Kind: KindRatio, Scale: 100,
		Definition: "100 x poor streams / classified streams.", Standard: cqdStandard, Excludes: "Unclassified streams, in both sums.",
		Forms: []Form{{BaseStreams, "countIf(f.is_poor AND " + classified + ")", "countIf(" + classified + ")"}},
	},
}
