package held

import (
	"net/netip"
	"time"
)

// Kind is what a record is kept for.
type Kind uint8

const (
	// KindSIP is a SIP message of a call; it is kept while the call is alive.
	KindSIP Kind = 1 + iota
	// KindReport is a media report that waits; it is kept until it is released.
	KindReport
)

// Record is one piece of raw input.
type Record struct {
	// ID is unique in a log; [Log.NextID] gives it.
	ID   uint64
	Kind Kind
	// Form is the caller's word for what Payload is.
	Form uint8
	// Listener it came by.
	Listener string
	// Call is the Call-ID of a SIP message, "" for a report.
	Call string
	// Reports is how many report blocks are in it.
	Reports uint32
	// Received is when we had it, At the time of capture (zero: unknown).
	Received, At time.Time
	// Src sent the datagram to Dst.
	Src, Dst netip.AddrPort
	Payload  []byte
}

// Stats is a snapshot of a log.
type Stats struct {
	// Records alive, of them Reports that wait; LiveBytes is their size in the
	// file, FileBytes that of the file.
	Records, Reports     int
	LiveBytes, FileBytes int64
	// MaxBytes is the limit of LiveBytes.
	MaxBytes int64
	// DroppedSIP counts messages dropped at the limit.
	DroppedSIP uint64
	// Damaged counts frames that could not be read when the log was opened, and
	// CutOff the bytes of a torn tail.
	Damaged uint64
	CutOff  int64
	// Compactions since it was opened.
	Compactions uint64
	// Err is why nothing can be written any more, nil while it can.
	Err error
}
