// Package routingtest holds what package routing is tested with and against:
// the [Twin], which makes every decision by looking at everything and keeps no
// index; a [Hash] over effects; a generator of random worlds and events
// ([World]); and a [Witness] that holds a stream of effects against what must
// always be true of it.
//
// The twin is the specification in its plainest form. It shares the event,
// effect and configuration types with the core and nothing else: it walks all
// agents and contacts for every decision, finds what is due by asking
// everybody, and keeps places in line as pairs of numbers and not as one key.
// Where the two differ one of them is wrong.
package routingtest
