package mediaqos

import (
	"fmt"
	"time"
)

// DefaultGmin is the gap threshold that RFC 3611 section 4.7.2 recommends.
const DefaultGmin = 16

// Fate is what became of a packet that was expected.
type Fate uint8

// Fates.
const (
	// FateReceived: it arrived and was played.
	FateReceived Fate = iota
	// FateLost: it never came.
	FateLost
	// FateDiscarded: it came too late or too early to be played.
	FateDiscarded
)

var fateNames = []string{"received", "lost", "discarded"}

// String is received, lost or discarded.
func (f Fate) String() string { return enumText(f, fateNames) }

// BurstOptions configure a [Bursts].
type BurstOptions struct {
	// Gmin is how many packets received in a row end a burst; default 16, the
	// one of the standard. It must not change within a session.
	Gmin uint8
	// PacketMillis is the length of audio in one packet: 0..1000; default 0,
	// unknown, and then all lengths in time are unknown.
	PacketMillis float64
}

// maxPacketMillis is longer than any codec packs.
const maxPacketMillis = 1000

// Bursts tells bursts from gaps in what became of a stream's packets, one
// after the other, by the text of RFC 3611 section 4.7.2:
//
//   - a burst is the longest sequence that begins and ends with a packet lost
//     or discarded and in which nowhere Gmin or more packets in a row were
//     received;
//   - everything else is gap, so that a packet lost within a gap has Gmin
//     packets received on either side;
//   - what comes before the beginning and after the end counts as received.
//
// A single packet lost is thus a burst by the first rule and part of a gap by
// the second; like everybody, we let the second decide, and a burst has at
// least two. The pseudocode of appendix A.2 is not used: it contradicts the
// text and the standard's own example.
//
// Give it packets in order of sequence number, as runs of equal fate. It keeps
// counts only and takes constant time for each run, however long. Bursts is
// not safe for concurrent use.
type Bursts struct {
	gmin         uint64
	packetMicros int64

	counts burstCounts

	// The packets since the beginning, or since Break, that are not settled:
	// whether the losses are a burst depends on what follows.
	open     bool   // there is such a sequence
	packets  uint64 // from its first loss to its last
	losses   uint64
	quiet    uint64 // received after its last loss
	opened   int64  // when its first loss was due, µs
	lastLoss int64  // when its last loss had ended, µs

	gapFrom    int64  // when the present gap began, µs
	gapPackets uint64 // how many packets it has so far, without open ones

	started bool  // there was a packet since the beginning or Break
	lost    bool  // the last packet was lost or discarded
	now     int64 // when the last packet ended, µs
}

// burstCounts are what a snapshot is made of.
type burstCounts struct {
	received, lost, discarded uint64

	bursts, burstPackets, burstLosses uint64
	gaps                              uint64
	burstMicros, gapMicros            int64

	// Pairs of neighbours, and runs of losses.
	goodGood, goodBad, badGood, badBad uint64
	runs                               uint64
}

// NewBursts returns a tracker that has seen nothing. The error wraps ErrOptions.
func NewBursts(o BurstOptions) (*Bursts, error) {
	if !(o.PacketMillis >= 0 && o.PacketMillis <= maxPacketMillis) { // also refuses NaN
		return nil, fmt.Errorf("bursts: PacketMillis %v: %w, want 0..%d", o.PacketMillis, ErrOptions, maxPacketMillis)
	}
	if o.Gmin == 0 {
		o.Gmin = DefaultGmin
	}
	return &Bursts{gmin: uint64(o.Gmin), packetMicros: int64(o.PacketMillis * 1000)}, nil
}

// Add takes a run of n packets of one fate. at is when the first of them was
// due on the media clock (or arrived); the zero Time says that it follows the
// packet before it without a pause, as it must be for what was lost. Time that
// runs backwards is taken for no pause. Silence that is not sent thus counts
// into lengths, as the standard's timestamps have it.
func (b *Bursts) Add(at time.Time, fate Fate, n uint32) {
	if n == 0 {
		return
	}
	from := b.now
	switch {
	case at.IsZero():
	case !b.started:
		from = at.UnixMicro()
	default:
		from = max(from, at.UnixMicro())
	}
	if !b.started {
		b.gapFrom = from
	}
	if fate == FateReceived {
		b.addReceived(n)
	} else {
		b.addLosses(from, fate, n)
	}
	b.started = true
	b.lost = fate != FateReceived
	b.now = from + b.length(n)
	if b.lost {
		b.lastLoss = b.now
	}
}

func (b *Bursts) length(n uint32) int64 { return int64(n) * b.packetMicros }

func (b *Bursts) addReceived(n uint32) {
	c := &b.counts
	c.received += uint64(n)
	c.goodGood += uint64(n) - 1
	switch {
	case !b.started:
	case b.lost:
		c.badGood++
	default:
		c.goodGood++
	}
	if !b.open {
		b.gapPackets += uint64(n)
		return
	}
	b.quiet += uint64(n)
}

func (b *Bursts) addLosses(from int64, fate Fate, n uint32) {
	c := &b.counts
	if fate == FateLost {
		c.lost += uint64(n)
	} else {
		c.discarded += uint64(n)
	}
	c.badBad += uint64(n) - 1
	switch {
	case !b.started:
		c.runs++
	case b.lost:
		c.badBad++
	default:
		c.goodBad++
		c.runs++
	}
	if b.open && b.quiet >= b.gmin {
		b.settle()
	}
	if !b.open {
		b.open, b.packets, b.losses, b.quiet, b.opened = true, 0, 0, 0, from
	}
	b.packets += b.quiet + uint64(n)
	b.losses += uint64(n)
	b.quiet = 0
}

// settle decides over the open sequence: Gmin packets were received after it,
// or are taken for granted.
func (b *Bursts) settle() {
	c := &b.counts
	if b.losses >= 2 {
		c.bursts++
		c.burstPackets += b.packets
		c.burstLosses += b.losses
		c.burstMicros += b.lastLoss - b.opened
		b.endGap(b.opened)
		b.gapFrom = b.lastLoss
	} else {
		b.gapPackets += b.packets
	}
	b.gapPackets += b.quiet
	b.open, b.packets, b.losses, b.quiet = false, 0, 0, 0
}

// endGap closes the gap at an instant; one without packets is none.
func (b *Bursts) endGap(at int64) {
	if b.gapPackets > 0 {
		b.counts.gaps++
		b.counts.gapMicros += at - b.gapFrom
	}
	b.gapPackets = 0
}

// Break says that nothing is known of the packets that follow, up to the next
// Add: a report was missed. Both sides of the hole are seen as a beginning and
// an end, and no burst, gap or run reaches across.
func (b *Bursts) Break() {
	b.settle()
	b.endGap(b.now)
	b.started, b.lost = false, false
}

// AddRLE takes a loss run length encoding that follows what came before; it is
// for the caller to see that its BeginSeq is the last EndSeq, and to Break
// where it is not. Thinned encodings show no neighbours and thus no bursts:
// they are refused, and so are malformed ones; the error wraps ErrRLE.
func (b *Bursts) AddRLE(r *RLE) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("bursts: %w", err)
	}
	if r.Thinning != 0 {
		return fmt.Errorf("bursts: thinning %d: %w, want 0: every packet", r.Thinning, ErrRLE)
	}
	r.Runs(func(received bool, n int) bool {
		fate := FateLost
		if received {
			fate = FateReceived
		}
		b.Add(time.Time{}, fate, uint32(n))
		return true
	})
	return nil
}
