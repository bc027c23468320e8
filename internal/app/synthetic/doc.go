// Package synthetic is a seeded contact centre that exists only as RTCP: calls
// begin and end on the trunks of several tenants, networks are good, far,
// wireless or congested, one trunk has an hour of burst loss, and every report
// that the two ends of each call would send is sent as a real datagram to a
// real listener.
//
// The model ([Call]) is pure: time is an argument and all chance comes from
// the seed, so that a test can hold what was stored against what was sent. The
// shell ([Centre.Run]) owns the clock and the sockets.
//
// What it models and what not: loss follows a Gilbert-Elliott channel, jitter
// is the mean deviation that a receiver would report, one-way delay is split
// at the SBC in the middle where reports are mirrored. No RTP is sent, so
// nothing here exercises a jitter buffer.
package synthetic
