package config

import (
	"encoding"
	"fmt"
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// envPrefix starts every variable that belongs to us.
const envPrefix = "TRUNKLINE_"

// notConfiguration are variables of our prefix that other parts read.
var notConfiguration = map[string]bool{
	"TRUNKLINE_CONFIG": true, "TRUNKLINE_LIBCHDB": true, "TRUNKLINE_SHARED": true,
}

// overlayEnviron lays TRUNKLINE_A_B=value over the key a.b. A variable of our
// prefix that names no key is a mistake worth an error, like an unknown key.
func (o *origins) overlayEnviron(doc *yaml.Node, environ []string) error {
	paths := map[string]string{}
	for _, path := range scalarPaths(reflect.TypeFor[Config](), "") {
		paths[envPrefix+strings.ToUpper(strings.ReplaceAll(path, ".", "_"))] = path
	}
	var problems Problems
	sorted := append([]string(nil), environ...)
	sort.Strings(sorted)
	for _, pair := range sorted {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, envPrefix) || notConfiguration[name] || strings.HasPrefix(name, envPrefix+"INTERNAL_") {
			continue
		}
		path, known := paths[name]
		if !known {
			problems = append(problems, fmt.Sprintf("environment: %s names no key of the configuration", name))
			continue
		}
		setScalar(doc, path, value, o.overlaid("environment "+name))
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// overlaySet lays path=value pairs over the document.
func (o *origins) overlaySet(doc *yaml.Node, pairs []string) error {
	known := map[string]bool{}
	for _, path := range scalarPaths(reflect.TypeFor[Config](), "") {
		known[path] = true
	}
	for _, pair := range pairs {
		path, value, ok := strings.Cut(pair, "=")
		if !ok || !known[path] {
			return Problems{fmt.Sprintf("--set %s: want path=value with the path of a key, as journal.dir=/srv/journal", pair)}
		}
		if secretPath(path) {
			return Problems{fmt.Sprintf("--set %s: a secret on the command line is seen by every user of the machine: use its environment variable or its _file key", path)}
		}
		setScalar(doc, path, value, o.overlaid("--set "+path))
	}
	return nil
}

// secretPath tells whether a path ends at a Secret.
func secretPath(path string) bool {
	t := reflect.TypeFor[Config]()
	for key := range strings.SplitSeq(path, ".") {
		field, ok := fieldOf(t, key)
		if !ok {
			return false
		}
		t = field.Type
	}
	return t == reflect.TypeFor[Secret]()
}

// setScalar puts a value at a dotted path, making mappings on the way.
func setScalar(doc *yaml.Node, path, value string, line int) {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		child := valueOf(doc, key)
		if child == nil || child.Kind != yaml.MappingNode {
			child = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: line}
			put(doc, key, child, line)
		}
		doc = child
	}
	leaf := &yaml.Node{Kind: yaml.ScalarNode, Value: value, Line: line}
	if secretPath(path) {
		leaf.Tag = secretTag
	}
	put(doc, keys[len(keys)-1], leaf, line)
}

// valueOf returns the value of a key in a mapping, or nil.
func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// put sets a key of a mapping.
func put(mapping *yaml.Node, key string, value *yaml.Node, line int) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content[i+1] = value
			return
		}
	}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: line}, value)
}

// leaf tells whether a type is one value in YAML.
func leaf(t reflect.Type) bool {
	return t.Kind() != reflect.Struct && t.Kind() != reflect.Slice ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]()) ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// scalarPaths lists the dotted paths of every single value outside lists.
func scalarPaths(t reflect.Type, prefix string) []string {
	var out []string
	for field := range t.Fields() {
		path := prefix + keyOf(field)
		switch {
		case leaf(field.Type):
			out = append(out, path)
		case field.Type.Kind() == reflect.Struct:
			out = append(out, scalarPaths(field.Type, path+".")...)
		}
	}
	return out
}

// keyOf is a field's key in YAML.
func keyOf(field reflect.StructField) string {
	key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return key
}

// fieldOf finds the field of a key.
func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for field := range t.Fields() {
		if keyOf(field) == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// checkKeys collects keys that no field has and keys that stand twice.
func checkKeys(node *yaml.Node, t reflect.Type, path string, out *[]string) {
	switch {
	case node.Kind == yaml.AliasNode:
		*out = append(*out, fmt.Sprintf("line %d: %saliases are not taken here", node.Line, label(path)))
	case leaf(t):
	case node.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for i, item := range node.Content {
			checkKeys(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i), out)
		}
	case node.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		checkMapping(node, t, path, out)
	}
}

// checkMapping is checkKeys for one mapping.
func checkMapping(node *yaml.Node, t reflect.Type, path string, out *[]string) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		field, ok := fieldOf(t, key.Value)
		switch {
		case !ok:
			*out = append(*out, fmt.Sprintf("line %d: %sunknown key %q, known are %s", key.Line, label(path), key.Value, strings.Join(keysOf(t), ", ")))
			continue
		case seen[key.Value]:
			*out = append(*out, fmt.Sprintf("line %d: %skey %q stands twice", key.Line, label(path), key.Value))
		}
		seen[key.Value] = true
		checkKeys(node.Content[i+1], field.Type, strings.TrimPrefix(path+"."+key.Value, "."), out)
	}
}

// keysOf lists a mapping's keys in the order of their fields.
func keysOf(t reflect.Type) []string {
	var out []string
	for field := range t.Fields() {
		out = append(out, keyOf(field))
	}
	return out
}

// label puts a path in front of a message.
func label(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}
