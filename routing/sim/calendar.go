package sim

import "github.com/trunkline-cc/trunkline/routing"

// happening is something that a run has planned.
type happening struct {
	at    routing.Time
	order uint32 // settles equal instants: first planned, first served
	kind  happeningKind
	what  int32  // a contact slot or an agent
	turn  uint32 // of the contact slot when it was planned; a later turn makes it void
}

type happeningKind uint8

const (
	patienceEnds happeningKind = iota
	answers
	contactEnds
	wrapUpEnds
	agentReturns
)

func (h *happening) before(o *happening) bool {
	return h.at < o.at || h.at == o.at && int32(h.order-o.order) < 0
}

// calendar is a heap of happenings, four children a node: flatter than two,
// and its comparisons fall in one cache line or two.
type calendar struct {
	heap  []happening
	order uint32
}

func (c *calendar) add(h happening) {
	h.order = c.order
	c.order++
	c.heap = append(c.heap, h)
	i := len(c.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !h.before(&c.heap[parent]) {
			break
		}
		c.heap[i] = c.heap[parent]
		i = parent
	}
	c.heap[i] = h
}

// pop removes the first happening; the calendar must not be empty.
func (c *calendar) pop() happening {
	first := c.heap[0]
	last := c.heap[len(c.heap)-1]
	c.heap = c.heap[:len(c.heap)-1]
	n := len(c.heap)
	if n == 0 {
		return first
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for j := child + 1; j < min(child+4, n); j++ {
			if c.heap[j].before(&c.heap[least]) {
				least = j
			}
		}
		if !c.heap[least].before(&last) {
			break
		}
		c.heap[i] = c.heap[least]
		i = least
	}
	c.heap[i] = last
	return first
}
