package callrecords

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/testneed"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// collected are the rows of documents.
type collected struct {
	records  []schema.CallRecord
	sessions []schema.CallSession
	segments []schema.CallSegment
	streams  []schema.CallMediaStream
	direct   []schema.DirectRoutingCall
	pstn     []schema.PSTNCall
}

func (c *collected) Record(r *schema.CallRecord)   { c.records = append(c.records, *r) }
func (c *collected) Session(r *schema.CallSession) { c.sessions = append(c.sessions, *r) }

func (c *collected) Segment(r *schema.CallSegment)             { c.segments = append(c.segments, *r) }
func (c *collected) MediaStream(r *schema.CallMediaStream)     { c.streams = append(c.streams, *r) }
func (c *collected) DirectRouting(r *schema.DirectRoutingCall) { c.direct = append(c.direct, *r) }
func (c *collected) PSTN(r *schema.PSTNCall)                   { c.pstn = append(c.pstn, *r) }

var testOrigin = Origin{Tenant: "contoso", Source: "test", RetentionDays: 30}

// readAll reads a file; refused are the errors about its documents.
func readAll(t testing.TB, data []byte) (rows *collected, refused []error, notes []Note) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := NewDecoder()
	rows = &collected{}
	for {
		raw, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, ErrFile) {
			return rows, refused, d.Notes().All()
		}
		if err == nil {
			var doc Document
			if doc, err = d.Decode(raw.JSON, raw.Kind); err == nil {
				doc.Rows(&testOrigin, rows)
				continue
			}
			err = raw.Place(err)
		}
		refused = append(refused, err)
		if errors.Is(err, ErrFile) {
			return rows, refused, d.Notes().All()
		}
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(testneed.Shared(t, "data", "graph", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDocumentedRecord reads the record of Graph's documentation.
func TestDocumentedRecord(t *testing.T) {
	rows, refused, notes := readAll(t, sample(t, "doc_callrecord_full.json"))
	if len(refused) > 0 || len(notes) > 0 {
		t.Fatalf("refused %v, notes %v", refused, notes)
	}
	if len(rows.records) != 1 || len(rows.sessions) != 1 || len(rows.segments) != 1 || len(rows.streams) != 2 {
		t.Fatalf("%d records, %d sessions, %d segments, %d streams", len(rows.records), len(rows.sessions), len(rows.segments), len(rows.streams))
	}
	record := rows.records[0]
	if record.RecordID != "e523d2ed-2966-4b6b-925b-754a88034cc5" || record.RecordVersion != 1 || record.Type != "peerToPeer" ||
		!record.Time.Equal(time.Date(2020, 2, 25, 18, 52, 21, 216988900, time.UTC)) || !record.HasSessions || !record.IsComplete ||
		record.Organizer.Kind != "user" || record.Organizer.Name != "Abbie Wilkins" || record.Streams != 2 || record.Tenant != "contoso" {
		t.Errorf("record %+v", record)
	}
	callee := rows.sessions[0].Callee
	if callee.Kind != EndpointParticipant || callee.Identity.PrincipalName != "owen.franklin@contoso.com" || callee.CPUCores != schema.Some[int32](2) ||
		callee.FeedbackRating != "poor" || !slices.Equal(callee.FeedbackTrue, []string{"Noisy"}) || len(callee.FeedbackFalse) != 7 {
		t.Errorf("callee %+v", callee)
	}
	if caller := rows.sessions[0].Caller; caller.FeedbackRating != "" || caller.Platform != "android" {
		t.Errorf("caller %+v", caller)
	}
	sent, received := &rows.streams[0], &rows.streams[1]
	if sent.Receiver != schema.CalleeSide || received.Receiver != schema.CallerSide {
		t.Errorf("callerToCallee was measured by the %s, calleeToCaller by the %s", sent.Receiver, received.Receiver)
	}
	if sent.DegradationMOS.OK || sent.LossRatio != schema.Some(0.0) || sent.JitterMillis != schema.Some(16.0) || sent.RTTMaxMillis != schema.Some(79.0) {
		t.Errorf("null and zero are not told apart, or a duration is not exact: %+v", sent.CallStreamFigures)
	}
	if n := received.CalleeNetwork; n.LinkSpeedBitPerSec != schema.Some[int64](4294967295) || n.ConnectionType != "wired" || n.DNSSuffix != "" || n.DelayEventRatio != schema.Some(0.0) {
		t.Errorf("network %+v", n)
	}
	if d := received.CalleeDevice; d.ReceivedNoiseLevel != schema.Some[int32](-86) || d.SpeakerGlitchRate != schema.Some(182.0) || d.HowlingEvents.OK {
		t.Errorf("device %+v", d)
	}
}

// TestDocumentedStreamsAreClassified is the oracle for classes: the first
// stream has too few packets for the present text, the second is poor by
// degradation only, which the present text does not look at.
func TestDocumentedStreamsAreClassified(t *testing.T) {
	rows, _, _ := readAll(t, sample(t, "doc_callrecord_full.json"))
	want := map[string][2]mediaqos.CQDVerdict{
		"1504545584": {{Class: mediaqos.CQDUnclassified, Reasons: mediaqos.CQDReasonFewPackets}, {Class: mediaqos.CQDGood}},
		"1785122252": {{Class: mediaqos.CQDGood}, {Class: mediaqos.CQDPoor, Reasons: mediaqos.CQDReasonDegradation}},
	}
	for i := range rows.streams {
		r := &rows.streams[i]
		s := mediaqos.CQDStream{
			Kind: mediaqos.CQDMedia(r.MediaKind), Packets: r.PacketUtilization, RTTMillis: r.RTTMillis, LossRatio: r.LossRatio,
			JitterMillis: r.JitterMillis, DegradationMOS: r.DegradationMOS, ConcealedRatio: r.ConcealedRatio,
		}
		if got := [2]mediaqos.CQDVerdict{mediaqos.CQD(&s), mediaqos.CQDLegacy(&s)}; got != want[r.StreamID] {
			t.Errorf("stream %s: got %v, want %v", r.StreamID, got, want[r.StreamID])
		}
	}
}

func TestDocumentedLists(t *testing.T) {
	rows, refused, notes := readAll(t, sample(t, "doc_callrecords_list.json"))
	if len(refused)+len(notes) > 0 || len(rows.records) != 2 {
		t.Fatalf("%d records, refused %v, notes %v", len(rows.records), refused, notes)
	}
	if r := rows.records[1]; r.HasSessions || r.Organizer.Kind != "phone" || r.Organizer.ID != "+5564981205182" {
		t.Errorf("record %+v", r)
	}
	rows, refused, notes = readAll(t, sample(t, "doc_direct_routing_calls.json"))
	if len(refused)+len(notes) > 0 || len(rows.direct) != 1 {
		t.Fatalf("%d rows, refused %v, notes %v", len(rows.direct), refused, notes)
	}
	if r := rows.direct[0]; r.FailedAt.OK || r.FinalSIPCode != schema.Some[int32](0) || r.Trunk != "tll-audiocodes01.adatum.biz" ||
		r.CallEndSubReason != schema.Some[int32](540000) || !r.Time.Equal(time.Date(2019, 11, 1, 0, 0, 25, 105e6, time.UTC)) {
		t.Errorf("row %+v", r)
	}
	_, refused, _ = readAll(t, sample(t, "doc_callrecord_notification.json"))
	if len(refused) != 1 || !strings.Contains(refused[0].Error(), "change notification") {
		t.Errorf("a notification: %v", refused)
	}
}

// small is the least that a record is, with room for more at %s.
const small = `{"id":"E523D2ED29664B6B925B754A88034CC5","version":3,"startDateTime":"2026-11-22T10:00:00.1234567+01:00"%s}`

func with(more string) string { return strings.Replace(small, "%s", more, 1) }

func TestRefusedDocumentsSayWhere(t *testing.T) {
	stream := func(property string) string {
		return with(`,"sessions":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","segments":[{"id":"b","startDateTime":"2026-11-22T10:00:00Z","media":[{},{"streams":[{` + property + `}]}]}]}]`)
	}
	for name, c := range map[string]struct{ json, reason, path, want string }{
		"duration":      {stream(`"averageJitter":"0:00:01"`), ReasonValue, "sessions[0].segments[0].media[1].streams[0].averageJitter", "PT0.016S"},
		"ratio as text": {stream(`"averagePacketLossRate":"much"`), ReasonValue, "sessions[0].segments[0].media[1].streams[0].averagePacketLossRate", "a number"},
		"whole number":  {stream(`"packetUtilization":1.5`), ReasonValue, "sessions[0].segments[0].media[1].streams[0].packetUtilization", "64 bits"},
		"truth":         {stream(`"wasMediaBypassed":1`), ReasonValue, "sessions[0].segments[0].media[1].streams[0].wasMediaBypassed", "true or false"},
		"twice":         {with(`,"type":"groupCall","type":"peerToPeer"`), ReasonValue, "type", "once"},
		"no version":    {`{"id":"x","startDateTime":"2026-11-22T10:00:00Z","sessions":[]}`, ReasonMissing, "version", "a value"},
		"no session id": {with(`,"sessions":[{"startDateTime":"2026-11-22T10:00:00Z"}]`), ReasonMissing, "sessions[0].id", "a value"},
		"null id":       {`{"id":null,"version":1,"startDateTime":"2026-11-22T10:00:00Z"}`, ReasonMissing, "id", "a value"},
		"time":          {`{"id":"x","version":1,"startDateTime":"yesterday"}`, ReasonValue, "startDateTime", "RFC 3339"},
		"year 1":        {`{"id":"x","version":1,"startDateTime":"0001-01-01T00:00:00Z"}`, ReasonValue, "startDateTime", "a time"},
		"year 9999":     {with(`,"endDateTime":"9999-12-31T23:59:59Z"`), ReasonValue, "endDateTime", "2105"},
		"negative":      {`{"id":"x","version":-1,"startDateTime":"2026-11-22T10:00:00Z"}`, ReasonValue, "version", "a version"},
		"list":          {with(`,"sessions":{}`), ReasonValue, "sessions", "an array"},
		"object":        {with(`,"sessions":[[]]`), ReasonValue, "sessions[0]", "an object"},
		"comma":         {with(`,"sessions":[{"id":"a" "b":1}]`), ReasonJSON, "sessions[0]", "JSON"},
		"UTF-8":         {with(",\"joinWebUrl\":\"\xff\""), ReasonJSON, "", "UTF-8"},
		"literal":       {with(`,"type":nul`), ReasonJSON, "type", "JSON"},
		"other":         {`{"id":"x","name":"y"}`, ReasonKind, "", "a call record"},
		"a session":     {`{"id":"x","segments":[]}`, ReasonKind, "", "a call record"},
		"no time":       {`{"id":"x","correlationId":"y","startDateTime":"0001-01-01T00:00:00Z"}`, ReasonMissing, "startDateTime", "a time"},
		"text":          {`["x"]`, ReasonValue, "", "an object"},
	} {
		rows, refused, _ := readAll(t, []byte("["+with("")+",\n"+strings.Trim(c.json, "[]\n")+","+with("")+"]"))
		if len(refused) != 1 || len(rows.records) != 2 {
			t.Errorf("%s: %d records beside %v, want the two around it", name, len(rows.records), refused)
			continue
		}
		var d *DocumentError
		if !errors.As(refused[0], &d) || d.Reason != c.reason || d.Path != c.path || !strings.Contains(d.Want, c.want) || d.Index != 1 || d.Offset != int64(len(with(""))+3) {
			t.Errorf("%s: got %v", name, refused[0])
		}
	}
}

func TestNullIsNeverZero(t *testing.T) {
	nulls := with(`,"endDateTime":null,"type":null,"modalities":null,"organizer_v2":null,"participants_v2":null,"sessions":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","caller":null,"isTest":null,"failureInfo":null,
"segments":[null,{"id":"b","startDateTime":"2026-11-22T10:00:00Z","media":[{"label":null,"callerNetwork":null,"streams":[{"streamDirection":"callerToCallee","averageJitter":null,"packetUtilization":null,"averagePacketLossRate":"NaN","wasMediaBypassed":null}]},{"label":"main-video","callerNetwork":{"port":0}}]}]}]`)
	rows, refused, notes := readAll(t, []byte(nulls))
	if len(refused) > 0 || len(rows.streams) != 2 || len(rows.segments) != 1 {
		t.Fatalf("refused %v, %d streams, %d segments", refused, len(rows.streams), len(rows.segments))
	}
	if s := rows.streams[0]; s.CallStreamFigures != (schema.CallStreamFigures{}) || s.CallerNetwork.Port.OK {
		t.Errorf("figures %+v", s.CallStreamFigures)
	}
	if s := rows.streams[1]; s.HasStream || s.CallerNetwork.Port != schema.Some[int32](0) || s.MediaKind != MediaVideo {
		t.Errorf("a medium without streams: %+v", s)
	}
	if !slices.Equal(notes, []Note{{"sessions[].segments[].media[].streams[].averagePacketLossRate=NaN", 1}}) {
		t.Errorf("notes %v", notes)
	}
	if r := rows.records[0]; r.EndedAt.OK || r.RecordID != "e523d2ed-2966-4b6b-925b-754a88034cc5" || !r.Time.Equal(time.Date(2026, 11, 22, 9, 0, 0, 123456700, time.UTC)) {
		t.Errorf("record %+v", r)
	}
}

// TestRatiosAreThoseOfTheText: 0.1 as a float32 is more than 0.1, and a stream
// of exactly 10 % loss would be poor.
func TestRatiosAreThoseOfTheText(t *testing.T) {
	rows, refused, _ := readAll(t, []byte(with(`,"sessions":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","segments":[{"id":"b","startDateTime":"2026-11-22T10:00:00Z","media":[{"streams":[{"averagePacketLossRate":0.1,"averageRatioOfConcealedSamples":7e-2}]}]}]}]`)))
	if len(refused) > 0 || rows.streams[0].LossRatio != schema.Some(0.1) || rows.streams[0].ConcealedRatio != schema.Some(0.07) {
		t.Errorf("refused %v, figures %+v", refused, rows.streams[0].CallStreamFigures)
	}
}

func TestWhatTheSchemaDoesNotHaveIsCounted(t *testing.T) {
	_, refused, notes := readAll(t, []byte(with(`,"type":"townHall","@odata.etag":"x","mood":{"a":[1]},"organizer_v2":{"identity":{"robot":{"id":"r2"}}},"sessions":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","x":1},{"id":"b","startDateTime":"2026-11-22T10:00:00Z","x":2}]`)))
	want := []Note{{"mood", 1}, {"organizer_v2.identity.robot", 1}, {"sessions[].x", 2}, {"type=townHall", 1}}
	if len(refused) > 0 || !slices.Equal(notes, want) {
		t.Errorf("refused %v, notes %v, want %v", refused, notes, want)
	}
}

func TestNotesAreBounded(t *testing.T) {
	var n Notes
	for i := range 3 * maxNotes {
		n.add(strings.Repeat("x", i), 1)
	}
	total := uint64(0)
	for _, note := range n.All() {
		total += note.Count
	}
	if len(n.All()) > maxNotes+1 || total != 3*maxNotes {
		t.Errorf("%d notes with %d counts", len(n.All()), total)
	}
}

func TestVersionsOfOneCall(t *testing.T) {
	version := func(number, more string) uint64 {
		rows, refused, _ := readAll(t, []byte(strings.Replace(with(more), `"version":3`, `"version":`+number, 1)))
		if len(refused) > 0 {
			t.Fatal(refused)
		}
		return rows.records[0].Version
	}
	whole, entry, cut := `,"sessions":[]`, ``, `,"sessions":[],"sessions@odata.nextLink":"https://graph.example/2"`
	// Each holds against those before it.
	order := []uint64{version("2", entry), version(`"9"`, entry), version("1", cut), version("1", whole), version("2", cut), version("2", whole)}
	if !slices.IsSorted(order) || len(slices.Compact(order)) != len(order) {
		t.Errorf("versions are not in order: %d", order)
	}
	if got := version("3", `,"sessions":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","segments@odata.nextLink":"x"}]`); got != version("3", cut) {
		t.Errorf("a session with more segments elsewhere counts as whole")
	}
}

func TestPSTNRow(t *testing.T) {
	row := `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.callRecords.pstnCallLogRow)","value":[
{"id":"9C4984C7-6C3C-427D-A30C-BD0B2EACEE90","callId":"1835317186_112562680@61.221.3.176","startDateTime":"2026-11-01T00:00:08.2589935Z","duration":36,"charge":0.01,"connectionCharge":"-12.3456780","currency":"USD","callDurationSource":"operator","callType":"user_out"},
{"id":"b","startDateTime":"2026-11-01T00:00:08Z","charge":0.0000001}]}`
	rows, refused, notes := readAll(t, []byte(row))
	if len(refused) != 1 || len(notes) > 0 || len(rows.pstn) != 1 {
		t.Fatalf("%d rows, refused %v, notes %v", len(rows.pstn), refused, notes)
	}
	r := rows.pstn[0]
	if r.RowID != "9c4984c7-6c3c-427d-a30c-bd0b2eacee90" || r.ChargeMicros != schema.Some[int64](10_000) || r.ConnectionChargeMicros != schema.Some[int64](-12_345_678) || r.DurationSeconds != schema.Some[int32](36) || r.EndedAt.OK {
		t.Errorf("row %+v", r)
	}
	if !strings.Contains(refused[0].Error(), "charge") {
		t.Errorf("refused %v", refused)
	}
}
