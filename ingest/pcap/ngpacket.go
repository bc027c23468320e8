package pcap

import "fmt"

const (
	enhancedSize = 20
	simpleSize   = 4
)

// enhanced reads an enhanced packet, or the obsolete packet block, which
// differs in having a count of drops beside a shorter interface number.
func (n *ng) enhanced(r *Reader, b *block, p *packet) (bool, error) {
	if b.left < enhancedSize {
		return n.damaged(r, b, BadBlock, fmt.Sprintf("packet block: want at least %d bytes, have %d", enhancedSize+blockOverhead, b.size))
	}
	head, err := b.take(r.source, enhancedSize, "packet block")
	if err != nil {
		return false, err
	}
	id := n.order.uint32(head)
	if b.kind == blockPacket {
		id = uint32(n.order.uint16(head))
	}
	stamp := uint64(n.order.uint32(head[4:]))<<32 | uint64(n.order.uint32(head[8:]))
	kept, length := int64(n.order.uint32(head[12:])), int64(n.order.uint32(head[16:]))
	switch {
	case kept > b.left:
		return n.damaged(r, b, BadBlock, fmt.Sprintf("captured length: want at most the block's %d bytes, have %d", b.left, kept))
	case kept > int64(r.options.MaxPacketBytes):
		return n.damaged(r, b, BadBlock, fmt.Sprintf("captured length: want at most %d, have %d", r.options.MaxPacketBytes, kept))
	case int64(id) >= int64(len(n.interfaces)):
		return n.damaged(r, b, BadInterface, fmt.Sprintf("interface: want one of %d described, have number %d", len(n.interfaces), id))
	}
	of := &n.interfaces[id]
	if of.unitsPerSecond == 0 {
		return n.damaged(r, b, BadInterface, fmt.Sprintf("time resolution of interface %d: want 10^-19..1 or 2^-63..1 seconds", id))
	}
	at, ok := of.time(stamp)
	if !ok {
		return n.damaged(r, b, BadTime, fmt.Sprintf("time: want a year in 1..9999, have %d units of 1/%d s, offset %d s", stamp, of.unitsPerSecond, of.offsetSeconds))
	}
	p.at, p.linkType, p.wireLength, p.offset = at, of.linkType, length, b.offset
	return n.data(r, b, p, int(kept))
}

// simple reads a simple packet, which has neither time nor interface: it
// belongs to the first one.
func (n *ng) simple(r *Reader, b *block, p *packet) (bool, error) {
	if b.left < simpleSize {
		return n.damaged(r, b, BadBlock, fmt.Sprintf("simple packet block: want at least %d bytes, have %d", simpleSize+blockOverhead, b.size))
	}
	head, err := b.take(r.source, simpleSize, "simple packet block")
	if err != nil {
		return false, err
	}
	length := int64(n.order.uint32(head))
	if len(n.interfaces) == 0 {
		return n.damaged(r, b, BadInterface, "interface: want one described before a simple packet, have none")
	}
	first := &n.interfaces[0]
	kept := length
	if first.snapLength > 0 {
		kept = min(kept, int64(first.snapLength))
	}
	switch {
	case kept > b.left:
		return n.damaged(r, b, BadBlock, fmt.Sprintf("packet length: want at most the block's %d bytes, have %d", b.left, kept))
	case kept > int64(r.options.MaxPacketBytes):
		return n.damaged(r, b, BadBlock, fmt.Sprintf("packet length: want at most %d, have %d", r.options.MaxPacketBytes, kept))
	}
	p.linkType, p.wireLength, p.offset = first.linkType, length, b.offset
	return n.data(r, b, p, int(kept))
}

func (n *ng) data(r *Reader, b *block, p *packet, kept int) (bool, error) {
	var err error
	b.left -= int64(kept)
	p.data, err = r.read(kept, "packet")
	return err == nil, err
}

// damaged counts a packet whose block cannot be believed and steps over it.
func (n *ng) damaged(r *Reader, b *block, reason Reason, what string) (bool, error) {
	if err := n.end(r, b); err != nil {
		return false, err
	}
	return false, r.passPacket(reason, b.offset, what)
}
