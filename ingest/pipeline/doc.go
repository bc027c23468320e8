// Package pipeline joins the decoders to mediaqos: datagrams go in, facts come
// out. The listeners, the import of captures and `analyze` all use it, so that
// a report gives the same figures whichever way it came.
//
// # Parts
//
// A [Worker] belongs to one goroutine and to one shard of the traffic. It
// decodes RTCP, measures round trips (which needs both directions between two
// addresses, or of one call where HEP names it, so a shard holds whole address
// pairs and whole calls: see udp.Shard and relays) and hands each
// report block to the [Stripes], which all workers share: there the streams
// are followed, by SSRC pair, so that the two sides of a relay meet although
// their addresses differ.
//
// [Live] drives workers from a listener (RTCP or HEP in a UDP ring, HEP over
// connections, SIP PUBLISH) and commits what they make to a [Store] in cuts;
// [Importer] drives one shard from captures, with an attributor of its own that
// goes by capture time, [Replayer] one worker from quarantine.
//
// # Whose a report is
//
// RTCP at a listener with a tenant is that tenant's. For all else the process
// has one [Attributor], around package attribution: SIP goes into it, reports
// ask it. A shard keeps the answers and asks again only when something changed
// that the answer rests on (see stamps), so that the reports of a stream come to
// no lock.
//
// A report whose answer is not known yet waits: in memory, bounded by sender and
// in all, and on the disk in the held log (package held). The SIP of its call
// lets it go at once, the end of the grace into quarantine. A report that has
// a tenant waits for its call's SIP too, as long as SIP comes at all, since only
// that tells the codec and the call; so the rows do not depend on which of the
// two came first. What nobody owns becomes a row of quarantine with the report
// in it, bounded by listener and sender; a [Replayer] makes facts of it later.
//
// Reports carry the codec that their call had settled on when they were captured,
// but a stream is derived with one codec: that of its first report with SDP. A
// re-INVITE that changes the codec of a stream without a new SSRC is not followed.
//
// A quality report's own SIP (the hosts in its PUBLISH, and the numbers of its
// ends) answers like a dialog: it is a SIP message whose hosts name the tenant.
//
// # What a cut promises
//
// All datagrams up to a sequence number have been processed by every shard,
// and all facts they made are in the cut, before it is committed; only when
// the commit has returned may the listener's ring forget those datagrams. A
// crash anywhere in between replays them, which makes the same facts again
// (same key, same content, higher version), so that nothing is lost and
// nothing counts twice.
//
// Cuts of a listener are numbered, and the number goes to the ledger with the
// mark. The held log is written first, under the same number, and what is in it
// of a cut that the ledger lacks is not believed. So a report is at any time
// exactly one of: in the ring, held, or done with; [Counts.Balance] says so in
// numbers.
package pipeline
