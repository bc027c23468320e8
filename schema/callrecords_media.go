package schema

import "time"

// CallMediaStream is a row of call_media_streams: one direction of one medium
// of a segment, with the networks and devices of both ends. Its key is
// (Tenant, Time, RecordID, SessionID, SegmentID, MediaIndex, StreamIndex).
//
// Direction says which way the media flowed. Whoever received it measured it:
// callerToCallee was measured by the callee. The quality figures of a stream
// are the receiver's, beside its network and its device.
type CallMediaStream struct {
	Tenant TenantID
	// Time is when the stream began, or where that is not told, its segment.
	Time          time.Time
	RecordID      CallRecordID
	RecordVersion uint64
	SessionID     CallSessionID
	SegmentID     CallSegmentID
	// MediaIndex and StreamIndex are positions in the document, from 0.
	MediaIndex  uint16
	StreamIndex uint16
	// HasStream is false in the row of a medium that has no stream at all: it
	// keeps the medium's networks and devices.
	HasStream bool

	// Label of the medium as Graph has it; MediaKind is what kind it means.
	Label     string
	MediaKind string
	StreamID  string
	Direction string
	// Receiver is the end that measured: caller, callee, or "" if not known.
	Receiver  string
	StartedAt Opt[time.Time]
	EndedAt   Opt[time.Time]

	CallStreamFigures

	Caller        CallParty
	Callee        CallParty
	CallerNetwork CallNetwork
	CalleeNetwork CallNetwork
	CallerDevice  CallDevice
	CalleeDevice  CallDevice

	Fact
}

// Values of CallMediaStream.Receiver.
const (
	CallerSide = "caller"
	CalleeSide = "callee"
)

// CallStreamFigures is what the receiver of a stream measured. Durations are
// milliseconds, ratios 0..1; all may be unknown.
type CallStreamFigures struct {
	AudioCodec         string
	VideoCodec         string
	WasMediaBypassed   Opt[bool]
	IsAudioFECUsed     Opt[bool]
	PacketUtilization  Opt[int64]
	BandwidthBitPerSec Opt[int64]

	JitterMillis            Opt[float64]
	JitterMaxMillis         Opt[float64]
	NetworkJitterMillis     Opt[float64]
	NetworkJitterMaxMillis  Opt[float64]
	RTTMillis               Opt[float64]
	RTTMaxMillis            Opt[float64]
	LossRatio               Opt[float64]
	LossMaxRatio            Opt[float64]
	PostFECLossRatio        Opt[float64]
	ConcealedRatio          Opt[float64]
	ConcealedMaxRatio       Opt[float64]
	DegradationMOS          Opt[float64]
	FreezeMillis            Opt[float64]
	FreezeRMSMillis         Opt[float64]
	VideoLossRatio          Opt[float64]
	VideoFrameLossPercent   Opt[float64]
	VideoFramesPerSecond    Opt[float64]
	ReceivedFramesPerSecond Opt[float64]
	LowFrameRateRatio       Opt[float64]
	LowVideoProcessingRatio Opt[float64]
}

// CallParty is what a stream's row repeats of an endpoint of its segment, so
// that quality by client needs no join.
type CallParty struct {
	Kind          string
	IdentityKind  string
	IdentityID    string
	UserAgent     string
	Platform      string
	ProductFamily string
	ServiceRole   string
}

// CallNetwork is the network of one end. Addresses are text as Graph gives
// them; words are "" where not known.
type CallNetwork struct {
	IP             string
	Port           Opt[int32]
	Subnet         string
	ReflexiveIP    string
	RelayIP        string
	RelayPort      Opt[int32]
	MAC            string
	BSSID          string
	DNSSuffix      string
	ConnectionType string
	Transport      string
	// LinkSpeedBitPerSec is 4294967295 where the client could not tell.
	LinkSpeedBitPerSec Opt[int64]

	SentQualityEventRatio     Opt[float64]
	ReceivedQualityEventRatio Opt[float64]
	DelayEventRatio           Opt[float64]
	LowBandwidthEventRatio    Opt[float64]

	WifiBand                   string
	WifiRadioType              string
	WifiChannel                Opt[int32]
	WifiSignalPercent          Opt[int32]
	WifiBatteryPercent         Opt[int32]
	WifiVendorDriver           string
	WifiVendorDriverVersion    string
	WifiMicrosoftDriver        string
	WifiMicrosoftDriverVersion string

	// TraceRoute has one text for each hop: number, address and round trip in
	// ms, with - for what is not known.
	TraceRoute []string
}

// CallDevice is the audio device of one end. Levels are dB, as Graph gives
// them.
type CallDevice struct {
	CaptureName   string
	CaptureDriver string
	RenderName    string
	RenderDriver  string

	SentSignalLevel     Opt[int32]
	SentNoiseLevel      Opt[int32]
	ReceivedSignalLevel Opt[int32]
	ReceivedNoiseLevel  Opt[int32]
	InitialSignalRMS    Opt[float64]
	HowlingEvents       Opt[int32]
	// Glitches in five minutes.
	MicGlitchRate     Opt[float64]
	SpeakerGlitchRate Opt[float64]

	CaptureNotFunctioningRatio Opt[float64]
	RenderNotFunctioningRatio  Opt[float64]
	RenderZeroVolumeRatio      Opt[float64]
	RenderMuteRatio            Opt[float64]
	CPUInsufficientRatio       Opt[float64]
	ClippingRatio              Opt[float64]
	GlitchRatio                Opt[float64]
	LowSpeechLevelRatio        Opt[float64]
	LowSpeechToNoiseRatio      Opt[float64]
}
