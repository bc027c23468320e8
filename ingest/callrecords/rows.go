package callrecords

import (
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Origin is what every row of a document carries beside what it says.
type Origin struct {
	Tenant schema.TenantID
	// Source names who brought it: an import or a reconciler.
	Source        string
	IsSynthetic   bool
	RetentionDays uint16
}

// Rows takes the rows of documents; it must not keep the pointers.
type Rows interface {
	Record(*schema.CallRecord)
	Session(*schema.CallSession)
	Segment(*schema.CallSegment)
	MediaStream(*schema.CallMediaStream)
	DirectRouting(*schema.DirectRoutingCall)
	PSTN(*schema.PSTNCall)
}

// Rows gives to its rows, which are the same for the same document and origin.
// A document gives them once.
func (d *Document) Rows(o *Origin, to Rows) {
	switch {
	case d.Record != nil:
		d.Record.Rows(o, to)
	case d.DirectRouting != nil:
		d.DirectRouting.Tenant, d.DirectRouting.Fact = o.Tenant, o.fact(1)
		to.DirectRouting(d.DirectRouting)
	case d.PSTN != nil:
		d.PSTN.Tenant, d.PSTN.Fact = o.Tenant, o.fact(1)
		to.PSTN(d.PSTN)
	}
}

func (o *Origin) fact(version uint64) schema.Fact {
	return schema.Fact{Source: o.Source, IsSynthetic: o.IsSynthetic, RetentionDays: o.RetentionDays, Version: version}
}

// Rows gives to the record's row and those of its sessions, segments and
// streams.
func (r *Record) Rows(o *Origin, to Rows) {
	h := &r.header
	h.Tenant = o.Tenant
	for i := range r.sessions {
		h.IsComplete = h.IsComplete && !r.sessions[i].more
	}
	h.Fact = o.fact(schema.CallRecordVersion(h.RecordVersion, h.HasSessions, h.IsComplete))
	r.people()
	h.Sessions = uint32(len(r.sessions))
	for i := range r.sessions {
		s := &r.sessions[i]
		s.Tenant, s.RecordID, s.RecordVersion, s.Fact = h.Tenant, h.RecordID, h.RecordVersion, h.Fact
		s.caller.finish()
		s.callee.finish()
		s.Caller, s.Callee = s.caller.CallEndpoint, s.callee.CallEndpoint
		s.FailureStage, s.FailureReason = s.failure.stage, s.failure.reason
		s.Segments = uint32(len(s.segments))
		to.Session(&s.CallSession)
		for j := range s.segments {
			g := &s.segments[j]
			h.Segments++
			h.Streams += r.segment(s, g, to)
		}
	}
	to.Record(h)
}

// segment gives the rows of one segment and says how many streams it has.
func (r *Record) segment(s *session, g *segment, to Rows) (streams uint32) {
	g.Tenant, g.RecordID, g.RecordVersion, g.SessionID, g.Fact = s.Tenant, s.RecordID, s.RecordVersion, s.SessionID, s.Fact
	g.caller.finish()
	g.callee.finish()
	g.Caller, g.Callee = g.caller.CallEndpoint, g.callee.CallEndpoint
	g.FailureStage, g.FailureReason = g.failure.stage, g.failure.reason
	g.Media = uint32(len(g.media))
	for i := range g.media {
		m := &g.media[i]
		g.Streams += uint32(len(m.streams))
		row := schema.CallMediaStream{
			Tenant: g.Tenant, Time: g.Time, RecordID: g.RecordID, RecordVersion: g.RecordVersion, SessionID: g.SessionID, SegmentID: g.SegmentID,
			MediaIndex: uint16(i), Label: m.label, Caller: party(&g.Caller), Callee: party(&g.Callee),
			CallerNetwork: m.callerNetwork, CalleeNetwork: m.calleeNetwork, CallerDevice: m.callerDevice, CalleeDevice: m.calleeDevice,
			Fact: g.Fact,
		}
		if len(m.streams) == 0 {
			row.MediaKind = mediaKind(m.label, nil)
			to.MediaStream(&row)
		}
		for j := range m.streams {
			row.HasStream, row.StreamIndex = true, uint16(j)
			fillStream(&row, &m.streams[j], g.Time)
			to.MediaStream(&row)
		}
	}
	to.Segment(&g.CallSegment)
	return g.Streams
}

// fillStream puts one stream into the row of its medium.
func fillStream(row *schema.CallMediaStream, s *stream, segmentStart time.Time) {
	row.Time = s.start.Or(segmentStart)
	row.MediaKind = mediaKind(row.Label, s)
	row.StreamID, row.Direction, row.Receiver = s.id, s.direction, receiver(s.direction)
	row.StartedAt, row.EndedAt = s.start, s.end
	row.CallStreamFigures = s.CallStreamFigures
}

// people brings organizer and participants into the record's row. The older
// properties without _v2, which Graph gives no more, serve where the newer
// ones are missing.
func (r *Record) people() {
	h := &r.header
	h.Organizer = r.organizer.known()
	h.OrganizerUnits = r.organizer.units
	if h.Organizer == (schema.CallIdentity{}) {
		h.Organizer = r.olderOrganizer.CallIdentity
	}
	participants := r.participants
	if len(participants) == 0 {
		for i := range r.older {
			participants = append(participants, participant{identity: r.older[i]})
		}
	}
	for i := range participants {
		p := &participants[i]
		id := p.known()
		h.ParticipantKinds = append(h.ParticipantKinds, id.Kind)
		h.ParticipantIDs = append(h.ParticipantIDs, id.ID)
		h.ParticipantNames = append(h.ParticipantNames, id.Name)
		h.ParticipantTenants = append(h.ParticipantTenants, id.Tenant)
		h.ParticipantUnits = append(h.ParticipantUnits, p.units...)
	}
	slices.Sort(h.ParticipantUnits)
	h.ParticipantUnits = slices.Compact(h.ParticipantUnits)
}
