package pile

import (
	"container/heap"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type item struct{ key, place int }

// TestAgainstSort: whatever is pushed, changed and taken out, the pile yields
// what sorting yields and members know their places.
func TestAgainstSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Pile[*item]{
			Before: func(a, b *item) bool { return a.key < b.key },
			Moved:  func(x *item, place int) { x.place = place },
		}
		var all []*item
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			switch op := rapid.IntRange(0, 3).Draw(t, "op"); {
			case op < 2 || len(all) == 0:
				x := &item{key: rapid.IntRange(0, 20).Draw(t, "key")}
				heap.Push(&p, x)
				all = append(all, x)
			case op == 2:
				x := rapid.SampledFrom(all).Draw(t, "change")
				x.key = rapid.IntRange(0, 20).Draw(t, "key")
				heap.Fix(&p, x.place)
			default:
				x := rapid.SampledFrom(all).Draw(t, "take")
				heap.Remove(&p, x.place)
				if x.place != -1 {
					t.Fatalf("taken out, yet at %d", x.place)
				}
				all = slices.DeleteFunc(all, func(o *item) bool { return o == x })
			}
		}
		slices.SortFunc(all, func(a, b *item) int { return a.key - b.key })
		for _, want := range all {
			if got := p.Top(); got.key != want.key {
				t.Fatalf("top %d, want %d", got.key, want.key)
			}
			heap.Pop(&p)
		}
		if p.Len() != 0 {
			t.Fatalf("%d left", p.Len())
		}
	})
}
