package mediaqos

import (
	"encoding"
	"errors"
	"testing"
)

func TestVoIPMarks(t *testing.T) {
	for _, c := range []struct {
		name string
		got  Opt[float64]
		want Opt[float64]
	}{
		{"share", VoIPRatio(64), Some(.25)},
		{"no share", VoIPRatio(0), Some(0.)},
		{"share of 127 is no mark", VoIPRatio(127), Some(127. / 256)},
		{"duration", VoIPMillis(65535), Some(65535.)},
		{"delay", VoIPDelay(127), Some(127.)},
		{"delay not known yet", VoIPDelay(0), none},
		{"level", VoIPLevel(0xec), Some(-20.)},
		{"lowest level", VoIPLevel(0x80), Some(-128.)},
		{"level unavailable", VoIPLevel(127), none},
		{"echo", VoIPEcho(55), Some(55.)},
		{"echo unavailable", VoIPEcho(127), none},
		{"R", VoIPRFactor(0), Some(0.)},
		{"highest R", VoIPRFactor(100), Some(100.)},
		{"R above the scale", VoIPRFactor(101), none},
		{"R unavailable", VoIPRFactor(127), none},
		{"MOS", VoIPMOS(41), Some(4.1)},
		{"lowest MOS", VoIPMOS(10), Some(1.)},
		{"MOS below the scale", VoIPMOS(9), none},
		{"MOS above the scale", VoIPMOS(51), none},
		{"MOS unavailable", VoIPMOS(127), none},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
	if VoIPGmin(16) != Some[uint8](16) || VoIPGmin(0).OK {
		t.Error("Gmin")
	}
}

func TestVoIPReceiverConfig(t *testing.T) {
	for wire, want := range map[uint8]VoIPMetrics{
		0b00_00_0000: {},
		0b11_11_1111: {Concealment: ConcealmentStandard, JitterBuffer: JitterBuffer{Kind: JitterBufferAdaptive, Rate: Some[uint8](15)}},
		0b10_10_0001: {Concealment: ConcealmentEnhanced, JitterBuffer: JitterBuffer{Kind: JitterBufferFixed, Rate: Some[uint8](1)}},
		0b01_01_0000: {Concealment: ConcealmentDisabled, JitterBuffer: JitterBuffer{Kind: JitterBufferReserved}},
	} {
		got := VoIPMetrics{JitterBuffer: JitterBuffer{Rate: Some[uint8](3)}}
		got.SetReceiverConfig(wire)
		if got != want {
			t.Errorf("%08b: %+v, want %+v", wire, got, want)
		}
	}
	for c, want := range map[Concealment]PLC{ConcealmentUnknown: PLCUnknown, ConcealmentDisabled: PLCOff, ConcealmentEnhanced: PLCOn, ConcealmentStandard: PLCOn} {
		if c.PLC() != want {
			t.Errorf("%v: PLC %v, want %v", c, c.PLC(), want)
		}
	}
}

func TestXRWords(t *testing.T) {
	for _, c := range []struct {
		value interface {
			encoding.TextMarshaler
			String() string
		}
		into encoding.TextUnmarshaler
		word string
	}{
		{ConcealmentEnhanced, new(Concealment), "enhanced"},
		{JitterBufferAdaptive, new(JitterBufferKind), "adaptive"},
		{IntervalCumulative, new(IntervalFlag), "cumulative"},
	} {
		text, err := c.value.MarshalText()
		if err != nil || string(text) != c.word || c.value.String() != c.word || c.into.UnmarshalText(text) != nil {
			t.Errorf("%v: %q %v", c.value, text, err)
		}
		if err := c.into.UnmarshalText([]byte("?")); !errors.Is(err, ErrName) {
			t.Errorf("%v: %v", c.value, err)
		}
	}
	if FateDiscarded.String() != "discarded" {
		t.Error(FateDiscarded)
	}
}

func TestBurstBlockFigures(t *testing.T) {
	b := BurstGapLoss{BurstSumMillis: Some[uint32](360), Bursts: Some[uint16](3), BurstLost: Some[uint32](4), BurstExpected: Some[uint32](16)}
	if b.Density() != Some(.25) || b.MeanMillis() != Some(120.) {
		t.Errorf("%+v %+v", b.Density(), b.MeanMillis())
	}
	// No bursts have no mean, and a part is not larger than the whole.
	b = BurstGapLoss{BurstSumMillis: Some[uint32](0), Bursts: Some[uint16](0), BurstLost: Some[uint32](4), BurstExpected: Some[uint32](3)}
	if b.Density().OK || b.MeanMillis().OK {
		t.Errorf("%+v %+v", b.Density(), b.MeanMillis())
	}
	if d := (&BurstGapDiscard{BurstDiscarded: Some[uint32](1), BurstExpected: Some[uint32](4)}).Density(); d != Some(.25) {
		t.Errorf("%+v", d)
	}
	if d := (&BurstGapDiscard{BurstExpected: Some[uint32](4)}).Density(); d.OK {
		t.Errorf("%+v", d)
	}
}
