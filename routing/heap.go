package routing

// steps counts what the index compares, visits and moves, as an exact and
// repeatable measure of what an event costs.
type steps uint64

// node is an entry of a heap: who, and his place.
type node struct {
	key int64
	tie uint64 // unique among equal keys, so the order is total
	id  int32
}

func (a node) before(b node) bool {
	return a.key < b.key || a.key == b.key && a.tie < b.tie
}

// heap is a 4-ary min-heap whose entries can be removed by id: pos[id] is where
// an entry stands, -1 if it is in no heap. Several heaps may share one pos as
// long as an id is in one of them at a time. Keys are unique, so which entry is
// first never depends on the history of the heap.
type heap []node

const arity = 4

func (h *heap) push(pos []int32, n node) steps {
	*h = append(*h, n)
	return h.up(pos, len(*h)-1)
}

// remove takes out the entry of an id that is in the heap.
func (h *heap) remove(pos []int32, id int32) steps {
	old := *h
	i, last := int(pos[id]), len(old)-1
	pos[id] = -1
	moved := old[last]
	*h = old[:last]
	if i == last {
		return 1
	}
	(*h)[i] = moved
	pos[moved.id] = int32(i)
	if i > 0 && moved.before((*h)[(i-1)/arity]) {
		return h.up(pos, i)
	}
	return h.down(pos, i)
}

func (h heap) up(pos []int32, i int) steps {
	n, taken := h[i], steps(1)
	for i > 0 {
		parent := (i - 1) / arity
		if !n.before(h[parent]) {
			break
		}
		taken++
		h[i] = h[parent]
		pos[h[i].id] = int32(i)
		i = parent
	}
	h[i] = n
	pos[n.id] = int32(i)
	return taken
}

func (h heap) down(pos []int32, i int) steps {
	n, taken := h[i], steps(1)
	for {
		first := i*arity + 1
		if first >= len(h) {
			break
		}
		least := first
		taken += arity
		for c := first + 1; c < min(first+arity, len(h)); c++ {
			if h[c].before(h[least]) {
				least = c
			}
		}
		if !h[least].before(n) {
			break
		}
		h[i] = h[least]
		pos[h[i].id] = int32(i)
		i = least
	}
	h[i] = n
	pos[n.id] = int32(i)
	return taken
}

// firstWhere returns the first entry in order that is accepted. It visits an
// entry's children only when the entry itself is refused, so it costs what the
// refused ones ahead cost and not what the heap's size does.
func (h heap) firstWhere(scratch *[]int32, accept func(id int32) bool) (node, bool) {
	if len(h) == 0 {
		return node{}, false
	}
	best, found := node{}, false
	open := append((*scratch)[:0], 0)
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		n := h[i]
		if found && !n.before(best) {
			continue
		}
		if accept(n.id) {
			best, found = n, true
			continue
		}
		for c := int(i)*arity + 1; c < min(int(i)*arity+1+arity, len(h)); c++ {
			open = append(open, int32(c))
		}
	}
	*scratch = open
	return best, found
}
