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

// Importer reads captures through one worker. RTP that stands beside the RTCP
// tells the codec where its payload type is a static one (RFC 3551).
type Importer struct {
	source       *Source
	worker       *Worker
	payloadTypes map[uint32]uint8
	stats        ImportStats
}

// ImportStats is what was in the captures so far.
type ImportStats struct {
	// Datagrams of UDP, of them RTP, RTCP (and SRTCP) and Other.
	Datagrams, RTP, RTCP, Other uint64
	// First and Last capture time of RTCP; zero if there was none.
	First, Last time.Time
	// Counts is what became of the RTCP.
	Counts Counts
}

// NewImporter returns an importer for captures of one source. Its streams are
// its own: captures are imported one after the other, each as if alone.
func NewImporter(src *Source, stripes *Stripes) (*Importer, error) {
	worker, err := NewWorker(stripes)
	if err != nil {
		return nil, err
	}
	im := &Importer{source: src, worker: worker, payloadTypes: map[uint32]uint8{}}
	worker.media = im.media
	return im, nil
}

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

// Read passes a whole capture through the worker and gives emit each fact, in
// order; emit must not keep the slice. now is the writer's clock. The error is
// emit's, or the *pcap.FileError of a damaged file, whose readable part has
// been emitted.
func (im *Importer) Read(r *pcap.Reader, now func() time.Time, emit func([]Fact) error) error {
	var d pcap.Datagram
	var facts []Fact
	for {
		err := r.Next(&d)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("capture: %w", err)
		}
		facts = im.datagram(&d, now, facts[:0])
		if len(facts) == 0 {
			continue
		}
		if err := emit(facts); err != nil {
			return err
		}
	}
}

// datagram processes one datagram of a capture.
func (im *Importer) datagram(d *pcap.Datagram, now func() time.Time, out []Fact) []Fact {
	im.stats.Datagrams++
	switch rtcp.Classify(d.Payload) {
	case rtcp.KindRTCP:
	case rtcp.KindRTP:
		im.stats.RTP++
		im.learn(d.Payload)
		return out
	default:
		im.stats.Other++
		return out
	}
	before := im.worker.counts.Refused
	out = im.worker.Process(im.source, &Datagram{At: d.At, Src: d.Src, Dst: d.Dst, Payload: d.Payload}, now(), out)
	if im.worker.counts.Refused > before {
		im.stats.Other++ // the first bytes looked like RTCP, the rest does not
		return out
	}
	im.stats.RTCP++
	if im.stats.First.IsZero() || d.At.Before(im.stats.First) {
		im.stats.First = d.At
	}
	if d.At.After(im.stats.Last) {
		im.stats.Last = d.At
	}
	return out
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
	stats := im.stats
	stats.Counts = im.worker.counts
	return stats
}
