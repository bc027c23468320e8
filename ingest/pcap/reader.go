package pcap

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"
)

// Options tune a [Reader]. The zero value is ready for use.
type Options struct {
	// MaxPacketBytes is the longest packet that is read; in a pcapng file a
	// longer one is a fault, in a pcap file it means that the file is damaged.
	// Default 262144, the limit of tcpdump and Wireshark. At most 16777216.
	MaxPacketBytes int
	// OnFault is told of each damaged packet; it must not keep the pointer.
	// Default: damage is only counted.
	OnFault func(*Fault)
}

const (
	defaultMaxPacketBytes = 256 << 10
	limitMaxPacketBytes   = 16 << 20
)

// Datagram is one UDP datagram of a capture.
type Datagram struct {
	// At is the capture time in UTC. It is the zero time where the file has
	// none (pcapng simple packets).
	At time.Time
	// Src and Dst are the UDP endpoints.
	Src, Dst netip.AddrPort
	// Payload is valid until the next call of Next.
	Payload []byte
	// Packet is its number in the file, from 1, as Wireshark counts.
	Packet uint64
	// Offset is where in the file, after decompression, its record starts.
	Offset int64
}

// Reader reads the datagrams of one capture. It belongs to one goroutine.
type Reader struct {
	options Options
	source  *source
	closer  io.Closer
	format  format
	stats   Stats
	data    []byte // of the packet, reused
	packet  packet // reused
	failed  error  // sticky
}

// format reads the packets of one file format.
type format interface {
	// next reads one packet into p.data; io.EOF at the end of the file. It
	// returns errPassed for a packet that it has already counted as damaged.
	next(r *Reader, p *packet) error
}

// errPassed says that a packet was counted and there may be more.
var errPassed = errors.New("packet passed over")

// packet is one captured packet.
type packet struct {
	at       time.Time
	linkType linkType
	data     []byte
	// wireLength is its length on the wire, as far as known; data may be shorter.
	wireLength int64
	offset     int64
}

// Open opens the file of that name, or standard input for "-".
func Open(name string, options Options) (*Reader, error) {
	if name == "-" {
		return NewReader(io.NopCloser(os.Stdin), options)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("pcap: %w", err)
	}
	r, err := NewReader(f, options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	r.closer = f
	return r, nil
}

// NewReader reads the header of a capture; it wraps ErrFormat or ErrTruncated
// if src does not begin like one.
func NewReader(src io.Reader, options Options) (*Reader, error) {
	if options.MaxPacketBytes == 0 {
		options.MaxPacketBytes = defaultMaxPacketBytes
	}
	if options.MaxPacketBytes < 1 || options.MaxPacketBytes > limitMaxPacketBytes {
		return nil, fmt.Errorf("pcap: MaxPacketBytes: want 1..%d, have %d", limitMaxPacketBytes, options.MaxPacketBytes)
	}
	s, err := newSource(src)
	if err != nil {
		return nil, err
	}
	r := &Reader{options: options, source: s}
	if r.format, err = readFileHeader(s); err != nil {
		return nil, err
	}
	return r, nil
}

// Next reads the next datagram into d. It returns io.EOF behind the last one,
// and a [*FileError] where the rest of the file cannot be read; both stay.
func (r *Reader) Next(d *Datagram) error {
	for r.failed == nil {
		p := &r.packet
		*p = packet{}
		err := r.format.next(r, p)
		if errors.Is(err, errPassed) {
			continue
		}
		if err != nil {
			r.failed = err
			break
		}
		r.stats.Packets++
		*d = Datagram{At: p.at, Packet: r.stats.Packets, Offset: p.offset}
		if reason, what := decode(p, d); reason != found {
			r.pass(reason, r.stats.Packets, p.offset, what)
			continue
		}
		r.stats.Datagrams++
		return nil
	}
	*d = Datagram{}
	return r.failed
}

// pass counts what gives no datagram.
func (r *Reader) pass(reason Reason, number uint64, offset int64, what string) {
	r.stats.Passed[reason]++
	if reason.Damage() && r.options.OnFault != nil {
		r.options.OnFault(&Fault{Packet: number, Offset: offset, Reason: reason, What: what})
	}
}

// passPacket counts a packet that is damaged before its data could be looked at.
func (r *Reader) passPacket(reason Reason, offset int64, what string) error {
	r.stats.Packets++
	r.pass(reason, r.stats.Packets, offset, what)
	return errPassed
}

// passBlock counts a damaged block that holds no packet.
func (r *Reader) passBlock(offset int64, what string) {
	r.stats.BadBlocks++
	if r.options.OnFault != nil {
		r.options.OnFault(&Fault{Offset: offset, Reason: BadBlock, What: what})
	}
}

// read fills the reused buffer with the n bytes of a packet.
func (r *Reader) read(n int, what string) ([]byte, error) {
	if cap(r.data) < n {
		r.data = make([]byte, n, max(n, 2048))
	}
	r.data = r.data[:n]
	return r.data, r.source.fill(r.data, what)
}

// Stats counts what was read so far.
func (r *Reader) Stats() Stats { return r.stats }

// Close closes the file that Open has opened; a Reader from NewReader leaves
// its source alone.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	if err := r.closer.Close(); err != nil {
		return fmt.Errorf("pcap: %w", err)
	}
	return nil
}
