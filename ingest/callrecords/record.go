package callrecords

import (
	"strconv"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Record is a call record as a document has it. Its rows come from
// [Record.Rows].
type Record struct {
	header         schema.CallRecord
	organizer      participant
	participants   []participant
	olderOrganizer identities
	older          []identities
	sessions       []session
}

// ID is the record's id, Version Microsoft's version of it.
func (r *Record) ID() schema.CallRecordID { return r.header.RecordID }

// Version is Microsoft's version of the document.
func (r *Record) Version() uint64 { return r.header.RecordVersion }

// session is one session of a record.
type session struct {
	schema.CallSession
	caller, callee endpoint
	failure        failure
	segments       []segment
	more           bool
}

// segment is one segment of a session.
type segment struct {
	schema.CallSegment
	caller, callee endpoint
	failure        failure
	media          []media
}

const (
	callTypes  = "unknown groupCall peerToPeer unknownFutureValue"
	modalities = "audio video videoBasedScreenSharing data screenSharing unknownFutureValue"
)

var recordObject = func() *object[Record] {
	o := newObject("callRecord graph.entity",
		identifier("id", func(v *Record) *schema.CallRecordID { return &v.header.RecordID }),
		property[Record]{name: "version", required: true, read: readVersion},
		word("type", callTypes, func(v *Record) *string { return &v.header.Type }),
		words("modalities", modalities, func(v *Record) *[]string { return &v.header.Modalities }),
		beginning("startDateTime", func(v *Record) *time.Time { return &v.header.Time }),
		instant("endDateTime", func(v *Record) *schema.Opt[time.Time] { return &v.header.EndedAt }),
		instant("lastModifiedDateTime", func(v *Record) *schema.Opt[time.Time] { return &v.header.ModifiedAt }),
		text("joinWebUrl", func(v *Record) *string { return &v.header.JoinURL }),
		nested("organizer_v2", participantObject, func(v *Record) *participant { return &v.organizer }),
		each("participants_v2", participantObject, func(v *Record) *[]participant { return &v.participants }),
		nested("organizer", identitySetObject, func(v *Record) *identities { return &v.olderOrganizer }),
		each("participants", identitySetObject, func(v *Record) *[]identities { return &v.older }),
		property[Record]{name: "sessions", read: func(s *scanner, v *Record) error {
			v.header.HasSessions = true
			return sessions.read(s, v)
		}},
	)
	o.annotation = func(v *Record, name, annotation, _ string) {
		if annotation == "odata.nextLink" && (name == "sessions" || name == "participants_v2") {
			v.header.IsComplete = false
		}
	}
	return o
}()

var sessions = each("sessions", sessionObject, func(v *Record) *[]session { return &v.sessions })

// readVersion reads Microsoft's version: an Edm.Int64 that is never negative.
func readVersion(s *scanner, v *Record) error {
	text, err := s.number(true)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(text, 10, 60)
	if err != nil {
		return s.wrong("a version: a whole number from 0 to 2^60-1", text)
	}
	v.header.RecordVersion = n
	return nil
}

var sessionObject = func() *object[session] {
	o := newObject("session graph.entity",
		identifier("id", func(v *session) *schema.CallSessionID { return &v.SessionID }),
		beginning("startDateTime", func(v *session) *time.Time { return &v.Time }),
		instant("endDateTime", func(v *session) *schema.Opt[time.Time] { return &v.EndedAt }),
		words("modalities", modalities, func(v *session) *[]string { return &v.Modalities }),
		truth("isTest", func(v *session) *schema.Opt[bool] { return &v.IsTest }),
		nested("caller", endpointObject, func(v *session) *endpoint { return &v.caller }),
		nested("callee", endpointObject, func(v *session) *endpoint { return &v.callee }),
		nested("failureInfo", failureObject, func(v *session) *failure { return &v.failure }),
		each("segments", segmentObject, func(v *session) *[]segment { return &v.segments }),
	)
	o.annotation = func(v *session, name, annotation, _ string) {
		v.more = v.more || name == "segments" && annotation == "odata.nextLink"
	}
	return o
}()

var segmentObject = newObject("segment graph.entity",
	identifier("id", func(v *segment) *schema.CallSegmentID { return &v.SegmentID }),
	beginning("startDateTime", func(v *segment) *time.Time { return &v.Time }),
	instant("endDateTime", func(v *segment) *schema.Opt[time.Time] { return &v.EndedAt }),
	nested("caller", endpointObject, func(v *segment) *endpoint { return &v.caller }),
	nested("callee", endpointObject, func(v *segment) *endpoint { return &v.callee }),
	nested("failureInfo", failureObject, func(v *segment) *failure { return &v.failure }),
	each("media", mediaObject, func(v *segment) *[]media { return &v.media }),
)
