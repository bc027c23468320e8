package rtcp

import (
	pion "github.com/pion/rtcp"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

const (
	senderInfoSize  = 20
	reportBlockSize = 24
)

// decodeSR reads a sender report; nothing of it is kept unless its blocks fit.
// Profile-specific extensions stay in Packet.Raw.
func (d *Datagram) decodeSR(p *Packet, b []byte) {
	if !d.hasBody(p, b, headerSize+ssrcSize+senderInfoSize+int(p.Count)*reportBlockSize) {
		return
	}
	d.sr.Reports = d.sr.Reports[:0]
	if err := d.sr.Unmarshal(b); err != nil {
		d.libraryFault(p, b)
		return
	}
	info := next(&d.Senders)
	info.SSRC = d.sr.SSRC
	info.NTP = d.sr.NTPTime
	info.RTPTime = d.sr.RTPTime
	info.Packets = d.sr.PacketCount
	info.Octets = d.sr.OctetCount
	for i := range d.sr.Reports {
		w := d.addBlock(d.sr.SSRC, TypeSR, &d.sr.Reports[i])
		w.HasSR = true
		w.SRNTP = d.sr.NTPTime
		w.SRRTPTime = d.sr.RTPTime
		w.SenderPackets = d.sr.PacketCount
		w.SenderOctets = d.sr.OctetCount
	}
}

// decodeRR reads a receiver report; nothing of it is kept unless its blocks fit.
func (d *Datagram) decodeRR(p *Packet, b []byte) {
	if !d.hasBody(p, b, headerSize+ssrcSize+int(p.Count)*reportBlockSize) {
		return
	}
	d.rr.Reports = d.rr.Reports[:0]
	if err := d.rr.Unmarshal(b); err != nil {
		d.libraryFault(p, b)
		return
	}
	for i := range d.rr.Reports {
		d.addBlock(d.rr.SSRC, TypeRR, &d.rr.Reports[i])
	}
}

// libraryFault is for a refusal by the library of what passed our own checks.
func (d *Datagram) libraryFault(p *Packet, b []byte) {
	d.fault(Fault{Reason: ReasonBody, PacketType: p.Type, Offset: p.Offset + headerSize, Want: len(b) - headerSize, Have: len(b) - headerSize})
}

func (d *Datagram) addBlock(reporter uint32, kind uint8, r *pion.ReceptionReport) *mediaqos.Wire {
	w := next(&d.Reports)
	w.ReporterSSRC = reporter
	w.SourceSSRC = r.SSRC
	w.PacketType = kind
	w.FractionLost = r.FractionLost
	w.CumulativeLost = signed24(r.TotalLost)
	w.ExtendedSeq = r.LastSequenceNumber
	w.JitterTicks = r.Jitter
	w.LSR = r.LastSenderReport
	w.DLSR = r.Delay
	return w
}

// signed24 extends the sign of a 24-bit number, which the library leaves
// unsigned: FFFFFF is -1 and not 16777215 (RFC 3550 section 6.4.1).
func signed24(v uint32) int32 { return int32(v<<8) >> 8 }
