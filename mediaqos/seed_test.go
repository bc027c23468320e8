package mediaqos

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// lastOfEach returns the last n facts of every stream, as the store would.
func lastOfEach(f *Facts, n int) []Emission {
	var rows []Emission
	for _, stream := range f.Streams() {
		rows = append(rows, stream[max(0, len(stream)-n):]...)
	}
	return rows
}

// TestRestart loses all memory of streams somewhere, reads the last facts back
// before or after the first new reports, and must write what an undisturbed
// run writes. Every report is seen on both sides of the relay, since one row
// tells of its own taps only, and BYEs are left out, since no row tells of
// them. The two sides are seen at different times: of one and the same time
// the second sighting, coming after the restart, has the key of the first and
// writes over it.
func TestRestart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := slices.DeleteFunc(drawWorld(t, 25, 50, 1), func(e event) bool { return e.kind == byeEvent })
		if len(events) == 0 {
			return
		}
		// Reports of the colliding session are never byte for byte those of the
		// first: only a memory of all of them could tell such ones for the same.
		for i := range events {
			if second := worldAddr(22).Addr(); events[i].kind == reportEvent && (events[i].tap.Src.Addr() == second || events[i].tap.Dst.Addr() == second) {
				events[i].wire.FractionLost = 1
			}
		}
		depth, fed, r := 1, events, newRunner(t)
		if rapid.Bool().Draw(t, "disorder") {
			// A row does not tell which tap its round trip was found at, so that
			// an amendment cannot be weighed against it: leave them out.
			depth, fed, r.legs = Window, displaced(t, events, 5), nil
		}
		want := (&oracle{media: worldMedia, events: events, noRTT: r.legs == nil}).rows()
		down := rapid.IntRange(0, len(fed)).Draw(t, "down")
		seeded := min(len(fed), down+rapid.IntRange(0, 6).Draw(t, "after"))
		fresh := rapid.Bool().Draw(t, "rows written since are read too")
		var stored []Emission
		for i := 0; i <= len(fed); i++ {
			if i == down {
				r.streams = newRunner(t).streams
				stored = lastOfEach(&r.facts, depth)
			}
			if i == seeded {
				if fresh {
					stored = lastOfEach(&r.facts, depth)
				}
				r.out, r.seeding = r.streams.Seed(stored, r.out[:0]), true
				r.write(t)
				r.seeding = false
			}
			if i < len(fed) {
				r.feed(t, fed[i])
			}
		}
		sameRows(t, "restarted", r.facts.Rows(), want)
	})
}

func TestSeedThenNext(t *testing.T) {
	before := newScript(t, StreamsOptions{})
	for seconds := 5; seconds <= 100; seconds += 5 {
		before.add(seconds, int32(seconds))
	}
	last := before.all.Rows()[len(before.all.Rows())-1]

	after := newScript(t, StreamsOptions{})
	if out := after.s.Seed([]Emission{last}, nil); len(out) != 0 {
		t.Errorf("%d rows for a fact that is written already", len(out))
	}
	after.add(105, 107)
	if e := after.out[0]; e.StreamID != last.StreamID || e.Derived.Lost != Some(int32(7)) || e.Derived.Expected != Some(int32(250)) {
		t.Errorf("next: %s", show(&e))
	}
	if stats := after.s.Stats(); stats.Streams != 1 || stats.Emissions != 1 {
		t.Errorf("stats %+v", stats)
	}
}

// TestSeedAfterTheFact corrects what was taken for a first report.
func TestSeedAfterTheFact(t *testing.T) {
	before := newScript(t, StreamsOptions{})
	for seconds := 5; seconds <= 100; seconds += 5 {
		before.add(seconds, 0)
	}
	rows := before.all.Rows()

	after := newScript(t, StreamsOptions{})
	after.add(105, 3)
	after.add(110, 3)
	wrong := after.out[0].StreamID
	out := after.s.Seed(rows[len(rows)-1:], nil)
	if len(out) != 2 || out[0].StreamID != rows[0].StreamID || wrong == rows[0].StreamID || out[0].Derived.Lost != Some(int32(3)) || out[1].StreamID != rows[0].StreamID {
		t.Fatalf("%d rows emitted", len(out))
	}
}

// TestSeedRefuses what cannot be taken in, without harm.
func TestSeedRefuses(t *testing.T) {
	s := newScript(t, StreamsOptions{MaxStreams: 1})
	s.add(5, 0)
	other := s.out[0]
	other.Wire.SourceSSRC = 99
	deleted, untapped, untimed := s.out[0], s.out[0], s.out[0]
	deleted.Deleted, untapped.Taps, untimed.Time = true, TapList{}, time.Time{}
	if out := s.s.Seed([]Emission{other, deleted, untapped, untimed}, nil); len(out) != 0 {
		t.Errorf("%d rows", len(out))
	}
	if stats := s.s.Stats(); stats.Streams != 1 || stats.RefusedLimit != 1 || len(s.s.groups) != 1 {
		t.Errorf("stats %+v", stats)
	}
}
