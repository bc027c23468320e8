package callrecords

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-faster/jx"

	"github.com/trunkline-cc/trunkline/schema"
)

// maxWords bounds how many words a scanner keeps to share them.
const maxWords = 1 << 14

// str reads a string. Equal short ones share their memory: names, addresses
// and codecs repeat in every document.
func (s *scanner) str() (string, error) {
	if s.json.Next() != jx.String {
		return "", s.unexpected(nil, "a string")
	}
	b, err := s.json.StrBytes()
	if err != nil {
		return "", s.broken(err)
	}
	if len(b) > 64 {
		return string(b), nil
	}
	if word, ok := s.words[string(b)]; ok {
		return word, nil
	}
	if len(s.words) >= maxWords {
		clear(s.words)
	}
	word := string(b)
	s.words[word] = word
	return word, nil
}

// text is a property of type Edm.String.
func text[T any](name string, field func(*T) *string) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) (err error) {
		*field(v), err = s.str()
		return err
	}}
}

// identifier is an Edm.String that must be there and is canonical where it is a
// UUID.
func identifier[T any, S ~string](name string, field func(*T) *S) property[T] {
	return property[T]{name: name, required: true, read: func(s *scanner, v *T) error {
		id, err := s.str()
		if err != nil {
			return err
		}
		if id == "" {
			return s.wrong("an id", "an empty string")
		}
		*field(v) = S(canonicalID(id))
		return nil
	}}
}

// reference is an Edm.String that may name another document by its id.
func reference[T any](name string, field func(*T) *string) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		id, err := s.str()
		*field(v) = canonicalID(id)
		return err
	}}
}

// canonicalID writes a UUID in lower case with dashes, as which Graph gives
// most; other ids stay as they are.
func canonicalID(id string) string {
	switch len(id) {
	case 32:
		if isHex(id) {
			id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
			return strings.ToLower(id)
		}
	case 36:
		if id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-' {
			return strings.ToLower(id) // no copy where it is so already
		}
	}
	return id
}

func isHex(text string) bool {
	for i := range len(text) {
		if c := text[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// word is a property of an enumeration: its members are strings. One that the
// schema does not have is kept and counted.
func word[T any](name, members string, field func(*T) *string) property[T] {
	known := set(members)
	return property[T]{name: name, members: known, read: func(s *scanner, v *T) (err error) {
		*field(v), err = s.member(known)
		return err
	}}
}

// words is a collection of an enumeration.
func words[T any](name, members string, field func(*T) *[]string) property[T] {
	known := set(members)
	return property[T]{name: name, members: known, read: func(s *scanner, v *T) error {
		return s.array(func() error {
			member, err := s.member(known)
			if err == nil {
				*field(v) = append(*field(v), member)
			}
			return err
		})
	}}
}

// member reads a string and counts it where it is not one of those known.
func (s *scanner) member(known map[string]struct{}) (string, error) {
	member, err := s.str()
	if err != nil {
		return "", err
	}
	if _, ok := known[member]; !ok {
		s.note(member)
	}
	return member, nil
}

func set(members string) map[string]struct{} {
	m := map[string]struct{}{}
	for _, member := range strings.Fields(members) {
		m[member] = struct{}{}
	}
	return m
}

// truth is an Edm.Boolean.
func truth[T any](name string, field func(*T) *schema.Opt[bool]) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		if s.json.Next() != jx.Bool {
			return s.unexpected(nil, "true or false")
		}
		b, err := s.json.Bool()
		if err != nil {
			return s.broken(err)
		}
		*field(v) = schema.Some(b)
		return nil
	}}
}

// number reads the text of a JSON number, or of a string of one: so OData
// writes Int64 and Decimal with IEEE754Compatible=true.
func (s *scanner) number(quoted bool) (string, error) {
	switch s.json.Next() {
	case jx.Number:
		n, err := s.json.Num()
		if err != nil {
			return "", s.broken(err)
		}
		return string(n), nil
	case jx.String:
		if quoted {
			return s.str()
		}
	}
	return "", s.unexpected(nil, "a number")
}

// integer is an Edm.Int32 or an Edm.Int64, by its type.
func integer[T any, I int32 | int64](name string, field func(*T) *schema.Opt[I]) property[T] {
	bits := 64
	if any(I(0)) == any(int32(0)) {
		bits = 32
	}
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		n, err := s.number(bits == 64)
		if err != nil {
			return err
		}
		i, err := strconv.ParseInt(n, 10, bits)
		if err != nil {
			return s.wrong("a whole number of "+strconv.Itoa(bits)+" bits", n)
		}
		*field(v) = schema.Some(I(i))
		return nil
	}}
}

// single is an Edm.Single. NaN, INF and -INF are values of that type in OData's
// JSON and measure nothing: they are unknown, and counted.
func single[T any](name string, field func(*T) *schema.Opt[float64]) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		if s.json.Next() == jx.String {
			text, err := s.str()
			if err != nil {
				return err
			}
			if text != "NaN" && text != "INF" && text != "-INF" {
				return s.wrong("a number", strconv.Quote(text))
			}
			s.note(text)
			return nil
		}
		n, err := s.number(false)
		if err != nil {
			return err
		}
		f, err := strconv.ParseFloat(n, 64)
		if err != nil {
			return s.wrong("a number that a float64 holds", n)
		}
		*field(v) = schema.Some(f)
		return nil
	}}
}

// decimalMicros is an Edm.Decimal in millionths, exactly.
func decimalMicros[T any](name string, field func(*T) *schema.Opt[int64]) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		n, err := s.number(true)
		if err != nil {
			return err
		}
		micros, ok := parseMicros(n)
		if !ok {
			return s.wrong("a decimal number of at most 6 places", n)
		}
		*field(v) = schema.Some(micros)
		return nil
	}}
}

// parseMicros reads [-]digits[.digits] as millionths.
func parseMicros(text string) (int64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.HasSuffix(text, ".") || len(strings.TrimRight(fraction, "0")) > 6 || strings.TrimLeft(fraction, "0123456789") != "" {
		return 0, false
	}
	fraction = (fraction + "000000")[:6]
	micros, err := strconv.ParseInt(whole+fraction, 10, 64)
	return micros, err == nil && strings.Trim(whole, "-0123456789") == "" && strings.Trim(whole, "-") != ""
}

// millis is an Edm.Duration in milliseconds. They are exact below 104 days: a
// float64 holds 53 bits of nanoseconds.
func millis[T any](name string, field func(*T) *schema.Opt[float64]) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		if s.json.Next() != jx.String {
			return s.unexpected(nil, "a duration such as PT0.016S")
		}
		b, err := s.json.StrBytes()
		if err != nil {
			return s.broken(err)
		}
		d, err := ParseDuration(b)
		if err != nil {
			return s.wrong("a duration such as PT0.016S of at most nanoseconds and 292 years", strconv.Quote(string(b)))
		}
		*field(v) = schema.Some(float64(d) / float64(time.Millisecond))
		return nil
	}}
}

// Times that a table can hold and an expiry can be counted from.
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2105, 12, 31, 0, 0, 0, 0, time.UTC)
)

// instant reads an Edm.DateTimeOffset; the year 1 is how Graph writes "never".
func (s *scanner) instant() (schema.Opt[time.Time], error) {
	if s.json.Next() != jx.String {
		return schema.Opt[time.Time]{}, s.unexpected(nil, "a time (RFC 3339)")
	}
	b, err := s.json.StrBytes()
	if err != nil {
		return schema.Opt[time.Time]{}, s.broken(err)
	}
	var t time.Time
	if err := t.UnmarshalText(b); err != nil {
		return schema.Opt[time.Time]{}, s.wrong("a time (RFC 3339)", strconv.Quote(string(b)))
	}
	t = t.UTC()
	if t.Year() == 1 {
		return schema.Opt[time.Time]{}, nil
	}
	if t.Before(earliest) || t.After(latest) {
		return schema.Opt[time.Time]{}, s.wrong("a time from 1970 to 2105", strconv.Quote(string(b)))
	}
	return schema.Some(t), nil
}

// instant is a property of type Edm.DateTimeOffset.
func instant[T any](name string, field func(*T) *schema.Opt[time.Time]) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) (err error) {
		*field(v), err = s.instant()
		return err
	}}
}

// beginning is an Edm.DateTimeOffset that a row cannot be without.
func beginning[T any](name string, field func(*T) *time.Time) property[T] {
	return property[T]{name: name, required: true, read: func(s *scanner, v *T) error {
		t, err := s.instant()
		if err == nil && !t.OK {
			err = s.wrong("a time", "the year 1")
		}
		*field(v) = t.V
		return err
	}}
}

// ignored is a property that is not kept, for a reason.
func ignored[T any](name, why string) property[T] { return property[T]{name: name, ignored: why} }

// nested is a property that is an object of its own.
func nested[T, U any](name string, o *object[U], field func(*T) *U) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error { return o.read(s, field(v)) }}
}

// each is a collection of objects. A null element is passed over.
func each[T, U any](name string, o *object[U], field func(*T) *[]U) property[T] {
	return property[T]{name: name, read: func(s *scanner, v *T) error {
		list := field(v)
		return s.array(func() error {
			var zero U
			*list = append(*list, zero)
			return o.read(s, &(*list)[len(*list)-1])
		})
	}}
}

// array calls element for every element that is not null.
func (s *scanner) array(element func() error) error {
	it, err := s.json.ArrIter()
	if err != nil {
		return s.unexpected(err, "an array")
	}
	for i := 0; it.Next(); i++ {
		s.steps = append(s.steps, step{index: i})
		if s.json.Next() == jx.Null {
			err = s.broken(s.json.Null())
		} else {
			err = element()
		}
		if err != nil {
			return err
		}
		s.pop()
	}
	return s.broken(it.Err())
}
