package routing

// holders finds the groups that meet a requirement by combining, for each
// skill and level named, the set of groups that hold it. So a class that is
// seen for the first time costs a few passes over the groups' bits and not one
// look at every group.
type holders struct {
	atLeast [][MaxLevel + 1]bitset // by skill and level, from 1
	all     bitset
	serving [][]bitset // by queue and stage; nil until asked for
	scratch []bitset
}

func newHolders(skills, queues int) holders {
	return holders{atLeast: make([][MaxLevel + 1]bitset, skills), serving: make([][]bitset, queues)}
}

// add notes a new group.
func (h *holders) add(id int32, levels []uint8) {
	h.all = h.all.grown(int(id) + 1)
	h.all.set(id)
	for skill, level := range levels {
		for l := uint8(1); l <= level; l++ {
			b := &h.atLeast[skill][l]
			*b = b.grown(int(id) + 1)
			b.set(id)
		}
	}
	clear(h.serving) // it does not have the new group
}

// meeting writes the groups that meet a requirement into out, which is as long
// as all.
func (h *holders) meeting(n *needNode, out bitset, depth int) {
	switch n.op {
	case OpSkill:
		clear(out)
		if n.skill >= 0 {
			copy(out, h.atLeast[n.skill][n.level])
		}
	case OpAll, OpAny, OpNot:
		part := h.room(depth)
		h.meeting(&n.of[0], out, depth+1)
		for i := 1; i < len(n.of); i++ {
			h.meeting(&n.of[i], part, depth+1)
			for w := range out {
				if n.op == OpAll {
					out[w] &= part[w]
				} else {
					out[w] |= part[w]
				}
			}
		}
		if n.op == OpNot {
			for w := range out {
				out[w] = h.all[w] &^ out[w]
			}
		}
	default:
		copy(out, h.all)
	}
}

// room returns the scratch set of a nesting depth. A requirement's operands
// are written one level deeper than itself, so sets in use differ.
func (h *holders) room(depth int) bitset {
	for len(h.scratch) <= depth {
		h.scratch = append(h.scratch, nil)
	}
	if len(h.scratch[depth]) < len(h.all) {
		h.scratch[depth] = make(bitset, len(h.all))
	}
	return h.scratch[depth][:len(h.all)]
}

// row writes the groups that suit a class into a row of the matrix.
func (s *State) row(k *class, row bitset) {
	x := &s.index
	h := &x.holders
	words := len(h.all)
	serving := &h.serving[k.queue]
	if *serving == nil {
		*serving = make([]bitset, len(s.queues[k.queue].delays)+1)
	}
	if (*serving)[k.stage] == nil {
		b := make(bitset, words)
		for g := range x.groups {
			if s.servesAt(k.queue, k.stage, x.groups[g].profile) == TestPassed {
				b.set(int32(g))
			}
		}
		(*serving)[k.stage] = b
	}
	h.meeting(&s.pool.needs[k.need].code, row[:words], 1)
	base := h.room(0)
	h.meeting(&s.pool.needs[s.queues[k.queue].need].code, base, 1)
	for w := range base {
		row[w] &= base[w] & (*serving)[k.stage][w]
	}
}
