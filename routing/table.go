package routing

import "encoding/binary"

// idTable finds a contact's slot by its id. It is open addressing with linear
// probing; deleting shifts entries back, so that a table in steady use neither
// grows nor allocates. Each entry repeats 32 bits of its hash, so that neither
// probing nor deleting looks at other contacts. Nothing ever walks over it: its
// order is nobody's business.
type idTable struct {
	entries []tableEntry
	used    int
	steps   steps // entries looked at
}

type tableEntry struct {
	slot int32 // slot+1; 0 is empty
	hash uint32
}

// maxTable is the most entries that 32 bits of hash can place.
const maxTable = 1 << 31

// hashID mixes 8 bytes at a time. Ids come from our own side, so it need not
// withstand an attacker, and it is the same on every machine.
func hashID(id ContactID) uint32 {
	h := uint64(len(id)) * 0x9e3779b97f4a7c15
	for len(id) >= 8 {
		var word [8]byte
		copy(word[:], id)
		h = mix(h ^ binary.LittleEndian.Uint64(word[:]))
		id = id[8:]
	}
	if len(id) > 0 {
		var tail uint64
		for i := range len(id) {
			tail = tail<<8 | uint64(id[i])
		}
		h = mix(h ^ tail)
	}
	return uint32(h)
}

func mix(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 29
	return h
}

func (t *idTable) find(contacts []contact, id ContactID) (int32, bool) {
	if len(t.entries) == 0 {
		return 0, false
	}
	hash, mask := hashID(id), uint32(len(t.entries)-1)
	for i := hash & mask; t.entries[i].slot != 0; i = (i + 1) & mask {
		t.steps++
		if e := t.entries[i]; e.hash == hash && contacts[e.slot-1].id == id {
			return e.slot - 1, true
		}
	}
	return 0, false
}

// insert adds a slot whose contact has its id already and is not in the table.
func (t *idTable) insert(contacts []contact, slot int32) {
	if 4*(t.used+1) > 3*len(t.entries) && len(t.entries) < maxTable {
		old := t.entries
		t.entries = make([]tableEntry, max(64, 2*len(old)))
		for _, e := range old {
			if e.slot != 0 {
				t.place(e)
			}
		}
	}
	t.used++
	t.place(tableEntry{slot: slot + 1, hash: hashID(contacts[slot].id)})
}

func (t *idTable) place(e tableEntry) {
	mask := uint32(len(t.entries) - 1)
	i := e.hash & mask
	for t.entries[i].slot != 0 {
		t.steps++
		i = (i + 1) & mask
	}
	t.entries[i] = e
}

// remove deletes the entry of a slot whose contact still has its id.
func (t *idTable) remove(contacts []contact, slot int32) {
	mask := uint32(len(t.entries) - 1)
	i := hashID(contacts[slot].id) & mask
	for t.entries[i].slot != slot+1 {
		i = (i + 1) & mask
	}
	t.used--
	for j := (i + 1) & mask; t.entries[j].slot != 0; j = (j + 1) & mask {
		t.steps++
		// The entry may move back unless its home lies cyclically in (i, j].
		if home := t.entries[j].hash & mask; (j-home)&mask >= (j-i)&mask {
			t.entries[i] = t.entries[j]
			i = j
		}
	}
	t.entries[i] = tableEntry{}
}
