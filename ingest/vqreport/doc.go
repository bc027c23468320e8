// Package vqreport receives and reads voice quality reports of RFC 6035: what
// a phone, an SBC or a media server says of its own calls, sent as the body
// application/vq-rtcpxr of a SIP PUBLISH (or seen by a capture agent).
//
// # Reading
//
// [Parse] turns a body into a [Report]. It is liberal, because no two makes of
// phone write the same dialect: lines end in CRLF or LF and may be folded,
// names are read without regard to case, the space after the colon is
// optional, lines may come in any order, an SSRC may be hexadecimal with or
// without 0x, or decimal. What the report says is kept as it was said:
//
//   - A value that was not sent is unknown, never zero ([mediaqos.Opt]).
//   - A value outside the range of the grammar (a MOS of 5.0) is kept and noted.
//   - A value that cannot be read, or that says "unavailable" (127, RFC 3611
//     section 4.7), is unknown and noted.
//   - Names that the grammar lacks are counted, see [Report.Unknown].
//
// The notes are [Problem] values: line, field, what was wrong, and the value
// as sent. Only a body that is no report at all, that is over a limit, or that
// nothing could be made of is an error; errors wrap a sentinel of this package
// and name the line and the field.
//
// # Receiving
//
// [Server] is the collector of RFC 6035 section 3: it takes PUBLISH requests over
// UDP and TCP and gives each report to a [Handler]. The 200 is sent after the
// handler has returned, so that the reporter is told "received" only when the
// report is durable; a handler that has no room returns [ErrFull] and the
// reporter is told to come back. Requests sent again, as UDP clients do, get
// the first answer again and reach the handler once.
package vqreport
