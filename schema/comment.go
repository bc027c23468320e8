package schema

import (
	"errors"
	"fmt"
	"strings"
)

// Privacy is the class of a column; masking and erasure go by it.
type Privacy string

// Classes of privacy.
const (
	// PrivacyNone says nothing about a person.
	PrivacyNone Privacy = "none"
	// PrivacyPseudonymous points at a person only together with other data.
	PrivacyPseudonymous Privacy = "pseudonymous"
	// PrivacyPersonal is an address, a name, a number or content.
	PrivacyPersonal Privacy = "personal"
)

// ErrComment is wrapped by every error about a column's COMMENT.
var ErrComment = errors.New("column comment")

// ColumnDoc is what a column's COMMENT says.
type ColumnDoc struct {
	// Meaning is a phrase for people.
	Meaning string
	// Unit is a unit of measurement; "1" for a ratio, "none" for names.
	Unit string
	// Source is the clause of a standard, the table or the part of Trunkline
	// that the value comes from.
	Source string
	// Privacy is the column's class.
	Privacy Privacy
}

// ParseColumnComment reads "meaning; unit=U; source=S; privacy=P". The error
// wraps ErrComment.
func ParseColumnComment(comment string) (ColumnDoc, error) {
	parts := strings.Split(comment, "; ")
	if len(parts) != 4 || parts[0] == "" {
		return ColumnDoc{}, fmt.Errorf("%w %q: want \"meaning; unit=U; source=S; privacy=P\"", ErrComment, comment)
	}
	doc := ColumnDoc{Meaning: parts[0]}
	for i, field := range []struct {
		key  string
		into *string
	}{{"unit=", &doc.Unit}, {"source=", &doc.Source}, {"privacy=", (*string)(&doc.Privacy)}} {
		value, ok := strings.CutPrefix(parts[i+1], field.key)
		if !ok || value == "" {
			return ColumnDoc{}, fmt.Errorf("%w %q: want %sVALUE in place %d, got %q", ErrComment, comment, field.key, i+2, parts[i+1])
		}
		*field.into = value
	}
	switch doc.Privacy {
	case PrivacyNone, PrivacyPseudonymous, PrivacyPersonal:
		return doc, nil
	}
	return ColumnDoc{}, fmt.Errorf("%w %q: privacy is none, pseudonymous or personal, got %q", ErrComment, comment, doc.Privacy)
}
