// Package chdb binds the parts of libchdb's C interface that a server in front
// of it needs, without cgo: the library is opened at run time and its functions
// are called through purego, so that a binary builds the same with CGO_ENABLED
// 0 and 1 and does not need the library until [Open].
//
// # One engine per process
//
// The engine is a process-wide thing with one data directory. The first
// [Library.Connect] boots it with the server options given there (path,
// configuration file); later ones attach to it in half a millisecond and their
// server options are ignored. Closing the last connection shuts the engine
// down, and booting it twice in one process is not safe: keep one connection,
// the keeper, open until the process ends.
//
// # One statement per connection
//
// A [Conn] is a session of its own (current database, settings, temporary
// tables) and runs one statement at a time; a second caller waits. Neither
// [Conn] nor what it hands out may be used by two goroutines at once. Nothing
// interrupts a statement from its own connection: issue KILL QUERY from
// another one.
//
// # Signals
//
// By default the engine installs handlers for SIGSEGV and seven other deadly
// signals. Under a Go program these turn a nil dereference into a hang. Open
// switches that off before the first connection, and on Linux the boot compares
// the kernel's table of handlers from before and after: a build of libchdb that
// touches them is refused with [ErrSignals].
//
// # Memory
//
// Results live in the engine's memory until they are closed; [Result.Bytes] is
// a view of it and must not be kept. Go memory passed in is pinned for the call
// and copied by the engine.
package chdb
