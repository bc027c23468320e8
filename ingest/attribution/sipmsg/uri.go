package sipmsg

import (
	"strconv"
	"strings"
)

// URI is a SIP, SIPS or tel URI, as far as it says who and where. The zero URI
// is none.
type URI struct {
	// Scheme is "sip", "sips" or "tel".
	Scheme string
	// User is the part before the @, escapes undone, without a password; of
	// a tel URI the number. Parameters of the user part are left out.
	User string
	// Host is a domain name or an address (without brackets), in lower case
	// and without a trailing dot.
	Host string
	// Port is 0 when not given.
	Port uint16
}

// IsZero reports whether there is no URI.
func (u URI) IsZero() bool { return u == URI{} }

// Number returns the telephone number in the user part as digits without the
// leading +, or "" if it is none: visual separators (RFC 3966) are left out,
// and anything else than 3 to 15 digits (ITU-T E.164) is no number. The second
// value says whether the number was written as a global one, with +.
func (u URI) Number() (digits string, global bool) {
	s, global := strings.CutPrefix(u.User, "+")
	if strings.ContainsAny(s, "-.() ") {
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune("-.() ", r) {
				return -1
			}
			return r
		}, s)
	}
	if len(s) < 3 || len(s) > 15 || strings.Trim(s, "0123456789") != "" {
		return "", false
	}
	return s, global
}

// nameAddr splits `"A. B" <sip:a@b;x=y>;tag=1` into the URI and what follows.
// Without angle brackets parameters belong to the header (RFC 3261 section
// 20.10).
func nameAddr(value string) (spec, params string) {
	value = strings.TrimSpace(value)
	if before, after := cutUnquoted(value, '<'); len(before) < len(value) {
		spec, params, _ = strings.Cut(after, ">")
		params, _ = cutUnquoted(params, ',')
		return strings.TrimSpace(spec), params
	}
	value, _ = cutUnquoted(value, ',')
	spec, params, _ = strings.Cut(value, ";")
	return strings.TrimSpace(spec), params
}

// ParseURI reads a URI as it stands in a header, with or without a display name,
// angle brackets and parameters. The zero URI means that it is of another
// scheme or cannot be read.
func ParseURI(s string) URI {
	spec, _ := nameAddr(s)
	return parseURI(spec)
}

// parseURI reads a URI; the zero URI means that it is of another scheme or
// cannot be read.
func parseURI(s string) URI {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		return URI{}
	}
	u := URI{Scheme: strings.ToLower(scheme)}
	switch u.Scheme {
	case "tel":
		number, _, _ := strings.Cut(rest, ";")
		if u.User = unescape(number); u.User == "" {
			return URI{}
		}
		return u
	case "sip", "sips":
	default:
		return URI{}
	}
	// The user part may hold ; and ? but no unescaped @, a header behind ? may
	// hold anything.
	hostport := rest
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		user := rest[:at]
		user, _, _ = strings.Cut(user, ":")
		user, _, _ = strings.Cut(user, ";")
		u.User, hostport = unescape(user), rest[at+1:]
	}
	if end := strings.IndexAny(hostport, ";?>, \t"); end >= 0 {
		hostport = hostport[:end]
	}
	u.Host, u.Port, ok = splitHost(hostport)
	if !ok {
		return URI{}
	}
	return u
}

// splitHost reads "host", "host:port" or "[v6]:port".
func splitHost(s string) (host string, port uint16, ok bool) {
	tail := ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, false
		}
		host, tail = s[1:end], s[end+1:]
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		host, tail = s[:i], s[i:]
	} else {
		host = s
	}
	if tail != "" {
		digits, colon := strings.CutPrefix(tail, ":")
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || !colon {
			return "", 0, false
		}
		port = uint16(n)
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || len(host) > 253 {
		return "", 0, false
	}
	return host, port, true
}

// unescape undoes %HH; what is no escape stays.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
