package mediaqos

import "github.com/trunkline-cc/trunkline/schema"

// Opt is a value that may be unknown; see [schema.Opt].
type Opt[T any] = schema.Opt[T]

// Some returns a known value.
func Some[T any](v T) Opt[T] { return Opt[T]{V: v, OK: true} }
