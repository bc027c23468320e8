// Package embedded supervises local engines: servers that the product needs and
// that run on the user's machine as child processes, so that a crash of a C++
// library or of a foreign server does not take the product down.
//
// # The contract of parent and child
//
// The child is the program's own executable, started again with a role. It gets
//
//	fd 0  the configuration, one JSON line; then nothing, until it ends when
//	      the parent stops the child or dies
//	fd 3  the listening socket
//	fd 4  where it reports, one JSON line: that it is ready, or why it is not
//
// The parent opens the socket, on a loopback address, and keeps it: the port
// stays the same for as long as the [Supervisor] runs, and connections that
// arrive while a child is being replaced wait in the queue of the kernel.
// Connections that the dead child had accepted are reset.
//
// A child ends when its fd 0 ends, and on Linux the kernel also kills it when
// the parent dies. It is in a process group of its own: an interrupt from the
// terminal reaches the parent, which stops its children in its own order.
//
// # Restarts
//
// A child that ends without having been told to is started again, after a tenth
// of a second the first time and after a growing pause if it keeps dying. The first start is
// not retried: its failure is the error of [Start]. The children that follow
// are retried for ever, and [Supervisor.Status] tells how it goes.
package embedded
