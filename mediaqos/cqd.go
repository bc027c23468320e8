package mediaqos

import "strings"

// CQDStream is what a media stream of a Microsoft Teams call record tells of
// its quality, measured by the stream's receiver. Fields that the record does
// not have are unknown.
type CQDStream struct {
	// Kind of media; others than those of the constants are not classified.
	Kind CQDMedia
	// Packets of the stream (packetUtilization).
	Packets Opt[int64]
	// RTTMillis, LossRatio (0..1) and JitterMillis are means over the stream.
	RTTMillis    Opt[float64]
	LossRatio    Opt[float64]
	JitterMillis Opt[float64]
	// DegradationMOS is how many MOS points the network cost, ConcealedRatio
	// (0..1) the share of samples made up for lost ones.
	DegradationMOS Opt[float64]
	ConcealedRatio Opt[float64]

	// Of video: frames lost before they were shown (0..100), frames per
	// second, and packets still lost after error correction (0..1).
	FrameLossPercent Opt[float64]
	FramesPerSecond  Opt[float64]
	PostFECLossRatio Opt[float64]
}

// CQDMedia is a kind of media.
type CQDMedia string

// Kinds of media that the Call Quality Dashboard classifies.
const (
	CQDAudio CQDMedia = "audio"
	CQDVideo CQDMedia = "video"
	// CQDScreen is video-based screen sharing (VBSS).
	CQDScreen CQDMedia = "vbss"
)

// Bounds of the Teams Call Quality Dashboard, all strict: a figure that is
// equal is not exceeded. Source: "Stream classification in Call Quality
// Dashboard" (Microsoft Teams documentation).
const (
	// CQDPacketFloor: an audio stream of so many packets or fewer is not
	// classified by the present text.
	CQDPacketFloor    = 500
	CQDRTTMillis      = 500
	CQDLossRatio      = 0.1
	CQDJitterMillis   = 30
	CQDDegradationMOS = 1.0
	CQDConcealedRatio = 0.07
	// Video; fewer frames than these are poor.
	CQDFrameLossPercent     = 50
	CQDFramesPerSecond      = 7
	CQDFramesPerSecondVBSS  = 2
	CQDPostFECLossRatioPoor = 0.15
)

// CQDClass is what the dashboard says of a stream.
type CQDClass uint8

// Classes.
const (
	CQDUnclassified CQDClass = iota
	CQDGood
	CQDPoor
)

var cqdClassNames = []string{"unclassified", "good", "poor"}

// String is the word as it is stored.
func (c CQDClass) String() string { return enumText(c, cqdClassNames) }

// CQDReasons is why a stream is poor or unclassified: a set.
type CQDReasons uint16

// Reasons, in the order in which they are listed.
const (
	CQDReasonRTT CQDReasons = 1 << iota
	CQDReasonLoss
	CQDReasonJitter
	CQDReasonDegradation
	CQDReasonConcealed
	CQDReasonFrameLoss
	CQDReasonFrameRate
	CQDReasonPostFECLoss
	// Of unclassified streams: not a kind of media that is classified, no
	// count of packets, too few packets, none of the figures.
	CQDReasonMediaKind
	CQDReasonNoPacketCount
	CQDReasonFewPackets
	CQDReasonNoFigures
)

var cqdReasonNames = []string{
	"rtt", "loss", "jitter", "degradation", "concealed", "frame_loss", "frame_rate", "post_fec_loss",
	"media_kind", "no_packet_count", "few_packets", "no_figures",
}

// Names lists the set's words, as they are stored.
func (r CQDReasons) Names() []string {
	names := []string{}
	for i, name := range cqdReasonNames {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String lists the words with commas.
func (r CQDReasons) String() string { return strings.Join(r.Names(), ",") }

// CQDVerdict is a class with its reasons, of which a good stream has none.
type CQDVerdict struct {
	Class   CQDClass
	Reasons CQDReasons
}

// CQD classifies a stream by the dashboard's present text: audio is poor if it
// has more than 500 packets and its round trip is above 500 ms, its loss above
// 0.1 or its jitter above 30 ms, and unclassified if it has no more packets
// than that or none of the three figures. Figures that are missing beside one
// that is there are not held against the stream.
func CQD(s *CQDStream) CQDVerdict {
	if s.Kind != CQDAudio {
		return cqdVideo(s)
	}
	switch packets, ok := s.Packets.Get(); {
	case !ok:
		return unclassified(CQDReasonNoPacketCount)
	case packets <= CQDPacketFloor:
		return unclassified(CQDReasonFewPackets)
	case !s.RTTMillis.OK && !s.LossRatio.OK && !s.JitterMillis.OK:
		return unclassified(CQDReasonNoFigures)
	}
	return verdict(cqdNetwork(s))
}

// CQDLegacy classifies a stream by the dashboard's earlier text, which many
// reports still follow: streams of any length, and beside the figures of [CQD]
// degradation above 1.0 MOS and concealment above 0.07 make audio poor.
func CQDLegacy(s *CQDStream) CQDVerdict {
	if s.Kind != CQDAudio {
		return cqdVideo(s)
	}
	if !s.RTTMillis.OK && !s.LossRatio.OK && !s.JitterMillis.OK && !s.DegradationMOS.OK && !s.ConcealedRatio.OK {
		return unclassified(CQDReasonNoFigures)
	}
	return verdict(cqdNetwork(s) |
		above(s.DegradationMOS, CQDDegradationMOS, CQDReasonDegradation) |
		above(s.ConcealedRatio, CQDConcealedRatio, CQDReasonConcealed))
}

// cqdNetwork is which of the network's figures make a stream poor.
func cqdNetwork(s *CQDStream) CQDReasons {
	return above(s.RTTMillis, CQDRTTMillis, CQDReasonRTT) |
		above(s.LossRatio, CQDLossRatio, CQDReasonLoss) |
		above(s.JitterMillis, CQDJitterMillis, CQDReasonJitter)
}

// cqdVideo goes by the first figure that there is, in both texts.
func cqdVideo(s *CQDStream) CQDVerdict {
	if s.Kind != CQDVideo && s.Kind != CQDScreen {
		return unclassified(CQDReasonMediaKind)
	}
	if s.FrameLossPercent.OK {
		return verdict(above(s.FrameLossPercent, CQDFrameLossPercent, CQDReasonFrameLoss))
	}
	if rate, ok := s.FramesPerSecond.Get(); ok {
		least := float64(CQDFramesPerSecond)
		if s.Kind == CQDScreen {
			least = CQDFramesPerSecondVBSS
		}
		if rate < least {
			return verdict(CQDReasonFrameRate)
		}
		return verdict(0)
	}
	if s.PostFECLossRatio.OK {
		return verdict(above(s.PostFECLossRatio, CQDPostFECLossRatioPoor, CQDReasonPostFECLoss))
	}
	return unclassified(CQDReasonNoFigures)
}

// above is the reason if the figure is known and exceeds the bound.
func above(figure Opt[float64], bound float64, reason CQDReasons) CQDReasons {
	if figure.OK && figure.V > bound {
		return reason
	}
	return 0
}

func verdict(reasons CQDReasons) CQDVerdict {
	if reasons != 0 {
		return CQDVerdict{CQDPoor, reasons}
	}
	return CQDVerdict{Class: CQDGood}
}

func unclassified(reason CQDReasons) CQDVerdict { return CQDVerdict{CQDUnclassified, reason} }
