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
	snapshotVersion = 2
)

// SnapshotBytes returns the length of what [State.AppendBinary] would append
// now, so that a host whose storage has a limit can act before it is reached.
// It costs a few milliseconds for tens of thousands of contacts: ask now and
// then, not after every event. In general a contact takes its id, 16 bytes if
// that is a UUID, and 4 to 8 more; an agent takes his id, 16 to 20 more, and 1
// to 2 for each skill; each distinct plan of those contacts takes 4 and 2 to 3
// for each skill that it names.
func (s *State) SnapshotBytes() (int, error) {
	b, err := s.AppendBinary(s.sized[:0])
	if err != nil {
		return 0, err
	}
	s.sized = b[:0]
	return len(b), nil
}

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
	agentUUID
	agentHasRank
	agentJump // its number is not the one after that of the agent before
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
		set(agentUUID, isUUID(string(a.id)))
		set(agentHasRank, a.configured && a.rank != 0)
		set(agentJump, a.ord != ord+1)
		w.byte(flags)
		w.id(string(a.id))
		if a.ord != ord+1 {
			w.uint(a.ord - ord)
		}
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
			if a.rank != 0 {
				w.uint(uint64(a.rank))
			}
			s.writeSkills(w, a.skills)
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

// writeSkills writes skills in order of number, each as its distance from the
// one before and its level in one: mostly a byte.
func (s *State) writeSkills(w *writer, skills []SkillLevel) {
	var list []uint64
	for _, sl := range skills {
		list = append(list, uint64(s.skillIDs[sl.Skill])<<8|uint64(sl.Level))
	}
	slices.Sort(list)
	w.uint(uint64(len(list)))
	next := uint64(0)
	for _, v := range list {
		w.uint((v>>8-next)*MaxLevel + v&0xff - 1)
		next = v>>8 + 1
	}
}

func (s *State) writeWork(w *writer, a *agent, ordinal []int32) {
	w.uint(uint64(len(a.work)))
	for i := range a.work {
		k := &a.work[i]
		kind := byte(k.phase)<<workPhaseShift | byte(k.channel)
		if k.outbound {
			kind |= workOutbound
		}
		w.byte(kind)
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

// Parts of the byte that begins a piece of work, above its channel.
const (
	workPhaseShift = 4
	workOutbound   = 1 << 6
)

// Bits of a contact's flags, above the two of its phase. What most contacts
// have or lack is told by the first five, which with the phase make one byte.
const (
	contactHasPlan     = 1 << (iota + 2) // of its own: not that of its queue
	contactUUID                          // its id is one
	contactHasPriority                   // other than 0
	contactJump                          // its number is not the one after that of the contact before
	contactOtherQueue                    // than that of the contact before
	contactHasExtra
	contactHasCredit
	contactHasStep // other than 0
	contactHasStage
	contactHasChannel  // other than the first
	contactHasAnnounce // other than at its entry
	contactGuarded
	contactRung
	contactFlags = 1<<(iota+2) - 1
)

// has tells which of a contact's fields are worth writing, given the one
// before.
func (s *State) has(c *contact, seq uint64, queue int32) uint64 {
	flags := uint64(c.phase)
	set := func(bit uint64, on bool) {
		if on {
			flags |= bit
		}
	}
	set(contactHasPlan, !s.hasQueuesPlan(c))
	set(contactUUID, isUUID(string(c.id)))
	set(contactHasPriority, c.priority != 0)
	set(contactJump, c.seq != seq+1)
	set(contactOtherQueue, c.queue != queue)
	set(contactHasExtra, c.extra != none)
	set(contactHasCredit, c.credit != 0)
	set(contactHasStep, c.step != 0)
	set(contactHasStage, c.stage != 0)
	set(contactHasChannel, c.channel != 0)
	set(contactHasAnnounce, c.announce != c.enqueued)
	set(contactGuarded, c.guarded)
	set(contactRung, c.rung)
	return flags
}

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
		w.steps(s.pool.steps(id), s.skillIDs)
	}
	places := make([]int32, len(s.agents))
	for i, slot := range s.roster {
		places[slot] = int32(i)
	}
	w.uint(uint64(len(slots)))
	seq, queue, entered := uint64(0), int32(directQueue), s.now
	for _, slot := range slots {
		c := &s.contacts[slot]
		flags := s.has(c, seq, queue)
		w.uint(flags)
		w.id(string(c.id))
		if flags&contactJump != 0 {
			w.uint(c.seq - seq)
		}
		if flags&contactOtherQueue != 0 {
			w.uint(uint64(c.queue - goneQueue))
		}
		w.int(int64(c.enqueued - entered))
		seq, queue, entered = c.seq, c.queue, c.enqueued
		if flags&contactHasChannel != 0 {
			w.byte(byte(c.channel))
		}
		if flags&contactHasCredit != 0 {
			w.int(int64(c.credit))
		}
		if flags&contactHasPriority != 0 {
			w.int(int64(c.priority))
		}
		if flags&contactHasPlan != 0 {
			w.uint(uint64(numbers[c.plan] - 1))
		}
		if flags&contactHasStep != 0 {
			w.int(int64(c.step))
		}
		if flags&contactHasStage != 0 {
			w.byte(c.stage)
		}
		if flags&contactHasAnnounce != 0 {
			w.int(int64(c.announce - c.enqueued))
		}
		if c.phase == phaseOffered {
			w.uint(uint64(s.nextOffer - c.offer))
			w.int(int64(c.expires - s.now))
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
		if a, ok := s.agentIDs[id]; ok {
			w.uint(uint64(places[a]) + 1)
			continue
		}
		w.uint(0)
		w.text(string(id))
	}
	w.uint(uint64(x.grace))
	w.uint(uint64(len(x.decline)))
	for _, d := range x.decline {
		w.uint(uint64(places[d.agent]))
		w.int(int64(d.until - s.now))
	}
}
