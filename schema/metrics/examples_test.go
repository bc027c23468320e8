package metrics_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
	"github.com/trunkline-cc/trunkline/schema/metrics"
)

// TestExamplesReturnRows runs every question of the documentation.
func TestExamplesReturnRows(t *testing.T) {
	store := openMigrated(t)
	w := newWorld(6, 40, 30)
	insert(t, store, clickhouse.Networks, 1, namedNetworks[1:3])
	roll(t, store, insert(t, store, clickhouse.MediaReports, 2, w.stored))
	calls, _ := newCalls(3, 200, w.from)
	records, streams, _ := newTeams(3, 100, w.from)
	for i := range records { // the phone of a record is the caller of a call
		records[i].Time = calls[i%len(calls)].Time.Add(time.Second)
		records[i].ParticipantIDs = []string{"u1", calls[i%len(calls)].FromUser}
	}
	insert(t, store, clickhouse.SIPCalls, 3, calls)
	insert(t, store, clickhouse.CallRecords, 4, records)
	insert(t, store, clickhouse.CallMediaStreams, 5, streams)
	insert(t, store, clickhouse.VoIPReports, 6, []schema.VoIPReport{{
		Tenant: tenant, Time: w.from, ReportID: schema.ReportID{1}, Side: schema.VoIPLocal, Origin: schema.VoIPFromSession, UserAgent: "Phone/1", Codec: "PCMA",
		NetworkLossPercent: schema.Some(1.5), Fact: schema.Fact{Version: 1},
	}})
	for _, e := range metrics.Examples() {
		rows := 0
		err := store.Query(context.Background(), strings.TrimSpace(e.SQL), nil, func(func(...any) error) error { rows++; return nil })
		if err != nil || rows == 0 {
			t.Errorf("%s: %d rows, %v", e.Title, rows, err)
		}
		if !strings.Contains(e.SQL, "'contoso'") || e.Note == "" {
			t.Errorf("%s: no tenant in the question, or no note", e.Title)
		}
	}
}
