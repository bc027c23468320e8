package pipeline

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/schema"
)

// stamps tell a shard whether an answer that it keeps still holds, without a
// lock: each Call-ID and each address belongs to a slot, and what changes the
// answers for it changes the slot's number. Who shares a slot by chance is asked
// again for nothing.
type stamps struct {
	seed  maphash.Seed
	table atomic.Uint64
	slots [4096]atomic.Uint64
}

// stamp is the state of all that an answer depends on.
type stamp struct {
	table uint64
	slots [3]uint16
	at    [3]uint64
}

// slotOfCall and slotOfAddr say whose slot is which.
func (s *stamps) slotOfCall(id schema.CallID) uint16 {
	return uint16(maphash.String(s.seed, string(id)) % uint64(len(s.slots)))
}

func (s *stamps) slotOfAddr(a netip.AddrPort) uint16 {
	var b [18]byte
	ip := a.Addr().As16()
	copy(b[:], ip[:])
	binary.BigEndian.PutUint16(b[16:], a.Port())
	return uint16(maphash.Bytes(s.seed, b[:]) % uint64(len(s.slots)))
}

func (s *stamps) call(id schema.CallID) { s.slots[s.slotOfCall(id)].Add(1) }
func (s *stamps) addr(a netip.AddrPort) { s.slots[s.slotOfAddr(a)].Add(1) }
func (s *stamps) tableChanged()         { s.table.Add(1) }
func (s *stamps) holds(st *stamp) bool {
	return s.table.Load() == st.table && s.slots[st.slots[0]].Load() == st.at[0] &&
		s.slots[st.slots[1]].Load() == st.at[1] && s.slots[st.slots[2]].Load() == st.at[2]
}

// of is the present state of what an answer depends on.
func (s *stamps) of(e *attribution.Evidence) stamp {
	st := stamp{table: s.table.Load(), slots: [3]uint16{s.slotOfCall(e.CallID), s.slotOfAddr(plain(e.From)), s.slotOfAddr(plain(e.To))}}
	for i, slot := range st.slots {
		st.at[i] = s.slots[slot].Load()
	}
	return st
}

// plain is an address as the resolver compares it.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// answer is an attribution as shards keep it.
type answer struct {
	attributed
	direction    attribution.Direction
	reason       string
	answers      []attribution.Answer
	since, until time.Time
	stamp        stamp
}

// covers says that the answer is for reports captured at a moment, too.
func (a *answer) covers(at time.Time) bool {
	return (a.since.IsZero() || !at.Before(a.since)) && (a.until.IsZero() || !at.After(a.until))
}
