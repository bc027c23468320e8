package statement

import "strings"

// RefuseControl decides about a statement that the engine classifies as one of
// control (SET, USE, KILL, SYSTEM, ATTACH, temporary tables and the like): what
// stays within a session, or only speeds up what the engine does anyway, may
// run.
func (s *Statement) RefuseControl() *Refusal {
	second, third := s.word(1), s.word(2)
	what := strings.TrimSpace(s.Verb + " " + second)
	switch s.Verb {
	case "USE":
		return nil
	case "SET":
		if second != "ROLE" && second != "DEFAULT" && second != "TRANSACTION" {
			return nil
		}
	case "KILL":
		if second == "QUERY" || second == "MUTATION" {
			return nil
		}
	case "CREATE", "REPLACE":
		if second == "TEMPORARY" || third == "TEMPORARY" || second == "OR" && s.word(3) == "TEMPORARY" {
			return nil
		}
	case "SYSTEM":
		if systemAllowed(s) {
			return nil
		}
	case "DETACH", "ATTACH":
		// The short form names something that is in the data directory already.
		if isAnyFold(second, "TABLE", "VIEW", "DICTIONARY") && !s.has("FROM", "ENGINE", "UUID", "SOURCE", "AS") {
			return nil
		}
	}
	return &Refusal{what, whyEngine}
}

// RefuseGlobal decides about a statement that changes what lies outside every
// database: only functions that are expressions may be made and dropped.
func (s *Statement) RefuseGlobal() *Refusal {
	second := s.word(1)
	if second == "OR" {
		second = s.word(3)
	}
	switch {
	case s.Verb == "DROP" && second == "FUNCTION":
		return nil
	case s.Verb == "CREATE" && second == "FUNCTION" && s.has("AS") && !s.has("ENGINE", "LANGUAGE", "RETURNS", "ARGUMENTS"):
		return nil
	}
	return &Refusal{strings.TrimSpace(s.Verb + " " + s.word(1)), whyEngine}
}

// system lists the SYSTEM statements that may run, by their first two words
// behind SYSTEM; "*" is any.
var system = map[string]string{
	"FLUSH": "*", "REFRESH": "VIEW", "WAIT": "VIEW", "CANCEL": "VIEW",
	"DROP": "*", "CLEAR": "*", "RELOAD": "*", "STOP": "*", "START": "*", "LOAD": "*", "UNLOAD": "*",
}

func systemAllowed(s *Statement) bool {
	second, ok := system[s.word(1)]
	if !ok || second != "*" && second != s.word(2) {
		return false
	}
	switch s.word(1) {
	case "DROP", "CLEAR": // caches; not replicas, formats' schemas or disks
		return s.has("CACHE") && !s.has("REPLICA", "DISK", "METADATA")
	case "RELOAD":
		return s.has("DICTIONARY", "DICTIONARIES", "FUNCTION", "FUNCTIONS")
	case "STOP", "START":
		return s.has("MERGES", "TTL", "MOVES", "VIEW", "VIEWS")
	}
	return true
}

// word is token i in upper case, "" if it is not a bare word.
func (s *Statement) word(i int) string {
	if t := s.at(i); t.Kind == Word {
		return strings.ToUpper(t.Text)
	}
	return ""
}

// has reports whether one of the bare words occurs behind the verb.
func (s *Statement) has(words ...string) bool {
	for i := 1; i < len(s.tokens); i++ {
		if s.tokens[i].isAny(words...) {
			return true
		}
	}
	return false
}
