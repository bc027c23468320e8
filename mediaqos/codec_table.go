package mediaqos

import "strings"

// Sources of the values in the table.
const (
	sourceG113    = "ITU-T G.113 (2007) Appendix I"
	sourceG729RTP = sourceG113 + ", row G.729A + VAD; the RTP name does not tell G.729 from G.729A, nor whether VAD is on"
	sourceG113Old = sourceG113 + ", value not re-read in the recommendation"
	sourceNoBpl   = sourceG113 + "; no packet-loss robustness published"
	sourceNone    = "no values in ITU-T G.113"
	sourceG722    = "ITU-T G.113 Appendix IV, value not re-read in the recommendation; no packet-loss robustness published"
	sourceNoMode  = "ITU-T G.113 Appendix IV rates each mode of AMR-WB apart, and the name does not tell the mode: amr-wb-12.65 does"
	sourceAMRWB   = "ITU-T G.113 (09/2024) table IV.1, listening with one ear; no packet-loss robustness published"
	sourceAMRWB2  = "ITU-T G.113 (09/2024) tables IV.3 and IV.4, listening with both ears; how the listener listens is not known from the stream"
	sourceAMRWB3  = "ITU-T G.113 (09/2024) table IV.3, listening with both ears; no packet-loss robustness published"
	sourceEVS     = "ITU-T G.113 (09/2024) Appendix V with Erratum 1 (01/2026), super-wideband mode, listening with both ears"
	sourceNoEVS   = "ITU-T G.113 Appendix V rates each bit rate of EVS apart, and the name does not tell it: evs-swb-13.2 does"
	sourceOpus    = sourceOpusSWB + " at 25 kbit/s; the name does not tell the bit rate"
	sourceOpusSWB = "research (M. Alahmadi, opus_emodel), not ITU-T: super-wideband, variable rate, random loss,"
	sourceOpusWB  = "research (M. Alahmadi, opus_emodel), not ITU-T: wideband, variable rate, random loss,"
	sourceOpusNB  = "research (M. Alahmadi, opus_emodel), not ITU-T: narrowband, variable rate, random loss,"
	sourceSILK    = "no values published by ITU-T"
	sourceNoVoice = "not a voice codec"
)

// codecTable holds every codec whose clock rate or quality values are known.
// Where several encodings share a family the first one stands for it.
var codecTable = []Codec{
	{Name: "PCMU", Family: "g711", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(0.), Ie: Some(0.), BplPLC: Some(25.1), BplNoPLC: Some(4.3), Grounding: GroundingStandard, Source: sourceG113},
	{Name: "PCMA", Family: "g711", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(0.), Ie: Some(0.), BplPLC: Some(25.1), BplNoPLC: Some(4.3), Grounding: GroundingStandard, Source: sourceG113},
	{Name: "G729", Family: "g729", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(5.), Ie: Some(11.), BplPLC: Some(19.), BplNoPLC: Some(19.), Grounding: GroundingProvisional, Source: sourceG729RTP},
	{Name: "G729A", Family: "g729a", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(5.), Ie: Some(11.), BplPLC: Some(19.), BplNoPLC: Some(19.), Grounding: GroundingStandard, Source: sourceG113 + ", row G.729A + VAD"},
	{Name: "G729-MAIN", Family: "g729-main", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(5.), Ie: Some(10.), Grounding: GroundingStandard, Source: sourceNoBpl},
	{Name: "G723", Family: "g723", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(7.5), Ie: Some(15.), BplPLC: Some(16.1), BplNoPLC: Some(16.1), Grounding: GroundingProvisional, Source: sourceG113Old + ", row G.723.1 + VAD at 6.3 kbit/s"},
	{Name: "GSM-EFR", Family: "gsm-efr", ClockHz: 8000, Scale: ScaleNB, LookaheadMillis: Some(0.), Ie: Some(5.), BplPLC: Some(10.), BplNoPLC: Some(10.), Grounding: GroundingProvisional, Source: sourceG113Old},

	{Name: "GSM", Family: "gsm", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "GSM-HR-08", Family: "gsm-hr", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "G728", Family: "g728", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "G726-16", Family: "g726-16", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "G726-24", Family: "g726-24", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "G726-32", Family: "g726-32", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "G726-40", Family: "g726-40", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "AMR", Family: "amr", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "iLBC", Family: "ilbc", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "LPC", Family: "lpc", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "DVI4", Family: "dvi4", Source: sourceNone},
	{Name: "QCELP", Family: "qcelp", ClockHz: 8000, Scale: ScaleNB, Source: sourceNone},
	{Name: "speex", Family: "speex", Source: sourceNone},
	{Name: "SILK", Family: "silk", Source: sourceSILK},
	{Name: "opus", Family: "opus", ClockHz: 48000, Scale: ScaleFB, Ie: Some(20.21), BplPLC: Some(11.28), BplNoPLC: Some(11.28), Grounding: GroundingProvisional, Source: sourceOpus},
	{Name: "opus-16", Family: "opus-16", ClockHz: 48000, Scale: ScaleFB, Ie: Some(30.16), BplPLC: Some(11.83), BplNoPLC: Some(11.83), Grounding: GroundingProvisional, Source: sourceOpusSWB + " at 16 kbit/s"},
	{Name: "opus-25", Family: "opus-25", ClockHz: 48000, Scale: ScaleFB, Ie: Some(20.21), BplPLC: Some(11.28), BplNoPLC: Some(11.28), Grounding: GroundingProvisional, Source: sourceOpusSWB + " at 25 kbit/s"},
	{Name: "opus-40", Family: "opus-40", ClockHz: 48000, Scale: ScaleFB, Ie: Some(10.67), BplPLC: Some(9.79), BplNoPLC: Some(9.79), Grounding: GroundingProvisional, Source: sourceOpusSWB + " at 40 kbit/s"},
	{Name: "opus-wb-13", Family: "opus-wb-13", ClockHz: 48000, Scale: ScaleWB, Ie: Some(19.96), BplPLC: Some(19.50), BplNoPLC: Some(19.50), Grounding: GroundingProvisional, Source: sourceOpusWB + " at 13 kbit/s"},
	{Name: "opus-nb-9", Family: "opus-nb-9", ClockHz: 48000, Scale: ScaleNB, Ie: Some(11.74), BplPLC: Some(18.91), BplNoPLC: Some(18.91), Grounding: GroundingProvisional, Source: sourceOpusNB + " at 9 kbit/s"},
	{Name: "G722", Family: "g722", ClockHz: 8000, Scale: ScaleWB, Ie: Some(13.), Grounding: GroundingProvisional, Source: sourceG722},
	{Name: "G722-56", Family: "g722-56", ClockHz: 8000, Scale: ScaleWB, Ie: Some(20.), Grounding: GroundingProvisional, Source: sourceG722},
	{Name: "G722-48", Family: "g722-48", ClockHz: 8000, Scale: ScaleWB, Ie: Some(31.), Grounding: GroundingProvisional, Source: sourceG722},
	{Name: "G7221", Family: "g722.1", Scale: ScaleWB, Source: sourceNone},
	{Name: "AMR-WB", Family: "amr-wb", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Source: sourceNoMode},
	{Name: "AMR-WB-6.6", Family: "amr-wb-6.6", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(41.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-8.85", Family: "amr-wb-8.85", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(26.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-12.65", Family: "amr-wb-12.65", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(13.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-14.25", Family: "amr-wb-14.25", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(10.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-15.85", Family: "amr-wb-15.85", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(7.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-18.25", Family: "amr-wb-18.25", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(5.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-19.85", Family: "amr-wb-19.85", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(3.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-23.05", Family: "amr-wb-23.05", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(1.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-23.85", Family: "amr-wb-23.85", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(8.), Grounding: GroundingStandard, Source: sourceAMRWB},
	{Name: "AMR-WB-6.6-DIOTIC", Family: "amr-wb-6.6-diotic", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(56.), Grounding: GroundingStandard, Source: sourceAMRWB3},
	{Name: "AMR-WB-8.85-DIOTIC", Family: "amr-wb-8.85-diotic", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(41.), Grounding: GroundingStandard, Source: sourceAMRWB3},
	{Name: "AMR-WB-12.65-DIOTIC", Family: "amr-wb-12.65-diotic", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(20.), BplPLC: Some(4.3), BplNoPLC: Some(4.3), Grounding: GroundingProvisional, Source: sourceAMRWB2},
	{Name: "AMR-WB-15.85-DIOTIC", Family: "amr-wb-15.85-diotic", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(17.), Grounding: GroundingStandard, Source: sourceAMRWB3},
	{Name: "AMR-WB-23.05-DIOTIC", Family: "amr-wb-23.05-diotic", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(8.), BplPLC: Some(4.6), BplNoPLC: Some(4.6), Grounding: GroundingProvisional, Source: sourceAMRWB2},
	{Name: "AMR-WB-23.85-DIOTIC", Family: "amr-wb-23.85-diotic", ClockHz: 16000, Scale: ScaleWB, LookaheadMillis: Some(5.), Ie: Some(10.), BplPLC: Some(4.9), BplNoPLC: Some(4.9), Grounding: GroundingProvisional, Source: sourceAMRWB2},
	{Name: "EVS", Family: "evs", ClockHz: 16000, Scale: ScaleFB, Source: sourceNoEVS},
	{Name: "EVS-SWB-9.6", Family: "evs-swb-9.6", ClockHz: 16000, Scale: ScaleFB, Ie: Some(22.7), BplPLC: Some(13.), BplNoPLC: Some(13.), Grounding: GroundingStandard, Source: sourceEVS},
	{Name: "EVS-SWB-13.2", Family: "evs-swb-13.2", ClockHz: 16000, Scale: ScaleFB, Ie: Some(17.1), BplPLC: Some(11.7), BplNoPLC: Some(11.7), Grounding: GroundingStandard, Source: sourceEVS},
	{Name: "EVS-SWB-16.4", Family: "evs-swb-16.4", ClockHz: 16000, Scale: ScaleFB, Ie: Some(10.8), BplPLC: Some(10.3), BplNoPLC: Some(10.3), Grounding: GroundingStandard, Source: sourceEVS},
	{Name: "EVS-SWB-24.4", Family: "evs-swb-24.4", ClockHz: 16000, Scale: ScaleFB, Ie: Some(7.2), BplPLC: Some(11.4), BplNoPLC: Some(11.4), Grounding: GroundingStandard, Source: sourceEVS},
	{Name: "EVS-SWB-32", Family: "evs-swb-32", ClockHz: 16000, Scale: ScaleFB, Ie: Some(8.7), BplPLC: Some(9.3), BplNoPLC: Some(9.3), Grounding: GroundingStandard, Source: sourceEVS},
	{Name: "EVS-SWB-48", Family: "evs-swb-48", ClockHz: 16000, Scale: ScaleFB, Ie: Some(10.2), BplPLC: Some(9.6), BplNoPLC: Some(9.6), Grounding: GroundingStandard, Source: sourceEVS},

	{Name: "L16", Family: "l16", Source: sourceNone},
	{Name: "MPA", Family: "mpa", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "CN", Family: "cn", ClockHz: 8000, Source: sourceNoVoice},
	{Name: "telephone-event", Family: "telephone-event", ClockHz: 8000, Source: sourceNoVoice},
	{Name: "CelB", Family: "celb", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "JPEG", Family: "jpeg", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "nv", Family: "nv", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "H261", Family: "h261", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "H263", Family: "h263", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "H264", Family: "h264", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "X-H264UC", Family: "h264", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "H265", Family: "h265", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "VP8", Family: "vp8", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "VP9", Family: "vp9", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "AV1", Family: "av1", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "MPV", Family: "mpv", ClockHz: 90000, Source: sourceNoVoice},
	{Name: "MP2T", Family: "mp2t", ClockHz: 90000, Source: sourceNoVoice},
}

// staticPayloadTypes are the encoding names of RFC 3551 tables 4 and 5.
var staticPayloadTypes = [35]string{
	0: "PCMU", 3: "GSM", 4: "G723", 5: "DVI4", 6: "DVI4", 7: "LPC", 8: "PCMA", 9: "G722", 10: "L16", 11: "L16",
	12: "QCELP", 13: "CN", 14: "MPA", 15: "G728", 16: "DVI4", 17: "DVI4", 18: "G729",
	25: "CelB", 26: "JPEG", 28: "nv", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263",
}

// staticClocks are the clock rates of static types whose encoding has several.
var staticClocks = [35]uint32{5: 8000, 6: 16000, 10: 44100, 11: 44100, 16: 11025, 17: 22050}

// codecsByName is keyed by name as registered, by name in lower case and by
// family; it is filled once and only read.
var codecsByName = func() map[string]*Codec {
	m := make(map[string]*Codec)
	for i := range codecTable {
		c := &codecTable[i]
		for _, name := range []string{c.Name, strings.ToLower(c.Name), c.Family} {
			if _, taken := m[name]; !taken {
				m[name] = c
			}
		}
	}
	return m
}()
