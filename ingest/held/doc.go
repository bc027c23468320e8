// Package held keeps raw input whose effect is still only in memory: the SIP of
// calls that are alive, and media reports that wait for the SIP of their call.
//
// # Why
//
// A listener's ring forgets a datagram once the journal accounts for it. A
// media report is then a row; but a SIP message has only changed what is known
// of a dialog, and a waiting report has changed nothing yet. Both are kept here
// as they came, so that the next process can put them through the same code.
//
// # Cuts
//
// Everything is written under the number of a cut of a listener
// ([Log.Append]), and is durable when Append returns; the journal's commit of
// that cut follows. Until the journal has it the cut does not count: the log
// is opened with the number of the last cut that the journal has of each
// listener, and what belongs to later ones is passed over, since the ring gives
// that input again. The same holds for releases: a report that was released by
// a cut which never came about still waits. So rows, ledger and what is held
// agree exactly, whenever the process dies.
//
// # File
//
// Frames, each
//
//	frame length    uint32, little-endian, of what follows the checksum
//	checksum        uint32, CRC-32C of what follows
//	kind            1 byte: 1 record, 2 release
//	record, or the ids released
//
// A torn tail is cut off. A damaged frame inside the file is passed over if the
// one behind it can be found, and counted; nothing of it ends the process.
//
// Payloads stand in the file as they came, HEP packets with the keys of their
// agents, since the rules need these again; so do they in the rings beside it.
// File and rings are readable by their owner only (mode 0600), and backups of the
// volume should be kept as close.
//
// # Compaction
//
// When the file is twice as long as what is alive in it, what is alive is
// copied to a new file, which takes the old one's name; each step is fsynced.
//
// # Bound
//
// The content has an upper limit in bytes. Beyond it the oldest SIP of the
// sender who has most is dropped and counted: facts of a call may then be
// incomplete after a restart, and nothing else is harmed. Reports are bounded by
// who holds them.
package held
