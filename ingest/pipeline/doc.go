// Package pipeline joins the decoders to mediaqos: datagrams go in, facts come
// out. The listener, the import of captures and `analyze` all use it, so that
// a report gives the same figures whichever way it came.
//
// # Parts
//
// A [Worker] belongs to one goroutine and to one shard of the traffic. It
// decodes RTCP, measures round trips (which needs both directions between two
// addresses, so a shard holds whole address pairs: see udp.Shard) and hands each
// report block to the [Stripes], which all workers share: there the streams
// are followed, by SSRC pair, so that the two sides of a relay meet although
// their addresses differ.
//
// [Live] drives workers from a UDP listener and commits what they make to a
// [Store] in cuts; [Importer] drives one worker from captures.
//
// # What a cut promises
//
// All datagrams up to a sequence number have been processed by every shard,
// and all facts they made are in the cut, before it is committed; only when
// the commit has returned may the listener's ring forget those datagrams. A
// crash anywhere in between replays them, which makes the same facts again
// (same key, same content, higher version), so that nothing is lost and
// nothing counts twice.
package pipeline
