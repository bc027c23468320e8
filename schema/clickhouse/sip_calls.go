package clickhouse

import (
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/schema"
)

type call = schema.SIPCall

// SIPCalls is the table of call attempts.
var SIPCalls = &Table[schema.SIPCall]{
	name:    schema.TableSIPCalls,
	month:   func(r *call) schema.Month { return schema.MonthOf(r.Time) },
	version: "version",
	columns: append([]column[call]{
		word("tenant_id", func(r *call) *schema.TenantID { return &r.Tenant }),
		micros("time", func(r *call) *time.Time { return &r.Time }),
		text("call_id", func(r *call) *schema.CallID { return &r.CallID }),
		word("trunk_id", func(r *call) *schema.TrunkID { return &r.Trunk }),
		word("attribution_rule", func(r *call) *string { return &r.AttributionRule }),
		word("direction", func(r *call) *string { return &r.Direction }),
		text("from_user", func(r *call) *string { return &r.FromUser }),
		text("from_host", func(r *call) *string { return &r.FromHost }),
		text("to_user", func(r *call) *string { return &r.ToUser }),
		text("to_host", func(r *call) *string { return &r.ToHost }),
		text("target_user", func(r *call) *string { return &r.TargetUser }),
		text("target_host", func(r *call) *string { return &r.TargetHost }),
		plain("has_invite", newOf[proto.ColBool], func(r *call) *bool { return &r.HasInvite }),
		word("state", func(r *call) *string { return &r.State }),
		word("outcome", func(r *call) *string { return &r.Outcome }),
		plain("is_seized", newOf[proto.ColBool], func(r *call) *bool { return &r.IsSeized }),
		plain("is_effective", newOf[proto.ColBool], func(r *call) *bool { return &r.IsEffective }),
		nullable("final_status", newOf[proto.ColUInt16], func(r *call) *schema.Opt[uint16] { return &r.FinalStatus }),
		word("reason_protocol", func(r *call) *string { return &r.ReasonProtocol }),
		nullable("reason_cause", newOf[proto.ColUInt16], func(r *call) *schema.Opt[uint16] { return &r.ReasonCause }),
		text("reason_text", func(r *call) *string { return &r.ReasonText }),
		word("ended_by", func(r *call) *string { return &r.EndedBy }),
		optMicros("ringing_at", func(r *call) *schema.Opt[time.Time] { return &r.RingingAt }),
		optMicros("answered_at", func(r *call) *schema.Opt[time.Time] { return &r.AnsweredAt }),
		optMicros("ended_at", func(r *call) *schema.Opt[time.Time] { return &r.EndedAt }),
		nullable("post_dial_delay_ms", newOf[proto.ColInt64], func(r *call) *schema.Opt[int64] { return &r.PostDialDelayMillis }),
		nullable("setup_ms", newOf[proto.ColInt64], func(r *call) *schema.Opt[int64] { return &r.SetupMillis }),
		nullable("talk_ms", newOf[proto.ColInt64], func(r *call) *schema.Opt[int64] { return &r.TalkMillis }),
	}, tail(func(r *call) *schema.Fact { return &r.Fact })...),
}
