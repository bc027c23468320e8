package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing/sim"
)

const exampleCentre = "../../../examples/simulation/"

func TestSimulateText(t *testing.T) {
	out, err := runCommand(t, newSimulateCommand(), exampleCentre+"centre.yaml", "--rates", exampleCentre+"week.yaml", "--days", "14", "--staff", "--shrinkage", "0.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"centre: 336 hours from Mon 5 Jan 2026, seed 1", "technical", "service level: of offered", "equal agents", "agents to reach the goal", "tue-fri", "10:00",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "warning") {
		t.Errorf("the example warns:\n%s", out)
	}
	again, err := runCommand(t, newSimulateCommand(), exampleCentre+"centre.yaml", "--rates", exampleCentre+"week.yaml", "--days", "14", "--staff", "--shrinkage", "0.3")
	if err != nil || again != out {
		t.Errorf("the same call says something else (%v)", err)
	}
}

func TestSimulateCompareJSON(t *testing.T) {
	out, err := runCommand(t, newSimulateCommand(), exampleCentre+"centre.yaml", "--compare", exampleCentre+"centre-second-queue.yaml", "--rates", exampleCentre+"week.yaml", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Against    string          `json:"compared_with"`
		Report     json.RawMessage `json:"report"`
		Comparison struct {
			Total []struct {
				Figure  string `json:"figure"`
				BMinusA struct {
					Value     *float64 `json:"value"`
					HalfWidth *float64 `json:"half_width_95"`
				} `json:"b_minus_a"`
			} `json:"total"`
			Types []struct {
				Name string `json:"name"`
			} `json:"types"`
		} `json:"comparison"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Against != "centre-second-queue" || got.Report != nil || len(got.Comparison.Types) != 3 {
		t.Errorf("%+v", got)
	}
	level := got.Comparison.Total[0]
	if level.Figure != "service_level" || level.BMinusA.Value == nil || level.BMinusA.HalfWidth == nil || *level.BMinusA.Value-*level.BMinusA.HalfWidth <= 0 {
		t.Errorf("a second queue for everybody is not clearly better: %+v", level)
	}
}

func TestSimulateTrace(t *testing.T) {
	for name, args := range map[string][]string{
		"with a workload": {"--rates", exampleCentre + "week.yaml"},
		"alone":           nil,
	} {
		out, err := runCommand(t, newSimulateCommand(), append([]string{exampleCentre + "centre.yaml", "--trace", exampleCentre + "day.csv", "--json"}, args...)...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got struct {
			Report struct {
				Hours float64 `json:"measured_hours"`
				Total struct {
					Offered int `json:"offered"`
				} `json:"total"`
			} `json:"report"`
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(exampleCentre + "day.csv")
		if err != nil {
			t.Fatal(err)
		}
		if rows := bytes.Count(data, []byte("\n")) - 1; got.Report.Total.Offered != rows || got.Report.Hours != 24 {
			t.Errorf("%s: %d contacts in %v hours, the trace has %d in a day", name, got.Report.Total.Offered, got.Report.Hours, rows)
		}
	}
}

// outside are the ways in which a page can fetch something.
var outside = regexp.MustCompile(`(?i)https?:|src=|@import|url\(|<link|<script|<iframe`)

// TestSimulateHTML: the pages are well formed and need nothing but themselves.
func TestSimulateHTML(t *testing.T) {
	for name, args := range map[string][]string{
		"one":        {"--staff"},
		"comparison": {"--compare", exampleCentre + "centre-second-queue.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "report.html")
			_, err := runCommand(t, newSimulateCommand(), append([]string{exampleCentre + "centre.yaml", "--rates", exampleCentre + "week.yaml", "--days", "7", "--html", path}, args...)...)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if found := outside.Find(data); found != nil {
				t.Errorf("the page refers to something outside: %q", found)
			}
			charts := 0
			decoder := xml.NewDecoder(bytes.NewReader(data))
			decoder.Strict = false
			decoder.AutoClose, decoder.Entity = xml.HTMLAutoClose, xml.HTMLEntity
			for {
				token, err := decoder.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("not well formed: %v", err)
				}
				if start, ok := token.(xml.StartElement); ok && start.Name.Local == "svg" {
					charts++
				}
			}
			if charts < 6 {
				t.Errorf("%d charts", charts)
			}
			for _, bad := range []string{"NaN", "Inf", "%!", "<nil>"} {
				if bytes.Contains(data, []byte(bad)) {
					t.Errorf("the page shows %s", bad)
				}
			}
		})
	}
}

// TestSimulateEscapes: names from files are text, never markup.
func TestSimulateEscapes(t *testing.T) {
	dir := t.TempDir()
	centre := writeTestFile(t, dir, "x&<b>.yaml", "queues: [{id: q}]\nprofiles: [{id: '<i>p', queues: [{queue: q}]}]\nagents: [{id: a, profile: '<i>p'}, {id: b, profile: '<i>p'}]\n")
	rates := writeTestFile(t, dir, "rates.yaml", "types: [{name: '<script>x</script>', queue: q, per_hour: 30, handle: {shape: exponential, mean_s: 100}}]\n")
	page := filepath.Join(dir, "page.html")
	if _, err := runCommand(t, newSimulateCommand(), centre, "--rates", rates, "--days", "2", "--html", page); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{"<script>x", "<i>p", "&<b>"} {
		if bytes.Contains(data, []byte(raw)) {
			t.Errorf("%q is in the page as it was given", raw)
		}
	}
}

func TestSimulateUsage(t *testing.T) {
	dir := t.TempDir()
	centre, week := exampleCentre+"centre.yaml", exampleCentre+"week.yaml"
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{centre}, "neither --rates nor --trace"},
		{[]string{centre, "--rates", week, "--days", "0"}, "--days is 0"},
		{[]string{centre, "--rates", week, "--goal", "1"}, "--goal is 1"},
		{[]string{centre, "--rates", week, "--start", "monday"}, "--start is"},
		{[]string{centre, "--rates", week, "--warm-up", "-1h"}, "duration"},
		{[]string{centre, "--rates", writeTestFile(t, dir, "a.yaml", "types: []\ncolour: blue\n")}, "colour"},
		{[]string{centre, "--rates", writeTestFile(t, dir, "b.yaml", "types: [{queue: taxes, per_hour: 1, handle: {shape: constant, mean_s: 1}}]\n")}, `types[0].queue: "taxes"`},
		{[]string{centre, "--rates", writeTestFile(t, dir, "c.yaml", "time_zone: Moon\n")}, "Moon"},
		{[]string{centre, "--rates", writeTestFile(t, dir, "f.yaml", "types: []\n---\ntypes: []\n")}, "more than one document"},
		{[]string{centre, "--rates", writeTestFile(t, dir, "g.yaml", "")}, "types: empty"},
		{[]string{writeTestFile(t, dir, "d.yaml", "queues: [{id: q, color: red}]\n"), "--rates", week}, "color"},
		{[]string{centre, "--trace", writeTestFile(t, dir, "e.csv", "at,type\n2026-11-23T10:00:00Z,sales\n")}, "line 2: handle_s: missing"},
		{[]string{centre, "--rates", week, "--staff", "--shrinkage", "1"}, "shrinkage"},
	} {
		if _, err := runCommand(t, newSimulateCommand(), tt.args...); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v: %v, want %q", tt.args, err, tt.says)
		}
	}
	if _, err := runCommand(t, newSimulateCommand(), filepath.Join(dir, "missing.yaml"), "--rates", week); !errors.Is(err, os.ErrNotExist) || errors.Is(err, ErrUsage) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := runCommand(t, newSimulateCommand(), centre, "--rates", week, "--days", "1", "--html", filepath.Join(dir, "no", "where.html")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a page that cannot be written: %v", err)
	}
}

// FuzzWorkload: no workload panics, neither read nor checked, nor drawn from.
func FuzzWorkload(f *testing.F) {
	week, err := os.ReadFile(exampleCentre + "week.yaml")
	if err != nil {
		f.Fatal(err)
	}
	cfg, err := readRouting(exampleCentre + "centre.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(week)
	f.Add([]byte("types: [{queue: sales, per_hour: 1e-9, channel: chat, handle: {shape: empirical, values_s: [0, .inf]}}]\noutages: [{hours: 1, share: 0.001}]\n"))
	f.Add([]byte("time_zone: Pacific/Apia\ninterval_minutes: 1440\ntypes: [{queue: billing, rates: {sunday: [3]}, handle: {shape: constant}}]\ncrews: [{profile: sales, shifts: [{from: '23:59', to: '23:58', breaks: [{at: '23:58', minutes: 1}]}]}]\n"))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := parseWorkload(data)
		if err != nil {
			return
		}
		_, err = sim.Run(gone, cfg, w, sim.Options{Seed: 1, Duration: 24 * time.Hour})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, sim.ErrInvalid) {
			t.Errorf("neither refused nor begun: %v", err)
		}
	})
}
