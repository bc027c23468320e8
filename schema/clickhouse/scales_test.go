package clickhouse

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// TestScalesNeverMix has one minute of one trunk and codec with scores of all
// three scales, and one stream that changes from wideband to fullband: no row
// of a rollup may add scores of two scales.
func TestScalesNeverMix(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	r := map[string]float64{"NB": 90, "WB": 116, "FB": 140}
	var rows []schema.MediaReport
	add := func(stream byte, second int, scale string) {
		rows = append(rows, schema.MediaReport{
			Tenant: "acme", Time: start.Add(time.Duration(second) * time.Second), StreamID: schema.StreamID{stream}, ReportID: schema.ReportID{stream, byte(second)},
			Codec: "opus", RLQ: schema.Some(r[scale]), MOSLQ: schema.Some(4.0), MOSScale: scale, Fact: schema.Fact{Source: "udp", Version: 1},
		})
	}
	for second := range 3 {
		add(1, second, "NB")
		add(2, second, "WB")
		add(3, second, "FB")
	}
	add(4, 0, "WB")
	add(4, 1, "FB")
	if err := InsertBlock(ctx, c, blockOf(rows...), Stamp{IngestedAt: start}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"SELECT arrayStringConcat(groupArray(concat(mos_scale, ' ', toString(r_count), ' ', toString(r_milli_sum))), ', ') FROM (SELECT * FROM quality_1m_source ORDER BY mos_scale)":                                                                         "FB 4 560000, NB 3 270000, WB 4 464000",
		"SELECT arrayStringConcat(groupArray(concat(mos_scale, ' ', toString(r_count), ' ', toString(r_milli_sum), ' ', toString(mos_milli_sum))), ', ') FROM (SELECT * FROM media_streams_source(from_us = 0, to_us = 4000000000000000) ORDER BY stream_id)": "NB 3 270000 12000, WB 3 348000 12000, FB 3 420000 12000,  0 0 0",
	} {
		if got := scalar(t, c, query); got != want {
			t.Errorf("got %q, want %q of %s", got, want, query)
		}
	}
}

// TestOldRowsKnowWhichQualityTheyAre stores rows in the table as it was, and
// brings it up to date.
func TestOldRowsKnowWhichQualityTheyAre(t *testing.T) {
	ctx := context.Background()
	c := openEmpty(t)
	all := migrations(t)
	if _, err := Migrate(ctx, c, all[:2], false); err != nil {
		t.Fatal(err)
	}
	for i, row := range []string{"NULL, 93.2, 4.41", "150, 89.5, 4.33", "150, NULL, NULL"} {
		if err := c.Exec(ctx, fmt.Sprintf("INSERT INTO media_reports (tenant_id, time, report_id, version, delay_ms, r_factor, mos) VALUES ('acme', '2026-11-22 12:00:00', toUUID('00000000-0000-0000-0000-00000000000%d'), 1, %s)", i, row), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Migrate(ctx, c, all, false); err != nil {
		t.Fatal(err)
	}
	got := map[byte]schema.MediaReport{}
	if err := Read(ctx, c, MediaReports, "", nil, func(r *schema.MediaReport) error { got[r.ReportID[15]] = *r; return nil }); err != nil {
		t.Fatal(err)
	}
	none := schema.Opt[float64]{}
	for id, want := range map[byte][4]schema.Opt[float64]{
		0: {schema.Some(93.2), schema.Some(4.41), none, none},
		1: {none, none, schema.Some(89.5), schema.Some(4.33)},
		2: {none, none, none, none},
	} {
		r := got[id]
		if have := [4]schema.Opt[float64]{r.RLQ, r.MOSLQ, r.RCQ, r.MOSCQ}; have != want {
			t.Errorf("row %d: r_lq, mos_lq, r_cq, mos_cq %v, want %v", id, have, want)
		}
	}
}

// scalar is the text of a query's one value.
func scalar(t *testing.T, c *Conn, query string) string {
	t.Helper()
	var text string
	err := c.Query(context.Background(), query, nil, func(scan func(...any) error) error { return scan(&text) })
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}
