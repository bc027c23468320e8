package mediaqos

import (
	"maps"

	"github.com/trunkline-cc/trunkline/schema"
)

// legPairs holds pairs by their addresses. Those of one tenant between plain
// IPv4 addresses have short keys.
type legPairs struct {
	tenants map[schema.TenantID]uint32
	last    schema.TenantID // the one asked for last, and its number
	lastN   uint32

	short map[shortPair]*legPair
	long  map[pairKey]*legPair
}

// shortPair is a pairKey in 16 bytes.
type shortPair struct {
	tenant uint32
	pair   v4Tap
}

func makeLegPairs() legPairs {
	return legPairs{tenants: map[schema.TenantID]uint32{}, short: map[shortPair]*legPair{}, long: map[pairKey]*legPair{}}
}

func (l *legPairs) len() int { return len(l.short) + len(l.long) }

// shorten makes the short key of a pair, if it has one. Tenants are numbered
// from 1 as they come.
func (l *legPairs) shorten(k *pairKey) (shortPair, bool) {
	v4, ok := packTap(&k.pair)
	if !ok {
		return shortPair{}, false
	}
	if l.lastN == 0 || l.last != k.tenant {
		n, known := l.tenants[k.tenant]
		if !known {
			n = uint32(len(l.tenants) + 1)
			l.tenants[k.tenant] = n
		}
		l.last, l.lastN = k.tenant, n
	}
	return shortPair{l.lastN, v4}, true
}

func (l *legPairs) get(k *pairKey) *legPair {
	if s, ok := l.shorten(k); ok {
		return l.short[s]
	}
	return l.long[*k]
}

func (l *legPairs) add(k *pairKey) *legPair {
	p := &legPair{}
	if s, ok := l.shorten(k); ok {
		l.short[s] = p
	} else {
		l.long[*k] = p
	}
	return p
}

// deleteFunc forgets pairs. Nothing may depend on its order.
func (l *legPairs) deleteFunc(del func(*legPair) bool) {
	maps.DeleteFunc(l.short, func(_ shortPair, p *legPair) bool { return del(p) })
	maps.DeleteFunc(l.long, func(_ pairKey, p *legPair) bool { return del(p) })
}

// legChunk is how many directions are allocated together; they are reused and
// not given back, since the number of pairs is bounded.
const legChunk = 88 // nearly all of 32 KiB

// newDirection takes a direction from the free list, or a new one.
func (l *Legs) newDirection() *legDirection {
	if d := l.free; d != nil {
		l.free = d.next
		d.next = nil
		return d
	}
	if len(l.chunk) == 0 {
		l.chunk = make([]legDirection, legChunk)
	}
	d := &l.chunk[0]
	l.chunk = l.chunk[1:]
	return d
}

// freeDirections takes those of a pair back.
func (l *Legs) freeDirections(p *legPair) {
	for p.directions != nil {
		d := p.directions
		p.directions = d.next
		*d = legDirection{next: l.free}
		l.free = d
	}
}
