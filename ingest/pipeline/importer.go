package pipeline

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// maxPayloadTypes bounds how many RTP sources an importer remembers.
const maxPayloadTypes = 1 << 20

// Importer reads captures: RTCP, SIP of calls and with quality reports, and HEP
// packets with any of these. The codec of a stream is what the SDP of its call
// says, or what its source was configured with, or else RTP in the capture tells
// it where its payload type is a static one (RFC 3551).
type Importer struct {
	source       *Source
	shard        *shard
	attributor   *Attributor
	batch        importBatch
	payloadTypes map[uint32]uint8
	// clock is the latest capture time, asked when calls were last asked for.
	clock, asked time.Time
	pending      pendingHeap
	pendingBytes int
	voip         func([]VoIPFact) error
	calls        func([]CallFact) error
	stats        ImportStats
}

// ImportStats is what was in the captures so far.
type ImportStats struct {
	// Datagrams of UDP, of them RTP, RTCP (and SRTCP), SIP, HEP and Other. RTCP
	// counts that in HEP, too.
	Datagrams, RTP, RTCP, SIP, HEP, Other uint64
	// First and Last capture time of RTCP; zero if there was none.
	First, Last time.Time
	// Counts is what became of all but RTP and Other.
	Counts Counts
}

// NewImporter returns an importer for captures of one source, which has a
// tenant. Its streams are its own: captures are imported one after the other,
// each as if alone.
func NewImporter(src *Source, stripes *Stripes) (*Importer, error) {
	im := &Importer{source: src, payloadTypes: map[uint32]uint8{}}
	var err error
	im.attributor, err = newImportAttributor(func() time.Time { return im.clock })
	if err != nil {
		return nil, err
	}
	live, err := NewLive(LiveOptions{Source: src, Stripes: stripes, Store: importStore{&im.batch}, Form: FormHEP, Attributor: im.attributor})
	if err != nil {
		return nil, err
	}
	im.shard = live.shards[0]
	im.shard.worker.media = im.media
	return im, nil
}

// OnVoIP makes emit be called with what the ends say themselves (VoIP metrics of
// RTCP XR, and voice quality reports in SIP), before the media facts of the same
// report; emit must not keep the slice.
func (im *Importer) OnVoIP(emit func([]VoIPFact) error) { im.voip = emit }

// OnCalls makes emit be called with the calls that SIP tells of; emit must not
// keep the slice. A call that goes on when the capture ends comes as it stands,
// in state timed_out.
func (im *Importer) OnCalls(emit func([]CallFact) error) { im.calls = emit }

// media tells the codec of a source by its static payload type.
func (im *Importer) media(ssrc uint32) mediaqos.Media {
	pt, seen := im.payloadTypes[ssrc]
	if !seen {
		return mediaqos.Media{}
	}
	codec, ok := mediaqos.CodecOfPayloadType(pt)
	if !ok {
		return mediaqos.Media{}
	}
	return mediaqos.Media{Codec: codec.Name, ClockHz: codec.ClockHz, Source: mediaqos.MediaStaticPayloadType}
}

// Read passes a whole capture through the pipeline and gives emit each media
// fact, in order; emit must not keep the slice. now is the writer's clock, from
// which versions are made; all else goes by capture time. The error is that of
// emit (or OnVoIP's, OnCalls'), or the *pcap.FileError of a damaged file, whose
// readable part has been emitted.
func (im *Importer) Read(r *pcap.Reader, now func() time.Time, emit func([]Fact) error) error {
	var d pcap.Datagram
	for {
		err := r.Next(&d)
		if err != nil {
			if emitErr := im.end(now, emit); emitErr != nil {
				return emitErr
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("capture: %w", err)
		}
		im.datagram(&d)
		if im.pendingBytes > maxPendingBytes {
			im.release(maxPendingBytes, now())
		}
		if im.clock.Sub(im.asked) >= callsEvery {
			im.takeCalls(im.clock, now())
		}
		if err := im.flush(emit); err != nil {
			return err
		}
	}
}

// end lets go of all that is held back.
func (im *Importer) end(now func() time.Time, emit func([]Fact) error) error {
	const atOnce = 64 << 10
	for im.pendingBytes > 0 {
		im.release(max(0, im.pendingBytes-atOnce), now())
		if err := im.flush(emit); err != nil {
			return err
		}
	}
	im.takeCalls(im.clock.Add(callsEnd), now())
	return im.flush(emit)
}

// flush gives away what was made.
func (im *Importer) flush(emit func([]Fact) error) error {
	b := &im.batch
	if b.Len() == 0 {
		return nil
	}
	defer func() { b.facts, b.voip, b.calls = b.facts[:0], b.voip[:0], b.calls[:0] }()
	if len(b.voip) > 0 && im.voip != nil {
		if err := im.voip(b.voip); err != nil {
			return err
		}
	}
	if len(b.calls) > 0 && im.calls != nil {
		if err := im.calls(b.calls); err != nil {
			return err
		}
	}
	if len(b.facts) == 0 {
		return nil
	}
	return emit(b.facts)
}

// datagram takes one datagram of a capture.
func (im *Importer) datagram(d *pcap.Datagram) {
	im.stats.Datagrams++
	if d.At.After(im.clock) {
		im.clock = d.At
	}
	switch rtcp.Classify(d.Payload) {
	case rtcp.KindRTCP:
		im.rtcp(d)
	case rtcp.KindRTP:
		im.stats.RTP++
		im.learn(d.Payload)
	default:
		im.signalling(d)
	}
}

// rtcp takes RTCP as on the wire.
func (im *Importer) rtcp(d *pcap.Datagram) {
	datagram := Datagram{At: d.At, Src: d.Src, Dst: d.Dst, Payload: d.Payload}
	refused := im.shard.worker.counts.Refused
	isPlain := im.shard.worker.decode(&datagram)
	if im.shard.worker.counts.Refused > refused {
		im.stats.Other++ // the first bytes looked like RTCP, the rest does not
		return
	}
	im.stats.RTCP++
	im.sawRTCP(d.At)
	if isPlain {
		im.hold(pending{form: FormRTCP, Datagram: datagram})
	}
}

// sawRTCP notes between which times there was RTCP.
func (im *Importer) sawRTCP(at time.Time) {
	if im.stats.First.IsZero() || at.Before(im.stats.First) {
		im.stats.First = at
	}
	if at.After(im.stats.Last) {
		im.stats.Last = at
	}
}

// learn notes the payload type of an RTP source (RFC 3550 section 5.1).
func (im *Importer) learn(b []byte) {
	if len(b) < 12 || len(im.payloadTypes) >= maxPayloadTypes {
		return
	}
	pt := b[1] & 0x7f
	if _, static := mediaqos.CodecOfPayloadType(pt); static {
		im.payloadTypes[uint32(b[8])<<24|uint32(b[9])<<16|uint32(b[10])<<8|uint32(b[11])] = pt
	}
}

// Stats returns what was read so far.
func (im *Importer) Stats() ImportStats {
	im.shard.worker.countRepairs()
	stats := im.stats
	stats.Counts = im.shard.worker.counts
	return stats
}
