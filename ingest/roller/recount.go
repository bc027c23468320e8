package roller

import (
	"context"
	"fmt"
	"math"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Difference is a rollup row that is not what a recount says.
type Difference struct {
	// Table is the rollup's.
	Table string
	// Rollup and Facts are the two rows as JSON, "" where there is none.
	Rollup, Facts string
}

// compare lists the rows of a rollup and of its source view that have no equal
// on the other side.
func compare(rollup, source, columns, key string) string {
	side := func(name, from string) string {
		return `SELECT '` + name + `' AS side, ` + key + `, formatRow('JSONEachRow', ` + columns + `) AS text FROM ` + from + ` WHERE tenant_id = {tenant:String}`
	}
	return `SELECT anyIf(text, side = 'rollup'), anyIf(text, side = 'facts')
FROM (` + side("rollup", rollup+" FINAL") + ` UNION ALL ` + side("facts", source) + `)
GROUP BY ` + key + ` HAVING count() != 2 OR uniqExact(text) != 1 ORDER BY ` + key
}

// Recount derives all rollups of a tenant anew from all its facts and returns
// where they differ from the stored ones. It reads everything that the tenant
// has, and is for tests and for doubts. Minutes that are dirty differ rightly.
func Recount(ctx context.Context, c *clickhouse.Conn, tenant schema.TenantID) ([]Difference, error) {
	var differences []Difference
	for _, rollup := range []struct{ table, source, columns, key string }{
		{schema.TableQuality1m, "quality_1m_source", qualityColumns, qualityKey},
		{
			schema.TableMediaStreams, "media_streams_source(from_us = {from_us:Int64}, to_us = {to_us:Int64})",
			streamColumns, "tenant_id, stream_id",
		},
	} {
		params := clickhouse.Params{
			"tenant": clickhouse.Text(tenant), "from_us": clickhouse.Int(int64(0)), "to_us": clickhouse.Int(int64(math.MaxInt64 / 1000)),
		}
		err := c.Query(ctx, compare(rollup.table, rollup.source, rollup.columns, rollup.key), params, func(scan func(...any) error) error {
			d := Difference{Table: rollup.table}
			defer func() { differences = append(differences, d) }()
			return scan(&d.Rollup, &d.Facts)
		})
		if err != nil {
			return nil, fmt.Errorf("recount %s: %w", rollup.table, err)
		}
	}
	return differences, nil
}
