//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// read looks at the slot of seq, which may be of an earlier process: nothing in
// it is trusted to be in range.
func (b *kernelBackend) read(seq uint64, d *Datagram) {
	drops, ok := b.ring.decode(seq, d)
	d.Dst = b.complete(d.Dst)
	if ok && !d.Replayed {
		b.drops.seen(drops)
	}
}

// complete fills in what the kernel leaves to the socket's own address: the
// port, and the address if the slot does not hold it.
func (b *kernelBackend) complete(dst netip.AddrPort) netip.AddrPort {
	address := dst.Addr()
	if !address.IsValid() {
		address = b.local.Addr().Unmap()
	}
	return netip.AddrPortFrom(address, b.local.Port())
}

// decode fills in d from the slot of its number. drops is the kernel's count at
// the time, if known.
func (r *ring) decode(seq uint64, d *Datagram) (drops uint32, known bool) {
	if d.Replayed && (!r.received(seq) || !r.sealed(seq)) {
		d.Refused = Damaged
		return 0, false
	}
	m, s := r.message(seq), r.slot(seq)
	d.Size = int(m.length)
	d.Src = sockaddr(s.name[:min(nameSize, m.namelen)])
	c := parseControl(s.control[:min(controlSize, m.controllen)])
	d.At = c.at
	if c.dst.IsValid() {
		d.Dst = netip.AddrPortFrom(c.dst, 0)
	}
	if d.Size > r.layout.slotBytes {
		d.Refused = TooLong
	} else {
		d.Payload = r.payload(seq)[:d.Size:d.Size]
	}
	return c.drops, c.dropsKnown
}

// sockaddr reads a sockaddr_in or sockaddr_in6; the zero AddrPort if it is neither.
func sockaddr(b []byte) netip.AddrPort {
	if len(b) < 2 {
		return netip.AddrPort{}
	}
	family := binary.NativeEndian.Uint16(b)
	switch {
	case family == unix.AF_INET && len(b) >= 8:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), binary.BigEndian.Uint16(b[2:]))
	case family == unix.AF_INET6 && len(b) >= 24:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])).Unmap(), binary.BigEndian.Uint16(b[2:]))
	}
	return netip.AddrPort{}
}

// control is what the kernel says beside a datagram.
type control struct {
	at         time.Time
	dst        netip.Addr
	drops      uint32
	dropsKnown bool
}

// parseControl reads control messages up to the first that is not whole.
func parseControl(b []byte) control {
	var c control
	for len(b) >= unix.SizeofCmsghdr {
		head, data, rest, err := unix.ParseOneSocketControlMessage(b)
		if err != nil {
			break
		}
		b = rest
		switch {
		case head.Level == unix.SOL_SOCKET && head.Type == unix.SCM_TIMESTAMPNS && len(data) >= 16:
			seconds, nanos := int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:]))
			if seconds > 0 && seconds < 1<<36 && nanos >= 0 && nanos < 1e9 {
				c.at = time.Unix(seconds, nanos).UTC()
			}
		case head.Level == unix.SOL_SOCKET && head.Type == unix.SO_RXQ_OVFL && len(data) >= 4:
			c.drops, c.dropsKnown = binary.NativeEndian.Uint32(data), true
		case head.Level == unix.IPPROTO_IP && head.Type == unix.IP_PKTINFO && len(data) >= 12:
			// in_pktinfo: interface, local address, address in the header.
			c.dst = netip.AddrFrom4([4]byte(data[8:12]))
		case head.Level == unix.IPPROTO_IPV6 && head.Type == unix.IPV6_PKTINFO && len(data) >= 16:
			if address := netip.AddrFrom16([16]byte(data[:16])); !address.Is4In6() {
				c.dst = address
			} else if !c.dst.IsValid() {
				c.dst = address.Unmap()
			}
		}
	}
	return c
}
