package sim

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

func TestReadTrace(t *testing.T) {
	_, w := office()
	trace, err := ReadTrace(strings.NewReader("type,at,handle_s,patience_s\n"+
		"service,2026-11-23 09:15:00.5,120.25,30\n"+
		"sales,2026-11-23T08:00:00Z,,\n"+ // 09:00 in Berlin
		"sales,2026-11-23T09:10:00,0,0\n"), w, 1)
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) routing.Time {
		v, _ := time.Parse(time.RFC3339Nano, text)
		return routing.Time(v.UnixMilli())
	}
	if len(trace) != 3 || trace[0].At != at("2026-11-23T09:00:00+01:00") || trace[1].At != at("2026-11-23T09:10:00+01:00") || trace[2].At != at("2026-11-23T09:15:00.5+01:00") {
		t.Fatalf("%+v", trace)
	}
	if a := trace[0]; a.Type != 0 || a.HandleMillis == 0 || a.PatienceMillis == 0 || a.PatienceMillis == Forever {
		t.Errorf("missing lengths are not drawn: %+v", a)
	}
	if a := trace[1]; a.HandleMillis != 0 || a.PatienceMillis != 0 {
		t.Errorf("0 is not 0: %+v", a)
	}
	if a := trace[2]; a.Type != 1 || a.HandleMillis != 120_250 || a.PatienceMillis != 30_000 || a.WrapUpMillis != 20_000 {
		t.Errorf("%+v", a)
	}
	w.Types[0].Patience = nil
	trace, err = ReadTrace(strings.NewReader("at,type\n2026-11-23T08:00:00Z,sales\n"), w, 1)
	if err != nil || trace[0].PatienceMillis != Forever {
		t.Errorf("nobody to draw patience from: %+v, %v", trace, err)
	}
	w.Types[0].Handle = Distribution{}
	if _, err = ReadTrace(strings.NewReader("at,type\n2026-11-23T08:00:00Z,sales\n"), w, 1); err == nil || !strings.Contains(err.Error(), "line 2: handle_s: missing") {
		t.Errorf("no length at all: %v", err)
	}
}

func TestReadTraceFaults(t *testing.T) {
	_, w := office()
	for text, says := range map[string]string{
		"":                   "header",
		"at\n":               `column "type" is missing`,
		"at,type,at\n":       "there twice",
		"at,type,colour\n":   `"colour" is unknown`,
		"at,type\n":          "no contacts",
		"at,type\nnow,sales": "line 2: at: \"now\": expected an instant",
		"at,type\n2026-11-23T08:00:00Z,sales\n1890-01-01T00:00:00Z,sales": "line 3: at",
		"at,type\n2026-11-23T08:00:00Z,taxes":                             `line 2: type: "taxes"`,
		"at,type\n2026-11-23T08:00:00Z":                                   "wrong number of fields",
		"at,type,handle_s\n2026-11-23T08:00:00Z,sales,-1":                 `line 2: handle_s: "-1"`,
		"at,type,handle_s\n2026-11-23T08:00:00Z,sales,NaN":                `handle_s: "NaN"`,
		"at,type,wrap_up_s\n2026-11-23T08:00:00Z,sales,1e99":              "wrap_up_s",
		"at,type\n1990-11-23T08:00:00Z,sales\n2026-11-23T08:00:00Z,sales": "spans",
	} {
		if _, err := ReadTrace(strings.NewReader(text), w, 1); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

// FuzzReadTrace: no bytes panic, and a trace that is accepted can be run.
func FuzzReadTrace(f *testing.F) {
	f.Add([]byte("at,type,handle_s,wrap_up_s,patience_s\n2026-11-23T09:15:00+01:00,sales,120,10,30\n2026-11-23T09:15:00+01:00,service,,,\n"))
	f.Add([]byte("type,at\nsales,2026-03-29 02:30:00\nsales,2199-12-31T23:59:59.999Z\n"))
	f.Add([]byte("at,type\n\"2026-11-23T09:15:00Z\",\"sales\"\n\xff,\x00\n"))
	cfg, w := office()
	f.Fuzz(func(t *testing.T, data []byte) {
		trace, err := ReadTrace(strings.NewReader(string(data)), w, 1)
		if err != nil || len(trace) > 50 || trace[len(trace)-1].At.Sub(trace[0].At) > dayMillis {
			return
		}
		rep, err := Run(t.Context(), cfg, w, Options{Trace: trace, Bounds: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := rep.Total.Offered + rep.Total.TurnedAway; got != int64(len(trace)) {
			t.Errorf("%d of %d contacts are measured", got, len(trace))
		}
	})
}
