// Package clickhouse runs an embedded ClickHouse: libchdb in a child process,
// behind ClickHouse's HTTP interface on a loopback port.
//
// [Start] gives an [Engine], whose DSN is what clickhouse-go takes for a server.
// Nothing above it can tell the difference, save for what package httpfront
// lists. The program has to give control to [Main] when it is started with the
// argument [Role], before it does anything else: that is the child.
//
// # Data directory
//
// One engine per directory: a second one fails with [ErrInUse] and says who has
// it. The directory holds the engine's own files, the configuration generated
// for it, and a lock. It survives a crash: a batch that was acknowledged is
// there after kill -9. It is not synced to disk on each insert; what must
// survive a power cut sets fsync_after_insert.
//
// # Access
//
// There is one user with one password, made anew at each start unless given. It
// has no grants on anything outside the data directory, and package httpfront
// refuses what grants do not cover.
//
// # The library
//
// libchdb is 566 MB and comes as a pinned npm package (folder libchdb). It is
// looked for at [Options.LibPath], in $TRUNKLINE_LIBCHDB, beside the executable,
// and in node_modules of a checkout around the executable or the working
// directory; else [ErrNoLibrary] says how to get it.
package clickhouse
