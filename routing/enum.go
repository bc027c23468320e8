package routing

import (
	"errors"
	"fmt"
	"slices"
)

// ErrUnknownName is wrapped by every error about a name that is not in the
// closed set where it stands.
var ErrUnknownName = errors.New("unknown name")

// enumName returns the name of value v, or kind(v) for a value outside the set.
func enumName(kind string, names []string, v uint8) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}

// enumText is enumName for marshalling: a value outside the set is an error.
func enumText(kind string, names []string, v uint8) ([]byte, error) {
	if int(v) < len(names) {
		return []byte(names[v]), nil
	}
	return nil, fmt.Errorf("%s %d: %w", kind, v, ErrUnknownName)
}

// enumParse finds a name in its set.
func enumParse[T ~uint8](kind string, names []string, text []byte, into *T) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("%s %q: %w, want one of %q", kind, text, ErrUnknownName, names)
	}
	*into = T(i)
	return nil
}
