package interop

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// tap is a wire between two peers that the test holds: what comes to its port
// goes on to one address, late or not at all, and the test knows which.
type tap struct {
	conn *net.UDPConn
	to   netip.AddrPort

	// delay of each datagram, and what every second one is late by beside it;
	// order is kept.
	delay, jitter time.Duration
	// drop decides on a datagram; nil keeps all.
	drop func(payload []byte) bool
	// seen is given each datagram that goes on, before it does; may be nil.
	seen func(sight)
}

// sight is a datagram that passed a tap.
type sight struct {
	At       time.Time
	Src, Dst netip.AddrPort // where it came from and what it was sent on to
	Payload  []byte
}

// run moves datagrams until the test ends.
func (w *tap) run(t *testing.T) {
	type late struct {
		due     time.Time
		payload []byte
	}
	queue := make(chan late, 4096)
	var done sync.WaitGroup
	done.Go(func() {
		defer close(queue)
		buf := make([]byte, 64<<10)
		for odd := false; ; odd = !odd {
			n, from, err := w.conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			if w.drop != nil && w.drop(buf[:n]) {
				continue
			}
			now, payload := time.Now(), bytes.Clone(buf[:n])
			if w.seen != nil {
				w.seen(sight{now, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), w.to, payload})
			}
			due := now.Add(w.delay)
			if odd {
				due = due.Add(w.jitter)
			}
			queue <- late{due, payload}
		}
	})
	done.Go(func() {
		for l := range queue {
			if wait := time.Until(l.due); wait > 0 {
				time.Sleep(wait)
			}
			// A peer that is not there yet, or no more, refuses: as on any wire.
			_, _ = w.conn.WriteToUDPAddrPort(l.payload, w.to)
		}
	})
	t.Cleanup(func() {
		w.conn.Close()
		done.Wait()
	})
}

// lossy drops every nth RTP packet of a stream, from the nth on, and remembers
// which: the truth that reports of loss are held against.
type lossy struct {
	nth int

	mu       sync.Mutex
	ssrc     uint32 // of the first packet
	any      bool
	last     uint16               // sequence number
	extended uint32               // the same with its cycles, as reports count
	passed   int                  // packets that went on
	dropped  map[uint32]time.Time // by extended sequence number
}

// drop is the policy of a [tap].
func (l *lossy) drop(payload []byte) bool {
	if len(payload) < 12 || payload[0]>>6 != 2 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := binary.BigEndian.Uint16(payload[2:])
	if !l.any {
		l.any, l.last, l.extended, l.dropped = true, seq, uint32(seq), map[uint32]time.Time{}
		l.ssrc = binary.BigEndian.Uint32(payload[8:])
	}
	l.extended += uint32(seq - l.last)
	l.last = seq
	if (l.passed+len(l.dropped)+1)%l.nth == 0 {
		l.dropped[l.extended] = time.Now()
		return true
	}
	l.passed++
	return false
}

// between counts what was dropped after one report's extended highest sequence
// number up to another's.
func (l *lossy) between(after, to uint32) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for seq := after + 1; seq != to+1; seq++ {
		if _, gone := l.dropped[seq]; gone {
			n++
		}
	}
	return n
}

// counts returns whose stream it was, how many packets went on and how many
// were dropped.
func (l *lossy) counts() (ssrc uint32, passed, dropped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ssrc, l.passed, len(l.dropped)
}

// droppedSince counts what was dropped after an instant.
func (l *lossy) droppedSince(since time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, at := range l.dropped {
		if at.After(since) {
			n++
		}
	}
	return n
}
