package routing

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"slices"
)

// A snapshot is the plain part of a state: magic, version, configuration
// (JSON, without agents), counters, queues' estimators, agents in order of
// configuration, plans, contacts in order of entry, and a CRC-32 of all that.
const (
	snapshotMagic   = "trkl-acd"
	snapshotVersion = 1
)

// AppendBinary appends a snapshot of the state, from which [Restore] makes one
// with the same future. Equal states give equal bytes.
func (s *State) AppendBinary(b []byte) ([]byte, error) {
	begin := len(b)
	w := &writer{b: append(b, snapshotMagic...)}
	w.byte(snapshotVersion)
	cfg, err := json.Marshal(&s.cfg)
	if err != nil {
		return b, err
	}
	w.uint(uint64(len(cfg)))
	w.b = append(w.b, cfg...)
	w.int(int64(s.now))
	w.int(int64(s.wakeAt))
	for _, v := range []uint64{s.nextSeq, s.nextIdle, s.nextRound, s.nextOrd, uint64(s.nextOffer)} {
		w.uint(v)
	}
	for i := range s.queues {
		e := &s.queues[i].est
		w.int(int64(e.last))
		w.int(e.mean)
		w.uint(uint64(e.samples))
	}
	slots := s.contactOrder()
	ordinal := make([]int32, len(s.contacts))
	for i, slot := range slots {
		ordinal[slot] = int32(i)
	}
	s.writeAgents(w, ordinal)
	s.writeContacts(w, slots)
	return binary.LittleEndian.AppendUint32(w.b, crc32.ChecksumIEEE(w.b[begin:])), nil
}

// contactOrder lists the contacts' slots in order of entry.
func (s *State) contactOrder() []int32 {
	slots := make([]int32, 0, s.table.used)
	for i := range s.contacts {
		if s.contacts[i].phase != phaseFree {
			slots = append(slots, int32(i))
		}
	}
	slices.SortFunc(slots, func(a, b int32) int { return cmp.Compare(s.contacts[a].seq, s.contacts[b].seq) })
	return slots
}

// Bits of an agent's flags.
const (
	agentConfigured = 1 << iota
	agentPending
	agentHasOwn
	agentHasWork
)

func (s *State) writeAgents(w *writer, ordinal []int32) {
	w.uint(uint64(len(s.roster)))
	ord := uint64(0)
	for _, slot := range s.roster {
		a := &s.agents[slot]
		flags := byte(0)
		set := func(bit byte, on bool) {
			if on {
				flags |= bit
			}
		}
		hasOwn := slices.ContainsFunc(a.own[:], func(v int8) bool { return v != none })
		set(agentConfigured, a.configured)
		set(agentPending, a.pending)
		set(agentHasOwn, hasOwn)
		set(agentHasWork, len(a.work) > 0)
		w.byte(flags)
		w.text(string(a.id))
		w.uint(a.ord - ord)
		ord = a.ord
		w.uint(s.nextIdle - a.idleSeq)
		w.uint(s.nextRound - a.roundSeq)
		w.int(int64(s.now - a.idleSince))
		w.byte(byte(a.status)<<4 | byte(a.presence))
		if a.status == StatusBreak {
			w.uint(uint64(a.reason + 1))
		}
		if a.pending {
			w.byte(byte(a.pendStatus))
			w.uint(uint64(a.pendReason + 1))
		}
		if a.configured {
			w.uint(uint64(a.profile))
			w.uint(uint64(a.rank))
			w.uint(uint64(len(a.skills)))
			for _, sl := range a.skills {
				w.uint(uint64(s.skillIDs[sl.Skill])*8 + uint64(sl.Level))
			}
		}
		if hasOwn {
			for _, v := range a.own {
				w.byte(byte(v + 1))
			}
		}
		if len(a.work) > 0 {
			s.writeWork(w, a, ordinal)
		}
	}
}

func (s *State) writeWork(w *writer, a *agent, ordinal []int32) {
	w.uint(uint64(len(a.work)))
	for i := range a.work {
		k := &a.work[i]
		w.byte(byte(k.phase))
		w.byte(byte(k.channel))
		w.bool(k.outbound)
		if k.phase != workWrapUp {
			slot, _ := s.table.find(s.contacts, k.contact)
			w.uint(uint64(ordinal[slot]))
			continue
		}
		w.text(string(k.contact))
		w.bool(k.holds)
		w.bool(k.forced)
		w.int(int64(k.limit))
	}
}

// Bits of a contact's flags, above the two of its phase.
const (
	contactGuarded = 1 << (iota + 2)
	contactRung
	contactHasExtra
	contactHasPlan // of its own: not that of its queue
)

func (s *State) writeContacts(w *writer, slots []int32) {
	numbers := make([]int32, len(s.pool.plans)) // 0: not written yet
	var plans []int32
	for _, slot := range slots {
		if c := &s.contacts[slot]; !s.hasQueuesPlan(c) && numbers[c.plan] == 0 {
			plans = append(plans, c.plan)
			numbers[c.plan] = int32(len(plans))
		}
	}
	w.uint(uint64(len(plans)))
	for _, id := range plans {
		w.steps(s.pool.steps(id))
	}
	places := make([]int32, len(s.agents))
	for i, slot := range s.roster {
		places[slot] = int32(i)
	}
	w.uint(uint64(len(slots)))
	seq := uint64(0)
	for _, slot := range slots {
		c := &s.contacts[slot]
		flags := byte(c.phase)
		if c.guarded {
			flags |= contactGuarded
		}
		if c.rung {
			flags |= contactRung
		}
		if c.extra != none {
			flags |= contactHasExtra
		}
		if !s.hasQueuesPlan(c) {
			flags |= contactHasPlan
		}
		w.byte(flags)
		w.text(string(c.id))
		w.uint(c.seq - seq)
		seq = c.seq
		w.uint(uint64(c.queue - goneQueue))
		w.byte(byte(c.channel))
		w.int(int64(s.now - c.enqueued))
		w.int(int64(c.credit))
		w.int(int64(c.priority))
		if flags&contactHasPlan != 0 {
			w.uint(uint64(numbers[c.plan] - 1))
		}
		w.int(int64(c.step))
		w.byte(c.stage)
		w.int(int64(c.announce - c.enqueued))
		if c.phase != phaseWaiting {
			w.uint(uint64(c.offer))
			w.int(int64(c.expires))
		}
		if c.extra != none {
			s.writeExtra(w, &s.extras[c.extra], places)
		}
	}
}

// hasQueuesPlan tells that the contact's plan need not be written.
func (s *State) hasQueuesPlan(c *contact) bool {
	return c.queue >= 0 && s.queues[c.queue].plan == c.plan
}

func (s *State) writeExtra(w *writer, x *extra, places []int32) {
	w.uint(uint64(len(x.people)))
	for _, id := range x.people {
		w.text(string(id))
	}
	w.uint(uint64(x.grace))
	w.uint(uint64(len(x.decline)))
	for _, d := range x.decline {
		w.uint(uint64(places[d.agent]))
		w.int(int64(d.until - s.now))
	}
}
