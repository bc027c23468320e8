package pipeline

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"sync/atomic"
)

// origins gives the origins of one stripe's streams numbers, since mediaqos
// keeps a number with a stream and gives it back with each fact. A number is
// never given twice while the stripe lives; an origin is forgotten when no
// report came for as long as streams are remembered.
type origins struct {
	byLabel map[uint32]*labelled
	// byHash finds an origin, byOrigin the few whose hash another one has.
	byHash   map[uint64]*labelled
	byOrigin map[Origin]*labelled
	seed     maphash.Seed
	last     uint32
}

// labelled is an origin that has a number.
type labelled struct {
	origin *Origin
	label  uint32
	seen   int64 // unix seconds, of the later of capture and writer's clock
	// forgotten says that the number is nobody's any more.
	forgotten bool
}

func (o *origins) init() {
	o.byLabel, o.byHash, o.byOrigin = map[uint32]*labelled{}, map[uint64]*labelled{}, map[Origin]*labelled{}
	o.seed = maphash.MakeSeed()
}

// label gives an origin a number, if it has none; the caller says that it is in
// use (seen).
func (o *origins) label(origin *Origin) *labelled {
	hash := maphash.Comparable(o.seed, *origin)
	first := o.byHash[hash]
	if first != nil {
		if *first.origin == *origin {
			return first
		}
		if l := o.byOrigin[*origin]; l != nil {
			return l
		}
	}
	for {
		o.last++
		if _, taken := o.byLabel[o.last]; !taken && o.last != 0 {
			break
		}
	}
	l := &labelled{origin: origin, label: o.last}
	o.byLabel[l.label] = l
	if first == nil {
		o.byHash[hash] = l
	} else {
		o.byOrigin[*origin] = l
	}
	return l
}

// of returns the origin of a number, nil if there is none.
func (o *origins) of(label uint32) *Origin {
	if l := o.byLabel[label]; l != nil {
		return l.origin
	}
	return nil
}

// expire forgets what was not in use since a moment.
func (o *origins) expire(oldest int64) {
	for label, l := range o.byLabel {
		if l.seen < oldest {
			l.forgotten = true
			delete(o.byLabel, label)
			delete(o.byOrigin, *l.origin)
			if hash := maphash.Comparable(o.seed, *l.origin); o.byHash[hash] == l {
				delete(o.byHash, hash)
			}
		}
	}
}

// senders counts the streams of each sender, over all stripes.
type senders struct {
	limit  int64
	counts sync.Map // netip.Addr -> *senderCount
}

// senderCount is how many streams one sender has.
type senderCount struct {
	addr netip.Addr
	n    atomic.Int64
}

// take counts one stream more, if the sender may have it.
func (s *senders) take(addr netip.Addr) (*senderCount, bool) {
	if !addr.IsValid() {
		return nil, true
	}
	v, known := s.counts.Load(addr)
	if !known {
		v, _ = s.counts.LoadOrStore(addr, &senderCount{addr: addr})
	}
	c := v.(*senderCount)
	if c.n.Add(1) > s.limit {
		s.give(c)
		return nil, false
	}
	return c, true
}

// give counts one stream less. A sender without streams is forgotten; one that
// begins anew at that very moment may count a stream too few.
func (s *senders) give(c *senderCount) {
	if c != nil && c.n.Add(-1) == 0 {
		s.counts.CompareAndDelete(c.addr, c)
	}
}
