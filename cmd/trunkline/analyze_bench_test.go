package main

import (
	"bufio"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// roleEnv makes this test binary the program itself.
const roleEnv = "TRUNKLINE_BENCH_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(roleEnv) == "trunkline" {
		main()
		return
	}
	os.Exit(m.Run())
}

// captureBytes is how long the capture is; TRUNKLINE_BENCH_CAPTURE_BYTES sets
// another length.
func captureBytes(b *testing.B) int64 {
	text := os.Getenv("TRUNKLINE_BENCH_CAPTURE_BYTES")
	if text == "" {
		return 1 << 30
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1<<20 {
		b.Fatalf("TRUNKLINE_BENCH_CAPTURE_BYTES=%s: want a number of bytes, at least %d", text, 1<<20)
	}
	return n
}

// BenchmarkAnalyzeAgainstCapinfos reads one long capture of 1,000 calls with
// `trunkline analyze`, which judges every stream, and with capinfos, which only
// counts packets. Memory must not depend on the length: it is reported for the
// whole capture and for a quarter of it.
func BenchmarkAnalyzeAgainstCapinfos(b *testing.B) {
	capinfos := testneed.Tool(b, "capinfos")
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	dir, size := b.TempDir(), captureBytes(b)
	whole, part := filepath.Join(dir, "whole.pcap"), filepath.Join(dir, "part.pcap")
	for name, n := range map[string]int64{whole: size, part: size / 16} {
		if err := writeCapture(name, n); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(size)
	for b.Loop() {
		// 0: five percent of loss with concealment is not poor.
		ours := measure(b, 0, self, "analyze", "--csv", whole)
		short := measure(b, 0, self, "analyze", "--csv", part)
		theirs := measure(b, 0, capinfos, "-c", "-M", whole)
		b.ReportMetric(ours.cpu.Seconds(), "cpu-s")
		b.ReportMetric(theirs.cpu.Seconds(), "capinfos-cpu-s")
		b.ReportMetric(ours.cpu.Seconds()/theirs.cpu.Seconds(), "x-capinfos-cpu")
		b.ReportMetric(float64(ours.maxRSS)/1e6, "peak-MB")
		b.ReportMetric(float64(short.maxRSS)/1e6, "peak-MB-of-a-quarter")
		b.ReportMetric(float64(theirs.maxRSS)/1e6, "capinfos-peak-MB")
	}
}

// usage is what a process took.
type usage struct {
	cpu    time.Duration
	maxRSS int64 // bytes
}

// measure runs a program to its end.
func measure(b *testing.B, wantExit int, program string, args ...string) usage {
	b.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), roleEnv+"=trunkline")
	cmd.Stderr = os.Stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != wantExit {
		b.Fatalf("%s %v: exit status %d, want %d", program, args, code, wantExit)
	}
	u := usage{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.maxRSS = ru.Maxrss << 10 // Linux counts KiB
	}
	return u
}

// Shape of the synthetic capture: each call is two streams of G.711 in packets
// of 20 ms, of which one in 25 is captured, and RTCP every 5 s both ways. So
// one packet in eleven is a report, a far greater share than on any real wire.
const (
	captureCalls = 1000
	rtpEach      = 10 // packets of RTP of a stream between its reports
	lossPercent  = 5
)

// writeCapture writes a classic pcap of at least n bytes.
func writeCapture(name string, n int64) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	w := &captureWriter{out: bufio.NewWriterSize(file, 1<<20)}
	w.header()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for round := uint32(0); w.written < n; round++ {
		at := start.Add(time.Duration(round) * 5 * time.Second)
		for call := uint32(0); call < captureCalls; call++ {
			for _, side := range []uint32{0, 1} {
				for i := uint32(0); i < rtpEach; i++ {
					w.rtp(at.Add(time.Duration(i)*20*time.Millisecond), call, side, round*250+i)
				}
				w.senderReport(at.Add(time.Duration(call)*time.Millisecond), call, side, round)
			}
		}
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// captureWriter writes packets; bufio keeps the first error.
type captureWriter struct {
	out     *bufio.Writer
	written int64
	frame   []byte
}

func (w *captureWriter) header() {
	h := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 4)
	for _, v := range []uint32{0, 0, 65535, 1} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	w.write(h)
}

func (w *captureWriter) write(b []byte) {
	n, _ := w.out.Write(b)
	w.written += int64(n)
}

// packet writes one UDP datagram from one side of a call to the other.
func (w *captureWriter) packet(at time.Time, call, side uint32, port uint16, payload func([]byte) []byte) {
	f := append(w.frame[:0], 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0) // Ethernet, IPv4
	f = append(f, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0)
	src, dst := address(call, side), address(call, 1-side)
	f = append(append(f, src[:]...), dst[:]...)
	f = binary.BigEndian.AppendUint16(f, port)
	f = binary.BigEndian.AppendUint16(f, port)
	f = append(f, 0, 0, 0, 0)
	f = payload(f)
	binary.BigEndian.PutUint16(f[16:], uint16(len(f)-14))
	binary.BigEndian.PutUint16(f[38:], uint16(len(f)-34))
	h := binary.LittleEndian.AppendUint32(make([]byte, 0, 16), uint32(at.Unix()))
	for _, v := range []uint32{uint32(at.Nanosecond() / 1000), uint32(len(f)), uint32(len(f))} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	w.write(h)
	w.write(f)
	w.frame = f
}

func address(call, side uint32) [4]byte {
	return [4]byte{10, byte(side), byte(call >> 8), byte(call)}
}

func ssrc(call, side uint32) uint32 { return call<<1 | side | 0x5a000000 }

// rtp writes a packet of PCMU.
func (w *captureWriter) rtp(at time.Time, call, side, seq uint32) {
	w.packet(at, call, side, 20000, func(f []byte) []byte {
		f = append(f, 0x80, 0)
		f = binary.BigEndian.AppendUint16(f, uint16(seq))
		f = binary.BigEndian.AppendUint32(f, seq*160)
		f = binary.BigEndian.AppendUint32(f, ssrc(call, side))
		return append(f, make([]byte, 160)...)
	})
}

// senderReport writes an SR with one block about the other side.
func (w *captureWriter) senderReport(at time.Time, call, side, round uint32) {
	w.packet(at, call, side, 20001, func(f []byte) []byte {
		f = append(f, 0x81, 200, 0, 12)
		ntp := uint64(at.Unix()+2208988800)<<32 | uint64(at.Nanosecond())<<32/1e9
		f = binary.BigEndian.AppendUint32(f, ssrc(call, side))
		f = binary.BigEndian.AppendUint64(f, ntp)
		for _, v := range []uint32{
			round * 40000, round * 250, round * 40000,
			ssrc(call, 1-side), round * 250 * lossPercent / 100, round * 250, 80, 0, 0,
		} {
			f = binary.BigEndian.AppendUint32(f, v)
		}
		return f
	})
}
