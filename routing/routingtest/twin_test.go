package routingtest

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/routing"
)

// run drives the core and the twin through one world, the core by way of a
// snapshot now and then, and checks the core's invariants after every event if
// asked to.
func run(t testing.TB, choose Choose, events int, check bool) {
	t.Helper()
	witness := NewWitness()
	world := NewWorld(choose, witness)
	core, err := routing.New(&world.Config, world.Now)
	if err != nil {
		t.Fatal(err)
	}
	twin, err := NewTwin(&world.Config, world.Now)
	if err != nil {
		t.Fatal(err)
	}
	var trail []routing.Event
	fail := func(format string, args ...any) {
		t.Helper()
		for _, ev := range trail[max(0, len(trail)-12):] {
			t.Logf("%s %+v", ev.Kind, ev)
		}
		t.Fatalf("event %d: %s", len(trail), fmt.Sprintf(format, args...))
	}
	for range events {
		ev := world.Next()
		trail = append(trail, ev)
		got, want := core.Step(world.Now, ev), twin.Step(world.Now, ev)
		if diff := Diff(want, got); diff != "" {
			fail("core and twin differ: %s\ntwin:\n%s\ncore:\n%s", diff, Format(want), Format(got))
		}
		if err := witness.See(world.Now, ev, got); err != nil {
			fail("%v\n%s", err, Format(got))
		}
		if check {
			if err := core.Check(); err != nil {
				fail("%v\n%s", err, Format(got))
			}
		}
		if world.chance(3) {
			core = restored(t, core)
		}
	}
	if witness.Entered != witness.Left+len(witness.Present) || len(witness.Present) != core.Contacts() || core.Waiting() != twin.Waiting() {
		t.Fatalf("%d contacts entered, %d left, %d are there, the core holds %d", witness.Entered, witness.Left, len(witness.Present), core.Contacts())
	}
}

// restored sends a state through its snapshot.
func restored(t testing.TB, s *routing.State) *routing.State {
	t.Helper()
	data, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := routing.Restore(data)
	if err != nil {
		t.Fatalf("restore: %v", err)
	}
	if second, _ := again.AppendBinary(nil); !bytes.Equal(data, second) {
		t.Fatalf("a restored state writes another snapshot: %d bytes, then %d", len(data), len(second))
	}
	return again
}

func seeded(seed uint64) Choose { return rand.New(rand.NewPCG(seed, 1)).IntN }

var (
	seeds = flag.Uint64("seeds", 25, "worlds in which core and twin are compared, and that often without checks of invariants")
	first = flag.Uint64("first-seed", 1, "the first of them")
)

// TestTwin compares every effect of every event, relaxation, configuration
// change and late tick included.
func TestTwin(t *testing.T) {
	for seed := range *seeds {
		run(t, seeded(*first+seed), 300, true)
		run(t, seeded(1<<32+*first+seed), 1000, false)
	}
}

// TestInvariants is the same with worlds that a failing case is shrunk to.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }
		run(rapidTB{t, rt}, choose, rapid.IntRange(1, 60).Draw(rt, "events"), true)
	})
}

// rapidTB reports to rapid, so that it shrinks, what run reports to a test.
type rapidTB struct {
	testing.TB
	rt *rapid.T
}

func (r rapidTB) Helper()                           {}
func (r rapidTB) Logf(format string, args ...any)   { r.rt.Logf(format, args...) }
func (r rapidTB) Fatal(args ...any)                 { r.rt.Fatal(args...) }
func (r rapidTB) Fatalf(format string, args ...any) { r.rt.Fatalf(format, args...) }

// FuzzEvents lets bytes choose the world and all that happens in it.
func FuzzEvents(f *testing.F) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 2))
		data := make([]byte, 700)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		run(t, Bytes(data), min(len(data)/6, 200), true)
	})
}

// TestSameFuture restores a snapshot taken at every event of a run, and lets
// each copy live through the rest: all must end with the same effects.
func TestSameFuture(t *testing.T) {
	const events = 120
	for seed := range uint64(3) {
		witness := NewWitness()
		world := NewWorld(seeded(1000+seed), witness)
		state, err := routing.New(&world.Config, world.Now)
		if err != nil {
			t.Fatal(err)
		}
		type copied struct {
			state *routing.State
			hash  *Hash
		}
		whole := NewHash()
		var copies []copied
		var rest []*Hash // the original's effects from each event on
		for range events {
			copies, rest = append(copies, copied{restored(t, state), NewHash()}), append(rest, NewHash())
			ev := world.Next()
			effects := state.Step(world.Now, ev)
			if err := witness.See(world.Now, ev, effects); err != nil {
				t.Fatal(err)
			}
			whole.Add(effects)
			for i := range copies {
				rest[i].Add(effects)
				copies[i].hash.Add(copies[i].state.Step(world.Now, ev))
			}
		}
		for i := range copies {
			if copies[i].hash.Sum() != rest[i].Sum() {
				t.Errorf("seed %d: the copy taken before event %d has another future", seed, i)
			}
		}
		if rest[0].Sum() != whole.Sum() {
			t.Errorf("seed %d: the hash is not a function of the effects", seed)
		}
	}
}
