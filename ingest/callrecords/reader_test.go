package callrecords

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
)

// bodies returns what a reader hands out, with the errors about documents as
// text; last is the error at the end.
func bodies(t testing.TB, in io.Reader, o Options) (docs []string, kinds []Kind, last error) {
	t.Helper()
	r, err := NewReader(in, o)
	if err != nil {
		return nil, nil, err
	}
	for {
		raw, err := r.Next()
		switch {
		case err == nil:
			docs, kinds = append(docs, string(raw.JSON)), append(kinds, raw.Kind)
		case errors.Is(err, ErrDocument):
			docs = append(docs, "refused: "+err.Error())
		default:
			return docs, kinds, err
		}
		if len(docs) > 1_000_000 {
			t.Fatal("no end")
		}
	}
}

func gzipped(data string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, data)
	_ = w.Close()
	return b.String()
}

func TestFormsOfFiles(t *testing.T) {
	a, b, c := `{"id":"a","x":"]}\"{[\\"}`, `{"id":"b","y":[{},[1,2.5e3],null,true]}`, `{"id":"c"}`
	want := []string{a, b, c}
	page := func(context string, docs ...string) string {
		return fmt.Sprintf(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#%s","@odata.count":3,"value":[%s],"@odata.nextLink":"https://graph.example/next"}`, context, strings.Join(docs, ","))
	}
	unknown := []Kind{KindUnknown, KindUnknown, KindUnknown}
	rows := []Kind{KindDirectRouting, KindDirectRouting, KindDirectRouting}
	for name, f := range map[string]struct {
		file  string
		kinds []Kind
	}{
		"lines":             {a + "\n" + b + "\r\n" + c + "\n", unknown},
		"lines without end": {a + "\n" + b + "\n\n" + c, unknown},
		"one after another": {a + b + c, unknown},
		"array":             {"[" + a + "," + b + ",\n" + c + "]", unknown},
		"arrays":            {" [" + a + "]\n[]\n[" + b + "," + c + "]\n", unknown},
		"page":              {page("Collection(microsoft.graph.callRecords.directRoutingLogRow)", a, b, c), rows},
		"pages":             {page("Collection(microsoft.graph.callRecords.directRoutingLogRow)", a) + "\n" + page("x#directRoutingLogRow", b, c), rows},
		"page first":        {`{"value":[` + a + "," + b + `],"@odata.context":"x#Collection(microsoft.graph.callRecords.directRoutingLogRow)"}` + c, unknown},
		"empty page":        {page("x") + a + "\n" + b + "\n" + c, unknown},
		"byte order mark":   {"\ufeff" + a + "\n" + b + "\n" + c, unknown},
		"gzip":              {gzipped(a + "\n" + b + "\n" + c), unknown},
		"gzip members":      {gzipped("\ufeff"+a+"\n"+b) + gzipped("\n"+c), unknown},
	} {
		for way, in := range map[string]io.Reader{"whole": strings.NewReader(f.file), "byte by byte": iotest.OneByteReader(strings.NewReader(f.file))} {
			docs, kinds, err := bodies(t, in, Options{})
			if !errors.Is(err, io.EOF) || errors.Is(err, ErrFile) || !reflect.DeepEqual(docs, want) || !reflect.DeepEqual(kinds, f.kinds) {
				t.Errorf("%s, %s: got %q of kinds %v, %v", name, way, docs, kinds, err)
			}
		}
	}
}

func TestNextLink(t *testing.T) {
	r, err := NewReader(strings.NewReader(`{"value":[],"@odata.nextLink":"https://graph.example/next?a=1"}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) || r.NextLink() != "https://graph.example/next?a=1" {
		t.Errorf("got %q, %v", r.NextLink(), err)
	}
}

func TestKindOfContext(t *testing.T) {
	for context, want := range map[string]Kind{
		"https://graph.microsoft.com/v1.0/$metadata#communications/callRecords":                                  KindRecord,
		"https://graph.microsoft.com/v1.0/$metadata#communications/callRecords(sessions(segments()))/$entity":    KindRecord,
		"https://graph.microsoft.com/v1.0/$metadata#communications/callRecords('e523d2ed')/sessions(segments())": KindSession,
		"https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.callRecords.pstnCallLogRow)":      KindPSTN,
		"https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.callRecords.directRoutingLogRow)": KindDirectRouting,
		"https://graph.microsoft.com/v1.0/$metadata#users":                                                       KindUnknown, "": KindUnknown,
	} {
		if got := kindOfContext(context); got != want {
			t.Errorf("%s: got %v, want %v", context, got, want)
		}
	}
}

// TestDamageLosesOnlyItself puts damage between two good documents.
func TestDamageLosesOnlyItself(t *testing.T) {
	good := `{"id":"good","x":"y"}`
	for name, c := range map[string]struct {
		file string
		want []string // of each document, what it contains
		end  string   // of the error at the end, "" if the file has an end
	}{
		"cut-off line":           {good + "\n" + `{"id":"bad","x":{"a":1` + "\n" + good + "\n" + good, []string{"good", "refused: document 2 at byte 22: not JSON", "good", "good"}, ""},
		"line cut in a string":   {good + "\n" + `{"id":"bad","x":"y` + "\n" + good, []string{"good", "refused: document 2 at byte 22: not JSON: want a string on one line", "good"}, ""},
		"line of something else": {good + "\nhello {\n" + good, []string{"good", "refused: document 2 at byte 22: not JSON: want { or [, got 'h'", "good"}, ""},
		"property without value": {good + "\n" + `{"id":}` + "\n" + good, []string{"good", "refused: document 2", "good"}, ""},
		"pretty file cut off":    {"{\n  \"id\": \"a\",\n  \"x\": {\n", nil, "the file ends within document 1"},
		"array cut off":          {"[" + good + "," + good, []string{"good", "good"}, "the file ends within document 3"},
		"page cut off":           {`{"value":[` + good + `,{"id"`, []string{"good"}, "the file ends within document 2"},
		"page's rest cut off":    {`{"value":[` + good + `],`, []string{"good"}, "the file ends"},
		"array without comma":    {"[" + good + good + "]", []string{"good"}, "want a comma or ]"},
		"too large":              {"[" + good + `,{"id":"` + strings.Repeat("x", 100_000) + `"},` + good + "]\n" + `{"id":"` + strings.Repeat("x", 100_000) + `"}` + good, []string{"good", "refused: document 2 at byte 23: too large: want at most 1000 bytes", "good", "too large", "good"}, ""},
		"gzip cut off":           {gzipped(strings.Repeat(good+"\n", 10))[:40], nil, "unexpected EOF"},
		"empty":                  {"", nil, ""},
		"only space":             {" \n\ufeff"[:2], nil, ""},
	} {
		docs, _, err := bodies(t, strings.NewReader(c.file), Options{MaxDocumentBytes: 1000})
		bad := len(docs) < len(c.want) || c.want != nil && len(docs) != len(c.want)
		for i := range c.want {
			bad = bad || i >= len(docs) || !strings.Contains(docs[i], c.want[i])
		}
		if c.end == "" {
			bad = bad || !errors.Is(err, io.EOF) || errors.Is(err, ErrFile)
		} else {
			bad = bad || !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), c.end)
		}
		if bad {
			t.Errorf("%s: got %q, %v", name, docs, err)
		}
	}
}

func TestReaderReportsWhatFails(t *testing.T) {
	own := errors.New("disk on fire")
	for _, in := range []io.Reader{iotest.ErrReader(own), io.MultiReader(strings.NewReader(`[{"id":"a"}`), iotest.ErrReader(own))} {
		if _, _, err := bodies(t, in, Options{}); !errors.Is(err, own) || !errors.Is(err, ErrFile) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := NewReader(strings.NewReader("\x1f\x8bno gzip"), Options{}); !errors.Is(err, ErrFile) {
		t.Errorf("got %v", err)
	}
}

// endless is a page without end.
type endless struct{ page, doc string }

func (e *endless) Read(b []byte) (int, error) {
	if e.page == "" {
		e.page = e.doc
	}
	n := copy(b, e.page)
	e.page = e.page[n:]
	return n, nil
}

// TestMemoryIsThatOfOneDocument reads 200 MB of a page and looks at what a
// reader keeps.
func TestMemoryIsThatOfOneDocument(t *testing.T) {
	r, err := NewReader(&endless{page: `{"value":[`, doc: `{"id":"` + strings.Repeat("x", 50_000) + `"},`}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 4000 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if n := cap(r.buf); n > 200_000 {
		t.Errorf("keeps %d bytes", n)
	}
}

// TestTooLargeDocumentIsNotKept passes over 30 MB and looks at what that took.
func TestTooLargeDocumentIsNotKept(t *testing.T) {
	file := `[{"id":"` + strings.Repeat("x", 30<<20) + `"},{"id":"good"}]`
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	docs, _, err := bodies(t, strings.NewReader(file), Options{MaxDocumentBytes: 1000})
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.EOF) || len(docs) != 2 || docs[1] != `{"id":"good"}` {
		t.Fatalf("got %d documents, %v", len(docs), err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 {
		t.Errorf("took %d bytes", took)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		with(""), with(`,"sessions":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","caller":{"identity":{"user":{"id":"x"}},"feedback":{"rating":"good","tokens":{"Echo":true}}},"segments":[{"id":"b","startDateTime":"2026-11-22T10:00:00Z","media":[{"label":"main-audio","callerNetwork":{"traceRouteHops":[{"hopCount":1,"roundTripTime":"PT0.001S"}]},"streams":[{"streamDirection":"callerToCallee","averageJitter":"PT0.016S"}]}]}]}]`),
		`{"@odata.context":"x#Collection(microsoft.graph.callRecords.pstnCallLogRow)","value":[{"id":"a","startDateTime":"2026-11-22T10:00:00Z","charge":0.1}],"@odata.nextLink":"y"}`,
		"\ufeff[{\"id\":\"a\",\"correlationId\":\"b\",\"inviteDateTime\":\"2026-11-22T10:00:00Z\"}]", gzipped(with("")), "{\"id\":\n{}\n{", `{"a":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		o := Options{MaxDocumentBytes: 4096}
		docs, kinds, err := bodies(t, bytes.NewReader(data), o)
		again, kindsAgain, errAgain := bodies(t, iotest.OneByteReader(bytes.NewReader(data)), o)
		if !reflect.DeepEqual(docs, again) || !reflect.DeepEqual(kinds, kindsAgain) || fmt.Sprint(err) != fmt.Sprint(errAgain) {
			t.Fatalf("in one piece %q, %v; byte by byte %q, %v", docs, err, again, errAgain)
		}
		d := NewDecoder()
		for _, doc := range docs {
			if strings.HasPrefix(doc, "refused: ") {
				continue
			}
			for kind := KindUnknown; kind <= KindNotification; kind++ {
				got, err := d.Decode([]byte(doc), kind)
				if err != nil {
					if !errors.Is(err, ErrDocument) {
						t.Fatalf("%q: %v", doc, err)
					}
					continue
				}
				if !json.Valid([]byte(doc)) {
					t.Fatalf("%q is read although it is not JSON", doc)
				}
				got.Rows(&testOrigin, &collected{})
			}
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"PT0.016S", "-P1DT2H3M4.5S", "PT9223372036.854775807S", "P", "PT1.S"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		if back, err := ParseDuration(FormatDuration(d)); err != nil || back != d {
			t.Fatalf("%q is %d, written %s, read %d, %v", text, d, FormatDuration(d), back, err)
		}
	})
}
