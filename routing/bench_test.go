package routing_test

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/routingtest"
)

// cpu is the time this process has computed, user and system: on a machine
// shared with others the wall clock measures them too.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// taped is an event of a recording, small enough that reading it costs little.
type taped struct {
	now      routing.Time
	id       routing.ContactID // its bytes lie in order of events, as an event brings its own
	offer    routing.OfferID
	contact  int32
	plan     int32
	priority int16
	kind     routing.EventKind
}

// recording is a state in overload and what happens to it next: to be played
// again as often as needed, with the same effects.
type recording struct {
	sc       *scene
	snapshot []byte
	tape     []taped
	hash     uint64
	waiting  int
}

// taper stands between a scene and its state and notes the events.
type taper struct {
	*routing.State
	rec   *recording
	plans map[*routing.Plan]int32
}

func (t *taper) Step(now routing.Time, ev routing.Event) []routing.Effect {
	e := taped{now: now, offer: ev.Offer, kind: ev.Kind, priority: ev.Priority}
	if ev.Contact != "" {
		e.contact = contactNumber(ev.Contact)
	}
	if ev.Plan != nil {
		e.plan = t.plans[ev.Plan]
	}
	t.rec.tape = append(t.rec.tape, e)
	return t.State.Step(now, ev)
}

// record brings a pool into overload, lets it run until it is steady, and
// records what follows.
func record(tb testing.TB, profiles, classes, waiting, events int) *recording {
	tb.Helper()
	rec := &recording{sc: newScene(profiles, classes, waiting)}
	s, err := routing.New(&rec.sc.cfg, rec.sc.now)
	if err != nil {
		tb.Fatal(err)
	}
	rec.sc.fill(s, nil, waiting)
	for range 100_000 {
		rec.sc.next(s)
	}
	if rec.snapshot, err = s.AppendBinary(nil); err != nil {
		tb.Fatal(err)
	}
	t := &taper{s, rec, map[*routing.Plan]int32{}}
	for i, p := range rec.sc.plans {
		t.plans[p] = int32(i)
	}
	rec.sc.hash = 0
	for range events {
		rec.sc.next(t)
	}
	var names strings.Builder
	for i := range rec.tape {
		names.WriteString(string(rec.sc.ids[rec.tape[i].contact]))
	}
	for i, all := 0, names.String(); i < len(rec.tape); i++ {
		n := len(rec.sc.ids[rec.tape[i].contact])
		rec.tape[i].id, all = routing.ContactID(all[:n]), all[n:]
	}
	rec.hash, rec.waiting = rec.sc.hash, s.Waiting()
	return rec
}

// event builds event i of the recording.
func (rec *recording) event(i int) (routing.Time, routing.Event) {
	e := &rec.tape[i]
	ev := routing.Event{Kind: e.kind, Offer: e.offer, Priority: e.priority}
	if e.kind != routing.EventTick {
		ev.Contact = e.id
	}
	if e.kind == routing.EventContactEnqueued {
		ev.Queue, ev.Plan = "main", rec.sc.plans[e.plan]
	}
	return e.now, ev
}

// windowEvents is the stretch of events whose wall time is looked at: on a busy
// machine the CPU time of a process counts what its neighbours do to the
// caches and the scheduler, and a short undisturbed stretch does not.
const windowEvents = 250

func benchmarkSteady(b *testing.B, profiles, classes, waiting int) {
	rec := record(b, profiles, classes, waiting, 600_000)
	var s *routing.State
	var used time.Duration
	hash, movers, played := uint64(0), 0, 0
	windows := make([]time.Duration, 0, b.N/windowEvents+100)
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	for done := 0; done < b.N; {
		if played%len(rec.tape) == 0 {
			if played > 0 && hash != rec.hash {
				b.Fatalf("played again the effects hash to %016x, recorded %016x", hash, rec.hash)
			}
			var err error
			if s, err = routing.Restore(rec.snapshot); err != nil {
				b.Fatal(err)
			}
			hash, played = 0, 0
			// What grows with use has grown before the clock runs: a restored
			// state has no room to spare yet and knows only the plans in line.
			for ; played < len(rec.tape)*2/3; played++ {
				now, ev := rec.event(played)
				for _, e := range s.Step(now, ev) {
					hash = fold(hash, &e)
				}
			}
			runtime.GC()
		}
		b.StartTimer()
		begin := cpu()
		windowBegin := time.Now()
		for ; done < b.N && played < len(rec.tape); done++ {
			if played%windowEvents == 0 {
				at := time.Now()
				windows = append(windows, at.Sub(windowBegin))
				windowBegin = at
			}
			now, ev := rec.event(played)
			effects := s.Step(now, ev)
			for i := range effects {
				hash = fold(hash, &effects[i])
			}
			if ev.Kind != routing.EventOfferAccepted {
				movers++
			}
			played++
		}
		used += cpu() - begin
		b.StopTimer()
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/event")
	b.ReportMetric(float64(used.Nanoseconds())/float64(max(movers, 1)), "cpu-ns/mover")
	slices.Sort(windows)
	b.ReportMetric(float64(windows[len(windows)/2].Nanoseconds())/windowEvents, "wall-p50-ns/event")
	b.ReportMetric(float64(windows[len(windows)/10].Nanoseconds())/windowEvents, "wall-p10-ns/event")
	b.ReportMetric(float64(s.Waiting()), "waiting")
	b.Logf("%d events, hash of effects %016x", b.N, hash)
}

// BenchmarkStep: an event of the mix, the acceptance of an offer being one of
// its own; cpu-ns/mover spreads the cost over the others alone.
func BenchmarkStep(b *testing.B) {
	b.Run("profiles=400/waiting=50000", func(b *testing.B) { benchmarkSteady(b, 400, 2_300, 50_000) })
	b.Run("profiles=10000/waiting=50000", func(b *testing.B) { benchmarkSteady(b, 10_000, 30_000, 50_000) })
}

// BenchmarkStepByQueueLength shows that the cost of an event does not grow with
// the queue.
func BenchmarkStepByQueueLength(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run("waiting="+strconv.Itoa(n), func(b *testing.B) { benchmarkSteady(b, 400, 2_300, n) })
	}
}

// BenchmarkTickNothingDue is a tick between deadlines.
func BenchmarkTickNothingDue(b *testing.B) {
	rec := record(b, 400, 2_300, 50_000, 0)
	s, err := routing.Restore(rec.snapshot)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Step(rec.sc.now, routing.Event{Kind: routing.EventTick})
	}
}

// BenchmarkRestore is 50,000 waiting contacts and 10,000 agents from their
// snapshot.
func BenchmarkRestore(b *testing.B) {
	rec := record(b, 400, 2_300, 50_000, 0)
	begin := cpu()
	for b.Loop() {
		if _, err := routing.Restore(rec.snapshot); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-begin).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(len(rec.snapshot)), "snapshot-bytes")
}

// BenchmarkTwin compares the core with the naive twin on the same events, from
// the same 50,000 waiting contacts, in one run: the first events are played to
// both and must have the same effects.
func BenchmarkTwin(b *testing.B) {
	const waiting, shared, alone = 50_000, 60, 200_000
	slow, fast := newScene(400, 2_300, waiting), newScene(400, 2_300, waiting)
	twin, err := routingtest.NewTwin(&slow.cfg, slow.now)
	if err != nil {
		b.Fatal(err)
	}
	core, err := routing.New(&fast.cfg, fast.now)
	if err != nil {
		b.Fatal(err)
	}
	slow.fill(twin, twin, waiting)
	fast.fill(core, nil, waiting)
	slow.wakeAt, fast.wakeAt = 0, 0
	play := func(sc *scene, r router, events int) float64 {
		begin := cpu()
		for range events {
			sc.next(r)
		}
		return float64((cpu() - begin).Nanoseconds()) / float64(events)
	}
	// The first step of each asks to be woken, which the twin's loading left out.
	core.Step(fast.now, routing.Event{})
	twin.Step(slow.now, routing.Event{})
	slow.hash, fast.hash = 0, 0
	naive := play(slow, twin, shared)
	_ = play(fast, core, shared)
	if slow.hash != fast.hash {
		b.Fatalf("effects hash to %016x, the twin's to %016x", fast.hash, slow.hash)
	}
	indexed := play(fast, core, alone)
	b.ReportMetric(naive, "twin-cpu-ns/event")
	b.ReportMetric(indexed, "core-cpu-ns/event")
	b.ReportMetric(naive/indexed, "ratio")
}
