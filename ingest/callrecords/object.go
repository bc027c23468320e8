package callrecords

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// property is how one property of a type is read.
type property[T any] struct {
	name string
	// read takes a value that is not null; nil where the property is ignored.
	read func(*scanner, *T) error
	// ignored says why a property is not kept.
	ignored string
	// members are the known values of an enumeration.
	members  map[string]struct{}
	required bool
	// bit is the property's place in the set of those seen.
	bit uint64
}

// object is how a type of the schema is read: a table of its properties.
type object[T any] struct {
	// types are those of the CSDL that the table is held against.
	types      []string
	properties map[string]*property[T]
	required   uint64
	// annotation, if not nil, is given the annotations of OData that are
	// strings: NAME@odata.nextLink says that the collection NAME goes on
	// elsewhere, @odata.type of which derived type the object is.
	annotation func(v *T, name, annotation, value string)
	// open, if not nil, takes properties that are not in the table.
	open func(s *scanner, v *T, key string) error
}

// newObject makes a table; names are unique and at most 64.
func newObject[T any](types string, properties ...property[T]) *object[T] {
	o := &object[T]{types: strings.Fields(types), properties: make(map[string]*property[T], len(properties))}
	for i := range properties {
		p := &properties[i]
		p.bit = 1 << i
		if p.required {
			o.required |= p.bit
		}
		o.properties[p.name] = p
	}
	return o
}

// read fills v from the object that comes next.
func (o *object[T]) read(s *scanner, v *T) error {
	it, err := s.json.ObjIter()
	if err != nil {
		return s.unexpected(err, "an object")
	}
	var seen, known uint64
	for it.Next() {
		p, ok := o.properties[string(it.Key())]
		if !ok {
			if err := o.unknown(s, v, it.Key()); err != nil {
				return err
			}
			continue
		}
		s.push(p.name)
		if seen&p.bit != 0 {
			return s.wrong("the property once", "")
		}
		seen |= p.bit
		switch {
		case s.json.Next() == jx.Null:
			err = s.broken(s.json.Null())
		case p.read == nil:
			err = s.broken(s.json.Skip())
		default:
			known |= p.bit
			err = p.read(s, v)
		}
		if err != nil {
			return err
		}
		s.pop()
	}
	if err := it.Err(); err != nil {
		return s.broken(err)
	}
	if o.required&^known != 0 {
		return o.missing(s, known)
	}
	return nil
}

// unknown passes over a property that is not in the table.
func (o *object[T]) unknown(s *scanner, v *T, key []byte) error {
	if name, annotation, ok := bytes.Cut(key, []byte("@")); ok {
		if o.annotation == nil || s.json.Next() != jx.String {
			return s.broken(s.json.Skip())
		}
		property, term := string(name), string(annotation)
		value, err := s.str()
		if err != nil {
			return err
		}
		o.annotation(v, property, term, value)
		return nil
	}
	name := string(key) // the key's bytes are reused
	if o.open != nil {
		s.push(name)
		defer s.pop()
		return o.open(s, v, name)
	}
	s.push(name)
	s.note("")
	s.pop()
	return s.broken(s.json.Skip())
}

// missing names the first property that had to be there.
func (o *object[T]) missing(s *scanner, known uint64) error {
	first := ""
	for name, p := range o.properties {
		if p.required && p.bit&known == 0 && (first == "" || name < first) {
			first = name
		}
	}
	s.push(first)
	return &DocumentError{Reason: ReasonMissing, Path: s.path(), Want: "a value", Got: "none"}
}

// step is a property's name, or where that is empty an index.
type step struct {
	name  string
	index int
}

// scanner reads the values of one document and knows where it is.
type scanner struct {
	json  *jx.Decoder
	steps []step
	notes *Notes
	// words are strings that occurred before.
	words map[string]string
}

func (s *scanner) push(name string) { s.steps = append(s.steps, step{name: name}) }
func (s *scanner) pop()             { s.steps = s.steps[:len(s.steps)-1] }

// path is where the scanner is, such as sessions[0].caller.
func (s *scanner) path() string { return s.format(true) }

func (s *scanner) format(indexes bool) string {
	var b strings.Builder
	for i, step := range s.steps {
		switch {
		case step.name != "" && i > 0:
			b.WriteByte('.')
			b.WriteString(step.name)
		case step.name != "":
			b.WriteString(step.name)
		case indexes:
			b.WriteString("[" + strconv.Itoa(step.index) + "]")
		default:
			b.WriteString("[]")
		}
	}
	return b.String()
}

// note counts the place, with =value where value is not empty.
func (s *scanner) note(value string) {
	path := s.format(false)
	if len(path) > 200 {
		path = NoteOther
	}
	if value != "" {
		path += "=" + short(value)
	}
	s.notes.add(strings.ToValidUTF8(path, "?"), 1)
}

// broken is the error about text that is not JSON; nil stays nil.
func (s *scanner) broken(err error) error {
	if err == nil {
		return nil
	}
	return &DocumentError{Reason: ReasonJSON, Path: s.path(), Want: "JSON (RFC 8259)", Got: short(err.Error())}
}

// unexpected tells a value of another type from broken JSON.
func (s *scanner) unexpected(err error, want string) error {
	got := s.json.Next()
	if got == jx.Invalid {
		return s.broken(err)
	}
	return s.wrong(want, "a JSON "+got.String())
}

// wrong is the error about a value that is not what the schema says.
func (s *scanner) wrong(want, got string) error {
	return &DocumentError{Reason: ReasonValue, Path: s.path(), Want: want, Got: short(got)}
}

// short cuts text for messages, at a whole character.
func short(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
