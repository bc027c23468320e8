// Package sipcalls makes facts of calls out of the SIP that capture agents
// see: attempted, ringing, answered, ended, how long each took, who ended it,
// and if it failed, why.
//
// A [Tracker] is fed messages in whatever order they come. When a call has
// ended, or nothing was heard of it for too long, [Tracker.Due] hands it out as
// a [Call]. What comes later and changes the facts makes it come again with a
// higher version. The facts depend on what the messages say and on their
// capture times, not on the order in which they came, nor on repetition.
//
// Only what begins a call counts as an attempt: an INVITE outside of a dialog.
// INVITEs within a call (hold, codec change, session timer), and INVITEs sent
// again with credentials, belong to the call that they are part of. A stray
// message of a call whose beginning was not seen makes no call.
//
// The package is pure: time is an argument. It does not know tenants: ask an
// attribution.Resolver with the call's Call-ID.
package sipcalls
