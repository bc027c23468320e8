package mediaqos

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// never is the closing time of a stream that no BYE ended.
const never = math.MaxInt64

// stream is one tracked stream: its last reports in order and what is left of
// the one before them.
type stream struct {
	recs [Window]record
	n    uint8

	// slid says that reports have left the window: id and start no longer
	// change, and base is the predecessor of recs[0]. Before that base holds
	// the reason of the first report: first or ssrc_collision.
	slid bool
	// stored is the reason that the store gives for the first report: of a
	// collision that was known when it was written no trace may be left.
	stored Baseline
	base   predecessor

	id     schema.StreamID
	start  int64 // time of the first report, Unix microseconds
	closed int64 // when a BYE took effect; never while the stream is open

	taps  []Tap // in order of their addresses, at most MaxTaps
	media *mediaInfo
	group *group
	next  *stream // in the group, or in the free list
}

// mediaInfo is a Media with its codec looked up, shared by all streams of like media.
type mediaInfo struct {
	Media
	codec *Codec
}

// last is the time of the latest report.
func (st *stream) last() int64 {
	if st.n == 0 {
		return st.base.micros
	}
	return st.recs[st.n-1].micros
}

// tapIndex returns the stream's index of a tap, or -1.
func (st *stream) tapIndex(t *Tap) int {
	for i := range st.taps {
		if st.taps[i] == *t {
			return i
		}
	}
	return -1
}

// predecessorOf returns what report i subtracts.
func (st *stream) predecessorOf(i int) predecessor {
	if i == 0 {
		return st.base
	}
	return st.recs[i-1].asPredecessor()
}

func (r *record) asPredecessor() predecessor {
	return predecessor{micros: r.micros, counts: counts{r.extendedSeq, r.cumulativeLost}}
}

// push appends a report that comes after all others; the oldest one becomes
// the base when the window is full.
func (st *stream) push(r record) {
	if st.n == Window {
		st.base = st.recs[0].asPredecessor()
		st.slid = true
		copy(st.recs[:], st.recs[1:])
		st.n--
	}
	st.recs[st.n] = r
	st.n++
}

// rtt picks a report's round trip: the strongest method; of equal ones that at
// the earliest tap, then in order of the taps' addresses.
func (st *stream) rtt(r *record) RTT {
	best := r.rtts[r.sights.earliest()].unpack()
	for i := range st.taps {
		if rtt := r.rtts[i].unpack(); rtt.Method > best.Method && r.sights.seenAt(i) {
			best = rtt
		}
	}
	return best
}

// tapList lists where a report was seen, the earliest first, the others in
// order of their addresses.
func (st *stream) tapList(r *record) TapList {
	var l TapList
	first := r.sights.earliest()
	l.add(st.taps[first])
	for i := range st.taps {
		if i != first && r.sights.seenAt(i) {
			l.add(st.taps[i])
		}
	}
	return l
}

// fill writes the fact of report i into e.
func (st *stream) fill(e *Emission, scorer *Scorer, tenant schema.TenantID, i int) {
	r := &st.recs[i]
	*e = Emission{
		Tenant:   tenant,
		Time:     microTime(r.micros),
		StreamID: st.id,
		Taps:     st.tapList(r),
		Wire:     r.wire(st.group.key.reporter, st.group.key.source),
		Media:    st.media.Media,
	}
	e.ReportID = e.Wire.Hash(tenant)
	e.Derived = scorer.derive(r.micros, &e.Wire, st.predecessorOf(i), &st.media.Media, st.media.codec, st.rtt(r))
}

// microTime is the time of a key: UTC, so that equal instants are equal values.
func microTime(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// streamIDVersion separates this layout of the hashed bytes from later ones.
const streamIDVersion = 1

// streamID identifies a stream by its parties and by where and when it was
// first seen.
func streamID(tenant schema.TenantID, key groupKey, tap Tap, micros int64) schema.StreamID {
	var buf [192]byte
	b := append(buf[:0], streamIDVersion)
	b = binary.BigEndian.AppendUint32(b, key.reporter)
	b = binary.BigEndian.AppendUint32(b, key.source)
	b = binary.BigEndian.AppendUint64(b, uint64(micros))
	b = append(b, tap.String()...)
	b = append(b, 0)
	b = append(b, tenant...)
	sum := sha256.Sum256(b)
	return schema.StreamID(sum[:16])
}
