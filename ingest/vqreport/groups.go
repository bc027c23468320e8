package vqreport

import (
	"strings"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// setter reads a value into its place; the notice says what was wrong.
type setter func(m *Metrics, value string) notice

// number places a figure within lo..hi.
func number(at func(*Metrics) *mediaqos.Opt[float64], lo, hi float64) setter {
	return func(m *Metrics, s string) (flaw notice) {
		*at(m), flaw = readNumber(s, lo, hi, false)
		return flaw
	}
}

// marked is number for the figures of which 127 means unavailable.
func marked(at func(*Metrics) *mediaqos.Opt[float64], lo, hi float64) setter {
	return func(m *Metrics, s string) (flaw notice) {
		*at(m), flaw = readNumber(s, lo, hi, true)
		return flaw
	}
}

// count places a whole number within 0..hi.
func count(at func(*Metrics) *mediaqos.Opt[uint32], hi uint32) setter {
	return func(m *Metrics, s string) (flaw notice) {
		*at(m), flaw = readCount(s, hi)
		return flaw
	}
}

// word places text.
func word(at func(*Metrics) *string) setter {
	return func(m *Metrics, s string) notice {
		*at(m) = s
		return 0
	}
}

// maxMillis is the greatest duration of the grammar.
const maxMillis = 65535

// groups is the grammar of a metrics section: line, key, place and range. Keys
// are in lower case.
var groups = map[string]map[string]setter{
	"timestamps": {
		"start": func(m *Metrics, s string) (flaw notice) { m.Start, flaw = readTime(s); return flaw },
		"stop":  func(m *Metrics, s string) (flaw notice) { m.Stop, flaw = readTime(s); return flaw },
	},
	"sessiondesc": {
		"pt":   count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.Session.PayloadType }, 127),
		"pd":   word(func(m *Metrics) *string { return &m.Session.PayloadName }),
		"sr":   count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.Session.ClockHz }, 999_999),
		"fd":   number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Session.FrameMillis }, 0, 9999),
		"fo":   count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.Session.FrameBytes }, 9999),
		"fpp":  count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.Session.FramesPerPacket }, 99),
		"pps":  count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.Session.PacketsPerSecond }, 9999),
		"fmtp": word(func(m *Metrics) *string { return &m.Session.FormatParameters }),
		"plc":  count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.Session.LossConcealment }, 3),
		"ssup": func(m *Metrics, s string) (flaw notice) {
			m.Session.SilenceSuppression, flaw = readSwitch(s)
			return flaw
		},
	},
	"jitterbuffer": {
		"jba": count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.JitterBuffer.Adaptive }, 3),
		"jbr": count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.JitterBuffer.Rate }, 15),
		"jbn": number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.JitterBuffer.NominalMillis }, 0, maxMillis),
		"jbm": number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.JitterBuffer.MaximumMillis }, 0, maxMillis),
		"jbx": number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.JitterBuffer.AbsoluteMillis }, 0, maxMillis),
	},
	"packetloss": {
		"nlr": number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.PacketLoss.NetworkLossPercent }, 0, 100),
		"jdr": number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.PacketLoss.BufferDiscardsPercent }, 0, 100),
	},
	"burstgaploss": {
		"bld":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.BurstGap.BurstLossPercent }, 0, 100),
		"bd":   number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.BurstGap.BurstMillis }, 0, 3_600_000),
		"gld":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.BurstGap.GapLossPercent }, 0, 100),
		"gd":   number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.BurstGap.GapMillis }, 0, 3_600_000),
		"gmin": count(func(m *Metrics) *mediaqos.Opt[uint32] { return &m.BurstGap.GapMinimum }, 255),
	},
	"delay": {
		"rtd":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Delay.RoundTripMillis }, 0, maxMillis),
		"esd":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Delay.EndSystemMillis }, 0, maxMillis),
		"owd":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Delay.OneWayMillis }, 0, maxMillis),
		"sowd": number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Delay.SymmetricOneWayMillis }, 0, maxMillis),
		"iaj":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Delay.InterarrivalMillis }, 0, maxMillis),
		"maj":  number(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Delay.AbsoluteJitterMillis }, 0, maxMillis),
	},
	"signal": {
		"sl":   marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Signal.LevelDBm }, -99, 30),
		"nl":   marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Signal.NoiseDBm }, -99, 30),
		"rerl": marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Signal.EchoReturnDB }, 0, 120),
	},
	"qualityest": quality,
	"linphoneext": {
		"ua": word(func(m *Metrics) *string { return &m.UserAgent }),
	},
}

// The scales of QualityEst.
const (
	maxR   = 120
	maxMOS = 4.9
)

var quality = withSpelling(map[string]setter{
	"rlq":         marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Quality.ListeningR }, 0, maxR),
	"rlqestalg":   word(func(m *Metrics) *string { return &m.Quality.ListeningRBy }),
	"rcq":         marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Quality.ConversationalR }, 0, maxR),
	"rcqestalg":   word(func(m *Metrics) *string { return &m.Quality.ConversationalRBy }),
	"extri":       marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Quality.ExternalInR }, 0, maxR),
	"extriestalg": word(func(m *Metrics) *string { return &m.Quality.ExternalInRBy }),
	"extro":       marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Quality.ExternalOutR }, 0, maxR),
	"extroestalg": word(func(m *Metrics) *string { return &m.Quality.ExternalOutRBy }),
	"moslq":       marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Quality.ListeningMOS }, 0, maxMOS),
	"moslqestalg": word(func(m *Metrics) *string { return &m.Quality.ListeningMOSBy }),
	"moscq":       marked(func(m *Metrics) *mediaqos.Opt[float64] { return &m.Quality.ConversationalMOS }, 0, maxMOS),
	"moscqestalg": word(func(m *Metrics) *string { return &m.Quality.ConversationalMOSBy }),
	"qoeestalg":   word(func(m *Metrics) *string { return &m.Quality.EstimatedBy }),
})

// withSpelling lets "…EstAlgo", which is sent too, stand for "…EstAlg".
func withSpelling(m map[string]setter) map[string]setter {
	out := make(map[string]setter, 2*len(m))
	for key, set := range m {
		out[key] = set
		if strings.HasSuffix(key, "estalg") {
			out[key+"o"] = set
		}
	}
	return out
}
