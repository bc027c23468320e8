package mediaqos

import "strings"

// Sources of the values in the table.
const (
	sourceG113    = "ITU-T G.113 (2007) Appendix I"
	sourceG729RTP = sourceG113 + ", row G.729A + VAD; the RTP name does not tell G.729 from G.729A, nor whether VAD is on"
	sourceG113Old = sourceG113 + ", value not re-read in the recommendation"
	sourceNoBpl   = sourceG113 + "; no packet-loss robustness published"
	sourceNone    = "no narrowband values in ITU-T G.113"
	sourceWB      = "rated on the wideband scale (ITU-T G.107.1), which this version does not compute"
	sourceFB      = "rated on the fullband scale (ITU-T G.107.2), which this version does not compute"
	sourceOpus    = "no values published by ITU-T"
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
	{Name: "SILK", Family: "silk", Source: sourceOpus},
	{Name: "opus", Family: "opus", ClockHz: 48000, Scale: ScaleFB, Source: sourceOpus},
	{Name: "G722", Family: "g722", ClockHz: 8000, Scale: ScaleWB, Source: sourceWB},
	{Name: "G7221", Family: "g722.1", Scale: ScaleWB, Source: sourceWB},
	{Name: "AMR-WB", Family: "amr-wb", ClockHz: 16000, Scale: ScaleWB, Source: sourceWB},
	{Name: "EVS", Family: "evs", ClockHz: 16000, Scale: ScaleFB, Source: sourceFB},

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
