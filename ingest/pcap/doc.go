// Package pcap reads UDP datagrams out of capture files: pcap and pcapng in
// either byte order, compressed by gzip or not, from a file or a pipe.
//
// # Contract
//
// A [Reader] streams: its memory is one packet and a table of interfaces,
// whatever the size of the file. [Reader.Next] gives the datagrams of IPv4 and
// IPv6 in file order with capture time and both addresses.
//
// What is not a UDP datagram (ARP, TCP ...) is counted and passed over; so is
// an IP fragment, since a part of a datagram says nothing reliable and guessing
// the rest would be worse. What should have been a datagram but is damaged (cut
// by the capture's snap length, contradictory lengths) is a [Fault]: counted,
// told to Options.OnFault with its offset, and passed over.
//
// Only damage behind which no packet boundary can be found ends the reading: a
// [*FileError] that says at which byte, what was expected and what was found.
// All that Next gave before stands; a file that is still being written, or was
// cut by a full disk, gives everything up to the cut and then [ErrTruncated].
//
// Checksums are not verified: captures taken on the sending machine hold the
// wrong ones that network cards would have put right.
//
// # Why not a library
//
// The reader of gopacket ends at the first odd block without saying where,
// trusts a packet's length over that of its block, and keeps name and secrets
// blocks in memory. It serves here as the independent opinion in tests.
//
// Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng; link types as
// registered at tcpdump.org (LINKTYPE_...).
package pcap
