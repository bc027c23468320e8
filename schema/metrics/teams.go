package metrics

// Figures of Microsoft's side: audio streams of call records, measured by the
// client or service that received them.

const (
	audioStream = "f.media_kind = 'audio'"
	receiverSay = "What the receiver did not tell. Records that have not come yet, or only as an entry of a list."
	streamMeans = " Graph tells one average of each stream, so this is a mean over streams, long and short alike."
)

func onTeams(num, den string) []Form { return []Form{{BaseTeams, num, den}} }

// teamsClass counts streams of one class.
func teamsClass(class string) string {
	return "countIf(" + audioStream + " AND f.cqd = '" + class + "')"
}

// meanOf is the mean of a figure over audio streams.
func meanOf(column string) []Form {
	return onTeams("sumIf(ifNull(f."+column+", 0), "+audioStream+")", "countIf("+audioStream+" AND f."+column+" IS NOT NULL)")
}

var teamsMetrics = []Metric{
	{
		Name: "teams_streams", Title: "Teams audio streams", Unit: "streams", Kind: KindCount, Scale: 1,
		Definition: "Audio streams of call records, of the version that holds.", Standard: "Microsoft Graph, mediaStream",
		Excludes: "Video, screen sharing and data. " + receiverSay, Forms: onTeams("countIf("+audioStream+")", ""),
	},
	{
		Name: "teams_streams_poor", Title: "Teams audio streams, poor", Unit: "streams", Kind: KindCount, Scale: 1,
		Definition: "Audio streams of more than 500 packets with round trip over 500 ms, loss over 10 % or jitter over 30 ms.",
		Standard:   cqdStandard, Excludes: "Unclassified streams.", Forms: onTeams(teamsClass("poor"), ""),
	},
	{
		Name: "teams_streams_unclassified", Title: "Teams audio streams, unclassified", Unit: "streams", Kind: KindCount, Scale: 1,
		Definition: "Audio streams of at most 500 packets, without a packet count, or without any of the three figures.",
		Standard:   cqdStandard, Excludes: "Good and poor streams.", Forms: onTeams(teamsClass("unclassified"), ""),
	},
	{
		Name: "teams_poor_stream_percent", Title: "Teams poor streams, share", Unit: "percent", Kind: KindRatio, Scale: 100,
		Definition: "100 x poor / (good + poor) audio streams.", Standard: cqdStandard, Excludes: "Unclassified streams, in both sums.",
		Forms: onTeams(teamsClass("poor"), "countIf("+audioStream+" AND f.cqd != 'unclassified')"),
	},
	{
		Name: "teams_poor_stream_legacy_percent", Title: "Teams poor streams, share by the earlier text", Unit: "percent", Kind: KindRatio, Scale: 100,
		Definition: "100 x poor / (good + poor) audio streams, where degradation over 1.0 MOS and more than 7 % concealed samples make poor too and few packets do not excuse.",
		Standard:   "Microsoft Call Quality Dashboard, stream classification (earlier text)", Excludes: "Unclassified streams, in both sums.",
		Forms: onTeams("countIf("+audioStream+" AND f.cqd_legacy = 'poor')", "countIf("+audioStream+" AND f.cqd_legacy != 'unclassified')"),
	},
	{
		Name: "teams_loss_percent", Title: "Teams packet loss", Unit: "percent", Kind: KindRatio, Scale: 100,
		Definition: "100 x sum(average loss rate x packets) / sum(packets) of audio streams: the loss of all packets together.",
		Standard:   "Microsoft Graph, averagePacketLossRate and packetUtilization", Excludes: "Streams without a packet count. " + receiverSay,
		Forms: onTeams("sumIf(ifNull(f.loss_ratio, 0) * ifNull(f.packet_utilization, 0), "+audioStream+")",
			"sumIf(ifNull(f.packet_utilization, 0), "+audioStream+" AND f.loss_ratio IS NOT NULL)"),
	},
	{
		Name: "teams_jitter_mean_ms", Title: "Teams jitter, mean", Unit: "ms", Kind: KindMean, Scale: 1,
		Definition: "Mean of the average jitter of audio streams." + streamMeans, Standard: "Microsoft Graph, averageJitter",
		Excludes: receiverSay, Forms: meanOf("jitter_ms"),
	},
	{
		Name: "teams_rtt_mean_ms", Title: "Teams round trip, mean", Unit: "ms", Kind: KindMean, Scale: 1,
		Definition: "Mean of the average round trip of audio streams." + streamMeans, Standard: "Microsoft Graph, averageRoundTripTime",
		Excludes: receiverSay, Forms: meanOf("rtt_ms"),
	},
	{
		Name: "teams_degradation_mean_mos", Title: "Teams degradation, mean", Unit: "MOS", Kind: KindMean, Scale: 1,
		Definition: "Mean of the MOS points that audio streams lost to the network, as the receiver estimates." + streamMeans,
		Standard:   "Microsoft Graph, averageAudioDegradation", Excludes: receiverSay + " It is no MOS: call records have none.",
		Forms: meanOf("degradation_mos"),
	},
	{
		Name: "teams_concealed_mean_percent", Title: "Teams concealed samples, mean", Unit: "percent", Kind: KindMean, Scale: 100,
		Definition: "Mean share of samples that the receiver of an audio stream made up." + streamMeans,
		Standard:   "Microsoft Graph, averageRatioOfConcealedSamples", Excludes: receiverSay, Forms: meanOf("concealed_ratio"),
	},
}

var teamsBase = Base{
	Name: BaseTeams, From: "call_stream_quality AS f", Time: "f.time",
	TimeMeaning: "beginning of the stream, or of its segment where that is not told",
	Dimensions: []BaseDimension{
		{Name: DimCodec, SQL: "toString(f.audio_codec)"},
		{Name: DimSource, SQL: "toString(f.source)"},
		{Name: DimPlatform, SQL: "f.receiver_platform"},
		{Name: DimService, SQL: "f.receiver_service_role"},
		{Name: DimConnection, SQL: "f.receiver_connection_type"},
		{Name: DimReporterNetwork, SQL: "if(toIPv6OrNull(f.receiver_ip) IS NULL, '', reporter.prefix)", Join: joinReceiver},
		{Name: DimReporterSite, SQL: "if(toIPv6OrNull(f.receiver_ip) IS NULL, '', reporter.site)", Join: joinReceiver},
		{Name: DimReporterBuilding, SQL: "if(toIPv6OrNull(f.receiver_ip) IS NULL, '', reporter.building)", Join: joinReceiver},
	},
}

const joinReceiver = "ASOF LEFT JOIN network_pieces AS reporter ON reporter.tenant_id = f.tenant_id AND ifNull(toUInt128(toIPv6OrNull(f.receiver_ip)), 0) >= reporter.first"
