package mediaqos

import (
	"strings"
	"testing"
)

func TestLookupCodec(t *testing.T) {
	for _, c := range []struct {
		name, family string
		clock        uint32
		scale        Scale
		grounding    Grounding
	}{
		{"PCMU", "g711", 8000, ScaleNB, GroundingStandard},
		{"pcma", "g711", 8000, ScaleNB, GroundingStandard},
		{"g711", "g711", 8000, ScaleNB, GroundingStandard},
		{"G711", "g711", 8000, ScaleNB, GroundingStandard},
		{"G729", "g729", 8000, ScaleNB, GroundingProvisional},
		{"g729a", "g729a", 8000, ScaleNB, GroundingStandard},
		{"G722", "g722", 8000, ScaleWB, GroundingProvisional},
		{"Opus", "opus", 48000, ScaleFB, GroundingProvisional},
		{"OPUS", "opus", 48000, ScaleFB, GroundingProvisional},
		{"iLBC", "ilbc", 8000, ScaleNB, GroundingNone},
		{"SILK", "silk", 0, ScaleUnknown, GroundingNone},
	} {
		got, ok := LookupCodec(c.name)
		if !ok || got.Family != c.family || got.ClockHz != c.clock || got.Scale != c.scale || got.Grounding != c.grounding {
			t.Errorf("%s: %+v %v, want %+v", c.name, got, ok, c)
		}
	}
	for _, name := range []string{"", "x-unheard-of", "g711 "} {
		if got, ok := LookupCodec(name); ok {
			t.Errorf("%q is %+v", name, got)
		}
	}
}

func TestCodecOfPayloadType(t *testing.T) {
	for pt, want := range map[uint8]Media{
		0:  {Codec: "g711", ClockHz: 8000, Source: MediaStaticPayloadType},
		8:  {Codec: "g711", ClockHz: 8000, Source: MediaStaticPayloadType},
		9:  {Codec: "g722", ClockHz: 8000, Source: MediaStaticPayloadType},
		18: {Codec: "g729", ClockHz: 8000, Source: MediaStaticPayloadType},
		6:  {Codec: "dvi4", ClockHz: 16000, Source: MediaStaticPayloadType},
		11: {Codec: "l16", ClockHz: 44100, Source: MediaStaticPayloadType},
		34: {Codec: "h263", ClockHz: 90000, Source: MediaStaticPayloadType},
	} {
		if got, ok := MediaOfPayloadType(pt); !ok || got != want {
			t.Errorf("payload type %d: %+v %v, want %+v", pt, got, ok, want)
		}
	}
	for _, pt := range []uint8{1, 2, 19, 24, 35, 72, 96, 111, 127, 255} {
		if got, ok := MediaOfPayloadType(pt); ok {
			t.Errorf("payload type %d: %+v, want none", pt, got)
		}
	}
	for pt, name := range staticPayloadTypes {
		if _, ok := LookupCodec(name); name != "" && !ok {
			t.Errorf("payload type %d names %q, which is not in the table", pt, name)
		}
	}
}

// TestCodecTableIsGrounded holds every row to the rule that a value has a
// source and that nothing is half known.
func TestCodecTableIsGrounded(t *testing.T) {
	for _, c := range Codecs() {
		valued := c.Ie.OK || c.BplPLC.OK || c.BplNoPLC.OK
		switch {
		case c.Source == "" || c.Family != strings.ToLower(c.Family) || c.Name == "":
			t.Errorf("%s: incomplete row %+v", c.Name, c)
		case valued != (c.Grounding != GroundingNone):
			t.Errorf("%s: values without a grounding, or the other way round", c.Name)
		case valued && (!c.Ie.OK || c.Scale == ScaleUnknown || c.ClockHz == 0):
			t.Errorf("%s: robustness without Ie, scale or clock", c.Name)
		}
	}
}

func TestScoreNeverGuesses(t *testing.T) {
	figures := Figures{LossRatio: .02, BurstRatio: 1}
	for _, c := range []struct {
		name      string
		media     Media
		figures   Figures
		r         float64
		grounding Grounding
	}{
		{"AMR-WB 12.65, both ears", Media{Codec: "amr-wb-12.65-diotic"}, figures, 129 - 43.809524, GroundingProvisional},
		{"EVS 24.4", Media{Codec: "EVS-SWB-24.4"}, figures, 122.173134, GroundingStandard},
		{"AMR-WB 12.65, one ear, without loss", Media{Codec: "amr-wb-12.65"}, Figures{BurstRatio: 1}, 0, GroundingNone},
		{"AMR-WB, mode unknown", Media{Codec: "AMR-WB"}, figures, 0, GroundingNone},
		{"opus", Media{Codec: "opus"}, figures, 148 - 20.21 - (132-20.21)*2/(2+11.28), GroundingProvisional},
		{"SILK", Media{Codec: "SILK"}, figures, 0, GroundingNone},
		{"G.711 with concealment", Media{Codec: "PCMU", PLC: PLCOn}, figures, 86.195138, GroundingStandard},
		{"G.711 without", Media{Codec: "PCMU", PLC: PLCOff}, figures, 63.047478, GroundingStandard},
		{"G.711, nobody said", Media{Codec: "PCMU"}, figures, 86.195138, GroundingProvisional},
		{"G.729A", Media{Codec: "g729a"}, figures, 74.206208, GroundingStandard},
		{"G.729 on the wire", Media{Codec: "G729"}, figures, 74.206208, GroundingProvisional},
		{"G.729 main body without loss", Media{Codec: "g729-main"}, Figures{BurstRatio: 1}, 0, GroundingNone},
		{"G.729 main body with loss", Media{Codec: "g729-main"}, figures, 0, GroundingNone},
		{"G.722", Media{Codec: "G722"}, figures, 0, GroundingNone},
		{"AMR", Media{Codec: "AMR"}, figures, 0, GroundingNone},
		{"unknown", Media{}, figures, 0, GroundingNone},
		{"impossible loss", Media{Codec: "PCMU"}, Figures{LossRatio: 1.1, BurstRatio: 1}, 0, GroundingNone},
		{"no burst ratio", Media{Codec: "PCMU"}, Figures{LossRatio: .1}, 0, GroundingNone},
		{"negative delay", Media{Codec: "PCMU"}, Figures{BurstRatio: 1, DelayMillis: Some(-1.)}, 0, GroundingNone},
	} {
		got := defaultScorer.Score(c.media, c.figures)
		if got.OK != (c.grounding != GroundingNone) || got.OK && (!near(got.V.R, c.r) || got.V.Grounding != c.grounding || got.V.Scale != mustCodec(c.media.Codec).Scale) {
			t.Errorf("%s: %+v, want R %v %v", c.name, got, c.r, c.grounding)
		}
	}
}

func mustCodec(name string) *Codec {
	c, _ := LookupCodec(name)
	return c
}

func TestCodecOfFormat(t *testing.T) {
	for _, c := range []struct{ name, parameters, family string }{
		{"AMR-WB", "octet-align=1; mode-set=2", "amr-wb-12.65-diotic"},
		{"amr-wb", "Mode-Set=0", "amr-wb-6.6"},
		{"AMR-WB", "mode-set=8;octet-align=1", "amr-wb-23.85-diotic"},
		{"AMR-WB", "mode-set=0,1,2", "amr-wb"},
		{"AMR-WB", "mode-set=9", "amr-wb"},
		{"AMR-WB", "", "amr-wb"},
		{"EVS", "br=24.4; bw=swb", "evs-swb-24.4"},
		{"EVS", "br=9.6-24.4; bw=swb", "evs"},
		{"EVS", "br=24.4; bw=nb-swb", "evs"},
		{"opus", "maxaveragebitrate=16000", "opus"},
		{"PCMA", "", "g711"},
	} {
		if got, ok := CodecOfFormat(c.name, c.parameters); !ok || got.Family != c.family {
			t.Errorf("%s %q: %v, want %s", c.name, c.parameters, got, c.family)
		}
	}
	if _, ok := CodecOfFormat("x-unheard-of", "mode-set=1"); ok {
		t.Error("found a codec that is not there")
	}
}

// TestCodecTable holds every row to what its scale allows.
func TestCodecTable(t *testing.T) {
	for _, c := range Codecs() {
		m := modelOf(c.Scale)
		switch {
		case c.Ie.OK != (c.Grounding != GroundingNone) || c.Source == "":
			t.Errorf("%s: Ie %v, %v, source %q", c.Name, c.Ie, c.Grounding, c.Source)
		case c.Ie.OK && (m == nil || !(c.Ie.V >= 0 && c.Ie.V < m.ceiling)):
			t.Errorf("%s: Ie %v on scale %v", c.Name, c.Ie.V, c.Scale)
		case c.BplPLC.OK && !c.Ie.OK:
			t.Errorf("%s has a robustness and no impairment", c.Name)
		}
	}
}
