package callrecords

import (
	"strconv"

	"github.com/trunkline-cc/trunkline/schema"
)

type (
	network = schema.CallNetwork
	device  = schema.CallDevice
)

const (
	connectionTypes = "unknown wired wifi mobile tunnel unknownFutureValue"
	transports      = "unknown udp tcp unknownFutureValue"
	wifiBands       = "unknown frequency24GHz frequency50GHz frequency60GHz unknownFutureValue"
	wifiRadioTypes  = "unknown wifi80211a wifi80211b wifi80211g wifi80211n wifi80211ac wifi80211ax unknownFutureValue"
)

var networkObject = newObject("networkInfo",
	text("ipAddress", func(v *network) *string { return &v.IP }),
	integer("port", func(v *network) *schema.Opt[int32] { return &v.Port }),
	text("subnet", func(v *network) *string { return &v.Subnet }),
	text("reflexiveIPAddress", func(v *network) *string { return &v.ReflexiveIP }),
	text("relayIPAddress", func(v *network) *string { return &v.RelayIP }),
	integer("relayPort", func(v *network) *schema.Opt[int32] { return &v.RelayPort }),
	text("macAddress", func(v *network) *string { return &v.MAC }),
	text("basicServiceSetIdentifier", func(v *network) *string { return &v.BSSID }),
	text("dnsSuffix", func(v *network) *string { return &v.DNSSuffix }),
	word("connectionType", connectionTypes, func(v *network) *string { return &v.ConnectionType }),
	word("networkTransportProtocol", transports, func(v *network) *string { return &v.Transport }),
	integer("linkSpeed", func(v *network) *schema.Opt[int64] { return &v.LinkSpeedBitPerSec }),
	single("sentQualityEventRatio", func(v *network) *schema.Opt[float64] { return &v.SentQualityEventRatio }),
	single("receivedQualityEventRatio", func(v *network) *schema.Opt[float64] { return &v.ReceivedQualityEventRatio }),
	single("delayEventRatio", func(v *network) *schema.Opt[float64] { return &v.DelayEventRatio }),
	single("bandwidthLowEventRatio", func(v *network) *schema.Opt[float64] { return &v.LowBandwidthEventRatio }),
	word("wifiBand", wifiBands, func(v *network) *string { return &v.WifiBand }),
	word("wifiRadioType", wifiRadioTypes, func(v *network) *string { return &v.WifiRadioType }),
	integer("wifiChannel", func(v *network) *schema.Opt[int32] { return &v.WifiChannel }),
	integer("wifiSignalStrength", func(v *network) *schema.Opt[int32] { return &v.WifiSignalPercent }),
	integer("wifiBatteryCharge", func(v *network) *schema.Opt[int32] { return &v.WifiBatteryPercent }),
	text("wifiVendorDriver", func(v *network) *string { return &v.WifiVendorDriver }),
	text("wifiVendorDriverVersion", func(v *network) *string { return &v.WifiVendorDriverVersion }),
	text("wifiMicrosoftDriver", func(v *network) *string { return &v.WifiMicrosoftDriver }),
	text("wifiMicrosoftDriverVersion", func(v *network) *string { return &v.WifiMicrosoftDriverVersion }),
	property[network]{name: "traceRouteHops", read: func(s *scanner, v *network) error {
		return s.array(func() error {
			h := hop{}
			err := hopObject.read(s, &h)
			v.TraceRoute = append(v.TraceRoute, h.String())
			return err
		})
	}},
)

// hop is one hop of a trace route.
type hop struct {
	count schema.Opt[int32]
	ip    string
	rtt   schema.Opt[float64]
}

var hopObject = newObject("traceRouteHop",
	integer("hopCount", func(v *hop) *schema.Opt[int32] { return &v.count }),
	text("ipAddress", func(v *hop) *string { return &v.ip }),
	millis("roundTripTime", func(v *hop) *schema.Opt[float64] { return &v.rtt }),
)

// String is the hop as a row has it: number, address, round trip in ms.
func (h hop) String() string {
	text := func(ok bool, t string) string {
		if !ok {
			return "-"
		}
		return t
	}
	return text(h.count.OK, strconv.Itoa(int(h.count.V))) + " " + text(h.ip != "", h.ip) + " " +
		text(h.rtt.OK, strconv.FormatFloat(h.rtt.V, 'f', -1, 64))
}

var deviceObject = newObject("deviceInfo",
	text("captureDeviceName", func(v *device) *string { return &v.CaptureName }),
	text("captureDeviceDriver", func(v *device) *string { return &v.CaptureDriver }),
	text("renderDeviceName", func(v *device) *string { return &v.RenderName }),
	text("renderDeviceDriver", func(v *device) *string { return &v.RenderDriver }),
	integer("sentSignalLevel", func(v *device) *schema.Opt[int32] { return &v.SentSignalLevel }),
	integer("sentNoiseLevel", func(v *device) *schema.Opt[int32] { return &v.SentNoiseLevel }),
	integer("receivedSignalLevel", func(v *device) *schema.Opt[int32] { return &v.ReceivedSignalLevel }),
	integer("receivedNoiseLevel", func(v *device) *schema.Opt[int32] { return &v.ReceivedNoiseLevel }),
	single("initialSignalLevelRootMeanSquare", func(v *device) *schema.Opt[float64] { return &v.InitialSignalRMS }),
	integer("howlingEventCount", func(v *device) *schema.Opt[int32] { return &v.HowlingEvents }),
	single("micGlitchRate", func(v *device) *schema.Opt[float64] { return &v.MicGlitchRate }),
	single("speakerGlitchRate", func(v *device) *schema.Opt[float64] { return &v.SpeakerGlitchRate }),
	single("captureNotFunctioningEventRatio", func(v *device) *schema.Opt[float64] { return &v.CaptureNotFunctioningRatio }),
	single("renderNotFunctioningEventRatio", func(v *device) *schema.Opt[float64] { return &v.RenderNotFunctioningRatio }),
	single("renderZeroVolumeEventRatio", func(v *device) *schema.Opt[float64] { return &v.RenderZeroVolumeRatio }),
	single("renderMuteEventRatio", func(v *device) *schema.Opt[float64] { return &v.RenderMuteRatio }),
	// The schema spells it so.
	single("cpuInsufficentEventRatio", func(v *device) *schema.Opt[float64] { return &v.CPUInsufficientRatio }),
	single("deviceClippingEventRatio", func(v *device) *schema.Opt[float64] { return &v.ClippingRatio }),
	single("deviceGlitchEventRatio", func(v *device) *schema.Opt[float64] { return &v.GlitchRatio }),
	single("lowSpeechLevelEventRatio", func(v *device) *schema.Opt[float64] { return &v.LowSpeechLevelRatio }),
	single("lowSpeechToNoiseEventRatio", func(v *device) *schema.Opt[float64] { return &v.LowSpeechToNoiseRatio }),
)
