package rtcp

import (
	"reflect"
	"slices"
	"testing"

	pion "github.com/pion/rtcp"
	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

func drawBlocks(t *rapid.T) []pion.ReceptionReport {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pion.ReceptionReport {
		return pion.ReceptionReport{
			SSRC:               rapid.Uint32().Draw(t, "ssrc"),
			FractionLost:       rapid.Uint8().Draw(t, "fraction"),
			TotalLost:          rapid.Uint32Max(1<<24-1).Draw(t, "lost"),
			LastSequenceNumber: rapid.Uint32().Draw(t, "seq"),
			Jitter:             rapid.Uint32().Draw(t, "jitter"),
			LastSenderReport:   rapid.Uint32().Draw(t, "lsr"),
			Delay:              rapid.Uint32().Draw(t, "dlsr"),
		}
	}), 0, 31).Draw(t, "blocks")
}

// drawPacket makes a sub-packet with an encoder that is not ours, and the
// reports that must come out of it.
func drawPacket(t *rapid.T) ([]byte, []mediaqos.Wire) {
	ssrc := rapid.Uint32().Draw(t, "sender")
	var (
		p     pion.Packet
		wires []mediaqos.Wire
	)
	blocks := func(kind uint8) []pion.ReceptionReport {
		reports := drawBlocks(t)
		for _, r := range reports {
			lost := int32(r.TotalLost)
			if lost >= 1<<23 {
				lost -= 1 << 24
			}
			wires = append(wires, mediaqos.Wire{
				ReporterSSRC: ssrc, SourceSSRC: r.SSRC, PacketType: kind, FractionLost: r.FractionLost, CumulativeLost: lost,
				ExtendedSeq: r.LastSequenceNumber, JitterTicks: r.Jitter, LSR: r.LastSenderReport, DLSR: r.Delay,
			})
		}
		return reports
	}
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		sr := &pion.SenderReport{
			SSRC: ssrc, NTPTime: rapid.Uint64().Draw(t, "ntp"), RTPTime: rapid.Uint32().Draw(t, "rtp"),
			PacketCount: rapid.Uint32().Draw(t, "packets"), OctetCount: rapid.Uint32().Draw(t, "octets"), Reports: blocks(200),
		}
		for i := range wires {
			w := &wires[i]
			w.HasSR, w.SRNTP, w.SRRTPTime, w.SenderPackets, w.SenderOctets = true, sr.NTPTime, sr.RTPTime, sr.PacketCount, sr.OctetCount
		}
		p = sr
	case 1:
		p = &pion.ReceiverReport{SSRC: ssrc, Reports: blocks(201)}
	case 2:
		p = &pion.SourceDescription{Chunks: []pion.SourceDescriptionChunk{{
			Source: ssrc,
			Items:  []pion.SourceDescriptionItem{{Type: pion.SDESCNAME, Text: rapid.StringN(0, 60, 255).Draw(t, "cname")}},
		}}}
	case 3:
		p = &pion.Goodbye{Sources: []uint32{ssrc}, Reason: rapid.StringN(0, 60, 255).Draw(t, "reason")}
	case 4:
		p = &pion.TransportLayerNack{SenderSSRC: ssrc, Nacks: []pion.NackPair{{PacketID: 7}}}
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b, wires
}

// TestAgreesWithIndependentEncoder: what another library wrote comes back
// whole, whatever else is in the datagram.
func TestAgreesWithIndependentEncoder(t *testing.T) {
	var d Datagram
	rapid.Check(t, func(t *rapid.T) {
		var in []byte
		var want []mediaqos.Wire
		n := rapid.IntRange(1, 5).Draw(t, "packets")
		for range n {
			b, wires := drawPacket(t)
			in, want = append(in, b...), append(want, wires...)
		}
		if err := d.Decode(in); err != nil {
			t.Fatal(err)
		}
		if len(d.Faults) > 0 || d.Encrypted || len(d.Packets) != n {
			t.Fatalf("faults %+v, encrypted %v, %d packets of %d", d.Faults, d.Encrypted, len(d.Packets), n)
		}
		if !slices.Equal(d.Reports, want) {
			t.Fatalf("got  %+v\nwant %+v", d.Reports, want)
		}
	})
}

// TestDamageStaysInside: any change behind the header of one sub-packet leaves
// what its neighbours hold.
func TestDamageStaysInside(t *testing.T) {
	var d Datagram
	rapid.Check(t, func(t *rapid.T) {
		middle := slices.Clone(rapid.SampledFrom([][]byte{rrBytes, sdesBytes, appBytes, xrBytes, nackBytes}).Draw(t, "middle"))
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			middle[rapid.IntRange(4, len(middle)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "value")
		}
		middle[0] = 0x80 | rapid.ByteMax(31).Draw(t, "count")
		if err := d.Decode(chain(srBytes, middle, byeBytes)); err != nil {
			t.Fatal(err)
		}
		if len(d.Packets) != 3 || d.Reports[0] != srReport || !reflect.DeepEqual(d.Byes, byes) {
			t.Fatalf("neighbours: %+v %+v", d.Reports, d.Byes)
		}
	})
}
