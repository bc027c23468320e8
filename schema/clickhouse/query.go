package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"
	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/trunkline-cc/trunkline/schema"
)

// Params are the values of a query's {name:Type} placeholders, as [Text],
// [Texts], [Int] and [Ints] write them. Nothing else ever puts a value into
// SQL.
type Params map[string]string

// escapeText writes a value as ClickHouse's escaped text format has it.
var escapeText = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`, "'", `\'`)

// Text is the value of a {name:String} placeholder.
func Text[S ~string](s S) string { return escapeText.Replace(string(s)) }

// Texts is the value of an {name:Array(String)} placeholder.
func Texts[S ~string](values []S) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\'')
		b.WriteString(escapeText.Replace(string(v)))
		b.WriteByte('\'')
	}
	b.WriteByte(']')
	return b.String()
}

// Int is the value of a placeholder of an integer type.
func Int[I ~int | ~int64 | ~uint32 | ~uint64](v I) string { return fmt.Sprint(v) }

// Ints is the value of a placeholder of an array of integers.
func Ints(values []int64) string {
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, v, 10)
	}
	return string(append(b, ']'))
}

// settings that every statement of ours runs with.
var querySettings = driver.Settings{
	// Partitions hold whole keys of facts (time is part of them), but not of
	// media_streams, whose first report may move to an earlier month.
	"do_not_merge_across_partitions_select_final": 0,
	"max_block_size": 65_536,
}

// with puts parameters and settings into the context, where the driver looks.
func with(ctx context.Context, params Params, settings driver.Settings) context.Context {
	all := maps.Clone(querySettings)
	maps.Copy(all, settings)
	options := []driver.QueryOption{driver.WithSettings(all)}
	if len(params) > 0 {
		options = append(options, driver.WithParameters(driver.Parameters(params)))
	}
	return driver.Context(ctx, options...)
}

// Exec runs a statement that returns no rows. Errors are classified as in the
// package comment.
func (c *Conn) Exec(ctx context.Context, sql string, params Params) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	return classify(ctx, "exec", c.conn.Exec(with(ctx, params, nil), sql))
}

// Query runs a statement and calls each with every row's scan function, which
// takes pointers as clickhouse-go's Scan does. An error of each ends the query
// and is returned as it is; others are classified as in the package comment.
func (c *Conn) Query(ctx context.Context, sql string, params Params, each func(scan func(...any) error) error) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	rows, err := c.conn.Query(with(ctx, params, nil), sql)
	if err != nil {
		return classify(ctx, "query", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return classify(ctx, "query", errors.Join(rows.Err(), rows.Close()))
}

// ErrNative is wrapped by errors about a Native stream that does not decode.
var ErrNative = errors.New("native format")

// Read selects whole rows of a table as they hold (FINAL) and calls each with
// every one. where follows the FROM clause (WHERE, ORDER BY, LIMIT BY ...);
// row is overwritten by the next one. An error of each ends the query and is
// returned as it is; others are classified as in the package comment.
func Read[R any](ctx context.Context, c *Conn, t *Table[R], where string, params Params, each func(row *R) error) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	names := t.Columns()[:len(t.columns)]
	sql := "SELECT " + identifiers(names) + " FROM " + identifier(t.name) + " FINAL " + where
	revision, err := c.revision(ctx)
	if err != nil {
		return err
	}
	body, err := c.conn.QueryFormat(with(ctx, params, nil), "Native", sql)
	if err != nil {
		return classify(ctx, "read "+t.name, err)
	}
	defer body.Close()
	var own *callerError
	if err := decodeNative(t, body, revision, each); errors.As(err, &own) {
		return own.error
	} else if err != nil {
		return classify(ctx, "read "+t.name, err)
	}
	return nil
}

// driverRevision is the protocol revision that the driver asks servers for.
const driverRevision = driver.ClientTCPProtocolVersion

// revision is that of the Native blocks which the server answers with: 0 from
// the embedded engine, the driver's from a server that is not older.
func (c *Conn) revision(ctx context.Context) (int, error) {
	version, err := c.conn.ServerVersion()
	if err != nil {
		return 0, classify(ctx, "server version", err)
	}
	return int(min(version.Revision, driverRevision)), nil
}

// callerError carries an error of the caller's function past classification.
type callerError struct{ error }

func (e *callerError) Unwrap() error { return e.error }

// decodeNative reads blocks until the stream ends. Errors wrap ErrNative, or
// are a *callerError. The stream is the server's own and the decoder believes
// the lengths in it, as the driver does: it is not for bytes of strangers.
func decodeNative[R any](t *Table[R], stream io.Reader, revision int, each func(*R) error) error {
	reader := proto.NewReader(stream)
	var row R
	for {
		cells := make([]cells[R], len(t.columns))
		results := make(proto.Results, len(t.columns))
		for i, c := range t.columns {
			cells[i] = c.make()
			results[i] = proto.ResultColumn{Name: c.name, Data: cells[i].data}
		}
		var block proto.Block
		err := block.DecodeBlock(reader, revision, results)
		if errors.Is(err, io.EOF) && block.Columns == 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: block of %s: %w", ErrNative, t.name, err)
		}
		for i := range block.Rows {
			for n := range cells {
				cells[n].load(i, &row)
			}
			if err := each(&row); err != nil {
				return &callerError{err}
			}
		}
	}
}

// RecentReports reads the newest reports of each stream that a source wrote
// since a moment, at most perStream of each, a stream's oldest first: what a
// tracker must know to go on after a restart.
func (c *Conn) RecentReports(ctx context.Context, source string, since time.Time, perStream int, each func(*schema.MediaReport) error) error {
	return Read(ctx, c, MediaReports, `
WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND source = {source:String}
  AND (tenant_id, time, report_id) IN (
    SELECT tenant_id, time, report_id FROM media_reports FINAL
    WHERE time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND source = {source:String}
    ORDER BY time DESC, report_id LIMIT {per_stream:UInt32} BY tenant_id, stream_id)
ORDER BY tenant_id, time, extended_seq, report_id`,
		Params{"since": Int(since.UnixMicro()), "source": Text(source), "per_stream": Int(perStream)}, each)
}

// identifier quotes a name for SQL.
func identifier(name string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(name) + "`"
}

// identifiers quotes a list of names.
func identifiers(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = identifier(name)
	}
	return strings.Join(quoted, ", ")
}
