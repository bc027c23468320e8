// Package sipmsg reads SIP messages that somebody else saw: the payload of
// HEP packets of type 1, where a capture agent hands on what passed a proxy or
// an SBC.
//
// It is a reader for witnesses, not for a SIP stack. [Parse] takes from a
// message what attribution and call facts need (start line, Call-ID, CSeq, the
// URIs of the parties, Reason, and of an SDP body where audio goes and how it
// is coded) and lets the rest be. A header that cannot be read is left out
// rather than refusing the message, and a message that the agent cut short is
// read as far as it goes ([Message.Truncated]): the parties of a call are worth
// having even if its Via is odd. What is absent stays absent.
//
// Only bytes that do not begin with a start line, or that are over a limit, are
// an error. Strings of a Message share one copy of the message: clone what is
// kept for long.
package sipmsg
