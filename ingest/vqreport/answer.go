package vqreport

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// answer is the outcome of a request: a status and the headers that go with
// it.
type answer struct {
	status  int
	phrase  string
	headers []sip.Header
}

func say(status int, phrase string, headers ...string) answer {
	a := answer{status: status, phrase: phrase}
	for i := 0; i+1 < len(headers); i += 2 {
		a.headers = append(a.headers, sip.NewHeader(headers[i], headers[i+1]))
	}
	return a
}

// warn explains a refusal to whoever reads the reporter's log (RFC 3261
// section 20.43).
func (a answer) warn(text string) answer {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' || r > '~' {
			return '\''
		}
		return r
	}, clip(text, 200))
	a.headers = append(a.headers, sip.NewHeader("Warning", `399 trunkline "`+text+`"`))
	return a
}

// complete reports whether a request has what an answer is made of.
func complete(r *sip.Request) bool {
	return r.Via() != nil && r.From() != nil && r.To() != nil && r.CallID() != nil && r.CSeq() != nil
}

// accept checks a request in the order of RFC 3261 section 8.2 and RFC 3903
// section 6. A refusal is in the answer; otherwise take says to hand the body
// on, and the answer is what to say if that goes well.
func (s *Server) accept(r *sip.Request, now time.Time) (a answer, take bool) {
	switch {
	case r.CSeq().MethodName != r.Method:
		return say(400, "CSeq and method differ"), false
	case r.Method == sip.OPTIONS:
		return say(200, "OK", "Allow", "PUBLISH, OPTIONS", "Accept", ContentType, "Allow-Events", Event), false
	case r.Method == sip.CANCEL:
		return say(481, "Call/Transaction Does Not Exist"), false
	case r.Method != sip.PUBLISH:
		return say(405, "Method Not Allowed", "Allow", "PUBLISH, OPTIONS"), false
	case r.Recipient.Scheme != "sip" && r.Recipient.Scheme != "sips":
		return say(416, "Unsupported URI Scheme"), false
	case header(r, "Require") != "":
		return say(420, "Bad Extension", "Unsupported", header(r, "Require")), false
	case !strings.EqualFold(upTo(header(r, "Event", "o"), ';'), Event):
		return say(489, "Bad Event", "Allow-Events", Event), false
	}
	expires, ok := s.expires(r)
	if !ok {
		return say(400, "Bad Expires"), false
	}
	if etag := header(r, "SIP-If-Match"); etag != "" && !s.validETag(etag, now) {
		return say(412, "Conditional Request Failed"), false
	} else if etag != "" && len(r.Body()) == 0 {
		return s.published(now, expires), false // refreshed or removed: nothing is kept
	}
	contentType := ""
	if h := r.ContentType(); h != nil {
		contentType = h.Value()
	}
	encoding := header(r, "Content-Encoding", "e")
	switch {
	case len(r.Body()) == 0:
		return say(400, "Body Missing"), false
	case !strings.EqualFold(upTo(contentType, ';'), ContentType):
		return say(415, "Unsupported Media Type", "Accept", ContentType), false
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return say(415, "Unsupported Media Type", "Accept", ContentType, "Accept-Encoding", "identity"), false
	}
	return s.published(now, expires), true
}

// published is the 200 of RFC 3903 section 6, step 6.
func (s *Server) published(now time.Time, expires time.Duration) answer {
	return say(200, "OK", "SIP-ETag", s.newETag(now.Add(expires)), "Expires", seconds(int64(expires/time.Second)))
}

// expires returns the lifetime granted: what was asked for, but not longer
// than the server's.
func (s *Server) expires(r *sip.Request) (time.Duration, bool) {
	text := header(r, "Expires")
	if text == "" {
		return s.opts.MaxExpires, true
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, false
	}
	return min(time.Duration(n)*time.Second, s.opts.MaxExpires), true
}

// process answers a request and, if it carries a report, calls the handler
// first.
func (s *Server) process(r *sip.Request, m Meta) answer {
	a, take := s.accept(r, m.Received)
	if !take {
		return a
	}
	report, err := Parse(r.Body())
	switch {
	case errors.Is(err, ErrTooLarge):
		return say(413, "Request Entity Too Large").warn(err.Error())
	case err != nil:
		return say(400, "Bad Report").warn(err.Error())
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.opts.HandlerTimeout)
	defer cancel()
	err = s.opts.Handler(ctx, report, m)
	switch {
	case err == nil:
		s.counters.note(report)
		return a
	case errors.Is(err, ErrFull), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return s.busy()
	}
	return say(500, "Server Internal Error", "Retry-After", s.retryAfter())
}

// busy tells the reporter to come back.
func (s *Server) busy() answer {
	return say(503, "Service Unavailable", "Retry-After", s.retryAfter())
}

func (s *Server) retryAfter() string {
	return seconds(max(1, int64(s.opts.RetryAfter/time.Second)))
}

// respond builds the response to a request; req.Source must be set.
func (s *Server) respond(r *sip.Request, a answer) *sip.Response {
	res := sip.NewResponseFromRequest(r, a.status, a.phrase, nil)
	for _, h := range a.headers {
		res.AppendHeader(h)
	}
	s.counters.answered[a.status].Add(1)
	return res
}

// meta collects what the handler is told of the request.
func meta(r *sip.Request, m Meta) Meta {
	host := func(u sip.Uri) string { return strings.ToLower(strings.Trim(u.Host, "[]")) }
	m.TargetHost, m.FromHost, m.ToHost = host(r.Recipient), host(r.From().Address), host(r.To().Address)
	if c := r.Contact(); c != nil {
		m.ContactHost = host(c.Address)
	}
	m.CallID, m.UserAgent = r.CallID().Value(), header(r, "User-Agent")
	m.Body = bytes.Clone(r.Body())
	return m
}

// seconds writes a number of seconds as SIP has it.
func seconds(n int64) string { return strconv.FormatInt(n, 10) }

// header returns the first of a request's headers with one of the names.
func header(r *sip.Request, names ...string) string {
	for _, name := range names {
		if h := r.GetHeader(name); h != nil {
			return strings.TrimSpace(h.Value())
		}
	}
	return ""
}

func upTo(s string, sep byte) string {
	before, _, _ := strings.Cut(s, string(sep))
	return strings.TrimSpace(before)
}
