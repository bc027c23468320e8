// Package hep reads and writes HEP version 3, the Homer Encapsulation
// Protocol in which SIP proxies, media relays and capture agents hand on what
// they saw: a SIP message, an RTCP report, a report in a SIP PUBLISH, each
// with the addresses, the time and the Call-ID it belongs to.
//
// # Wire format
//
// A packet is "HEP3", its own length in 16 bits (these six bytes included) and
// chunks in any order. A chunk is vendor, type, length (its six header bytes
// included) and a value, all in network byte order; vendor 0 holds the
// chunks that everybody shares. On UDP a datagram is a packet; on TCP and TLS
// packets follow each other and the length is the only frame. There are no
// replies and nothing is acknowledged.
//
// # Contract
//
// [Decoder.Decode] fills a [Packet] that the caller keeps and reuses. It
// allocates nothing, and all slices point into the datagram (or, for a
// compressed payload, into the decoder): they are good until the datagram's
// buffer is reused or Decode is called again. Whatever is absent stays absent:
// an unknown time is the zero Time, an unknown capture id has HasCaptureID
// false. A packet that contradicts itself is refused as a whole, with an error
// that names the chunk, its offset and what was expected; [ReasonOf] turns the
// error into a label for a counter. Chunks of other vendors and generic chunks
// this package has no use for are skipped and counted.
//
// HEP versions 1 and 2 are recognised and refused by name ([ErrVersion1],
// [ErrVersion2]): they carry no correlation id and version 2 has its times in
// the sender's byte order.
//
// # RTCP
//
// Payload type 5 is binary RTCP or JSON, as the agent likes: [Classify] says
// which. Binary goes to package rtcp. JSON goes to [Scanner.Scan], which
// yields the same figures as the wire had, and repairs and counts what agents
// are known to get wrong; see [Scanner].
//
// # Streams
//
// [Reader] cuts a byte stream into packets. There is no way to find the next
// packet after a byte is lost, so a wrong magic or length ends the connection
// with an error instead of guessing. [Server] serves TCP, or TLS when the
// listener is a tls.Listener, with bounds on connections, memory and time.
package hep
