package mediaqos

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// TestEnumsRoundTrip writes and reads every stored word.
func TestEnumsRoundTrip(t *testing.T) {
	check := func(name string, words []string, of func(int) encoding.TextMarshaler, into func() encoding.TextUnmarshaler) {
		t.Helper()
		seen := map[string]bool{}
		for i, word := range words {
			if word == "" && i > 0 {
				continue // a combination that does not occur
			}
			text, err := of(i).MarshalText()
			if err != nil || string(text) != word || seen[word] {
				t.Errorf("%s %d is %q (%v), want %q, once", name, i, text, err, word)
			}
			seen[word] = true
			back := into()
			if err := back.UnmarshalText(text); err != nil || int(reflect.ValueOf(back).Elem().Uint()) != i {
				t.Errorf("%s %q reads as %v, %v", name, text, back, err)
			}
		}
		if text, _ := of(200).MarshalText(); string(text) != "invalid(200)" {
			t.Errorf("%s 200 is %q", name, text)
		}
		if err := into().UnmarshalText([]byte("nonsense")); !errors.Is(err, ErrName) {
			t.Errorf("%s reads nonsense: %v", name, err)
		}
	}
	check("baseline", baselineNames, func(i int) encoding.TextMarshaler { return Baseline(i) }, func() encoding.TextUnmarshaler { return new(Baseline) })
	check("burst source", burstSourceNames, func(i int) encoding.TextMarshaler { return BurstSource(i) }, func() encoding.TextUnmarshaler { return new(BurstSource) })
	check("delay basis", delayBasisTexts[:], func(i int) encoding.TextMarshaler { return DelayBasis(i) }, func() encoding.TextUnmarshaler { return new(DelayBasis) })
	check("grade", gradeNames, func(i int) encoding.TextMarshaler { return Grade(i) }, func() encoding.TextUnmarshaler { return new(Grade) })
	check("grounding", groundingNames, func(i int) encoding.TextMarshaler { return Grounding(i) }, func() encoding.TextUnmarshaler { return new(Grounding) })
	check("media source", mediaSourceNames, func(i int) encoding.TextMarshaler { return MediaSource(i) }, func() encoding.TextUnmarshaler { return new(MediaSource) })
	check("plc", plcNames, func(i int) encoding.TextMarshaler { return PLC(i) }, func() encoding.TextUnmarshaler { return new(PLC) })
	check("rtt method", rttMethodNames, func(i int) encoding.TextMarshaler { return RTTMethod(i) }, func() encoding.TextUnmarshaler { return new(RTTMethod) })
	check("scale", scaleNames, func(i int) encoding.TextMarshaler { return Scale(i) }, func() encoding.TextUnmarshaler { return new(Scale) })
	if int(outcomeCount) != len(outcomeNames) {
		t.Errorf("%d outcomes, %d names", outcomeCount, len(outcomeNames))
	}
}

func TestOptIsNeverZeroForUnknown(t *testing.T) {
	type row struct {
		Loss Opt[float64]
		Lost Opt[int32]
	}
	text, err := json.Marshal(row{Lost: Some(int32(0))})
	if err != nil || string(text) != `{"Loss":null,"Lost":0}` {
		t.Errorf("%s, %v", text, err)
	}
	back := row{Loss: Some(1.)}
	if err := json.Unmarshal(text, &back); err != nil || back.Loss.OK || back.Lost != Some(int32(0)) {
		t.Errorf("%+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"Loss":"much"}`), &back); err == nil || back.Loss.OK {
		t.Errorf("%+v, %v", back, err)
	}
	if back.Loss.Or(7) != 7 || back.Lost.Or(7) != 0 {
		t.Error("Or")
	}
	if _, ok := back.Loss.Get(); ok {
		t.Error("Get")
	}
}

// TestDelayBasis holds what is assumed to what is said to be assumed.
func TestDelayBasis(t *testing.T) {
	some := Some[float64]
	for _, c := range []struct {
		media     Media
		lookahead Opt[float64]
		jitter    Opt[float64]
		want      float64
		text      string
	}{
		{worldMedia, some(0), some(5), 40 + 10 + 20, "rtt/2+2*jitter+ptime+lookahead"},
		{Media{Codec: "g729a", Source: MediaConfig, ClockHz: 8000, PtimeMillis: 30}, some(5), some(5), 40 + 10 + 30 + 5, "rtt/2+2*jitter+ptime+lookahead"},
		{Media{Source: MediaAssumed, ClockHz: 8000}, Opt[float64]{}, some(5), 40 + 10 + 20, "rtt/2+2*jitter(clock assumed)+ptime(20 assumed)"},
		{Media{}, Opt[float64]{}, Opt[float64]{}, 40 + 20, "rtt/2+ptime(20 assumed)"},
	} {
		got, basis := oneWayDelay(&c.media, c.lookahead, some(80), c.jitter)
		if got != some(c.want) || basis.String() != c.text {
			t.Errorf("%+v: %v by %q, want %v by %q", c.media, got, basis, c.want, c.text)
		}
	}
	if got, basis := oneWayDelay(&worldMedia, some(0), Opt[float64]{}, some(5)); got.OK || basis.String() != "" {
		t.Errorf("without a round trip: %v by %q", got, basis)
	}
}

// TestStatsAdd sums every counter: each has a value of its own.
func TestStatsAdd(t *testing.T) {
	fill := func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.Int:
				f.SetInt(int64(i + 1))
			default:
				f.SetUint(uint64(i + 1))
			}
		}
	}
	var streams StreamsStats
	var legs LegsStats
	fill(reflect.ValueOf(&streams).Elem())
	fill(reflect.ValueOf(&legs).Elem())
	twiceStreams, twiceLegs := streams, legs
	twiceStreams.Add(streams)
	twiceLegs.Add(legs)
	for _, sum := range []reflect.Value{reflect.ValueOf(twiceStreams), reflect.ValueOf(twiceLegs)} {
		for i := range sum.NumField() {
			f := sum.Field(i)
			if f.CanInt() && f.Int() != int64(2*i+2) || f.CanUint() && f.Uint() != uint64(2*i+2) {
				t.Errorf("%s.%s is not summed", sum.Type(), sum.Type().Field(i).Name)
			}
		}
	}
}
