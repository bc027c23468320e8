package clickhouse

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// CallRecords is the table of CallRecord rows.
var CallRecords = &Table[schema.CallRecord]{
	name: schema.TableCallRecords, version: "version",
	month: func(r *schema.CallRecord) schema.Month { return schema.MonthOf(r.Time) },
	columns: joined(
		[]column[schema.CallRecord]{
			word("tenant_id", func(r *schema.CallRecord) *schema.TenantID { return &r.Tenant }),
			micros("time", func(r *schema.CallRecord) *time.Time { return &r.Time }),
			text("record_id", func(r *schema.CallRecord) *schema.CallRecordID { return &r.RecordID }),
			callUInt64("record_version", func(r *schema.CallRecord) *uint64 { return &r.RecordVersion }),
			word("type", func(r *schema.CallRecord) *string { return &r.Type }),
			list("modalities", func(r *schema.CallRecord) *[]string { return &r.Modalities }),
			optMicros("ended_at", func(r *schema.CallRecord) *schema.Opt[time.Time] { return &r.EndedAt }),
			optMicros("modified_at", func(r *schema.CallRecord) *schema.Opt[time.Time] { return &r.ModifiedAt }),
			text("join_url", func(r *schema.CallRecord) *string { return &r.JoinURL }),
		},
		identityColumns("organizer", func(r *schema.CallRecord) *schema.CallIdentity { return &r.Organizer }),
		[]column[schema.CallRecord]{
			list("organizer_units", func(r *schema.CallRecord) *[]string { return &r.OrganizerUnits }),
			list("participant_kinds", func(r *schema.CallRecord) *[]string { return &r.ParticipantKinds }),
			list("participant_ids", func(r *schema.CallRecord) *[]string { return &r.ParticipantIDs }),
			list("participant_names", func(r *schema.CallRecord) *[]string { return &r.ParticipantNames }),
			list("participant_tenants", func(r *schema.CallRecord) *[]string { return &r.ParticipantTenants }),
			list("participant_units", func(r *schema.CallRecord) *[]string { return &r.ParticipantUnits }),
			callFlag("has_sessions", func(r *schema.CallRecord) *bool { return &r.HasSessions }),
			callFlag("is_complete", func(r *schema.CallRecord) *bool { return &r.IsComplete }),
			callUInt32("sessions", func(r *schema.CallRecord) *uint32 { return &r.Sessions }),
			callUInt32("segments", func(r *schema.CallRecord) *uint32 { return &r.Segments }),
			callUInt32("streams", func(r *schema.CallRecord) *uint32 { return &r.Streams }),
		},
		tail(func(r *schema.CallRecord) *schema.Fact { return &r.Fact }),
	),
}

// CallSessions is the table of CallSession rows.
var CallSessions = &Table[schema.CallSession]{
	name: schema.TableCallSessions, version: "version",
	month: func(r *schema.CallSession) schema.Month { return schema.MonthOf(r.Time) },
	columns: joined(
		[]column[schema.CallSession]{
			word("tenant_id", func(r *schema.CallSession) *schema.TenantID { return &r.Tenant }),
			micros("time", func(r *schema.CallSession) *time.Time { return &r.Time }),
			text("record_id", func(r *schema.CallSession) *schema.CallRecordID { return &r.RecordID }),
			callUInt64("record_version", func(r *schema.CallSession) *uint64 { return &r.RecordVersion }),
			text("session_id", func(r *schema.CallSession) *schema.CallSessionID { return &r.SessionID }),
			optMicros("ended_at", func(r *schema.CallSession) *schema.Opt[time.Time] { return &r.EndedAt }),
			list("modalities", func(r *schema.CallSession) *[]string { return &r.Modalities }),
			callBool("is_test", func(r *schema.CallSession) *schema.Opt[bool] { return &r.IsTest }),
			word("failure_stage", func(r *schema.CallSession) *string { return &r.FailureStage }),
			text("failure_reason", func(r *schema.CallSession) *string { return &r.FailureReason }),
		},
		endpointColumns("caller", func(r *schema.CallSession) *schema.CallEndpoint { return &r.Caller }),
		endpointColumns("callee", func(r *schema.CallSession) *schema.CallEndpoint { return &r.Callee }),
		[]column[schema.CallSession]{
			callUInt32("segments", func(r *schema.CallSession) *uint32 { return &r.Segments }),
		},
		tail(func(r *schema.CallSession) *schema.Fact { return &r.Fact }),
	),
}

// CallSegments is the table of CallSegment rows.
var CallSegments = &Table[schema.CallSegment]{
	name: schema.TableCallSegments, version: "version",
	month: func(r *schema.CallSegment) schema.Month { return schema.MonthOf(r.Time) },
	columns: joined(
		[]column[schema.CallSegment]{
			word("tenant_id", func(r *schema.CallSegment) *schema.TenantID { return &r.Tenant }),
			micros("time", func(r *schema.CallSegment) *time.Time { return &r.Time }),
			text("record_id", func(r *schema.CallSegment) *schema.CallRecordID { return &r.RecordID }),
			callUInt64("record_version", func(r *schema.CallSegment) *uint64 { return &r.RecordVersion }),
			text("session_id", func(r *schema.CallSegment) *schema.CallSessionID { return &r.SessionID }),
			text("segment_id", func(r *schema.CallSegment) *schema.CallSegmentID { return &r.SegmentID }),
			optMicros("ended_at", func(r *schema.CallSegment) *schema.Opt[time.Time] { return &r.EndedAt }),
			word("failure_stage", func(r *schema.CallSegment) *string { return &r.FailureStage }),
			text("failure_reason", func(r *schema.CallSegment) *string { return &r.FailureReason }),
		},
		endpointColumns("caller", func(r *schema.CallSegment) *schema.CallEndpoint { return &r.Caller }),
		endpointColumns("callee", func(r *schema.CallSegment) *schema.CallEndpoint { return &r.Callee }),
		[]column[schema.CallSegment]{
			callUInt32("media", func(r *schema.CallSegment) *uint32 { return &r.Media }),
			callUInt32("streams", func(r *schema.CallSegment) *uint32 { return &r.Streams }),
		},
		tail(func(r *schema.CallSegment) *schema.Fact { return &r.Fact }),
	),
}

// CallMediaStreams is the table of CallMediaStream rows.
var CallMediaStreams = &Table[schema.CallMediaStream]{
	name: schema.TableCallMediaStreams, version: "version",
	month: func(r *schema.CallMediaStream) schema.Month { return schema.MonthOf(r.Time) },
	columns: joined(
		[]column[schema.CallMediaStream]{
			word("tenant_id", func(r *schema.CallMediaStream) *schema.TenantID { return &r.Tenant }),
			micros("time", func(r *schema.CallMediaStream) *time.Time { return &r.Time }),
			text("record_id", func(r *schema.CallMediaStream) *schema.CallRecordID { return &r.RecordID }),
			callUInt64("record_version", func(r *schema.CallMediaStream) *uint64 { return &r.RecordVersion }),
			text("session_id", func(r *schema.CallMediaStream) *schema.CallSessionID { return &r.SessionID }),
			text("segment_id", func(r *schema.CallMediaStream) *schema.CallSegmentID { return &r.SegmentID }),
			callUInt16("media_index", func(r *schema.CallMediaStream) *uint16 { return &r.MediaIndex }),
			callUInt16("stream_index", func(r *schema.CallMediaStream) *uint16 { return &r.StreamIndex }),
			callFlag("has_stream", func(r *schema.CallMediaStream) *bool { return &r.HasStream }),
			word("label", func(r *schema.CallMediaStream) *string { return &r.Label }),
			word("media_kind", func(r *schema.CallMediaStream) *string { return &r.MediaKind }),
			text("stream_id", func(r *schema.CallMediaStream) *string { return &r.StreamID }),
			word("direction", func(r *schema.CallMediaStream) *string { return &r.Direction }),
			word("receiver", func(r *schema.CallMediaStream) *string { return &r.Receiver }),
			optMicros("started_at", func(r *schema.CallMediaStream) *schema.Opt[time.Time] { return &r.StartedAt }),
			optMicros("ended_at", func(r *schema.CallMediaStream) *schema.Opt[time.Time] { return &r.EndedAt }),
			word("audio_codec", func(r *schema.CallMediaStream) *string { return &r.AudioCodec }),
			word("video_codec", func(r *schema.CallMediaStream) *string { return &r.VideoCodec }),
			callBool("was_media_bypassed", func(r *schema.CallMediaStream) *schema.Opt[bool] { return &r.WasMediaBypassed }),
			callBool("is_audio_fec_used", func(r *schema.CallMediaStream) *schema.Opt[bool] { return &r.IsAudioFECUsed }),
			callInt64("packet_utilization", func(r *schema.CallMediaStream) *schema.Opt[int64] { return &r.PacketUtilization }),
			callInt64("bandwidth_estimate_bps", func(r *schema.CallMediaStream) *schema.Opt[int64] { return &r.BandwidthBitPerSec }),
			figure("jitter_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.JitterMillis }),
			figure("jitter_max_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.JitterMaxMillis }),
			figure("network_jitter_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.NetworkJitterMillis }),
			figure("network_jitter_max_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.NetworkJitterMaxMillis }),
			figure("rtt_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.RTTMillis }),
			figure("rtt_max_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.RTTMaxMillis }),
			figure("loss_ratio", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.LossRatio }),
			figure("loss_ratio_max", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.LossMaxRatio }),
			figure("post_fec_loss_ratio", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.PostFECLossRatio }),
			figure("concealed_ratio", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.ConcealedRatio }),
			figure("concealed_ratio_max", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.ConcealedMaxRatio }),
			figure("degradation_mos", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.DegradationMOS }),
			figure("freeze_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.FreezeMillis }),
			figure("freeze_rms_ms", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.FreezeRMSMillis }),
			figure("video_loss_ratio", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.VideoLossRatio }),
			figure("video_frame_loss_percent", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.VideoFrameLossPercent }),
			figure("video_frame_rate", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.VideoFramesPerSecond }),
			figure("received_frame_rate", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.ReceivedFramesPerSecond }),
			figure("low_frame_rate_ratio", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.LowFrameRateRatio }),
			figure("low_video_processing_ratio", func(r *schema.CallMediaStream) *schema.Opt[float64] { return &r.LowVideoProcessingRatio }),
		},
		partyColumns("caller", func(r *schema.CallMediaStream) *schema.CallParty { return &r.Caller }),
		partyColumns("callee", func(r *schema.CallMediaStream) *schema.CallParty { return &r.Callee }),
		networkColumns("caller", func(r *schema.CallMediaStream) *schema.CallNetwork { return &r.CallerNetwork }),
		networkColumns("callee", func(r *schema.CallMediaStream) *schema.CallNetwork { return &r.CalleeNetwork }),
		deviceColumns("caller", func(r *schema.CallMediaStream) *schema.CallDevice { return &r.CallerDevice }),
		deviceColumns("callee", func(r *schema.CallMediaStream) *schema.CallDevice { return &r.CalleeDevice }),
		tail(func(r *schema.CallMediaStream) *schema.Fact { return &r.Fact }),
	),
}

// DirectRoutingCalls is the table of DirectRoutingCall rows.
var DirectRoutingCalls = &Table[schema.DirectRoutingCall]{
	name: schema.TableDirectRoutingCalls, version: "version",
	month: func(r *schema.DirectRoutingCall) schema.Month { return schema.MonthOf(r.Time) },
	columns: joined(
		[]column[schema.DirectRoutingCall]{
			word("tenant_id", func(r *schema.DirectRoutingCall) *schema.TenantID { return &r.Tenant }),
			micros("time", func(r *schema.DirectRoutingCall) *time.Time { return &r.Time }),
			text("row_id", func(r *schema.DirectRoutingCall) *string { return &r.RowID }),
			text("correlation_id", func(r *schema.DirectRoutingCall) *string { return &r.CorrelationID }),
			word("trunk_id", func(r *schema.DirectRoutingCall) *schema.TrunkID { return &r.Trunk }),
			optMicros("invited_at", func(r *schema.DirectRoutingCall) *schema.Opt[time.Time] { return &r.InvitedAt }),
			optMicros("started_at", func(r *schema.DirectRoutingCall) *schema.Opt[time.Time] { return &r.StartedAt }),
			optMicros("failed_at", func(r *schema.DirectRoutingCall) *schema.Opt[time.Time] { return &r.FailedAt }),
			optMicros("ended_at", func(r *schema.DirectRoutingCall) *schema.Opt[time.Time] { return &r.EndedAt }),
			callInt32("duration_s", func(r *schema.DirectRoutingCall) *schema.Opt[int32] { return &r.DurationSeconds }),
			word("call_type", func(r *schema.DirectRoutingCall) *string { return &r.CallType }),
			callBool("is_successful", func(r *schema.DirectRoutingCall) *schema.Opt[bool] { return &r.IsSuccessful }),
			text("caller_number", func(r *schema.DirectRoutingCall) *string { return &r.CallerNumber }),
			text("callee_number", func(r *schema.DirectRoutingCall) *string { return &r.CalleeNumber }),
			text("user_id", func(r *schema.DirectRoutingCall) *string { return &r.UserID }),
			text("user_name", func(r *schema.DirectRoutingCall) *string { return &r.UserName }),
			text("user_principal_name", func(r *schema.DirectRoutingCall) *string { return &r.PrincipalName }),
			word("media_path_location", func(r *schema.DirectRoutingCall) *string { return &r.MediaPathLocation }),
			word("signaling_location", func(r *schema.DirectRoutingCall) *string { return &r.SignalingLocation }),
			callBool("is_media_bypassed", func(r *schema.DirectRoutingCall) *schema.Opt[bool] { return &r.IsMediaBypassed }),
			callInt32("final_sip_code", func(r *schema.DirectRoutingCall) *schema.Opt[int32] { return &r.FinalSIPCode }),
			word("final_sip_phrase", func(r *schema.DirectRoutingCall) *string { return &r.FinalSIPPhrase }),
			callInt32("call_end_sub_reason", func(r *schema.DirectRoutingCall) *schema.Opt[int32] { return &r.CallEndSubReason }),
		},
		tail(func(r *schema.DirectRoutingCall) *schema.Fact { return &r.Fact }),
	),
}

// PSTNCalls is the table of PSTNCall rows.
var PSTNCalls = &Table[schema.PSTNCall]{
	name: schema.TablePSTNCalls, version: "version",
	month: func(r *schema.PSTNCall) schema.Month { return schema.MonthOf(r.Time) },
	columns: joined(
		[]column[schema.PSTNCall]{
			word("tenant_id", func(r *schema.PSTNCall) *schema.TenantID { return &r.Tenant }),
			micros("time", func(r *schema.PSTNCall) *time.Time { return &r.Time }),
			text("row_id", func(r *schema.PSTNCall) *string { return &r.RowID }),
			text("call_id", func(r *schema.PSTNCall) *string { return &r.CallID }),
			optMicros("ended_at", func(r *schema.PSTNCall) *schema.Opt[time.Time] { return &r.EndedAt }),
			callInt32("duration_s", func(r *schema.PSTNCall) *schema.Opt[int32] { return &r.DurationSeconds }),
			word("duration_source", func(r *schema.PSTNCall) *string { return &r.DurationSource }),
			word("call_type", func(r *schema.PSTNCall) *string { return &r.CallType }),
			text("caller_number", func(r *schema.PSTNCall) *string { return &r.CallerNumber }),
			text("callee_number", func(r *schema.PSTNCall) *string { return &r.CalleeNumber }),
			text("user_id", func(r *schema.PSTNCall) *string { return &r.UserID }),
			text("user_name", func(r *schema.PSTNCall) *string { return &r.UserName }),
			text("user_principal_name", func(r *schema.PSTNCall) *string { return &r.PrincipalName }),
			callInt64("charge_micros", func(r *schema.PSTNCall) *schema.Opt[int64] { return &r.ChargeMicros }),
			callInt64("connection_charge_micros", func(r *schema.PSTNCall) *schema.Opt[int64] { return &r.ConnectionChargeMicros }),
			word("currency", func(r *schema.PSTNCall) *string { return &r.Currency }),
			text("conference_id", func(r *schema.PSTNCall) *string { return &r.ConferenceID }),
			word("destination_context", func(r *schema.PSTNCall) *string { return &r.DestinationContext }),
			word("destination_name", func(r *schema.PSTNCall) *string { return &r.DestinationName }),
			word("inventory_type", func(r *schema.PSTNCall) *string { return &r.InventoryType }),
			word("license_capability", func(r *schema.PSTNCall) *string { return &r.LicenseCapability }),
			word("operator", func(r *schema.PSTNCall) *string { return &r.Operator }),
			word("tenant_country", func(r *schema.PSTNCall) *string { return &r.TenantCountry }),
			word("usage_country", func(r *schema.PSTNCall) *string { return &r.UsageCountry }),
		},
		tail(func(r *schema.PSTNCall) *schema.Fact { return &r.Fact }),
	),
}
