package routing

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrSyntax is wrapped by every error about the text of a requirement.
var ErrSyntax = errors.New("requirement syntax")

// ParseRequirement reads a requirement as people write it:
//
//	spanish>=3 and (billing>=2 or sales>=2) and not trainee>=1
//
// A skill alone means level 1. "not" binds tighter than "and", and that tighter
// than "or". A name that is not made of letters, digits and - _ . / or that is
// one of the three words stands in double quotes, as Go quotes strings. Empty
// text asks for nothing. Whether skills exist is not looked at. The error wraps
// [ErrSyntax] and names the place by its byte.
func ParseRequirement(text string) (Requirement, error) {
	p := &requirementParser{text: text}
	p.next()
	if p.token == "" && p.err == nil {
		return Requirement{}, nil
	}
	r := p.or(MaxRequirementDepth)
	if p.err == nil && p.token != "" {
		p.fail("expected and, or, or the end")
	}
	if p.err != nil {
		return Requirement{}, p.err
	}
	return r, nil
}

type requirementParser struct {
	text   string
	at     int // where the token begins
	end    int
	token  string // "" at the end
	quoted bool
	terms  int
	err    error
}

func (p *requirementParser) fail(expected string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: at byte %d of %q: %s", ErrSyntax, p.at, p.text, expected)
	}
	p.token, p.end = "", len(p.text)
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' || c == '/' || c >= 0x80
}

// next moves to the next token: a name, a quoted name, a bracket or >=.
func (p *requirementParser) next() {
	for p.end < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.end]) >= 0 {
		p.end++
	}
	p.at, p.quoted = p.end, false
	if p.end == len(p.text) {
		p.token = ""
		return
	}
	rest := p.text[p.at:]
	switch c := rest[0]; {
	case c == '(' || c == ')':
		p.end++
	case strings.HasPrefix(rest, ">="):
		p.end += 2
	case c == '"':
		quoted, err := strconv.QuotedPrefix(rest)
		name, err2 := strconv.Unquote(quoted)
		if err != nil || err2 != nil || name == "" {
			p.fail("a quoted name that does not end, or is empty")
			return
		}
		p.end += len(quoted)
		p.token, p.quoted = name, true
		return
	case isNameByte(c):
		for p.end < len(p.text) && isNameByte(p.text[p.end]) {
			p.end++
		}
	default:
		p.fail("expected a skill, not, or a bracket")
		return
	}
	p.token = p.text[p.at:p.end]
}

func (p *requirementParser) word(w string) bool { return p.token == w && !p.quoted }

func (p *requirementParser) or(depth int) Requirement { return p.list(OpAny, "or", depth, p.and) }

func (p *requirementParser) and(depth int) Requirement { return p.list(OpAll, "and", depth, p.not) }

// list reads operands with one operator between them.
func (p *requirementParser) list(op Op, word string, depth int, operand func(int) Requirement) Requirement {
	first := operand(depth)
	if !p.word(word) {
		return first
	}
	r := Requirement{Op: op, Of: []Requirement{first}}
	for p.word(word) {
		p.next()
		r.Of = append(r.Of, operand(depth-1))
	}
	return r
}

func (p *requirementParser) not(depth int) Requirement {
	if p.terms++; depth <= 0 || p.terms > MaxRequirementTerms {
		p.fail(fmt.Sprintf("nested deeper than %d, or more than %d terms", MaxRequirementDepth, MaxRequirementTerms))
		return Requirement{}
	}
	switch {
	case p.word("not"):
		p.next()
		return Not(p.not(depth - 1))
	case p.word("("):
		p.next()
		r := p.or(depth - 1)
		if !p.word(")") {
			p.fail("expected )")
		}
		p.next()
		return r
	case p.token == "" || !p.quoted && (p.token == ")" || p.token == ">=" || p.token == "and" || p.token == "or"):
		p.fail("expected a skill, not, or a bracket")
		return Requirement{}
	}
	skill := SkillID(p.token)
	p.next()
	if !p.word(">=") {
		return Need(skill, 1)
	}
	p.next()
	level, err := strconv.ParseUint(p.token, 10, 8)
	if err != nil || level < 1 || level > MaxLevel || p.quoted {
		p.fail(fmt.Sprintf("expected a level 1..%d", MaxLevel))
		return Requirement{}
	}
	p.next()
	return Need(skill, uint8(level))
}

// String writes the requirement as [ParseRequirement] reads it; operands that
// ask for nothing and lists of one cannot be written and are left out.
func (r Requirement) String() string {
	var b strings.Builder
	r.write(&b, OpAny)
	return b.String()
}

// write puts brackets around what binds less than its surroundings.
func (r *Requirement) write(b *strings.Builder, around Op) {
	word, inside := " or ", OpAll
	switch r.Op {
	case OpSkill:
		name := string(r.Skill)
		if name == "and" || name == "or" || name == "not" || strings.ContainsFunc(name, func(c rune) bool { return c >= 0x80 || !isNameByte(byte(c)) }) {
			name = strconv.Quote(name)
		}
		fmt.Fprintf(b, "%s>=%d", name, r.Level)
		return
	case OpNot:
		b.WriteString("not ")
		r.Of[0].write(b, OpNot)
		return
	case OpAll:
		word, inside = " and ", OpNot
	case OpNone:
		return
	}
	brackets := around == OpNot || around == OpAll && r.Op == OpAny || len(r.Of) == 1
	if brackets {
		b.WriteByte('(')
	}
	for i := range r.Of {
		if i > 0 {
			b.WriteString(word)
		}
		r.Of[i].write(b, inside)
	}
	if brackets {
		b.WriteByte(')')
	}
}
