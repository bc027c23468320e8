package mediaqos

import (
	"errors"
	"fmt"
	"strings"
)

// ErrName is wrapped by every error about a word that names no value of an
// enumeration (a grade, a method, a scale ...).
var ErrName = errors.New("unknown name")

// enumText is the one place where the stored words of an enumeration become
// its values and back: names[i] is the word of value i.
func enumText[E ~uint8](e E, names []string) string {
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("invalid(%d)", uint8(e))
}

func parseEnum[E ~uint8](e *E, kind string, text []byte, names []string) error {
	for i, name := range names {
		if name == string(text) {
			*e = E(i)
			return nil
		}
	}
	return fmt.Errorf("%s %q: %w, want one of %q", kind, text, ErrName, strings.Join(names, "|"))
}
