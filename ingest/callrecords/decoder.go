package callrecords

import (
	"strings"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"github.com/trunkline-cc/trunkline/schema"
)

// Kind is what a document is.
type Kind uint8

// Kinds of document.
const (
	// KindUnknown is none that is read here.
	KindUnknown Kind = iota
	// KindRecord is a call record, with its sessions or as an entry of a list.
	KindRecord
	// KindDirectRouting is a row of the direct-routing log.
	KindDirectRouting
	// KindPSTN is a row of the PSTN log.
	KindPSTN
	// KindSession is a session without its record, as a further page of a
	// record's sessions has it: it tells no version, so it has no row.
	KindSession
	// KindNotification is a change notification, which says that there is a
	// record and has none.
	KindNotification
)

// String names the kind for people.
func (k Kind) String() string {
	switch k {
	case KindRecord:
		return "call record"
	case KindDirectRouting:
		return "direct-routing row"
	case KindPSTN:
		return "PSTN row"
	case KindSession:
		return "session without its record"
	case KindNotification:
		return "change notification"
	default:
		return "document of no known kind"
	}
}

// Document is what was read of one document: the field of its kind is set.
type Document struct {
	Kind          Kind
	Record        *Record
	DirectRouting *schema.DirectRoutingCall
	PSTN          *schema.PSTNCall
}

// Decoder makes Documents of JSON. It belongs to one goroutine.
type Decoder struct {
	scan  scanner
	notes Notes
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder {
	d := &Decoder{}
	d.scan = scanner{json: jx.DecodeBytes(nil), notes: &d.notes, words: map[string]string{}}
	return d
}

// Notes is what the documents so far had that the schema does not; it goes on
// counting.
func (d *Decoder) Notes() *Notes { return &d.notes }

// Decode reads one JSON object. hint is the kind that a page says its
// documents are, KindUnknown where nothing says so. The error is a
// *DocumentError without place in a file: [Reader.Place] adds that. data is
// not kept.
func (d *Decoder) Decode(data []byte, hint Kind) (Document, error) {
	s := &d.scan
	s.steps = s.steps[:0]
	if !utf8.Valid(data) {
		return Document{}, &DocumentError{Reason: ReasonJSON, Want: "UTF-8"}
	}
	if hint == KindUnknown {
		kind, err := d.kind(data)
		if err != nil {
			return Document{}, err
		}
		hint = kind
	}
	s.json.ResetBytes(data)
	doc := Document{Kind: hint}
	var err error
	switch hint {
	case KindRecord:
		doc.Record = &Record{}
		doc.Record.header.IsComplete = true
		err = recordObject.read(s, doc.Record)
	case KindDirectRouting:
		doc.DirectRouting = &schema.DirectRoutingCall{}
		if err = directRoutingObject.read(s, doc.DirectRouting); err == nil {
			err = setTime(s, doc.DirectRouting)
		}
	case KindPSTN:
		doc.PSTN = &schema.PSTNCall{}
		err = pstnObject.read(s, doc.PSTN)
	default:
		err = &DocumentError{Reason: ReasonKind, Want: "a call record, a direct-routing row or a PSTN row", Got: "a " + hint.String()}
	}
	if err != nil {
		return Document{}, err
	}
	if s.json.Next() != jx.Invalid {
		return Document{}, s.wrong("nothing after the object", "more")
	}
	return doc, nil
}

// telling properties occur in one kind of document only.
var telling = map[string]Kind{
	"version": KindRecord, "lastModifiedDateTime": KindRecord, "joinWebUrl": KindRecord, "sessions": KindRecord,
	"organizer": KindRecord, "organizer_v2": KindRecord, "participants": KindRecord, "participants_v2": KindRecord,
	"correlationId": KindDirectRouting, "inviteDateTime": KindDirectRouting, "failureDateTime": KindDirectRouting,
	"successfulCall": KindDirectRouting, "mediaPathLocation": KindDirectRouting, "signalingLocation": KindDirectRouting,
	"finalSipCode": KindDirectRouting, "finalSipCodePhrase": KindDirectRouting, "callEndSubReason": KindDirectRouting,
	"trunkFullyQualifiedDomainName": KindDirectRouting, "mediaBypassEnabled": KindDirectRouting,
	"callId": KindPSTN, "callDurationSource": KindPSTN, "charge": KindPSTN, "connectionCharge": KindPSTN, "currency": KindPSTN,
	"conferenceId": KindPSTN, "destinationContext": KindPSTN, "destinationName": KindPSTN, "inventoryType": KindPSTN,
	"licenseCapability": KindPSTN, "tenantCountryCode": KindPSTN, "usageCountryCode": KindPSTN,
	"segments": KindSession, "isTest": KindSession,
	"subscriptionId": KindNotification, "resourceData": KindNotification,
}

// kind finds out what a document is by its first telling property.
func (d *Decoder) kind(data []byte) (Kind, error) {
	s := &d.scan
	s.json.ResetBytes(data)
	it, err := s.json.ObjIter()
	if err != nil {
		return KindUnknown, s.unexpected(err, "an object")
	}
	for it.Next() {
		if kind, ok := telling[string(it.Key())]; ok {
			return kind, nil
		}
		if string(it.Key()) == contextProperty && s.json.Next() == jx.String {
			context, err := s.str()
			if err != nil {
				return KindUnknown, err
			}
			if kind := kindOfContext(context); kind != KindUnknown {
				return kind, nil
			}
			continue
		}
		if err := s.json.Skip(); err != nil {
			return KindUnknown, s.broken(err)
		}
	}
	return KindUnknown, s.broken(it.Err())
}

// contextProperty says what an OData document or page holds.
const contextProperty = "@odata.context"

// kindOfContext reads a context URL (OData JSON Format 4.01 section 10).
func kindOfContext(context string) Kind {
	_, of, _ := strings.Cut(context, "#")
	switch {
	case strings.Contains(of, "directRoutingLogRow"):
		return KindDirectRouting
	case strings.Contains(of, "pstnCallLogRow"):
		return KindPSTN
	// callRecords('ID')/sessions(segments()), where callRecords(sessions(...))
	// is a record.
	case strings.Contains(of, "callRecords('") && strings.Contains(of, "/sessions"):
		return KindSession
	case strings.HasPrefix(of, "communications/callRecords"):
		return KindRecord
	}
	return KindUnknown
}
