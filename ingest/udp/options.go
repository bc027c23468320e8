package udp

import (
	"fmt"
	"log/slog"
	"os"
)

// Options say what to listen on and how much may wait.
type Options struct {
	// Addr is "host:port" as [net.ListenPacket] takes it; port 0 picks a free
	// one. Ignored where File is given.
	Addr string
	// File is an open UDP socket that somebody else keeps, such as a
	// supervisor (see [InheritedSocket]): what arrives while this process is
	// down then waits in the kernel. Listen makes its own copy; the caller may
	// close File. Default nil: open a socket for Addr.
	File *os.File
	// RingPath is the file that holds received datagrams until they are
	// released. It belongs on the journal's volume and to this listener alone.
	// Default "": the ring is memory only, and what it holds dies with the
	// process. Other systems than Linux (amd64, arm64) ignore it and say so in
	// the log.
	RingPath string
	// After is the number of the last datagram that was made durable before:
	// a ring that is new goes on from it, since its numbers would be taken for
	// those of datagrams that are done with. Default 0: numbers begin with 1.
	After uint64
	// Slots is how many datagrams may be unreleased: 64..1048576. Default
	// 16384, four seconds of 4,000 datagrams a second.
	Slots int
	// SlotBytes is the longest datagram that is taken: 256..65536, a multiple
	// of 64. Longer ones are cut by the kernel and refused. Default 2048, above
	// the usual MTU. The ring takes Slots * (SlotBytes + 256) bytes.
	SlotBytes int
	// BatchSize is how many datagrams are read with one call, and the longest
	// batch: 1..1024. Default 64.
	BatchSize int
	// ReceiveBufferBytes is what is asked of the kernel as queue of the
	// socket. Default 8388608. Less may be granted, see [Stats].
	ReceiveBufferBytes int
	// Logger is told of what an operator should know. Default: nobody is.
	Logger *slog.Logger
}

const (
	defaultSlots         = 16384
	defaultSlotBytes     = 2048
	defaultBatchSize     = 64
	defaultReceiveBuffer = 8 << 20
)

// complete fills in defaults and refuses what is out of range.
func (o Options) complete() (Options, error) {
	for _, f := range []struct {
		name                 string
		value                *int
		def, low, high, unit int
	}{
		{"Slots", &o.Slots, defaultSlots, 64, 1 << 20, 1},
		{"SlotBytes", &o.SlotBytes, defaultSlotBytes, 256, 64 << 10, 64},
		{"BatchSize", &o.BatchSize, defaultBatchSize, 1, 1024, 1},
		{"ReceiveBufferBytes", &o.ReceiveBufferBytes, defaultReceiveBuffer, 4096, 1 << 30, 1},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if v := *f.value; v < f.low || v > f.high || v%f.unit != 0 {
			return o, fmt.Errorf("udp: %s: want a multiple of %d in %d..%d, have %d", f.name, f.unit, f.low, f.high, v)
		}
	}
	o.BatchSize = min(o.BatchSize, o.Slots)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
