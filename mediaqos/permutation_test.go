package mediaqos

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAnyOrderGivesTheSameRows feeds every event of a short world in any
// order, some of them again: relays, collisions, restarts, wraps and BYEs
// included, what is written must be what the whole set means.
func TestAnyOrderGivesTheSameRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawWorld(t, Window-1, 0, 0)
		want := (&oracle{media: worldMedia, events: events}).rows()

		inOrder := newRunner(t)
		for _, e := range events {
			inOrder.feed(t, e)
		}
		sameRows(t, "in order", inOrder.facts.Rows(), want)

		shuffled := newRunner(t)
		for _, e := range rapid.Permutation(withDuplicates(t, events)).Draw(t, "order") {
			shuffled.feed(t, e)
		}
		sameRows(t, "shuffled", shuffled.facts.Rows(), want)
	})
}

// TestLateWithinTheWindow feeds long streams of which reports come late by
// less than the window.
func TestLateWithinTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawWorld(t, 40, 6, 0)
		want := (&oracle{media: worldMedia, events: events}).rows()

		inOrder := newRunner(t)
		for _, e := range events {
			inOrder.feed(t, e)
		}
		sameRows(t, "in order", inOrder.facts.Rows(), want)

		shuffled := newRunner(t)
		for _, e := range displaced(t, withDuplicates(t, events), Window) {
			shuffled.feed(t, e)
		}
		sameRows(t, "shuffled", shuffled.facts.Rows(), want)
	})
}

// withDuplicates repeats some events as they are.
func withDuplicates(t *rapid.T, events []event) []event {
	out := slices.Clone(events)
	for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(events)-1), 0, 5).Draw(t, "again") {
		out = append(out, events[i])
	}
	return byTime(out)
}

// displaced moves events back by fewer than n places.
func displaced(t *rapid.T, events []event, n int) []event {
	type placed struct {
		event
		at int
	}
	moved := make([]placed, len(events))
	for i, e := range events {
		moved[i] = placed{e, i + rapid.IntRange(0, n-1).Draw(t, "late")}
	}
	slices.SortStableFunc(moved, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	out := make([]event, len(moved))
	for i, m := range moved {
		out[i] = m.event
	}
	return out
}
