package clickhouse

import (
	"bytes"
	"context"
	"fmt"
	"io"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/trunkline-cc/trunkline/schema"
)

// Insert is one INSERT of rows that are already in Native format.
type Insert struct {
	// Table and Columns are those of the body's blocks.
	Table   string
	Columns []string
	// Token makes repetitions of this INSERT harmless while it is in the
	// table's deduplication window; "" leaves the server to compare content.
	Token string
}

// insertSettings make an INSERT one part under one token, stored before it is
// answered.
var insertSettings = driver.Settings{
	"async_insert":       0,
	"insert_deduplicate": 1,
	"wait_end_of_query":  1,
}

// Insert sends the body; when it returns nil, the rows are stored, or were
// before under the same token. Errors are classified as in the package
// comment, errors of the body's reader among the ErrUpstream.
func (c *Conn) Insert(ctx context.Context, insert Insert, body io.Reader) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	settings := driver.Settings{"insert_deduplication_token": insert.Token}
	for name, value := range insertSettings {
		settings[name] = value
	}
	sql := "INSERT INTO " + identifier(insert.Table) + " (" + identifiers(insert.Columns) + ")"
	err := c.conn.InsertFormat(with(ctx, nil, settings), "Native", sql, body)
	return classify(ctx, "insert into "+insert.Table, err)
}

// InsertBlock encodes and sends a block under its stamp's batch id.
func InsertBlock[R any](ctx context.Context, c *Conn, block *Block[R], stamp Stamp) error {
	body, err := block.AppendNative(nil, stamp)
	if err != nil {
		return err
	}
	insert := Insert{Table: block.table.name, Columns: block.table.Columns(), Token: stamp.Batch.String()}
	return c.Insert(ctx, insert, bytes.NewReader(body))
}

// BatchRows counts the rows of a batch that are in the table, those replaced
// and not yet merged away included. month is the batch's partition, 0 where
// the table has none. A batch of which any row is there was stored wholly: its
// INSERT was one part. 0 means that it was not stored, or that every row of it
// has been replaced since; to send it again is right in both cases.
func (c *Conn) BatchRows(ctx context.Context, table string, month schema.Month, batch schema.BatchID) (uint64, error) {
	sql := "SELECT count() FROM " + identifier(table) + " WHERE batch_id = {batch:UUID}"
	params := Params{"batch": batch.String()}
	if month != 0 {
		sql += " AND _partition_id = {partition:String}"
		params["partition"] = fmt.Sprint(month)
	}
	var rows uint64
	err := c.Query(ctx, sql, params, func(scan func(...any) error) error { return scan(&rows) })
	return rows, err
}
