package sipmsg

import "strings"

// cutLine takes a line off the front of text; whole is false if its end is
// missing. Lines end in CRLF; LF alone is taken too.
func cutLine(text string) (line, rest string, whole bool) {
	end := strings.IndexByte(text, '\n')
	if end < 0 {
		return strings.TrimSuffix(text, "\r"), "", false
	}
	return strings.TrimSuffix(text[:end], "\r"), text[end+1:], true
}

// unfold takes a header line with its continuation lines, which start with a
// space or a tab (RFC 3261 section 7.3.1).
func unfold(text string) (line, rest string, whole bool) {
	line, rest, whole = cutLine(text)
	if line == "" || rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		return line, rest, whole
	}
	var b strings.Builder
	b.WriteString(line)
	for rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
		line, rest, whole = cutLine(rest)
		b.WriteByte(' ')
		b.WriteString(strings.Trim(line, " \t"))
	}
	return b.String(), rest, whole
}

// cutLast cuts around the last separator.
func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// cutUnquoted cuts at the first separator that is outside of quotes.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// parameter returns the value of a parameter in ";a=b;c="d"", without quotes;
// empty if it is not there. Names are compared without regard to case.
func parameter(params, name string) string {
	for params != "" {
		var one string
		one, params = cutUnquoted(params, ';')
		key, value, _ := strings.Cut(one, "=")
		if !strings.EqualFold(strings.TrimSpace(key), name) {
			continue
		}
		value = strings.TrimSpace(value)
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		return value
	}
	return ""
}

// isToken reports whether s is a token (RFC 3261 section 25.1) of a sensible
// length.
func isToken(s string) bool {
	if s == "" || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return true
}

// clip shortens text for an error.
func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
