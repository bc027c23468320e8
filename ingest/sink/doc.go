// Package sink drains a journal into ClickHouse: oldest batch first, one
// INSERT a batch, until the context ends.
//
// # One batch
//
// The file's checksum is verified and the file marked sent before its first
// byte leaves. Its INSERT carries the batch id as deduplication token, so that
// a repetition within the table's window stores nothing twice. A batch that
// was marked long before this attempt, or whose id was made from its content,
// is looked up by its id first, and one that was sent before in any case
// afterwards: a server killed at the wrong moment remembers the token of rows
// that it does not have. When the rows are stored, the buckets they
// touched are noted and the file is removed; a crash in between repeats what
// has been done, which changes nothing.
//
// # What goes wrong
//
// The store's errors have three classes (package schema/clickhouse). Rows that
// it will never take become a dead letter with its reason. Everything else is
// tried again: the batch waits by itself, longer each time, and so does the
// whole sink while nothing at all succeeds. One batch that fails for a reason
// of its own therefore holds up neither the others nor the server.
//
// Pressure goes back the other way: what is not stored stays in the journal,
// whose limit refuses new input.
package sink
