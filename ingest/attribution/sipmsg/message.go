package sipmsg

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Limits of what is read.
const (
	// MaxBytes is the longest message, which is also the longest UDP datagram.
	MaxBytes = 64 << 10
	// MaxHeaders is the greatest number of header lines looked at; those
	// behind are passed over.
	MaxHeaders = 256
)

var (
	// ErrNotSIP: the first line is neither a request line nor a status line
	// of SIP/2.0.
	ErrNotSIP = errors.New("not a SIP message")
	// ErrTooLarge: longer than MaxBytes.
	ErrTooLarge = errors.New("over the size limit")
)

// Message is a SIP request or response. Names and hosts are in lower case
// where RFC 3261 says that case carries no meaning; methods are as sent.
type Message struct {
	// Method is a request's method; of a response, the method in its CSeq.
	Method string
	// Status is a response's code, 100..699; 0 means a request.
	Status int
	// Phrase is a response's reason phrase.
	Phrase string
	// RequestURI is a request's target.
	RequestURI URI

	CallID string
	// CSeq is the sequence number, 0..2^31-1; HasCSeq tells 0 from none.
	CSeq    uint32
	HasCSeq bool
	// From, To and Contact are the parties; FromTag and ToTag the dialog's
	// tags. Contact is the first one given.
	From, To, Contact URI
	FromTag, ToTag    string
	// Asserted is the first P-Asserted-Identity (RFC 3325).
	Asserted URI
	// Branch is the transaction id in the topmost Via.
	Branch string
	// Reasons are the Reason headers (RFC 3326), at most four.
	Reasons []Reason
	// ContentType is the media type of the body in lower case, without
	// parameters.
	ContentType string

	// SDP is the session description in the body, nil if there is none.
	SDP *SDP
	// Truncated says that the message ends before its headers do, or that
	// its body is shorter than Content-Length.
	Truncated bool
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Status == 0 }

// Reason is why a request was sent or refused (RFC 3326).
type Reason struct {
	// Protocol is "SIP", "Q.850", or a name of the sender's; upper case.
	Protocol string
	// Cause is a SIP status or a Q.850 cause value; 0 means not given.
	Cause int
	// Text is for people.
	Text string
}

// maxReasons bounds Message.Reasons.
const maxReasons = 4

// Parse reads a message. Errors wrap ErrNotSIP or ErrTooLarge.
func Parse(data []byte) (*Message, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("SIP message: %w: %d bytes, at most %d expected", ErrTooLarge, len(data), MaxBytes)
	}
	text := strings.TrimLeft(string(data), "\r\n")
	first, rest, complete := cutLine(text)
	m := &Message{}
	if !m.startLine(first) {
		return nil, fmt.Errorf("SIP message: %w: first line %q", ErrNotSIP, clip(first, 80))
	}
	m.Truncated = !complete
	length := -1
	for n := 0; ; n++ {
		var line string
		line, rest, complete = unfold(rest)
		if line == "" {
			m.Truncated = m.Truncated || !complete
			break
		}
		if !complete {
			// A header cut in the middle would be believed wrongly: half a
			// host name is another host.
			m.Truncated = true
			break
		}
		if n < MaxHeaders {
			m.header(line, &length)
		}
	}
	if length >= 0 && length > len(rest) {
		m.Truncated = true
	} else if length >= 0 {
		rest = rest[:length]
	}
	m.body(rest)
	return m, nil
}

// startLine reads "INVITE sip:a@b SIP/2.0" or "SIP/2.0 200 OK".
func (m *Message) startLine(line string) bool {
	first, rest, ok := strings.Cut(line, " ")
	if !ok {
		return false
	}
	if strings.EqualFold(first, "SIP/2.0") {
		code, phrase, _ := strings.Cut(rest, " ")
		status, err := strconv.ParseUint(code, 10, 16)
		if err != nil || status < 100 || status > 699 {
			return false
		}
		m.Status, m.Phrase = int(status), strings.TrimSpace(phrase)
		return true
	}
	target, version, ok := cutLast(rest, ' ')
	if !ok || !strings.EqualFold(version, "SIP/2.0") || !isToken(first) {
		return false
	}
	m.Method, m.RequestURI = first, parseURI(strings.TrimSpace(target))
	return true
}

// header takes one header line. The first of each kind counts.
func (m *Message) header(line string, length *int) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	value = strings.TrimSpace(value)
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "call-id", "i":
		setOnce(&m.CallID, value)
	case "from", "f":
		m.party(value, &m.From, &m.FromTag)
	case "to", "t":
		m.party(value, &m.To, &m.ToTag)
	case "contact", "m":
		m.party(value, &m.Contact, nil)
	case "p-asserted-identity":
		m.party(value, &m.Asserted, nil)
	case "cseq":
		m.cseq(value)
	case "via", "v":
		if m.Branch == "" {
			top, _, _ := strings.Cut(value, ",")
			m.Branch = parameter(top, "branch")
		}
	case "reason":
		m.reason(value)
	case "content-type", "c":
		media, _, _ := strings.Cut(value, ";")
		setOnce(&m.ContentType, strings.ToLower(strings.TrimSpace(media)))
	case "content-length", "l":
		if n, err := strconv.ParseUint(value, 10, 31); err == nil && *length < 0 {
			*length = int(n)
		}
	}
}

func (m *Message) cseq(value string) {
	digits, method, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || m.HasCSeq {
		return
	}
	m.CSeq, m.HasCSeq = uint32(n), true
	if method = strings.TrimSpace(method); m.Status != 0 && isToken(method) {
		m.Method = method
	}
}

// party reads a name-addr or addr-spec with its tag (RFC 3261 section 20.10).
func (m *Message) party(value string, uri *URI, tag *string) {
	if !uri.IsZero() {
		return
	}
	spec, params := nameAddr(value)
	*uri = parseURI(spec)
	if tag != nil {
		*tag = parameter(params, "tag")
	}
}

// reason reads `Q.850;cause=16;text="Normal call clearing"`, several of which
// may stand in one line.
func (m *Message) reason(value string) {
	for value != "" && len(m.Reasons) < maxReasons {
		var one string
		one, value = cutUnquoted(value, ',')
		protocol, params, _ := strings.Cut(one, ";")
		r := Reason{Protocol: strings.ToUpper(strings.TrimSpace(protocol)), Text: parameter(params, "text")}
		if cause, err := strconv.ParseUint(parameter(params, "cause"), 10, 16); err == nil {
			r.Cause = int(cause)
		}
		if isToken(r.Protocol) {
			m.Reasons = append(m.Reasons, r)
		}
	}
}

// body looks for a session description, alone or as a part of a multipart
// body.
func (m *Message) body(text string) {
	switch {
	case m.ContentType == "application/sdp":
	case strings.HasPrefix(m.ContentType, "multipart/"):
		start := strings.Index(text, "\nv=0")
		if start < 0 {
			return
		}
		text = text[start+1:]
		if end := strings.Index(text, "\n--"); end >= 0 {
			text = text[:end+1]
		}
	default:
		return
	}
	m.SDP = parseSDP(text)
}

func setOnce(at *string, value string) {
	if *at == "" {
		*at = value
	}
}
