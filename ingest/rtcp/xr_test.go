package rtcp

import (
	"reflect"
	"testing"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// said is what extended reports said, without the decoder's own buffers.
func said(x *XR) XR {
	return XR{
		LossRLEs: nilEmpty(x.LossRLEs), DuplicateRLEs: nilEmpty(x.DuplicateRLEs),
		ReferenceTimes: nilEmpty(x.ReferenceTimes), DLRRs: nilEmpty(x.DLRRs), Summaries: nilEmpty(x.Summaries),
		VoIP: nilEmpty(x.VoIP), BurstLosses: nilEmpty(x.BurstLosses), BurstDiscards: nilEmpty(x.BurstDiscards),
	}
}

// stamped is the echoes with the reporter's own reference time.
func stamped(echoes ...mediaqos.DLRR) []mediaqos.DLRR {
	var out []mediaqos.DLRR
	for _, e := range echoes {
		e.ReporterNTP = mediaqos.Some(xrReference.NTP)
		out = append(out, e)
	}
	return out
}

func TestDecodeXR(t *testing.T) {
	unflagged := mediaqos.StatSummary{ReporterSSRC: sender, SourceSSRC: 7, BeginSeq: xrSummary.BeginSeq, EndSeq: xrSummary.EndSeq}
	ttl := unflagged
	ttl.TTLMin, ttl.TTLMax, ttl.TTLMean, ttl.TTLDeviation = xrSummary.TTLMin, xrSummary.TTLMax, xrSummary.TTLMean, xrSummary.TTLDeviation
	silent := mediaqos.BurstGapLoss{ReporterSSRC: sender, SourceSSRC: 7}
	tests := []struct {
		name string
		in   []byte
		want XR
	}{
		{"no blocks", extended(), XR{}},
		{"loss RLE", extended(xrLossBytes), XR{LossRLEs: []mediaqos.RLE{xrLoss}}},
		{"duplicate RLE", extended(xrDuplicateBytes), XR{DuplicateRLEs: []mediaqos.RLE{xrDuplicate}}},
		{"two encodings share a buffer", extended(xrLossBytes, xrDuplicateBytes, xrLossBytes), XR{LossRLEs: []mediaqos.RLE{xrLoss, xrLoss}, DuplicateRLEs: []mediaqos.RLE{xrDuplicate}}},
		{"reference time", extended(xrReferenceBytes), XR{ReferenceTimes: []mediaqos.ReferenceTime{xrReference}}},
		{"echoes", extended(xrEchoesByte), XR{DLRRs: xrEchoes}},
		{"echoes before a reference time", extended(xrEchoesByte, xrReferenceBytes), XR{ReferenceTimes: []mediaqos.ReferenceTime{xrReference}, DLRRs: stamped(xrEchoes...)}},
		{
			"echoes of another packet",
			chain(extended(xrEchoesByte), extended(xrReferenceBytes, xrEchoesByte)),
			XR{ReferenceTimes: []mediaqos.ReferenceTime{xrReference}, DLRRs: append(append([]mediaqos.DLRR(nil), xrEchoes...), stamped(xrEchoes...)...)},
		},
		{"no echoes", extended([]byte{5, 0, 0, 0}), XR{}},
		{"summary", extended(xrSummaryBytes), XR{Summaries: []mediaqos.StatSummary{xrSummary}}},
		{"summary of nothing", extended(set(xrSummaryBytes, 1, 0)), XR{Summaries: []mediaqos.StatSummary{unflagged}}},
		{"summary of TTL alone", extended(set(xrSummaryBytes, 1, 0x08)), XR{Summaries: []mediaqos.StatSummary{ttl}}},
		{"summary of neither TTL nor hop limit", extended(set(xrSummaryBytes, 1, 0x18)), XR{Summaries: []mediaqos.StatSummary{unflagged}}},
		{"VoIP metrics", extended(xrVoIPBytes), XR{VoIP: []mediaqos.VoIPMetrics{xrVoIP}}},
		{"burst loss", extended(xrBurstLossBytes), XR{BurstLosses: []mediaqos.BurstGapLoss{xrBurstLoss}}},
		{
			"burst loss, all more than fits", extended(set(xrBurstLossBytes, 1, 0, 0, 5, 0, 0, 0, 7, 0,
				0xff, 0xff, 0xfe, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xfe, 0xff, 0xef, 0xff, 0xff, 0xff, 0xfe)),
			XR{BurstLosses: []mediaqos.BurstGapLoss{silent}},
		},
		{
			"burst loss, all unavailable", extended(set(xrBurstLossBytes, 1, 0, 0, 5, 0, 0, 0, 7, 0,
				0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
			XR{BurstLosses: []mediaqos.BurstGapLoss{silent}},
		},
		{"burst discard", extended(xrBurstDiscardBytes), XR{BurstDiscards: []mediaqos.BurstGapDiscard{xrBurstDiscard}}},
		{"unknown type", extended(xrOtherBytes), XR{}},
		{"all of them", extended(xrLossBytes, xrDuplicateBytes, xrReferenceBytes, xrEchoesByte, xrSummaryBytes, xrOtherBytes, xrVoIPBytes, xrBurstLossBytes, xrBurstDiscardBytes), XR{
			LossRLEs: []mediaqos.RLE{xrLoss}, DuplicateRLEs: []mediaqos.RLE{xrDuplicate}, ReferenceTimes: []mediaqos.ReferenceTime{xrReference},
			DLRRs: stamped(xrEchoes...), Summaries: []mediaqos.StatSummary{xrSummary}, VoIP: []mediaqos.VoIPMetrics{xrVoIP},
			BurstLosses: []mediaqos.BurstGapLoss{xrBurstLoss}, BurstDiscards: []mediaqos.BurstGapDiscard{xrBurstDiscard},
		}},
	}
	var d Datagram // one for all: nothing of a datagram may stay for the next
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := d.Decode(tt.in); err != nil {
				t.Fatal(err)
			}
			if got := said(&d.XR); !reflect.DeepEqual(got, tt.want) || len(d.Faults) > 0 {
				t.Errorf("got  %+v\nwant %+v\nfaults %v", got, tt.want, d.Faults)
			}
		})
	}
}

// TestXRFaults puts one malformed block between good ones.
func TestXRFaults(t *testing.T) {
	at := 8 + len(xrReferenceBytes)
	tests := []struct {
		name  string
		bad   []byte
		fault Fault
		text  string
	}{
		{
			"loss RLE without a range",
			[]byte{1, 0, 0, 1, 0, 0, 0, 7},
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 8, Have: 4},
			"rtcp: byte 20: XR: report block: want a body of 8 bytes, have 4",
		},
		{
			"loss RLE of too long a range",
			[]byte{1, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0xff, 0xff},
			Fault{Reason: ReasonXRRange, PacketType: 207, Offset: at, Want: 65533, Have: 65535},
			"rtcp: byte 20: XR: report block: want at most 65533 sequence numbers, have 65535",
		},
		{
			"loss RLE with too few chunks", xrLossBytes[:16:16],
			Fault{Reason: ReasonXRChunks, PacketType: 207, Offset: at, Want: 30, Have: 25},
			"rtcp: byte 20: XR: report block: want chunks of 30 bits for its range, have 25",
		},
		{
			"duplicate RLE with too many chunks", set(xrDuplicateBytes, 14, 0x80, 0x00),
			Fault{Reason: ReasonXRChunks, PacketType: 207, Offset: at, Want: 4, Have: 19},
			"rtcp: byte 20: XR: report block: want chunks of 4 bits for its range, have 19",
		},
		{
			"reference time cut",
			[]byte{4, 0, 0, 1, 1, 2, 3, 4},
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 8, Have: 4},
			"rtcp: byte 20: XR: report block: want a body of 8 bytes, have 4",
		},
		{
			"DLRR with a third of a sub-block too many", chain([]byte{5, 0, 0, 4}, make([]byte, 16)),
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 12, Have: 16},
			"rtcp: byte 20: XR: report block: want a body of 12 bytes, have 16",
		},
		{
			"summary without TTL", xrSummaryBytes[:36:36],
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 36, Have: 32},
			"rtcp: byte 20: XR: report block: want a body of 36 bytes, have 32",
		},
		{
			"VoIP metrics cut", xrVoIPBytes[:32:32],
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 32, Have: 28},
			"rtcp: byte 20: XR: report block: want a body of 32 bytes, have 28",
		},
		{
			"VoIP metrics too long", chain(xrVoIPBytes, make([]byte, 4)),
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 32, Have: 36},
			"rtcp: byte 20: XR: report block: want a body of 32 bytes, have 36",
		},
		{
			"burst loss empty",
			[]byte{20, 0, 0, 0},
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 20, Have: 0},
			"rtcp: byte 20: XR: report block: want a body of 20 bytes, have 0",
		},
		{
			"burst discard as long as burst loss", set(xrBurstLossBytes, 0, 21),
			Fault{Reason: ReasonXRSize, PacketType: 207, Offset: at, Want: 12, Have: 20},
			"rtcp: byte 20: XR: report block: want a body of 12 bytes, have 20",
		},
	}
	var d Datagram
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := set(tt.bad, 3, byte(len(tt.bad)/4-1))
			if err := d.Decode(chain(extended(xrReferenceBytes, bad, xrVoIPBytes), byeBytes)); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(d.Faults, []Fault{tt.fault}) || d.Faults[0].Error() != tt.text {
				t.Errorf("got  %+v %q\nwant %+v %q", d.Faults, d.Faults[0].Error(), tt.fault, tt.text)
			}
			want := XR{ReferenceTimes: []mediaqos.ReferenceTime{xrReference}, VoIP: []mediaqos.VoIPMetrics{xrVoIP}}
			if got := said(&d.XR); !reflect.DeepEqual(got, want) || len(d.XRBlocks) != 3 || !d.Packets[0].Malformed || len(d.Byes) != 2 {
				t.Errorf("neighbours: %+v", got)
			}
		})
	}
}

// TestXRCutBlock: a block that is longer than its report ends the report; what
// stood before it is kept, the echo's reference time too.
func TestXRCutBlock(t *testing.T) {
	var d Datagram
	if err := d.Decode(chain(extended(xrEchoesByte, xrReferenceBytes, set(xrVoIPBytes, 2, 1)), byeBytes)); err != nil {
		t.Fatal(err)
	}
	if len(d.Faults) != 1 || d.Faults[0].Reason != ReasonXRBlock || len(d.XRBlocks) != 2 || !reflect.DeepEqual(d.XR.DLRRs, stamped(xrEchoes...)) || len(d.Byes) != 2 {
		t.Errorf("%+v, faults %v", said(&d.XR), d.Faults)
	}
}

func TestXRStats(t *testing.T) {
	var d Datagram
	var s Stats
	s.Count(&d, d.Decode(extended(xrVoIPBytes, xrOtherBytes, xrVoIPBytes, xrReferenceBytes, set(xrVoIPBytes[:4], 3, 0))))
	if s.XRBlocks != 5 || s.OtherXRBlocks != 1 || s.VoIPMetrics != 2 || s.Faults[ReasonXRSize] != 1 || s.Malformed != 1 {
		t.Errorf("%+v", s)
	}
	twice := s
	twice.Add(&s)
	if twice.OtherXRBlocks != 2 || twice.VoIPMetrics != 4 {
		t.Errorf("sum %+v", twice)
	}
}
