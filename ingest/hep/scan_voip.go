package hep

import (
	"math"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// voipShape is one of the ways in which agents write a VoIP metrics block.
type voipShape uint8

const (
	// shapeXR is heplify's "report_blocks_xr": the first twelve bytes of the
	// figures, and all zeroes when there was no such block.
	shapeXR voipShape = iota
	// shapeVoIP is heplify's "voip_metrics": MOS as 4.1, LQ and CQ exchanged.
	shapeVoIP
	// shapeExtended is captagent's "extended_report_information": MOS as on
	// the wire, the two durations in the byte order of the agent's machine.
	shapeExtended
)

func (s *scan) voip(shape voipShape) {
	if s.null() {
		return
	}
	var v mediaqos.VoIPMetrics
	blockType := uint8(7)
	for more := s.open('{'); more; more = s.next('{') {
		switch string(s.name()) {
		case "type":
			blockType, _ = s.uint8()
		case "ssrc", "id", "identifier":
			if n, ok := s.uint32(); ok {
				v.SourceSSRC = mediaqos.Some(n)
			}
		case "loss_rate", "fraction_lost":
			v.LossRatio = voip8(s, mediaqos.VoIPRatio)
		case "discard_rate", "fraction_discard":
			v.DiscardRatio = voip8(s, mediaqos.VoIPRatio)
		case "burst_density", "burst_rate":
			v.BurstDensity = voip8(s, mediaqos.VoIPRatio)
		case "gap_density", "gap_rate":
			v.GapDensity = voip8(s, mediaqos.VoIPRatio)
		case "burst_duration":
			v.BurstMillis = voip16(s, mediaqos.VoIPMillis)
		case "gap_duration":
			v.GapMillis = voip16(s, mediaqos.VoIPMillis)
		case "round_trip_delay":
			v.RoundTripMillis = voip16(s, mediaqos.VoIPDelay)
		case "end_system_delay", "end_sys_delay":
			v.EndSystemMillis = voip16(s, mediaqos.VoIPDelay)
		case "signal_level", "signal_lev":
			v.SignalDBm0 = s.level()
		case "noise_level", "noise_lev":
			v.NoiseDBm0 = s.level()
		case "rerl", "RERL":
			v.EchoReturnLossDB = voip8(s, mediaqos.VoIPEcho)
		case "gmin", "Gmin":
			v.Gmin = voip8(s, mediaqos.VoIPGmin)
		case "r_factor", "R_fact":
			v.RFactor = voip8(s, mediaqos.VoIPRFactor)
		case "ext_r_factor", "ext_R_fact":
			v.ExternalRFactor = voip8(s, mediaqos.VoIPRFactor)
		case "mos_lq":
			v.ListeningMOS = s.mosTenths()
		case "mos_cq":
			v.ConversationalMOS = s.mosTenths()
		case "MOS_LQ":
			v.ListeningMOS = voip8(s, mediaqos.VoIPMOS)
		case "MOS_CQ":
			v.ConversationalMOS = voip8(s, mediaqos.VoIPMOS)
		case "rx_config":
			if wire, ok := s.uint8(); ok {
				v.SetReceiverConfig(wire)
			}
		case "jb_nominal", "JB_nom":
			v.JitterBuffer.NominalMillis = voip16(s, mediaqos.VoIPMillis)
		case "jb_maximum", "JB_max":
			v.JitterBuffer.MaximumMillis = voip16(s, mediaqos.VoIPMillis)
		case "jb_abs_max", "JB_abs_max":
			v.JitterBuffer.AbsoluteMaximumMillis = voip16(s, mediaqos.VoIPMillis)
		default:
			s.skip(0)
		}
	}
	switch {
	case s.err != nil || blockType != 7:
		return
	case shape == shapeXR && (s.r.HasVoIP || v.SourceSSRC.V == 0):
		return // nothing in it, or the fuller shape was there already
	case shape == shapeExtended:
		v.BurstMillis, v.GapMillis = mediaqos.Opt[float64]{}, mediaqos.Opt[float64]{}
	case shape == shapeVoIP && v.ListeningMOS.OK && v.ConversationalMOS.OK && v.ListeningMOS.V < v.ConversationalMOS.V:
		v.ListeningMOS, v.ConversationalMOS = v.ConversationalMOS, v.ListeningMOS
		s.fixedMOS++
	}
	s.r.VoIP, s.r.HasVoIP = v, true
}

// voip8 reads a byte of the block and what it means; null is unknown.
func voip8[T any](s *scan, meaning func(uint8) mediaqos.Opt[T]) (o mediaqos.Opt[T]) {
	if v, ok := s.uint8(); ok {
		o = meaning(v)
	}
	return o
}

// voip16 is voip8 for 16 bits.
func voip16(s *scan, meaning func(uint16) mediaqos.Opt[float64]) (o mediaqos.Opt[float64]) {
	if v, ok := s.integer(0, math.MaxUint16); ok {
		o = meaning(uint16(v))
	}
	return o
}

// level reads a level in dBm0, a signed byte that some agents write unsigned.
func (s *scan) level() (o mediaqos.Opt[float64]) {
	if v, ok := s.integer(math.MinInt8, math.MaxUint8); ok {
		o = mediaqos.VoIPLevel(uint8(v))
	}
	return o
}

// mosTenths reads a MOS such as 4.1; what is no MOS is unknown, 12.7 (the mark
// for unavailable) included.
func (s *scan) mosTenths() (o mediaqos.Opt[float64]) {
	if v, ok := s.tenths(); ok {
		o = mediaqos.VoIPMOS(v)
	}
	return o
}
