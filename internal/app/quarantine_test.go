package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/schema"
)

// storage starts what the quarantine's commands use, on a journal of its own.
func storage(t *testing.T, cfg config.Config) *app.App {
	t.Helper()
	cfg.Journal.Dir += "-import"
	cfg.Listeners = nil
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(config.Log{Level: "warn"}, t.Output())})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.StartStorage(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, a) })
	return a
}

// drained waits until all is stored.
func drained(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestAssign sends calls that nobody knows, and says afterwards whose they are:
// the same rows come about as if the tenant had been known, but for the rule.
func TestAssign(t *testing.T) {
	t.Parallel()
	cfg := configureHEP(t, config.TransportUDP)
	trunks := cfg.Trunks
	cfg.Trunks = trunks[2:] // carl alone
	a := start(t, cfg)
	g := dial(t, a, "hep-udp")
	begin := time.Now().UTC().Add(-2 * time.Minute).Truncate(time.Second)
	calls := worldCalls()
	for _, tenant := range []schema.TenantID{"anna", "bert", "carl"} {
		g.setUp(calls[tenant], begin)
		g.media(calls[tenant], begin.Add(time.Second), 0, 6, true)
	}
	g.sip(begin.Add(40*time.Second), true, calls["bert"].Bye())
	settled(t, a, 18)

	// The trunks become known while the call goes on: what follows is
	// attributed, and what lies in quarantine is its past.
	known := cfg
	known.Trunks = trunks
	if err := a.ReloadTrunks(t.Context(), func() (config.Config, error) { return known, nil }); err != nil {
		t.Fatal(err)
	}
	g.setUp(calls["anna"], begin) // the INVITE again
	g.media(calls["anna"], begin.Add(time.Second), 6, 11, true)
	settled(t, a, 23)

	// A call that is nobody's is a row itself, once it is over.
	await(t, a, "call of bert over", func(s app.Status) bool { return s.Attribution.CallsQuarantined == 1 })
	drained(t, a)
	ctx, c := t.Context(), store(t, cfg)
	groups, err := app.QuarantineGroups(ctx, c, app.QuarantineFilter{State: schema.QuarantineOpen}, 10)
	if err != nil || len(groups) == 0 {
		t.Fatalf("%+v, %v", groups, err)
	}
	var reports uint64
	var hosts []string
	for _, group := range groups {
		reports += group.Reports
		hosts = append(hosts, group.Hosts...)
		if group.Listener != "hep-udp" || group.Sender.String() != "127.0.0.1" || group.Calls == 0 {
			t.Errorf("group %+v", group)
		}
	}
	if reports != 13 || len(groups) != 3 || !slices.Contains(hosts, "sbc.bert.example") {
		t.Errorf("%d reports in quarantine of hosts %q, want 13: %+v", reports, hosts, groups)
	}

	q := storage(t, cfg)
	of := func(call schema.CallID) app.QuarantineFilter { return app.QuarantineFilter{CallID: call} }
	to := app.Assignment{Tenant: "anna", Trunk: "sbc.anna.example"}
	dry := to
	dry.DryRun = true
	stats, err := q.AssignQuarantined(ctx, of("call-anna"), dry)
	if err != nil || stats.Reports != 6 || stats.Facts != 6 || stats.Failed != 0 {
		t.Fatalf("dry run %+v, %v", stats, err)
	}
	if n, err := app.CountQuarantine(ctx, c, app.QuarantineFilter{State: schema.QuarantineAssigned}); err != nil || n != 0 {
		t.Fatalf("a dry run assigned %d, %v", n, err)
	}
	for round := range 2 {
		stats, err := q.AssignQuarantined(ctx, of("call-anna"), to)
		drained(t, q)
		want := 6 - 6*round // the second time nothing is left
		if err != nil || stats.Reports != want {
			t.Fatalf("round %d: %+v, %v, want %d reports", round, stats, err, want)
		}
	}
	want := []string{
		"anna call-anna sbc.anna.example assigned 8000 rows 6",
		"anna call-anna sbc.anna.example dialog 8000 rows 5",
		"carl call-carl carl.sbc.example dialog 8000 rows 6",
	}
	const rows = `SELECT concat(tenant_id, ' ', call_id, ' ', trunk_id, ' ', attribution_rule, ' ', toString(max(ifNull(clock_hz, 0))), ' rows ', toString(count()))
FROM media_reports FINAL GROUP BY tenant_id, call_id, trunk_id, attribution_rule ORDER BY tenant_id, call_id, attribution_rule`
	if got := text(t, c, rows); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// The first report that was attributed has found its predecessor.
	if got := text(t, c, "SELECT toString(countIf(baseline != '')) FROM media_reports FINAL WHERE tenant_id = 'anna'"); got[0] != "1" {
		t.Errorf("%s reports of the stream have no interval, want the first alone", got[0])
	}
	states := "SELECT concat(state, ' ', assigned_tenant, ' ', assigned_trunk, ' ', toString(count())) FROM quarantine FINAL GROUP BY state, assigned_tenant, assigned_trunk ORDER BY state"
	if got := text(t, c, states); len(got) != 2 || got[0] != "assigned anna sbc.anna.example 6" {
		t.Errorf("states %q", got)
	}

	dropped, err := q.DropQuarantined(ctx, of("call-bert"))
	drained(t, q)
	if err != nil || dropped != 7 {
		t.Errorf("dropped %d, %v", dropped, err)
	}
	if got := text(t, c, "SELECT concat(state, ' ', toString(sum(length(payload)))) FROM quarantine FINAL WHERE call_id = 'call-bert' GROUP BY state"); !slices.Equal(got, []string{"dropped 0"}) {
		t.Errorf("after the drop %q", got)
	}
	if got := text(t, c, "SELECT toString(tenant_id) FROM media_reports FINAL WHERE call_id = 'call-bert'"); len(got) != 0 {
		t.Errorf("what was dropped became facts of %q", got)
	}
}

// TestAssignKeepsWhatCannotBeRead: a row whose content is no report stays.
func TestAssignKeepsWhatCannotBeRead(t *testing.T) {
	cfg := configureHEP(t)
	q := storage(t, cfg)
	putQuarantined(t, cfg, schema.Quarantined{Time: time.Now(), QuarantineID: schema.QuarantineID{1}, Form: schema.FormRTCPJSON, Payload: []byte("{"), State: schema.QuarantineOpen, Reason: "unknown"})
	stats, err := q.AssignQuarantined(t.Context(), app.QuarantineFilter{}, app.Assignment{Tenant: "anna"})
	if err != nil || stats.Failed != 1 || stats.Reports != 0 || stats.FirstError == nil {
		t.Errorf("%+v, %v", stats, err)
	}
	drained(t, q)
	if got := text(t, store(t, cfg), "SELECT toString(state) FROM quarantine FINAL"); !slices.Equal(got, []string{"open"}) {
		t.Errorf("states %q", got)
	}
}
