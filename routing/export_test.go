package routing

// Steps returns what the index has compared, visited and moved so far.
func (s *State) Steps() uint64 {
	return uint64(s.index.steps + s.index.slab.steps + s.table.steps)
}
