package app_test

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// putQuarantined writes rows to the store as a listener would.
func putQuarantined(t *testing.T, cfg config.Config, rows ...schema.Quarantined) {
	t.Helper()
	block := clickhouse.Quarantine.NewBlock()
	for i := range rows {
		block.Append(&rows[i])
	}
	stamp := clickhouse.Stamp{Batch: schema.BatchID{byte(len(rows)), 0xff}, IngestedAt: time.Now()}
	if err := clickhouse.InsertBlock(t.Context(), store(t, cfg), block, stamp); err != nil {
		t.Fatal(err)
	}
}
