package clickhouse

import (
	"slices"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/schema"
)

// Columns that the tables of call records share: those of a call's two ends,
// each under the name of its side, and the types that they are made of.

// identityColumns are those of a CallIdentity, named after its side.
func identityColumns[R any](prefix string, field func(*R) *schema.CallIdentity) []column[R] {
	return []column[R]{
		word(prefix+"_kind", func(r *R) *string { return &field(r).Kind }),
		text(prefix+"_id", func(r *R) *string { return &field(r).ID }),
		text(prefix+"_name", func(r *R) *string { return &field(r).Name }),
		word(prefix+"_tenant", func(r *R) *string { return &field(r).Tenant }),
		text(prefix+"_principal_name", func(r *R) *string { return &field(r).PrincipalName }),
	}
}

// endpointColumns are those of a CallEndpoint, named after its side.
func endpointColumns[R any](prefix string, field func(*R) *schema.CallEndpoint) []column[R] {
	return []column[R]{
		word(prefix+"_endpoint", func(r *R) *string { return &field(r).Kind }),
		word(prefix+"_identity_kind", func(r *R) *string { return &field(r).Identity.Kind }),
		text(prefix+"_user_id", func(r *R) *string { return &field(r).Identity.ID }),
		text(prefix+"_user_name", func(r *R) *string { return &field(r).Identity.Name }),
		word(prefix+"_user_tenant", func(r *R) *string { return &field(r).Identity.Tenant }),
		text(prefix+"_user_principal_name", func(r *R) *string { return &field(r).Identity.PrincipalName }),
		text(prefix+"_machine", func(r *R) *string { return &field(r).Machine }),
		word(prefix+"_cpu", func(r *R) *string { return &field(r).CPU }),
		callInt32(prefix+"_cpu_cores", func(r *R) *schema.Opt[int32] { return &field(r).CPUCores }),
		callInt32(prefix+"_cpu_mhz", func(r *R) *schema.Opt[int32] { return &field(r).CPUMHz }),
		word(prefix+"_user_agent", func(r *R) *string { return &field(r).UserAgent }),
		word(prefix+"_app_version", func(r *R) *string { return &field(r).AppVersion }),
		word(prefix+"_platform", func(r *R) *string { return &field(r).Platform }),
		word(prefix+"_product_family", func(r *R) *string { return &field(r).ProductFamily }),
		word(prefix+"_service_role", func(r *R) *string { return &field(r).ServiceRole }),
		text(prefix+"_app_id", func(r *R) *string { return &field(r).AzureADAppID }),
		text(prefix+"_communication_service_id", func(r *R) *string { return &field(r).CommunicationServiceID }),
		word(prefix+"_feedback_rating", func(r *R) *string { return &field(r).FeedbackRating }),
		text(prefix+"_feedback_text", func(r *R) *string { return &field(r).FeedbackText }),
		list(prefix+"_feedback_true", func(r *R) *[]string { return &field(r).FeedbackTrue }),
		list(prefix+"_feedback_false", func(r *R) *[]string { return &field(r).FeedbackFalse }),
	}
}

// partyColumns are those of a CallParty, named after its side.
func partyColumns[R any](prefix string, field func(*R) *schema.CallParty) []column[R] {
	return []column[R]{
		word(prefix+"_endpoint", func(r *R) *string { return &field(r).Kind }),
		word(prefix+"_identity_kind", func(r *R) *string { return &field(r).IdentityKind }),
		text(prefix+"_user_id", func(r *R) *string { return &field(r).IdentityID }),
		word(prefix+"_user_agent", func(r *R) *string { return &field(r).UserAgent }),
		word(prefix+"_platform", func(r *R) *string { return &field(r).Platform }),
		word(prefix+"_product_family", func(r *R) *string { return &field(r).ProductFamily }),
		word(prefix+"_service_role", func(r *R) *string { return &field(r).ServiceRole }),
	}
}

// networkColumns are those of a CallNetwork, named after its side.
func networkColumns[R any](prefix string, field func(*R) *schema.CallNetwork) []column[R] {
	return []column[R]{
		text(prefix+"_ip", func(r *R) *string { return &field(r).IP }),
		callInt32(prefix+"_port", func(r *R) *schema.Opt[int32] { return &field(r).Port }),
		text(prefix+"_subnet", func(r *R) *string { return &field(r).Subnet }),
		text(prefix+"_reflexive_ip", func(r *R) *string { return &field(r).ReflexiveIP }),
		text(prefix+"_relay_ip", func(r *R) *string { return &field(r).RelayIP }),
		callInt32(prefix+"_relay_port", func(r *R) *schema.Opt[int32] { return &field(r).RelayPort }),
		text(prefix+"_mac", func(r *R) *string { return &field(r).MAC }),
		text(prefix+"_bssid", func(r *R) *string { return &field(r).BSSID }),
		word(prefix+"_dns_suffix", func(r *R) *string { return &field(r).DNSSuffix }),
		word(prefix+"_connection_type", func(r *R) *string { return &field(r).ConnectionType }),
		word(prefix+"_transport", func(r *R) *string { return &field(r).Transport }),
		callInt64(prefix+"_link_speed_bps", func(r *R) *schema.Opt[int64] { return &field(r).LinkSpeedBitPerSec }),
		figure(prefix+"_sent_quality_event_ratio", func(r *R) *schema.Opt[float64] { return &field(r).SentQualityEventRatio }),
		figure(prefix+"_received_quality_event_ratio", func(r *R) *schema.Opt[float64] { return &field(r).ReceivedQualityEventRatio }),
		figure(prefix+"_delay_event_ratio", func(r *R) *schema.Opt[float64] { return &field(r).DelayEventRatio }),
		figure(prefix+"_low_bandwidth_event_ratio", func(r *R) *schema.Opt[float64] { return &field(r).LowBandwidthEventRatio }),
		word(prefix+"_wifi_band", func(r *R) *string { return &field(r).WifiBand }),
		word(prefix+"_wifi_radio_type", func(r *R) *string { return &field(r).WifiRadioType }),
		callInt32(prefix+"_wifi_channel", func(r *R) *schema.Opt[int32] { return &field(r).WifiChannel }),
		callInt32(prefix+"_wifi_signal_percent", func(r *R) *schema.Opt[int32] { return &field(r).WifiSignalPercent }),
		callInt32(prefix+"_wifi_battery_percent", func(r *R) *schema.Opt[int32] { return &field(r).WifiBatteryPercent }),
		word(prefix+"_wifi_vendor_driver", func(r *R) *string { return &field(r).WifiVendorDriver }),
		word(prefix+"_wifi_vendor_driver_version", func(r *R) *string { return &field(r).WifiVendorDriverVersion }),
		word(prefix+"_wifi_microsoft_driver", func(r *R) *string { return &field(r).WifiMicrosoftDriver }),
		word(prefix+"_wifi_microsoft_driver_version", func(r *R) *string { return &field(r).WifiMicrosoftDriverVersion }),
		list(prefix+"_trace_route", func(r *R) *[]string { return &field(r).TraceRoute }),
	}
}

// deviceColumns are those of a CallDevice, named after its side.
func deviceColumns[R any](prefix string, field func(*R) *schema.CallDevice) []column[R] {
	return []column[R]{
		word(prefix+"_capture_device", func(r *R) *string { return &field(r).CaptureName }),
		word(prefix+"_capture_driver", func(r *R) *string { return &field(r).CaptureDriver }),
		word(prefix+"_render_device", func(r *R) *string { return &field(r).RenderName }),
		word(prefix+"_render_driver", func(r *R) *string { return &field(r).RenderDriver }),
		callInt32(prefix+"_sent_signal_level", func(r *R) *schema.Opt[int32] { return &field(r).SentSignalLevel }),
		callInt32(prefix+"_sent_noise_level", func(r *R) *schema.Opt[int32] { return &field(r).SentNoiseLevel }),
		callInt32(prefix+"_received_signal_level", func(r *R) *schema.Opt[int32] { return &field(r).ReceivedSignalLevel }),
		callInt32(prefix+"_received_noise_level", func(r *R) *schema.Opt[int32] { return &field(r).ReceivedNoiseLevel }),
		figure(prefix+"_initial_signal_rms", func(r *R) *schema.Opt[float64] { return &field(r).InitialSignalRMS }),
		callInt32(prefix+"_howling_events", func(r *R) *schema.Opt[int32] { return &field(r).HowlingEvents }),
		figure(prefix+"_mic_glitch_rate", func(r *R) *schema.Opt[float64] { return &field(r).MicGlitchRate }),
		figure(prefix+"_speaker_glitch_rate", func(r *R) *schema.Opt[float64] { return &field(r).SpeakerGlitchRate }),
		figure(prefix+"_capture_not_functioning_ratio", func(r *R) *schema.Opt[float64] { return &field(r).CaptureNotFunctioningRatio }),
		figure(prefix+"_render_not_functioning_ratio", func(r *R) *schema.Opt[float64] { return &field(r).RenderNotFunctioningRatio }),
		figure(prefix+"_render_zero_volume_ratio", func(r *R) *schema.Opt[float64] { return &field(r).RenderZeroVolumeRatio }),
		figure(prefix+"_render_mute_ratio", func(r *R) *schema.Opt[float64] { return &field(r).RenderMuteRatio }),
		figure(prefix+"_cpu_insufficient_ratio", func(r *R) *schema.Opt[float64] { return &field(r).CPUInsufficientRatio }),
		figure(prefix+"_clipping_ratio", func(r *R) *schema.Opt[float64] { return &field(r).ClippingRatio }),
		figure(prefix+"_glitch_ratio", func(r *R) *schema.Opt[float64] { return &field(r).GlitchRatio }),
		figure(prefix+"_low_speech_level_ratio", func(r *R) *schema.Opt[float64] { return &field(r).LowSpeechLevelRatio }),
		figure(prefix+"_low_speech_to_noise_ratio", func(r *R) *schema.Opt[float64] { return &field(r).LowSpeechToNoiseRatio }),
	}
}

// joined makes one list of columns of several.
func joined[R any](lists ...[]column[R]) []column[R] { return slices.Concat(lists...) }

func callInt32[R any](name string, field func(*R) *schema.Opt[int32]) column[R] {
	return nullable(name, newOf[proto.ColInt32], field)
}

func callInt64[R any](name string, field func(*R) *schema.Opt[int64]) column[R] {
	return nullable(name, newOf[proto.ColInt64], field)
}

func callBool[R any](name string, field func(*R) *schema.Opt[bool]) column[R] {
	return nullable(name, newOf[proto.ColBool], field)
}

func callUInt16[R any](name string, field func(*R) *uint16) column[R] {
	return plain(name, newOf[proto.ColUInt16], field)
}

func callUInt32[R any](name string, field func(*R) *uint32) column[R] {
	return plain(name, newOf[proto.ColUInt32], field)
}

func callUInt64[R any](name string, field func(*R) *uint64) column[R] {
	return plain(name, newOf[proto.ColUInt64], field)
}

func callFlag[R any](name string, field func(*R) *bool) column[R] {
	return plain(name, newOf[proto.ColBool], field)
}
