package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
	"github.com/trunkline-cc/trunkline/internal/app"
)

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestKindOfFile(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want fileKind
	}{
		"pcap":              {"\xd4\xc3\xb2\xa1\x02\x00", kindCapture},
		"pcap, nanoseconds": {"\xa1\xb2\x3c\x4d", kindCapture},
		"pcapng":            {"\x0a\x0d\x0d\x0a\x1c", kindCapture},
		"pcap, gzip":        {packed(t, "\xd4\xc3\xb2\xa1\x02\x00"), kindCapture},
		"object":            {"\n {\"id\":1}", kindJSON},
		"array, mark":       {"\ufeff[]", kindJSON},
		"lines, gzip, cut":  {packed(t, strings.Repeat("{\"id\":1}\n", 1_000_000))[:sniffBytes], kindJSON},
		"text":              {"hello", kindOther},
		"empty":             {"", kindOther},
		"no gzip":           {"\x1f\x8b hello", kindOther},
		"text, gzip":        {packed(t, "hello"), kindOther},
	} {
		if got := kindOf([]byte(c.head)); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestFindFiles(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"b", ".git"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	single := writeTestFile(t, dir, "z.json", "{}")
	writeTestFile(t, dir, "a.pcap", "\xd4\xc3\xb2\xa1")
	writeTestFile(t, dir, "README", "hello")
	writeTestFile(t, dir, ".hidden.json", "{}")
	writeTestFile(t, dir, ".git/config.json", "{}")
	writeTestFile(t, dir, "b/c.json", "[]")
	files, err := findFiles([]string{dir, single, "-"}, strings.NewReader(" {}"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		name, _ := filepath.Rel(dir, f.path)
		got = append(got, strings.Join([]string{name, "other capture json"[[]int{0, 6, 14}[f.kind]:][:4], map[bool]string{true: "named"}[f.named]}, " "))
	}
	want := []string{"README othe ", "a.pcap capt ", "b/c.json json ", "z.json json ", "z.json json named", " json named"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := findFiles([]string{filepath.Join(dir, "nothing")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestImportNeedsATenant(t *testing.T) {
	if _, err := runCommand(t, newImportCommand(), "x.json"); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "--tenant") {
		t.Errorf("got %v", err)
	}
}

func TestPrintRecords(t *testing.T) {
	var out strings.Builder
	err := printRecords(&out, &app.RecordsStats{
		Files: 3, FilesDone: 1, Documents: 12, DocumentsDone: 4, Incomplete: 1, Expired: 5,
		Rows:    map[string]uint64{"call_records": 10, "call_sessions": 12, "pstn_calls": 0},
		Ignored: map[string]uint64{"a change notification": 1}, Refused: map[string]uint64{callrecords.ReasonValue: 1},
		Examples:   []error{errors.New("a.json: document 3 at byte 99: wrong value: version: want a version")},
		FileErrors: []error{errors.New("b.json: at byte 7: the file ends within document 1")},
		More:       []string{"a.json"}, Notes: []callrecords.Note{{Path: "sessions[].mood", Count: 2}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(`
CALL RECORDS                                          COUNT
files read                                                2
files done before the interruption                        1
documents of a further file done before it                4
documents                                                12
rows of call_records                                     10
rows of call_sessions                                    12
records with more sessions or participants elsewhere      1
ignored: a change notification                            1
refused: wrong value                                      1
files with damage:
  b.json: at byte 7: the file ends within document 1
refused, the first of them:
  a.json: document 3 at byte 99: wrong value: version: want a version
5 documents are past their retention and will not stay: --retention-days says how long
1 files end with a link to a next page; its documents are in another file, or were not fetched: a.json
not in Graph's schema as this release knows it (values of known properties are stored, others are not):
  sessions[].mood: 2 times
`, "\n")
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
