package udp

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// benchBatch datagrams fit the kernel's queue, so that reading can be measured
// without a sender beside it.
const benchBatch = 512

func benchPayload() []byte { return make([]byte, 84) } // SR and SDES

// BenchmarkReceive gives the time of 512 datagrams that wait in the kernel:
// read, stamped, addressed, sealed and released.
func BenchmarkReceive(b *testing.B) {
	l, err := Listen(Options{Addr: "127.0.0.1:0", RingPath: b.TempDir() + "/ring", Slots: 1024})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	conn := dial(b, l.Addr())
	payload := benchPayload()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range benchBatch {
			send(b, conn, payload)
		}
		b.StartTimer()
		for got := 0; got < benchBatch; {
			n, err := l.receive(func(batch []Datagram) { l.Release(batch[len(batch)-1].Seq) }, true)
			if err != nil {
				b.Fatal(err)
			}
			got += n
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchBatch, "ns/datagram")
}

// BenchmarkReadFromUDP is the baseline: the standard library, one datagram per
// call, without stamp, local address or anything that survives.
func BenchmarkReadFromUDP(b *testing.B) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	udp := c.(*net.UDPConn)
	if err := udp.SetReadBuffer(defaultReceiveBuffer); err != nil {
		b.Fatal(err)
	}
	conn := dial(b, udp.LocalAddr().(*net.UDPAddr).AddrPort())
	payload, buffer := benchPayload(), make([]byte, defaultSlotBytes)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for range benchBatch {
			send(b, conn, payload)
		}
		b.StartTimer()
		for range benchBatch {
			if _, _, err := udp.ReadFromUDPAddrPort(buffer); err != nil {
				b.Fatal(err)
			}
			_ = time.Now()
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchBatch, "ns/datagram")
}

func BenchmarkShard(b *testing.B) {
	x, y := netip.MustParseAddrPort("192.0.2.1:5004"), netip.MustParseAddrPort("198.51.100.7:40001")
	for b.Loop() {
		Shard(x, y, 16)
	}
}
