package pipeline

import (
	"maps"
	"math"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// note is what a fact needs and mediaqos has no use for: 48 bytes and a name.
type note struct {
	source *Source
	// origin is the last that was given; see origins.
	origin *labelled
	sender *senderCount
	cname  string
	seen   uint32 // Unix seconds of the last report
}

// seconds are Unix seconds from 1970 to 2106, and the nearest of them beyond.
func seconds(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), math.MaxUint32)) }

// notes are those of one stripe. There is one for each stream, so that it is
// held as tightly as the streams themselves.
type notes struct {
	index  map[noteKey]uint32
	chunks [][]note
	free   []uint32

	tenants map[schema.TenantID]uint32
	last    schema.TenantID // the one asked for last, and its number
	lastN   uint32
}

// noteKey names the streams that one reporter has of one source, by the number
// of the tenant.
type noteKey struct{ tenant, reporter, source uint32 }

// noteChunk is how many notes are allocated together.
const noteChunk = 128

func makeNotes() notes {
	return notes{index: map[noteKey]uint32{}, tenants: map[schema.TenantID]uint32{}}
}

// key makes a key; tenants are numbered from 1 as they come.
func (ns *notes) key(tenant schema.TenantID, reporter, source uint32) noteKey {
	if ns.lastN == 0 || ns.last != tenant {
		n, known := ns.tenants[tenant]
		if !known {
			n = uint32(len(ns.tenants) + 1)
			ns.tenants[tenant] = n
		}
		ns.last, ns.lastN = tenant, n
	}
	return noteKey{ns.lastN, reporter, source}
}

func (ns *notes) at(i uint32) *note { return &ns.chunks[i/noteChunk][i%noteChunk] }

// get returns the note of a key, nil if there is none.
func (ns *notes) get(key noteKey) *note {
	if i, ok := ns.index[key]; ok {
		return ns.at(i)
	}
	return nil
}

// add makes an empty note for a key that has none.
func (ns *notes) add(key noteKey) *note {
	if len(ns.free) == 0 {
		first := uint32(len(ns.chunks) * noteChunk)
		ns.chunks = append(ns.chunks, make([]note, noteChunk))
		for i := range uint32(noteChunk) {
			ns.free = append(ns.free, first+noteChunk-1-i)
		}
	}
	i := ns.free[len(ns.free)-1]
	ns.free = ns.free[:len(ns.free)-1]
	ns.index[key] = i
	return ns.at(i)
}

// drop forgets the note of a key that has one.
func (ns *notes) drop(key noteKey) {
	i := ns.index[key]
	delete(ns.index, key)
	*ns.at(i) = note{}
	ns.free = append(ns.free, i)
}

// forget drops notes by what they say; nothing may depend on the order.
func (ns *notes) forget(del func(*note) bool) {
	maps.DeleteFunc(ns.index, func(_ noteKey, i uint32) bool {
		if !del(ns.at(i)) {
			return false
		}
		*ns.at(i) = note{}
		ns.free = append(ns.free, i)
		return true
	})
}
