package pipeline

import (
	"container/list"
	"net/netip"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/schema"
)

// waiting is a report that waits for the SIP of its call.
type waiting struct {
	evidence attribution.Evidence
	// input is the report as it came; its ID is that in the held log.
	input held.Record
	// home is the shard that it goes back to.
	home *inbox

	inAll, inSource *list.Element
}

// placeBytes is how much of a report one place takes: a large one takes several,
// so that the room is bounded in bytes, too.
const placeBytes = 2048

// places is how much room a report takes.
func (w *waiting) places() int { return 1 + len(w.input.Payload)/placeBytes }

// settled is a report that waits no longer.
type settled struct {
	*waiting
	answer  answer
	verdict attribution.Verdict
	// full says that it had to leave for want of room.
	full bool
}

// room is where reports wait: bounded by sender and in all, and found by
// Call-ID and by address.
type room struct {
	max, perSource int // places

	all     *list.List // of *waiting, in order of arrival
	places  int
	sources map[netip.Addr]*line
	byCall  map[schema.CallID][]*waiting
	byAddr  map[netip.AddrPort][]*waiting
	most    *line // the one with most places that was seen
	full    uint64
}

// line is what waits of one sender.
type line struct {
	*list.List // of *waiting, in order of arrival
	places     int
}

func (l *line) oldest() *waiting { return l.Front().Value.(*waiting) }

func newRoom(limit, perSource int) room {
	return room{
		max: limit, perSource: min(perSource, limit), all: list.New(), sources: map[netip.Addr]*line{},
		byCall: map[schema.CallID][]*waiting{}, byAddr: map[netip.AddrPort][]*waiting{}, most: &line{List: list.New()},
	}
}

// add takes a report in and returns those that had to leave for it: the oldest
// of the same sender, or of the sender who has most.
func (r *room) add(w *waiting) (out []*waiting) {
	places := w.places()
	leave := func(w *waiting) {
		r.remove(w)
		r.full++
		out = append(out, w)
	}
	from := r.sources[w.evidence.Source]
	for from != nil && from.Len() > 0 && from.places+places > r.perSource {
		leave(from.oldest())
	}
	for r.all.Len() > 0 && r.places+places > r.max {
		leave(r.fullest().oldest())
	}
	if from = r.sources[w.evidence.Source]; from == nil {
		from = &line{List: list.New()}
		r.sources[w.evidence.Source] = from
	}
	w.inAll, w.inSource = r.all.PushBack(w), from.PushBack(w)
	r.places += places
	if from.places += places; from.places > r.most.places {
		r.most = from
	}
	if id := w.evidence.CallID; id != "" {
		with(r.byCall, id, w)
	}
	for _, a := range w.addresses() {
		with(r.byAddr, a, w)
	}
	return out
}

// looks is how many senders are looked at to find one who has much.
const looks = 32

// fullest is the list of a sender who has much: the one who was seen with most,
// or of a few others the one who has more by now. To look at all of them would
// cost most when a flood has made up thousands.
func (r *room) fullest() *line {
	left := looks
	for _, l := range r.sources {
		if r.most.places < l.places {
			r.most = l
		}
		if left--; left == 0 {
			break
		}
	}
	return r.most
}

// addresses under which it is found, each once.
func (w *waiting) addresses() []netip.AddrPort {
	from, to := w.evidence.From, w.evidence.To
	switch {
	case from == to || !to.IsValid():
		return []netip.AddrPort{from}
	default:
		return []netip.AddrPort{from, to}
	}
}

// remove takes a report out.
func (r *room) remove(w *waiting) {
	r.all.Remove(w.inAll)
	r.places -= w.places()
	from := r.sources[w.evidence.Source]
	from.Remove(w.inSource)
	from.places -= w.places()
	if from.Len() == 0 {
		delete(r.sources, w.evidence.Source)
	}
	if id := w.evidence.CallID; id != "" {
		without(r.byCall, id, w)
	}
	for _, a := range w.addresses() {
		without(r.byAddr, a, w)
	}
}

// maxIndexed is how many reports are found by one Call-ID or address: every SIP
// message of it asks for all of them again. The others are asked for when their
// grace is over.
const maxIndexed = 256

// with puts a report into an index, if there is room.
func with[K comparable](index map[K][]*waiting, key K, w *waiting) {
	if all := index[key]; len(all) < maxIndexed {
		index[key] = append(all, w)
	}
}

// without takes a report out of an index.
func without[K comparable](index map[K][]*waiting, key K, w *waiting) {
	all := index[key]
	if i := slices.Index(all, w); i >= 0 {
		all = slices.Delete(all, i, i+1)
	}
	if len(all) == 0 {
		delete(index, key)
		return
	}
	index[key] = all
}

// due returns those that came before a moment.
func (r *room) due(before time.Time) []*waiting {
	var all []*waiting
	for e := r.all.Front(); e != nil; e = e.Next() {
		w := e.Value.(*waiting)
		if w.evidence.Received.After(before) {
			break
		}
		all = append(all, w)
	}
	return all
}

// question is what the answer to a report depends on beside its time; reports
// with equal ones get equal verdicts.
type question struct {
	from, to netip.AddrPort
	sender   netip.Addr
	call     schema.CallID
	capture  uint32
	has      bool
}

func questionOf(e *attribution.Evidence) question {
	return question{e.From, e.To, e.Source, e.CallID, e.CaptureID, e.HasCaptureID}
}
