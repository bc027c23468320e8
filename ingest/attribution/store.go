package attribution

import (
	"cmp"
	"container/heap"
	"container/list"
	"net/netip"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/internal/pile"
)

// nobody is the place in the table of dialogs that are no tenant's, or of
// which several tenants may be.
const nobody = -1

// store holds the dialogs and keeps their number within bounds. Dialogs lie in
// buckets, one for each trunk and source; a bound is kept by dropping the
// oldest dialog of the fullest bucket that counts for it.
type store struct {
	opts    Options
	seq     uint64
	bytes   int
	calls   map[string]*dialog
	media   map[netip.AddrPort][]*dialog
	buckets map[bucketKey]*bucket
	trunks  map[int]*group
	sources map[netip.Addr]*group
	largest pile.Pile[*group] // of trunks, by bytes
	expiry  pile.Pile[*dialog]
	stats   *Stats
	// removing is told of each dialog that goes.
	removing func(*dialog)
}

type bucketKey struct {
	trunk  int
	source netip.Addr
}

// bucket holds dialogs from the longest untouched to the latest.
type bucket struct {
	key      bucketKey
	dialogs  *list.List
	inTrunk  int // place in the trunk's pile
	inSource int
}

// group is all of one trunk or of one source.
type group struct {
	trunk   int
	count   int
	bytes   int
	buckets pile.Pile[*bucket]
	place   int
}

// perAddress bounds the dialogs remembered for one media address.
const perAddress = 16

func newStore(opts Options, stats *Stats) *store {
	return &store{
		opts: opts, stats: stats, removing: func(*dialog) {},
		calls: make(map[string]*dialog), media: make(map[netip.AddrPort][]*dialog),
		buckets: make(map[bucketKey]*bucket), trunks: make(map[int]*group), sources: make(map[netip.Addr]*group),
		largest: pile.Pile[*group]{
			Before: func(a, b *group) bool { return a.bytes > b.bytes || a.bytes == b.bytes && a.trunk < b.trunk },
			Moved:  func(g *group, i int) { g.place = i },
		},
		expiry: pile.Pile[*dialog]{
			Before: func(a, b *dialog) bool {
				c := a.expires.Compare(b.expires)
				return c < 0 || c == 0 && a.seq < b.seq
			},
			Moved: func(d *dialog, i int) { d.heapPos = i },
		},
	}
}

// fuller orders buckets by their number of dialogs.
func fuller(a, b *bucket) bool {
	if d := cmp.Compare(a.dialogs.Len(), b.dialogs.Len()); d != 0 {
		return d > 0
	}
	if a.key.trunk != b.key.trunk {
		return a.key.trunk < b.key.trunk
	}
	return a.key.source.Less(b.key.source)
}

// create makes a dialog that lies in no bucket yet.
func (s *store) create(callID string, source netip.Addr, at time.Time) *dialog {
	s.seq++
	d := &dialog{callID: callID, seq: s.seq, source: source, first: at, bytes: dialogBytes + 2*len(callID), heapPos: -1}
	s.calls[callID] = d
	return d
}

// place puts a dialog into the bucket of its trunk, as the latest, and keeps
// the bounds. The dialog itself may be what a bound costs: the result is false
// then.
func (s *store) place(d *dialog, trunk int) bool {
	s.take(d)
	key := bucketKey{trunk, d.source}
	b := s.buckets[key]
	if b == nil {
		b = &bucket{key: key, dialogs: list.New()}
		s.buckets[key] = b
		heap.Push(&s.trunk(trunk).buckets, b)
		heap.Push(&s.source(d.source).buckets, b)
	}
	d.bucket, d.element = b, b.dialogs.PushBack(d)
	d.counted = d.bytes
	s.count(b, 1, d.counted)
	if d.heapPos < 0 {
		heap.Push(&s.expiry, d)
	} else {
		heap.Fix(&s.expiry, d.heapPos)
	}
	for s.trunks[trunk].count > s.opts.MaxDialogsPerTrunk {
		s.stats.EvictedTrunk++
		s.remove(s.trunks[trunk].oldest())
	}
	for g := s.sources[d.source]; g != nil && g.count > s.opts.MaxDialogsPerSource; {
		s.stats.EvictedSource++
		s.remove(g.oldest())
	}
	for s.bytes > s.opts.MaxBytes && len(s.calls) > 1 {
		s.stats.EvictedBytes++
		s.remove(s.largest.Top().oldest())
	}
	return s.calls[d.callID] == d
}

// oldest is the next one to go: the longest untouched of the fullest bucket.
func (g *group) oldest() *dialog {
	return g.buckets.Top().dialogs.Front().Value.(*dialog)
}

func (s *store) trunk(i int) *group {
	g := s.trunks[i]
	if g == nil {
		g = &group{trunk: i, buckets: pile.Pile[*bucket]{Before: fuller, Moved: func(b *bucket, i int) { b.inTrunk = i }}}
		s.trunks[i] = g
		heap.Push(&s.largest, g)
	}
	return g
}

func (s *store) source(a netip.Addr) *group {
	g := s.sources[a]
	if g == nil {
		g = &group{buckets: pile.Pile[*bucket]{Before: fuller, Moved: func(b *bucket, i int) { b.inSource = i }}}
		s.sources[a] = g
	}
	return g
}

// count keeps the sums of a bucket's groups and their order.
func (s *store) count(b *bucket, dialogs, bytes int) {
	t, from := s.trunks[b.key.trunk], s.sources[b.key.source]
	t.count += dialogs
	t.bytes += bytes
	from.count += dialogs
	s.bytes += bytes
	heap.Fix(&t.buckets, b.inTrunk)
	heap.Fix(&from.buckets, b.inSource)
	heap.Fix(&s.largest, t.place)
}

// take lifts a dialog out of its bucket, and drops the bucket if it is empty.
func (s *store) take(d *dialog) {
	b := d.bucket
	if b == nil {
		return
	}
	b.dialogs.Remove(d.element)
	d.bucket, d.element = nil, nil
	s.count(b, -1, -d.counted)
	if b.dialogs.Len() > 0 {
		return
	}
	delete(s.buckets, b.key)
	t, from := s.trunks[b.key.trunk], s.sources[b.key.source]
	heap.Remove(&t.buckets, b.inTrunk)
	heap.Remove(&from.buckets, b.inSource)
	if t.count == 0 {
		heap.Remove(&s.largest, t.place)
		delete(s.trunks, b.key.trunk)
	}
	if from.count == 0 {
		delete(s.sources, b.key.source)
	}
}

// remove forgets a dialog.
func (s *store) remove(d *dialog) {
	s.removing(d)
	s.take(d)
	if d.heapPos >= 0 {
		heap.Remove(&s.expiry, d.heapPos)
	}
	delete(s.calls, d.callID)
	for i := range d.media {
		s.unindex(d, &d.media[i])
	}
}

// expire forgets the dialogs whose time is over.
func (s *store) expire(now time.Time) {
	for s.expiry.Len() > 0 && s.expiry.Top().expires.Before(now) {
		s.stats.Expired++
		s.remove(s.expiry.Top())
	}
}

// index makes a dialog found by a media address.
func (s *store) index(d *dialog, m *mediaAt) {
	for _, a := range m.addresses() {
		all := s.media[a]
		if slices.Contains(all, d) {
			continue
		}
		if len(all) == perAddress {
			all = slices.Delete(all, crowded(all), crowded(all)+1)
		}
		s.media[a] = append(all, d)
	}
}

// crowded picks whom to drop from a full list: the oldest entry of the trunk
// that has most, so that nobody pushes out his neighbours.
func crowded(all []*dialog) int {
	counts := make(map[bucketKey]int, len(all))
	most := 0
	for _, d := range all {
		if d.bucket != nil {
			k := bucketKey{trunk: d.bucket.key.trunk}
			counts[k]++
			most = max(most, counts[k])
		}
	}
	for i, d := range all {
		if d.bucket == nil || counts[bucketKey{trunk: d.bucket.key.trunk}] == most {
			return i
		}
	}
	return 0
}

// unindex undoes index, unless another entry of the dialog has the address.
func (s *store) unindex(d *dialog, m *mediaAt) {
	for _, a := range m.addresses() {
		all := s.media[a]
		i := slices.Index(all, d)
		if i < 0 {
			continue
		}
		if all = slices.Delete(all, i, i+1); len(all) == 0 {
			delete(s.media, a)
		} else {
			s.media[a] = all
		}
	}
}

// addresses are those of RTP and of RTCP, without repetition.
func (m *mediaAt) addresses() []netip.AddrPort {
	out := make([]netip.AddrPort, 0, 2)
	for _, a := range []netip.AddrPort{m.rtp, m.rtcp} {
		if a.Addr().IsValid() && a.Port() != 0 && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
