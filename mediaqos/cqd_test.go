package mediaqos

import (
	"slices"
	"testing"
)

// TestCQDBounds goes to and over each bound, and tells which text says what.
func TestCQDBounds(t *testing.T) {
	long := Some(int64(CQDPacketFloor + 1))
	audio := CQDStream{Kind: CQDAudio, Packets: long}
	with := func(change func(*CQDStream)) CQDStream {
		s := audio
		change(&s)
		return s
	}
	video := func(kind CQDMedia, loss, rate, fec Opt[float64]) CQDStream {
		return CQDStream{Kind: kind, FrameLossPercent: loss, FramesPerSecond: rate, PostFECLossRatio: fec}
	}
	none := Opt[float64]{}
	good := CQDVerdict{Class: CQDGood}
	poor := func(r CQDReasons) CQDVerdict { return CQDVerdict{CQDPoor, r} }
	for name, c := range map[string]struct {
		stream      CQDStream
		cqd, legacy CQDVerdict
	}{
		"nothing known":              {CQDStream{}, unclassified(CQDReasonMediaKind), unclassified(CQDReasonMediaKind)},
		"no figures":                 {audio, unclassified(CQDReasonNoFigures), unclassified(CQDReasonNoFigures)},
		"rtt at the bound":           {with(func(s *CQDStream) { s.RTTMillis = Some(500.0) }), good, good},
		"rtt above":                  {with(func(s *CQDStream) { s.RTTMillis = Some(500.001) }), poor(CQDReasonRTT), poor(CQDReasonRTT)},
		"loss at the bound":          {with(func(s *CQDStream) { s.LossRatio = Some(0.1) }), good, good},
		"loss above":                 {with(func(s *CQDStream) { s.LossRatio = Some(0.1000001) }), poor(CQDReasonLoss), poor(CQDReasonLoss)},
		"jitter at the bound":        {with(func(s *CQDStream) { s.JitterMillis = Some(30.0) }), good, good},
		"jitter above":               {with(func(s *CQDStream) { s.JitterMillis = Some(31.0) }), poor(CQDReasonJitter), poor(CQDReasonJitter)},
		"zero is known":              {with(func(s *CQDStream) { s.LossRatio = Some(0.0) }), good, good},
		"all three":                  {with(func(s *CQDStream) { s.RTTMillis, s.LossRatio, s.JitterMillis = Some(900.0), Some(0.5), Some(99.0) }), poor(CQDReasonRTT | CQDReasonLoss | CQDReasonJitter), poor(CQDReasonRTT | CQDReasonLoss | CQDReasonJitter)},
		"degradation alone":          {with(func(s *CQDStream) { s.DegradationMOS = Some(1.01) }), unclassified(CQDReasonNoFigures), poor(CQDReasonDegradation)},
		"degradation at the bound":   {with(func(s *CQDStream) { s.DegradationMOS = Some(1.0) }), unclassified(CQDReasonNoFigures), good},
		"concealed":                  {with(func(s *CQDStream) { s.ConcealedRatio, s.RTTMillis = Some(0.071), Some(1.0) }), good, poor(CQDReasonConcealed)},
		"concealed at the bound":     {with(func(s *CQDStream) { s.ConcealedRatio = Some(0.07) }), unclassified(CQDReasonNoFigures), good},
		"at the floor":               {with(func(s *CQDStream) { s.Packets, s.JitterMillis = Some(int64(500)), Some(99.0) }), unclassified(CQDReasonFewPackets), poor(CQDReasonJitter)},
		"no packet count":            {with(func(s *CQDStream) { s.Packets, s.JitterMillis = Opt[int64]{}, Some(99.0) }), unclassified(CQDReasonNoPacketCount), poor(CQDReasonJitter)},
		"data":                       {CQDStream{Kind: "data", Packets: long, RTTMillis: Some(900.0)}, unclassified(CQDReasonMediaKind), unclassified(CQDReasonMediaKind)},
		"video, no figures":          {video(CQDVideo, none, none, none), unclassified(CQDReasonNoFigures), unclassified(CQDReasonNoFigures)},
		"video, frame loss first":    {video(CQDVideo, Some(50.0), Some(1.0), Some(1.0)), good, good},
		"video, frame loss":          {video(CQDVideo, Some(50.1), Some(30.0), none), poor(CQDReasonFrameLoss), poor(CQDReasonFrameLoss)},
		"video, frame rate":          {video(CQDVideo, none, Some(6.9), none), poor(CQDReasonFrameRate), poor(CQDReasonFrameRate)},
		"video, frame rate at bound": {video(CQDVideo, none, Some(7.0), Some(1.0)), good, good},
		"screen, frame rate":         {video(CQDScreen, none, Some(1.9), none), poor(CQDReasonFrameRate), poor(CQDReasonFrameRate)},
		"screen, frame rate of two":  {video(CQDScreen, none, Some(2.0), none), good, good},
		"video, loss after repair":   {video(CQDVideo, none, none, Some(0.151)), poor(CQDReasonPostFECLoss), poor(CQDReasonPostFECLoss)},
		"video, repaired":            {video(CQDVideo, none, none, Some(0.15)), good, good},
	} {
		if got := CQD(&c.stream); got != c.cqd {
			t.Errorf("%s: cqd is %v (%v), want %v (%v)", name, got.Class, got.Reasons, c.cqd.Class, c.cqd.Reasons)
		}
		if got := CQDLegacy(&c.stream); got != c.legacy {
			t.Errorf("%s: cqd_legacy is %v (%v), want %v (%v)", name, got.Class, got.Reasons, c.legacy.Class, c.legacy.Reasons)
		}
	}
}

func TestCQDWords(t *testing.T) {
	if got := (CQDReasonJitter | CQDReasonRTT | CQDReasonNoFigures).Names(); !slices.Equal(got, []string{"rtt", "jitter", "no_figures"}) {
		t.Errorf("got %v", got)
	}
	if got := CQDPoor.String() + CQDGood.String() + CQDUnclassified.String() + CQDReasons(0).String(); got != "poorgoodunclassified" {
		t.Errorf("got %q", got)
	}
}
