package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const good = `
clickhouse:
  dsn: https://trunkline@ch.example:8443/facts
journal:
  dir: /srv/journal
  max_bytes: 2GiB
listeners:
  - name: sbc-a
    address: 0.0.0.0:5005
    tenant: contoso
    trunk: sbc-a.contoso.example
    codec: PCMU
`

func TestLoadMergesFileEnvironmentAndFlags(t *testing.T) {
	path := write(t, good)
	cfg, err := Load(Source{
		Path:    path,
		Environ: []string{"TRUNKLINE_JOURNAL_DIR=/from/env", "TRUNKLINE_LOG_LEVEL=debug", "TRUNKLINE_CLICKHOUSE_PASSWORD=s3cret"},
		Set:     []string{"journal.dir=/from/flag", "rollups.grace=3s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Journal.Dir != "/from/flag" || cfg.Log.Level != "debug" || time.Duration(cfg.Rollups.Grace) != 3*time.Second {
		t.Errorf("precedence: got dir %q level %q grace %v", cfg.Journal.Dir, cfg.Log.Level, time.Duration(cfg.Rollups.Grace))
	}
	if cfg.Journal.MaxBytes != 2<<30 || cfg.Listeners[0].ReceiveBuffer != 8<<20 || cfg.Listeners[0].Kind != KindRTCP {
		t.Errorf("sizes and defaults: %+v", cfg)
	}
	if cfg.ClickHouse.Password.Reveal() != "s3cret" {
		t.Error("the password of the environment did not arrive")
	}
}

func TestProblemsNamePlaceAndExpectation(t *testing.T) {
	for _, tc := range []struct{ name, yaml, want string }{
		{"unknown key", "journal:\n  dirr: x\n", `FILE:2: journal: unknown key "dirr", known are dir, max_bytes`},
		{"unknown key in a list", good + "    portt: 1\n", `listeners[0]: unknown key "portt"`},
		{"key twice", "log:\n  level: info\n  level: warn\n", `FILE:3: log: key "level" stands twice`},
		{"duration without unit", "rollups:\n  grace: 10\n", `FILE:2: want a duration with a unit`},
		{"size", "journal:\n  max_bytes: many\n", `FILE:2: want a size as 1048576, 8MiB or 10GiB, got "many"`},
		{"wrong type", "ingest:\n  max_streams: lots\n", "FILE:2: got `lots`, want a whole number"},
		{"list instead of mapping", "journal: [1]\n", `FILE:1: got`},
		{"top", "- a\n", `FILE:1: want a mapping at the top`},
		{"not YAML", "a: [\n", `FILE:1: did not find`},
		{"secret in the file", "clickhouse:\n  password: hunter2\n", `FILE:2: a secret does not belong in the file`},
		{"password in the DSN", "clickhouse:\n  dsn: http://u:hunter2@h:1/db\n", `FILE:2: clickhouse.dsn: holds a password`},
		{"kind", strings.Replace(good, "address: 0", "kind: sip\n    address: 0", 1), `listeners[0].kind: is "sip", want rtcp, hep or vqreport`},
		{"address", "http:\n  address: nowhere\n", `FILE:2: http.address: is "nowhere", want host:port`},
		{"alias", "log: &a\n  level: info\ntracing: *a\n", "FILE:3: tracing: aliases are not taken here"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := write(t, tc.yaml)
			_, err := Load(Source{Path: path})
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("got %v, want a refused configuration", err)
			}
			got := strings.ReplaceAll(err.Error(), path, "FILE")
			if !strings.Contains(got, tc.want) {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("the message shows a secret")
			}
		})
	}
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	_, err := Load(Source{Path: write(t, "log:\n  level: loud\n  format: xml\nhttp:\n  address: x\n")})
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 3 {
		t.Fatalf("got %v, want three problems", err)
	}
}

func TestOverlayMistakes(t *testing.T) {
	for _, tc := range []struct {
		src  Source
		want string
	}{
		{Source{Environ: []string{"TRUNKLINE_JOURNAL_DIRR=x"}}, "TRUNKLINE_JOURNAL_DIRR names no key"},
		{Source{Environ: []string{"TRUNKLINE_ROLLUPS_GRACE=soon"}}, "environment TRUNKLINE_ROLLUPS_GRACE: want a duration"},
		{Source{Environ: []string{"TRUNKLINE_INGEST_MAX_STREAMS=-1"}}, "environment TRUNKLINE_INGEST_MAX_STREAMS: ingest.max_streams: is -1"},
		{Source{Set: []string{"journal=x"}}, "--set journal=x: want path=value"},
		{Source{Set: []string{"log.level=loud"}}, "--set log.level: log.level: is \"loud\""},
		{Source{Set: []string{"clickhouse.password=x"}}, "a secret on the command line is seen"},
	} {
		if _, err := Load(tc.src); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: got %v, want %s", tc.src, err, tc.want)
		}
	}
}

func TestSecretFileAndRedaction(t *testing.T) {
	secret := write(t, "hunter2\n")
	cfg, err := Load(Source{Set: []string{"clickhouse.password_file=" + secret}})
	if err != nil || cfg.ClickHouse.Password.Reveal() != "hunter2" {
		t.Fatalf("got %q, %v", cfg.ClickHouse.Password.Reveal(), err)
	}
	printed, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(printed), fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg)} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("shows the secret: %s", text)
		}
	}
}

func TestPrintedConfigurationReadsBack(t *testing.T) {
	cfg, err := Load(Source{Path: write(t, good)})
	if err != nil {
		t.Fatal(err)
	}
	printed, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(Source{Path: write(t, string(printed))})
	if err != nil {
		t.Fatalf("%v in\n%s", err, printed)
	}
	if diff := cmp.Diff(cfg, again, cmp.AllowUnexported(Secret{})); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("a: &x [*x]\n"))
	f.Add([]byte("listeners: [{name: 1}, null, 3]\n"))
	f.Add([]byte("journal: null\nlog:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := Parse("fuzz.yaml", data)
		if err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, os.ErrNotExist) && cfg.ClickHouse.PasswordFile == "" {
			var path *os.PathError
			if !errors.As(err, &path) {
				t.Fatalf("unclassified error %v", err)
			}
		}
	})
}

// write puts text into a file of the test's own.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trunkline.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
