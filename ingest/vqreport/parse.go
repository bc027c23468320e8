package vqreport

import (
	"crypto/sha256"
	"net/netip"
	"strings"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// ContentType is the media type of a report's body (RFC 6035 section 4.3).
const ContentType = "application/vq-rtcpxr"

// Event is the event package that reports are published to.
const Event = "vq-rtcpxr"

// Parse reads a body of type application/vq-rtcpxr. The report shares no
// memory with the body. An error is a *ParseError that wraps ErrNotReport,
// ErrTooLarge, ErrMissing or ErrSyntax.
func Parse(body []byte) (*Report, error) {
	lines, err := split(body)
	if err != nil {
		return nil, err
	}
	p := parser{report: &Report{}, seen: make(map[string]bool)}
	if err := p.first(lines); err != nil {
		return nil, err
	}
	for _, l := range lines[1:] {
		p.line(l.number, l)
	}
	r := p.report
	p.order("LocalMetrics", &r.Local)
	p.order("RemoteMetrics", &r.Remote)
	if r.CallID == "" && !r.LocalAddr.IP.IsValid() && !r.RemoteAddr.IP.IsValid() {
		return nil, &ParseError{Field: "CallID", Detail: "neither a CallID nor an address, one of them expected", Err: ErrMissing}
	}
	if !r.HasLocal && !r.HasRemote {
		return nil, &ParseError{Field: "LocalMetrics", Detail: "no metrics at all", Err: ErrMissing}
	}
	r.ID = identity(lines)
	return r, nil
}

// identity hashes what was said, not how it was laid out.
func identity(lines []line) schema.ReportID {
	h := sha256.New()
	for _, l := range lines {
		h.Write([]byte(l.text))
		h.Write([]byte{'\n'})
	}
	return schema.ReportID(h.Sum(nil)[:16])
}

// parser holds what one body needs while it is read.
type parser struct {
	report *Report
	// section is the prefix of names already seen: "" before LocalMetrics.
	section string
	metrics *Metrics
	// seen holds the section, line and key of what was placed.
	seen map[string]bool
	// stopLine remembers where each section's Timestamps were.
	stopLine map[string]int
}

// first reads the line that says what kind of report follows.
func (p *parser) first(lines []line) error {
	if len(lines) == 0 {
		return &ParseError{Detail: "empty, VQSessionReport, VQIntervalReport or VQAlertReport expected", Err: ErrNotReport}
	}
	name, value, _ := lines[0].header()
	r := p.report
	switch strings.ToLower(strings.TrimPrefix(name, "\ufeff")) {
	case "vqsessionreport":
		r.Kind = KindSession
	case "vqintervalreport":
		r.Kind = KindInterval
	case "vqalertreport":
		r.Kind = KindAlert
		p.alert(lines[0].number, value)
		return nil
	default:
		return &ParseError{
			Line:   lines[0].number,
			Detail: "found " + quote(name) + ", VQSessionReport, VQIntervalReport or VQAlertReport expected",
			Err:    ErrNotReport,
		}
	}
	switch {
	case strings.EqualFold(value, "CallTerm"):
		r.CallTerm = true
	case value != "":
		p.problem(lines[0].number, name, FlawMalformed, value)
	}
	return nil
}

// alert reads "Type=NLR Severity=Critical Dir=local".
func (p *parser) alert(number int, value string) {
	a := &p.report.Alert
	for _, kv := range pairs(value) {
		field := "VQAlertReport." + kv.key
		var at *string
		switch strings.ToLower(kv.key) {
		case "type":
			at = &a.Type
		case "severity":
			at = &a.Severity
		case "dir":
			at = &a.Dir
		default:
			p.unknown(field)
			continue
		}
		p.once("", number, field, kv.value, func() notice { *at = kv.value; return 0 })
	}
}

// line places one line.
func (p *parser) line(number int, l line) {
	name, value, colon := l.header()
	lower := strings.ToLower(name)
	r := p.report
	switch {
	case !colon:
		p.unknown(name)
	case lower == "localmetrics":
		p.enter("local:", &r.Local, &r.HasLocal, number, value)
	case lower == "remotemetrics":
		p.enter("remote:", &r.Remote, &r.HasRemote, number, value)
	case groups[lower] != nil:
		p.group(number, name, lower, value)
	default:
		p.info(number, name, lower, value)
	}
}

// enter begins a section. Some reporters put its first line on the same line.
func (p *parser) enter(section string, m *Metrics, has *bool, number int, value string) {
	p.section, p.metrics, *has = section, m, true
	if value != "" {
		p.line(number, line{number, value})
	}
}

// group reads a line of metrics.
func (p *parser) group(number int, name, lower, value string) {
	if p.metrics == nil {
		p.problem(number, name, FlawSection, value)
		p.enter("local:", &p.report.Local, &p.report.HasLocal, number, "")
	}
	for _, kv := range pairs(value) {
		field := name + "." + kv.key
		set := groups[lower][strings.ToLower(kv.key)]
		if set == nil {
			p.unknown(field)
			continue
		}
		if kv.open || !kv.equals {
			p.problem(number, field, FlawMalformed, kv.value)
			if !kv.equals {
				continue
			}
		}
		m := p.metrics
		p.once(p.section, number, field, kv.value, func() notice { return set(m, kv.value) })
	}
	if lower == "timestamps" {
		if p.stopLine == nil {
			p.stopLine = make(map[string]int)
		}
		p.stopLine[p.section] = number
	}
}

// info reads a line about the session.
func (p *parser) info(number int, name, lower, value string) {
	r := p.report
	var at *string
	switch lower {
	case "callid":
		p.once("", number, name, value, func() notice { r.CallID = schema.CallID(value); return 0 })
		return
	case "localaddr":
		p.address(number, name, value, &r.LocalAddr)
		return
	case "remoteaddr":
		p.address(number, name, value, &r.RemoteAddr)
		return
	case "localid":
		at = &r.LocalID
	case "remoteid":
		at = &r.RemoteID
	case "origid":
		at = &r.OrigID
	case "localgroup":
		at = &r.LocalGroup
	case "remotegroup":
		at = &r.RemoteGroup
	case "localmac":
		at = &r.LocalMAC
	case "remotemac":
		at = &r.RemoteMAC
	case "dialogid":
		at = &r.DialogID
	case "x-useragent":
		at = &r.UserAgent
	default:
		p.unknown(name)
		return
	}
	p.once("", number, name, value, func() notice { *at = value; return 0 })
}

// address reads "IP=192.0.2.1 PORT=5004 SSRC=0x1a2b3c4d".
func (p *parser) address(number int, name, value string, e *Endpoint) {
	for _, kv := range pairs(value) {
		field := name + "." + kv.key
		var set func() notice
		switch strings.ToLower(kv.key) {
		case "ip":
			set = func() (flaw notice) { e.IP, flaw = readIP(kv.value); return flaw }
		case "port":
			set = func() (flaw notice) { e.Port, flaw = readPort(kv.value); return flaw }
		case "ssrc":
			set = func() (flaw notice) { e.SSRC, flaw = readSSRC(kv.value); return flaw }
		default:
			p.unknown(field)
			continue
		}
		p.once("", number, field, kv.value, set)
	}
}

// once sets a field unless it was there before in this section; what is not
// a metric belongs to no section.
func (p *parser) once(section string, number int, field, value string, set func() notice) {
	key := section + strings.ToLower(field)
	if p.seen[key] {
		p.problem(number, field, FlawDuplicate, value)
		return
	}
	p.seen[key] = true
	if flaw := set(); flaw != 0 {
		p.problem(number, field, flaw, value)
	}
}

// order notes a section that ends before it begins.
func (p *parser) order(section string, m *Metrics) {
	if m.Start.IsZero() || m.Stop.IsZero() || !m.Stop.Before(m.Start) {
		return
	}
	prefix := "local:"
	if section == "RemoteMetrics" {
		prefix = "remote:"
	}
	p.problem(p.stopLine[prefix], "Timestamps.STOP", FlawOrder, m.Stop.Format("2006-01-02T15:04:05Z"))
}

// problem notes what was wrong.
func (p *parser) problem(number int, field string, flaw Flaw, value string) {
	r := p.report
	r.ProblemCount++
	if len(r.Problems) < MaxProblems {
		r.Problems = append(r.Problems, Problem{
			Line: number, Field: strings.Clone(clip(field, MaxNameBytes)), Flaw: flaw,
			Value: strings.Clone(clip(value, MaxProblemValueBytes)),
		})
	}
}

// unknown counts a name.
func (p *parser) unknown(name string) {
	r := p.report
	name = clip(name, MaxNameBytes)
	for i := range r.Unknown {
		if r.Unknown[i].Name == name {
			r.Unknown[i].Count++
			return
		}
	}
	switch {
	case len(r.Unknown) < MaxUnknown:
		r.Unknown = append(r.Unknown, Unknown{Name: strings.Clone(name), Count: 1})
	case len(r.Unknown) == MaxUnknown:
		r.Unknown = append(r.Unknown, Unknown{Name: "*", Count: 1})
	default:
		r.Unknown[MaxUnknown].Count++
	}
}

// quote shows text from outside in an error.
func quote(s string) string { return `"` + clip(s, MaxNameBytes) + `"` }

// Stream returns the addresses of the media stream that the metrics of a
// section describe: the stream that the measuring end received. For the local
// section that is from the remote address to the local one.
func (r *Report) Stream(remote bool) (from, to netip.AddrPort, ssrc mediaqos.Opt[uint32]) {
	src, dst := r.RemoteAddr, r.LocalAddr
	if remote {
		src, dst = dst, src
	}
	return src.addrPort(), dst.addrPort(), src.SSRC
}

// addrPort returns the end as one value; an unknown port is 0.
func (e Endpoint) addrPort() netip.AddrPort {
	return netip.AddrPortFrom(e.IP, e.Port.Or(0))
}
