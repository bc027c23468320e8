package rtcp

import (
	"encoding/binary"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// Block types that are decoded (IANA registry "RTCP XR Block Type").
const (
	XRLossRLE         uint8 = 1  // RFC 3611 section 4.1
	XRDuplicateRLE    uint8 = 2  // RFC 3611 section 4.2
	XRReferenceTime   uint8 = 4  // RFC 3611 section 4.4
	XRDLRR            uint8 = 5  // RFC 3611 section 4.5
	XRStatSummary     uint8 = 6  // RFC 3611 section 4.6
	XRVoIPMetrics     uint8 = 7  // RFC 3611 section 4.7
	XRBurstGapLoss    uint8 = 20 // RFC 6958 section 3
	XRBurstGapDiscard uint8 = 21 // RFC 7003 section 3
)

// Sizes of block bodies in bytes.
const (
	rleHeadSize                = 8
	referenceTimeSize          = 8
	dlrrSize                   = 12
	statSummarySize            = 36
	voipMetricsSize            = 32
	burstGapLossSize           = 20
	burstGapDiscardSize        = 12
	rleChunkSize               = 2
	thinningMask               = 15
	combinedFlag               = 1 << 5
	intervalShift              = 6
	statLossFlag               = 1 << 7
	statDuplicateFlag          = 1 << 6
	statJitterFlag             = 1 << 5
	statTTLShift               = 3
	statTTLMask                = 3
	statTTLIsHopLimit          = 2
	unavailable24              = 1<<24 - 1
	unavailable12              = 1<<12 - 1
	unavailable36       uint64 = 1<<36 - 1
)

// XR is what the extended reports of a datagram say, each kind in wire order.
// Blocks of other types, and malformed ones, are raw in [Datagram.XRBlocks].
type XR struct {
	// LossRLEs are loss run length encodings whose chunks fit their range.
	LossRLEs []mediaqos.RLE
	// DuplicateRLEs are duplicate run length encodings, likewise.
	DuplicateRLEs []mediaqos.RLE
	// ReferenceTimes are the clocks of those who may send no media.
	ReferenceTimes []mediaqos.ReferenceTime
	// DLRRs are their echoes, one for each sub-block.
	DLRRs []mediaqos.DLRR
	// Summaries are statistics summaries.
	Summaries []mediaqos.StatSummary
	// VoIP are VoIP metrics.
	VoIP []mediaqos.VoIPMetrics
	// BurstLosses are burst/gap loss metrics.
	BurstLosses []mediaqos.BurstGapLoss
	// BurstDiscards are burst/gap discard metrics.
	BurstDiscards []mediaqos.BurstGapDiscard

	// chunks are those of all encodings, one after the other.
	chunks []mediaqos.RLEChunk
}

func (x *XR) reset() {
	x.LossRLEs = x.LossRLEs[:0]
	x.DuplicateRLEs = x.DuplicateRLEs[:0]
	x.ReferenceTimes = x.ReferenceTimes[:0]
	x.DLRRs = x.DLRRs[:0]
	x.Summaries = x.Summaries[:0]
	x.VoIP = x.VoIP[:0]
	x.BurstLosses = x.BurstLosses[:0]
	x.BurstDiscards = x.BurstDiscards[:0]
	x.chunks = x.chunks[:0]
}

// isDecodedXR reports whether blocks of this type are looked into.
func isDecodedXR(blockType uint8) bool {
	switch blockType {
	case XRLossRLE, XRDuplicateRLE, XRReferenceTime, XRDLRR, XRStatSummary, XRVoIPMetrics, XRBurstGapLoss, XRBurstGapDiscard:
		return true
	}
	return false
}

// decodeXRBlock decodes one block; nothing is kept of a malformed one.
func (d *Datagram) decodeXRBlock(b *XRBlock) {
	switch b.Type {
	case XRLossRLE:
		d.decodeRLE(b, &d.XR.LossRLEs)
	case XRDuplicateRLE:
		d.decodeRLE(b, &d.XR.DuplicateRLEs)
	case XRReferenceTime:
		if d.hasSize(b, referenceTimeSize) {
			t := next(&d.XR.ReferenceTimes)
			t.ReporterSSRC = b.ReporterSSRC
			t.NTP = binary.BigEndian.Uint64(b.Body)
		}
	case XRDLRR:
		d.decodeDLRR(b)
	case XRStatSummary:
		if d.hasSize(b, statSummarySize) {
			decodeStatSummary(b, next(&d.XR.Summaries))
		}
	case XRVoIPMetrics:
		if d.hasSize(b, voipMetricsSize) {
			decodeVoIPMetrics(b, next(&d.XR.VoIP))
		}
	case XRBurstGapLoss:
		if d.hasSize(b, burstGapLossSize) {
			decodeBurstGapLoss(b, next(&d.XR.BurstLosses))
		}
	case XRBurstGapDiscard:
		if d.hasSize(b, burstGapDiscardSize) {
			decodeBurstGapDiscard(b, next(&d.XR.BurstDiscards))
		}
	}
}

// hasSize faults a block whose body is not of the one size that its type has.
func (d *Datagram) hasSize(b *XRBlock, want int) bool {
	if len(b.Body) == want {
		return true
	}
	d.fault(Fault{Reason: ReasonXRSize, PacketType: TypeXR, Offset: b.Offset, Want: want, Have: len(b.Body)})
	return false
}

func (d *Datagram) decodeDLRR(b *XRBlock) {
	if extra := len(b.Body) % dlrrSize; extra != 0 {
		d.fault(Fault{Reason: ReasonXRSize, PacketType: TypeXR, Offset: b.Offset, Want: len(b.Body) - extra, Have: len(b.Body)})
		return
	}
	for body := b.Body; len(body) > 0; body = body[dlrrSize:] {
		e := next(&d.XR.DLRRs)
		e.ReporterSSRC = b.ReporterSSRC
		e.ReceiverSSRC = binary.BigEndian.Uint32(body)
		e.LRR = binary.BigEndian.Uint32(body[4:])
		e.DLRR = binary.BigEndian.Uint32(body[8:])
	}
}

// stampDLRRs gives the echoes from index on the reporter's own reference time
// from the same packet, in whichever order the two blocks stand.
func (d *Datagram) stampDLRRs(times, echoes int) {
	if times == len(d.XR.ReferenceTimes) {
		return
	}
	ntp := d.XR.ReferenceTimes[len(d.XR.ReferenceTimes)-1].NTP
	for i := range d.XR.DLRRs[echoes:] {
		d.XR.DLRRs[echoes+i].ReporterNTP = mediaqos.Some(ntp)
	}
}

func (d *Datagram) decodeRLE(b *XRBlock, to *[]mediaqos.RLE) {
	if len(b.Body) < rleHeadSize {
		d.fault(Fault{Reason: ReasonXRSize, PacketType: TypeXR, Offset: b.Offset, Want: rleHeadSize, Have: len(b.Body)})
		return
	}
	first := len(d.XR.chunks)
	for chunks := b.Body[rleHeadSize:]; len(chunks) > 0; chunks = chunks[rleChunkSize:] {
		d.XR.chunks = append(d.XR.chunks, mediaqos.RLEChunk(binary.BigEndian.Uint16(chunks)))
	}
	r := next(to)
	r.ReporterSSRC = b.ReporterSSRC
	r.SourceSSRC = binary.BigEndian.Uint32(b.Body)
	r.BeginSeq = binary.BigEndian.Uint16(b.Body[4:])
	r.EndSeq = binary.BigEndian.Uint16(b.Body[6:])
	r.Thinning = b.TypeSpecific & thinningMask
	r.Chunks = d.XR.chunks[first:len(d.XR.chunks):len(d.XR.chunks)]
	f := Fault{PacketType: TypeXR, Offset: b.Offset}
	switch {
	case r.Span() > mediaqos.MaxRLESpan:
		f.Reason, f.Want, f.Have = ReasonXRRange, mediaqos.MaxRLESpan, r.Span()
	case r.Covered() != r.Bits():
		f.Reason, f.Want, f.Have = ReasonXRChunks, r.Bits(), r.Covered()
	default:
		return
	}
	*to = (*to)[:len(*to)-1]
	d.XR.chunks = d.XR.chunks[:first]
	d.fault(f)
}
