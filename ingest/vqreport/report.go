package vqreport

import (
	"net/netip"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Kind is what a report was made for (RFC 6035 section 4.6).
type Kind uint8

const (
	// KindSession covers a session, at its end or when its codec changed.
	KindSession Kind = 1 + iota
	// KindInterval covers a part of a session.
	KindInterval
	// KindAlert was sent because a metric crossed a threshold.
	KindAlert
)

// String returns "session", "interval" or "alert".
func (k Kind) String() string {
	switch k {
	case KindSession:
		return "session"
	case KindInterval:
		return "interval"
	case KindAlert:
		return "alert"
	}
	return "unknown"
}

// Alert is the first line of a VQAlertReport. Fields are as sent; empty means
// not given.
type Alert struct {
	// Type is the metric that crossed its threshold, such as "NLR" or "RCQ".
	Type string
	// Severity is "Warning", "Critical" or "Clear".
	Severity string
	// Dir is "local" or "remote": whose reception suffers.
	Dir string
}

// Endpoint is one end of the media stream.
type Endpoint struct {
	// IP is where media is received, IPv4-mapped addresses as IPv4. Invalid
	// when not given.
	IP netip.Addr
	// Port is the RTP port, 1..65535.
	Port mediaqos.Opt[uint16]
	// SSRC is of the stream that this end sends. An SSRC of 0, which clients
	// send for "none yet", is unknown.
	SSRC mediaqos.Opt[uint32]
}

// Report is one voice quality report. Strings are as sent, without the space
// around them; an empty string was not sent.
type Report struct {
	// ID is a hash of the body's lines. It is the same whatever the line
	// ends and folding, and however often and over whichever way the report
	// came.
	ID schema.ReportID
	// Kind is never zero in a parsed report.
	Kind Kind
	// CallTerm marks the last report of a call.
	CallTerm bool
	// Alert is set only if Kind is KindAlert.
	Alert Alert

	// CallID is the SIP Call-ID of the reported call, which is not that of
	// the PUBLISH.
	CallID schema.CallID
	// LocalID and RemoteID are the addresses of record of the reporter and
	// of its peer; OrigID is the one of the two that began the call.
	LocalID, RemoteID, OrigID string
	// LocalGroup and RemoteGroup name a group, such as a gateway, that an end
	// belongs to.
	LocalGroup, RemoteGroup string
	// LocalMAC and RemoteMAC are link layer addresses.
	LocalMAC, RemoteMAC string
	// LocalAddr and RemoteAddr are the ends of the media stream.
	LocalAddr, RemoteAddr Endpoint
	// DialogID is the Call-ID with the tags of the dialog.
	DialogID string
	// UserAgent is the reporter's make (the line x-UserAgent).
	UserAgent string

	// Local is what the reporter measured of the stream it received.
	// HasLocal is false when there was no such section.
	Local    Metrics
	HasLocal bool
	// Remote is what the peer reported of the stream it received.
	Remote    Metrics
	HasRemote bool

	// Unknown counts names that the grammar lacks, in order of appearance.
	Unknown []Unknown
	// Problems are notes on what was sent wrongly, in order of appearance.
	// The first [MaxProblems] are kept; ProblemCount counts all.
	Problems     []Problem
	ProblemCount int
}

// Unknown is a line or a key that this package has no place for.
type Unknown struct {
	// Name is the line's name, as in "x-SIPterm", or line and key, as in
	// "QualityEst.FOO". The name "*" gathers what came after [MaxUnknown]
	// distinct names.
	Name string
	// Count is how often it was there.
	Count int
}

// Problem is one thing that was sent wrongly and could be lived with.
type Problem struct {
	// Line counts from 1 in the body as sent.
	Line int
	// Field is the line's name and key, as in "QualityEst.MOSLQ".
	Field string
	// Flaw is what is wrong.
	Flaw Flaw
	// Value is the value as sent, shortened to [MaxProblemValueBytes].
	Value string
}

// Flaw is a kind of [Problem].
type Flaw uint8

const (
	// FlawMalformed: cannot be read; the value is unknown.
	FlawMalformed Flaw = 1 + iota
	// FlawRange: outside the range of the grammar; the value is kept as sent
	// if its type can hold it.
	FlawRange
	// FlawUnavailable: the reporter says that it has no value (RFC 3611's
	// 127, or an SSRC of 0); the value is unknown.
	FlawUnavailable
	// FlawDuplicate: given again; the first one is kept.
	FlawDuplicate
	// FlawOrder: STOP is before START; both are kept.
	FlawOrder
	// FlawAmbiguous: an SSRC of eight decimal digits without 0x, which is
	// read as decimal and could have been meant as hexadecimal.
	FlawAmbiguous
	// FlawSection: metrics outside LocalMetrics and RemoteMetrics; taken as
	// local.
	FlawSection

	numFlaws
)

// NumFlaws is one more than the greatest Flaw, for arrays of counters.
const NumFlaws = int(numFlaws)

var flaws = [numFlaws]string{"none", "malformed", "range", "unavailable", "duplicate", "order", "ambiguous", "section"}

// String returns a metric label such as "range".
func (f Flaw) String() string {
	if f < numFlaws {
		return flaws[f]
	}
	return "other"
}

// Has reports whether a field has a problem of a kind; an empty field asks for
// any field.
func (r *Report) Has(field string, flaw Flaw) bool {
	for _, p := range r.Problems {
		if p.Flaw == flaw && (field == "" || p.Field == field) {
			return true
		}
	}
	return false
}
