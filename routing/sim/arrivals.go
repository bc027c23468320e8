package sim

import (
	"math"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// Arrival is one contact as the world sends it, before any routing.
type Arrival struct {
	At routing.Time
	// Type is the index of its kind in Workload.Types.
	Type int32
	// HandleMillis is the work it brings, at speed 1.
	HandleMillis routing.Millis
	// WrapUpMillis is the after-work.
	WrapUpMillis routing.Millis
	// PatienceMillis is how long the customer waits; Forever: without end.
	PatienceMillis routing.Millis
}

// Forever is the patience of a customer who never gives up.
const Forever routing.Millis = math.MaxInt64

// source yields arrivals in order of time; ok is false when there are no more.
type source interface {
	next() (a Arrival, ok bool)
}

// Keys of the random streams of a type. Each kind of luck has its own, so that
// runs of different configurations see the same customers.
const (
	keyArrivals uint64 = iota + 1
	keyHandle
	keyWrapUp
	keyPatience
	keyOffers
	keyStarts
)

// generator draws the arrivals of one type: a Poisson process whose rate is
// constant by intervals, by inversion of its cumulated rate.
type generator struct {
	index                              int32
	rates                              rateWalk
	arrivals, handling, after, waiting Stream
	handle, wrapUp, patience           sampler
	wraps, gives                       bool
	upcoming                           Arrival
	more                               bool
}

func newGenerator(seed uint64, index int, t *Type, rates rateWalk) *generator {
	key := uint64(index)
	g := &generator{
		index: int32(index), rates: rates,
		arrivals: NewStream(seed, keyArrivals, key), handling: NewStream(seed, keyHandle, key),
		after: NewStream(seed, keyWrapUp, key), waiting: NewStream(seed, keyPatience, key),
		handle: t.Handle.sampler(),
	}
	if t.WrapUp != nil {
		g.wrapUp, g.wraps = t.WrapUp.sampler(), true
	}
	if t.Patience != nil {
		g.patience, g.gives = t.Patience.sampler(), true
	}
	g.advance()
	return g
}

// advance draws the next arrival.
func (g *generator) advance() {
	at, ok := g.rates.after(-math.Log1p(-g.arrivals.Float64()))
	a := Arrival{
		At: at, Type: g.index, PatienceMillis: Forever,
		HandleMillis: g.handle.at(g.handling.Float64()),
	}
	if g.wraps {
		a.WrapUpMillis = g.wrapUp.at(g.after.Float64())
	}
	if g.gives {
		a.PatienceMillis = g.patience.at(g.waiting.Float64())
	}
	g.upcoming, g.more = a, ok
}

// rateWalk moves through time as a Poisson process does.
type rateWalk struct {
	at       float64 // milliseconds since the Unix epoch
	limit    float64 // where the walk ends: rates may be too low ever to arrive
	constant float64 // arrivals per millisecond, if above 0
	week     *Rates
	first    clock
	interval clock
	loc      *time.Location

	day   time.Time // the local midnight of the day being walked
	place int       // the interval of that day being walked
	ends  float64
	rate  float64
}

// after consumes work, a length of time of the process with rate 1, and
// returns the instant reached; false if that is beyond the limit.
func (w *rateWalk) after(work float64) (routing.Time, bool) {
	if w.constant > 0 {
		w.at += work / w.constant
		return routing.Time(math.Min(w.at, w.limit)), w.at < w.limit
	}
	for {
		if w.at >= w.limit {
			return 0, false
		}
		if room := (w.ends - w.at) * w.rate; work < room {
			w.at += work / w.rate
			return routing.Time(w.at), true
		} else if w.rate > 0 {
			work -= room
		}
		w.nextInterval()
	}
}

// nextInterval moves to the interval that begins where this one ends.
func (w *rateWalk) nextInterval() {
	w.place++
	intervals := w.week.on(w.day.Weekday())
	for w.place >= len(intervals) || w.first+clock(w.place)*w.interval >= minutesPerDay {
		w.day, w.place = w.day.AddDate(0, 0, 1), 0
		intervals = w.week.on(w.day.Weekday())
	}
	from := w.first + clock(w.place)*w.interval
	begins, ends := float64(from.on(w.day)), float64((from + w.interval).on(w.day))
	w.rate = intervals[w.place] / float64(int(w.interval)*60_000)
	w.ends = math.Max(ends, w.at)
	w.at = math.Max(begins, w.at)
}

// begin puts the walk at the start of a run.
func (w *rateWalk) begin(start routing.Time) {
	w.at, w.ends, w.rate = float64(start), float64(start), 0
	if w.week != nil {
		local := time.UnixMilli(int64(start)).In(w.loc)
		year, month, day := local.Date()
		w.day, w.place = time.Date(year, month, day, 0, 0, 0, 0, w.loc), -1
	}
}

// merged yields the arrivals of all types in order of time, equals in order of
// type.
type merged struct{ types []*generator }

func (m *merged) next() (Arrival, bool) {
	var first *generator
	for _, g := range m.types {
		if g.more && (first == nil || g.upcoming.At < first.upcoming.At) {
			first = g
		}
	}
	if first == nil {
		return Arrival{}, false
	}
	a := first.upcoming
	first.advance()
	return a, true
}

// listed yields arrivals of a trace.
type listed struct{ rest []Arrival }

func (l *listed) next() (Arrival, bool) {
	if len(l.rest) == 0 {
		return Arrival{}, false
	}
	a := l.rest[0]
	l.rest = l.rest[1:]
	return a, true
}
