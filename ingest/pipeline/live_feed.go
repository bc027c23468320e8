package pipeline

import (
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/udp"
)

// Feed hands over datagrams whose last one has the sequence number mark. The
// slice and the payloads must stay as they are until Release(mark). It blocks
// while the shards are behind.
func (l *Live) Feed(datagrams []Datagram, mark uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return // they stay in the ring
	}
	l.mark = mark
	l.spread(datagrams)
	if limit := l.o.MaxUnreleased; limit > 0 && mark-min(mark, l.released.Load()) >= uint64(limit) {
		l.cutNow()
	}
}

// Accept takes HEP packets of a stream, which have no numbers of their own: they
// are copied and numbered here. It blocks while the shards are behind or too much
// is not durable yet, and returns ErrStopped once Run is over. Nothing tells the
// sender what became of them: those of the last cut are lost if the process
// dies.
func (l *Live) Accept(remote, local netip.AddrPort, at time.Time, packets [][]byte) error {
	size := 0
	for _, p := range packets {
		size += len(p)
	}
	slab := make([]byte, 0, size)
	datagrams := make([]Datagram, len(packets))
	for i, p := range packets {
		from := len(slab)
		slab = append(slab, p...)
		datagrams[i] = Datagram{At: at, Src: remote, Dst: local, Payload: slab[from:len(slab):len(slab)]}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && l.accepted > l.durable && l.accepted-l.durable+int64(size) > maxAccepted {
		l.cutNow()
		l.room.Wait()
	}
	if l.closed {
		return ErrStopped
	}
	l.mark += uint64(len(packets))
	l.accepted += int64(size)
	l.spread(datagrams)
	return nil
}

// maxAccepted is how many bytes of packets of streams may be taken in and not
// durable yet: these have no ring that would fill.
const maxAccepted = 32 << 20

// cutNow asks for a cut before the next tick.
func (l *Live) cutNow() {
	select {
	case l.full <- struct{}{}:
	default:
	}
}

// spread gives datagrams to the shards of their address pairs.
func (l *Live) spread(datagrams []Datagram) {
	if len(l.shards) == 1 {
		l.shards[0].in <- task{datagrams: datagrams}
		return
	}
	parts := make([][]Datagram, len(l.shards))
	for i := range datagrams {
		n := l.shardOf(&datagrams[i])
		parts[n] = append(parts[n], datagrams[i])
	}
	for n, part := range parts {
		if len(part) > 0 {
			l.shards[n].in <- task{datagrams: part}
		}
	}
}

// shardOf tells whose a datagram is by the call of its RTCP, or else the
// addresses between which it went, so that both its directions meet (see relays),
// and one agent keeps all shards busy.
func (l *Live) shardOf(d *Datagram) int {
	src, dst := d.Src, d.Dst
	if l.o.Form == FormHEP {
		if call := hep.CallOfRTCP(d.Payload); 0 < len(call) && len(call) <= maxCallIDBytes {
			return shardOfCall(call, len(l.shards))
		}
		if from, to, ok := hep.Pair(d.Payload); ok {
			src, dst = from, to
		}
	}
	return udp.Shard(src, dst, len(l.shards))
}

// hand gives a shard something to do that belongs to no address pair.
func (l *Live) hand(do func(*shard)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrStopped
	}
	l.mark++
	l.turn++
	l.shards[l.turn%len(l.shards)].in <- task{do: do}
	return nil
}
