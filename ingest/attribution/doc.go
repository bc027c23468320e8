// Package attribution says whose a media report is: which tenant, which of its
// trunks, by which rule, and, where the call's SIP was seen, how its audio is
// coded.
//
// # Rules
//
// The rules stand in the order of the constants of [Rule]:
//
//  1. the listener that the report came in by, if it serves one tenant;
//  2. the capture agent's id together with its key;
//  3. an address of the report that belongs to one tenant only;
//  4. the SIP dialog of the call, found by Call-ID or by an address in its
//     SDP, if a host in its Contact, Request-URI, To or From is a tenant's trunk
//     FQDN, or a number in them is in a tenant's range. One SBC may serve
//     many tenants, so hosts and numbers narrow each other down.
//
// A report that came in a SIP message of its own (a PUBLISH) names hosts and
// numbers itself; they answer by rule 4, too, and have to agree with the call's.
//
// What a HEP packet or a quality report says of addresses, hosts and numbers is
// the sender's word. So whoever sends from an address that belongs to one tenant
// only can bring reports, and SIP, to that tenant's name and to no other's. A
// sender whose address is nobody's is believed; where such senders can reach a
// listener, it needs a key, client certificates, or a packet filter.
//
// The first rule that names exactly one tenant answers, and is recorded. If
// another rule names another tenant, nobody is believed: the report goes to
// quarantine with the answers that disagree. A rule that fits several tenants
// does not answer, but helps to tell the trunk.
//
// # Time and verdicts
//
// Reports may come before the SIP of their call. [Resolver.Attribute] then says
// [Wait], and the caller asks again, until the report is [Options.Grace] old;
// after that the verdict is [Quarantined]. The resolver keeps no reports.
//
// An answer holds for other reports with the same evidence until something
// changes that it rests on: [Resolver.Watch] tells of that, and
// [Attribution.Since] and [Attribution.Until] say for which capture times.
//
// The package is pure: time is an argument, there are no goroutines and no
// I/O, and the same calls give the same answers. A [Resolver] is for one
// goroutine at a time.
//
// # Bounds
//
// What the resolver remembers of dialogs is bounded by trunk, by source and in
// all. Who exceeds a bound loses his own oldest dialogs: a flood on one trunk,
// or of one source, or of calls that are nobody's, pushes out nothing of its
// neighbours.
package attribution
