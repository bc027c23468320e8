package callrecords

import (
	"maps"
	"slices"
)

// maxNotes bounds how many different paths are remembered.
const maxNotes = 1000

// NoteOther is the path under which notes are counted when there are too many
// different ones.
const NoteOther = "(others)"

// Notes counts what was met in documents that the schema does not have, or
// that says less than it could: by path, with [] for any index. A value of an
// enumeration that the schema does not have is path=value. The zero Notes is
// empty.
type Notes struct {
	counts map[string]uint64
}

// Note is one line of Notes.
type Note struct {
	Path  string
	Count uint64
}

// All lists the notes in order of paths.
func (n *Notes) All() []Note {
	all := make([]Note, 0, len(n.counts))
	for _, path := range slices.Sorted(maps.Keys(n.counts)) {
		all = append(all, Note{path, n.counts[path]})
	}
	return all
}

// Merge adds the counts of other.
func (n *Notes) Merge(other *Notes) {
	for _, note := range other.All() {
		n.add(note.Path, note.Count)
	}
}

func (n *Notes) add(path string, count uint64) {
	if n.counts == nil {
		n.counts = map[string]uint64{}
	}
	if _, known := n.counts[path]; !known && len(n.counts) >= maxNotes {
		path = NoteOther
	}
	n.counts[path] += count
}
