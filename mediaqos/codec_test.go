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
		{"G722", "g722", 8000, ScaleWB, GroundingNone},
		{"Opus", "opus", 48000, ScaleFB, GroundingNone},
		{"OPUS", "opus", 48000, ScaleFB, GroundingNone},
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
		{"G.711 with concealment", Media{Codec: "PCMU", PLC: PLCOn}, figures, 86.195138, GroundingStandard},
		{"G.711 without", Media{Codec: "PCMU", PLC: PLCOff}, figures, 63.047478, GroundingStandard},
		{"G.711, nobody said", Media{Codec: "PCMU"}, figures, 86.195138, GroundingProvisional},
		{"G.729A", Media{Codec: "g729a"}, figures, 74.206208, GroundingStandard},
		{"G.729 on the wire", Media{Codec: "G729"}, figures, 74.206208, GroundingProvisional},
		{"G.729 main body without loss", Media{Codec: "g729-main"}, Figures{BurstRatio: 1}, 83.206208, GroundingStandard},
		{"G.729 main body with loss", Media{Codec: "g729-main"}, figures, 0, GroundingNone},
		{"G.722", Media{Codec: "G722"}, figures, 0, GroundingNone},
		{"opus", Media{Codec: "opus"}, figures, 0, GroundingNone},
		{"AMR", Media{Codec: "AMR"}, figures, 0, GroundingNone},
		{"unknown", Media{}, figures, 0, GroundingNone},
		{"impossible loss", Media{Codec: "PCMU"}, Figures{LossRatio: 1.1, BurstRatio: 1}, 0, GroundingNone},
		{"no burst ratio", Media{Codec: "PCMU"}, Figures{LossRatio: .1}, 0, GroundingNone},
		{"negative delay", Media{Codec: "PCMU"}, Figures{BurstRatio: 1, DelayMillis: Some(-1.)}, 0, GroundingNone},
	} {
		got := defaultScorer.Score(c.media, c.figures)
		if got.OK != (c.grounding != GroundingNone) || got.OK && (!near(got.V.R, c.r) || got.V.Grounding != c.grounding || got.V.Scale != ScaleNB) {
			t.Errorf("%s: %+v, want R %v %v", c.name, got, c.r, c.grounding)
		}
	}
}
