package pcap

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
)

// The datagram that tests wrap into links and files.
var (
	src4    = netip.MustParseAddrPort("192.0.2.1:5005")
	dst4    = netip.MustParseAddrPort("198.51.100.7:5007")
	src6    = netip.MustParseAddrPort("[2001:db8::1]:5005")
	dst6    = netip.MustParseAddrPort("[2001:db8::2]:5007")
	payload = []byte("report")
)

func udp(src, dst netip.AddrPort, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	b = append(b, 0, 0) // checksum: none
	return append(b, payload...)
}

// ipv4 puts b behind a header without options.
func ipv4(proto byte, b []byte) []byte {
	h := []byte{
		0x45, 0, 0, 0, // version and header length, TOS, total length
		0, 7, 0x40, 0, // identification, don't fragment
		64, proto, 0, 0, // TTL, protocol, checksum
	}
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(b)))
	h = append(h, src4.Addr().AsSlice()...)
	h = append(h, dst4.Addr().AsSlice()...)
	return append(h, b...)
}

func ipv6(next byte, b []byte) []byte {
	h := []byte{0x60, 0, 0, 0, 0, 0, next, 64}
	binary.BigEndian.PutUint16(h[4:], uint16(len(b)))
	h = append(h, src6.Addr().AsSlice()...)
	h = append(h, dst6.Addr().AsSlice()...)
	return append(h, b...)
}

func ether(kinds ...uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	for i, kind := range kinds {
		if i > 0 {
			b = append(b, 0, byte(i)) // tag: VLAN number
		}
		b = binary.BigEndian.AppendUint16(b, kind)
	}
	return b
}

func packet4() []byte { return ipv4(protoUDP, udp(src4, dst4, payload)) }
func packet6() []byte { return ipv6(protoUDP, udp(src6, dst6, payload)) }

// record is one packet of a file.
type record struct {
	seconds, fraction uint32
	data              []byte
	length            int // on the wire; 0: that of data
}

func (r record) wire() uint32 {
	if r.length > 0 {
		return uint32(r.length)
	}
	return uint32(len(r.data))
}

type appender interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func classicFile(order appender, magic uint32, link linkType, records ...record) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = order.AppendUint64(b, 0)
	b = order.AppendUint32(b, 262144)
	b = order.AppendUint32(b, uint32(link))
	for _, r := range records {
		b = order.AppendUint32(b, r.seconds)
		b = order.AppendUint32(b, r.fraction)
		b = order.AppendUint32(b, uint32(len(r.data)))
		b = order.AppendUint32(b, r.wire())
		b = append(b, r.data...)
	}
	return b
}

// ngBlock frames one pcapng block.
func ngBlock(order appender, kind uint32, body ...[]byte) []byte {
	all := slices.Concat(body...)
	for len(all)%4 != 0 {
		all = append(all, 0)
	}
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(12+len(all)))
	b = append(b, all...)
	return order.AppendUint32(b, uint32(12+len(all)))
}

func ngSection(order appender) []byte {
	body := order.AppendUint32(nil, byteOrderNG)
	body = order.AppendUint16(body, 1)
	body = order.AppendUint16(body, 0)
	return ngBlock(order, magicNG, order.AppendUint64(body, ^uint64(0)))
}

func ngOption(order appender, code uint16, value ...byte) []byte {
	b := order.AppendUint16(nil, code)
	b = order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func ngDescribe(order appender, link linkType, snap uint32, options ...[]byte) []byte {
	body := order.AppendUint16(nil, uint16(link))
	body = order.AppendUint16(body, 0)
	body = order.AppendUint32(body, snap)
	return ngBlock(order, blockInterface, append([][]byte{body}, options...)...)
}

func ngEnhanced(order appender, id uint32, stamp uint64, data []byte) []byte {
	body := order.AppendUint32(nil, id)
	body = order.AppendUint32(body, uint32(stamp>>32))
	body = order.AppendUint32(body, uint32(stamp))
	body = order.AppendUint32(body, uint32(len(data)))
	body = order.AppendUint32(body, uint32(len(data)))
	return ngBlock(order, blockEnhanced, body, data)
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// result is all that a file gives.
type result struct {
	datagrams []Datagram
	faults    []Fault
	stats     Stats
	err       error // nil at the end of the file
}

func readAll(file []byte, o Options) result {
	var res result
	o.OnFault = func(f *Fault) { res.faults = append(res.faults, *f) }
	r, err := NewReader(bytes.NewReader(file), o)
	if err != nil {
		res.err = err
		return res
	}
	for {
		var d Datagram
		if err := r.Next(&d); err != nil {
			if !errors.Is(err, io.EOF) {
				res.err = err
			}
			res.stats = r.Stats()
			return res
		}
		d.Payload = bytes.Clone(d.Payload)
		res.datagrams = append(res.datagrams, d)
	}
}
