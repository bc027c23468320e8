package mediaqos

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/trunkline-cc/trunkline/schema"
)

// RTCP packet types that carry report blocks (RFC 3550 section 12.1).
const (
	PacketTypeSR uint8 = 200
	PacketTypeRR uint8 = 201
)

// Wire is one report block as it was on the wire, with what of its packet it
// needs to be understood (RFC 3550 section 6.4). Nothing in it is derived and
// nothing in it is ever rewritten.
type Wire struct {
	// ReporterSSRC is the packet's sender: who measured.
	ReporterSSRC uint32
	// SourceSSRC is the stream that was measured.
	SourceSSRC uint32
	// PacketType is 200 (SR) or 201 (RR).
	PacketType uint8
	// FractionLost is loss since the reporter's previous report, in 1/256. It
	// is stored but no figure is made from it: over a missed report it covers
	// a part of the interval only.
	FractionLost uint8
	// CumulativeLost is the signed 24-bit count of packets lost since the
	// reporter began, sign-extended by the decoder: -8388608..8388607.
	// Duplicates make it fall. Values outside the range are treated as the
	// limit itself, at which reporters clamp.
	CumulativeLost int32
	// ExtendedSeq is the extended highest sequence number received: cycles in
	// the upper 16 bits.
	ExtendedSeq uint32
	// JitterTicks is the interarrival jitter in ticks of the RTP clock.
	JitterTicks uint32
	// LSR is the middle 32 bits of the NTP time of the last SR that the
	// reporter had from the source, in 1/65536 s; 0 = none yet.
	LSR uint32
	// DLSR is the delay between receiving that SR and sending this block, in
	// 1/65536 s.
	DLSR uint32

	// HasSR says that the block came in a sender report, and that the fields
	// below are known.
	HasSR bool
	// SRNTP is the sender's NTP time, 32.32 fixed point seconds since 1900.
	SRNTP uint64
	// SRRTPTime is the same instant on the RTP clock of the sender's stream.
	SRRTPTime uint32
	// SenderPackets and SenderOctets count what the reporter itself has sent.
	SenderPackets uint32
	SenderOctets  uint32
}

// wireHashVersion separates this layout of the hashed bytes from later ones.
const wireHashVersion = 1

// Hash identifies the report whatever the tap it was seen at and however
// often: the first 16 bytes of SHA-256 over the tenant and every wire field.
// It is the same on every machine and in every release; a report that is seen
// on both sides of a relay has one identity.
func (w *Wire) Hash(tenant schema.TenantID) schema.ReportID {
	var buf [128]byte
	b := append(buf[:0], wireHashVersion)
	b = binary.BigEndian.AppendUint32(b, w.ReporterSSRC)
	b = binary.BigEndian.AppendUint32(b, w.SourceSSRC)
	b = append(b, w.PacketType, w.FractionLost, boolByte(w.HasSR))
	b = binary.BigEndian.AppendUint32(b, uint32(w.CumulativeLost))
	b = binary.BigEndian.AppendUint32(b, w.ExtendedSeq)
	b = binary.BigEndian.AppendUint32(b, w.JitterTicks)
	b = binary.BigEndian.AppendUint32(b, w.LSR)
	b = binary.BigEndian.AppendUint32(b, w.DLSR)
	b = binary.BigEndian.AppendUint64(b, w.SRNTP)
	b = binary.BigEndian.AppendUint32(b, w.SRRTPTime)
	b = binary.BigEndian.AppendUint32(b, w.SenderPackets)
	b = binary.BigEndian.AppendUint32(b, w.SenderOctets)
	b = append(b, tenant...)
	sum := sha256.Sum256(b)
	return schema.ReportID(sum[:16])
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
