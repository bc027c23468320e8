// Package rtcp decodes RTCP datagrams: it turns bytes from a wire that nobody
// vouches for into report blocks as [mediaqos.Wire] holds them.
//
// # What a datagram is
//
// An RTCP datagram is a chain of packets (RFC 3550 section 6.1), here called
// sub-packets. Each starts with a header of four bytes that gives its length,
// so the chain is walked by length and a sub-packet whose inside is malformed
// costs nothing but itself: it becomes a [Fault] and its neighbours are decoded.
// Reduced-size datagrams (RFC 5506), which need not begin with a report, are as
// good as full ones.
//
// # What is decoded
//
//	SR, RR   report blocks ([Datagram.Reports]) and sender info ([Datagram.Senders])
//	SDES     the CNAME of each source; other items may name a person and are only counted
//	BYE      sources and reason
//	APP      name, subtype and data
//	XR       all blocks raw with type and place ([Datagram.XRBlocks]), and of
//	         types 1, 2, 4-7 (RFC 3611), 20 (RFC 6958) and 21 (RFC 7003) what
//	         they say ([Datagram.XR])
//	others   raw in [Datagram.Packets], counted
//
// The cumulative loss of a report block is a signed 24-bit number on the wire
// and is extended with its sign here: duplicates make it negative.
//
// # SRTCP
//
// An encrypted datagram (RFC 3711 section 3.4, RFC 7714 section 17.3) shows its
// first eight bytes only: who reports, the kind of the first sub-packet and how
// many blocks it has. What follows is noise that happens to have the length of
// report blocks, so it is recognised by its shape and never decoded:
// [Datagram.Encrypted] is set and [Datagram.SRTCP] holds what can be seen. Some
// senders leave APP and BYE in clear within an SRTP call; those are decoded.
//
// # Memory
//
// A [Datagram] is reused: Decode overwrites it and allocates nothing once its
// slices have grown to what the traffic needs. Byte slices in it alias the
// bytes given to Decode. A Datagram and a [Stats] belong to one goroutine.
package rtcp
