// Package clickhouse stores schema's rows in ClickHouse and reads them back.
// It is the only package that knows clickhouse-go, and it speaks HTTP only,
// which the embedded engine and a production cluster have in common.
//
// # Rows and blocks
//
// A [Table] is the one place that says how a row struct becomes columns: each
// column has its name, its ClickHouse type and an accessor of the row's field.
// Rows are appended to a [Block], column by column and without reflection, and
// the block encodes itself in Native format at revision 0, which is the form
// of an INSERT's body and of a journal file. The columns batch_id and
// ingested_at are in no row: a [Stamp] gives them when the block is encoded.
// A test holds the definitions against the DDL.
//
// # Inserting
//
// [Conn.Insert] sends one body under a deduplication token. A body is one
// block of one partition, so the server stores it wholly or not at all, and a
// repetition under the same token is dropped while the token is in the
// table's window of 10,000 INSERTs. Beyond the window [Conn.BatchRows] tells
// whether a batch is stored.
//
// # Errors
//
// Every error of the server or of the way to it wraps one of three sentinels,
// by who can do something about it: [ErrUpstream] (try again later),
// [ErrRefused] (these rows will never be taken) and [ErrSetup] (ours: the
// schema, the credentials or the query are wrong; try again after somebody has
// put it right).
//
// # Migrations
//
// [Migrate] runs the SQL files of package schema in order and keeps their
// checksums in the table schema_migrations. A file that changed after it was
// applied is refused with a [ChangedError].
package clickhouse
