package cli

import (
	"encoding/json"
	"errors"
	"net/netip"
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

// emptyStore makes a database with the schema and a configuration file, and
// returns the flags that name it and a connection.
func emptyStore(t *testing.T) (flags []string, store *clickhouse.Conn) {
	t.Helper()
	dsn, err := url.Parse(chtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	t.Setenv("TRUNKLINE_CLICKHOUSE_PASSWORD", password)
	dsn.User = url.User(dsn.User.Username())
	dir := t.TempDir()
	file := writeTestFile(t, dir, "trunkline.yaml", "clickhouse: {dsn: \""+dsn.String()+"\"}\njournal: {dir: \""+dir+"/journal\"}\n")
	cfg, err := config.Load(config.Source{Path: file, Environ: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if store, err = app.OpenStore(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return []string{"--config", file, "--tenant", "contoso"}, store
}

// must runs a command that must not fail.
func must(t *testing.T, out string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

func TestNetworksCommands(t *testing.T) {
	flags, _ := emptyStore(t)
	run := func(args ...string) (string, error) {
		t.Helper()
		return runCommand(t, newNetworksCommand(), append(args, flags...)...)
	}
	dir := t.TempDir()
	good := writeTestFile(t, dir, "good.csv", "10.0.0.0,All,8,Headquarters,,,,Berlin,,DE,,,1,0,0\n10.1.0.0,Floor,16,Annex,,,,,,,,,1,0,0\n")
	bad := writeTestFile(t, dir, "bad.csv", "prefix,site\n10.2.0.0/16,ok\n10.3.0.1/16,wrong\n")
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"put", good, "--dry-run"}, "would be 2 added, 0 changed, 0 removed, 0 unchanged"},
		{[]string{"put", good}, "\n2 added, 0 changed, 0 removed, 0 unchanged\n"},
		{[]string{"put", good}, "0 added, 0 changed, 0 removed, 2 unchanged"},
		{[]string{"ls"}, "10.1.0.0/16  Annex         Annex         Floor"},
		{[]string{"ls", "--json"}, `"city": "Berlin"`},
		{[]string{"find", "10.1.2.3"}, `10.1.0.0/16  site "Annex"`},
		{[]string{"rm", "10.1.0.0/16"}, "1 removed, 1 unchanged"},
		{[]string{"find", "10.1.2.3"}, `10.0.0.0/8  site "Headquarters"`},
	} {
		out, err := run(step.args...)
		if must(t, out, err); !strings.Contains("\n"+out, step.want) {
			t.Errorf("%v: got %q, want %q", step.args, out, step.want)
		}
	}
	if out, err := run("put", bad); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "line 3, column 1 (NetworkIP): 10.3.0.1/16 has bits set") {
		t.Errorf("got %v, %s", err, out)
	}
	if out, err := run("find", "192.0.2.1"); !errors.Is(err, ErrFound) || !strings.Contains(out, "no network of contoso holds 192.0.2.1") {
		t.Errorf("got %v, %s", err, out)
	}
	if out, _ := run("ls"); strings.Count(out, "\n") != 2 {
		t.Errorf("a file that was refused changed something: %s", out)
	}
	if _, err := runCommand(t, newNetworksCommand(), "ls"); !errors.Is(err, ErrUsage) {
		t.Errorf("without a tenant: got %v", err)
	}
}

// TestCallCommands shows a call that SIP and a call record tell of, and one that
// only SIP knows.
func TestCallCommands(t *testing.T) {
	flags, store := emptyStore(t)
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	call := schema.SIPCall{
		Tenant: "contoso", Time: at, CallID: "c1@sbc", Trunk: "sbc.contoso.com", FromUser: "+493012345678", ToUser: "+498005550000",
		HasInvite: true, Outcome: "answered", IsSeized: true, IsEffective: true, FinalStatus: schema.Some(uint16(200)), TalkMillis: schema.Some(int64(61000)),
		Fact: schema.Fact{Version: schema.WholeCallVersion},
	}
	lonely := call
	lonely.CallID, lonely.Time, lonely.Outcome, lonely.IsEffective, lonely.FinalStatus = "c2@sbc", at.Add(time.Hour), "failed", false, schema.Some(uint16(503))
	record := schema.CallRecord{
		Tenant: "contoso", Time: at.Add(2 * time.Second), RecordID: "rec-1", RecordVersion: 3, HasSessions: true, IsComplete: true, Type: "groupCall",
		ParticipantKinds: []string{"phone"}, ParticipantIDs: []string{"+493012345678"}, ParticipantNames: []string{""}, ParticipantTenants: []string{""},
		Fact: schema.Fact{Version: schema.CallRecordVersion(3, true, true)},
	}
	stream := schema.CallMediaStream{
		Tenant: "contoso", Time: record.Time, RecordID: "rec-1", RecordVersion: 3, SessionID: "s", SegmentID: "g", HasStream: true, MediaKind: "audio",
		Direction: "callerToCallee", Receiver: "callee", Fact: schema.Fact{Version: record.Version},
	}
	stream.PacketUtilization, stream.JitterMillis = schema.Some(int64(3000)), schema.Some(42.0)
	stream.Callee.Platform, stream.CalleeNetwork.IP = "iOS", "10.1.2.3"
	insertRows(t, store, clickhouse.SIPCalls, call, lonely)
	insertRows(t, store, clickhouse.CallRecords, record)
	insertRows(t, store, clickhouse.CallMediaStreams, stream)
	if _, err := app.PutNetworks(t.Context(), store, "contoso", []schema.Network{{Prefix: netip.MustParsePrefix("10.1.0.0/16"), Site: "Annex"}}, app.NetworkPut{}); err != nil {
		t.Fatal(err)
	}
	show := func(args ...string) (string, error) {
		return runCommand(t, newCallCommand(), append(append([]string{"show"}, args...), flags...)...)
	}
	out, err := show("c1@sbc")
	must(t, out, err)
	for _, want := range []string{
		"c1@sbc: POOR\n", "poor     teams        iOS at Annex  jitter: jitter 42 ms", "SBC: c1@sbc over sbc.contoso.com, 2026-11-22 12:00:00.000, from +493012345678 to +498005550000, answered (SIP 200), talked 1m1s",
		"Teams: call record rec-1 version 3, groupCall", "10.1.2.3 (Annex)  iOS", "sip c1@sbc = record rec-1", "No row of the direct routing log is linked to this call.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	out, err = show("rec-1", "--json")
	var shown app.Call
	if err := json.Unmarshal([]byte(must(t, out, err)), &shown); err != nil || shown.Verdict.Class != app.VerdictPoor || len(shown.SBC) != 1 || shown.Side != app.SideRecord {
		t.Errorf("%v, %+v", err, shown)
	}
	if out, err := show("c2@sbc"); err != nil || !strings.Contains(out, "c2@sbc: FAILED") || !strings.Contains(out, "failed, SIP 503") || !strings.Contains(out, "No call record is linked") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := show("nobody"); !errors.Is(err, ErrFound) || !strings.Contains(out, `contoso knows "nobody" neither as Call-ID`) {
		t.Errorf("%v\n%s", err, out)
	}
	report := append([]string{"report", "--from", "2026-11-22", "--to", "2026-11-23"}, flags...)
	out, err = runCommand(t, newCorrelateCommand(), report...)
	must(t, out, err)
	for _, want := range []string{"sip - record  number_time  low             1", "sip   log     no_candidate (no data of that side)      2  c2@sbc", "2026-11-22 13:00:00  sip   record  no_candidate  sbc.contoso.com  c2@sbc"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	out, err = runCommand(t, newCorrelateCommand(), append(report, "--json", "--list", "1")...)
	var counted correlationReport
	if err := json.Unmarshal([]byte(must(t, out, err)), &counted); err != nil || counted.Calls["sip"] != 2 || len(counted.Links) != 1 || len(counted.Listed) != 1 {
		t.Errorf("%v, %+v", err, counted)
	}
	for _, wrong := range [][]string{{"report", "--from", "yesterday"}, {"report", "--from", "2026-11-23", "--to", "2026-11-22"}} {
		if _, err := runCommand(t, newCorrelateCommand(), append(wrong, flags...)...); !errors.Is(err, ErrUsage) {
			t.Errorf("%v: got %v", wrong, err)
		}
	}
}

func insertRows[R any](t *testing.T, store *clickhouse.Conn, table *clickhouse.Table[R], rows ...R) {
	t.Helper()
	block := table.NewBlock()
	for i := range rows {
		block.Append(&rows[i])
	}
	if err := clickhouse.InsertBlock(t.Context(), store, block, clickhouse.Stamp{Batch: schema.BatchID{1}, IngestedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
}
