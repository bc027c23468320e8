//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import "sync/atomic"

// recovery is what a ring held when it was opened.
type recovery struct {
	head, tail uint64
	torn       uint64
}

// recover finds the datagrams of an earlier process and seals them.
//
// Of this boot of the machine, memory is as that process and the kernel left
// it: datagrams follow each other from head on without a gap. Of an earlier
// boot, pages may be of different ages: each slot of the window that has its
// number and its checksum counts, and what lies between is given as damaged.
func (r *ring) recover(sameBoot bool) recovery {
	head := max(1, atomic.LoadUint64(r.head))
	atomic.StoreUint64(r.head, head)
	found := recovery{head: head, tail: head}
	end := head + uint64(r.layout.slots)
	if end < head { // a head that no counting reaches: start anew
		found = recovery{head: 1, tail: 1}
		atomic.StoreUint64(r.head, 1)
		r.armedTo = 1
		return found
	}
	for seq := head; seq < end; seq++ {
		if !r.received(seq) {
			if sameBoot {
				if r.torn(seq) {
					found.torn++
					r.slot(seq).name = [nameSize]byte{} // counted once
				}
				break
			}
			continue
		}
		if sameBoot || r.sealed(seq) {
			found.tail = seq + 1
		}
	}
	for seq := head; seq < found.tail; seq++ {
		switch {
		case sameBoot && r.slot(seq).sum == 0:
			r.seal(seq) // it is whole: the kernel came to its end
		case !sameBoot && !(r.received(seq) && r.sealed(seq)):
			r.condemn(seq)
		}
	}
	r.armedTo = found.tail
	return found
}

// condemn makes a slot hold a damaged datagram of that number, for the next
// process too: it is of the same boot and would believe what it finds.
func (r *ring) condemn(seq uint64) {
	s := r.slot(seq)
	atomic.StoreUint32(&r.message(seq).length, 0)
	atomic.StoreUint64(&s.seq, seq)
	wrong := r.sum(seq) ^ 1<<31
	atomic.StoreUint32(&s.sum, max(wrong, 1))
}
