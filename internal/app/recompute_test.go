package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// recompute runs over everything in two windows and waits for the store.
func recompute(t *testing.T, a *app.App, o app.RecomputeOptions, rows []schema.MediaReport) app.RecomputeStats {
	t.Helper()
	middle := rows[len(rows)/2].Time
	var sum app.RecomputeStats
	for _, span := range [][2]time.Time{{rows[0].Time, middle}, {middle, rows[len(rows)-1].Time.Add(time.Second)}} {
		o.From, o.To = span[0], span[1]
		stats, err := a.Recompute(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		sum.Reports += stats.Reports
		sum.Changed += stats.Changed
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestRecomputeMendsTheDerivedHalf stores reports as an earlier release with
// other formulas would have, and as reports that came too late, and derives
// them again, in two runs that cut every stream in the middle.
func TestRecomputeMendsTheDerivedHalf(t *testing.T) {
	a, store := startImporter(t)
	importAll(t, a, "call.pcap", relayed(t))
	want := table(t, store)
	spoil(t, store, "1 AS r_factor, 0.5 AS loss_ratio, 1 AS lost, 0 AS formula_version, version + 1 AS version", "f.baseline = ''")
	spoil(t, store, "'late' AS baseline, NULL AS interval_ms, NULL AS expected, NULL AS lost, NULL AS loss_ratio, version + 1 AS version",
		"f.time = (SELECT max(time) FROM media_reports)")
	before := table(t, store)

	if stats := recompute(t, a, app.RecomputeOptions{Tenant: "fabrikam"}, want); stats.Reports != 0 {
		t.Errorf("another tenant's: %+v", stats)
	}
	dry := recompute(t, a, app.RecomputeOptions{DryRun: true}, want)
	if diff := cmp.Diff(before, table(t, store), addresses); diff != "" {
		t.Errorf("a dry run wrote:\n%s", diff)
	}
	stats := recompute(t, a, app.RecomputeOptions{Tenant: "contoso"}, want)
	if stats != dry || stats.Reports != len(want) || stats.Changed == 0 || stats.Changed == len(want) {
		t.Errorf("%+v of %d, dry %+v", stats, len(want), dry)
	}
	if diff := cmp.Diff(want, table(t, store), addresses); diff != "" {
		t.Errorf("not as it was derived at first:\n%s", diff)
	}
	if again := recompute(t, a, app.RecomputeOptions{}, want); again.Changed != 0 {
		t.Errorf("the second run changed %d", again.Changed)
	}
	if n := count(t, store, "SELECT countIf(r_milli_sum != s.r_milli_sum) FROM quality_1m AS q FINAL JOIN quality_1m_source AS s USING (tenant_id, minute, trunk_id, codec, mos_scale, source)"); n != 0 {
		t.Errorf("%d rollups differ from a recount", n)
	}
}

// spoil writes rows anew with other values.
func spoil(t *testing.T, store *clickhouse.Conn, with, where string) {
	t.Helper()
	statement := "INSERT INTO media_reports SELECT * REPLACE (" + with + ") FROM media_reports AS f FINAL WHERE " + where
	if err := store.Exec(t.Context(), statement, nil); err != nil {
		t.Fatal(err)
	}
}
