package routing

// line is the contacts of one class, first in line first: blocks of sorted
// entries, each block a piece of memory of a power of two entries. Who is next
// lies at the front of the front block and who has just come at the end of the
// last, so the usual events touch one or two cache lines however long the line
// is, and no contact needs to know where in it it stands: its place tells. All
// but a few lines have only the front block.
type line struct {
	front block
	more  []block // none is empty, nor is front while there are any
	n     int
}

// block is a deque with room to spare on either side.
type block struct {
	at       []node // as long as it can become
	from, to int32
}

// The sizes of blocks. Lines of one or two contacts are the rule where every
// contact asks for something else; a full block of the largest size is moved
// in the time of a few cache misses.
const (
	minBlock  = 4
	maxBlock  = 256
	numBlocks = 7       // sizes from minBlock to maxBlock
	slabNodes = 1 << 12 // entries allocated at a time
)

// slab cuts blocks from large pieces of memory and keeps those given back, so
// that lines in steady use allocate nothing. Its steps count what the lines
// compared and moved: an exact measure of their cost, for tests.
type slab struct {
	rest  []node
	free  [numBlocks][][]node
	steps steps
}

// get returns a block of minBlock<<class entries.
func (m *slab) get(class int) []node {
	if n := len(m.free[class]); n > 0 {
		b := m.free[class][n-1]
		m.free[class] = m.free[class][:n-1]
		return b
	}
	size := minBlock << class
	if len(m.rest) < size {
		m.rest = make([]node, slabNodes)
	}
	b := m.rest[:size:size]
	m.rest = m.rest[size:]
	return b
}

func (m *slab) put(b []node) {
	if len(b) == 0 {
		return
	}
	class := 0
	for minBlock<<class < len(b) {
		class++
	}
	m.free[class] = append(m.free[class], b)
}

func (b *block) list() []node { return b.at[b.from:b.to] }

// place returns where in the block a new entry is to stand. Most come at the
// end or, with a little priority, close to it, so the search begins there and
// leaps twice as far each time.
func (b *block) place(m *slab, n node) int32 {
	hi, leap := b.to, int32(1)
	for hi > b.from {
		m.steps++
		probe := max(b.from, hi-leap)
		if b.at[probe].before(n) {
			return b.find(m, n, probe+1, hi)
		}
		hi, leap = probe, 2*leap
	}
	return hi
}

// find returns where in lo..hi an entry stands or would stand.
func (b *block) find(m *slab, n node, lo, hi int32) int32 {
	for lo < hi {
		m.steps++
		if mid := (lo + hi) / 2; b.at[mid].before(n) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// seek returns where an entry of the block stands: mostly at the front.
func (b *block) seek(m *slab, n node) int32 {
	if m.steps++; !b.at[b.from].before(n) {
		return b.from
	}
	return b.find(m, n, b.from+1, b.to)
}

// insert puts an entry at i. There is room behind, or in front and i is in the
// first half.
func (b *block) insert(m *slab, i int32, n node) {
	if b.to == int32(len(b.at)) || b.from > 0 && i-b.from < b.to-i {
		m.steps += steps(i - b.from)
		copy(b.at[b.from-1:], b.at[b.from:i])
		b.from--
		i--
	} else {
		m.steps += steps(b.to - i)
		copy(b.at[i+1:], b.at[i:b.to])
		b.to++
	}
	b.at[i] = n
}

// remove takes out the entry at i.
func (b *block) remove(m *slab, i int32) {
	if i-b.from < b.to-i-1 {
		m.steps += steps(i - b.from)
		copy(b.at[b.from+1:], b.at[b.from:i])
		b.from++
	} else {
		m.steps += steps(b.to - i - 1)
		copy(b.at[i:], b.at[i+1:b.to])
		b.to--
	}
}

// blockOf returns the block that an entry belongs to: the last whose first is
// not behind it.
func (l *line) blockOf(m *slab, n node) *block {
	lo, hi := 0, len(l.more) // more[lo-1] is not behind n, more[hi] is
	if hi > 0 {
		m.steps++
		if b := &l.more[hi-1]; !n.before(b.at[b.from]) {
			return b
		}
		m.steps++
		if b := &l.more[0]; n.before(b.at[b.from]) {
			return &l.front
		}
	}
	for lo < hi {
		m.steps++
		mid := (lo + hi) / 2
		if b := &l.more[mid]; n.before(b.at[b.from]) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if lo == 0 {
		return &l.front
	}
	return &l.more[lo-1]
}

// push puts an entry in its place.
func (l *line) push(m *slab, n node) {
	l.n++
	b := l.blockOf(m, n)
	i := b.place(m, n)
	if size := int32(len(b.at)); b.to == size && (b.from == 0 || i-b.from >= b.to-i) {
		if b.from > 0 && b.from >= size/8 {
			m.steps += steps(b.to - b.from)
			i, b.to = i-b.from, int32(copy(b.at, b.list()))
			b.from = 0
		} else {
			b = l.widen(m, b, n)
			i = b.place(m, n)
		}
	}
	b.insert(m, i, n)
}

// reserve gives an empty line room for n entries and half as many again, as far
// as one block goes.
func (l *line) reserve(m *slab, n int) {
	class := 0
	for class < numBlocks-1 && minBlock<<class < n+n/2 {
		class++
	}
	l.front = block{at: m.get(class)}
}

// widen makes room in a block that is as good as full, by one twice as large or by a second
// one, and returns the block for an entry that belonged to it.
func (l *line) widen(m *slab, b *block, n node) *block {
	if len(b.at) < maxBlock {
		class := 0
		for len(b.at) > 0 && minBlock<<class <= len(b.at) {
			class++
		}
		wide := block{at: m.get(class)}
		wide.to = int32(copy(wide.at, b.list()))
		m.steps += steps(wide.to)
		m.put(b.at)
		*b = wide
		return b
	}
	at := 0 // of the second block in more
	for at < len(l.more) && b != &l.front && &l.more[at] != b {
		at++
	}
	if b != &l.front {
		at++
	}
	second := block{at: m.get(numBlocks - 1)}
	if b.at[b.to-1].before(n) {
		second.at[0], second.to = n, 0 // behind all: the full block stays full
	} else {
		half := b.from + (b.to-b.from)/2
		second.to = int32(copy(second.at, b.at[half:b.to]))
		b.to = half
		m.steps += steps(second.to)
	}
	behind := second.to == 0 || !n.before(second.at[0])
	m.steps += steps(len(l.more) - at)
	l.more = append(l.more, block{})
	copy(l.more[at+1:], l.more[at:])
	l.more[at] = second
	switch {
	case behind:
		return &l.more[at]
	case at == 0:
		return &l.front
	default:
		return &l.more[at-1]
	}
}

// remove takes out an entry that is in the line, and gives its block back if
// it was the last there.
func (l *line) remove(m *slab, n node) {
	l.n--
	b := l.blockOf(m, n)
	b.remove(m, b.seek(m, n))
	if b.from < b.to {
		return
	}
	m.put(b.at)
	*b = block{}
	if len(l.more) == 0 {
		return
	}
	at := 0
	if b == &l.front {
		l.front = l.more[0]
	} else {
		for &l.more[at] != b {
			at++
		}
	}
	m.steps += steps(len(l.more) - at)
	copy(l.more[at:], l.more[at+1:])
	l.more[len(l.more)-1] = block{}
	l.more = l.more[:len(l.more)-1]
}

// first returns the first in line that is accepted.
func (l *line) first(m *slab, accept func(id int32) bool) (node, bool) {
	for i := -1; i < len(l.more); i++ {
		b := &l.front
		if i >= 0 {
			b = &l.more[i]
		}
		for _, n := range b.list() {
			m.steps++
			if accept(n.id) {
				return n, true
			}
		}
	}
	return node{}, false
}
