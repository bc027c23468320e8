package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// locate finds the place of a path such as listeners[1].kind, or of the
// nearest mapping that holds it.
func (o *origins) locate(doc *yaml.Node, path string) string {
	line := 0
	for key := range strings.SplitSeq(strings.ReplaceAll(path, "[", ".["), ".") {
		var next *yaml.Node
		if index, ok := strings.CutPrefix(key, "["); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err == nil && doc.Kind == yaml.SequenceNode && n < len(doc.Content) {
				next = doc.Content[n]
			}
		} else {
			next = valueOf(doc, key)
		}
		if next == nil {
			break
		}
		doc, line = next, next.Line
	}
	if line == 0 {
		return "configuration"
	}
	return o.place(line)
}
