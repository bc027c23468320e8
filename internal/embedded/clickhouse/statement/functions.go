package statement

import "strings"

// functions reach files, other hosts or programs. A name that ends in * stands
// for all that begin so.
var functions = map[string]string{
	"file": whyOutside, "filecluster": whyOutside, "filesystem": whyOutside, "disk": whyOutside, "sqlite": whyOutside,
	"catboostevaluate": whyOutside, "arrowstream": whyUnsafe, "python": whyRun, "executable": whyRun, "eval": whyRun,
	"url": whyOutside, "urlcluster": whyOutside, "remote": whyOutside, "remotesecure": whyOutside,
	"cluster": whyOutside, "clusterallreplicas": whyOutside,
	"mysql": whyOutside, "postgresql": whyOutside, "mongodb": whyOutside, "redis": whyOutside,
	"odbc": whyOutside, "jdbc": whyOutside, "arrowflight": whyOutside,
	"s3*": whyOutside, "gcs": whyOutside, "oss": whyOutside, "cosn": whyOutside, "hdfs*": whyOutside,
	"azureblobstorage*": whyOutside, "iceberg*": whyOutside, "deltalake*": whyOutside, "hudi*": whyOutside,
	"paimon*": whyOutside, "ytsaurus": whyOutside, "hive": whyOutside,
	"aiclassify": whyOutside, "aigenerate": whyOutside, "aiembed": whyOutside, "aiextract": whyOutside, "aitranslate": whyOutside,
}

func lookup(names map[string]string, name string) (string, bool) {
	name = strings.ToLower(name)
	if why, ok := names[name]; ok {
		return why, true
	}
	for i := range name {
		if why, ok := names[name[:i+1]+"*"]; ok {
			return why, true
		}
	}
	return "", false
}

// refuseFunctions finds uses of functions and table functions by name.
func (s *Statement) refuseFunctions() *Refusal {
	for i, t := range s.tokens {
		if !t.identifier() || !s.isCall(i) {
			continue
		}
		if why, ok := lookup(functions, t.Text); ok {
			return &Refusal{t.Text + "(...)", why}
		}
		if strings.EqualFold(t.Text, "format") && s.at(i+1).punct("(") && s.formatsValues(i+2) {
			return &Refusal{"format(Values, ...)", "its text may hold expressions that are evaluated"}
		}
	}
	return nil
}

// isCall reports whether token i is called as a function: by brackets, by the
// transformer APPLY, or by a function of arrays or maps that takes another.
func (s *Statement) isCall(i int) bool {
	next, before := s.at(i+1), s.at(i-1)
	switch {
	case next.punct("("):
		return !s.tableName(i)
	case before.is("APPLY"), before.punct("(") && s.at(i-2).is("APPLY"):
		return true
	case before.punct("(") && next.punct(","):
		caller := strings.ToLower(s.at(i - 2).Text)
		return s.at(i-2).identifier() && (strings.HasPrefix(caller, "array") || strings.HasPrefix(caller, "map"))
	}
	return false
}

// formatsValues reports whether the first argument of format(), token i, is the
// format Values, or not plainly another one.
func (s *Statement) formatsValues(i int) bool {
	name, after := s.at(i), s.at(i+1)
	switch {
	case name.Kind == End || after.Kind == End:
		return false // no call yet
	case !after.punct(","):
		return true
	}
	switch name.Kind {
	case Word, Quoted:
		return strings.EqualFold(name.Text, "Values")
	case String:
		return strings.Contains(strings.ToLower(name.Text), "values")
	}
	return true
}

// tableName reports whether token i is the name of a table that an opening
// bracket follows: INSERT INTO file (a, b), CREATE TABLE url (a String).
func (s *Statement) tableName(i int) bool {
	if i == 0 {
		return false
	}
	before := s.tokens[i-1]
	switch {
	case before.punct("."):
		return true
	case s.Verb == "CREATE":
		return before.isAny("TABLE", "EXISTS")
	case s.Verb == "INSERT":
		return i <= 3 && before.isAny("INTO", "TABLE")
	}
	return false
}
