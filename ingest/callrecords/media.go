package callrecords

import (
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// media is one medium of a segment with its streams.
type media struct {
	label                        string
	callerNetwork, calleeNetwork schema.CallNetwork
	callerDevice, calleeDevice   schema.CallDevice
	streams                      []stream
}

// stream is one direction of a medium.
type stream struct {
	id, direction string
	start, end    schema.Opt[time.Time]
	schema.CallStreamFigures
}

const (
	audioCodecs = `unknown invalid cn pcma pcmu amrWide g722 g7221 g7221c g729 multiChannelAudio muchv2 opus satin
satinFullband rtAudio8 rtAudio16 silk silkNarrow silkWide siren xmsRta unknownFutureValue`
	videoCodecs = "unknown invalid av1 h263 h264 h264s h264uc h265 rtvc1 rtVideo xrtvc1 unknownFutureValue"
	directions  = "callerToCallee calleeToCaller"
)

var mediaObject = newObject("media",
	text("label", func(v *media) *string { return &v.label }),
	nested("callerNetwork", networkObject, func(v *media) *schema.CallNetwork { return &v.callerNetwork }),
	nested("calleeNetwork", networkObject, func(v *media) *schema.CallNetwork { return &v.calleeNetwork }),
	nested("callerDevice", deviceObject, func(v *media) *schema.CallDevice { return &v.callerDevice }),
	nested("calleeDevice", deviceObject, func(v *media) *schema.CallDevice { return &v.calleeDevice }),
	each("streams", streamObject, func(v *media) *[]stream { return &v.streams }),
)

var streamObject = newObject("mediaStream",
	text("streamId", func(v *stream) *string { return &v.id }),
	word("streamDirection", directions, func(v *stream) *string { return &v.direction }),
	instant("startDateTime", func(v *stream) *schema.Opt[time.Time] { return &v.start }),
	instant("endDateTime", func(v *stream) *schema.Opt[time.Time] { return &v.end }),
	word("audioCodec", audioCodecs, func(v *stream) *string { return &v.AudioCodec }),
	word("videoCodec", videoCodecs, func(v *stream) *string { return &v.VideoCodec }),
	truth("wasMediaBypassed", func(v *stream) *schema.Opt[bool] { return &v.WasMediaBypassed }),
	truth("isAudioForwardErrorCorrectionUsed", func(v *stream) *schema.Opt[bool] { return &v.IsAudioFECUsed }),
	integer("packetUtilization", func(v *stream) *schema.Opt[int64] { return &v.PacketUtilization }),
	integer("averageBandwidthEstimate", func(v *stream) *schema.Opt[int64] { return &v.BandwidthBitPerSec }),
	millis("averageJitter", func(v *stream) *schema.Opt[float64] { return &v.JitterMillis }),
	millis("maxJitter", func(v *stream) *schema.Opt[float64] { return &v.JitterMaxMillis }),
	millis("averageAudioNetworkJitter", func(v *stream) *schema.Opt[float64] { return &v.NetworkJitterMillis }),
	millis("maxAudioNetworkJitter", func(v *stream) *schema.Opt[float64] { return &v.NetworkJitterMaxMillis }),
	millis("averageRoundTripTime", func(v *stream) *schema.Opt[float64] { return &v.RTTMillis }),
	millis("maxRoundTripTime", func(v *stream) *schema.Opt[float64] { return &v.RTTMaxMillis }),
	single("averagePacketLossRate", func(v *stream) *schema.Opt[float64] { return &v.LossRatio }),
	single("maxPacketLossRate", func(v *stream) *schema.Opt[float64] { return &v.LossMaxRatio }),
	single("postForwardErrorCorrectionPacketLossRate", func(v *stream) *schema.Opt[float64] { return &v.PostFECLossRatio }),
	single("averageRatioOfConcealedSamples", func(v *stream) *schema.Opt[float64] { return &v.ConcealedRatio }),
	single("maxRatioOfConcealedSamples", func(v *stream) *schema.Opt[float64] { return &v.ConcealedMaxRatio }),
	single("averageAudioDegradation", func(v *stream) *schema.Opt[float64] { return &v.DegradationMOS }),
	millis("averageFreezeDuration", func(v *stream) *schema.Opt[float64] { return &v.FreezeMillis }),
	millis("rmsFreezeDuration", func(v *stream) *schema.Opt[float64] { return &v.FreezeRMSMillis }),
	single("averageVideoPacketLossRate", func(v *stream) *schema.Opt[float64] { return &v.VideoLossRatio }),
	single("averageVideoFrameLossPercentage", func(v *stream) *schema.Opt[float64] { return &v.VideoFrameLossPercent }),
	single("averageVideoFrameRate", func(v *stream) *schema.Opt[float64] { return &v.VideoFramesPerSecond }),
	single("averageReceivedFrameRate", func(v *stream) *schema.Opt[float64] { return &v.ReceivedFramesPerSecond }),
	single("lowFrameRateRatio", func(v *stream) *schema.Opt[float64] { return &v.LowFrameRateRatio }),
	single("lowVideoProcessingCapabilityRatio", func(v *stream) *schema.Opt[float64] { return &v.LowVideoProcessingRatio }),
)

// Kinds of media, by label (callrecords-media.md) or else by codec.
const (
	MediaAudio = "audio"
	MediaVideo = "video"
	// MediaVBSS is screen sharing that is sent as video.
	MediaVBSS = "vbss"
	// MediaAppSharing is screen sharing over RDP.
	MediaAppSharing = "appsharing"
	MediaData       = "data"
)

// mediaKind says what a label means, such as main-audio, main-video,
// panoramic-video or applicationsharing-video; where it says nothing, the
// stream's codecs do. "" is unknown.
func mediaKind(label string, s *stream) string {
	label = strings.ToLower(label)
	sharing := strings.Contains(label, "applicationsharing") || strings.Contains(label, "screen")
	switch {
	case sharing && strings.Contains(label, "video"):
		return MediaVBSS
	case sharing && strings.Contains(label, "audio"):
		return MediaAudio
	case sharing:
		return MediaAppSharing
	case strings.Contains(label, "audio"):
		return MediaAudio
	case strings.Contains(label, "video"):
		return MediaVideo
	case strings.Contains(label, "data"):
		return MediaData
	case s == nil:
		return ""
	case s.VideoCodec != "" && s.AudioCodec == "":
		return MediaVideo
	case s.AudioCodec != "" && s.VideoCodec == "":
		return MediaAudio
	}
	return ""
}

// receiver is the end that measured a stream.
func receiver(direction string) string {
	switch direction {
	case "callerToCallee":
		return schema.CalleeSide
	case "calleeToCaller":
		return schema.CallerSide
	}
	return ""
}
