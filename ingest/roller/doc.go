// Package roller recomputes rollups: quality_1m and media_streams from the
// facts of media_reports.
//
// A rollup row is a pure function of the final facts of its bucket. The journal
// notes which buckets (table, tenant, minute) stored batches have touched; the
// roller takes those whose minute has ended long enough ago, recomputes them
// whole from the facts as they hold now (FINAL), writes rows that replace the
// ones before, and only then lets the journal forget the notes. What has no
// facts any more gets a tombstone. Facts that come late touch their minute
// again, and it is recomputed again; so any order and repetition of facts,
// later versions and deletions end in the rows of a recount, which [Recount]
// checks.
//
// # Revisions
//
// Several rollers may recompute the same bucket at the same time, each from
// facts of a moment of its own. The version of a row is the server's time
// before any fact was read. Every fact that is stored is followed by a recount
// that begins after it, so the row with the highest version has seen all facts.
//
// # Streams
//
// The row of a stream needs all its facts, not only those of a touched minute.
// The range of time to read is that of the stream's row so far and of the
// touched minutes; facts outside of it have notes of their own that are still
// to come.
package roller
