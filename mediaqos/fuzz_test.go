package mediaqos

import (
	"encoding/binary"
	"math"
	"reflect"
	"testing"
	"time"
)

// tape turns fuzzed bytes into choices; beyond its end everything is zero.
type tape struct{ b []byte }

func (t *tape) byte() byte {
	if len(t.b) == 0 {
		return 0
	}
	v := t.b[0]
	t.b = t.b[1:]
	return v
}

func (t *tape) uint32() uint32 {
	var b [4]byte
	t.b = t.b[copy(b[:], t.b):]
	return binary.BigEndian.Uint32(b[:])
}

// wire is mostly small steps from what was said before, sometimes anything.
func (t *tape) wire(last *Wire) Wire {
	w := *last
	w.ReporterSSRC, w.SourceSSRC = uint32(t.byte()&1), uint32(t.byte()&1)
	switch t.byte() & 7 {
	case 0:
		w.ExtendedSeq, w.CumulativeLost = t.uint32(), int32(t.uint32())
	case 1:
		w.JitterTicks, w.LSR, w.DLSR = t.uint32(), t.uint32(), t.uint32()
	case 2:
		w.HasSR, w.SRNTP, w.PacketType = true, uint64(t.uint32())<<32|uint64(t.uint32()), t.byte()
	case 3:
		w.LSR, w.DLSR = ntpMiddle(w.SRNTP), uint32(t.byte())
	default:
		w.ExtendedSeq += uint32(t.byte())
		w.CumulativeLost += int32(int8(t.byte()))
	}
	*last = w
	return w
}

// FuzzStreams does anything in any order. Nothing may panic, no figure may be
// other than a finite number in its range, and memory stays within its limit.
func FuzzStreams(f *testing.F) {
	f.Add([]byte{0, 0, 1, 4, 50, 0, 0, 0, 1, 4, 50, 1, 1, 0, 0})
	f.Add([]byte("\x00\x05\x00\x01\x02\xff\xff\xff\xff\x00\x00\x00\x00\xc8\x02\x03\x00\x01\x03\x09"))
	f.Fuzz(fuzzBody)
}

// fuzzBody plays one tape.
func fuzzBody(t *testing.T, data []byte) {
	if len(data) > 500 {
		return // long tapes say nothing more and take their time
	}
	in := tape{data}
	streams, err := NewStreams(StreamsOptions{MaxStreams: 9, Media: Media{ClockHz: uint32(in.byte()) * 400, Codec: "PCMU"}})
	if err != nil {
		t.Fatal(err)
	}
	legs, err := NewLegs(LegsOptions{MaxPairs: 5})
	if err != nil {
		t.Fatal(err)
	}
	var (
		last   Wire
		out    []Emission
		amends []Amendment
		facts  Facts
		now    = worldStart
	)
	for len(in.b) > 0 {
		op := in.byte()
		now = now.Add(time.Duration(int8(in.byte())) * 250 * time.Millisecond)
		tap := Tap{Src: worldAddr(op >> 5), Dst: worldAddr(op >> 6)}
		out, amends = out[:0], amends[:0]
		switch op & 15 {
		case 0:
			out = streams.End(Bye{Tenant: oracleTenant, SSRC: uint32(in.byte() & 1), At: now, Tap: tap}, out)
		case 1:
			out = streams.SetMedia(oracleTenant, 0, 1, tap, Media{Codec: "opus", ClockHz: in.uint32(), Source: MediaSource(in.byte()), PLC: PLC(in.byte()), PtimeMillis: float32(in.byte())}, out)
		case 2:
			streams.Expire(now, time.Duration(in.byte())*time.Second)
			legs.Expire(now, time.Duration(in.byte())*time.Second)
		case 3:
			out = streams.Seed(facts.Rows(), out)
		case 5:
			out = streams.Evidence(&BurstEvidence{
				Tenant: oracleTenant, ReporterSSRC: uint32(in.byte() & 1), SourceSSRC: uint32(in.byte() & 1), At: now, Tap: tap,
				Covers: time.Duration(int8(in.byte())) * time.Second,
				Shape:  BurstShape{bits: uint64(in.uint32())<<32 | uint64(in.uint32()), bursts: uint16(in.byte()), kind: shapeCounts},
			}, out)
		case 6:
			amends = legs.AddReferenceTime(Sighting{Tenant: oracleTenant, At: now, Tap: tap}, ReferenceTime{uint32(in.byte() & 1), uint64(in.uint32()) << 16}, amends)
		case 7:
			amends = legs.AddDLRR(Sighting{Tenant: oracleTenant, At: now, Tap: tap, AtDestination: op&16 != 0}, &DLRR{ReporterSSRC: uint32(in.byte() & 1), ReceiverSSRC: uint32(in.byte() & 1), LRR: in.uint32(), DLRR: uint32(in.byte())}, amends)
		case 4:
			amends = legs.AddSR(Sighting{Tenant: oracleTenant, At: now, Tap: tap}, uint32(in.byte()&1), last.SRNTP, amends)
		default:
			w := in.wire(&last)
			var rtt RTT
			rtt, amends = legs.AddReport(Sighting{Tenant: oracleTenant, At: now, Tap: tap, AtDestination: op&16 != 0}, &w, amends)
			out, _ = streams.Add(&Observation{Tenant: oracleTenant, At: now, Tap: tap, Wire: w, RTT: rtt}, out)
		}
		for _, a := range amends {
			out = streams.AmendRTT(a, out)
		}
		for i := range out {
			checkDerived(t, &out[i].Derived)
		}
		facts.Apply(out...)
	}
	if n := streams.Stats().Streams; n > 9+2*MaxPerPair {
		t.Fatalf("%d streams", n)
	}
	for _, stream := range facts.Streams() {
		Summarize(nil, stream)
		if _, err := Recompute(DefaultParams(), stream); err != nil {
			t.Fatal(err)
		}
	}
}

// checkDerived holds one derived half to the ranges that it documents.
func checkDerived(t *testing.T, d *Derived) {
	t.Helper()
	walkFloats(t, reflect.ValueOf(*d))
	known := d.Baseline == BaselineNone
	switch {
	case d.Expected.OK != known, d.Lost.OK != known, d.LossRatio.OK != known, d.BurstRatio.OK != known, d.Score.OK && !known:
		t.Fatalf("half a set of figures: %+v", d)
	case known && (d.Expected.V < 1 || d.Expected.V > 1<<15 || d.Lost.V > d.Expected.V || d.Lost.V < -d.Expected.V),
		d.LossRatio.V < 0, d.LossRatio.V > 1:
		t.Fatalf("counts out of range: %+v", d)
	case d.RTTMillis.OK != (d.RTTMethod != RTTNone), d.RTTMillis.V < 0, d.RTTMillis.V > 10_000,
		d.DelayMillis.OK != d.RTTMillis.OK, d.DelayMillis.OK != (d.DelayBasis != 0):
		t.Fatalf("round trip: %+v", d)
	case d.Score.OK && (d.Score.V.MOS < MinMOS || d.Score.V.MOS > MaxMOS || d.Score.V.Grade != d.Score.V.Scale.GradeOf(d.Score.V.R)):
		t.Fatalf("score: %+v", d)
	}
}

// walkFloats finds what is no number.
func walkFloats(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			walkFloats(t, v.Field(i))
		}
	case reflect.Float64, reflect.Float32:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			t.Fatalf("a figure is %v", f)
		}
	}
}
