// Package pile is a heap whose members know their places, so that one of them
// can be moved or taken out from the middle. Use it with container/heap.
package pile

// Pile is a heap.Interface. Set Before and Moved, then use heap.Push, heap.Fix
// and heap.Remove; the zero Pile holds nothing.
type Pile[T any] struct {
	// Before says that a comes before b. It must be a total order where the
	// result has to be the same every time.
	Before func(a, b T) bool
	// Moved is told a member's new place; -1 means that it has left.
	Moved func(item T, place int)

	items []T
}

// Top returns the first member; it panics if there is none.
func (p *Pile[T]) Top() T { return p.items[0] }

// Len implements heap.Interface.
func (p *Pile[T]) Len() int { return len(p.items) }

// Less implements heap.Interface.
func (p *Pile[T]) Less(i, j int) bool { return p.Before(p.items[i], p.items[j]) }

// Swap implements heap.Interface.
func (p *Pile[T]) Swap(i, j int) {
	p.items[i], p.items[j] = p.items[j], p.items[i]
	p.Moved(p.items[i], i)
	p.Moved(p.items[j], j)
}

// Push implements heap.Interface: call heap.Push instead.
func (p *Pile[T]) Push(x any) {
	p.items = append(p.items, x.(T))
	p.Moved(x.(T), len(p.items)-1)
}

// Pop implements heap.Interface: call heap.Pop or heap.Remove instead.
func (p *Pile[T]) Pop() any {
	last := p.items[len(p.items)-1]
	var none T
	p.items[len(p.items)-1] = none
	p.items = p.items[:len(p.items)-1]
	p.Moved(last, -1)
	return last
}
