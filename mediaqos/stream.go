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
	taps tapSet
	n    uint8

	// slid says that reports have left the window: id and start no longer
	// change, and base is the predecessor of recs[0]. Before that base holds
	// the reason of the first report: first or ssrc_collision.
	slid bool
	// stored is the reason that the store gives for the first report: of a
	// collision that was known when it was written no trace may be left.
	stored Baseline
	// label is the caller's, see Observation.Label.
	label uint32
	base  predecessor

	id     schema.StreamID
	start  int64 // time of the first report, Unix microseconds
	closed int64 // when a BYE took effect; never while the stream is open

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
	return st.recs[st.n-1].micros()
}

// predecessorOf returns what report i subtracts.
func (st *stream) predecessorOf(i int) predecessor {
	if i == 0 {
		return st.base
	}
	return st.recs[i-1].asPredecessor()
}

func (r *record) asPredecessor() predecessor {
	return predecessor{micros: r.micros(), counts: counts{r.extendedSeq, r.cumulativeLost}}
}

// push appends a report that comes after all others, without its round trips;
// the oldest one becomes the base when the window is full.
func (st *stream) push(r record) {
	if st.n == Window {
		st.base = st.recs[0].asPredecessor()
		st.slid = true
		copy(st.recs[:], st.recs[1:])
		if m := st.taps.more; m != nil && m.rtts != nil {
			copy(m.rtts[:], m.rtts[1:])
		}
		st.n--
	}
	st.recs[st.n] = r
	st.n++
	st.setRTTs(int(st.n)-1, &[MaxTaps]rttSlot{})
}

// rttAt is the round trip of report i at a tap.
func (st *stream) rttAt(i, tap int) rttSlot {
	if tap == 0 {
		return st.recs[i].rtt
	}
	return st.taps.more.rtts[i][tap-1]
}

func (st *stream) setRTT(i, tap int, v rttSlot) {
	if tap == 0 {
		st.recs[i].rtt = v
	} else {
		st.taps.more.rtts[i][tap-1] = v
	}
}

func (st *stream) setRTTs(i int, rtts *[MaxTaps]rttSlot) {
	st.recs[i].rtt = rtts[0]
	if m := st.taps.more; m != nil && m.rtts != nil {
		copy(m.rtts[i][:], rtts[1:])
	}
}

// rtt picks a report's round trip: the strongest method; of equal ones that at
// the earliest tap, then in order of the taps' addresses.
func (st *stream) rtt(i int) RTT {
	r := &st.recs[i]
	best := st.rttAt(i, r.sights.earliest()).unpack()
	for tap := range int(st.taps.n) {
		if rtt := st.rttAt(i, tap).unpack(); rtt.Method > best.Method && r.sights.seenAt(tap) {
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
	l.add(st.taps.at(first))
	for i := range int(st.taps.n) {
		if i != first && r.sights.seenAt(i) {
			l.add(st.taps.at(i))
		}
	}
	return l
}

// fill writes the fact of report i into e.
func (st *stream) fill(e *Emission, scorer *Scorer, tenant schema.TenantID, i int) {
	st.fillWith(e, scorer, tenant, i, st.shape(st.recs[i].micros()))
}

// fillWith is fill under a given shape of the losses.
func (st *stream) fillWith(e *Emission, scorer *Scorer, tenant schema.TenantID, i int, shape BurstShape) {
	r := &st.recs[i]
	*e = Emission{
		Tenant:   tenant,
		Time:     microTime(r.micros()),
		StreamID: st.id,
		Label:    st.label,
		Taps:     st.tapList(r),
		Wire:     r.wire(st.group.key.reporter, st.group.key.source),
		Media:    st.media.Media,
	}
	e.ReportID = e.Wire.Hash(tenant)
	e.Derived = scorer.derive(r.micros(), &e.Wire, st.predecessorOf(i), &st.media.Media, st.media.codec, st.rtt(i), shape)
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
