package statement

import (
	"fmt"
	"strings"
)

// Refusal is the reason why a statement is not run here.
type Refusal struct {
	What string // what was asked for, as written: "file(...)", "ENGINE = URL"
	Why  string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s is not available in the embedded engine: %s", r.What, r.Why)
}

const (
	whyOutside = "it would read or write outside the data directory"
	whyRun     = "it would run a program"
	whyEngine  = "it acts on the engine itself"
	whyUnsafe  = "it can stop the engine's process"
)

// Refusal is the first thing in the statement that must not run, or nil.
func (s *Statement) Refusal() *Refusal {
	for _, rule := range []func(*Statement) *Refusal{
		(*Statement).refuseFiles, (*Statement).refuseEngines, (*Statement).refuseSources, (*Statement).refuseFunctions,
	} {
		if r := rule(s); r != nil {
			return r
		}
	}
	return nil
}

// refuseFiles finds INTO OUTFILE, FROM INFILE and the table that sends a signal
// to every thread of the process.
func (s *Statement) refuseFiles() *Refusal {
	for i, t := range s.tokens {
		if i > 0 && (t.is("OUTFILE") && s.tokens[i-1].is("INTO") || t.is("INFILE") && s.tokens[i-1].is("FROM")) {
			return &Refusal{strings.ToUpper(s.tokens[i-1].Text + " " + t.Text), whyOutside}
		}
		if t.identifier() && strings.EqualFold(t.Text, "stack_trace") {
			return &Refusal{"system.stack_trace", whyUnsafe}
		}
	}
	return nil
}

// engines are those of tables and databases that keep their data in the data
// directory or in memory. All of the MergeTree family are allowed as well.
var engines = map[string]bool{
	"atomic": true, "memory": true, "null": true, "log": true, "tinylog": true, "stripelog": true, "set": true, "join": true,
	"merge": true, "buffer": true, "view": true, "materializedview": true, "dictionary": true, "generaterandom": true, "alias": true,
}

// refuseEngines finds ENGINE clauses outside brackets, before the query that a
// table may be filled from.
func (s *Statement) refuseEngines() *Refusal {
	if s.Verb != "CREATE" && s.Verb != "REPLACE" && s.Verb != "ATTACH" {
		return nil
	}
	depth := 0
	for i, t := range s.tokens {
		switch {
		case t.punct("("):
			depth++
		case t.punct(")"):
			depth--
		case depth == 0 && t.isAny("SELECT", "WITH"):
			return nil
		case depth == 0 && t.is("ENGINE"):
			name := s.at(i + 1)
			if name.punct("=") {
				name = s.at(i + 2)
			}
			lower := strings.ToLower(name.Text)
			if name.identifier() && !engines[lower] && !strings.HasSuffix(lower, "mergetree") {
				return &Refusal{"ENGINE = " + name.Text, "only MergeTree engines and those that live in memory are"}
			}
		}
	}
	return nil
}

// refuseSources finds dictionaries that are fed from elsewhere than a table of
// this engine, or kept in a file of their own.
func (s *Statement) refuseSources() *Refusal {
	if !s.dictionary() {
		return nil
	}
	depth, source := 0, 0
	for i, t := range s.tokens {
		switch {
		case t.punct("("):
			depth++
		case t.punct(")"):
			depth--
			if depth < source {
				source = 0
			}
		case t.is("SOURCE") && s.at(i+1).punct("("):
			name := s.at(i + 2)
			if !name.isAny("CLICKHOUSE", "NULL") {
				why := whyOutside
				if strings.HasPrefix(strings.ToUpper(name.Text), "EXECUTABLE") {
					why = whyRun
				}
				return &Refusal{"SOURCE(" + name.Text + ")", why}
			}
			source = depth + 1
		case source > 0 && depth >= source && t.identifier() && isAnyFold(t.Text, "HOST", "PORT", "SECURE", "NAME"):
			return &Refusal{"a dictionary source with " + strings.ToUpper(t.Text), "the source has to be a table of this engine"}
		case t.identifier() && strings.HasSuffix(strings.ToUpper(t.Text), "SSD_CACHE"):
			return &Refusal{"LAYOUT(" + t.Text + ")", whyOutside}
		}
	}
	return nil
}

func isAnyFold(text string, names ...string) bool {
	for _, n := range names {
		if strings.EqualFold(text, n) {
			return true
		}
	}
	return false
}

// dictionary reports whether the statement defines one.
func (s *Statement) dictionary() bool {
	if s.Verb != "CREATE" && s.Verb != "REPLACE" && s.Verb != "ATTACH" {
		return false
	}
	for i := 1; i < len(s.tokens) && i < 4; i++ { // CREATE OR REPLACE DICTIONARY
		if s.tokens[i].is("DICTIONARY") {
			return true
		}
	}
	return false
}

// at is token i, or End outside of the statement.
func (s *Statement) at(i int) Token {
	if i >= 0 && i < len(s.tokens) {
		return s.tokens[i]
	}
	return Token{}
}
