//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var (
	killRounds = flag.Int("kill.rounds", 12, "how often TestKillLosesNothing kills its child")
	killBurst  = flag.Int("kill.burst", 8, "datagrams that TestKillLosesNothing sends every 2 ms")
)

// TestKillLosesNothing kills a consumer with SIGKILL at random moments while
// datagrams arrive, starts it again on the same ring and the same socket, and
// accounts for every datagram: written down under one number, or dropped by the
// kernel and counted.
func TestKillLosesNothing(t *testing.T) {
	dir := t.TempDir()
	owner, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if err := owner.SetReadBuffer(defaultReceiveBuffer); err != nil {
		t.Fatal(err)
	}
	socket, err := owner.File() // as a supervisor holds it
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()

	load := startLoad(t, owner.LocalAddr().(*net.UDPAddr).AddrPort())
	var logs []string
	for round := range *killRounds {
		logs = append(logs, filepath.Join(dir, fmt.Sprintf("child%04d.log", round)))
		child, up := startChild(t, logs[round], filepath.Join(dir, "ring"), socket)
		if round%4 != 0 {
			<-up // else it may die while it starts
		}
		<-time.After(time.Duration(rand.IntN(40_000)) * time.Microsecond)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
	}
	sent := load.end()
	logs = append(logs, filepath.Join(dir, "last.log"))
	last, _ := startChild(t, logs[len(logs)-1], filepath.Join(dir, "ring"), socket)
	ended := make(chan error, 1)
	go func() { ended <- last.Wait() }()
	sent += sendMarks(t, dial(t, owner.LocalAddr().(*net.UDPAddr).AddrPort()), ended)

	info, err := memInfo(socket.Fd())
	if err != nil {
		t.Fatal(err)
	}
	drops := int(info[unix.SK_MEMINFO_DROPS])
	got := readLogs(t, logs)
	left := countLeft(t, socket)
	if got.distinct+drops+got.torn+left != sent {
		t.Errorf("%d written down + %d dropped + %d torn + %d marks left, want %d sent", got.distinct, drops, got.torn, left, sent)
	}
	t.Logf("%d sent, %d dropped by the kernel, %d torn; %d processes, %d handed over again", sent, drops, got.torn, len(logs), got.again)
	if got.distinct < 100 || got.again == 0 {
		t.Errorf("too little happened for the test to mean anything: %+v", got)
	}
}

// TestKillRightAfterReceive is the instant that chance seldom hits: the kernel
// has written into the ring, and the process has not done anything since.
func TestKillRightAfterReceive(t *testing.T) {
	ring := filepath.Join(t.TempDir(), "ring")
	owner, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	socket, err := owner.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	conn := dial(t, owner.LocalAddr().(*net.UDPAddr).AddrPort())
	const deaths, each = 3, 4
	for death := range deaths {
		for n := range each {
			send(t, conn, numbered(death*each+n))
		}
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childDies+"="+ring)
		cmd.ExtraFiles = []*os.File{socket}
		out, err := cmd.CombinedOutput()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
			t.Fatalf("child: %v\n%s", err, out)
		}
	}
	l, err := Listen(killOptions(ring, socket))
	if err != nil {
		t.Fatal(err)
	}
	c := newCollector()
	ran := make(chan error, 1)
	go func() { ran <- l.Run(context.Background(), c.take) }()
	for i, d := range c.await(t, deaths*each) {
		if d.Seq != uint64(i+1) || d.Refused != Accepted || number(d) != i || !d.Replayed || d.At.IsZero() {
			t.Errorf("datagram %d: %+v", i, d)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
}

// startChild starts this program as consumer; up is closed when it listens, or dies.
func startChild(t *testing.T, log, ring string, socket *os.File) (cmd *exec.Cmd, up chan struct{}) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childLog+"="+log, childLog+"_RING="+ring)
	cmd.ExtraFiles = []*os.File{socket}
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	up = make(chan struct{})
	go func() {
		defer close(up)
		_, _ = bufio.NewReader(stdout).ReadString('\n')
	}()
	return cmd, up
}

// load sends numbered datagrams at a pace that the kernel's queue bears while
// no process reads.
type load struct {
	stop chan struct{}
	done chan int
}

func startLoad(t *testing.T, to netip.AddrPort) *load {
	conn := dial(t, to)
	l := &load{make(chan struct{}), make(chan int, 1)}
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for sent := 0; ; {
			select {
			case <-l.stop:
				l.done <- sent
				return
			case <-tick.C:
				for range *killBurst {
					if _, err := conn.Write(numbered(sent + 1)); err != nil {
						t.Error(err)
						return
					}
					sent++
				}
			}
		}
	}()
	return l
}

// end returns how many were sent.
func (l *load) end() int {
	close(l.stop)
	return <-l.done
}

// sendMarks tells the last child that no more comes, until it has ended: the
// kernel may drop a mark like any other datagram. It returns how many it sent.
func sendMarks(t *testing.T, conn *net.UDPConn, ended <-chan error) int {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for marks := 0; ; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("last child: %v", err)
			}
			return marks
		case <-tick.C:
			send(t, conn, numbered(endMark+marks))
			marks++
		case <-late:
			t.Fatal("the last child does not end")
		}
	}
}

// countLeft empties the socket, which the last child need not have done. The
// socket may be in blocking mode by now: descriptors that are passed to
// children share it.
func countLeft(t *testing.T, socket *os.File) int {
	t.Helper()
	for left := 0; ; left++ {
		if _, _, err := unix.Recvfrom(int(socket.Fd()), make([]byte, 64), unix.MSG_DONTWAIT); errors.Is(err, unix.EAGAIN) {
			return left
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// outcome is what the children wrote down.
type outcome struct {
	distinct int // numbers
	again    int // lines about a number that was written down before
	torn     int
}

// readLogs holds the logs of all children, in order, against the contract.
func readLogs(t *testing.T, names []string) outcome {
	t.Helper()
	var out outcome
	seqOf, numberOf := map[uint64]uint64{}, map[uint64]uint64{}
	var released uint64
	for _, name := range names {
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // died before it began
		} else if err != nil {
			t.Fatal(err)
		}
		data = data[:bytes.LastIndexByte(data, '\n')+1] // a write that was cut
		before, previous := released, uint64(0)
		for line := range bytes.Lines(data) {
			var a, b uint64
			switch n, _ := fmt.Sscanf(string(line[1:]), "%d %d", &a, &b); {
			case line[0] == 'T' && n >= 1:
				out.torn += int(a)
			case line[0] == 'R' && n >= 1:
				released = max(released, a)
			case line[0] == 'D' && n == 2:
				if a <= before {
					t.Fatalf("%s: %d came again after it was released (up to %d)", name, a, before)
				}
				if previous != 0 && a != previous+1 {
					t.Fatalf("%s: %d follows %d", name, a, previous)
				}
				previous = a
				if old, ok := numberOf[a]; ok && old != b {
					t.Fatalf("%s: Seq %d is datagram %d, was %d", name, a, b, old)
				} else if ok {
					out.again++
				}
				if old, ok := seqOf[b]; ok && old != a {
					t.Fatalf("%s: datagram %d is Seq %d, was %d", name, b, a, old)
				}
				numberOf[a], seqOf[b] = b, a
			default:
				t.Fatalf("%s: line %q", name, line)
			}
		}
	}
	out.distinct = len(seqOf)
	return out
}
