package statement

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of [Parse].
var (
	// ErrEmpty means that the text holds no statement.
	ErrEmpty = errors.New("empty query")
	// ErrSeveral means that something follows the first statement.
	ErrSeveral = errors.New("multi-statements are not allowed: send one statement per request")
	// ErrSemicolon means that a semicolon stands between FORMAT and the data.
	ErrSemicolon = errors.New("a semicolon stands before the data of the INSERT: remove it")
)

// Statement is one statement, taken apart as far as needed.
type Statement struct {
	// SQL is what the engine gets: without closing semicolon and, for an INSERT
	// with data, without VALUES or FORMAT clause and without the data.
	SQL string
	// Verb is the first keyword in upper case, for example SELECT; "(" for a
	// query in parentheses.
	Verb string
	// Format is the format that the text names for its data or its output; ""
	// where it names none.
	Format string
	// Data tells that this is an INSERT whose rows come as data: inline, in the
	// body of the request, or both.
	Data bool
	// Inline is the data that the text itself holds.
	Inline string

	start  int     // of SQL in the text
	tokens []Token // of SQL
}

// Parse takes text apart. The text of an INSERT may be cut off anywhere behind
// its FORMAT or VALUES: the rest is data. Other texts have to be whole.
func Parse(text string) (*Statement, error) {
	p := parser{lex: NewLexer(text)}
	first := p.next()
	for first.punct(";") {
		first = p.next()
	}
	if first.Kind == End {
		return nil, ErrEmpty
	}
	s := &Statement{Verb: strings.ToUpper(first.Text), start: first.Start}
	if first.is("INSERT") && p.insertTarget() {
		if done, err := p.insertData(s, text); err != nil {
			return nil, err
		} else if done {
			return s, nil
		}
	}
	stop, err := p.rest()
	if err != nil {
		return nil, err
	}
	s.SQL, s.tokens = text[s.start:stop], p.seen
	s.Format = outputFormat(p.seen)
	return s, nil
}

// Lexed tells whether every piece of the statement was understood. Where it is
// false, [Statement.Refusal] has not seen all of it.
func (s *Statement) Lexed() bool {
	for _, t := range s.tokens {
		if t.Kind == Invalid {
			return false
		}
	}
	return true
}

// parser reads tokens and remembers them.
type parser struct {
	lex  *Lexer
	seen []Token
	held bool // the last of seen is to be read again
}

func (p *parser) next() Token {
	if p.held {
		p.held = false
		return p.seen[len(p.seen)-1]
	}
	t := p.lex.Next()
	p.seen = append(p.seen, t)
	return t
}

// back lets next give the last token once more.
func (p *parser) back() { p.held = true }

// rest reads to the end of the statement and gives the end of its text, less
// a closing semicolon.
func (p *parser) rest() (int, error) {
	for {
		t := p.next()
		switch {
		case t.Kind == End, t.Kind == Invalid:
			return t.Stop, nil
		case t.punct(";"):
			for after := p.next(); after.Kind != End; after = p.next() {
				if !after.punct(";") {
					return 0, ErrSeveral
				}
			}
			return t.Start, nil
		}
	}
}

// insertTarget reads what follows INSERT up to the name of the table and its
// columns. It is false where the statement takes no data.
func (p *parser) insertTarget() bool {
	t := p.next()
	if t.is("INTO") {
		t = p.next()
	}
	if t.is("TABLE") {
		after := p.next()
		if !after.identifier() && !after.punct("{") {
			p.back() // a table that is called "table"
		} else {
			t = after
		}
	}
	if t.is("FUNCTION") {
		return false
	}
	if !p.name(t) {
		p.back()
		return false
	}
	t = p.next()
	for t.punct(".") {
		if !p.name(p.next()) {
			p.back()
			return false
		}
		t = p.next()
	}
	if !t.punct("(") {
		p.back()
		return true
	}
	if inner := p.next(); inner.isAny("SELECT", "WITH", "FROM") || inner.punct("(") {
		p.back()
		return false
	}
	p.back()
	return p.skipTo(")")
}

// name reads an identifier, or the rest of a {parameter:Identifier}, that
// begins with t.
func (p *parser) name(t Token) bool {
	if t.punct("{") {
		return p.skipTo("}")
	}
	return t.identifier()
}

// skipTo reads behind the bracket that closes what is open.
func (p *parser) skipTo(closing string) bool {
	for depth := 1; depth > 0; {
		t := p.next()
		switch {
		case t.Kind == End, t.Kind == Invalid:
			p.back()
			return false
		case t.punct("("), t.punct("["), t.punct("{"):
			depth++
		case t.punct(")"), t.punct("]"), t.punct("}"):
			depth--
			if depth == 0 && t.Text != closing {
				p.back()
				return false
			}
		}
	}
	return true
}

// insertData looks for VALUES or FORMAT behind the table of an INSERT and, if
// there is one, fills in the statement and its inline data.
func (p *parser) insertData(s *Statement, text string) (bool, error) {
	for {
		t := p.next()
		switch {
		case t.is("SETTINGS"):
			if !p.settings() {
				return false, nil
			}
		case t.is("VALUES"):
			s.Format, s.Data = "Values", true
			s.SQL, s.Inline = text[s.start:t.Start], text[t.Stop:]
			s.tokens = p.seen[:len(p.seen)-1]
			return true, nil
		case t.is("FORMAT"):
			return p.insertFormat(s, text, t)
		default:
			p.back()
			return false, nil
		}
	}
}

// insertFormat reads what follows FORMAT: a name, perhaps SETTINGS, and data.
func (p *parser) insertFormat(s *Statement, text string, format Token) (bool, error) {
	kept := len(p.seen) - 1
	name := p.next()
	if name.Kind != Word {
		p.back()
		return false, nil
	}
	s.Format, s.Data = name.Text, true
	s.SQL, s.tokens = text[s.start:format.Start], p.seen[:kept:kept]
	stop := name.Stop
	// SETTINGS may follow, but the same letters may also be the data.
	trial := parser{lex: &Lexer{text: text, pos: stop}}
	if trial.next().is("SETTINGS") && trial.settings() {
		last := trial.seen[len(trial.seen)-2] // settings read one token too far
		s.SQL += text[stop:last.Stop]
		stop = last.Stop
	}
	rest := strings.TrimLeft(text[stop:], " \t\f")
	if strings.HasPrefix(rest, ";") {
		return true, fmt.Errorf("%w (behind FORMAT %s)", ErrSemicolon, s.Format)
	}
	rest = strings.TrimPrefix(rest, "\r")
	s.Inline = strings.TrimPrefix(rest, "\n")
	return true, nil
}

// settings reads name = value, name = value. The token behind the list is left
// to be read.
func (p *parser) settings() bool {
	for {
		if !p.next().identifier() || !p.next().punct("=") || !p.value() {
			p.back()
			return false
		}
		if t := p.next(); !t.punct(",") {
			p.back()
			return true
		}
	}
}

// value reads the value of a setting: a literal, a signed number, or something
// in brackets.
func (p *parser) value() bool {
	t := p.next()
	if t.punct("-") || t.punct("+") {
		t = p.next()
	}
	switch {
	case t.punct("["):
		return p.skipTo("]")
	case t.punct("{"):
		return p.skipTo("}")
	case t.punct("("):
		return p.skipTo(")")
	case t.Kind == String, t.Kind == Quoted:
		return true
	case t.Kind != Word:
		return false
	}
	// A number goes on behind its point and behind the sign of its exponent.
	for {
		after := p.next()
		exponent := t.Text != "" && t.Text[0] >= '0' && t.Text[0] <= '9' && strings.ContainsAny(t.Text[len(t.Text)-1:], "eE")
		if !after.punct(".") && !(exponent && (after.punct("-") || after.punct("+"))) {
			p.back()
			return true
		}
		if t = p.next(); t.Kind != Word {
			p.back()
			return true
		}
	}
}

// outputFormat is the format that a query ends with, before SETTINGS if there
// are any. A column called format that is sorted by is none.
func outputFormat(tokens []Token) string {
	depth := 0
	for i, t := range tokens {
		switch {
		case t.punct("("), t.punct("["), t.punct("{"):
			depth++
		case t.punct(")"), t.punct("]"), t.punct("}"):
			depth--
		case depth == 0 && i > 0 && t.is("FORMAT") && i+2 < len(tokens):
			name, after := tokens[i+1], tokens[i+2]
			if name.Kind != Word || name.isAny("ASC", "DESC", "ASCENDING", "DESCENDING", "FINAL", "NULLS", "FROM") {
				continue
			}
			if after.Kind == End || after.punct(";") || after.is("SETTINGS") {
				return name.Text
			}
		}
	}
	return ""
}

// NeedsInput reports whether the statement is an INSERT that selects from the
// data of the request through input().
func (s *Statement) NeedsInput() bool {
	if s.Verb != "INSERT" || s.Data {
		return false
	}
	for i, t := range s.tokens {
		if t.identifier() && strings.EqualFold(t.Text, "input") && s.at(i+1).punct("(") {
			return true
		}
	}
	return false
}

// Is reports whether the statement consists of just these tokens, keywords and
// names in any case.
func (s *Statement) Is(tokens ...string) bool {
	seen := s.tokens
	for len(seen) > 0 && (seen[len(seen)-1].Kind == End || seen[len(seen)-1].punct(";")) {
		seen = seen[:len(seen)-1]
	}
	if len(seen) != len(tokens) {
		return false
	}
	for i, t := range seen {
		if !strings.EqualFold(t.Text, tokens[i]) {
			return false
		}
	}
	return true
}
