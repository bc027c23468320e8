package pipeline

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// rations bound what each listener may put into quarantine in a day, and what
// of that one sender may.
type rations struct {
	max     int
	day     int64
	used    map[string]*ration
	refused uint64
}

// ration is what a listener has used today.
type ration struct {
	rows    int
	senders map[netip.Addr]int
}

func newRations(limit int) rations { return rations{max: limit, used: map[string]*ration{}} }

// take uses one row.
func (r *rations) take(listener string, sender netip.Addr, now time.Time) bool {
	if day := now.Unix() / 86400; day != r.day {
		r.day = day
		clear(r.used)
	}
	u := r.used[listener]
	if u == nil {
		u = &ration{senders: map[netip.Addr]int{}}
		r.used[listener] = u
	}
	if u.rows >= r.max || u.senders[sender] >= max(1, r.max/4) {
		r.refused++
		return false
	}
	u.rows++
	u.senders[sender]++
	return true
}

// identify names what is in quarantine by how it came and what it says.
func (f *QuarantineFact) identify() {
	h := sha256.New()
	put := func(b []byte) {
		var length [8]byte
		for i, n := 0, len(b); i < 8; i++ {
			length[i] = byte(n >> (8 * i))
		}
		h.Write(length[:])
		h.Write(b)
	}
	text := func(a netip.AddrPort) []byte { b, _ := a.MarshalBinary(); return b }
	put([]byte(f.Source.Name))
	put([]byte(f.Form))
	put(text(f.From))
	put(text(f.To))
	put([]byte(f.CallID))
	put([]byte(f.Captured.UTC().Format(time.RFC3339Nano)))
	if f.Form != FormCall { // a call that is told again with more is one
		put(f.Payload)
	}
	f.ID = schema.QuarantineID(h.Sum(nil))
}
