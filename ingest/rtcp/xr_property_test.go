package rtcp

import (
	"reflect"
	"testing"

	pion "github.com/pion/rtcp"
	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// drawXRBlock makes a block with the library's structs, and adds to want what
// must come out of the bytes that the library writes for it.
func drawXRBlock(t *rapid.T, ssrc uint32, want *XR) pion.ReportBlock {
	byte8 := func(name string) uint8 { return rapid.Uint8().Draw(t, name) }
	word16 := func(name string) uint16 { return rapid.Uint16().Draw(t, name) }
	word32 := func(name string) uint32 { return rapid.Uint32().Draw(t, name) }
	switch rapid.IntRange(1, 7).Draw(t, "type") {
	case 1, 2:
		begin, bits := word16("begin"), rapid.IntRange(0, 200).Draw(t, "span")
		thinning := rapid.Uint8Max(3).Draw(t, "thinning")
		r := mediaqos.RLE{ReporterSSRC: ssrc, SourceSSRC: word32("source"), BeginSeq: begin, EndSeq: begin + uint16(bits), Thinning: thinning}
		chunks := drawChunks(t, r.Bits())
		for _, c := range chunks {
			r.Chunks = append(r.Chunks, mediaqos.RLEChunk(c))
		}
		if rapid.Bool().Draw(t, "loss") {
			want.LossRLEs = append(want.LossRLEs, r)
			return &pion.LossRLEReportBlock{T: thinning, SSRC: r.SourceSSRC, BeginSeq: r.BeginSeq, EndSeq: r.EndSeq, Chunks: chunks}
		}
		want.DuplicateRLEs = append(want.DuplicateRLEs, r)
		return &pion.DuplicateRLEReportBlock{T: thinning, SSRC: r.SourceSSRC, BeginSeq: r.BeginSeq, EndSeq: r.EndSeq, Chunks: chunks}
	case 3: // not looked into
		return &pion.PacketReceiptTimesReportBlock{SSRC: word32("source"), EndSeq: 1, ReceiptTime: []uint32{word32("time")}}
	case 4:
		ntp := rapid.Uint64().Draw(t, "ntp")
		want.ReferenceTimes = append(want.ReferenceTimes, mediaqos.ReferenceTime{ReporterSSRC: ssrc, NTP: ntp})
		return &pion.ReceiverReferenceTimeReportBlock{NTPTimestamp: ntp}
	case 5:
		b := &pion.DLRRReportBlock{}
		for range rapid.IntRange(0, 3).Draw(t, "echoes") {
			e := pion.DLRRReport{SSRC: word32("receiver"), LastRR: word32("lrr"), DLRR: word32("dlrr")}
			b.Reports = append(b.Reports, e)
			want.DLRRs = append(want.DLRRs, mediaqos.DLRR{ReporterSSRC: ssrc, ReceiverSSRC: e.SSRC, LRR: e.LastRR, DLRR: e.DLRR})
		}
		return b
	case 6:
		b := &pion.StatisticsSummaryReportBlock{
			LossReports: rapid.Bool().Draw(t, "L"), DuplicateReports: rapid.Bool().Draw(t, "D"), JitterReports: rapid.Bool().Draw(t, "J"),
			TTLorHopLimit: rapid.SampledFrom([]pion.TTLorHopLimitType{pion.ToHMissing, pion.ToHIPv4, pion.ToHIPv6}).Draw(t, "ToH"),
			SSRC:          word32("source"), BeginSeq: word16("begin"), EndSeq: word16("end"), LostPackets: word32("lost"), DupPackets: word32("dup"),
			MinJitter: word32("min"), MaxJitter: word32("max"), MeanJitter: word32("mean"), DevJitter: word32("dev"),
			MinTTLOrHL: byte8("least"), MaxTTLOrHL: byte8("most"), MeanTTLOrHL: byte8("mean ttl"), DevTTLOrHL: byte8("dev ttl"),
		}
		want.Summaries = append(want.Summaries, mediaqos.StatSummary{
			ReporterSSRC: ssrc, SourceSSRC: b.SSRC, BeginSeq: b.BeginSeq, EndSeq: b.EndSeq,
			Lost: when(b.LossReports, b.LostPackets), Duplicates: when(b.DuplicateReports, b.DupPackets),
			JitterMinTicks: when(b.JitterReports, b.MinJitter), JitterMaxTicks: when(b.JitterReports, b.MaxJitter),
			JitterMeanTicks: when(b.JitterReports, b.MeanJitter), JitterDeviationTicks: when(b.JitterReports, b.DevJitter),
			IsHopLimit: b.TTLorHopLimit == pion.ToHIPv6,
			TTLMin:     when(b.TTLorHopLimit != 0, b.MinTTLOrHL), TTLMax: when(b.TTLorHopLimit != 0, b.MaxTTLOrHL),
			TTLMean: when(b.TTLorHopLimit != 0, b.MeanTTLOrHL), TTLDeviation: when(b.TTLorHopLimit != 0, b.DevTTLOrHL),
		})
		return b
	}
	b := &pion.VoIPMetricsReportBlock{
		SSRC: word32("source"), LossRate: byte8("loss"), DiscardRate: byte8("discard"), BurstDensity: byte8("burst"), GapDensity: byte8("gap"),
		BurstDuration: word16("burst ms"), GapDuration: word16("gap ms"), RoundTripDelay: word16("rtd"), EndSystemDelay: word16("esd"),
		SignalLevel: byte8("signal"), NoiseLevel: byte8("noise"), RERL: byte8("rerl"), Gmin: byte8("gmin"),
		RFactor: byte8("r"), ExtRFactor: byte8("ext r"), MOSLQ: byte8("lq"), MOSCQ: byte8("cq"), RXConfig: byte8("rx"),
		JBNominal: word16("nominal"), JBMaximum: word16("maximum"), JBAbsMax: word16("absolute"),
	}
	want.VoIP = append(want.VoIP, voipOf(ssrc, b))
	return b
}

// voipOf is what a VoIP metrics block says, as the standard's text has it.
func voipOf(ssrc uint32, b *pion.VoIPMetricsReportBlock) mediaqos.VoIPMetrics {
	return mediaqos.VoIPMetrics{
		ReporterSSRC: mediaqos.Some(ssrc), SourceSSRC: mediaqos.Some(b.SSRC),
		LossRatio: some(float64(b.LossRate) / 256), DiscardRatio: some(float64(b.DiscardRate) / 256),
		BurstDensity: some(float64(b.BurstDensity) / 256), GapDensity: some(float64(b.GapDensity) / 256),
		BurstMillis: some(float64(b.BurstDuration)), GapMillis: some(float64(b.GapDuration)),
		RoundTripMillis: when(b.RoundTripDelay != 0, float64(b.RoundTripDelay)), EndSystemMillis: when(b.EndSystemDelay != 0, float64(b.EndSystemDelay)),
		SignalDBm0: when(b.SignalLevel != 127, float64(int8(b.SignalLevel))), NoiseDBm0: when(b.NoiseLevel != 127, float64(int8(b.NoiseLevel))),
		EchoReturnLossDB: when(b.RERL != 127, float64(b.RERL)), Gmin: when(b.Gmin != 0, b.Gmin),
		RFactor: when(b.RFactor <= 100, float64(b.RFactor)), ExternalRFactor: when(b.ExtRFactor <= 100, float64(b.ExtRFactor)),
		ListeningMOS:      when(b.MOSLQ >= 10 && b.MOSLQ <= 50, float64(b.MOSLQ)/10),
		ConversationalMOS: when(b.MOSCQ >= 10 && b.MOSCQ <= 50, float64(b.MOSCQ)/10),
		Concealment:       mediaqos.Concealment(b.RXConfig / 64),
		JitterBuffer: mediaqos.JitterBuffer{
			Kind: mediaqos.JitterBufferKind(b.RXConfig / 16 % 4), Rate: when(b.RXConfig%16 != 0, b.RXConfig%16),
			NominalMillis: some(float64(b.JBNominal)), MaximumMillis: some(float64(b.JBMaximum)), AbsoluteMaximumMillis: some(float64(b.JBAbsMax)),
		},
	}
}

func when[T any](known bool, v T) mediaqos.Opt[T] {
	if !known {
		return mediaqos.Opt[T]{}
	}
	return mediaqos.Some(v)
}

// drawChunks covers so many bits with an even number of chunks.
func drawChunks(t *rapid.T, bits int) []pion.Chunk {
	var chunks []pion.Chunk
	for bits > 0 {
		if rapid.Bool().Draw(t, "vector") {
			chunks = append(chunks, pion.Chunk(0x8000|rapid.Uint16Max(0x7fff).Draw(t, "bits")))
			bits -= 15
			continue
		}
		n := rapid.IntRange(1, bits).Draw(t, "run")
		chunks = append(chunks, pion.Chunk(n|rapid.SampledFrom([]int{0, 0x4000}).Draw(t, "of")))
		bits -= n
	}
	if len(chunks)%2 != 0 {
		chunks = append(chunks, 0)
	}
	return chunks
}

// TestXRAgreesWithIndependentEncoder: what another library wrote comes back
// whole, whatever else is in the report.
func TestXRAgreesWithIndependentEncoder(t *testing.T) {
	var d Datagram
	rapid.Check(t, func(t *rapid.T) {
		report := pion.ExtendedReport{SenderSSRC: rapid.Uint32().Draw(t, "sender")}
		var want XR
		n := rapid.IntRange(0, 6).Draw(t, "blocks")
		for range n {
			report.Reports = append(report.Reports, drawXRBlock(t, report.SenderSSRC, &want))
		}
		if times := want.ReferenceTimes; len(times) > 0 {
			for i := range want.DLRRs {
				want.DLRRs[i].ReporterNTP = mediaqos.Some(times[len(times)-1].NTP)
			}
		}
		in, err := report.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Decode(chain(in, byeBytes)); err != nil {
			t.Fatal(err)
		}
		for i := range d.XR.LossRLEs {
			d.XR.LossRLEs[i].Chunks = nilEmpty(d.XR.LossRLEs[i].Chunks)
		}
		for i := range d.XR.DuplicateRLEs {
			d.XR.DuplicateRLEs[i].Chunks = nilEmpty(d.XR.DuplicateRLEs[i].Chunks)
		}
		if got := said(&d.XR); !reflect.DeepEqual(got, want) || len(d.Faults) > 0 || len(d.XRBlocks) != n {
			t.Fatalf("got  %+v\nwant %+v\nfaults %v", got, want, d.Faults)
		}
	})
}

// TestXRDamageStaysInside: any change within one block leaves what its
// neighbours say.
func TestXRDamageStaysInside(t *testing.T) {
	kinds := [][]byte{xrLossBytes, xrDuplicateBytes, xrEchoesByte, xrSummaryBytes, xrBurstLossBytes, xrBurstDiscardBytes, xrOtherBytes}
	var d Datagram
	rapid.Check(t, func(t *rapid.T) {
		middle := set(rapid.SampledFrom(kinds).Draw(t, "middle"), 0)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			middle[rapid.IntRange(4, len(middle)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "value")
		}
		middle[0], middle[1] = rapid.ByteRange(8, 40).Draw(t, "type"), rapid.Byte().Draw(t, "specific")
		if err := d.Decode(extended(xrReferenceBytes, middle, xrVoIPBytes)); err != nil {
			t.Fatal(err)
		}
		if len(d.XRBlocks) != 3 || len(d.XR.ReferenceTimes) != 1 || d.XR.ReferenceTimes[0] != xrReference || len(d.XR.VoIP) != 1 || d.XR.VoIP[0] != xrVoIP {
			t.Fatalf("neighbours: %+v", said(&d.XR))
		}
	})
}
