package schema

import (
	"bytes"
	"encoding/json"
)

// Opt is a value that may be unknown, stored as NULL. Unknown is never zero: no
// loss and no loss figure are different rows. The zero Opt is unknown. It
// allocates nothing and compares with == wherever T does.
type Opt[T any] struct {
	// V is the value; the zero T while OK is false.
	V T
	// OK says that V is known.
	OK bool
}

// Some returns a known value.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }

// Get returns the value and whether it is known.
func (o Opt[T]) Get() (T, bool) { return o.V, o.OK }

// Or returns the value, or otherwise where it is unknown.
func (o Opt[T]) Or(otherwise T) T {
	if o.OK {
		return o.V
	}
	return otherwise
}

// MarshalJSON writes null for an unknown value.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.OK {
		return []byte("null"), nil
	}
	return json.Marshal(o.V)
}

// UnmarshalJSON reads null as an unknown value.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	*o = Opt[T]{}
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	if err := json.Unmarshal(data, &o.V); err != nil {
		return err
	}
	o.OK = true
	return nil
}
