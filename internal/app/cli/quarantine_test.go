package cli

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// quarantineWith makes a database with one report of anybody's in quarantine and
// a configuration file, and returns the flags that name it.
func quarantineWith(t *testing.T, rows ...schema.Quarantined) (flags []string) {
	t.Helper()
	dsn, err := url.Parse(chtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	t.Setenv("TRUNKLINE_CLICKHOUSE_PASSWORD", password)
	dsn.User = url.User(dsn.User.Username())
	dir := t.TempDir()
	file := writeTestFile(t, dir, "trunkline.yaml", `
clickhouse: {dsn: "`+dsn.String()+`"}
journal: {dir: "`+dir+`/journal"}
listeners: [{name: hep, kind: hep, address: "127.0.0.1:0"}]
trunks:
  - {tenant: anna, id: sbc.anna.example, fqdn: sbc.example, numbers: ["+4930100-+4930199"], codec: PCMU}
  - {tenant: bert, id: sbc.bert.example, fqdn: sbc.example, numbers: ["+4930200-+4930299"]}
`)
	cfg, err := config.Load(config.Source{Path: file, Environ: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	store, err := app.OpenStore(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	block := clickhouse.Quarantine.NewBlock()
	for i := range rows {
		block.Append(&rows[i])
	}
	if err := clickhouse.InsertBlock(t.Context(), store, block, clickhouse.Stamp{IngestedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return []string{"--config", file}
}

// strangers are reports of one stream that lie in quarantine.
func strangers(n int) (rows []schema.Quarantined) {
	at := time.Now().UTC().Add(-time.Hour).Truncate(time.Second)
	for i := range n {
		rr := []byte{0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, byte(i), 200, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0}
		when := at.Add(time.Duration(i) * 5 * time.Second)
		rows = append(rows, schema.Quarantined{
			Time: when, QuarantineID: schema.QuarantineID{15: byte(i + 1)}, CapturedAt: schema.Some(when), Listener: "hep", CallID: "call-1",
			Hosts: []string{"sbc.example"}, Form: schema.FormRTCP, Payload: rr, Reason: "shared", Answers: []string{"address=anna", "dialog=bert"},
			State: schema.QuarantineOpen, Fact: schema.Fact{Source: "hep", RetentionDays: 30, Version: 1},
		})
	}
	return rows
}

// TestQuarantineCommands lists, shows, assigns and drops as a person does.
func TestQuarantineCommands(t *testing.T) {
	flags := quarantineWith(t, strangers(4)...)
	run := func(args ...string) (string, error) {
		t.Helper()
		return runCommand(t, newQuarantineCommand(), append(args, flags...)...)
	}
	expect := func(want string, args ...string) {
		t.Helper()
		if out, err := run(args...); err != nil || !strings.Contains(out, want) {
			t.Errorf("%v: %v, got\n%s\nwant %s", args, err, out, want)
		}
	}
	expect("hep               shared  rtcp  sbc.example        4      1  ", "ls")
	expect("00000000-0000-0000-0000-000000000002", "ls", "--rows", "--call-id", "call-1", "--since", "2h")
	out, err := run("ls", "--json", "--reason", "unknown")
	if err != nil || strings.TrimSpace(out) != "[]" {
		t.Errorf("nothing as JSON: %v, %s", err, out)
	}
	out, err = run("show", "00000000-0000-0000-0000-000000000001")
	var shown quarantineRow
	if err != nil || json.Unmarshal([]byte(out), &shown) != nil || len(shown.Payload) != 32 || shown.Answers[1] != "dialog=bert" {
		t.Errorf("show: %v\n%s", err, out)
	}
	if _, err := run("show", "00000000-0000-0000-0000-0000000000ff"); err == nil || errors.Is(err, ErrUsage) {
		t.Errorf("show of what is not there: %v", err)
	}
	expect("4 reports would be assigned to anna: 4 facts, 0 calls, 0 known already", "assign", "--tenant", "anna", "--all-matching", "--dry-run")
	expect("1 reports dropped", "drop", "--id", "00000000-0000-0000-0000-000000000004")
	expect("3 reports assigned to anna: 3 facts", "assign", "--tenant", "anna", "--trunk", "sbc.anna.example", "--call-id", "call-1")
	expect("0 reports assigned", "assign", "--tenant", "anna", "--trunk", "sbc.anna.example", "--call-id", "call-1")
	expect("shared", "ls", "--state", "all")
	expect("0 reports would be dropped", "drop", "--all-matching", "--dry-run")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"assign", "--tenant", "anna"}, "which reports: want --id"},
		{[]string{"assign", "--tenant", "ana", "--all-matching"}, "--tenant ana is not in the configuration (known are: anna, bert)"},
		{[]string{"assign", "--tenant", "anna", "--trunk", "sbc.bert.example", "--all-matching"}, "--trunk sbc.bert.example is of tenant bert, not of anna"},
		{[]string{"assign", "--all-matching"}, "--tenant says whose"},
		{[]string{"drop", "--listener", "hep"}, "which reports"},
		{[]string{"ls", "--source", "nowhere"}, "--source nowhere: want an address"},
		{[]string{"ls", "--since", "soon"}, "--since soon: want a span"},
		{[]string{"assign", "--tenant", "anna", "--id", "7"}, `--id: quarantine id "7"`},
	} {
		if out, err := run(c.args...); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s\n%s", c.args, err, c.want, out)
		}
	}
}

// TestConfigCheckWarns of marks that alone say nothing.
func TestConfigCheckWarns(t *testing.T) {
	flags := quarantineWith(t)
	out, err := runCommand(t, newConfigCommand(), append([]string{"check"}, flags...)...)
	want := "warning: trunks: dialog sbc.example is shared by tenants (trunks sbc.anna.example, sbc.bert.example): it alone says nothing\nThe configuration is right: 1 listeners, 2 trunks.\n"
	if err != nil || out != want {
		t.Errorf("%v, got\n%swant\n%s", err, out, want)
	}
}
