// Package app is the one place where Trunkline's parts meet.
//
// [New] checks a configuration and makes nothing yet; [App.Start] opens the
// store, the journal, the listeners and the status page in that order;
// [App.Addrs] tells where they listen, with ports that the system chose filled
// in; [App.Stop] takes them down in reverse, draining what was taken in. A
// start that fails half-way stops what it had started.
//
// Parts do not know each other: they offer options and snapshots of their
// counters, and this package wires the one to the other. Embedded engines are
// not linked here. trunkline-local starts them and passes their addresses in
// the configuration, so that production code has no "if embedded".
package app
