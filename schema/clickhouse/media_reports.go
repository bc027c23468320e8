package clickhouse

import (
	"net/netip"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/schema"
)

type report = schema.MediaReport

// MediaReports is the table of report blocks.
var MediaReports = &Table[schema.MediaReport]{
	name:    schema.TableMediaReports,
	month:   func(r *report) schema.Month { return schema.MonthOf(r.Time) },
	bucket:  func(r *report) (schema.TenantID, time.Time) { return r.Tenant, r.Time },
	version: "version",
	columns: []column[report]{
		word("tenant_id", func(r *report) *schema.TenantID { return &r.Tenant }),
		micros("time", func(r *report) *time.Time { return &r.Time }),
		id("report_id", func(r *report) *schema.ReportID { return &r.ReportID }),
		id("stream_id", func(r *report) *schema.StreamID { return &r.StreamID }),
		word("trunk_id", func(r *report) *schema.TrunkID { return &r.Trunk }),
		word("attribution_rule", func(r *report) *string { return &r.AttributionRule }),
		text("call_id", func(r *report) *schema.CallID { return &r.CallID }),
		plain("reporter_ssrc", newOf[proto.ColUInt32], func(r *report) *uint32 { return &r.ReporterSSRC }),
		plain("source_ssrc", newOf[proto.ColUInt32], func(r *report) *uint32 { return &r.SourceSSRC }),
		ip("reporter_ip", func(r *report) *netip.AddrPort { return &r.Reporter }),
		port("reporter_port", func(r *report) *netip.AddrPort { return &r.Reporter }),
		ip("peer_ip", func(r *report) *netip.AddrPort { return &r.Peer }),
		port("peer_port", func(r *report) *netip.AddrPort { return &r.Peer }),
		text("reporter_cname", func(r *report) *string { return &r.ReporterCNAME }),
		plain("taps", func() *proto.ColArr[string] { return new(proto.ColStr).Array() }, func(r *report) *[]string { return &r.Taps }),

		plain("packet_type", newOf[proto.ColUInt8], func(r *report) *uint8 { return &r.PacketType }),
		plain("fraction_lost", newOf[proto.ColUInt8], func(r *report) *uint8 { return &r.FractionLost }),
		plain("cumulative_lost", newOf[proto.ColInt32], func(r *report) *int32 { return &r.CumulativeLost }),
		plain("extended_seq", newOf[proto.ColUInt32], func(r *report) *uint32 { return &r.ExtendedSeq }),
		plain("jitter_ticks", newOf[proto.ColUInt32], func(r *report) *uint32 { return &r.JitterTicks }),
		plain("lsr", newOf[proto.ColUInt32], func(r *report) *uint32 { return &r.LSR }),
		plain("dlsr", newOf[proto.ColUInt32], func(r *report) *uint32 { return &r.DLSR }),
		nullable("sr_ntp", newOf[proto.ColUInt64], func(r *report) *schema.Opt[uint64] { return &r.SRNTP }),
		nullable("sr_rtp_time", newOf[proto.ColUInt32], func(r *report) *schema.Opt[uint32] { return &r.SRRTPTime }),
		nullable("sender_packets", newOf[proto.ColUInt32], func(r *report) *schema.Opt[uint32] { return &r.SenderPackets }),
		nullable("sender_octets", newOf[proto.ColUInt32], func(r *report) *schema.Opt[uint32] { return &r.SenderOctets }),

		word("codec", func(r *report) *string { return &r.Codec }),
		nullable("clock_hz", newOf[proto.ColUInt32], func(r *report) *schema.Opt[uint32] { return &r.ClockHz }),
		word("clock_source", func(r *report) *string { return &r.ClockSource }),
		word("plc", func(r *report) *string { return &r.PLC }),
		nullable("ptime_ms", newOf[proto.ColFloat32], func(r *report) *schema.Opt[float32] { return &r.PtimeMillis }),
		word("baseline", func(r *report) *string { return &r.Baseline }),
		float("interval_ms", func(r *report) *schema.Opt[float64] { return &r.IntervalMillis }),
		nullable("expected", newOf[proto.ColInt32], func(r *report) *schema.Opt[int32] { return &r.Expected }),
		nullable("lost", newOf[proto.ColInt32], func(r *report) *schema.Opt[int32] { return &r.Lost }),
		float("loss_ratio", func(r *report) *schema.Opt[float64] { return &r.LossRatio }),
		float("jitter_ms", func(r *report) *schema.Opt[float64] { return &r.JitterMillis }),
		float("rtt_ms", func(r *report) *schema.Opt[float64] { return &r.RTTMillis }),
		word("rtt_method", func(r *report) *string { return &r.RTTMethod }),
		float("burst_ratio", func(r *report) *schema.Opt[float64] { return &r.BurstRatio }),
		word("burst_ratio_source", func(r *report) *string { return &r.BurstRatioSource }),
		float("delay_ms", func(r *report) *schema.Opt[float64] { return &r.DelayMillis }),
		word("delay_basis", func(r *report) *string { return &r.DelayBasis }),
		float("ro", func(r *report) *schema.Opt[float64] { return &r.Ro }),
		float("is_factor", func(r *report) *schema.Opt[float64] { return &r.Is }),
		float("id_factor", func(r *report) *schema.Opt[float64] { return &r.Id }),
		float("ie_eff", func(r *report) *schema.Opt[float64] { return &r.IeEff }),
		float("r_factor", func(r *report) *schema.Opt[float64] { return &r.R }),
		float("mos", func(r *report) *schema.Opt[float64] { return &r.MOS }),
		float("r_lq", func(r *report) *schema.Opt[float64] { return &r.RLQ }),
		float("mos_lq", func(r *report) *schema.Opt[float64] { return &r.MOSLQ }),
		float("r_cq", func(r *report) *schema.Opt[float64] { return &r.RCQ }),
		float("mos_cq", func(r *report) *schema.Opt[float64] { return &r.MOSCQ }),
		word("mos_scale", func(r *report) *string { return &r.MOSScale }),
		word("grade", func(r *report) *string { return &r.Grade }),
		word("score_basis", func(r *report) *string { return &r.ScoreBasis }),
		plain("formula_version", newOf[proto.ColUInt16], func(r *report) *uint16 { return &r.FormulaVersion }),

		word("source", func(r *report) *string { return &r.Source }),
		plain("is_synthetic", newOf[proto.ColBool], func(r *report) *bool { return &r.IsSynthetic }),
		plain("retention_days", newOf[proto.ColUInt16], func(r *report) *uint16 { return &r.RetentionDays }),
		plain("version", newOf[proto.ColUInt64], func(r *report) *uint64 { return &r.Version }),
		truth("is_deleted", func(r *report) *bool { return &r.IsDeleted }),
	},
}

// float is a Nullable(Float64) column of a figure that may be unknown.
func float(name string, field func(*report) *schema.Opt[float64]) column[report] {
	return nullable(name, newOf[proto.ColFloat64], field)
}
