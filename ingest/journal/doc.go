// Package journal keeps rows durable from the moment they are acknowledged
// until the store has them.
//
// # Batches
//
// A batch is one file of one table's rows: a header, then the body of an
// INSERT in Native format. It holds one partition (a month) and fewer than
// 200,000 rows, so that the server stores it wholly or not at all, and its
// name is its batch id, which is in every row and is the INSERT's
// deduplication token.
//
// # What a commit promises
//
// [Journal.Commit] takes a [Cut]: the rows that some input made, and what the
// ledger says of that input. The files are written under temporary names and
// fsynced; then one record that names them and holds the ledger's entries is
// appended to the log and fsynced: this is the commit point. Then the files
// get their names and the directory is fsynced, and Commit returns. After a
// crash, files that a record names are given their names and others are
// removed, so that rows and ledger agree exactly: an input is in both or in
// neither, and the listener's mark tells which.
//
// # The way out
//
// The sink takes batches oldest first ([Journal.Pending]). Before the first
// byte leaves, a file is marked sent with the time ([Journal.MarkSent]); a file
// that was marked long ago may be in the store already and must be looked up
// there by its id. When the store has it, [Journal.Done] notes which buckets
// of the rollups its rows touched, durably, and removes the file. A file that
// the store refuses for good, or that does not match its checksum, goes to the
// dead letters with the reason ([Journal.Bury]) and holds up nobody.
//
// The roller takes the noted buckets ([Journal.Dirty]) and gives them back
// when it has recomputed them ([Journal.Clean]); one that was touched again
// meanwhile stays.
//
// # Limits and owners
//
// At Options.MaxBytes the newest input is refused with [ErrFull] and counted,
// in the ledger too. A directory belongs to one process at a time; what else
// touches it only renames whole files into or out of it ([List], [Retry],
// [Drop], [Adopt]), which the owner notices at its next [Journal.Rescan].
//
//	batches/ID.batch         durable, not sent yet
//	batches/ID.MILLIS.sent   sent from that time on, not confirmed
//	batches/ID.tmp           being written
//	dead/                    dead letters, each beside a .json with the reason
//	incoming/VOLUME/         handed over by another volume, not yet taken in
//	log                      commits, ledger, touched buckets
//	volume                   the identity of this journal
//	lock                     held by the owner
package journal
