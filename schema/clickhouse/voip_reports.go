package clickhouse

import (
	"net/netip"
	"slices"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/schema"
)

type voip = schema.VoIPReport

// VoIPReports is the table of what receivers of speech say of it.
var VoIPReports = &Table[schema.VoIPReport]{
	name:    schema.TableVoIPReports,
	month:   func(r *voip) schema.Month { return schema.MonthOf(r.Time) },
	version: "version",
	columns: slices.Concat(voipIdentity, voipMetrics, voipScores, tail(func(r *voip) *schema.Fact { return &r.Fact })),
}

// voipIdentity says who reports what of which call.
var voipIdentity = []column[voip]{
	word("tenant_id", func(r *voip) *schema.TenantID { return &r.Tenant }),
	micros("time", func(r *voip) *time.Time { return &r.Time }),
	id("report_id", func(r *voip) *schema.ReportID { return &r.ReportID }),
	word("side", func(r *voip) *string { return &r.Side }),
	word("origin", func(r *voip) *string { return &r.Origin }),
	word("trunk_id", func(r *voip) *schema.TrunkID { return &r.Trunk }),
	word("attribution_rule", func(r *voip) *string { return &r.AttributionRule }),
	text("call_id", func(r *voip) *schema.CallID { return &r.CallID }),
	ip("reporter_ip", func(r *voip) *netip.AddrPort { return &r.Reporter }),
	port("reporter_port", func(r *voip) *netip.AddrPort { return &r.Reporter }),
	ip("peer_ip", func(r *voip) *netip.AddrPort { return &r.Peer }),
	port("peer_port", func(r *voip) *netip.AddrPort { return &r.Peer }),
	nullable("reporter_ssrc", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.ReporterSSRC }),
	nullable("source_ssrc", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.SourceSSRC }),
	ip("sender_ip", func(r *voip) *netip.AddrPort { return &r.Sender }),
	port("sender_port", func(r *voip) *netip.AddrPort { return &r.Sender }),
	word("transport", func(r *voip) *string { return &r.Transport }),
	text("local_id", func(r *voip) *string { return &r.LocalID }),
	text("remote_id", func(r *voip) *string { return &r.RemoteID }),
	text("orig_id", func(r *voip) *string { return &r.OrigID }),
	text("local_group", func(r *voip) *string { return &r.LocalGroup }),
	text("remote_group", func(r *voip) *string { return &r.RemoteGroup }),
	text("local_mac", func(r *voip) *string { return &r.LocalMAC }),
	text("remote_mac", func(r *voip) *string { return &r.RemoteMAC }),
	text("dialog_id", func(r *voip) *string { return &r.DialogID }),
	text("user_agent", func(r *voip) *string { return &r.UserAgent }),
	plain("is_call_term", newOf[proto.ColBool], func(r *voip) *bool { return &r.IsCallTerm }),
	word("alert_type", func(r *voip) *string { return &r.AlertType }),
	word("alert_severity", func(r *voip) *string { return &r.AlertSeverity }),
	word("alert_side", func(r *voip) *string { return &r.AlertSide }),
	optMicros("started_at", func(r *voip) *schema.Opt[time.Time] { return &r.StartedAt }),
	optMicros("stopped_at", func(r *voip) *schema.Opt[time.Time] { return &r.StoppedAt }),
}

// voipMetrics are how speech was coded, lost and delayed.
var voipMetrics = []column[voip]{
	nullable("payload_type", newOf[proto.ColUInt8], func(r *voip) *schema.Opt[uint8] { return &r.PayloadType }),
	word("codec", func(r *voip) *string { return &r.Codec }),
	nullable("clock_hz", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.ClockHz }),
	figure("frame_ms", func(r *voip) *schema.Opt[float64] { return &r.FrameMillis }),
	nullable("frame_bytes", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.FrameBytes }),
	nullable("frames_per_packet", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.FramesPerPacket }),
	nullable("packets_per_second", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.PacketsPerSecond }),
	text("format_parameters", func(r *voip) *string { return &r.FormatParameters }),
	word("plc", func(r *voip) *string { return &r.PLC }),
	nullable("is_silence_suppressed", newOf[proto.ColBool], func(r *voip) *schema.Opt[bool] { return &r.IsSilenceSuppressed }),
	word("jitter_buffer", func(r *voip) *string { return &r.JitterBuffer }),
	nullable("jitter_buffer_rate", newOf[proto.ColUInt8], func(r *voip) *schema.Opt[uint8] { return &r.JitterBufferRate }),
	figure("jitter_buffer_nominal_ms", func(r *voip) *schema.Opt[float64] { return &r.JitterBufferNominalMillis }),
	figure("jitter_buffer_maximum_ms", func(r *voip) *schema.Opt[float64] { return &r.JitterBufferMaximumMillis }),
	figure("jitter_buffer_absolute_ms", func(r *voip) *schema.Opt[float64] { return &r.JitterBufferAbsoluteMillis }),
	figure("network_loss_percent", func(r *voip) *schema.Opt[float64] { return &r.NetworkLossPercent }),
	figure("discard_percent", func(r *voip) *schema.Opt[float64] { return &r.DiscardPercent }),
	figure("burst_loss_percent", func(r *voip) *schema.Opt[float64] { return &r.BurstLossPercent }),
	figure("burst_ms", func(r *voip) *schema.Opt[float64] { return &r.BurstMillis }),
	figure("gap_loss_percent", func(r *voip) *schema.Opt[float64] { return &r.GapLossPercent }),
	figure("gap_ms", func(r *voip) *schema.Opt[float64] { return &r.GapMillis }),
	nullable("gap_minimum", newOf[proto.ColUInt32], func(r *voip) *schema.Opt[uint32] { return &r.GapMinimum }),
	figure("rtt_ms", func(r *voip) *schema.Opt[float64] { return &r.RTTMillis }),
	figure("end_system_ms", func(r *voip) *schema.Opt[float64] { return &r.EndSystemMillis }),
	figure("one_way_ms", func(r *voip) *schema.Opt[float64] { return &r.OneWayMillis }),
	figure("symmetric_one_way_ms", func(r *voip) *schema.Opt[float64] { return &r.SymmetricOneWayMillis }),
	figure("interarrival_jitter_ms", func(r *voip) *schema.Opt[float64] { return &r.InterarrivalJitterMillis }),
	figure("absolute_jitter_ms", func(r *voip) *schema.Opt[float64] { return &r.AbsoluteJitterMillis }),
	figure("signal_dbm0", func(r *voip) *schema.Opt[float64] { return &r.SignalDBm0 }),
	figure("noise_dbm0", func(r *voip) *schema.Opt[float64] { return &r.NoiseDBm0 }),
	figure("echo_return_loss_db", func(r *voip) *schema.Opt[float64] { return &r.EchoReturnLossDB }),
}

// voipScores are what the reporter makes of it, and what we could not read.
var voipScores = []column[voip]{
	figure("listening_r", func(r *voip) *schema.Opt[float64] { return &r.ListeningR }),
	word("listening_r_by", func(r *voip) *string { return &r.ListeningRBy }),
	figure("conversational_r", func(r *voip) *schema.Opt[float64] { return &r.ConversationalR }),
	word("conversational_r_by", func(r *voip) *string { return &r.ConversationalRBy }),
	figure("external_in_r", func(r *voip) *schema.Opt[float64] { return &r.ExternalInR }),
	word("external_in_r_by", func(r *voip) *string { return &r.ExternalInRBy }),
	figure("external_out_r", func(r *voip) *schema.Opt[float64] { return &r.ExternalOutR }),
	word("external_out_r_by", func(r *voip) *string { return &r.ExternalOutRBy }),
	figure("listening_mos", func(r *voip) *schema.Opt[float64] { return &r.ListeningMOS }),
	word("listening_mos_by", func(r *voip) *string { return &r.ListeningMOSBy }),
	figure("conversational_mos", func(r *voip) *schema.Opt[float64] { return &r.ConversationalMOS }),
	word("conversational_mos_by", func(r *voip) *string { return &r.ConversationalMOSBy }),
	word("estimated_by", func(r *voip) *string { return &r.EstimatedBy }),
	word("mos_scale", func(r *voip) *string { return &r.MOSScale }),
	plain("problem_count", newOf[proto.ColUInt32], func(r *voip) *uint32 { return &r.ProblemCount }),
	plain("unknown_count", newOf[proto.ColUInt32], func(r *voip) *uint32 { return &r.UnknownCount }),
	list("unknown_fields", func(r *voip) *[]string { return &r.UnknownFields }),
}
